"""The Python side of the media grid: the data for its script, and how the script is sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.ui.components import media_grid, module_set


def data_of(script: Any) -> dict[str, Any]:
    """The data of the one grid that `script` draws."""
    app = AppTest.from_function(script, default_timeout=20).run()
    assert not app.exception
    (element,) = app.get("bidi_component")
    data = json.loads(element.proto.json)
    assert isinstance(data, list)  # a dict would import pandas
    return dict(data[0])


def test_with_the_gallery_api_the_grid_gets_a_query_and_no_items() -> None:
    def script() -> None:
        from kaimedia.ui.components.media_grid import GallerySource, media_grid

        media_grid(
            source=GallerySource("kind=video&q=fox", "r7", "until=9&signature=x"),
            key="grid",
            labels={"veo3": "Veo 3.1"},
            on_event=lambda event: None,
            selectable=True,
            place="trash",
            opened=5,
        )

    data = data_of(script)
    assert (data["mode"], data["query"], data["rev"], data["key"]) == (
        "gallery",
        "kind=video&q=fox",
        "r7",
        "until=9&signature=x",
    )
    assert data["items"] == []
    assert (data["selectable"], data["place"], data["opened"]) == (True, "trash", 5)
    assert data["models"] == [["veo3", "Veo 3.1"]]


def test_without_the_gallery_api_the_grid_gets_items() -> None:
    def script() -> None:
        from kaimedia.ui.components.media_grid import media_grid

        media_grid(
            [],
            key="grid",
            labels={},
            on_event=lambda event: None,
            fit_px=420,
            empty={"title": "Nothing here"},
            models=[("veo3", "Veo 3.1", "video")],
        )

    data = data_of(script)
    assert data["mode"] == "list"
    assert (data["items"], data["total"], data["more"], data["fit"]) == ([], 0, False, 420)
    assert data["empty"] == {"title": "Nothing here"}
    assert data["models"] == [["veo3", "Veo 3.1", "video"]]
    assert "query" not in data


def sending(*values: Any) -> tuple[list[Any], Any]:
    """What `on_event` gets when the script sends `values` one after another, and what is acknowledged."""

    def script() -> None:
        import streamlit as st

        from kaimedia.ui.components.media_grid import inbox

        for value in st.session_state["values"]:
            for event in inbox.new_events(value):
                st.session_state["done"] = [*st.session_state["done"], event["do"]]
        st.session_state["acknowledged"] = inbox.events()

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["values"] = values
    app.session_state["done"] = []
    app.run()
    assert not app.exception
    return app.session_state["done"], app.session_state["acknowledged"]


def sent(sid: str, *numbers: int) -> dict[str, Any]:
    return {"sid": sid, "events": [{"n": number, "do": f"{sid}{number}", "ids": [1]} for number in numbers]}


def test_all_events_of_one_value_are_handled_in_order() -> None:
    assert sending(sent("a", 1, 2, 3)) == (["a1", "a2", "a3"], ["a", 3])


def test_a_resent_event_is_handled_once() -> None:
    assert sending(sent("a", 1, 2), sent("a", 1, 2), sent("a", 2, 3), sent("a", 1)) == (["a1", "a2", "a3"], ["a", 3])


def test_a_new_script_counts_from_its_own_beginning() -> None:
    done, acknowledged = sending(sent("a", 1, 2, 3), sent("b", 1), sent("a", 3), sent("b", 1, 2))
    assert (done, acknowledged) == (["a1", "a2", "a3", "b1", "b2"], ["b", 2])


def test_only_the_last_few_scripts_are_remembered() -> None:
    done, acknowledged = sending(*(sent(sid, 1) for sid in "abcdef"), sent("c", 1), sent("f", 1))
    assert (done, acknowledged) == ([f"{sid}1" for sid in "abcdef"], ["f", 1])


def test_a_single_event_without_a_number_is_handled() -> None:
    assert sending({"do": "more", "ids": []}) == (["more"], [])


@pytest.mark.parametrize(
    "value",
    [
        None,
        "events",
        {},
        {"events": [{"n": 1, "do": "delete"}]},
        {"sid": "", "events": [{"n": 1, "do": "delete"}]},
        {"sid": "a" * 41, "events": [{"n": 1, "do": "delete"}]},
        {"sid": "a", "events": {"n": 1, "do": "delete"}},
        {"sid": "a", "events": [{"n": "1", "do": "delete"}, {"n": True, "do": "delete"}, {"n": 0, "do": "x"}, 7]},
        {"sid": "a", "events": [{"n": 2**31, "do": "delete"}]},
    ],
)
def test_invalid_values_are_ignored_by_the_inbox(value: Any) -> None:
    assert sending(value) == ([], [])


def test_the_grid_acknowledges_events() -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia.ui.components.media_grid import inbox, media_grid

        list(inbox.new_events(st.session_state["value"]))
        media_grid([], key="grid", labels={}, on_event=lambda event: None)

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["value"] = sent("a", 1, 2)
    (element,) = app.run().get("bidi_component")
    assert json.loads(element.proto.json)[0]["acknowledged"] == ["a", 2]


def test_every_script_of_the_folder_is_imported() -> None:
    in_html = [module_set.read(media_grid.HERE / name) for name in ("first_window.js", "gallery_link.js")]
    imported = {name for modules in (media_grid.MODULES, *in_html) for name in modules.texts}
    assert imported == {path.name for path in media_grid.HERE.glob("*.js")} | {"styles.js"}


def test_every_style_of_the_folder_is_in_the_style_module() -> None:
    styles = json.loads(media_grid.MODULES.texts["styles.js"].removeprefix("export const STYLES = "))
    for path in media_grid.HERE.glob("*.css"):
        assert path.read_text(encoding="utf-8") in styles, path.name


@pytest.mark.parametrize("ending", ["js", "css"])
def test_scripts_and_styles_stay_short(ending: str) -> None:
    for path in media_grid.HERE.glob(f"*.{ending}"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.name


def test_text_from_outside_never_becomes_markup() -> None:
    for path in media_grid.HERE.glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "innerHTML" in line:
                assert re.search(r"innerHTML = [^;]*ICONS", line), f"{path.name}: {line.strip()}"
            assert "insertAdjacentHTML" not in line, path.name


def test_a_failure_is_reported_to_the_script_with_its_number() -> None:
    def script() -> None:
        from kaimedia.ui import state
        from kaimedia.ui.components.media_grid import inbox, media_grid

        state.notify("From before.", is_error=True)
        for text, is_error in (("All is well.", False), ("No such item.", True), ("Done.", False)):
            before = len(state.notices.get())
            state.notify(text, is_error=is_error)
            inbox.note_failure("grid", before)
        media_grid([], key="grid", labels={}, on_event=lambda event: None)

    assert data_of(script)["failure"] == [1, "No such item."]
