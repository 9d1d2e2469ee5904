"""Options of `webhooks`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

FORMATS = ("json", "discord", "ntfy", "slack")


def add_webhooks(
    new: Callable[[str, str], argparse.ArgumentParser],
    action: Callable[[Any, str, str], argparse.ArgumentParser],
    page_size: Callable[[str], int],
) -> None:
    """Add `webhooks` and its actions."""
    parser = new("webhooks", "list the webhooks, add, test or remove one, or see what was delivered")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    action(actions, "list", "list them and how the last delivery of each went (the default)")
    adding = action(actions, "add", "send events to an address from now on; prints its secret, this once")
    adding.add_argument("url", metavar="URL", help="an https address")
    adding.add_argument("--name", default="", help="default: the host of the address")
    adding.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="what is sent (default: json, signed)")
    for name, help in (
        ("test", "send a test now and print how it went"),
        ("pause", "send nothing to it; its events wait"),
        ("resume", "send to it again, also what waited"),
        ("remove", "remove it with its deliveries"),
    ):
        action(actions, name, help).add_argument("id", type=int, metavar="ID", help="its number, as listed")
    listing = action(actions, "deliveries", "list the newest deliveries")
    listing.add_argument("--status", choices=("waiting", "delivered", "failed"))
    listing.add_argument("--limit", type=page_size, default=20, metavar="N", help="at most N, 1 to 100 (default: 20)")
    listing.add_argument("--before", type=int, metavar="ID", help="only older ones than this delivery")
    resending = action(actions, "resend", "send deliveries again that were given up or wait")
    resending.add_argument("ids", nargs="+", type=int, metavar="DELIVERY_ID", help="their numbers, as listed")
