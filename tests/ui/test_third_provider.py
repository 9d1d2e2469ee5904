"""A provider and a model that do not ship with the product, registered from outside and used through the pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Modality, Phase, TaskChange
from kaimedia.errors import InvalidRequest, RequestRejected
from kaimedia.models import catalogue
from kaimedia.models.prices import Price
from kaimedia.models.spec import ModelSpec
from kaimedia.providers import registry
from kaimedia.providers.base import Account, Limits, ProviderEntry, Report, TaskState
from tests.conftest import wait_for_phase
from tests.ui.conftest import button, choose_model, grid, open_page

TINY = ModelSpec(
    id="tiny-gray",
    label="Tiny Gray",
    tagline="Gray rectangles",
    modality=Modality.IMAGE,
    family="tiny",
    provider="tiny",
    remote_name="gray",
    aspect_ratios=("1:1",),
    typical_s=(1, 2),
    deadline_s=60,
    poll_s=(0.1, 0.1),
    price=Price(table=(({}, 1.0),), as_of=date(2026, 11, 1)),
)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        data = BytesIO()
        Image.new("L", (64, 48), 128).save(data, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(data.getvalue())))
        self.end_headers()
        self.wfile.write(data.getvalue())

    def log_message(self, *args: object) -> None:
        """Print nothing."""


class TinyProvider:
    """Everything is done at the second poll."""

    def __init__(self, account: Account, limits: Limits) -> None:
        self._url = account.url
        self.polls: dict[str, int] = {}

    def submit(
        self,
        spec: ModelSpec,
        request: GenerationRequest,
        reference_urls: Sequence[str] = (),
        callback_url: str | None = None,
    ) -> str:
        assert (spec.remote_name, request.prompt, callback_url) == ("gray", "A gray square", None)
        task_id = f"tiny-{len(self.polls) + 1}"
        self.polls[task_id] = 0
        return task_id

    def report(self, spec: ModelSpec, provider_task_id: str, age_s: float) -> Report:
        self.polls[provider_task_id] += 1
        if self.polls[provider_task_id] < 2:
            return Report(TaskState.PROCESSING, progress=0.5, is_running=True)
        return Report(TaskState.COMPLETED, result_urls=(f"{self._url}/{provider_task_id}.png",), is_recorded=True)

    def upload(self, path: Path, mime_type: str) -> str:
        raise RequestRejected("Tiny takes no references.")

    def credits(self) -> float:
        return 100.0

    def download_link(self, url: str) -> str:
        return url

    def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture
def tiny() -> Iterator[None]:
    """The provider and its model, as an extension would register them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    account = Account(url=f"http://127.0.0.1:{server.server_port}")
    entry = ProviderEntry(name="tiny", label="Tiny", location="at Tiny", connect=TinyProvider, account=account)
    registry.register(entry)
    catalogue.register(TINY)
    try:
        yield
    finally:
        catalogue.unregister(TINY.id)
        registry.unregister(entry.name)
        server.shutdown()
        server.server_close()


def test_an_image_of_a_third_provider_through_the_pages(tiny: None, ui_context: AppContext) -> None:
    app = open_page()
    choose_model(app, TINY.id)
    app.text_area(key="prompt").set_value("A gray square").run()
    button(app, "generate").click().run()
    assert not app.exception
    (task,) = ui_context.studio.tasks.page().items
    assert (task.provider, task.model) == ("tiny", TINY.id)
    done = wait_for_phase(ui_context, task.task_id, Phase.DONE)
    assert done.provider_task_id == "tiny-1"
    (item,) = ui_context.studio.gallery.of_task(task.task_id)
    assert (item.provider, item.width_px, item.height_px) == ("tiny", 64, 48)
    (shown,) = grid(open_page(), "stage_grid")["items"]
    assert (shown["prompt"], shown["model"]) == ("A gray square", "Tiny Gray")


def test_a_queued_task_names_its_provider(tiny: None, idle_context: AppContext) -> None:
    request = GenerationRequest(model=TINY.id, prompt="A gray square", aspect_ratio="1:1")
    task = idle_context.studio.tasks.submit(request)
    idle_context.stores.task_updater.change(
        TaskChange(task.task_id, frozenset({Phase.QUEUED}), {"phase": Phase.WAITING, "provider_task_id": "tiny-9"}),
        task.created_at,
    )
    app = open_page()
    assert "Queued at Tiny" in " ".join(each.label for each in app.status)


def test_a_sent_task_of_an_unregistered_provider_waits_and_is_shown(tiny: None, idle_context: AppContext) -> None:
    request = GenerationRequest(model=TINY.id, prompt="A gray square", aspect_ratio="1:1")
    task = idle_context.studio.tasks.submit(request)
    sent = {"phase": Phase.WAITING, "provider_task_id": "tiny-9", "accepted_at": task.created_at}
    idle_context.stores.task_updater.change(TaskChange(task.task_id, frozenset({Phase.QUEUED}), sent), task.created_at)
    registry.unregister("tiny")
    change = idle_context.engine.handlers.poll(idle_context.studio.tasks.get(task.task_id))
    assert change.fields.get("phase", Phase.WAITING) is Phase.WAITING and "error_code" not in change.fields
    assert "Queued at tiny" in " ".join(each.label for each in open_page().status)


def test_nothing_is_queued_for_an_unregistered_provider(tiny: None, idle_context: AppContext) -> None:
    registry.unregister("tiny")
    with pytest.raises(InvalidRequest, match="There is no provider “tiny”"):
        idle_context.studio.tasks.submit(GenerationRequest(model=TINY.id, prompt="A gray square", aspect_ratio="1:1"))
    assert idle_context.studio.tasks.page().total == 0
