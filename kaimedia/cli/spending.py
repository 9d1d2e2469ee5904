"""`python -m kaimedia spending`: what was spent, by day, model, kind, collection or API token."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from kaimedia.cli import dates
from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, printable, say
from kaimedia.cli.runner import open_app
from kaimedia.domain import utc_now
from kaimedia.domain.spending import SpendingBy
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import label_of
from kaimedia.studio.spending import zone_named
from kaimedia.studio.spending_document import csv_text, document

LOST = {
    "failed": "failed, but charged",
    "outcome_unknown": "outcome unknown",
    "abandoned": "no longer tracked",
    "expired": "never finished",
    "deleted": "deleted before the outcome was known",
}


def spending(args: Namespace) -> Exit:
    """Print the sums, the same as `GET /api/spending` with `--json`, or each day and model with `--csv`."""
    if args.csv and args.json:
        raise InvalidRequest("Choose --csv or --json.", field="csv")
    zone = zone_named(args.time_zone)
    today = utc_now().astimezone(zone).date()
    with open_app(runs_tasks=False) as context:
        service = context.studio.spending
        period = service.period(
            provider=args.provider,
            first=dates.day(args.since, "since", today) if args.since is not None else None,
            last=dates.day(args.until, "until", today) if args.until is not None else None,
            zone=zone,
        )
        overview = service.overview(period)
        if args.csv:
            sys.stdout.write(csv_text(overview).replace("\r\n", "\n"))
            return Exit.DONE
        found = document(service, overview, SpendingBy(args.by), args.time_zone)
    if args.json:
        answer_json(found)
    else:
        _print(found)
    return Exit.DONE


def _print(found: dict[str, Any]) -> None:
    total = found["total"]
    free = "" if found["is_charged"] else " (free: nothing was charged)"
    print(f"provider  {label_of(found['provider'])}{free}")
    print(f"days      {found['since']} to {found['until']}, {found['time_zone']} time")
    print(f"spent     {_amount(total)}, {total['tasks']:,} tasks")
    print(f"lost      {total['credits_lost']:,g} credits")
    print(f"reserved  {found['credits_reserved_now']:,g} credits now")
    if found["undecided_tasks"]:
        print(f"undecided {found['credits_undecided']:,g} of these, {found['undecided_tasks']:,} of unknown outcome")
    if balance := found["balance"]:
        print(f"unexplained by the balance: {balance['credits_unexplained']:,g} credits")
    for line in found["lost"]:
        print(f"lost: {LOST[line['reason']]}: {line['credits']:,g} credits, {line['tasks']:,} tasks")
    for item in found["items"]:
        print(f"{_amount(item):>24}  {item['tasks']:>6,} tasks  {printable(item['label'])}")
    if not found["items"]:
        say("Nothing was spent on these days.")


def _amount(sums: dict[str, Any]) -> str:
    usd = f" (${sums['usd']:,.2f})" if sums["usd"] else ""
    return f"{sums['credits']:,g} credits{usd}"
