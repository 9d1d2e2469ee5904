"""Example images of styles: image files next to the style files, with the same name."""

from __future__ import annotations

import base64
from pathlib import Path

MAX_IMAGE_BYTES = 50_000  # all of them are sent to the page with the list of styles
MIME_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg"}


class ImageProblem(ValueError):
    """An example image that cannot be used; the message says why, without the file name."""


def image_of(style: Path) -> Path | None:
    """The image of the style file `style`; None without one."""
    return next(iter(images_of(style)), None)


def images_of(style: Path) -> list[Path]:
    """All image files next to the style file `style`; the first is the one shown."""
    return [path for ending in MIME_TYPES if (path := style.with_suffix(ending)).is_file()]


def address_of(image: Path) -> str:
    """The image as a `data:` URL; raises ImageProblem. Its bytes are not checked: the browser does that."""
    try:
        with image.open("rb") as file:
            content = file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise ImageProblem("cannot be read") from error
    if len(content) > MAX_IMAGE_BYTES:
        raise ImageProblem(f"is larger than {MAX_IMAGE_BYTES:,} bytes")
    return f"data:{MIME_TYPES[image.suffix]};base64,{base64.b64encode(content).decode('ascii')}"
