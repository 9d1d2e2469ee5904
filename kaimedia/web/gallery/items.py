"""An item of the grid as JSON: short keys, plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kaimedia import runtime
from kaimedia.domain import Condition, Media, Modality, ProviderName, Status
from kaimedia.media.names import download_name, is_ours
from kaimedia.studio import TRASH_RETENTION

NEUTRAL = "2b2b372b2b37"
SHAPELESS_PX = 1024


def address(name: str | None, sign_in: str | None = None) -> str:
    """The URL of a stored file, relative to the page; "" if there is none. `sign_in`: see `runtime.media_address`."""
    return f"static/media/{runtime.media_address(name, sign_in)}" if name else ""


def item(
    media: Media,
    labels: Mapping[str, str],
    *,
    address_of: Callable[[str | None], str] = address,
    is_at_hand: Callable[[Media], bool] = lambda _media: True,
    is_readable: bool = False,
) -> dict[str, Any]:
    """One item for the component; `file` is "" if it is only loaded when opened.

    `name` is the download name: the stored name, or with `is_readable` one made from the prompt. `labels`
    maps model ids to names. Times are whole seconds since 1970.
    """
    is_video = media.media_type is Modality.VIDEO
    width, height = _shape(media)
    is_shown = media.condition is not Condition.UNSHOWABLE
    small = media.thumbnail_path or media.poster_path or ("" if is_video or not is_shown else media.filename)
    return {
        "id": media.id,
        "video": is_video,
        "model": labels.get(media.model, media.model),
        "modelId": media.model,
        "prompt": media.prompt or labels.get(media.model, media.model),  # some models take none
        "w": width,
        "h": height,
        "seconds": media.duration_s or 0,
        "colors": media.colors or NEUTRAL,
        "fav": media.is_favorite,
        "at": int(media.created_at.timestamp()),
        "thumb": address_of(small),
        "large": address_of(media.thumbnail_large_path or media.poster_path or small),
        "file": address_of(media.filename) if is_at_hand(media) else "",
        "name": _readable(media) if is_readable else media.filename or "",
        "condition": media.condition.value,
        "sandbox": media.provider == ProviderName.SANDBOX,
        "ratio": media.aspect_ratio,
        "status": media.status.value,
        "error": (media.error_message or "It failed.") if media.status is Status.FAILED else "",
        "gone": int((media.deleted_at + TRASH_RETENTION).timestamp()) if media.deleted_at else 0,
        "task": media.task_id,
    }


def _readable(media: Media) -> str:
    name = media.filename or ""
    return download_name(media.prompt, name) if is_ours(name) else name


def _shape(media: Media) -> tuple[int, int]:
    if media.width_px and media.height_px:
        return media.width_px, media.height_px
    across, _, down = media.aspect_ratio.partition(":")
    if across.isdigit() and down.isdigit() and int(across) and int(down):
        return SHAPELESS_PX, max(1, SHAPELESS_PX * int(down) // int(across))
    return SHAPELESS_PX, SHAPELESS_PX
