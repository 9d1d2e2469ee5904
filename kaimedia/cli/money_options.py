"""Options of the commands about money and API tokens."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

SCOPES = ("task", "day", "month")
MOST_CREDITS = 1_000_000_000


def add_limits(
    new: Callable[[str, str], argparse.ArgumentParser], action: Callable[[Any, str, str], argparse.ArgumentParser]
) -> None:
    """Add `limits` and its actions."""
    parser = new("limits", "list the spending limits, set or lift one; days and months are those of UTC")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    action(actions, "list", "list them and how much of each is used (the default)")
    setting = action(actions, "set", "set a limit for one task, each day or each month")
    setting.add_argument("scope", choices=SCOPES, help="what the limit is for")
    setting.add_argument("amount", type=float, metavar="AMOUNT", help="in credits, or with --usd in US dollars")
    setting.add_argument("--usd", action="store_true", help="AMOUNT is in US dollars")
    lifting = action(actions, "lift", "remove a limit")
    lifting.add_argument("scope", choices=SCOPES, help="what the limit is for")
    for each in (setting, lifting):
        each.add_argument(
            "--token", metavar="ID", default="", help="only for tasks submitted with this API token; see Settings"
        )


def add_tokens(
    new: Callable[[str, str], argparse.ArgumentParser], action: Callable[[Any, str, str], argparse.ArgumentParser]
) -> None:
    """Add `tokens` and its actions."""
    parser = new("tokens", "list the API tokens, create or revoke one")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    action(actions, "list", "list them, with what each allows and when it was last used (the default)")
    creating = action(actions, "create", "create a token and print it, this once")
    creating.add_argument("name", metavar="NAME", help="the program that will use it")
    creating.add_argument(
        "--scope",
        action="append",
        choices=("read", "generate", "manage"),
        default=[],
        help="what it allows besides reading; repeat it for several (default: everything)",
    )
    creating.add_argument(
        "--limit-per-month", type=_credits, metavar="CREDITS", help="the most that it may spend each month"
    )
    revoking = action(actions, "revoke", "reject requests with this token from now on")
    revoking.add_argument("id", metavar="ID", help="its id, as listed")


def _credits(text: str) -> float:
    value = float(text)
    if not 0 <= value <= MOST_CREDITS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MOST_CREDITS:,} credits")
    return value
