"""Items opened in the viewer on a host without our routes: files held in memory, and details of the newest.

There the page supplies what the gallery API and the media route supply elsewhere.
"""

from __future__ import annotations

from typing import Any

from kaimedia.domain import Media
from kaimedia.errors import NotFound
from kaimedia.studio import Studio
from kaimedia.ui import state
from kaimedia.ui.components import media_urls
from kaimedia.web.gallery import details

MAX_HELD = 12  # full files per session that stay in memory


def note(media_id: int) -> None:
    """Record that this item was opened."""
    others = [each for each in state.opened_media.get() if each != media_id]
    state.opened_media.set((*others, media_id)[-MAX_HELD:])


def is_held(media_id: int) -> bool:
    """True when the page includes its full file."""
    return media_id in state.opened_media.get()


def newest(studio: Studio) -> dict[str, Any] | None:
    """Details of the last opened item, empty before the first; None where the grid fetches them from the API."""
    if media_urls.are_routed():
        return None
    if not (opened := state.opened_media.get()):
        return {}
    try:
        return details.of(studio, opened[-1], media_urls.for_component)
    except NotFound:  # permanently deleted since
        return {}


def beyond(
    studio: Studio, shown: list[Media], newest_details: dict[str, Any] | None, media_id: int | None
) -> list[Media]:
    """Items the viewer may navigate to although they are not among those shown.

    `media_id` is from the URL; `newest_details` holds the newest item's details with its inputs and uses.
    """
    wanted = [media_id] if media_id is not None else []
    if newest_details:
        links = [*newest_details["inputs"], *newest_details["used_in"]]
        wanted += [newest_details["id"], *(link["id"] for link in links if link["id"] is not None)]
    here = {each.id for each in shown}
    absent = [each for each in dict.fromkeys(wanted) if each not in here]
    return studio.gallery.by_ids(absent) if absent else []
