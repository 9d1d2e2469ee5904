"""The child process that opens a video: `python video_probe.py VIDEO POSTER [DEMUXER]`.

`python video_probe.py --last-frame VIDEO IMAGE` writes its last frame as PNG.

A hostile video may exhaust memory or time or crash the codec; then only this process ends. It limits itself
before reading any of the video, prints one line of JSON and writes the poster.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MEMORY_BYTES = 1024**3
CPU_S = 10
POSTER_MAX_BYTES = 64 * 1024**2
POSTER_MAX_PX = 1920
POSTER_QUALITY = 85
MAX_FRAMES_DECODED = 120
TAIL_S = 2.0  # the last key frame is rarely further from the end
MAX_TAIL_FRAMES = 600
MATROSKA_HEAD = b"\x1a\x45\xdf\xa3"
# Below either of these a frame is black, or a single color
DARK_LUMA = 28.0
FLAT_SPREAD = 4.0


def limit_process() -> None:
    """Limit this process to 1 GB of memory, 10 s of CPU time, no large files, no core dump, if the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, POSTER_MAX_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        amount = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(kind, (amount, amount))


def probe(video: Path, poster: Path, demuxer: str | None = None) -> dict[str, float | int | bool | None]:
    """Read size and duration, and write a poster from a frame that shows something.

    Returns: `width_px`, `height_px`, `duration_s` (None if the video does not state it), `has_poster`, `has_sound`.
    Raises: whatever PyAV raises; the caller only sees this process fail.
    """
    import av
    from PIL import WebPImagePlugin  # noqa: F401  else `save` imports every format that Pillow knows

    with video.open("rb") as file:
        guessed = "matroska" if file.read(4) == MATROSKA_HEAD else "mp4"
    with av.open(str(video), format=demuxer or guessed, options={"protocol_whitelist": "file"}) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        duration_s = _duration_s(container, stream)
        has_sound = bool(container.streams.audio)
        frame, image = _good_frame(container, stream, duration_s)
        turn = round(getattr(frame, "rotation", 0) or 0) % 360
        if turn:
            image = image.rotate(turn, expand=True)
        size = image.size
        image.thumbnail((POSTER_MAX_PX, POSTER_MAX_PX))
        image.save(poster, "WEBP", quality=POSTER_QUALITY)
    facts = {"width_px": size[0], "height_px": size[1], "duration_s": duration_s}
    return {**facts, "has_poster": True, "has_sound": has_sound}


def last_frame(video: Path, image: Path) -> dict[str, int]:
    """Write the last frame that can be decoded, as it is shown.

    Returns: `width_px`, `height_px`. Raises: as `probe`.
    """
    import av

    with video.open("rb") as file:
        demuxer = "matroska" if file.read(4) == MATROSKA_HEAD else "mp4"
    with av.open(str(video), format=demuxer, options={"protocol_whitelist": "file"}) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        container.seek(max(0, (container.duration or 0) - round(TAIL_S * 1_000_000)), backward=True)
        frames = islice(container.decode(stream), MAX_TAIL_FRAMES)
        frame: Any = next(iter(deque(frames, maxlen=1)), None)
        if frame is None:
            raise ValueError("no frame can be decoded")
        turn = round(getattr(frame, "rotation", 0) or 0) % 360
        still = frame.to_image()
        still = still.rotate(turn, expand=True) if turn else still
        still.save(image, "PNG")
    return {"width_px": still.width, "height_px": still.height}


def _duration_s(container: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 3)
    return round(container.duration / 1_000_000, 3) if container.duration else None


def _good_frame(container: Any, stream: Any, duration_s: float | None) -> tuple[Any, Image.Image]:
    """The first of a few sampled frames that is neither black nor flat, else the best of them."""
    length_s = duration_s or 0.0
    best: tuple[float, Any, Image.Image] | None = None
    for frame_at_s in dict.fromkeys((min(0.5, length_s * 0.1), length_s * 0.25, length_s * 0.5, 0.0)):
        frame = frame_at(container, stream, frame_at_s)
        if frame is None:
            continue
        image = frame.to_image()
        score = _score(image)
        if best is None or score > best[0]:
            best = (score, frame, image)
        if score >= 1.0:
            break
    if best is None:
        raise ValueError("no frame can be decoded")
    return best[1], best[2]


def frame_at(container: Any, stream: Any, frame_at_s: float) -> Any | None:
    """The first frame at or after `frame_at_s`, or the last one decoded within the frame limit."""
    container.seek(round(frame_at_s * 1_000_000), backward=True)
    frame = None
    for count, frame in enumerate(container.decode(stream)):
        if count >= MAX_FRAMES_DECODED or frame.time is None or frame.time >= frame_at_s:
            break
    return frame


def _score(image: Image.Image) -> float:
    """A score: at least 1.0 for an image that is neither dark nor flat."""
    from PIL import ImageStat

    luma = ImageStat.Stat(image.resize((64, 64)).convert("L"))
    return min(luma.mean[0] / DARK_LUMA, luma.stddev[0] / FLAT_SPREAD)


def main(arguments: list[str]) -> int:
    """Print the facts as one line of JSON; any failure ends the process with a nonzero exit code."""
    takes_last_frame = arguments[0] == "--last-frame"
    video, image, *demuxer = arguments[1:] if takes_last_frame else arguments
    paths = Path(video).absolute(), Path(image).absolute()
    limit_process()
    print(json.dumps(last_frame(*paths) if takes_last_frame else probe(*paths, *demuxer[:1])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
