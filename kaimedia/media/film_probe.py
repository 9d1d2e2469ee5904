"""The child process that opens a clip: `python -m kaimedia.media.film_probe CLIP POSTER [DEMUXER]`.

A hostile clip may exhaust memory or time or crash the codec; then only this process ends. It takes its limits
upon itself before anything of the clip is read, prints one line of JSON and writes the poster.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MEMORY_BYTES = 1024**3
CPU_S = 10
POSTER_MAX_BYTES = 64 * 1024**2
POSTER_MAX_PX = 1920
POSTER_QUALITY = 85
FRAMES_PER_LOOK = 120
MATROSKA_HEAD = b"\x1a\x45\xdf\xa3"
# Below either of these a frame is black, or all of one colour
DARK_LUMA = 28.0
FLAT_SPREAD = 4.0


def limit_ourselves() -> None:
    """Memory 1 GB, processor time 10 s, no large files, no core dump; where the system knows such limits."""
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


def look(clip: Path, poster: Path, demuxer: str | None = None) -> dict[str, float | int | bool | None]:
    """Pixels as shown, seconds, and a poster of a frame worth seeing.

    Returns: `width_px`, `height_px`, `duration_s` (None when the clip tells none), `has_poster`.
    Raises: what PyAV raises; the caller only sees this process end.
    """
    import av

    with clip.open("rb") as file:
        guessed = "matroska" if file.read(4) == MATROSKA_HEAD else "mp4"
    with av.open(str(clip), format=demuxer or guessed, options={"protocol_whitelist": "file"}) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        duration_s = _duration_s(container, stream)
        frame, picture = _good_frame(container, stream, duration_s)
        turn = round(getattr(frame, "rotation", 0) or 0) % 360
        if turn:
            picture = picture.rotate(turn, expand=True)
        size = picture.size
        picture.thumbnail((POSTER_MAX_PX, POSTER_MAX_PX))
        picture.save(poster, "WEBP", quality=POSTER_QUALITY)
    return {"width_px": size[0], "height_px": size[1], "duration_s": duration_s, "has_poster": True}


def _duration_s(container: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 3)
    return round(container.duration / 1_000_000, 3) if container.duration else None


def _good_frame(container: Any, stream: Any, duration_s: float | None) -> tuple[Any, Image.Image]:
    """The first of a few looks that is neither black nor flat, else the best of them."""
    length_s = duration_s or 0.0
    best: tuple[float, Any, Image.Image] | None = None
    for look_s in dict.fromkeys((min(0.5, length_s * 0.1), length_s * 0.25, length_s * 0.5, 0.0)):
        frame = frame_at(container, stream, look_s)
        if frame is None:
            continue
        picture = frame.to_image()
        worth = _worth(picture)
        if best is None or worth > best[0]:
            best = (worth, frame, picture)
        if worth >= 1.0:
            break
    if best is None:
        raise ValueError("no frame can be decoded")
    return best[1], best[2]


def frame_at(container: Any, stream: Any, look_s: float) -> Any | None:
    """The first frame at or after `look_s`, or the last one before the budget ran out."""
    container.seek(round(look_s * 1_000_000), backward=True)
    frame = None
    for count, frame in enumerate(container.decode(stream)):
        if count >= FRAMES_PER_LOOK or frame.time is None or frame.time >= look_s:
            break
    return frame


def _worth(picture: Image.Image) -> float:
    """At least 1.0 for a picture with light and shapes in it."""
    from PIL import ImageStat

    luma = ImageStat.Stat(picture.resize((64, 64)).convert("L"))
    return min(luma.mean[0] / DARK_LUMA, luma.stddev[0] / FLAT_SPREAD)


def main(arguments: list[str]) -> int:
    """Print the facts as one line of JSON; any trouble is this process's end with a code other than 0."""
    clip, poster = (Path(argument).absolute() for argument in arguments[:2])
    limit_ourselves()
    print(json.dumps(look(clip, poster, *arguments[2:3])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
