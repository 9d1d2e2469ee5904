"""Results that do not match their headers or the request, made from the drawn file."""

from __future__ import annotations

import gzip
import io
from collections.abc import Container

from PIL import Image
from starlette.responses import Response

NAMES = frozenset({"odd_encoding", "gzip_encoding", "file_cut", "file_avif", "file_tiff"})
_SIZE = (640, 480)


def answer(active: Container[str], content: bytes, media_type: str) -> Response:
    """The response to a download while one of `NAMES` is active."""
    headers = {}
    if "file_avif" in active or "file_tiff" in active:
        name = "avif" if "file_avif" in active else "tiff"
        content, media_type = _image(name), f"image/{name}"
    if "file_cut" in active:
        content = content[: len(content) // 2]
    if "gzip_encoding" in active:
        content = gzip.compress(content, 1)
        headers["Content-Encoding"] = "gzip"
    if "odd_encoding" in active:
        headers["Content-Encoding"] = "aws-chunked"
    return Response(content, media_type=media_type, headers=headers)


def _image(image_format: str) -> bytes:
    """A plain image; only its format matters."""
    gradient = Image.linear_gradient("L").resize(_SIZE)
    out = io.BytesIO()
    Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.FLIP_LEFT_RIGHT), gradient)).save(
        out, image_format
    )
    return out.getvalue()
