"""What the grid is told of media that come with the page, without a feed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaimedia.domain import Media
from kaimedia.feed import items
from kaimedia.ui import media_urls, opened_media


def item(media: Media, labels: Mapping[str, str]) -> dict[str, Any]:
    """One item; `file` is "" where it is loaded only once opened."""
    is_routed = media_urls.are_routed()
    return items.item(
        media, labels, address_of=media_urls.for_component, is_at_hand=_is_at_hand, is_readable=not is_routed
    )


def _is_at_hand(media: Media) -> bool:
    return media_urls.are_routed() or opened_media.is_held(media.id)
