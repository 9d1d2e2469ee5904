"""Contents of stored files for hosts without our media route, which need them again at every rerun."""

from __future__ import annotations

import threading
from collections import OrderedDict

from kaimedia.errors import StorageUnavailable
from kaimedia.studio import Studio

MOST_BYTES = 64 * 1024**2
LARGEST_BYTES = 2 * 1024**2  # thumbnails; a larger file is not kept here
LARGEST_SHOWN_BYTES = 48 * 1024**2  # a larger one is not read at all: each session may hold several

_guard = threading.Lock()
_recent: OrderedDict[str, bytes] = OrderedDict()  # by name: the bytes under a name do not change


def of(studio: Studio, name: str) -> bytes | None:
    """The content of a stored file; None if it is missing or too large, or the storage does not respond."""
    with _guard:
        if name in _recent:
            _recent.move_to_end(name)
            return _recent[name]
    try:
        content = studio.gallery.bytes_of_file(name, LARGEST_SHOWN_BYTES)
    except StorageUnavailable:
        return None
    if content is not None and len(content) <= LARGEST_BYTES:
        with _guard:
            _recent[name] = content
            while sum(map(len, _recent.values())) > MOST_BYTES:
                _recent.popitem(last=False)
    return content
