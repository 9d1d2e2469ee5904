"""Facts and a poster of a clip, looked up by a child process; and whether a clip arrived whole."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROBE_WALL_S = 10.0
# by path, not as a module: the child needs nothing of the package and starts faster without it
PROBE_SCRIPT = Path(__file__).with_name("film_probe.py")
# nothing else of our environment is the child's business: it may hold keys
_PASSED_ON = ("PATH", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUSERBASE")
BOX_LIMIT = 100_000
_BODY_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof"})
_INDEX_BOXES = frozenset({b"moov", b"moof"})


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """Pixels as shown; `duration_s` None when the clip tells none."""

    width_px: int
    height_px: int
    duration_s: float | None


def probe_film(clip: Path, poster: Path, *, wall_s: float = PROBE_WALL_S) -> FilmFacts | None:
    """Facts of `clip`, with a WebP written to `poster`; None (and no poster) for whatever goes wrong.

    The child may use 1 GB of memory and 10 s of processor time, and gets `wall_s` seconds.
    """
    command = [sys.executable, "-P", str(PROBE_SCRIPT), str(clip.absolute()), str(poster.absolute())]
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=wall_s,
            check=True,
        )
        facts = _read_facts(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        facts = None
    if facts is None:
        poster.unlink(missing_ok=True)
    return facts


def _read_facts(output: bytes) -> FilmFacts:
    told = json.loads(output)
    duration_s = told["duration_s"]
    if duration_s is not None and not (math.isfinite(duration_s) and 0 < duration_s < 86_400):
        duration_s = None
    return FilmFacts(int(told["width_px"]), int(told["height_px"]), duration_s)


def is_cut_short(clip: Path) -> bool:
    """Whether an MP4 or MOV surely lacks its end: a box that runs past it, or no index at all.

    A transfer that ends by closing the connection looks complete; this tells. Trailing bytes that are no box
    do not count against a clip.
    """
    size_bytes = clip.stat().st_size
    has_index = False
    offset = 0
    with clip.open("rb") as file:
        for _ in range(BOX_LIMIT):
            if offset >= size_bytes:
                break
            file.seek(offset)
            head = file.read(16)
            if len(head) < 8:
                break
            length, kind = struct.unpack(">I4s", head[:8])
            if length == 1 and len(head) == 16:
                length = int.from_bytes(head[8:], "big")
            has_index = has_index or kind in _INDEX_BOXES
            if kind in _BODY_BOXES and offset + length > size_bytes:
                return True
            if length < 8:  # 0 means "to the end"
                break
            offset += length
    return not has_index
