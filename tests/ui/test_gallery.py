"""Gallery: filters and their place in the URL, what the grid is told, states without anything to show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia import bootstrap
from kaimedia.bootstrap import House
from kaimedia.domain import Media, MediaQuery, Modality, Page, Shelf, Sort
from kaimedia.errors import StoreUnavailable
from kaimedia.feed import query as feed_query
from kaimedia.studio import Studio
from kaimedia.ui import gallery_query, gallery_states, gallery_view
from tests.conftest import image_request, video_request
from tests.ui.conftest import MAIN, button, grid, has_button, made, open_page, texts


@pytest.fixture
def things(ui_house: House) -> dict[str, Media]:
    """Two pictures and a clip."""
    return {
        "fox": made(ui_house, image_request("A paper fox"))[1][0],
        "tower": made(ui_house, image_request("A glass tower"))[1][0],
        "comet": made(ui_house, video_request("A comet", duration_s=4))[1][0],
    }


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that runs the pages without our routes."""
    monkeypatch.setattr(bootstrap.current, "has_routes", False)


def asked(app: AppTest) -> MediaQuery:
    """What the grid asks the feed for, as the feed reads it."""
    return feed_query.read(dict(parse_qsl(grid(app)["query"])))


def prompts(app: AppTest, studio: Studio) -> list[str]:
    """The prompts behind what the grid asks for."""
    return [item.prompt for item in studio.list_media(asked(app)).items]


def at_address(**words: Any) -> AppTest:
    """The gallery opened by a pasted address."""
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    for word, value in words.items():
        app.query_params[word] = value
    app.switch_page("../../pages/gallery.py").run()
    assert not app.exception, app.exception
    return app


def test_an_empty_gallery_says_what_to_do(idle_house: House) -> None:
    app = open_page("gallery")
    assert grid(app)["empty"] == {
        "title": "Your gallery is empty",
        "body": "Everything you generate lands here.",
        "action": "Create something",
    }
    assert not has_button(app, "clear_filters")


def test_filters_choose_what_is_shown(things: dict[str, Media], studio: Studio) -> None:
    app = open_page("gallery")
    assert prompts(app, studio) == ["A comet", "A glass tower", "A paper fox"]
    app.segmented_control(key="kind").set_value("Images").run()
    assert prompts(app, studio) == ["A glass tower", "A paper fox"]
    app.selectbox(key="sort").set_value("Oldest first").run()
    assert prompts(app, studio) == ["A paper fox", "A glass tower"]
    app.text_input(key="q").set_value("tower").run()
    assert prompts(app, studio) == ["A glass tower"]
    app.text_input(key="q").set_value("zebra").run()
    assert grid(app)["empty"]["title"] == "No matches"
    app.text_input(key="q").set_value("")
    app.segmented_control(key="kind").set_value("All")
    app.selectbox(key="model").set_value("veo3_fast").run()
    assert prompts(app, studio) == ["A comet"]
    app.selectbox(key="model").set_value("")
    app.selectbox(key="sort").set_value("Longest first").run()
    assert asked(app).sort is Sort.LONGEST and prompts(app, studio)[0] == "A comet"


def test_tag_collection_and_favourites_filter(things: dict[str, Media], studio: Studio) -> None:
    studio.add_tags([things["fox"].id], ["night"])
    posters = studio.make_collection("Posters & more").id
    studio.add_to_collection(posters, [things["tower"].id])
    studio.set_favorite([things["comet"].id], True)
    app = open_page("gallery")
    app.selectbox(key="tag").set_value("night").run()
    assert prompts(app, studio) == ["A paper fox"] and "1 of 3" in texts(app)
    button(app, "chip_tag").click().run()
    app.selectbox(key="collection").set_value(posters).run()
    assert prompts(app, studio) == ["A glass tower"]
    assert "Posters &amp; more</h2>" in texts(app) and has_button(app, "collection_rename_head")
    button(app, "clear_filters").click().run()
    app.toggle(key="favourites").set_value(True).run()
    assert prompts(app, studio) == ["A comet"]


