"""The child process that draws: one JSON job per line on stdin, one JSON response per line on stdout.

It exits when stdin closes, so a killed parent leaves no orphan behind, and it runs at low priority.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from pathlib import Path
from typing import IO, Any

from PIL import Image

from kaimedia.sandbox.drawing.masked_image import MaskedImage

_NICENESS = 10
_SHORTEST_S, _LONGEST_S = 1.0, 15.0  # of a video that is as long as an input


class BadReference(ValueError):
    """The reference is not a readable image."""


def draw(job: dict[str, Any]) -> None:
    """Draw one job: each file appears under its name only when it is complete.

    Raises:
        BadReference: the job's reference cannot be read.
    """
    reference = Path(job["reference"]) if job["reference"] else None
    edited = MaskedImage.of_json(job["edited"]) if job.get("edited") else None
    width, height = _size(job["sizes"], edited.image if edited else reference)
    for drawing in job["drawings"]:
        out = Path(drawing["out"])
        part = out.with_name(f"part-{os.getpid()}-{out.name}")
        try:
            if drawing["kind"] == "video":
                _render_video(job, width, height, reference, part)
            else:
                _render_image(job, width, height, drawing["variant"], edited, part)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)


def _render_image(
    job: dict[str, Any], width: int, height: int, variant: int, edited: MaskedImage | None, out: Path
) -> None:
    from kaimedia.sandbox.drawing.painter import render_image

    if edited is not None:
        width, height = edited.size_within(width, height)
    drawn = render_image(job["prompt"], width, height, variant, job["seed"])
    image = edited.changed(drawn) if edited else drawn
    if out.suffix == ".png":
        image.save(out, "PNG", compress_level=6)
    else:
        image.convert("RGB").save(out, quality=90)  # by its extension, a JPEG or WebP


def _render_video(job: dict[str, Any], width: int, height: int, reference: Path | None, out: Path) -> None:
    from kaimedia.sandbox.drawing.video import render_video

    length_s = _length_s(job.get("as_long_as"), job["duration_s"])
    render_video(job["prompt"], width, height, length_s, job["seed"], reference, out, job["fps"])


def _length_s(media: str | None, otherwise_s: float) -> float:
    """The length of a video or sound file, up to what is drawn in a few seconds; its content does not matter here."""
    import av

    if media is None:
        return otherwise_s
    try:
        with av.open(media, options={"protocol_whitelist": "file"}) as container:
            stated_s = (container.duration or 0) / 1_000_000
    except (av.FFmpegError, OSError, ValueError):
        return otherwise_s
    return min(max(stated_s, _SHORTEST_S), _LONGEST_S) if stated_s else otherwise_s


def _size(sizes: list[list[int]], reference: Path | None) -> tuple[int, int]:
    """The drawing size: of several, the one closest to the reference's aspect ratio."""
    if reference is None:
        return sizes[0][0], sizes[0][1]
    try:
        with Image.open(reference) as image:
            image.verify()
            shape = math.log(image.width / image.height)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadReference(str(error)) from error
    width, height = min(sizes, key=lambda size: abs(math.log(size[0] / size[1]) - shape))
    return width, height


def serve(jobs: IO[str], responses: IO[str]) -> None:
    """Draw until there are no more jobs."""
    for line in jobs:
        job = json.loads(line)
        response: dict[str, Any] = {"id": job["id"], "error": None, "is_reference": False}
        try:
            draw(job)
        except BadReference as error:
            response.update(error=str(error), is_reference=True)
        except (OSError, ValueError, ArithmeticError, LookupError, TypeError, MemoryError) as error:
            response.update(error=f"{type(error).__name__}: {error}")
        responses.write(json.dumps(response) + "\n")
        responses.flush()


def main(argv: list[str]) -> int:
    """Serve stdin; `--remove FOLDER` deletes a temporary folder at the end."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        serve(sys.stdin, sys.stdout)
    except BrokenPipeError:  # the parent has ended, so there is nothing to flush to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if len(argv) == 2 and argv[0] == "--remove":
        shutil.rmtree(argv[1], ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
