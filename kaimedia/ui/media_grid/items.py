"""What the grid is told of one piece of media: short keys, plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaimedia.domain import Media, Modality, ProviderKind
from kaimedia.ui import media_urls, state

NEUTRAL = "2b2b372b2b37"
SHAPELESS_PX = 1024


def item(media: Media, labels: Mapping[str, str]) -> dict[str, Any]:
    """One item of the component's list; `file` is "" where it is loaded only once opened."""
    is_video = media.media_type is Modality.VIDEO
    width, height = _shape(media)
    small = media.thumbnail_path or media.poster_path or ("" if is_video else media.filename)
    return {
        "id": media.id,
        "video": is_video,
        "model": labels.get(media.model, media.model),
        "prompt": media.prompt,
        "w": width,
        "h": height,
        "seconds": media.duration_s or 0,
        "colors": media.colors or NEUTRAL,
        "fav": media.is_favorite,
        "at": int(media.created_at.timestamp()),
        "thumb": media_urls.for_component(small),
        "large": media_urls.for_component(media.thumbnail_large_path or media.poster_path or small),
        "file": media_urls.for_component(media.filename) if _is_at_hand(media) else "",
        "name": media.filename or "",
        "sandbox": media.provider is ProviderKind.SANDBOX,
        "ratio": media.aspect_ratio,
    }


def _is_at_hand(media: Media) -> bool:
    return media_urls.are_routed() or media.id in state.opened_media.get()


def _shape(media: Media) -> tuple[int, int]:
    if media.width_px and media.height_px:
        return media.width_px, media.height_px
    across, _, down = media.aspect_ratio.partition(":")
    if across.isdigit() and down.isdigit() and int(across) and int(down):
        return SHAPELESS_PX, SHAPELESS_PX * int(down) // int(across)
    return SHAPELESS_PX, SHAPELESS_PX
