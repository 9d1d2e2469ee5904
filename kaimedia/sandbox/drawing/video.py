"""Videos for the sandbox: real H.264, moving, in the style of the image for the same prompt."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation
from av.video.stream import VideoStream

from kaimedia.sandbox.drawing.canvas import Canvas, Moment
from kaimedia.sandbox.drawing.painter import stage
from kaimedia.sandbox.drawing.scenes import Scene
from kaimedia.sandbox.drawing.scenes.reference import Reference
from kaimedia.sandbox.drawing.subject import scene_for
from kaimedia.sandbox.drawing.watermark import badge, place

Bytes = npt.NDArray[np.uint8]

# Fast enough for one core and small enough to store; the frames have little detail that compression would damage.
# Without the macroblock tree, because with it x264 does not always give the same bytes (in one of three runs, at
# 180 lines with AVX2).
_ENCODER = {"preset": "veryfast", "crf": "21", "profile": "main", "x264-params": "keyint=48:mbtree=0"}


def render_video(
    prompt: str,
    width: int,
    height: int,
    duration_s: float,
    seed: int,
    reference: Path | None,
    out: Path,
    fps: int = 24,
) -> None:
    """Write a silent, looping MP4 (H.264, yuv420p, index first); its length is exact to within one frame.

    Args:
        width: pixels; odd sizes are rounded down to even ones, as the codec requires.
        reference: an image to animate instead of drawing the prompt's scene.

    Raises:
        UnsupportedMedia: the reference is not a readable image.
    """
    width, height = max(16, width // 2 * 2), max(16, height // 2 * 2)
    scene = _scene(prompt, width, height, seed, reference)
    count = max(1, round(duration_s * fps))
    with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options=dict(_ENCODER))
        _set_up(stream, width, height, fps)
        watermark = _Watermark(width, height)
        for at in range(count):
            frame = _to_frame(scene.pixels(Moment(at / fps, count / fps)), width, height, watermark)
            frame.pts, frame.time_base = at, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _scene(prompt: str, width: int, height: int, seed: int, reference: Path | None) -> Scene:
    if reference is not None:
        small = _inner_size(width, height, Reference.video_pixels)
        return Reference.of(reference, Canvas(*small), seed)
    return stage(prompt, *_inner_size(width, height, scene_for(prompt).video_pixels), 0, seed)


def _inner_size(width: int, height: int, pixels: int) -> tuple[int, int]:
    """The drawing size: the video's own, or smaller with the same aspect ratio."""
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    return max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)


def _set_up(stream: VideoStream, width: int, height: int, fps: int) -> None:
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, fps)
    context.thread_count = 1  # the same bytes on every machine, and the other cores stay free
    context.colorspace = 1  # BT.709 throughout; browsers guess when it is not declared
    context.color_primaries = 1
    context.color_trc = 1
    context.color_range = 1


def _to_frame(pixels: Bytes, width: int, height: int, watermark: _Watermark) -> VideoFrame:
    """Scale to the video's size, convert to YUV, add the watermark."""
    frame = VideoFrame.from_ndarray(pixels, format="rgb24")
    frame = frame.reformat(
        width=width,
        height=height,
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        interpolation=Interpolation.BICUBIC,
    )
    watermark.apply_to(frame)
    return frame


class _Watermark:
    """The badge, prepared for blending into the planes of a YUV frame."""

    def __init__(self, width: int, height: int) -> None:
        pill = badge(min(width, height))
        self.x, self.y = place(width, height)
        rgba = np.asarray(pill, dtype=np.float32)
        alpha = rgba[..., 3] / 255
        red, green, blue = rgba[..., 0], rgba[..., 1], rgba[..., 2]
        luma = 16 + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * (219 / 255)
        # The pill is nearly gray, so neutral chroma is right for it.
        halves = alpha.reshape(pill.height // 2, 2, pill.width // 2, 2).mean(axis=(1, 3))
        self.layers = ((luma, alpha, 1), (np.float32(128), halves, 2), (np.float32(128), halves, 2))

    def apply_to(self, frame: VideoFrame) -> None:
        """Blend the badge into the frame, in place."""
        for plane, (value, alpha, step) in zip(frame.planes, self.layers, strict=True):
            rows: npt.NDArray[Any] = np.frombuffer(cast(Any, plane), dtype=np.uint8).reshape(-1, plane.line_size)
            high, wide = alpha.shape
            part = rows[self.y // step : self.y // step + high, self.x // step : self.x // step + wide]
            part[:] = np.clip(part * (1 - alpha) + value * alpha + 0.5, 0, 255).astype(np.uint8)
