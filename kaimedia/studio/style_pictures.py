"""The example image of a style saved from a result: its thumbnail, cropped to the size of a card."""

from __future__ import annotations

import logging

from kaimedia.domain import Media
from kaimedia.errors import MediaError
from kaimedia.media.storage import Storage
from kaimedia.media.thumbnails import cropped_webp
from kaimedia.presets.pictures import MAX_PICTURE_BYTES

LOG = logging.getLogger(__name__)
CARD_PX = (240, 136)  # twice its size on a card


def example_of(item: Media, storage: Storage) -> bytes | None:
    """A WebP of 240 by 136 px from an item's thumbnail; None when there is no readable one."""
    name = item.thumbnail_path or item.poster_path
    if not name:
        return None
    try:
        with storage.open(name) as file:
            content = cropped_webp(file, CARD_PX)
    except MediaError as error:
        LOG.warning("no example image from item %s: %s", item.id, error)
        return None
    return content if len(content) <= MAX_PICTURE_BYTES else None
