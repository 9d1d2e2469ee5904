"""Facts and a poster of a video, made by a child process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaimedia.media.child import run_probe

PROBE_WALL_S = 10.0
# by path, not as a module: the child does not need the package and starts faster without it
PROBE_SCRIPT = Path(__file__).with_name("video_probe.py")


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Size in pixels as displayed; `duration_s` is None if the video does not state it."""

    width_px: int
    height_px: int
    duration_s: float | None
    has_sound: bool = False


def probe_video(
    video: Path, poster: Path, *, demuxer: str | None = None, wall_s: float = PROBE_WALL_S
) -> VideoFacts | None:
    """Facts of `video`, with a WebP written to `poster`; None (and no poster) if anything goes wrong.

    `demuxer` is FFmpeg's name of the container; None means MP4 or Matroska, by the first bytes. The child may use
    1 GB of memory, 10 s of CPU time and `wall_s` seconds of wall time.
    """
    arguments = [str(video.absolute()), str(poster.absolute()), *([demuxer] if demuxer else [])]
    try:
        facts = _read_facts(run_probe(PROBE_SCRIPT, *arguments, wall_s=wall_s) or {})
    except (ValueError, KeyError, TypeError, OverflowError):
        facts = None
    if facts is None:
        poster.unlink(missing_ok=True)
    return facts


def take_last_frame(video: Path, image: Path, *, wall_s: float = PROBE_WALL_S) -> bool:
    """Write the last frame of `video` to `image` as PNG; False, without an image, if anything goes wrong.

    The limits are those of `probe_video`.
    """
    arguments = ["--last-frame", str(video.absolute()), str(image.absolute())]
    if run_probe(PROBE_SCRIPT, *arguments, wall_s=wall_s) is None:
        image.unlink(missing_ok=True)
        return False
    return image.exists()


def _read_facts(printed: dict[str, Any]) -> VideoFacts:
    duration_s = plausible_s(printed["duration_s"])
    return VideoFacts(int(printed["width_px"]), int(printed["height_px"]), duration_s, bool(printed.get("has_sound")))


def plausible_s(duration_s: float | None) -> float | None:
    """A length that a file states, or None where it cannot be true."""
    is_plausible = duration_s is not None and math.isfinite(duration_s) and 0 < duration_s < 86_400
    return duration_s if is_plausible else None
