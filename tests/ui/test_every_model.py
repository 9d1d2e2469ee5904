"""The form of every model: drawn from its spec, filled with its defaults, and submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Modality
from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.validation import validate
from kaimedia.ui.state import ReferenceDraft
from tests.model_requests import simplest
from tests.providers import with_keys
from tests.ui.conftest import button, choose_model, open_page, texts

WIDGETS = ("segmented_control", "selectbox", "slider", "number_input", "toggle", "text_area", "text_input")
NAMES = {Modality.IMAGE: "Images", Modality.VIDEO: "Videos"}


def keys_of(app: AppTest, spec: ModelSpec) -> dict[str, Any]:
    """The widgets of the model's settings, by the name of the setting."""
    start = f"choice_{spec.id}_"
    return {w.key.removeprefix(start): w for kind in WIDGETS for w in app.get(kind) if (w.key or "").startswith(start)}


@pytest.fixture
def config(config: Config) -> Config:
    """With a key for every provider, so that all models can be queued."""
    return with_keys(config)


def one_of_each(specs: Iterable[ModelSpec]) -> list[ModelSpec]:
    """The first model of each set of settings: the others are drawn and sent by the same code."""
    found: dict[tuple[object, ...], ModelSpec] = {}
    for spec in specs:
        names = frozenset(param.name for mode in spec.modes or (spec,) for param in mode.params)
        found.setdefault((names, len(spec.modes) > 1, bool(spec.aspect_ratios), spec.prompt_use), spec)
    return list(found.values())


@pytest.mark.parametrize("choose", [one_of_each, pytest.param(list, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("modality", Modality)
def test_each_form_is_drawn_and_its_defaults_are_submitted(
    idle_context: AppContext, modality: Modality, choose: Callable[[Iterable[ModelSpec]], list[ModelSpec]]
) -> None:
    app = open_page()
    app.segmented_control(key="mode").set_value(NAMES[modality]).run()
    for spec in choose(catalogue.by_modality(modality)):
        wanted = simplest(spec)
        mode = spec.mode_for(wanted.references)
        drafts = tuple(ReferenceDraft(each, b"", "Link", each.role) for each in wanted.references)
        app.session_state["references"] = drafts
        app.session_state["prompt"] = wanted.prompt if spec.prompt_use is not PromptUse.NONE else "of another model"
        for name, value in wanted.params.items():
            app.session_state[f"choice_{spec.id}_{name}"] = value
        choose_model(app, spec.id)
        assert not app.exception, spec.id
        drawn = keys_of(app, spec)
        assert ("aspect" in drawn) == bool(spec.aspect_ratios), spec.id
        assert ("duration" in drawn) == bool(mode.durations_s), spec.id
        assert ("variants" in drawn) == (len(mode.variants) > 1), spec.id
        assert {param.name for param in mode.params} <= set(drawn), spec.id
        assert ("enhance" in {w.key for w in app.get("toggle")}) == spec.supports_enhance
        if mode.aspect_ratios:
            assert [option.split()[-1].replace("Auto", "auto") for option in drawn["aspect"].options] == list(
                mode.aspect_ratios
            )
        button(app, "generate").click().run()
        assert not app.exception, spec.id
        newest = idle_context.studio.tasks.page(limit=1).items[0]
        assert newest.model == spec.id, (spec.id, [text for text in texts(app) if "field" in text])
        assert newest.request == validate(spec, newest.request)


def test_a_choice_of_another_mode_gives_way_to_the_default(idle_context: AppContext) -> None:
    app = open_page()
    app.session_state["choice_seedream-4.5_quality"] = "of an earlier version"
    choose_model(app, "seedream-4.5")
    assert not app.exception
    assert app.segmented_control(key="choice_seedream-4.5_quality").value == "basic"
