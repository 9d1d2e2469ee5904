"""`python -m kaimedia import`: bring tasks into this app by their ids at the provider."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, one_line, printable
from kaimedia.cli.runner import open_app
from kaimedia.cli.waiting import wait_until_ended
from kaimedia.domain.imports import ImportResult
from kaimedia.studio import ids_in, import_text

TEXT_CHARS = 200


def import_tasks(args: Namespace) -> Exit:
    """Look up each id and import it; `--wait` waits until the files are saved. Exit code 1 if one is not here after."""
    ids = [each for given in args.ids for each in ids_in(sys.stdin.read() if given == "-" else given)]
    results: list[ImportResult] = []
    with open_app(runs_tasks=args.wait, is_quiet=args.quiet) as context:
        for result in context.studio.rescue.imports.run(ids, model=args.model, family=args.family):
            results.append(result)
            if not args.json:
                print(_line(result), flush=True)
        if args.wait:
            for task_id in [result.task_id for result in results if result.task_id]:
                wait_until_ended(context.studio, task_id, timeout_s=args.timeout, is_quiet=args.quiet)
        if args.json:
            answer_json({"results": [_document(result) for result in results]})
    return Exit.DONE if all(result.outcome.is_here for result in results) else Exit.FAILED


def _line(result: ImportResult) -> str:
    text = one_line(import_text(result), TEXT_CHARS)
    return f"{printable(result.provider_task_id)}  {result.outcome.value:10}  {result.task_id or '–'}  {text}"


def _document(result: ImportResult) -> dict[str, Any]:
    """A result as JSON, as in `GET /api/imports`."""
    return {
        "provider_task_id": result.provider_task_id,
        "outcome": result.outcome.value,
        "task_id": result.task_id,
        "text": import_text(result),
    }
