"""Handles events from the media grid and its viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kaimedia.domain import GenerationRequest, Media, Modality
from kaimedia.errors import NotFound
from kaimedia.models.next_steps import NextStep
from kaimedia.models.spec import Rank
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text, undo_bar
from kaimedia.ui.gallery import collections as gallery_collections
from kaimedia.ui.gallery import opened_media
from kaimedia.ui.gallery import tags as gallery_tags
from kaimedia.ui.gallery import trash as gallery_trash
from kaimedia.ui.generate import continuing, draft, opened_comparison, reference_image, style_from_result
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

MAX_IDS = 200_000
MAX_ID = 2**31 - 1
MAX_TAGS = 30
MAX_CHARS = 200

Ids = tuple[int, ...]
Event = Mapping[str, Any]


@notify_errors
def handle(studio: Studio, event: Event) -> None:
    """Handle one event of the grid. For callbacks only; unknown events and invalid ids are ignored."""
    what = event.get("do") if isinstance(event, Mapping) else None
    if what == "more":
        state.gallery_pages.set(state.gallery_pages.get() + 1)
    elif what == "action":
        state.go_to.set("generate")
    elif isinstance(what, str) and what in _ABOUT_ITEMS and (ids := ids_of(event)):
        _ABOUT_ITEMS[what](studio, ids, event)


def ids_of(event: Event) -> Ids:
    """The distinct ids of an event; empty if they are not a valid list of ids."""
    ids = event.get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= MAX_IDS:
        return ()
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 < each <= MAX_ID for each in ids):
        return ()
    return tuple(dict.fromkeys(ids))


def _favorite(studio: Studio, ids: Ids, event: Event) -> None:
    on = event.get("on") is True
    changed = studio.gallery.set_favorite(ids, on)
    if len(ids) == 1:
        return
    if changed:
        verb = "added to" if on else "removed from"
        state.notify(f"{ui_text.items(changed)} {verb} your favorites.", icon=":material/favorite:")
    else:
        state.notify("Already in your favorites." if on else "None of them were favorites.", icon=":material/favorite:")


def _delete(studio: Studio, ids: Ids, event: Event) -> None:
    undo_bar.note(tuple(studio.gallery.delete(ids)))


def _restore(studio: Studio, ids: Ids, event: Event) -> None:
    back = studio.gallery.restore(ids)
    state.deleted.set(tuple(set(state.deleted.get()) - set(back)))


def _purge(studio: Studio, ids: Ids, event: Event) -> None:
    if event.get("sure") is True:
        gallery_trash.purge(studio, ids)
    else:
        state.gallery_dialog.set(OpenDialog("purge", ids))


def _tag(studio: Studio, ids: Ids, event: Event) -> None:
    tags = event.get("tags")
    if tags is None:
        state.gallery_dialog.set(OpenDialog("tag", ids))
    elif isinstance(tags, list) and 0 < len(tags) <= MAX_TAGS and all(_is_text(tag) for tag in tags):
        gallery_tags.add(studio, ids, tags)


def _untag(studio: Studio, ids: Ids, event: Event) -> None:
    tag = event.get("tag")
    if _is_text(tag):
        studio.collections.remove_tags(ids, [str(tag)])


def _collect(studio: Studio, ids: Ids, event: Event) -> None:
    collection_id, name = event.get("collection"), event.get("name")
    if _is_id(collection_id):
        gallery_collections.add(studio, ids, int(str(collection_id)))
    elif _is_text(name):
        gallery_collections.add(studio, ids, studio.collections.find_or_create(str(name)).id)
    elif collection_id is None and name is None:
        state.gallery_dialog.set(OpenDialog("collect", ids))


def _uncollect(studio: Studio, ids: Ids, event: Event) -> None:
    if _is_id(event.get("collection")):
        studio.collections.remove(int(event["collection"]), ids)


def _open(studio: Studio, ids: Ids, event: Event) -> None:
    opened_media.note(ids[0])


def _fetch(studio: Studio, ids: Ids, event: Event) -> None:
    """Fetch a missing file from the provider again."""
    studio.missing_files.fetch_again(ids[0])
    state.notify("Fetching the file again. This is free.", icon=":material/cloud_download:")


def _archive(studio: Studio, ids: Ids, event: Event) -> None:
    state.gallery_dialog.set(OpenDialog("archive", ids))


def _style(studio: Studio, ids: Ids, event: Event) -> None:
    """Open the dialog that saves the result's prompt as a style."""
    style_from_result.propose(_request_of(studio, _item(studio, ids[0])).prompt)
    state.gallery_dialog.set(OpenDialog("style", ids[:1]))


