"""Tasks that another program sends to the test's sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import wait_for
from tests.contract.sandbox.wire import CREATE, RECORD

PATHS = CREATE | {"aleph": "/api/v1/aleph/generate", "flux_kontext": "/api/v1/flux/kontext/generate"}
RECORDS = RECORD | {"aleph": "/api/v1/aleph/record-info", "flux_kontext": "/api/v1/flux/kontext/record-info"}
Make = Callable[..., str]


@pytest.fixture
def make_elsewhere(sandbox: EmbeddedSandbox) -> Make:
    """Sends a task as another program would, and waits until it has ended there; returns its id."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer a key"

    def ended(family: str, task_id: str) -> bool:
        data = session.get(f"{sandbox.base_url}{RECORDS[family]}", params={"taskId": task_id}).json()["data"]
        return bool(data.get("completeTime") or data.get("videoInfo") or data.get("failMsg"))

    def make(family: str, given: dict[str, Any]) -> str:
        envelope = session.post(f"{sandbox.base_url}{PATHS[family]}", json=given).json()
        assert envelope["code"] == 200, envelope
        task_id = str(envelope["data"]["taskId"])
        wait_for(lambda: ended(family, task_id), "the end of the task")
        return task_id

    return make
