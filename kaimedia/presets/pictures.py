"""Example pictures of styles: image files beside the style files, under the same name."""

from __future__ import annotations

import base64
from pathlib import Path

MOST_PICTURE_BYTES = 50_000  # all of them go to the page with the list of styles
MIME_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg"}


class PictureProblem(ValueError):
    """An example picture that cannot be used; the text says why, without naming the file."""


def picture_of(style: Path) -> Path | None:
    """The picture of the style file `style`; None without one."""
    return next(iter(pictures_of(style)), None)


def pictures_of(style: Path) -> list[Path]:
    """All image files beside the style file `style`; the first is the one that is shown."""
    return [path for ending in MIME_TYPES if (path := style.with_suffix(ending)).is_file()]


def address_of(picture: Path) -> str:
    """The picture as a `data:` address; raises PictureProblem. The browser decides whether its bytes are an image."""
    try:
        with picture.open("rb") as file:
            content = file.read(MOST_PICTURE_BYTES + 1)
    except OSError as error:
        raise PictureProblem("cannot be read") from error
    if len(content) > MOST_PICTURE_BYTES:
        raise PictureProblem(f"is longer than {MOST_PICTURE_BYTES:,} bytes")
    return f"data:{MIME_TYPES[picture.suffix]};base64,{base64.b64encode(content).decode('ascii')}"
