"""Gallery: filters and the URL, the grid's data, empty states."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import GalleryView, Media, MediaQuery, Modality, Sort
from kaimedia.errors import StoreUnavailable
from kaimedia.studio import Studio
from kaimedia.studio.collections import CollectionService
from kaimedia.studio.gallery import GalleryService
from kaimedia.studio.trash import TrashService
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.gallery import states as gallery_states
from kaimedia.web.gallery import query as feed_query
from tests.ui.conftest import at_address, button, grid, has_button, open_page, texts


def grid_query(app: AppTest) -> MediaQuery:
    """The grid's query, as the gallery API reads it."""
    return feed_query.read(dict(parse_qsl(grid(app)["query"])))


def prompts(app: AppTest, studio: Studio) -> list[str]:
    """The prompts the grid's query finds."""
    return [item.prompt for item in studio.gallery.page(grid_query(app)).items]


def test_an_empty_gallery_says_what_to_do(idle_context: AppContext) -> None:
    app = open_page("gallery")
    assert grid(app)["empty"] == {
        "title": "Your gallery is empty",
        "body": "Everything you generate appears here.",
        "action": "Create something",
    }
    assert not has_button(app, "clear_filters")


def test_filters_select_items(things: dict[str, Media], studio: Studio) -> None:
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
    assert grid_query(app).sort is Sort.LONGEST and prompts(app, studio)[0] == "A comet"


def test_tag_collection_and_favorites_filter(things: dict[str, Media], studio: Studio) -> None:
    studio.collections.add_tags([things["fox"].id], ["night"])
    posters = studio.collections.create("Posters & more").id
    studio.collections.add(posters, [things["tower"].id])
    studio.gallery.set_favorite([things["comet"].id], True)
    app = open_page("gallery")
    app.selectbox(key="tag").set_value("night").run()
    assert prompts(app, studio) == ["A paper fox"] and "1 of 3" in texts(app)
    button(app, "chip_tag").click().run()
    app.selectbox(key="collection").set_value(posters).run()
    assert prompts(app, studio) == ["A glass tower"]
    assert "Posters &amp; more</h2>" in texts(app) and has_button(app, "collection_rename_head")
    button(app, "clear_filters").click().run()
    app.toggle(key="favorites").set_value(True).run()
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
    assert grid_query(app) == MediaQuery(model="gpt4o-image")
    button(app, "clear_filters").click().run()
    assert grid_query(app) == MediaQuery() and not has_button(app, "chip_")


def test_a_pasted_address_restores_every_filter(things: dict[str, Media], studio: Studio) -> None:
    studio.collections.add_tags([each.id for each in things.values()], ["night"])
    posters = studio.collections.create("Posters").id
    app = at_address(
        kind="Images",
        q="paper",
        favorites="true",
        sort="Oldest first",
        show="Trash",
        model="GPT-4o Image",
        tag="night",
        collection="Posters",
        date="Custom range",
        days=["2026-01-01", "2026-02-28"],
        item=str(things["fox"].id),
    )
    assert grid_query(app) == MediaQuery(
        media_type=Modality.IMAGE,
        model="gpt4o-image",
        favorites_only=True,
        text="paper",
        sort=Sort.OLDEST,
        view=GalleryView.TRASH,
        created_from=datetime(2026, 1, 1, tzinfo=UTC),
        created_before=datetime(2026, 3, 1, tzinfo=UTC),
        tag="night",
        collection_id=posters,
    )
    assert grid(app)["opened"] == things["fox"].id and grid(app)["place"] == "trash"


def test_bookmarks_with_earlier_names_still_work(things: dict[str, Media]) -> None:
    app = at_address(show="Being made", favourites="true")
    assert grid_query(app) == MediaQuery(view=GalleryView.WORKING, favorites_only=True)
    app.toggle(key="favorites").set_value(False).run()
    app.selectbox(key="show").set_value("Trash").run()
    assert grid_query(app) == MediaQuery(view=GalleryView.TRASH)


@pytest.mark.parametrize("item", ["0", "-1", "x", "1.5", "99999999999999999999", "٣", ""])
def test_invalid_values_in_the_url_are_ignored(things: dict[str, Media], item: str) -> None:
    app = at_address(
        kind="Cats",
        favorites="perhaps",
        sort="",
        show="Nonsense",
        model="gone",
        tag="<b>",
        collection="77",
        date="Someday",
        days=["2026-13-45", "x"],
        item=item,
    )
    assert grid_query(app) == MediaQuery() and grid(app)["opened"] is None


