"""Turn a request body into a queued task, for images and videos."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection

from fastapi import Response
from pydantic import BaseModel

from kaimedia.api.addresses import api_url
from kaimedia.api.parameters import LOCAL, Caller
from kaimedia.api.request_schema import GenerationBody
from kaimedia.api.schemas import Accepted
from kaimedia.domain import Modality, Role
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia.api")


REPEATED = "Idempotent-Replayed"


def generate(
    studio: Studio,
    body: GenerationBody,
    key: str | None,
    response: Response,
    caller: Caller | None = None,
    *,
    modality: Modality,
) -> Accepted:
    """Queue a task, or return the task already submitted with this key.

    Without a key, overlapping requests of one caller with the same body result in one task; a header marks repeats.

    Raises:
        InvalidRequest, LimitReached, ModelRetired, AuthFailed, StorageFull: as `TaskService.submit`.
        KeyReused: the key was used for something else.
        NotFound: the reference image does not exist.
    """
    body_sha256 = fingerprint(body)
    task = studio.tasks.find_by_key(key, body_sha256) if key else None
    is_repeat = task is not None
    if task is None:  # only now: a repeated request may refer to an image deleted since
        try:
            request = body.request(studio, caller.id if caller else LOCAL)
            if studio.catalog.get(request.model).modality is not modality:
                raise InvalidRequest(f"“model” must be one that makes {modality}s.", field="model")
            if key or caller is None:
                task = studio.tasks.submit(
                    request,
                    idempotency_key=key,
                    body_sha256=body_sha256,
                    token_id=caller.token_id if caller else "",
                    may_wait=False,
                )
            else:
                task, is_repeat = studio.tasks.submit_once(
                    request, person=caller.id, since=caller.received_at, token_id=caller.token_id, may_wait=False
                )
        except InvalidRequest as error:
            if body.references is not None and error.field in {role.value for role in Role}:
                error.field = f"references.{error.field}"
            raise
    if is_repeat:
        response.headers[REPEATED] = "true"
    else:
        log.info("submitted %s", task.model, extra={"task_id": task.task_id})
    response.headers["Location"] = api_url(f"/tasks/{task.task_id}")
    return Accepted.of(task)


def fingerprint(body: BaseModel, *, leave_out: Collection[str] = ()) -> str:
    """SHA-256 of the fields sent, whatever their spacing and order, without those to `leave_out`.

    Omitted fields do not count, so a field added later with a default does not invalidate keys.
    """
    canonical_json = json.dumps(
        body.model_dump(mode="json", exclude_unset=True, exclude=set(leave_out)), sort_keys=True, ensure_ascii=True
    )
    return hashlib.sha256(canonical_json.encode()).hexdigest()
