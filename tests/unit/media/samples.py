"""Generate small media files."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image


def sample_image(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Red above, blue below, to make rotations and halves visible."""
    image = Image.new("RGB", (width, height), (220, 30, 30))
    image.paste((20, 40, 200), (0, height // 2, width, height))
    return image.convert(mode)


def encoded(image_format: str = "PNG", *, image: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    (image or sample_image()).save(out, image_format, **options)
    return out.getvalue()


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """Hard to compress: its PNG is about three bytes a pixel."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def video(
    path: Path, *, frames: int = 48, black_frames: int = 0, size: tuple[int, int] = (96, 64), container: str = "mp4"
) -> Path:
    """A video with 24 frames per second, H.264 (VP8 in WebM), optionally black at the start."""
    codec = "libvpx" if container == "webm" else "libx264"
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=24)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 24)
        bright = np.asarray(sample_image(*size))
        for index in range(frames):
            pixels = np.zeros_like(bright) if index < black_frames else np.roll(bright, index, axis=1)
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")):
                output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    return path
