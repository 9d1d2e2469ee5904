"""What is sent for an event: the standard JSON document, or the body of a chat service."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kaimedia.domain import Task
from kaimedia.domain.webhook import STANDARD_FORMAT, ClaimedDelivery, WebhookEvent
from kaimedia.store.webhooks.snapshot import task_of
from kaimedia.webhooks.template import template

TaskDocument = Callable[[Task, Sequence[str]], Mapping[str, Any]]
_TASKS = (WebhookEvent.TASK_COMPLETED, WebhookEvent.TASK_FAILED)


class MessageBuilder:
    """Builds the messages of an installation.

    `document` makes the JSON values of a task from it and the URLs of its results, as REST returns them; `next_step`
    says what to do about a failed one. URLs begin with `public_url`, or with a slash without one.
    """

    def __init__(self, document: TaskDocument, next_step: Callable[[Task], str], public_url: str | None) -> None:
        self._document = document
        self._next_step = next_step
        self._public_url = public_url or ""

    def build(self, claimed: ClaimedDelivery, format_name: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers.

        Raises:
            KeyError: there is no such format.
        """
        event = claimed.delivery.event
        if format_name == STANDARD_FORMAT:
            document = {"type": event.value, "timestamp": claimed.delivery.at, "data": self._data(claimed)}
            body = json.dumps(document, ensure_ascii=False, default=_time)
            return body.encode(), {"Content-Type": "application/json"}
        return template(format_name).render(event, self._values(claimed))

    def _data(self, claimed: ClaimedDelivery) -> Mapping[str, Any]:
        if claimed.delivery.event not in _TASKS:
            return claimed.data
        task, names = task_of(claimed.data)
        return self._document(task, self._urls(names))

    def _values(self, claimed: ClaimedDelivery) -> dict[str, str]:
        if claimed.delivery.event not in _TASKS:
            detail, step = claimed.data.get("detail", ""), claimed.data.get("next_step", "")
            return {"model": "", "prompt": "", "links": "", "link": "", "error": detail, "next_step": step}
        task, names = task_of(claimed.data)
        urls = self._urls(names) if self._public_url else []  # a path alone is no link there
        has_failed = claimed.delivery.event is WebhookEvent.TASK_FAILED
        return {
            "model": task.model,
            "prompt": task.request.prompt,
            "links": " ".join(urls[:2]),
            "link": urls[0] if urls else "",
            "error": (task.error_message or "") if has_failed else "",
            "next_step": self._next_step(task) if has_failed else "",
        }

    def _urls(self, names: Sequence[str]) -> list[str]:
        return [f"{self._public_url}/static/media/{name}" for name in names]


def _time(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"not a JSON value: {type(value).__name__}")
    return value.isoformat().replace("+00:00", "Z")  # as in the REST API
