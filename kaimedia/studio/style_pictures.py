"""The example picture of a style that is saved from a result: its thumbnail, cut to the shape of a card."""

from __future__ import annotations

import logging

from kaimedia.domain import Media
from kaimedia.errors import MediaError
from kaimedia.media.storage import Storage
from kaimedia.media.thumbnails import cropped_webp
from kaimedia.presets.pictures import MOST_PICTURE_BYTES

LOG = logging.getLogger(__name__)
CARD_PX = (240, 136)  # twice the size a card shows it in


def example_of(item: Media, storage: Storage) -> bytes | None:
    """A WebP of 240 by 136 px from an item's thumbnail; None when there is none that can be read."""
    name = item.thumbnail_path or item.poster_path
    if not name:
        return None
    try:
        with storage.open(name) as file:
            content = cropped_webp(file, CARD_PX)
    except MediaError as error:
        LOG.warning("no example picture from item %s: %s", item.id, error)
        return None
    return content if len(content) <= MOST_PICTURE_BYTES else None
