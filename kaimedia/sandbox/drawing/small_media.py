"""Tiny media made immediately: real files, distinguished by the name of their result."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from hashlib import blake2b

_SIDE = 64
_FPS = 12


def image(name: str, extension: str = "png") -> bytes:
    """A 64×64 image in one color, as `png`, `jpg` or `webp`, with the name as a comment where the format has them.

    The same name gives the same bytes.
    """
    color = blake2b(name.encode(), digest_size=3).digest()
    if extension != "png":
        return _compressed(color, name.encode(), extension)
    rows = (b"\x00" + color * _SIDE) * _SIDE
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    text = b"Comment\x00" + name.encode("latin-1", "replace")
    chunks = ((b"IHDR", header), (b"tEXt", text), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def video(name: str) -> bytes:
    """A 64×64 H.264 video of one second, with the name in a trailing `free` box."""
    note = name.encode("latin-1", "replace")
    return _blank_video() + struct.pack(">I", 8 + len(note)) + b"free" + note


def _compressed(color: bytes, comment: bytes, extension: str) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    drawn = Image.new("RGB", (_SIDE, _SIDE), (color[0], color[1], color[2]))
    if extension == "jpg":
        drawn.save(target, "JPEG", comment=comment)
    else:
        drawn.save(target, "WEBP", lossless=True)
    return target.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@cache
def _blank_video() -> bytes:
    # Imported late: an app that embeds the sandbox draws in child processes and does not need to load the codecs.
    import av
    import numpy as np
    from av.video.stream import VideoStream

    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FPS)
        if not isinstance(stream, VideoStream):
            raise TypeError("libx264 made no video stream")
        stream.width = stream.height = _SIDE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for step in range(_FPS):
            pixels = np.full((_SIDE, _SIDE, 3), 40 + 12 * step, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return target.getvalue()
