"""Events of the grid and viewer by kind; invalid events are ignored."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from streamlit.runtime.download_data_util import convert_data_to_bytes_and_infer_mime

from kaimedia.context import AppContext
from kaimedia.domain import GalleryView, Media, MediaQuery
from kaimedia.studio import Studio
from kaimedia.ui.components import media_events
from kaimedia.ui.gallery import archive as gallery_archive
from kaimedia.ui.state import OpenDialog
from tests.conftest import image_request, video_request
from tests.finished import finished
from tests.ui.conftest import in_grid


@pytest.fixture
def things(ui_context: AppContext) -> dict[str, Media]:
    """An image with another aspect ratio and a video."""
    return {
        "fox": finished(ui_context, image_request("A paper fox", aspect_ratio="3:2"))[1][0],
        "comet": finished(ui_context, video_request("A comet", duration_s=4))[1][0],
    }


@pytest.fixture
def both(things: dict[str, Media]) -> list[int]:
    """The ids of both."""
    return [each.id for each in things.values()]


def toasts(app: Any) -> str:
    """The queued notices."""
    return " ".join(notice.text for notice in app.session_state["notices"]) if "notices" in app.session_state else ""


def test_favorites_in_bulk(both: list[int], studio: Studio) -> None:
    app = in_grid({"do": "favorite", "ids": both, "on": True})
    assert studio.gallery.counts(MediaQuery()).favorites == 2
    assert "2 items added to your favorites." in toasts(app)
    assert "Already in your favorites." in toasts(in_grid({"do": "favorite", "ids": both, "on": True}))
    in_grid({"do": "favorite", "ids": both[:1], "on": False})
    assert studio.gallery.counts(MediaQuery()).favorites == 1
    assert "1 item removed from your favorites." in toasts(in_grid({"do": "favorite", "ids": both, "on": False}))
    assert "None of them were favorites." in toasts(in_grid({"do": "favorite", "ids": both, "on": False}))


def test_delete_moves_to_the_trash_and_restore_undoes_it(both: list[int], studio: Studio) -> None:
    app = in_grid({"do": "delete", "ids": both})
    assert set(app.session_state["deleted_media"]) == set(both)
    assert studio.trash.state().count == 2 and studio.gallery.page(MediaQuery()).total == 0
    app = in_grid({"do": "restore", "ids": both[:1]}, deleted_media=tuple(both))
    assert app.session_state["deleted_media"] == (both[1],)
    assert studio.gallery.id_index(MediaQuery()).ids == (both[0],)


def test_permanent_deletion_is_confirmed_unless_the_viewer_did(both: list[int], studio: Studio) -> None:
    studio.gallery.delete(both)
    app = in_grid({"do": "purge", "ids": both[:1]})
    assert app.session_state["gallery_dialog"] == OpenDialog("purge", (both[0],)) and studio.trash.state().count == 2
    in_grid({"do": "purge", "ids": both[:1], "sure": "yes"})
    assert studio.trash.state().count == 2
    in_grid({"do": "purge", "ids": both[:1], "sure": True})
    assert studio.gallery.id_index(MediaQuery(view=GalleryView.TRASH)).ids == (both[1],)


def test_only_items_in_the_trash_are_permanently_deleted(both: list[int], studio: Studio) -> None:
    in_grid({"do": "purge", "ids": both, "sure": True})
    assert studio.gallery.page(MediaQuery()).total == 2


def test_tags_from_the_viewer_are_added_directly_else_a_dialog_opens(both: list[int], studio: Studio) -> None:
    in_grid({"do": "tag", "ids": both, "tags": ["night", "for Ada"]})
    assert studio.collections.tags() == [("for Ada", 2), ("night", 2)]
    assert in_grid({"do": "tag", "ids": both}).session_state["gallery_dialog"] == OpenDialog("tag", tuple(both))
    in_grid({"do": "untag", "ids": both[:1], "tag": "Night"})
    assert dict(studio.collections.tags())["night"] == 1


@pytest.mark.parametrize("tags", [[], ["x" * 41], [""], ["a\nb"], [7], "night", {"a": 1}, ["x"] * 31, ["x" * 10_000]])
def test_invalid_tags_change_nothing(both: list[int], studio: Studio, tags: Any) -> None:
    in_grid({"do": "tag", "ids": both, "tags": tags})
    assert studio.collections.tags() == []


def test_collections_from_the_viewer(both: list[int], studio: Studio) -> None:
    in_grid({"do": "collect", "ids": both[:1], "name": "Posters"})
    app = in_grid({"do": "collect", "ids": both, "name": "POSTERS"})
    assert "1 item added to “Posters”." in toasts(app)
    (posters,) = studio.collections.all()
    assert posters.count == 2
    in_grid({"do": "uncollect", "ids": both[:1], "collection": posters.id})
    in_grid({"do": "collect", "ids": both[1:], "collection": posters.id})
    assert studio.collections.all()[0].count == 1
    assert in_grid({"do": "collect", "ids": both}).session_state["gallery_dialog"] == OpenDialog("collect", tuple(both))


@pytest.mark.parametrize(
    "extra", [{"name": ""}, {"name": 7}, {"name": "x" * 201}, {"collection": "1"}, {"collection": True}]
)
def test_invalid_collections_change_nothing(both: list[int], studio: Studio, extra: dict[str, Any]) -> None:
    app = in_grid({"do": "collect", "ids": both, **extra})
    assert studio.collections.all() == [] and "gallery_dialog" not in app.session_state


def test_a_deleted_collection_is_reported(both: list[int]) -> None:
    app = in_grid({"do": "collect", "ids": both, "collection": 4711})
    assert "There is no such collection." in toasts(app)


def test_reuse_all_or_only_the_prompt(things: dict[str, Media]) -> None:
    app = in_grid({"do": "reuse", "ids": [things["fox"].id], "how": "all"})
    assert app.session_state["prompt"] == "A paper fox" and app.session_state["mode"] == "Images"
    assert app.session_state["choice_gpt4o-image_aspect"] == "3:2"
    assert app.session_state["go_to"] == "generate"
    app = in_grid({"do": "reuse", "ids": [things["fox"].id], "how": "prompt"}, mode="Videos")
    assert app.session_state["prompt"] == "A paper fox" and app.session_state["mode"] == "Videos"


def test_reuse_with_another_model_says_what_was_left_out(things: dict[str, Media]) -> None:
    app = in_grid({"do": "reuse", "ids": [things["fox"].id], "how": "model", "model": "veo3_fast"})
    assert app.session_state["mode"] == "Videos" and app.session_state["model_video"] == "veo3_fast"
    assert "Not supported by this model: Aspect ratio 3:2" in toasts(app)


@pytest.mark.parametrize("model", [None, "gone", 7, ["veo3_fast"], "x" * 500])
def test_reuse_with_a_model_still_to_choose(things: dict[str, Media], model: Any) -> None:
    app = in_grid({"do": "reuse", "ids": [things["fox"].id], "how": "model", "model": model})
    assert app.session_state["prompt"] == "A paper fox" and app.session_state["mode"] == "Images"
    assert "Choose another model" in toasts(app)


def test_an_item_in_the_trash_can_be_reused(things: dict[str, Media], studio: Studio) -> None:
    studio.gallery.delete([things["fox"].id])
    assert in_grid({"do": "reuse", "ids": [things["fox"].id]}).session_state["prompt"] == "A paper fox"


def test_reference(things: dict[str, Media]) -> None:
    app = in_grid({"do": "reference", "ids": [things["fox"].id], "to": "video"})
    assert app.session_state["mode"] == "Videos" and app.session_state["references"]


def test_continue_with_an_image(things: dict[str, Media]) -> None:
    app = in_grid({"do": "continue", "ids": [things["fox"].id], "step": "upscale"})
    assert app.session_state["mode"] == "Images" and app.session_state["go_to"] == "generate"
    assert app.session_state["model_image"] == "topaz-image-upscale"
    (chosen,) = app.session_state["references"]
    assert chosen.reference.media_id == things["fox"].id and chosen.reference.role == "source"


def test_continue_from_a_videos_last_frame(things: dict[str, Media], studio: Studio) -> None:
    app = in_grid({"do": "continue", "ids": [things["comet"].id], "step": "last-frame"})
    assert app.session_state["mode"] == "Videos"
    (chosen,) = app.session_state["references"]
    assert chosen.reference.media_id == things["comet"].id and chosen.reference.kind == "image"
    assert chosen.preview and not app.session_state["field_note"]


def test_the_chosen_model_stays_if_it_can_take_the_step(things: dict[str, Media]) -> None:
    event = {"do": "continue", "ids": [things["fox"].id], "step": "vary"}
    app = in_grid(event)
    assert app.session_state["model_image"] == "gpt4o-image" and app.session_state["prompt"] == "A paper fox"


@pytest.mark.parametrize("step", [None, "no such step", 7, ["edit"]])
def test_an_unknown_step_is_ignored(things: dict[str, Media], step: Any) -> None:
    app = in_grid({"do": "continue", "ids": [things["fox"].id], "step": step})
    assert "go_to" not in app.session_state or app.session_state["go_to"] != "generate"


def test_a_deleted_item_is_reported_and_nothing_breaks(things: dict[str, Media]) -> None:
    app = in_grid({"do": "reuse", "ids": [999_999]})
    (notice,) = app.session_state["notices"]
    assert notice.is_error


def test_open_more_and_action(things: dict[str, Media]) -> None:
    assert in_grid({"do": "open", "ids": [7]}).session_state["opened_media"] == (7,)
    assert in_grid({"do": "more"}).session_state["gallery_pages"] == 2
    assert in_grid({"do": "action"}).session_state["go_to"] == "generate"


BAD_IDS: list[Any] = [
    None,
    [],
    "1",
    1,
    {"0": 1},
    [True],
    ["1"],
    [1.0],
    [0],
    [-1],
    [2**31],
    [10**30],
    [None],
    [[1]],
    [1, "2"],
    list(range(1, 200_002)),
]


@pytest.mark.parametrize("ids", BAD_IDS, ids=lambda ids: str(ids)[:20])
def test_invalid_ids_are_ignored(ids: Any) -> None:
    assert media_events.ids_of({"ids": ids}) == ()


def test_ids_are_deduplicated_up_to_two_hundred_thousand() -> None:
    assert media_events.ids_of({"ids": [3, 1, 3]}) == (3, 1)
    assert len(media_events.ids_of({"ids": list(range(1, 200_001))})) == 200_000


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"do": None, "ids": [1]},
        {"do": "drop_tables", "ids": [1]},
        {"do": "__class__", "ids": [1]},
        {"do": ["delete"], "ids": [1]},
        {"do": {"delete": 1}, "ids": [1]},
        {"do": "delete", "id": 1},
        {"do": "delete", "ids": "1,2"},
        {"do": "reuse", "ids": [1], "how": "everything"},
        {"do": "untag", "ids": [1], "tag": ["night"]},
        {"do": "renew"},
        ["delete", 1],
        "delete",
        7,
    ],
    ids=str,
)
def test_invalid_events_change_nothing(idle_context: AppContext, event: Any) -> None:
    before = idle_context.studio.gallery.change_count()
    app = in_grid(event)
    assert idle_context.studio.gallery.change_count() == before
    assert "go_to" not in app.session_state and "notices" not in app.session_state


def test_the_archive_without_routes(both: list[int], studio: Studio) -> None:
    assert in_grid({"do": "archive", "ids": both}).session_state["gallery_dialog"] == OpenDialog("archive", tuple(both))
    written = gallery_archive.written(studio, (*both, 4711))
    content, _ = convert_data_to_bytes_and_infer_mime(written, AssertionError("no file that the button takes"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        notes = json.loads(archive.read("prompts.json"))
    assert len(names) == 3 and {each["prompt"] for each in notes["files"]} == {"A paper fox", "A comet"}
    assert [each["id"] for each in notes["missing"]] == [4711]


def test_the_comparison_of_an_item_is_opened_on_generate(things: dict[str, Media]) -> None:
    ids = [things["fox"].id]
    app = in_grid({"do": "comparison", "ids": ids, "comparison": 7})
    assert (app.session_state["opened_comparison"], app.session_state["go_to"]) == (7, "generate")
    for invalid in ("7", True, 0, 2**31, None):
        app = in_grid({"do": "comparison", "ids": ids, "comparison": invalid})
        assert "opened_comparison" not in app.session_state and "go_to" not in app.session_state