def _reuse(studio: Studio, ids: Ids, event: Event) -> None:
    how, model = event.get("how", "all"), event.get("model")
    if how not in ("all", "prompt", "model"):
        return
    item = _item(studio, ids[0])
    if how == "model" and not (_is_text(model) and draft.spec_of(studio, str(model))):
        how, model = "all", None
        state.notify("Choose another model. Everything else is filled in.", icon=":material/swap_horiz:")
    left = draft.reuse(studio, _request_of(studio, item), item.media_type, how=how, model_id=model)
    if left:
        state.notify(ui_text.left_out(left), icon=":material/info:")
    else:
        state.notify("Prompt and settings are in the form.", icon=":material/refresh:")
    state.go_to.set("generate")


def _item(studio: Studio, media_id: int) -> Media:
    found = studio.gallery.by_ids([media_id])
    if not found:
        raise NotFound("This item no longer exists.")
    return found[0]


def _request_of(studio: Studio, item: Media) -> GenerationRequest:
    try:
        return studio.tasks.get(item.task_id).request
    except NotFound:
        return GenerationRequest(
            model=item.model, prompt=item.prompt, aspect_ratio=item.aspect_ratio, duration_s=item.duration_s
        )


def _reference(studio: Studio, ids: Ids, event: Event) -> None:
    """Use an image as the reference: for a video if requested, otherwise in the current mode."""
    if event.get("to") == "video":
        state.set_modality(Modality.VIDEO)
    spec = draft.current_spec(studio, studio.settings.get())
    if not spec.inputs and (other := draft.taking_references(studio, spec.modality)):
        state.notify(
            f"{spec.label} does not support reference images. Switched to {other.label}.", icon=":material/swap_horiz:"
        )
        state.model_of(spec.modality).set(other.id)
        spec = other
    draft.save_draft(studio, _item(studio, ids[0]).prompt)
    reference_image.use_media(studio, spec, ids[0])
    state.go_to.set("generate")


def other_models(studio: Studio) -> list[tuple[str, str, str]]:
    """Those offered for "With another model": id, label, "image" or "video"; a hundred would not fit into a menu."""
    return [
        (spec.id, spec.label, spec.modality.value)
        for spec in studio.catalog.usable()
        if spec.rank is Rank.FEATURED or not spec.wire
    ]


def next_steps(studio: Studio) -> list[tuple[str, str, str, str]]:
    """What can be done with results, as the grid's menu shows it."""
    return [(step.value, label, hint, of.value) for step, label, hint, of in studio.next_steps.steps()]


def _continue(studio: Studio, ids: Ids, event: Event) -> None:
    """Fill the form for a step that uses a result; the model stays if it can take the step."""
    step = next((each for each in NextStep if each == event.get("step")), None)
    if step is None:
        return
    item, saved = _item(studio, ids[0]), studio.settings.get()
    chosen = [state.model_of(each).get() for each in Modality] + [saved.default_image_model, saved.default_video_model]
    way = studio.next_steps.way(step, item, chosen)
    if way is None:
        state.notify("No model can do this with the result.", icon=":material/info:")
        return
    continuing.start(studio, step, way, item)
    state.go_to.set("generate")


def _comparison(studio: Studio, ids: Ids, event: Event) -> None:
    """Show the comparison in which an item was made."""
    if _is_id(event.get("comparison")):
        opened_comparison.open_one(int(event["comparison"]))
        state.go_to.set("generate")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_CHARS


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


_ABOUT_ITEMS: Mapping[str, Callable[[Studio, Ids, Event], None]] = {
    "favorite": _favorite,
    "delete": _delete,
    "restore": _restore,
    "purge": _purge,
    "tag": _tag,
    "untag": _untag,
    "collect": _collect,
    "uncollect": _uncollect,
    "open": _open,
    "archive": _archive,
    "reuse": _reuse,
    "fetch": _fetch,
    "reference": _reference,
    "continue": _continue,
    "comparison": _comparison,
    "style": _style,
}
