"""Results that are not quite what their headers or the order say, made from the drawn file."""

from __future__ import annotations

import gzip
import io
from collections.abc import Container

from PIL import Image
from starlette.responses import Response

NAMES = frozenset({"odd_encoding", "gzip_encoding", "file_cut", "file_avif", "file_tiff"})
_SIZE = (640, 480)


def answer(striking: Container[str], content: bytes, media_type: str) -> Response:
    """The answer to a download that one of `NAMES` strikes."""
    headers = {}
    if "file_avif" in striking or "file_tiff" in striking:
        name = "avif" if "file_avif" in striking else "tiff"
        content, media_type = _image(name), f"image/{name}"
    if "file_cut" in striking:
        content = content[: len(content) // 2]
    if "gzip_encoding" in striking:
        content = gzip.compress(content, 1)
        headers["Content-Encoding"] = "gzip"
    if "odd_encoding" in striking:
        headers["Content-Encoding"] = "aws-chunked"
    return Response(content, media_type=media_type, headers=headers)


def _image(image_format: str) -> bytes:
    """A plain picture: what matters is its format."""
    picture = Image.linear_gradient("L").resize(_SIZE)
    out = io.BytesIO()
    Image.merge("RGB", (picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), picture)).save(out, image_format)
    return out.getvalue()
