"""Options of the commands about money."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

SCOPES = ("task", "day", "month")


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
