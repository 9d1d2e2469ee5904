"""The sandbox's state and the operations on it; everything runs in one event loop, so nothing is locked."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from kaimedia.sandbox import timeline
from kaimedia.sandbox.accounts import Accounts
from kaimedia.sandbox.background import in_background
from kaimedia.sandbox.counters import Counters
from kaimedia.sandbox.drawing.masked_image import MaskedImage
from kaimedia.sandbox.drawing.pool import Outcome
from kaimedia.sandbox.faults.catalog import Scope
from kaimedia.sandbox.faults.switches import FaultBoard, Switch
from kaimedia.sandbox.journal import Journal
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.protocol import results
from kaimedia.sandbox.protocol.callbacks import Callbacks
from kaimedia.sandbox.protocol.limits import QueryLimits, Window
from kaimedia.sandbox.protocol.model_list import ModelList
from kaimedia.sandbox.protocol.price_list import PriceList
from kaimedia.sandbox.protocol.references import References
from kaimedia.sandbox.protocol.results import Results
from kaimedia.sandbox.protocol.uploads import Uploads
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State, TaskSnapshot

_DAY_S = 86400.0
_DECIDED_AT_ACCEPT = (Scope.OUTCOME, Scope.RECORD, Scope.CALLBACK)
_CREATE_WINDOW_S = 10.0


class SandboxState:
    """The state of one running sandbox. Create it inside the event loop that serves it."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.board = FaultBoard(options.seed, options.faults)
        self.counters = Counters()
        self.models = ModelList(options.removed_models, options.added_models)
        self.prices = PriceList(options.price_factors)
        self.create_window = Window(options.creates_per_10s, _CREATE_WINDOW_S)
        self.query_limits = QueryLimits()
        self.creates_by_prompt: Counter[str] = Counter()
        self.closing = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._running: set[asyncio.Task[None]] = set()
        self._scratch: Path | None = None
        folder = self._folder()
        self.uploads = Uploads(folder / "uploads", options.upload_days * _DAY_S / options.speed)
        self.results = Results(folder / "results", media=options.media, seed=options.seed, scratch=self._scratch)
        _sweep(folder, self.now() - max(options.retention_days, options.upload_days) * _DAY_S / options.speed)
        self.references = References(self.uploads, folder / "references")
        self.callbacks = Callbacks(options.hmac_key, options.speed, self.counters)
        self._journal = Journal(options.journal) if options.journal else None
        self.accounts = self._journal.replay(options.credits) if self._journal else Accounts(options.credits)
        self._resume()

    def now(self) -> float:
        """Seconds since 1970 by the sandbox's clock."""
        return self.options.clock.now()

    def accept(self, order: Order, base_url: str, extra: Iterable[Switch]) -> SandboxTask:
        """Charge a valid order, record it, and start drawing. `extra` are the switches of this request only.

        Raises:
            Refused: 402, the balance is too low.
        """
        if order.credits > self.accounts.credits:
            self.settle_all()
        self.accounts.check(order.credits)
        copy = self.accounts.copies_of(order.prompt)
        task = SandboxTask(
            task_id=uuid.uuid4().hex,
            order=order,
            created_at=self.now(),
            total_s=timeline.typical_s(order.kind, order.prompt, self.options.seed),
            copy=copy,
            base_url=base_url,
        )
        by_name = {switch.fault.name: switch for switch in extra}
        decided = self.board.chosen(_DECIDED_AT_ACCEPT, task.dice_key, extra=by_name.values())
        later = {name: switch for name, switch in by_name.items() if switch.fault.scope not in _DECIDED_AT_ACCEPT}
        task.switches = {**decided, **later}
        self.accounts.accept(task)
        if self._journal:
            self._journal.accepted(task)
        self._start_task(task)
        return task

    def view(self, task: SandboxTask, base_url: str | None = None) -> TaskSnapshot:
        """The task's current state with its links; records its end the first time it is seen."""
        snapshot = timeline.snapshot_at(task, self.now(), self.options.speed)
        if self.accounts.settle(task, snapshot) and self._journal:
            self._journal.settled(task)
        if snapshot.state is not State.SUCCESS:
            return snapshot
        base = base_url or task.base_url
        return replace(
            snapshot,
            urls=results.links(task, base),
            cover_url=results.link(task, base, "cover"),
            is_expired=task.has("expired") or self.is_expired(task),
        )

    def is_expired(self, task: SandboxTask) -> bool:
        """True when the task's results are past their retention time."""
        lifetime_s = self.options.retention_days * _DAY_S / self.options.speed
        return task.ended_at is not None and self.now() - task.ended_at > lifetime_s

    def settle_all(self) -> None:
        """Record the end of every task that is over, so that the balance includes its refund."""
        for task in self.accounts.open_tasks():
            self.view(task)

    async def pause(self, seconds: float) -> None:
        """Wait in real seconds; stops early when the sandbox closes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), seconds)

    async def close(self) -> None:
        """Stop everything that is running, end the child processes, remove the temporary folder if there is one."""
        self.closing.set()
        for work in self._running:
            work.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(self.results.close)
        if self._journal:
            self._journal.close()
        if self._scratch:
            await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)

    def _folder(self) -> Path:
        if self.options.media_folder:
            return self.options.media_folder
        if self.options.journal:
            return self.options.journal.with_name(f"{self.options.journal.name}-media")
        self._scratch = Path(tempfile.mkdtemp(prefix="kaimedia-sandbox-"))
        return self._scratch

    def _resume(self) -> None:
        for task in self.accounts:
            if task.end is None:
                self._start_task(task)
            elif task.end is State.SUCCESS and not self.is_expired(task):
                self._start(self._draw(task))

    def _start_task(self, task: SandboxTask) -> None:
        task.failing = timeline.planned_failure(task)
        if not task.failing:
            inputs = (*task.order.reference_urls, *task.order.media_urls, task.order.mask_url)
            if self.options.media == "small" and not any(inputs):
                task.drawn_at = task.created_at
            else:
                self._start(self._draw(task))
        if task.order.callback_url and not task.has("callback_lost"):
            self._start(self.callbacks.watch(task, self))

    async def _draw(self, task: SandboxTask) -> None:
        found = await self.references.find(task.order.reference_urls, self.now())
        media = await self.references.find(task.order.media_urls, self.now())
        masks = await self.references.find((task.order.mask_url,) if task.order.mask_url else (), self.now())
        if found is None or media is None or masks is None:
            task.failing = Failing.REFERENCE
            return
        edited = MaskedImage(found[0], masks[0], task.order.mask_changes) if found and masks else None
        if edited and not await in_background(partial(edited.fits, has_type=task.order.mask_has_type)):
            task.failing = Failing.MASK
            return
        self.results.draw(
            task,
            found[0] if found and task.order.kind == "video" else None,
            media[0] if media and task.order.follows_media else None,
            edited,
            lambda outcome: self._loop.call_soon_threadsafe(self._drawn, task, outcome),
        )

    def _drawn(self, task: SandboxTask, outcome: Outcome) -> None:
        if outcome.error is None:
            task.drawn_at = self.now()
        elif task.end is None:
            task.failing = Failing.REFERENCE if outcome.is_reference else Failing.DRAWING

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        running = self._loop.create_task(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)


def _sweep(folder: Path, oldest_at: float) -> None:
    """Delete incomplete files and files older than `oldest_at` (seconds since 1970)."""
    for path in folder.glob("*/*"):
        if path.name.startswith("part-") or path.stat().st_mtime < oldest_at:
            path.unlink(missing_ok=True)
