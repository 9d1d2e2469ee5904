"""`python -m kaimedia limits`: list, set and lift spending limits."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment, say
from kaimedia.cli.runner import open_app
from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit


def limits(args: Namespace) -> Exit:
    """Change a limit if one is named, then list all.

    Raises:
        InvalidRequest: the amount or the token id is invalid.
    """
    with open_app(runs_tasks=False) as context:
        studio = context.studio
        if args.action == "set":
            amount = {"usd": args.amount} if args.usd else {"credits": args.amount}
            studio.limits.save_one(SpendingLimit(LimitScope(args.scope), **amount, token_id=args.token))
        elif args.action == "lift" and not studio.limits.lift(LimitScope(args.scope), args.token):
            say("There was no such limit.")
        uses = studio.limits.uses(studio.account.state().name)
    if args.json:
        answer_json({"items": [limit_document(use) for use in uses], "time_zone": "UTC"})
        return Exit.DONE
    for use in uses:
        print(_row(use))
    if not uses:
        say("There are no spending limits. `python -m kaimedia limits set day 500` sets one of 500 credits a day.")
    return Exit.DONE


def limit_document(use: LimitUse) -> dict[str, Any]:
    """A limit as in `GET /api/limits`."""
    limit = use.limit
    return {
        **{"scope": limit.scope, "token_id": limit.token_id, "credits": limit.credits, "usd": limit.usd},
        **{"used": use.used, "left": use.left, "is_near": use.is_near(), "resets_at": moment(use.resets_at)},
    }


def _row(use: LimitUse) -> str:
    limit = use.limit
    whose = f"token {limit.token_id}" if limit.token_id else "all tasks"
    used = "" if use.resets_at is None else f"{limit.text(use.left)} left until {use.resets_at:%Y-%m-%d} 00:00 UTC"
    return f"{limit.scope:6}  {whose:18}  {limit.text(limit.amount):>16}  {used}".rstrip()
