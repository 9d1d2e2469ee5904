"""Fills a studio with sample data: files drawn like the sandbox's, and rows as after years of use."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import insert

from docs.snapshots.spent import Spent
from docs.snapshots.works import NOW, SIZES, Compared, Stand, Work
from kaimedia.domain import BatchKind, Modality
from kaimedia.media import names, thumbnails
from kaimedia.sandbox.drawing import small_media
from kaimedia.sandbox.drawing.painter import render_image
from kaimedia.sandbox.drawing.video import render_video
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import BALANCES, LEDGER
from kaimedia.store.media.listing import fold
from kaimedia.store.tables import COLLECTION_MEDIA, COLLECTIONS, MEDIA, MEDIA_TAGS, TASKS
from kaimedia.store.tasks.batch_table import BATCHES

CREDITS = 6.0


class Filling:
    """One studio in `folder`. `scale` shrinks the files, for tests that do not look at them."""

    def __init__(self, folder: Path, scale: float = 1.0) -> None:
        self._media_folder = folder / "media"
        self._media_folder.mkdir(parents=True, exist_ok=True)
        self._scale = scale
        self._media: list[dict[str, Any]] = []
        self._tasks: list[dict[str, Any]] = []
        self._batches: list[dict[str, Any]] = []
        self._tags: list[dict[str, Any]] = []
        self._collected: list[tuple[str, int]] = []
        self._spent = Spent()
        self.database_url = f"sqlite:///{folder / 'kaimedia.db'}"

    def finish(self, works: Sequence[Work]) -> None:
        """Add finished works with their files."""
        for work in reversed(works):
            at = NOW - work.before
            task_id = self._task(work, at, status="completed", phase="done", completed_at=at, credits_actual=CREDITS)
            for variant in range(work.count):
                media_id = self._row(work, task_id, variant, at, status="completed", completed_at=at)
                self._media[-1] |= self._files(work, variant, at)
                self._media[-1]["is_favorite"] = variant in work.favorites
                if work.is_trash:
                    self._media[-1]["deleted_at"] = NOW - timedelta(days=2, hours=1)
                self._tags += [{"media_id": media_id, "folded": fold(tag), "name": tag} for tag in work.tags]
                if work.collection:
                    self._collected.append((work.collection, media_id))

    def place(self, stands: Sequence[Stand]) -> None:
        """Add works that are running, waiting or failed."""
        for stand in reversed(stands):
            at = datetime.now(UTC) - timedelta(seconds=stand.age_s)
            is_failed = stand.phase == "failed"
            status = "failed" if is_failed else "processing"
            task_id = self._task(
                stand.work,
                at,
                status=status,
                phase=stand.phase,
                progress=stand.progress,
                note_code=stand.note_code,
                note=stand.note,
                attempts=3 if stand.note_code else 0,
                error_code=stand.error_code,
                error_message=stand.error_message,
                may_have_cost=stand.may_have_cost,
                sent_at=at,
                accepted_at=None if is_failed else at,
                completed_at=at if is_failed else None,
                provider_done_at=at if stand.error_code == "not_saved" else None,
                provider_task_id=None if stand.error_code == "outcome_unknown" else f"task-{len(self._tasks)}",
            )
            for variant in range(stand.work.count):
                self._row(stand.work, task_id, variant, at, status=status, error_message=stand.error_message)

    def compare(self, compared: Compared) -> None:
        """Add a finished comparison."""
        first, batch_id = len(self._tasks), len(self._batches) + 1
        self.finish(compared.works)
        made = self._tasks[first:][::-1]  # in the order of the works
        for task in made:
            task["batch_id"] = batch_id
        won = None if compared.winner is None else made[compared.winner]["task_id"]
        self._batches.append(
            {
                "id": batch_id,
                "kind": BatchKind.COMPARISON.value,
                "name": compared.works[0].prompt,
                "created_at": NOW - compared.works[0].before,
                "dismissed_at": NOW,
                "winner_task_id": won,
                "voted_at": NOW if won else None,
                "is_blind": compared.is_blind,
            }
        )

    def spend(self, spent: Spent) -> None:
        """Add tasks of which only what they cost is shown; their results have no files."""
        self._spent = spent

    def write(self) -> None:
        """Write everything to the database."""
        database = Database(self.database_url)
        database.upgrade()
        collections = {name: number for number, name in enumerate(sorted({each for each, _ in self._collected}), 1)}
        members = [{"collection_id": collections[name], "media_id": media_id} for name, media_id in self._collected]
        rows = [
            {"id": number, "name": name, "folded": fold(name), "created_at": NOW}
            for name, number in collections.items()
        ]
        try:
            with database.write() as session:
                for table, content in (
                    (BATCHES, self._batches),
                    (MEDIA, _even(self._media)),
                    (TASKS, _even(self._tasks)),
                    (MEDIA_TAGS, self._tags),
                    (COLLECTIONS, rows),
                    (COLLECTION_MEDIA, members),
                    (MEDIA, self._spent.media),
                    (LEDGER, self._spent.ledger),
                    (BALANCES, self._spent.balances),
                ):
                    if content:
                        session.execute(insert(table), content)
        finally:
            database.close()

    def _task(self, work: Work, at: datetime, **more: Any) -> str:
        task_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{work.prompt} {work.ratio} {len(self._tasks)}").hex
        request = {
            "model": work.model,
            "prompt": work.prompt,
            "aspect_ratio": work.ratio,
            "variants": work.count,
            "duration_s": work.length_s,
            "params": {},
        }
        row = {
            "media_id": len(self._media) + 1,
            "task_id": task_id,
            "created_at": at,
            "updated_at": at,
            "modality": work.modality.value,
            "model": work.model,
            "provider": "kie",
            "request": request,
            "credits_estimated": CREDITS,
        }
        self._tasks.append(row | more)
        return task_id

    def _row(self, work: Work, task_id: str, variant: int, at: datetime, **more: Any) -> int:
        row = {
            "id": len(self._media) + 1,
            "media_type": work.modality.value,
            "prompt": work.prompt,
            "model": work.model,
            "aspect_ratio": work.ratio,
            "task_id": task_id,
            "variant": variant,
            "created_at": at,
            "provider": "kie",
            "duration": work.length_s,
        }
        self._media.append(row | more)
        return len(self._media)

    def _files(self, work: Work, variant: int, at: datetime) -> dict[str, Any]:
        is_video = work.modality is Modality.VIDEO
        width, height = (round(side * self._scale / 2) * 2 for side in SIZES[work.ratio])
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{work.prompt} {work.ratio} {work.seed} {variant}"))
        name = names.new_name(work.modality, at, "mp4" if is_video else "png", key=key)
        image = render_image(work.prompt, width, height, variant, work.seed)
        still = self._media_folder / (names.poster_name(name) if is_video else name)
        image.save(still, "WEBP" if is_video else "PNG")
        if is_video and self._scale < 1:
            (self._media_folder / name).write_bytes(small_media.video(name))
        elif is_video:
            render_video(work.prompt, width, height, work.length_s or 5, work.seed, None, self._media_folder / name)
        return self._facts(name, still, image, is_video)

    def _facts(self, name: str, still: Path, image: Image.Image, is_video: bool) -> dict[str, Any]:
        thumb, large = names.thumbnail_name(name), names.large_thumbnail_name(name)
        made = thumbnails.make_thumbnails(still, self._media_folder / thumb, self._media_folder / large)
        content = (self._media_folder / name).read_bytes()
        return {
            "filename": name,
            "file_path": name,
            "thumbnail_path": thumb,
            "thumbnail_large_path": large,
            "poster_path": still.name if is_video else None,
            "width_px": image.width,
            "height_px": image.height,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "colors": made.colors,
            "mime_type": "video/mp4" if is_video else "image/png",
        }


def _even(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same columns in every row, as one INSERT needs; missing values get the column's default."""
    defaults = {"is_favorite": False, "may_have_cost": False, "attempts": 0, "result_urls": [], "params": {}}
    columns = {name for row in rows for name in row}
    return [{name: row.get(name, defaults.get(name)) for name in columns} for row in rows]
