"""A file that preserves tasks and balance: written before each reply, read at startup."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kaimedia.errors import ConfigError
from kaimedia.sandbox.accounts import Accounts
from kaimedia.sandbox.faults.switches import parse_all
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State

_FIRST = b'{"opened":'


class Journal:
    """JSON lines: `opened`, `accepted`, `settled`. Each line is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("ab")

    @classmethod
    def check(cls, path: Path) -> None:
        """Check that the file is usable before anything is started with it.

        Raises:
            ConfigError: it cannot be written or is not a journal.
        """
        try:
            journal = cls(path)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}.", setting="journal") from error
        try:
            journal._entries()
        finally:
            journal.close()

    def replay(self, credits: float) -> Accounts:
        """The account as recorded; `credits` is the balance of a new journal.

        An incomplete last line, left by a killed process, is dropped: its reply was never sent.

        Raises:
            ConfigError: the file is not a journal.
        """
        entries = self._entries()
        if not entries:
            self._write({"opened": {"credits": credits}})
            return Accounts(credits)
        accounts = Accounts(float(entries[0].get("opened", {}).get("credits", credits)))
        for entry in entries:
            _apply(accounts, entry)
        return accounts

    def accepted(self, task: SandboxTask) -> None:
        """Record an accepted task."""
        order = asdict(task.order)
        self._write(
            {
                "accepted": {
                    "task_id": task.task_id,
                    "order": order,
                    "created_at": task.created_at,
                    "total_s": task.total_s,
                    "copy": task.copy,
                    "base_url": task.base_url,
                    "switches": [switch.spec for switch in task.switches.values()],
                }
            }
        )

    def settled(self, task: SandboxTask) -> None:
        """Record how a task ended."""
        self._write(
            {
                "settled": {
                    "task_id": task.task_id,
                    "end": task.end,
                    "ended_at": task.ended_at,
                    "refunded": task.refunded,
                    "failing": task.failing,
                }
            }
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, entry: dict[str, Any]) -> None:
        self._file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _entries(self) -> list[dict[str, Any]]:
        content = self._path.read_bytes()
        if content and not content.startswith(_FIRST[: len(content)]):
            raise self._not_a_journal()
        whole, _, torn = content.rpartition(b"\n")
        try:
            entries = [json.loads(line) for line in whole.split(b"\n") if line]
        except ValueError as error:
            raise self._not_a_journal() from error
        if torn:
            os.truncate(self._path, len(whole) + 1 if whole else 0)
        return entries

    def _not_a_journal(self) -> ConfigError:
        return ConfigError(f"{self._path} is not a sandbox journal.", setting="journal")


def _apply(accounts: Accounts, entry: dict[str, Any]) -> None:
    if fact := entry.get("accepted"):
        accounts.accept(_task(fact))
    elif fact := entry.get("settled"):
        task = accounts.find(fact["task_id"])
        if task is not None:
            accounts.close(task, State(fact["end"]), fact["ended_at"], fact["refunded"])
            task.failing = Failing(fact["failing"]) if fact["failing"] else None
    elif fact := entry.get("spent"):  # of an earlier version
        accounts.spend(fact["credits"])


def _task(fact: dict[str, Any]) -> SandboxTask:
    order = dict(fact["order"])
    order["sizes"] = tuple((width, height) for width, height in order["sizes"])
    for name in ("reference_urls", "media_urls"):
        order[name] = tuple(order.get(name, ()))
    switches = parse_all(fact["switches"])
    return SandboxTask(
        task_id=fact["task_id"],
        order=Order(**order),
        created_at=fact["created_at"],
        total_s=fact["total_s"],
        copy=fact["copy"],
        base_url=fact["base_url"],
        switches={switch.fault.name: switch for switch in switches},
    )
