"""What the clients sent to create tasks, as data that does not depend on this run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from tools.public_clients.call import Call


def creates(calls: Iterable[Call], base_url: str, inputs: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Each create with its answer's code and message, and the path that the client polls.

    In the bodies, placeholders stand for the links of the inputs, `$task:N` for the id from the N-th create of all,
    and `$url` for the address of the server.
    """
    placeholders = {link: name for name, link in inputs.items()}
    count = 0
    for call in calls:
        polled = next((urlsplit(each.path).path for each in call.exchanges if "record" in each.path), None)
        for exchange in call.exchanges:
            if exchange.method != "POST" or not isinstance(exchange.body, dict):
                continue
            answer = exchange.answer or {}
            text = json.dumps(exchange.body)
            for actual, placeholder in placeholders.items():
                text = text.replace(actual, placeholder)
            if task_id := (answer.get("data") or {}).get("taskId"):
                placeholders[task_id] = f"$task:{count}"
            yield {
                "client": call.client,
                "path": exchange.path,
                "body": json.loads(text.replace(base_url, "$url")),
                "status": exchange.status,
                "code": answer.get("code"),
                "msg": answer.get("msg"),
                "polled": polled,
            }
            count += 1