def test_a_filter_is_cleared_when_its_tag_or_collection_was_deleted(things: dict[str, Media], studio: Studio) -> None:
    ids = [things["fox"].id]
    studio.collections.add_tags(ids, ["night"])
    posters = studio.collections.create("Posters").id
    app = open_page("gallery")
    app.selectbox(key="tag").set_value("night")
    app.selectbox(key="collection").set_value(posters).run()
    assert grid_query(app).tag == "night" and grid_query(app).collection_id == posters
    studio.collections.remove_tags(ids, ["night"])
    studio.collections.delete(posters)
    app.run()
    assert grid_query(app) == MediaQuery()


def test_each_date_span_asks_for_its_days(things: dict[str, Media]) -> None:
    app = open_page("gallery")
    for span in ("Today", "Last 7 days", "Last 30 days", "This year"):
        app.selectbox(key="date").set_value(span).run()
        assert grid_query(app).created_from is not None and grid_query(app).created_before is None
        assert button(app, "chip_date").label == span
    app.selectbox(key="date").set_value("Custom range").run()
    assert grid_query(app) == MediaQuery() and not has_button(app, "chip_date")
    assert len(app.date_input) == 2  # the picker and the holder
    app.date_input(key="days").set_value((datetime(2026, 3, 1).date(), datetime(2026, 3, 5).date())).run()
    assert grid_query(app).created_before == datetime(2026, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize("show", list(gallery_query.VIEWS))
def test_every_view_has_its_own_empty_state(idle_context: AppContext, show: str) -> None:
    empty = grid(at_address(show=show))["empty"]
    assert empty["title"] and empty["action"]
    titles = {gallery_states.of(MediaQuery(view=view)).title for view in GalleryView}
    assert len(titles) == len(GalleryView)


def test_special_states() -> None:
    assert gallery_states.of(MediaQuery(favorites_only=True)).title == "No favorites yet"
    assert gallery_states.of(MediaQuery(collection_id=3)).title == "Nothing in this collection"
    assert gallery_states.of(MediaQuery(favorites_only=True, text="x")).title == "No matches"
    assert gallery_states.of(MediaQuery(sort=Sort.OLDEST)).title == "Your gallery is empty"


def test_the_grid_gets_a_new_change_counter(things: dict[str, Media], studio: Studio) -> None:
    app = open_page("gallery")
    before = grid(app)["rev"]
    app.run()
    assert grid(app)["rev"] == before
    studio.gallery.delete([things["fox"].id])
    app.run()
    assert grid(app)["rev"] != before
    assert 'nth-of-type(1)::after{content:"2"}' in texts(app)


def test_nothing_is_counted_again_while_nothing_changes(
    things: dict[str, Media], studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("gallery")

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    for service, names in (
        (GalleryService, ("counts", "id_index", "page")),
        (CollectionService, ("tags", "all")),
        (TrashService, ("state", "disk_use")),
    ):
        for name in names:
            monkeypatch.setattr(service, name, refuse)
    app.run()
    assert grid_query(app) == MediaQuery()


def test_an_unreachable_database_is_reported_with_a_next_step(
    things: dict[str, Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("gallery")

    def away(_: Studio) -> str:
        raise StoreUnavailable("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(GalleryService, "change_count", away)
        app.run()
        assert "Couldn’t load your media." in texts(app)
    button(app, "gallery_retry").click().run()
    assert grid_query(app) == MediaQuery()


def test_a_filter_set_elsewhere_gets_a_new_picker_and_the_old_one_is_ignored(things: dict[str, Media]) -> None:
    """A closed popover has no widgets in the browser: its last report must not override a later value."""
    app = open_page("gallery")
    picked = app.selectbox(key="pick_show_0").set_value("Didn’t finish").run()
    assert grid_query(picked).view is GalleryView.FAILED
    assert app.selectbox(key="pick_show_0").value == app.selectbox(key="show").value == "Didn’t finish"
    button(app, "chip_show").click().run()
    assert grid_query(app).view is GalleryView.FINISHED
    assert app.selectbox(key="pick_show_1").value == "Finished"
    assert "pick_show_0" not in {each.key for each in app.selectbox}
