"""What a host that erases its disk would lose."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia import config as configuration
from kaimedia.errors import ConfigError
from kaimedia.studio.temporary_disk import disk_loss

POSTGRES = {"KAIMEDIA_DATABASE_URL": "postgresql://u:p@db.example/kai"}
BUCKET = {"KAIMEDIA_MEDIA_URL": "s3://bucket/kai"}
TEMPORARY = {"KAIMEDIA_DISK": "temporary"}
ON_COMMUNITY_CLOUD = Path("/mount/src/my-studio")


@pytest.mark.parametrize(
    ("settings", "lost", "to_set"),
    [
        ({}, "images, videos, settings and running tasks", ("KAIMEDIA_DATABASE_URL", "KAIMEDIA_MEDIA_URL")),
        (POSTGRES, "all images and videos", ("KAIMEDIA_MEDIA_URL",)),
        (BUCKET, "finished files stay in the media storage", ("KAIMEDIA_DATABASE_URL",)),
    ],
    ids=["all", "media", "database"],
)
def test_what_is_lost_and_what_to_set(settings: dict[str, str], lost: str, to_set: tuple[str, ...]) -> None:
    loss = disk_loss(configuration.load(Path("/nowhere"), {**settings, **TEMPORARY}))
    assert loss is not None and lost in loss.text
    for name in ("KAIMEDIA_DATABASE_URL", "KAIMEDIA_MEDIA_URL"):
        assert (name in loss.next_step) == (name in to_set)


@pytest.mark.parametrize(
    ("root", "settings"),
    [
        (Path("/nowhere"), {}),
        (Path("/nowhere"), {**TEMPORARY, **POSTGRES, **BUCKET}),
        (ON_COMMUNITY_CLOUD, {**POSTGRES, **BUCKET}),
        (ON_COMMUNITY_CLOUD, {"KAIMEDIA_DISK": "permanent"}),
    ],
)
def test_nothing_is_lost_on_a_permanent_disk_or_with_everything_elsewhere(root: Path, settings: dict[str, str]) -> None:
    assert disk_loss(configuration.load(root, settings)) is None


def test_community_cloud_is_recognized_by_its_folder() -> None:
    assert disk_loss(configuration.load(ON_COMMUNITY_CLOUD, {})) is not None
    assert disk_loss(configuration.load(Path("/mount/srcs"), {})) is None


def test_another_word_is_refused() -> None:
    with pytest.raises(ConfigError, match="auto, permanent or temporary"):
        configuration.load(Path("/nowhere"), {"KAIMEDIA_DISK": "ephemeral"})


@pytest.mark.parametrize("more", [{}, BUCKET], ids=["all", "database"])
def test_paid_tasks_are_named_only_where_something_can_be_paid(more: dict[str, str]) -> None:
    for provider, is_named in (("auto", True), ("sandbox", False)):
        loss = disk_loss(configuration.load(Path("/nowhere"), {**TEMPORARY, **more, "KAIMEDIA_PROVIDER": provider}))
        assert loss is not None and ("paid" in loss.text) is is_named
