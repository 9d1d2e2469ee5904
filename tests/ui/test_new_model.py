"""A new model is one entry of a data file: the pages, the wire and the sandbox follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.models import catalogue
from kaimedia.models.catalogue.market import read_models
from tests.conftest import wait_for_phase
from tests.ui.conftest import button, choose_model, open_page

ENTRY = {
    "id": "chalk-1",
    "label": "Chalk 1",
    "maker": "Chalk",
    "tagline": "Drawings on a blackboard",
    "modality": "image",
    "rank": "standard",
    "modes": [
        {
            "remote": "chalk/v1",
            "capabilities": ["text-to-image", "edit"],
            "fields": [
                {"name": "prompt", "is": "prompt", "type": "string", "required": True, "max_chars": 900},
                {"name": "ratio", "is": "aspect_ratio", "type": "string", "values": ["1:1", "4:3"], "default": "4:3"},
                {"name": "dust", "is": "param", "kind": "choice", "type": "string", "choices": ["low", "high"]}
                | {"default": "high"},
                {"name": "image_urls", "is": "input", "media": "image", "type": "array", "roles": ["reference"]}
                | {"min_items": 0, "max_items": 14, "max_bytes": 10_000_000, "accept": ["image/png"]},
            ],
            "price": {"unit": "image", "as_of": "2026-11-30", "rows": [{"when": {}, "credits": 3}]},
            "evidence": {"docs": "chalk", "as_of": "2026-11-30", "confidence": "doc"},
        }
    ],
}


@pytest.fixture
def chalk(tmp_path: Path) -> Iterator[None]:
    """The model, read from a file as those that ship with the product are."""
    (tmp_path / "chalk.json").write_text(json.dumps({"models": [ENTRY]}))
    (spec,) = read_models(tmp_path)
    catalogue.register(spec)
    yield
    catalogue.unregister(spec.id)


def test_one_entry_makes_an_image_through_the_pages(chalk: None, ui_context: AppContext) -> None:
    app = open_page()
    choose_model(app, "chalk-1")
    app.segmented_control(key="choice_chalk-1_dust").set_value("low").run()
    app.text_area(key="prompt").set_value("A snail").run()
    button(app, "generate").click().run()
    assert not app.exception
    (task,) = ui_context.studio.tasks.page().items
    assert task.credits_estimated == 3 and dict(task.request.params) == {"dust": "low"}
    assert wait_for_phase(ui_context, task.task_id, Phase.DONE).model == "chalk-1"
