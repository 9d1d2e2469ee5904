"""What the viewer opened on a host without our routes: files loaded into memory, and all about the newest of them.

There the page has to bring what the gallery's feed and the media route would be asked for elsewhere.
"""

from __future__ import annotations

from typing import Any

from kaimedia.domain import Media
from kaimedia.errors import NotFound
from kaimedia.feed import details
from kaimedia.studio import Studio
from kaimedia.ui import media_urls, state

MOST_HELD = 12  # whole files of one session that stay in memory


def note(media_id: int) -> None:
    """This one is looked at now."""
    others = [each for each in state.opened_media.get() if each != media_id]
    state.opened_media.set((*others, media_id)[-MOST_HELD:])


def is_held(media_id: int) -> bool:
    """Whether its whole file belongs on the page."""
    return media_id in state.opened_media.get()


def newest(studio: Studio) -> dict[str, Any] | None:
    """The details of the one opened last, empty before the first; None where the grid asks the feed for them."""
    if media_urls.are_routed():
        return None
    if not (opened := state.opened_media.get()):
        return {}
    try:
        return details.of(studio, opened[-1], media_urls.for_component)
    except NotFound:  # gone for good since
        return {}


def beyond(studio: Studio, shown: list[Media], told: dict[str, Any] | None, media_id: int | None) -> list[Media]:
    """Items that the viewer may be sent to although they are not among those shown.

    `media_id` is the address's; `told` holds the details of the newest, with what it was made from and used in.
    """
    wanted = [media_id] if media_id is not None else []
    if told:
        links = [told["reference"], *told["used_in"]]
        wanted += [told["id"], *(link["id"] for link in links if link and link["id"] is not None)]
    here = {each.id for each in shown}
    absent = [each for each in dict.fromkeys(wanted) if each not in here]
    return studio.media_by_ids(absent) if absent else []
