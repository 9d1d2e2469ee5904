"""The app's file names: `{type}_{timestamp}_{uuid}.{ext}`, and the names derived from them.

`image_20261122T101530Z_<32 hex>.png` is a result; files with the same stem and `_thumb.webp`, `_thumb2x.webp` and
(for videos) `_poster.webp` are made from it. No part of a name comes from outside.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import UTC, datetime
from pathlib import PurePosixPath

from kaimedia.domain import Modality
from kaimedia.errors import UnsafePath
from kaimedia.media.kinds import BY_EXT

# Files that are neither image nor video may be the result of an image or a video task.
EXTENSIONS: dict[Modality, tuple[str, ...]] = {
    modality: tuple(kind.ext for kind in BY_EXT.values() if kind.modality in (modality, None)) for modality in Modality
}
MIME_TYPES = {ext: kind.mime_type for ext, kind in BY_EXT.items()}
OPAQUE_TYPE = "application/octet-stream"
SLUG_MAX_CHARS = 48
_NAMESPACE = uuid.UUID("0d1f2a52-6f0b-4d5e-9a55-7f4b3d0c8e11")

_STAMP = "[0-9]{8}T[0-9]{6}Z_[0-9a-f]{32}"
NAME = re.compile(
    rf"image_{_STAMP}(?:\.(?:{'|'.join(EXTENSIONS[Modality.IMAGE])})|_thumb(?:2x)?\.webp)"
    rf"|video_{_STAMP}(?:\.(?:{'|'.join(EXTENSIONS[Modality.VIDEO])})|_(?:thumb(?:2x)?|poster)\.webp)"
)
_REFERENCE_EXTENSIONS = "png|jpg|webp|gif|bmp|tif|mp4|mov|webm|mkv|mp3|wav|ogg|flac|m4a|aac|wma"
REFERENCE_NAME = re.compile(rf"[0-9a-f]{{64}}\.(?:{_REFERENCE_EXTENSIONS})")
UPLOAD_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.[a-z0-9]{1,5}")
_RESULT = re.compile(rf"(?P<stem>(?:image|video)_{_STAMP})\.[a-z0-9]+")


def is_ours(name: str) -> bool:
    """Whether this module makes such a name, including thumbnails and posters."""
    return NAME.fullmatch(name) is not None


def is_input(name: str) -> bool:
    """Whether `ReferenceStore` makes such a name."""
    return REFERENCE_NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """Return `name` if it is ours.

    Raises:
        UnsafePath: for anything else.
    """
    if not is_ours(name):
        raise UnsafePath("This is not the name of a media file.", next_step="Use a name from the gallery.")
    return name


def new_name(modality: Modality, at: datetime, ext: str, key: str | None = None) -> str:
    """A new name; `at` is timezone-aware, `ext` has no dot. The same `key` gives the same name again.

    Raises:
        ValueError: `ext` does not belong to `modality`, or `at` is naive.
    """
    if ext not in EXTENSIONS[modality]:
        raise ValueError(f"{ext!r} is not an extension of {modality.value} files")
    if at.tzinfo is None:
        raise ValueError("times must be timezone-aware")
    unique = uuid.uuid4().hex if key is None else unique_part(key)
    return f"{modality.value}_{at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{unique}.{ext}"


def result_key(task_id: str, variant: int) -> str:
    """The key of one result of a task, so that each try to save it uses the same name."""
    return f"{task_id}:{variant}"


def unique_part(key: str) -> str:
    """The 32 hex digits that every name made with this key contains, whatever its type, time and extension."""
    return uuid.uuid5(_NAMESPACE, key).hex


def unique_part_of(name: str) -> str:
    """The 32 hex digits of a result's name, or of a file made from it."""
    return check_name(name).split("_")[2][:32]


def is_result(name: str) -> bool:
    """Whether this is the name of a result: not of a thumbnail or poster, and not someone else's."""
    return is_ours(name) and _RESULT.fullmatch(name) is not None


def made_at(name: str) -> datetime | None:
    """The time in a name, aware UTC; None if its digits are no time."""
    try:
        return datetime.strptime(check_name(name).split("_")[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def thumbnail_name(name: str) -> str:
    """The small thumbnail (longest side 512 px) of a result."""
    return f"{_stem(name)}_thumb.webp"


def large_thumbnail_name(name: str) -> str:
    """The large thumbnail (longest side 1,024 px) of a result."""
    return f"{_stem(name)}_thumb2x.webp"


def poster_name(name: str) -> str:
    """The poster image of a video.

    Raises:
        UnsafePath: `name` is not the name of a video.
    """
    if modality_of(name) is not Modality.VIDEO:
        raise UnsafePath("Only videos have a poster.", next_step="Use a name from the gallery.")
    return f"{_stem(name)}_poster.webp"


def modality_of(name: str) -> Modality:
    """Whether `name` belongs to an image or a video; thumbnails count as their source."""
    return Modality(check_name(name).partition("_")[0])


def mime_of(name: str) -> str:
    """The MIME type of one of our files, saved references included, by extension from a fixed table."""
    if not REFERENCE_NAME.fullmatch(name):
        check_name(name)
    return MIME_TYPES[name.rpartition(".")[2]]


def is_shown(name: str) -> bool:
    """Whether browsers show one of our files; others are only sent as a download, as `OPAQUE_TYPE`."""
    check_name(name)
    return BY_EXT[name.rpartition(".")[2]].is_shown


def download_name(prompt: str | None, name: str) -> str:
    """A readable file name: words of the prompt, eight digits of the id, the extension.

    Uses at most 48 characters of the prompt, letters and digits of any script; if there are none, the kind
    (`image`, `video`) instead. Safe on every common file system.
    """
    check_name(name)
    kind, _, rest = PurePosixPath(name).stem.split("_", 3)[:3]
    return f"{_slug(prompt or '') or kind}-{rest[:8]}.{name.rpartition('.')[2]}"


def ascii_download_name(prompt: str | None, name: str) -> str:
    """The same in ASCII, for clients that do not support Unicode names."""
    plain = unicodedata.normalize("NFKD", prompt or "").encode("ascii", "ignore").decode("ascii")
    return download_name(plain, name)


def _stem(name: str) -> str:
    match = _RESULT.fullmatch(check_name(name))
    if match is None:
        raise UnsafePath("Only results have thumbnails.", next_step="Use a name from the gallery.")
    return match["stem"]


def _slug(text: str) -> str:
    cleaned = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in unicodedata.normalize("NFKC", text))
    slug = ""
    for word in cleaned.lower().split():
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > SLUG_MAX_CHARS:
            return slug or word[:SLUG_MAX_CHARS]
        slug = longer
    return slug
