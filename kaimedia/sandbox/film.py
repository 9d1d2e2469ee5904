"""Clips for the sandbox: real H.264, moving, the same family as the picture of the same prompt."""

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

from kaimedia.sandbox.brush import Canvas, Moment
from kaimedia.sandbox.mark import badge, place
from kaimedia.sandbox.painter import stage
from kaimedia.sandbox.scenes import Scene
from kaimedia.sandbox.scenes.reference import Reference
from kaimedia.sandbox.subject import scene_for

Bytes = npt.NDArray[np.uint8]

# Fast enough for a clip on one core, small enough to keep; the pictures have little detail that hurts. Without the
# macroblock tree: with it x264 does not give the same bytes each time (one run in three, 180 lines, AVX2).
_ENCODER = {"preset": "veryfast", "crf": "21", "profile": "main", "x264-params": "keyint=48:mbtree=0"}


def shoot(
    prompt: str,
    width: int,
    height: int,
    duration_s: float,
    seed: int,
    reference: Path | None,
    out: Path,
    fps: int = 24,
) -> None:
    """Write a silent MP4 (H.264, yuv420p, index first) that loops, of this length to within one frame.

    Args:
        width: pixels; odd sizes are cut to even ones, as the codec needs.
        reference: a picture to bring to life instead of the prompt's own scene.

    Raises:
        UnsupportedMedia: the reference is not a picture that can be read.
    """
    width, height = max(16, width // 2 * 2), max(16, height // 2 * 2)
    scene = _scene(prompt, width, height, seed, reference)
    count = max(1, round(duration_s * fps))
    with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options=dict(_ENCODER))
        _set_up(stream, width, height, fps)
        print_mark = _Mark(width, height)
        for at in range(count):
            frame = _develop(scene.pixels(Moment(at / fps, count / fps)), width, height, print_mark)
            frame.pts, frame.time_base = at, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _scene(prompt: str, width: int, height: int, seed: int, reference: Path | None) -> Scene:
    if reference is not None:
        small = _inner_size(width, height, Reference.film_pixels)
        return Reference.of(reference, Canvas(*small), seed)
    return stage(prompt, *_inner_size(width, height, scene_for(prompt).film_pixels), 0, seed)


def _inner_size(width: int, height: int, pixels: int) -> tuple[int, int]:
    """The size drawn at: the clip's own, or smaller in the same ratio."""
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    return max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)


def _set_up(stream: VideoStream, width: int, height: int, fps: int) -> None:
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, fps)
    context.thread_count = 1  # the same bytes on every machine, and one core for everybody else
    context.colorspace = 1  # BT.709 throughout; browsers guess when nothing is said
    context.color_primaries = 1
    context.color_trc = 1
    context.color_range = 1


def _develop(pixels: Bytes, width: int, height: int, mark: _Mark) -> VideoFrame:
    """Scale to the clip's size, turn into YUV, put the mark on."""
    frame = VideoFrame.from_ndarray(pixels, format="rgb24")
    frame = frame.reformat(
        width=width,
        height=height,
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        interpolation=Interpolation.BICUBIC,
    )
    mark.print_on(frame)
    return frame


class _Mark:
    """The badge, ready to be blended into the planes of a YUV frame."""

    def __init__(self, width: int, height: int) -> None:
        pill = badge(min(width, height))
        self.x, self.y = place(width, height)
        rgba = np.asarray(pill, dtype=np.float32)
        alpha = rgba[..., 3] / 255
        red, green, blue = rgba[..., 0], rgba[..., 1], rgba[..., 2]
        luma = 16 + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * (219 / 255)
        # The pill is all but grey: neutral chroma is right for it.
        halves = alpha.reshape(pill.height // 2, 2, pill.width // 2, 2).mean(axis=(1, 3))
        self.layers = ((luma, alpha, 1), (np.float32(128), halves, 2), (np.float32(128), halves, 2))

    def print_on(self, frame: VideoFrame) -> None:
        """Blend the badge into the frame's own memory."""
        for plane, (value, alpha, step) in zip(frame.planes, self.layers, strict=True):
            rows: npt.NDArray[Any] = np.frombuffer(cast(Any, plane), dtype=np.uint8).reshape(-1, plane.line_size)
            high, wide = alpha.shape
            part = rows[self.y // step : self.y // step + high, self.x // step : self.x // step + wide]
            part[:] = np.clip(part * (1 - alpha) + value * alpha + 0.5, 0, 255).astype(np.uint8)
