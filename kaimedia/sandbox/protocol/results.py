"""A task's results: their names, links and bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kaimedia.sandbox.drawing import small_media
from kaimedia.sandbox.drawing.masked_image import MaskedImage
from kaimedia.sandbox.drawing.pool import Done, DrawingWorker, Outcome
from kaimedia.sandbox.protocol.families import FAMILIES
from kaimedia.sandbox.task import SandboxTask

FOLDERS = tuple(sorted({family.result_folder for family in FAMILIES.values()}))
_PATH = re.compile(
    rf"/(?:{'|'.join(FOLDERS)})/(?P<task_id>[0-9a-f]{{32}})_(?P<part>[0-9]{{1,2}}|cover)(?:\.(?P<extension>[a-z0-9]{{1,5}}))?"
)
_IMAGE_EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
_WRONG_EXTENSIONS = {"image": "gif", "video": "webm"}
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "mp4": "video/mp4"}
_FPS = 24
_DRAFT_FPS, _DRAFT_DIVISOR = 12, 4


def parse(path: str) -> tuple[str, str] | None:
    """Task id and part (`0`–`99`, `cover`) from a result link's path."""
    match = _PATH.fullmatch(path)
    return (match["task_id"], match["part"]) if match else None


def parse_link(url: str) -> tuple[str, str] | None:
    """The same from a full link with any host: the port may have changed since."""
    return parse(urlsplit(url).path)


def links(task: SandboxTask, base_url: str) -> tuple[str, ...]:
    """The result links in order."""
    found = tuple(link(task, base_url, str(index)) for index in range(task.order.variants))
    extra = task.switches.get("links_extra")
    count = int(extra.amount or 0) if extra and found else 0
    return (*found, *(f"{found[0]}?copy={number}" for number in range(count)))


def link(task: SandboxTask, base_url: str, part: str) -> str:
    """One link; some families' links have an extension, others do not."""
    family = FAMILIES[task.order.family]
    ending = f".{extension(task, part)}" if family.result_has_extension or part == "cover" else ""
    if part != "cover" and task.has("wrong_extension"):
        ending = f".{_WRONG_EXTENSIONS[task.order.kind]}"
    return f"{base_url}/{family.result_folder}/{task.task_id}_{part}{ending}"


def extension(task: SandboxTask, part: str) -> str:
    """The extension that matches the part's bytes."""
    if part == "cover":
        return "png"
    return "mp4" if task.order.kind == "video" else _IMAGE_EXTENSIONS[task.order.image_format]


class Results:
    """The result files of all tasks: full-size ones drawn by two workers, small ones made on the fly."""

    def __init__(self, folder: Path, *, media: str, seed: int, scratch: Path | None) -> None:
        self._folder = folder
        self._is_small = media == "small"
        self._is_draft = media == "draft"
        self._seed = seed
        self._workers: Mapping[str, DrawingWorker] = {kind: DrawingWorker(kind, scratch) for kind in _WRONG_EXTENSIONS}
        folder.mkdir(parents=True, exist_ok=True)

    def draw(
        self,
        task: SandboxTask,
        reference: Path | None,
        as_long_as: Path | None,
        edited: MaskedImage | None,
        done: Done,
    ) -> None:
        """Draw the task's files that are missing; `done` may be called in another thread.

        A video is as long as the file `as_long_as`, if there is one; an image changes `edited` where its mask says so.
        """
        drawings = [drawing for drawing in self._drawings(task) if not Path(drawing["out"]).exists()]
        if self._is_small or not drawings:
            done(Outcome())
            return
        job = {
            "id": task.task_id,
            "prompt": task.order.prompt,
            "sizes": self._sizes(task),
            "duration_s": task.order.duration_s,
            "fps": _DRAFT_FPS if self._is_draft else _FPS,
            "seed": self._seed,
            "reference": str(reference) if reference else None,
            "as_long_as": str(as_long_as) if as_long_as else None,
            "edited": edited.as_json() if edited else None,
            "drawings": drawings,
        }
        self._workers[task.order.kind].add(job, done)

    def open(self, task: SandboxTask, part: str) -> bytes | Path | None:
        """The bytes of one part, or the file that contains them; None if it does not exist."""
        if part.isdecimal() and int(part) >= task.order.variants:
            return None
        ending = extension(task, part)
        if self._is_small:
            name = f"{task.task_id}_{part}"
            return small_media.video(name) if ending == "mp4" else small_media.image(name, ending)
        path = self._file(task, part)
        return path if path.exists() else None

    def close(self) -> None:
        """End the drawing workers."""
        for worker in self._workers.values():
            worker.close()

    def _file(self, task: SandboxTask, part: str) -> Path:
        return self._folder / f"{task.task_id}_{part}.{extension(task, part)}"

    def _sizes(self, task: SandboxTask) -> list[tuple[int, int]]:
        by = _DRAFT_DIVISOR if self._is_draft and task.order.kind == "video" else 1
        return [(width // by, height // by) for width, height in task.order.sizes]

    def _drawings(self, task: SandboxTask) -> list[dict[str, Any]]:
        order = task.order
        drawings = [
            {"kind": order.kind, "variant": index, "out": str(self._file(task, str(index)))}
            for index in range(order.variants)
        ]
        if FAMILIES[order.family].has_cover:
            drawings.append({"kind": "image", "variant": 0, "out": str(self._file(task, "cover"))})
        return drawings
