"""Pressing Generate: once, twice, held down, with no room, and from a picture of the gallery."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kaimedia.bootstrap import House
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, Task
from kaimedia.errors import KaimediaError, StorageFull, StoreUnavailable
from kaimedia.studio import Studio
from kaimedia.ui import composer
from tests.conftest import image_request
from tests.ui.conftest import button, in_grid, made, open_page, texts
from tests.ui.test_generate import fail


def test_a_key_held_down_is_one_wish(idle_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(composer, "time", SimpleNamespace(monotonic=lambda: now))
    app = open_page()
    app.text_area(key="prompt").set_value("A whale above a village")
    button(app, "generate").click().run()
    for _ in range(3):
        now += composer.DOUBLE_CLICK_S - 0.5  # together longer than the pause that makes a new wish
        button(app, "generate").click().run()
        assert "Already started" in texts(app)
    assert idle_house.studio.tasks().total == 1
    now += composer.DOUBLE_CLICK_S + 0.1
    button(app, "generate").click().run()
    assert idle_house.studio.tasks().total == 2


@pytest.mark.parametrize("error", [StorageFull("The disk is full."), StoreUnavailable("The database is busy.")])
def test_what_was_never_queued_is_not_said_to_be_repeated(
    idle_house: House, monkeypatch: pytest.MonkeyPatch, error: KaimediaError
) -> None:
    def refuse(_studio: Studio, _request: GenerationRequest) -> Task:
        raise error

    monkeypatch.setattr(Studio, "submit", refuse)
    app = open_page()
    app.text_area(key="prompt").set_value("A whale above a village")
    button(app, "generate").click().run()
    shown = texts(app)
    assert f'data-field="generate">{error.message} Nothing was sent; press Generate again.' in shown
    assert "tried again by itself" not in shown and "goes on by itself" not in shown


def test_trying_again_with_no_room_says_that_nothing_was_sent(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = idle_house.studio.submit(image_request())
    fail(idle_house, task.task_id, ErrorCode.PROVIDER_FAILED)

    def refuse(_studio: Studio, _task_id: str) -> Task:
        raise StorageFull("The disk is full.")

    monkeypatch.setattr(Studio, "retry", refuse)
    app = open_page()
    button(app, f"again_{task.task_id}").click().run()
    assert "The disk is full. Nothing was sent; try again." in texts(app).replace("\\", "")


def test_the_line_under_the_button_has_one_dot_between_its_parts(idle_house: House) -> None:
    shown = texts(open_page())
    assert 'about 6 credits<span class="k-typical"> · usually about 10 s</span>' in shown
    assert "·  ·" not in shown


def test_what_is_made_from_a_picture_knows_its_parent(ui_house: House) -> None:
    _, (picture,) = made(ui_house, image_request())
    app = in_grid({"do": "reference", "ids": [picture.id]})
    reference = app.session_state["reference"].reference
    assert (reference.media_id, reference.url) == (picture.id, None)
    task, (child,) = made(ui_house, image_request("the same at night", reference=reference))
    assert task.phase is Phase.DONE
    assert (task.request.reference, child.parent_id) == (reference, picture.id)
