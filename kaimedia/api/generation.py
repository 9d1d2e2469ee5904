"""From a request form to a task in the queue, for pictures and clips alike."""

from __future__ import annotations

import hashlib
import json
import logging

from fastapi import Response

from kaimedia.api.asks import Ask
from kaimedia.api.schemas import Accepted
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia.api")


def generate(studio: Studio, ask: Ask, key: str | None, response: Response) -> Accepted:
    """Put it in the queue; under a key that came before, find the task it made.

    Raises:
        InvalidRequest, ModelRetired, AuthFailed, StorageFull: as `Studio.submit`.
        KeyReused: the key was used for something else.
    """
    task = studio.submit(ask.request(studio), idempotency_key=key, body_sha256=_fingerprint(ask))
    log.info("asked for %s", task.model, extra={"task_id": task.task_id})
    response.headers["Location"] = f"/api/tasks/{task.task_id}"
    return Accepted.of(task)


def _fingerprint(ask: Ask) -> str:
    """The same for two bodies that ask for the same, whatever their spacing and order."""
    body = json.dumps(ask.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()
