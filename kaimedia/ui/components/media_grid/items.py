"""Media items sent with the page, for a grid without the gallery API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaimedia.domain import Media
from kaimedia.ui.components import media_urls
from kaimedia.ui.gallery import opened_media
from kaimedia.web.gallery import items


def item(media: Media, labels: Mapping[str, str]) -> dict[str, Any]:
    """One item; `file` is "" while its file is loaded only on opening."""
    is_routed = media_urls.are_routed()
    return items.item(
        media, labels, address_of=media_urls.for_component, is_at_hand=_is_at_hand, is_readable=not is_routed
    )


def _is_at_hand(media: Media) -> bool:
    return media_urls.are_routed() or opened_media.is_held(media.id)
