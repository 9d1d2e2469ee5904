"""What happens when something is pressed in the media grid or its viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kaimedia.domain import GenerationRequest, Media, Modality
from kaimedia.errors import NotFound
from kaimedia.kie.spec import ReferenceUse
from kaimedia.studio import Studio
from kaimedia.ui import (
    draft,
    gallery_collections,
    gallery_tags,
    gallery_trash,
    opened_media,
    reference_image,
    state,
    style_from_result,
    undo_bar,
    words,
)
from kaimedia.ui.shell import answering
from kaimedia.ui.state import Ask

MOST_IDS = 200_000
MAX_ID = 2**31 - 1
MOST_TAGS = 30
MOST_CHARS = 200

Ids = tuple[int, ...]
Event = Mapping[str, Any]


@answering
def handle(studio: Studio, event: Event) -> None:
    """Do what the grid asks for. For callbacks only; unknown events and ids that are none are ignored."""
    what = event.get("do") if isinstance(event, Mapping) else None
    if what == "more":
        state.gallery_pages.set(state.gallery_pages.get() + 1)
    elif what == "action":
        state.go_to.set("generate")
    elif isinstance(what, str) and what in _ABOUT_ITEMS and (ids := ids_of(event)):
        _ABOUT_ITEMS[what](studio, ids, event)


def ids_of(event: Event) -> Ids:
    """The ids of an event, each once; empty when they are not a list of ids."""
    given = event.get("ids")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_IDS:
        return ()
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 < each <= MAX_ID for each in given):
        return ()
    return tuple(dict.fromkeys(given))


def _favorite(studio: Studio, ids: Ids, event: Event) -> None:
    on = event.get("on") is True
    changed = studio.set_favorite(ids, on)
    if len(ids) == 1:
        return
    if changed:
        said = "added to" if on else "taken from"
        state.tell(f"{words.items(changed)} {said} your favorites.", icon=":material/favorite:")
    else:
        state.tell("Already favorites." if on else "None of them was a favorite.", icon=":material/favorite:")


def _delete(studio: Studio, ids: Ids, event: Event) -> None:
    undo_bar.note(tuple(studio.delete_media(ids)))


def _restore(studio: Studio, ids: Ids, event: Event) -> None:
    back = studio.restore_media(ids)
    state.deleted.set(tuple(set(state.deleted.get()) - set(back)))


def _purge(studio: Studio, ids: Ids, event: Event) -> None:
    if event.get("sure") is True:
        gallery_trash.purge(studio, ids)
    else:
        state.gallery_ask.set(Ask("purge", ids))


def _tag(studio: Studio, ids: Ids, event: Event) -> None:
    tags = event.get("tags")
    if tags is None:
        state.gallery_ask.set(Ask("tag", ids))
    elif isinstance(tags, list) and 0 < len(tags) <= MOST_TAGS and all(_is_text(tag) for tag in tags):
        gallery_tags.add(studio, ids, tags)


def _untag(studio: Studio, ids: Ids, event: Event) -> None:
    tag = event.get("tag")
    if _is_text(tag):
        studio.remove_tags(ids, [str(tag)])


def _collect(studio: Studio, ids: Ids, event: Event) -> None:
    collection_id, name = event.get("collection"), event.get("name")
    if _is_id(collection_id):
        gallery_collections.add(studio, ids, int(str(collection_id)))
    elif _is_text(name):
        gallery_collections.add(studio, ids, studio.find_or_make_collection(str(name)).id)
    elif collection_id is None and name is None:
        state.gallery_ask.set(Ask("collect", ids))


def _uncollect(studio: Studio, ids: Ids, event: Event) -> None:
    if _is_id(event.get("collection")):
        studio.remove_from_collection(int(event["collection"]), ids)


def _open(studio: Studio, ids: Ids, event: Event) -> None:
    opened_media.note(ids[0])


def _fetch(studio: Studio, ids: Ids, event: Event) -> None:
    """The file is gone: fetch it from the provider again."""
    studio.missing.fetch_again(ids[0])
    state.tell("Fetching the file again. It costs nothing.", icon=":material/cloud_download:")


def _archive(studio: Studio, ids: Ids, event: Event) -> None:
    state.gallery_ask.set(Ask("archive", ids))


def _style(studio: Studio, ids: Ids, event: Event) -> None:
    """The result's prompt is to become a style: its name is asked for."""
    style_from_result.propose(_request_of(studio, _item(studio, ids[0])).prompt)
    state.gallery_ask.set(Ask("style", ids[:1]))


def _reuse(studio: Studio, ids: Ids, event: Event) -> None:
    how, model = event.get("how", "all"), event.get("model")
    if how not in ("all", "prompt", "model"):
        return
    item = _item(studio, ids[0])
    if how == "model" and not (_is_text(model) and draft.spec_of(studio, str(model))):
        how, model = "all", None
        state.tell("Choose another model here; everything else is back.", icon=":material/swap_horiz:")
    left = draft.reuse(studio, _request_of(studio, item), item.media_type, how=how, model_id=model)
    if left:
        state.tell(words.left_out(left), icon=":material/info:")
    else:
        state.tell("Prompt and settings are in the form.", icon=":material/refresh:")
    state.go_to.set("generate")


def _item(studio: Studio, media_id: int) -> Media:
    found = studio.media_by_ids([media_id])
    if not found:
        raise NotFound("There is no such item.")
    return found[0]


def _request_of(studio: Studio, item: Media) -> GenerationRequest:
    try:
        return studio.task(item.task_id).request
    except NotFound:
        return GenerationRequest(
            model=item.model, prompt=item.prompt, aspect_ratio=item.aspect_ratio, duration_s=item.duration_s
        )


def _reference(studio: Studio, ids: Ids, event: Event) -> None:
    """A picture becomes the reference: of a video when that was asked for, else in the mode the person is in."""
    if event.get("to") == "video":
        state.set_modality(Modality.VIDEO)
    spec = draft.current_spec(studio, studio.settings())
    if spec.reference is ReferenceUse.NONE and (other := draft.taking_references(studio, spec.modality)):
        state.tell(f"{spec.label} takes no reference image; {other.label} is chosen.", icon=":material/swap_horiz:")
        state.model_of(spec.modality).set(other.id)
        spec = other
    draft.put_aside(studio, _item(studio, ids[0]).prompt)
    reference_image.use_media(studio, spec, ids[0])
    state.go_to.set("generate")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_CHARS


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
    "style": _style,
}
