"""The gallery on a host that runs the pages without our routes: its items come with the page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kaimedia import runtime
from kaimedia.context import AppContext
from kaimedia.domain import Media, MediaQuery, Page
from kaimedia.ui.components import stored_bytes
from kaimedia.ui.gallery import view as gallery_view
from tests.ui.conftest import at_address, grid, open_page


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that runs the pages without our routes."""
    monkeypatch.setattr(runtime.current, "has_routes", False)


def test_without_routes_the_items_come_with_the_page(things: dict[str, Media], plain: None) -> None:
    app = open_page("gallery")
    grid_data = grid(app)
    assert grid_data["mode"] == "list" and [item["prompt"] for item in grid_data["items"]] == [
        "A comet",
        "A glass tower",
        "A paper fox",
    ]
    video = grid_data["items"][0]
    assert video["video"] and video["model"] == "Veo 3.1 Fast" and min(video["w"], video["h"]) > 0
    assert video["seconds"] == things["comet"].duration_s
    app.text_input(key="q").set_value("tower").run()
    assert grid(app)["total"] == 1


def test_a_file_too_large_for_memory_is_not_read(
    things: dict[str, Media], plain: None, ui_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The viewer shows its poster and says so; other items are shown."""
    comet, fox = things["comet"], things["fox"]
    limit = max(comet.size_bytes or 0, fox.size_bytes or 0) - 1
    large, small = (comet, fox) if (comet.size_bytes or 0) > limit else (fox, comet)
    monkeypatch.setattr(stored_bytes, "LARGEST_SHOWN_BYTES", limit)
    app = at_address()
    app.session_state["opened_media"] = (small.id, large.id)
    shown = {each["id"]: each for each in grid(app.run())["items"]}
    assert shown[large.id]["file"] == "" and shown[large.id]["tooLarge"] and shown[large.id]["large"]
    assert shown[small.id]["file"] and "tooLarge" not in shown[small.id]


def test_more_than_a_page_is_appended() -> None:
    def read(pages: int) -> object:
        return gallery_view.read(SimpleNamespace(gallery=_Paged()), MediaQuery(limit=2), pages)  # type: ignore[arg-type]

    assert read(1) == ([1, 2], 5, True)
    assert read(3) == ([1, 2, 3, 4, 5], 5, False)


class _Paged:
    """Answers pages of two out of five."""

    def page(self, query: MediaQuery) -> object:
        start = int(query.cursor or 0)
        items = tuple(range(1, 6))[start : start + query.limit]
        return Page(items, str(start + 2) if start + 2 < 5 else None, 5)


def test_without_routes_a_link_includes_its_item(things: dict[str, Media], plain: None) -> None:
    far, near = things["comet"].id, things["fox"].id
    app = at_address(kind="Images", item=str(far))
    assert [(each["id"], each.get("viewer_only", False)) for each in grid(app)["items"]][-1] == (far, True)
    assert grid(app)["total"] == 2
    assert not any(each.get("viewer_only") for each in grid(at_address(kind="Images", item=str(near)))["items"])
    assert not any(each.get("viewer_only") for each in grid(at_address(item="4711"))["items"])


def test_without_routes_the_page_includes_opened_items(things: dict[str, Media], plain: None) -> None:
    comet, fox = things["comet"], things["fox"]
    app = at_address()
    data = grid(app)
    assert data["byTime"] and data["details"] == {} and not any(each["file"] for each in data["items"])
    assert {each["name"].rpartition("-")[0] for each in data["items"]} >= {"a-comet", "a-paper-fox"}
    app.session_state["opened_media"] = (comet.id, fox.id)
    data = grid(app.run())
    assert all(each["file"] or each["condition"] == "missing" for each in data["items"] if each["id"] == fox.id)
    assert data["details"]["id"] == fox.id and data["details"]["size_bytes"] == fox.size_bytes
    app.session_state["opened_media"] = (fox.id, 4711)  # permanently deleted since
    assert grid(app.run())["details"] == {}
