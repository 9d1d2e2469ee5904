"""`python -m kaimedia limits`: list, set and lift spending limits."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment, say
from kaimedia.cli.runner import open_app
from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit, by_limit
from kaimedia.providers.registry import location_of


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
        answer_json({"items": [limit_document(*of_one) for of_one in by_limit(uses)], "time_zone": "UTC"})
        return Exit.DONE
    for use in uses:
        print(_row(use))
    if not uses:
        say("There are no spending limits. `python -m kaimedia limits set day 500` sets one of 500 credits a day.")
    return Exit.DONE


def limit_document(*uses: LimitUse) -> dict[str, Any]:
    """A limit as in `GET /api/limits`; its uses begin with the most."""
    use, limit = uses[0], uses[0].limit
    return {
        **{"scope": limit.scope, "token_id": limit.token_id, "credits": limit.credits, "usd": limit.usd},
        **{"used": use.used, "left": use.left, "is_near": use.is_near(), "resets_at": moment(use.resets_at)},
        "by_provider": [
            {"provider": each.provider, "used": each.used, "left": each.left, "is_near": each.is_near()}
            for each in uses
            if each.provider
        ],
    }


def _row(use: LimitUse) -> str:
    limit = use.limit
    whose = f"token {limit.token_id}" if limit.token_id else "all tasks"
    where = f" {location_of(use.provider)}" if use.provider else ""
    left = f"{limit.text(use.left)} left{where}"
    used = "" if use.resets_at is None else f"{left} until {use.resets_at:%Y-%m-%d} 00:00 UTC"
    return f"{limit.scope:6}  {whose:18}  {limit.text(limit.amount):>16}  {used}".rstrip()
