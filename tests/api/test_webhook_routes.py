"""`/api/webhooks/deliveries`."""

from __future__ import annotations

from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.store.webhooks.endpoints import NewEndpoint
from tests.api.conftest import is_problem
from tests.conftest import image_request, wait_for_phase


def test_deliveries_are_listed_by_page_and_status(client: TestClient, context: AppContext) -> None:
    assert client.get("/api/webhooks/deliveries").json() == {"items": [], "next_before": None}
    now = context.engine.handlers.now()  # encrypted with another key: nothing can be sent
    endpoint = context.stores.webhook_endpoints.add(NewEndpoint("n", "hooks.example", "json", "x", "y"), now)
    for _ in range(2):
        context.studio.webhooks.test(endpoint.id)
    first = client.get("/api/webhooks/deliveries", params={"limit": 1}).json()
    [newest] = first["items"]
    assert (newest["event"], newest["status"], newest["problem"]) == ("webhook.test", "failed", "unreadable")
    assert newest["task_id"] is None and "decrypted" in newest["detail"] and "add it again" in newest["next_step"]
    second = client.get("/api/webhooks/deliveries", params={"limit": 1, "before": first["next_before"]}).json()
    assert second["next_before"] is None and second["items"][0]["id"] < newest["id"]
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    [waiting] = client.get("/api/webhooks/deliveries", params={"status": "waiting"}).json()["items"]
    assert (waiting["task_id"], waiting["event"]) == (task.task_id, "task.completed")
    is_problem(client.get("/api/webhooks/deliveries", params={"status": "lost"}), 422, "invalid_request", "status")
