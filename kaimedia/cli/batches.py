"""`python -m kaimedia batches`: list, show, pause, resume and stop batches."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.batch_output import answer_batch, batch_document, batch_row
from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, counted
from kaimedia.cli.runner import open_app
from kaimedia.domain import BatchProgress
from kaimedia.studio import Studio

NEWEST = 50


def batches(args: Namespace) -> Exit:
    """List the newest batches, or show or change one."""
    with open_app(runs_tasks=False) as context:
        studio = context.studio
        if args.action in (None, "list"):
            _list(studio, args)
        elif args.action == "show":
            answer_batch(studio, args.id, args)
        else:
            _answer(_change(studio, args), args)
    return Exit.DONE


def _list(studio: Studio, args: Namespace) -> None:
    found = studio.batches.newest(NEWEST)
    if args.json:
        answer_json({"items": [batch_document(each) for each in found]})
        return
    for each in found:
        print(batch_row(each))
    if not found:
        print("There are no batches.")


def _change(studio: Studio, args: Namespace) -> BatchProgress:
    if args.action == "pause":
        return studio.batches.pause(args.id)
    if args.action == "resume":
        return studio.batches.resume(args.id)
    progress = studio.batches.get(args.id)
    sent = f" {progress.running} already sent will still be saved." if progress.running else ""
    if progress.unsent:
        confirm(f"Cancel {counted(progress.unsent, 'unsent task')}?{sent}", args, about=batch_row(progress))
    return studio.batches.stop(args.id)


def _answer(progress: BatchProgress, args: Namespace) -> None:
    if args.json:
        answer_json(batch_document(progress))
    else:
        print(batch_row(progress))
