"""The model picker: a button with the model's name, and a panel to search and filter all models.

Everything in the panel happens in the browser: the list is sent once, and only the choice and changed favorites return.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.ui import state
from kaimedia.ui.components import component_files, media_urls, module_set
from kaimedia.ui.generate.model_picker import entries

HERE = Path(__file__).resolve().parent
KEY = "model_picker"
HTML = """
<div class="root">
  <div class="label"><span aria-hidden="true">Model</span><div class="tools"></div></div>
  <div class="line"></div>
  <div class="others" hidden></div>
  <div class="note" hidden></div>
</div>
"""

_MODULES = module_set.read(
    HERE / "picker.js", generated={"styles.js": module_set.styles_module(HERE, first=("picker",))}
)
_inline = st.components.v2.component("kai_model_picker", html=HTML, js=_MODULES.joined())
_loaded = st.components.v2.component(
    "loaded_kai_model_picker", html=HTML, js=component_files.offer("model-picker", _MODULES)
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Comparing the chosen model with others: which ones, which are possible, and why none is (or "").

    `most` is how many there may be beside the chosen one; `has_past` offers the earlier comparisons.
    """

    others: Sequence[str] = ()
    possible: Sequence[str] = ()
    most: int = 0
    reason: str = ""
    has_past: bool = False


@dataclass(frozen=True, slots=True)
class Events:
    """What the picker reports; all run as callbacks."""

    on_choose: Callable[[str], None]
    on_favorite: Callable[[str, bool], None]
    on_compare: Callable[[Sequence[str]], None]
    on_past: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the picker shows: the entries of all models, the chosen one, and what the user has.

    `hand` is what was chosen as inputs (`entries.in_hand`), `fitting` the ids of the models that take all of it.
    `favorites` and `recent` are ids, the newest first. `note` says what the prices are.
    """

    models: Sequence[Mapping[str, Any]]
    chosen: str
    modality: Modality
    hand: str = ""
    fitting: Sequence[str] = ()
    favorites: Sequence[str] = field(default_factory=tuple)
    recent: Sequence[str] = field(default_factory=tuple)
    note: str = ""
    compared: Compared = field(default_factory=Compared)


_known: tuple[Sequence[Mapping[str, Any]], str] = ((), "[]")


def _json_of(models: Sequence[Mapping[str, Any]]) -> str:
    """The models as JSON, made once for each list: it is long, and the same in nearly every run."""
    global _known
    if _known[0] is not models:
        _known = (models, json.dumps(models))
    return _known[1]


def show(shown: Shown, events: Events) -> None:
    """Draw the button; the panel opens over the page."""

    def choose() -> None:
        value = state.reported(KEY, "chosen")
        if isinstance(value, Mapping) and isinstance(value.get("id"), str):
            events.on_choose(value["id"])

    def favor() -> None:
        value = state.reported(KEY, "favorites")
        changes = value.get("changes") if isinstance(value, Mapping) else None
        for model_id, is_on in changes.items() if isinstance(changes, Mapping) else ():
            events.on_favorite(model_id, bool(is_on))

    def compare() -> None:
        value = state.reported(KEY, "compared")
        ids = value.get("ids") if isinstance(value, Mapping) else None
        if isinstance(ids, list) and all(isinstance(each, str) for each in ids):
            events.on_compare(ids)

    def past() -> None:
        if state.reported(KEY, "past"):
            events.on_past()

    data = {
        "abilities": entries.abilities(),
        "chosen": shown.chosen,
        "mode": shown.modality.value,
        "hand": shown.hand,
        "fitting": list(shown.fitting),
        "favorites": list(shown.favorites),
        "recent": list(shown.recent),
        "note": shown.note,
        "compare": {
            "others": list(shown.compared.others),
            "possible": list(shown.compared.possible),
            "most": shown.compared.most,
            "reason": shown.compared.reason,
            "hasPast": shown.compared.has_past,
        },
    }
    mount = _loaded if media_urls.are_routed() else _inline
    mount(
        key=KEY,
        data=[_json_of(shown.models), data],
        on_chosen_change=choose,
        on_favorites_change=favor,
        on_compared_change=compare,
        on_past_change=past,
    )
