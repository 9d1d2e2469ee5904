"""What `python -m kaimedia resolve TASK_ID` prints: the facts about an unknown outcome, and the choices."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.ids import task_ids
from kaimedia.cli.output import answer_json, local, moment, task_row
from kaimedia.cli.runner import open_app
from kaimedia.domain.ledger import Balance
from kaimedia.domain.outcome import OutcomeEvidence
from kaimedia.studio import verdict_text


def show_outcome(args: Namespace) -> Exit:
    """Print them. Exit code 1 if the outcome is known."""
    (task_id,) = task_ids([args.id])
    with open_app(runs_tasks=False) as context:
        found = context.studio.rescue.outcomes.evidence(task_id)
        row = task_row(context.studio.tasks.get(task_id))
    if args.json:
        answer_json(_document(found))
    else:
        print("\n".join([row, *_lines(task_id, found)]))
    return Exit.DONE


def _lines(task_id: str, found: OutcomeEvidence) -> list[str]:
    return [
        f"sent      between {_clock(found.sent_from)} and {_clock(found.sent_until)}",
        f"balance   before: {_balance(found.before)}; after: {_balance(found.after)}",
        f"others    {found.others_credits:g} credits; {found.others_unknown} more of unknown outcome or cost",
        f"price     {'unknown' if found.price_credits is None else f'{found.price_credits:g} credits'}",
        verdict_text(found),
        f"It arrived after all:  resolve {task_id} PROVIDER_TASK_ID",
        f"Count it as lost:      dismiss {task_id}",
        f"Send it again, paid:   retry {task_id} --yes",
    ]


def _clock(at: Any) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S %z}" if at else local(None)


def _balance(balance: Balance | None) -> str:
    return "unknown" if balance is None else f"{balance.credits:g} credits ({_clock(balance.at)})"


def _document(found: OutcomeEvidence) -> dict[str, Any]:
    """The evidence as JSON, as in `GET /api/tasks/{task_id}/outcome`."""
    return {
        "sent_from": moment(found.sent_from),
        "sent_until": moment(found.sent_until),
        "before": _balance_document(found.before),
        "after": _balance_document(found.after),
        "fell_by": found.fell_by,
        "others_credits": found.others_credits,
        "others_unknown": found.others_unknown,
        "price_credits": found.price_credits,
        "verdict": found.verdict.value,
        "text": verdict_text(found),
    }


def _balance_document(balance: Balance | None) -> dict[str, Any] | None:
    return None if balance is None else {"credits": balance.credits, "at": moment(balance.at)}