def test_numbers_are_in_the_bar_and_filters_in_chips(things: dict[str, Media]) -> None:
    app = open_page("gallery")
    assert 'nth-of-type(1)::after{content:"3"}' in texts(app)
    assert 'nth-of-type(3)::after{content:"1"}' in texts(app)
    assert not has_button(app, "chip_")
    app.text_input(key="q").set_value("paper *fox*").run()
    app.selectbox(key="model").set_value("gpt4o-image").run()
    assert {each.key for each in app.button if (each.key or "").startswith("chip_")} == {"chip_q", "chip_model"}
    assert button(app, "chip_q").label == "“paper \\*fox\\*”"
    assert '[data-testid=stPopoverButton]::after{content:"1"}' in texts(app)
    button(app, "chip_q").click().run()
    assert asked(app) == MediaQuery(model="gpt4o-image")
    button(app, "clear_filters").click().run()
    assert asked(app) == MediaQuery() and not has_button(app, "chip_")


def test_a_pasted_address_restores_every_filter(things: dict[str, Media], studio: Studio) -> None:
    studio.add_tags([each.id for each in things.values()], ["night"])
    posters = studio.make_collection("Posters").id
    app = at_address(
        kind="Images",
        q="paper",
        favourites="true",
        sort="Oldest first",
        show="Trash",
        model="GPT-4o Image",
        tag="night",
        collection="Posters",
        date="Custom range",
        days=["2026-01-01", "2026-02-28"],
        item=str(things["fox"].id),
    )
    assert asked(app) == MediaQuery(
        media_type=Modality.IMAGE,
        model="gpt4o-image",
        favorites_only=True,
        words="paper",
        sort=Sort.OLDEST,
        shelf=Shelf.TRASH,
        created_from=datetime(2026, 1, 1, tzinfo=UTC),
        created_before=datetime(2026, 3, 1, tzinfo=UTC),
        tag="night",
        collection_id=posters,
    )
    assert grid(app)["opened"] == things["fox"].id and grid(app)["place"] == "trash"


@pytest.mark.parametrize("item", ["0", "-1", "x", "1.5", "99999999999999999999", "٣", ""])
def test_bad_values_in_the_address_are_passed_over(things: dict[str, Media], item: str) -> None:
    app = at_address(
        kind="Cats",
        favourites="perhaps",
        sort="",
        show="Nonsense",
        model="gone",
        tag="<b>",
        collection="77",
        date="Someday",
        days=["2026-13-45", "x"],
        item=item,
    )
    assert asked(app) == MediaQuery() and grid(app)["opened"] is None


def test_a_filter_whose_tag_or_collection_is_gone_goes_too(things: dict[str, Media], studio: Studio) -> None:
    ids = [things["fox"].id]
    studio.add_tags(ids, ["night"])
    posters = studio.make_collection("Posters").id
    app = open_page("gallery")
    app.selectbox(key="tag").set_value("night")
    app.selectbox(key="collection").set_value(posters).run()
    assert asked(app).tag == "night" and asked(app).collection_id == posters
    studio.remove_tags(ids, ["night"])
    studio.remove_collection(posters)
    app.run()
    assert asked(app) == MediaQuery()


