"""What is lost because this host erases its disk, and how to keep it."""

from __future__ import annotations

from dataclasses import dataclass

from kaimedia.config import Config
from kaimedia.domain import ProviderName


@dataclass(frozen=True, slots=True)
class DiskLoss:
    """What the next restart erases, in words: a title, what is lost, and what to set."""

    title: str
    text: str
    next_step: str


def disk_loss(config: Config) -> DiskLoss | None:
    """What is lost at the next restart; None if everything that was paid for stays."""
    if not (config.loses_media or config.loses_database):
        return None
    settings = [
        *(["KAIMEDIA_DATABASE_URL (PostgreSQL)"] if config.loses_database else []),
        *(["KAIMEDIA_MEDIA_URL (an S3 bucket)"] if config.loses_media else []),
    ]
    return DiskLoss(
        title="What you make here is not kept",
        text=f"This host erases its disk when the app sleeps or restarts. Then {_lost(config)}.",
        next_step=f"Set {' and '.join(settings)}, then reboot the app.",
    )


def _lost(config: Config) -> str:
    if not config.loses_database:
        return "all images and videos are lost; only their entries in the gallery stay"
    paid = "" if config.provider == ProviderName.SANDBOX else ", including paid ones"  # there, nothing can be paid
    if not config.loses_media:
        return f"the gallery, settings and running tasks are lost{paid}; finished files stay in the media storage"
    return f"all images, videos, settings and running tasks are lost{paid}"
