"""What happens when something is pressed in the media grid or its viewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaimedia.domain import GenerationRequest, Media, Modality
from kaimedia.errors import NotFound
from kaimedia.studio import Studio
from kaimedia.ui import draft, reference_image, state
from kaimedia.ui.shell import answering


@answering
def handle(studio: Studio, event: Mapping[str, Any]) -> None:
    """Do what the grid asks for. For callbacks only; unknown events and ids are ignored."""
    media_id = event.get("id")
    what = event.get("do")
    if what == "more":
        state.gallery_pages.set(state.gallery_pages.get() + 1)
    elif what == "action":
        state.go_to.set("generate")
    elif isinstance(media_id, int):
        _about_one(studio, what, media_id, event)


def _about_one(studio: Studio, what: Any, media_id: int, event: Mapping[str, Any]) -> None:
    if what == "favorite":
        studio.set_favorite([media_id], bool(event.get("on")))
    elif what == "delete":
        state.deleted.set(tuple(studio.delete_media([media_id])))
    elif what == "restore":
        studio.restore_media([media_id])
        state.deleted.set(())
    elif what == "open":
        state.opened_media.set(state.opened_media.get() | {media_id})
    elif what == "reuse":
        item = studio.media(media_id)
        draft.reuse(studio, _request_of(studio, item), item.media_type)
        _to_generate()
    elif what == "reference":
        _use_as_reference(studio, media_id)


def _request_of(studio: Studio, item: Media) -> GenerationRequest:
    try:
        return studio.task(item.task_id).request
    except NotFound:
        return GenerationRequest(
            model=item.model, prompt=item.prompt, aspect_ratio=item.aspect_ratio, duration_s=item.duration_s
        )


def _use_as_reference(studio: Studio, media_id: int) -> None:
    """A picture becomes the start of a clip: the usual next step."""
    state.set_modality(Modality.VIDEO)
    spec = draft.current_spec(studio, studio.settings())
    reference_image.use_media(studio, spec, media_id)
    _to_generate()


def _to_generate() -> None:
    state.go_to.set("generate")