def test_each_date_span_asks_for_its_days(things: dict[str, Media]) -> None:
    app = open_page("gallery")
    for span in ("Today", "Last 7 days", "Last 30 days", "This year"):
        app.selectbox(key="date").set_value(span).run()
        assert asked(app).created_from is not None and asked(app).created_before is None
        assert button(app, "chip_date").label == span
    app.selectbox(key="date").set_value("Custom range").run()
    assert asked(app) == MediaQuery() and not has_button(app, "chip_date")
    assert len(app.date_input) == 2  # the one in the popover, and the one that holds the value
    app.date_input(key="days").set_value((datetime(2026, 3, 1).date(), datetime(2026, 3, 5).date())).run()
    assert asked(app).created_before == datetime(2026, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize("show", list(gallery_query.SHELVES))
def test_every_shelf_has_words_of_its_own(idle_house: House, show: str) -> None:
    empty = grid(at_address(show=show))["empty"]
    assert empty["title"] and empty["action"]
    titles = {gallery_states.of(MediaQuery(shelf=shelf)).title for shelf in Shelf}
    assert len(titles) == len(Shelf)


def test_special_states() -> None:
    assert gallery_states.of(MediaQuery(favorites_only=True)).title == "No favorites yet"
    assert gallery_states.of(MediaQuery(collection_id=3)).title == "Nothing in this collection"
    assert gallery_states.of(MediaQuery(favorites_only=True, words="x")).title == "No matches"
    assert gallery_states.of(MediaQuery(sort=Sort.OLDEST)).title == "Your gallery is empty"


def test_the_grid_hears_of_changes_by_the_revision(things: dict[str, Media], studio: Studio) -> None:
    app = open_page("gallery")
    before = grid(app)["rev"]
    app.run()
    assert grid(app)["rev"] == before
    studio.delete_media([things["fox"].id])
    app.run()
    assert grid(app)["rev"] != before
    assert 'nth-of-type(1)::after{content:"2"}' in texts(app)


def test_nothing_is_counted_again_while_nothing_changes(
    things: dict[str, Media], studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("gallery")

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    for name in ("gallery_counts", "tags", "collections", "trash", "disk_use", "outline", "list_media"):
        monkeypatch.setattr(Studio, name, refuse)
    app.run()
    assert asked(app) == MediaQuery()


def test_a_database_that_is_away_is_told_with_a_way_on(
    things: dict[str, Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("gallery")

    def away(_: Studio) -> str:
        raise StoreUnavailable("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(Studio, "gallery_revision", away)
        app.run()
        assert "Couldn’t load your media." in texts(app)
    button(app, "gallery_retry").click().run()
    assert asked(app) == MediaQuery()


def test_without_routes_the_items_come_with_the_page(things: dict[str, Media], plain: None) -> None:
    app = open_page("gallery")
    told = grid(app)
    assert told["mode"] == "plain" and [item["prompt"] for item in told["items"]] == [
        "A comet",
        "A glass tower",
        "A paper fox",
    ]
    clip = told["items"][0]
    assert clip["video"] and clip["model"] == "Veo 3.1 Fast" and min(clip["w"], clip["h"]) > 0
    assert clip["seconds"] == things["comet"].duration_s
    app.text_input(key="q").set_value("tower").run()
    assert grid(app)["total"] == 1


def test_more_than_a_page_is_appended() -> None:
    def read(pages: int) -> object:
        return gallery_view.read(_Paged(), MediaQuery(limit=2), pages)  # type: ignore[arg-type]

    assert read(1) == ([1, 2], 5, True)
    assert read(3) == ([1, 2, 3, 4, 5], 5, False)


class _Paged:
    """Answers pages of two out of five."""

    def list_media(self, query: MediaQuery) -> object:
        start = int(query.cursor or 0)
        items = tuple(range(1, 6))[start : start + query.limit]
        return Page(items, str(start + 2) if start + 2 < 5 else None, 5)


def test_without_routes_a_link_brings_its_item_along(things: dict[str, Media], plain: None) -> None:
    far, near = things["comet"].id, things["fox"].id
    app = at_address(kind="Images", item=str(far))
    assert [(each["id"], each.get("aside", False)) for each in grid(app)["items"]][-1] == (far, True)
    assert grid(app)["total"] == 2
    assert not any(each.get("aside") for each in grid(at_address(kind="Images", item=str(near)))["items"])
    assert not any(each.get("aside") for each in grid(at_address(item="4711"))["items"])


def test_without_routes_the_page_brings_what_is_opened(things: dict[str, Media], plain: None) -> None:
    comet, fox = things["comet"], things["fox"]
    app = at_address()
    given = grid(app)
    assert given["byTime"] and given["details"] == {} and not any(each["file"] for each in given["items"])
    assert {each["name"].rpartition("-")[0] for each in given["items"]} >= {"a-comet", "a-paper-fox"}
    app.session_state["opened_media"] = (comet.id, fox.id)
    given = grid(app.run())
    assert all(each["file"] or each["condition"] == "missing" for each in given["items"] if each["id"] == fox.id)
    assert given["details"]["id"] == fox.id and given["details"]["size_bytes"] == fox.size_bytes
    app.session_state["opened_media"] = (fox.id, 4711)  # gone for good since
    assert grid(app.run())["details"] == {}


def test_a_filter_set_from_outside_gets_a_new_picker_and_the_old_one_is_not_heard(things: dict[str, Media]) -> None:
    """A closed popover has no widgets in the browser: what it last reported must not win over what was set since."""
    app = open_page("gallery")
    picked = app.selectbox(key="pick_show_0").set_value("Didn’t finish").run()
    assert asked(picked).shelf is Shelf.FAILED
    assert app.selectbox(key="pick_show_0").value == app.selectbox(key="show").value == "Didn’t finish"
    button(app, "chip_show").click().run()
    assert asked(app).shelf is Shelf.FINISHED
    assert app.selectbox(key="pick_show_1").value == "Finished"
    assert "pick_show_0" not in {each.key for each in app.selectbox}
