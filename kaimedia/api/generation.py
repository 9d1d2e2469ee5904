"""From a request form to a task in the queue, for pictures and clips alike."""

from __future__ import annotations

import hashlib
import json
import logging

from fastapi import Response

from kaimedia.api.addresses import api_url
from kaimedia.api.asks import Ask
from kaimedia.api.parameters import LOCAL, Caller
from kaimedia.api.schemas import Accepted
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia.api")


REPEATED = "Idempotent-Replayed"


def generate(studio: Studio, ask: Ask, key: str | None, response: Response, caller: Caller | None = None) -> Accepted:
    """Put it in the queue; under a key that came before, find the task it made.

    Without a key the same body in calls of one caller that overlap is one task, marked by a header.

    Raises:
        InvalidRequest, ModelRetired, AuthFailed, StorageFull: as `Studio.submit`.
        KeyReused: the key was used for something else.
        NotFound: no such picture to begin with.
    """
    body_sha256 = _fingerprint(ask)
    task = studio.asked_before(key, body_sha256) if key else None
    is_repeat = task is not None
    if task is None:  # only now: what it refers to may be gone since it was first asked
        request = ask.request(studio, caller.person if caller else LOCAL)
        if key or caller is None:
            task = studio.submit(request, idempotency_key=key, body_sha256=body_sha256)
        else:
            task, is_repeat = studio.submit_once(request, person=caller.person, since=caller.received_at)
    if is_repeat:
        response.headers[REPEATED] = "true"
    else:
        log.info("asked for %s", task.model, extra={"task_id": task.task_id})
    response.headers["Location"] = api_url(f"/tasks/{task.task_id}")
    return Accepted.of(task)


def _fingerprint(ask: Ask) -> str:
    """The same for two bodies that give the same fields, whatever their spacing and order.

    Fields left out do not count, so that one added later, with a default, does not break a key.
    """
    body = json.dumps(ask.model_dump(mode="json", exclude_unset=True), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()
