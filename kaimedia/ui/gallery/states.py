"""The empty states of the gallery, and where their buttons lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kaimedia.domain import GalleryView, MediaQuery, Sort
from kaimedia.studio import TRASH_RETENTION

Way = Literal["generate", "clear"]  # to Generate, or to the gallery without filters


@dataclass(frozen=True, slots=True)
class Empty:
    """Title, body and button of an empty grid."""

    title: str
    body: str
    action: str
    way: Way

    def labels(self) -> Mapping[str, str]:
        """The form the grid component expects."""
        return {"title": self.title, "body": self.body, "action": self.action}


CREATE = "Create something"
BACK = "Back to the gallery"
NO_MATCH = Empty("No matches", "Try a different search or clear a filter.", "Clear filters", "clear")
_VIEWS = {
    GalleryView.FINISHED: Empty("Your gallery is empty", "Everything you generate appears here.", CREATE, "generate"),
    GalleryView.WORKING: Empty(
        "Nothing in progress", "Tasks you start appear here until they finish.", CREATE, "generate"
    ),
    GalleryView.FAILED: Empty(
        "Nothing went wrong", "Tasks that don’t finish are listed here with the reason.", BACK, "clear"
    ),
    GalleryView.TRASH: Empty(
        "The trash is empty", f"Deleted items stay here for {TRASH_RETENTION.days} days.", BACK, "clear"
    ),
}
_FAVORITES = Empty(
    "No favorites yet", "Press the heart on an image or video to see it here.", "Show everything", "clear"
)
_BATCH = Empty("No results yet", "They appear here as the tasks of the batch finish.", BACK, "clear")
_COLLECTION = Empty(
    "Nothing in this collection", "Select items in the gallery and press Add to collection.", BACK, "clear"
)


def of(query: MediaQuery) -> Empty:
    """The empty state for a query without results."""
    plain = replace(query, sort=Sort.NEWEST)
    if plain == MediaQuery(view=query.view):
        return _VIEWS[query.view]
    if plain == MediaQuery(favorites_only=True):
        return _FAVORITES
    if plain == MediaQuery(collection_id=query.collection_id):
        return _COLLECTION
    if plain == MediaQuery(batch_id=query.batch_id):
        return _BATCH
    return NO_MATCH
