"""Gallery: filters, the grid's data, deleting and bringing back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaimedia.bootstrap import House
from kaimedia.domain import Media, MediaQuery, Page
from kaimedia.studio import Studio
from kaimedia.ui import gallery_view
from tests.conftest import image_request, video_request
from tests.ui.conftest import button, grid, has_button, in_grid, made, open_page, texts


@pytest.fixture
def things(ui_house: House) -> dict[str, Media]:
    """Two pictures and a clip."""
    return {
        "fox": made(ui_house, image_request("A paper fox"))[1][0],
        "tower": made(ui_house, image_request("A glass tower"))[1][0],
        "comet": made(ui_house, video_request("A comet", duration_s=4))[1][0],
    }


def prompts(found: dict[str, object]) -> list[str]:
    return [item["prompt"] for item in found["items"]]  # type: ignore[attr-defined]


def test_an_empty_gallery_says_what_to_do(idle_house: House) -> None:
    assert grid(open_page("gallery"))["empty"] == {
        "title": "Your gallery is empty",
        "body": "Everything you generate lands here.",
        "action": "Create something",
    }


def test_filters_choose_what_is_shown(things: dict[str, Media]) -> None:
    app = open_page("gallery")
    assert prompts(grid(app)) == ["A comet", "A glass tower", "A paper fox"]
    app.segmented_control(key="kind").set_value("Images").run()
    assert prompts(grid(app)) == ["A glass tower", "A paper fox"]
    app.selectbox(key="sort").set_value("Oldest first").run()
    assert prompts(grid(app)) == ["A paper fox", "A glass tower"]
    app.text_input(key="q").set_value("tower").run()
    assert prompts(grid(app)) == ["A glass tower"]
    app.text_input(key="q").set_value("zebra").run()
    assert grid(app)["empty"]["title"] == "No matches"
    app.text_input(key="q").set_value("")
    app.segmented_control(key="kind").set_value("All")
    app.selectbox(key="model").set_value("Veo 3.1 Fast").run()
    assert prompts(grid(app)) == ["A comet"]


def test_an_item_tells_what_card_and_viewer_need(things: dict[str, Media]) -> None:
    clip = grid(open_page("gallery"))["items"][0]
    assert clip["video"] and clip["model"] == "Veo 3.1 Fast"
    assert clip["seconds"] == things["comet"].duration_s
    assert clip["file"] == f"static/media/{things['comet'].filename}"
    assert clip["thumb"] and clip["large"] and min(clip["w"], clip["h"]) > 0


def test_favourites(things: dict[str, Media], studio: Studio) -> None:
    in_grid({"do": "favorite", "id": things["fox"].id, "on": True})
    app = open_page("gallery")
    app.toggle(key="favourites").set_value(True).run()
    assert prompts(grid(app)) == ["A paper fox"]
    in_grid({"do": "favorite", "id": things["fox"].id, "on": False})
    assert not studio.media(things["fox"].id).is_favorite


def test_delete_and_undo(things: dict[str, Media], studio: Studio) -> None:
    after = in_grid({"do": "delete", "id": things["fox"].id})
    assert after.session_state["deleted_media"] == (things["fox"].id,)
    assert studio.list_media(MediaQuery()).total == 2
    app = open_page("gallery")  # another session: the undo comes from the store
    assert "1 item deleted." in texts(app)
    button(app, "undo_delete").click().run()
    assert studio.list_media(MediaQuery()).total == 3
    assert not has_button(app, "undo_delete")


def test_undo_of_the_last_batch_or_of_all(things: dict[str, Media], studio: Studio) -> None:
    studio.delete_media([things["fox"].id])
    studio.delete_media([things["comet"].id])
    assert studio.recently_deleted() == [things["comet"].id, things["fox"].id]
    app = open_page("gallery")
    assert not has_button(app, "undo_last") and button(app, "undo_delete").label == "Undo"
    app.session_state["deleted_media"] = (things["comet"].id,)
    app.run()
    assert "2 items deleted." in texts(app) and button(app, "undo_delete").label == "Undo all"
    button(app, "undo_last").click().run()
    assert studio.recently_deleted() == [things["fox"].id]
    button(app, "undo_delete").click().run()
    assert studio.list_media(MediaQuery()).total == 3


def test_the_undo_is_closed_or_ends_with_its_time(
    things: dict[str, Media], studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.delete_media([things["fox"].id])
    app = open_page("gallery")
    button(app, "undo_close").click().run()
    assert not has_button(app, "undo_delete")
    studio.delete_media([things["comet"].id])
    app.run()
    assert "1 item deleted." in texts(app)
    assert not has_button(open_page("generate"), "undo_delete")
    monkeypatch.setattr("kaimedia.studio.gallery.UNDO_WINDOW", timedelta(0))
    app.run()
    assert studio.recently_deleted() == [] and not has_button(app, "undo_delete")


def test_clear_all_is_not_offered_for_an_empty_gallery(things: dict[str, Media], studio: Studio) -> None:
    assert has_button(open_page("gallery"), "clear_all")
    studio.clear_media()
    app = open_page("gallery")
    assert not has_button(app, "clear_all")
    assert "3 items deleted." in texts(app)


def test_an_item_that_is_gone_is_told_and_nothing_breaks(things: dict[str, Media]) -> None:
    app = in_grid({"do": "reuse", "id": 999_999})
    (notice,) = app.session_state["notices"]
    assert notice.is_error


def test_clear_all_wants_the_word(things: dict[str, Media], studio: Studio) -> None:
    app = open_page("gallery")
    button(app, "clear_all").click().run()
    assert "All **3 items** will be deleted." in texts(app)
    assert button(app, "clear_confirm").disabled
    assert studio.list_media(MediaQuery()).total == 3


def test_more_than_a_page_is_appended() -> None:
    def read(pages: int) -> object:
        return gallery_view._read(_Paged(), MediaQuery(limit=2), pages)  # type: ignore[arg-type]

    assert read(1) == ([1, 2], 5, True)
    assert read(3) == ([1, 2, 3, 4, 5], 5, False)


class _Paged:
    """Answers pages of two out of five."""

    def list_media(self, query: MediaQuery) -> object:
        start = int(query.cursor or 0)
        items = tuple(range(1, 6))[start : start + query.limit]
        return Page(items, str(start + 2) if start + 2 < 5 else None, 5)
