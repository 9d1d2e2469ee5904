"""Images of PictureWorks, made through the page and with an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Phase
from tests.conftest import wait_for_phase
from tests.pictureworks.extension import MODEL, registered
from tests.pictureworks.service import KEY, Service, running
from tests.pictureworks.transport import KEY_SETTING
from tests.ui.conftest import button, choose_model, open_page

REQUEST = GenerationRequest(model=MODEL.id, prompt="A red kite", aspect_ratio="1:1")


@pytest.fixture
def service() -> Iterator[Service]:
    with registered(), running() as server:
        yield server


def test_an_image_through_the_page(service: Service, open_with: Callable[..., AppContext]) -> None:
    context = open_with({KEY_SETTING: KEY})
    app = choose_model(open_page(), MODEL.id)
    app.text_area(key="prompt").set_value("A red kite").run()
    button(app, "generate").click().run()
    assert not app.exception
    (task,) = context.studio.tasks.page().items
    done = wait_for_phase(context, task.task_id, Phase.DONE)
    assert (done.provider, done.provider_task_id, done.credits_actual) == (MODEL.provider, "job-1", 5)
    assert service.created == [{"prompt": "A red kite", "size": "1:1", "images": []}]
    (item,) = context.studio.gallery.of_task(task.task_id)
    assert (item.provider, item.width_px, item.height_px) == (MODEL.provider, 60, 40)


def test_references_are_uploaded_before_the_paid_call(service: Service, open_with: Callable[..., AppContext]) -> None:
    context = open_with({KEY_SETTING: KEY})
    first = context.studio.tasks.submit(REQUEST)
    wait_for_phase(context, first.task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(first.task_id)
    reference = context.studio.references.from_media(MODEL.id, item.id)
    second = context.studio.tasks.submit(replace(REQUEST, references=(reference,)))
    done = wait_for_phase(context, second.task_id, Phase.DONE)
    assert (done.provider_task_id, len(service.uploaded)) == ("job-2", 1)
    assert service.created[1]["images"] == [f"{service.url}/in1.png"]
