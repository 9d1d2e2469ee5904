"""The gallery's dialogs, trash and undo bar."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import GalleryView, Media, MediaQuery, TrashState
from kaimedia.studio import Studio
from kaimedia.ui.gallery import trash as gallery_trash
from kaimedia.ui.state import OpenDialog
from tests.conftest import image_request
from tests.finished import finished
from tests.ui.conftest import button, grid, has_button, open_page, texts


@pytest.fixture
def three(ui_context: AppContext) -> list[Media]:
    """Three images, the oldest first."""
    return [finished(ui_context, image_request(prompt))[1][0] for prompt in ("A fox", "A tower", "A dune")]


def with_dialog(what: str, ids: Any = (), collection_id: int = 0) -> AppTest:
    """The gallery with that dialog open."""
    app = open_page("gallery")
    app.session_state["gallery_dialog"] = OpenDialog(what, tuple(ids), collection_id)
    app.run()
    assert not app.exception
    return app


def field(app: AppTest, key: str) -> Any:
    return next(each for each in app.text_input if each.key == key)


def test_clear_all_needs_the_word_and_moves_to_the_trash(three: list[Media], studio: Studio) -> None:
    app = open_page("gallery")
    app.session_state["gallery_dialog"] = OpenDialog("clear")  # as the entry of More does
    app.run()
    assert "All 3 items will be moved to the trash. You can restore them for 30 days." in texts(app)
    assert button(app, "clear_confirm").disabled
    field(app, "clear_word").set_value("delete").run()
    assert button(app, "clear_confirm").disabled
    field(app, "clear_word").set_value(" DELETE ").run()
    button(app, "clear_confirm").click().run()
    assert studio.gallery.page(MediaQuery()).total == 0 and studio.trash.state().count == 3
    assert "3 items moved to the trash." in texts(app)
    assert not has_button(app, "clear_confirm")
    button(app, "undo_delete").click().run()
    assert studio.gallery.page(MediaQuery()).total == 3


def test_cancel_closes_the_question(three: list[Media], studio: Studio) -> None:
    app = with_dialog("clear")
    button(app, "clear_cancel").click().run()
    assert not has_button(app, "clear_confirm") and studio.gallery.page(MediaQuery()).total == 3


def test_the_trash_shows_its_size_and_restores_all(three: list[Media], studio: Studio) -> None:
    studio.gallery.delete([three[0].id, three[1].id])
    app = open_page("gallery")
    app.selectbox(key="show").set_value("Trash").run()
    assert "Deleted items stay here for 30 days. 2 items, " in texts(app)
    assert grid(app)["place"] == "trash" and not has_button(app, "undo_delete")
    button(app, "restore_all").click().run()
    assert studio.trash.state().count == 0 and studio.gallery.page(MediaQuery()).total == 3
    assert grid(app)["place"] == "gallery"


def test_emptying_the_trash_needs_the_word(three: list[Media], studio: Studio) -> None:
    studio.gallery.delete([three[0].id])
    app = open_page("gallery")
    app.selectbox(key="show").set_value("Trash").run()
    button(app, "empty_trash").click().run()
    assert "will be permanently deleted. This can’t be undone." in texts(app)
    field(app, "empty_word").set_value("DELETE").run()
    button(app, "empty_confirm").click().run()
    assert studio.trash.state().count == 0 and studio.gallery.page(MediaQuery()).total == 2
    assert grid(app)["empty"]["title"] == "The trash is empty" and not has_button(app, "empty_trash")


def test_some_of_the_trash_is_permanently_deleted(three: list[Media], studio: Studio) -> None:
    ids = [each.id for each in three]
    studio.gallery.delete(ids)
    app = with_dialog("purge", ids[:2])
    assert "These 2 items will be permanently deleted." in texts(app)
    button(app, "purge_confirm").click().run()
    assert studio.gallery.id_index(MediaQuery(view=GalleryView.TRASH)).ids == (ids[2],)


def test_when_the_oldest_item_will_be_permanently_deleted() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def text_of(age: timedelta) -> str:
        return gallery_trash.summary(TrashState(12, 48_000_000, now - age), now)

    assert text_of(timedelta()) == "Deleted items stay here for 30 days. 12 items, 48.0 MB."
    assert text_of(timedelta(days=28, hours=1)).endswith("The oldest will be permanently deleted in 2 days.")
    assert text_of(timedelta(days=29, hours=23)).endswith("The oldest will be permanently deleted in 1 day.")
    assert text_of(timedelta(days=31)).endswith("The oldest will be permanently deleted today.")
    assert gallery_trash.summary(TrashState(0, 0, None), now) == "Deleted items stay here for 30 days."


def test_tags_known_and_new(three: list[Media], studio: Studio) -> None:
    ids = [each.id for each in three]
    studio.collections.add_tags(ids[:1], ["night"])
    app = with_dialog("tag", ids[1:])
    button(app, "tag_confirm").click().run()
    assert "Choose a tag or type a new one." in texts(app)
    app.button_group(key="tags_chosen").set_value(["night"])
    field(app, "tags_new").set_value("for Ada, , poster ")
    button(app, "tag_confirm").click().run()
    assert dict(studio.collections.tags()) == {"night": 3, "for Ada": 2, "poster": 2}
    assert not has_button(app, "tag_confirm")


def test_an_invalid_tag_is_reported_at_its_field(three: list[Media], studio: Studio) -> None:
    app = with_dialog("tag", [three[0].id])
    field(app, "tags_new").set_value("x" * 41)
    button(app, "tag_confirm").click().run()
    assert "A tag must have 1 to 40 characters." in texts(app) and studio.collections.tags() == []


def test_tags_are_shown_and_removed(three: list[Media], studio: Studio) -> None:
    studio.collections.add_tags([each.id for each in three], ["<b>night</b>"])
    studio.gallery.delete([three[0].id])
    app = with_dialog("tags")
    assert "&lt;b&gt;night" in texts(app)
    button(app, "tag_show_0").click().run()
    assert "1 of" not in texts(app) and "2 of 2" in texts(app)
    app = with_dialog("tags")
    button(app, "tag_remove_0").click().run()
    assert studio.collections.tags() == [] and studio.collections.tags_of([three[0].id]) == {}


def test_a_collection_from_the_selection(three: list[Media], studio: Studio) -> None:
    ids = [each.id for each in three]
    app = with_dialog("collect", ids[:2])
    button(app, "collect_confirm").click().run()
    assert "Choose a collection or name a new one." in texts(app)
    field(app, "collection_name").set_value(" Posters ")
    button(app, "collect_confirm").click().run()
    (posters,) = studio.collections.all()
    assert (posters.name, posters.count) == ("Posters", 2)
    app = with_dialog("collect", ids[2:])
    app.button_group(key="collection_chosen").set_value(posters.id)
    button(app, "collect_confirm").click().run()
    assert studio.collections.all()[0].count == 3


def test_collections_are_made_opened_renamed_and_removed(three: list[Media], studio: Studio) -> None:
    app = with_dialog("collections")
    field(app, "collection_name").set_value("Posters")
    button(app, "collection_make").click().run()
    (posters,) = studio.collections.all()
    app.session_state["gallery_dialog"] = None
    app.run()
    assert app.selectbox(key="collection").options == ["Any collection", "Posters"]
    studio.collections.add(posters.id, [three[0].id])
    app = with_dialog("collections")
    field(app, "collection_name").set_value("posters")
    button(app, "collection_make").click().run()
    assert "A collection with this name exists." in texts(app)
    button(app, f"collection_open_{posters.id}").click().run()
    assert "Collection · 1 item" in texts(app)
    button(app, f"collection_rename_head_{posters.id}").click().run()
    field(app, "collection_renamed").set_value("Prints")
    button(app, "rename_confirm").click().run()
    assert studio.collections.all()[0].name == "Prints" and "<h2>Prints</h2>" in texts(app)
    button(app, f"collection_delete_head_{posters.id}").click().run()
    button(app, "delete_confirm").click().run()
    assert studio.collections.all() == [] and studio.gallery.page(MediaQuery()).total == 3
    assert not has_button(app, "collection_rename_head")


@pytest.mark.parametrize("what", ["rename", "delete"])
def test_a_collection_that_was_deleted_in_the_meantime(three: list[Media], what: str) -> None:
    assert "This collection was deleted." in texts(with_dialog(what, collection_id=4711))


def just_deleted(app: AppTest, *media: Media) -> AppTest:
    """A page of the session that deleted these a moment ago."""
    app.session_state["deleted_media"] = tuple(each.id for each in media)
    app.session_state["deleted_at_s"] = time.monotonic()
    return app.run()


def test_only_the_session_that_deleted_offers_to_undo_it(three: list[Media], studio: Studio) -> None:
    studio.gallery.delete([three[0].id])
    assert not has_button(open_page("gallery"), "undo_delete")  # a reload or another user
    assert not has_button(open_page("generate"), "undo_delete")


def test_undo_restores_only_the_last_delete(three: list[Media], studio: Studio) -> None:
    studio.gallery.delete([three[0].id])
    studio.gallery.delete([three[1].id, three[2].id])
    app = just_deleted(open_page("gallery"), three[1], three[2])
    assert "2 items moved to the trash." in texts(app)
    button(app, "undo_delete").click().run()
    assert [item.id for item in studio.gallery.page(MediaQuery()).items] == [three[2].id, three[1].id]
    assert not has_button(app, "undo_delete")


def test_the_undo_bar_is_closed_or_expires(three: list[Media], studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.gallery.delete([three[0].id])
    app = just_deleted(open_page("gallery"), three[0])
    button(app, "undo_close").click().run()
    assert not has_button(app, "undo_delete")
    assert has_button(just_deleted(app, three[0]), "undo_delete")
    monkeypatch.setattr("kaimedia.ui.undo_bar.OFFERED_S", 0.0)
    app.run()
    assert not has_button(app, "undo_delete") and studio.trash.state().count == 1


def test_free_space_is_only_shown_where_it_is_known(
    three: list[Media], ui_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui_context.storage, "free_bytes", lambda: None)
    assert "<dt>Free</dt>" not in texts(open_page("settings"))


def test_settings_show_disk_use_and_empty_the_trash(three: list[Media], studio: Studio) -> None:
    assert not has_button(open_page("settings"), "empty_trash")
    studio.gallery.delete([three[0].id])
    app = open_page("settings")
    assert "1 item in the trash." in texts(app) and "<dt>Free</dt>" in texts(app)
    button(app, "empty_trash").click().run()
    field(app, "empty_word").set_value("DELETE").run()
    button(app, "empty_confirm").click().run()
    assert studio.trash.state().count == 0 and not has_button(app, "empty_trash")
