"""`python -m kaimedia check`: compare the stored files with the gallery, and repair what can be repaired."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, counted, moment, say
from kaimedia.cli.runner import open_app
from kaimedia.domain.integrity import Fault, FaultKind, IntegrityReport, Remedy

SAY_EVERY_S = 5.0
KINDS: Mapping[FaultKind, str] = {
    FaultKind.FILE_MISSING: "missing",
    FaultKind.WRONG_SIZE: "with another size",
    FaultKind.FILE_CHANGED: "changed",
    FaultKind.THUMBNAIL_LOST: "thumbnails lost",
    FaultKind.UNTRACKED: "not in the gallery",
    FaultKind.FOREIGN: "not from this app",
    FaultKind.FOUND_AGAIN: "found again",
}
REMEDIES: Mapping[Remedy, str] = {
    Remedy.FETCHING: "fetched again by the app or a worker, free of charge",
    Remedy.MARKED_MISSING: "marked as missing",
    Remedy.MARKED_DAMAGED: "marked as damaged",
    Remedy.REMADE: "thumbnails remade",
    Remedy.REGISTERED: "added to the gallery",
    Remedy.UNMARKED: "no longer marked as missing",
    Remedy.LEFT: "left as they are",
}


def check(args: Namespace) -> Exit:
    """Print what is wrong. Exit code 1 if something is, unless a repair took care of all of it."""
    with open_app(runs_tasks=False) as context:
        integrity = context.studio.rescue.integrity
        progress = _Progress(is_quiet=args.json)
        if args.repair:
            report = integrity.repair(progress)
        else:
            report = integrity.check(is_deep=not args.quick, on_progress=progress)
    if args.json:
        answer_json(_document(report))
    else:
        _print(report)
    is_well = not _open_faults(report)
    return Exit.DONE if is_well else Exit.FAILED


class _Progress:
    """Says now and then how far it is."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._said_at = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if not self._is_quiet and time.monotonic() - self._said_at > SAY_EVERY_S:
            self._said_at = time.monotonic()
            say(f"{done:,} of {counted(total, 'item')} compared")


def _open_faults(report: IntegrityReport) -> int:
    """Faults that nothing was done about; files of other programs are none."""
    foreign = report.counts.get(FaultKind.FOREIGN, 0)
    handled = sum(number for remedy, number in report.remedies.items() if remedy is not Remedy.LEFT)
    return report.total - foreign - handled


def _print(report: IntegrityReport) -> None:
    how = "by name, size and SHA-256" if report.is_deep else "by name and size"
    print(f"{counted(report.items, 'item')} compared {how}")
    for kind, number in report.counts.items():
        print(f"{number:>7,}  {KINDS[kind]}")
    if not report.total:
        print("Every file is there and unchanged.")
    for remedy, number in report.remedies.items():
        print(f"{number:>7,}  {REMEDIES[remedy]}")
    for fault in report.faults:
        print(_line(fault))
    if len(report.faults) < report.total:
        print(f"… and {report.total - len(report.faults):,} more")


def _line(fault: Fault) -> str:
    item = f"item {fault.media_id}" if fault.media_id else "no item"
    done = f"  {fault.remedy.value}" if fault.remedy else ""
    return f"{fault.kind.value:15}  {item:12}  {fault.name}{done}"


def _document(report: IntegrityReport) -> dict[str, Any]:
    """The report as JSON, as in `GET /api/integrity`."""
    return {
        "made_at": moment(report.made_at),
        "is_deep": report.is_deep,
        "items": report.items,
        "counts": {kind.value: number for kind, number in report.counts.items()},
        "remedies": {remedy.value: number for remedy, number in report.remedies.items()},
        "faults": [
            {
                "kind": fault.kind.value,
                "name": fault.name,
                "media_id": fault.media_id,
                "size_bytes": fault.size_bytes,
                "remedy": fault.remedy.value if fault.remedy else None,
            }
            for fault in report.faults
        ],
    }
