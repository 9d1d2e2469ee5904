"""What stands in place of the grid when there is nothing to show, and where its button leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kaimedia.domain import MediaQuery, Shelf, Sort
from kaimedia.studio import TRASH_KEPT

Way = Literal["generate", "clear"]  # to Generate, or to the gallery without filters


@dataclass(frozen=True, slots=True)
class Empty:
    """Title, body and button of an empty grid."""

    title: str
    body: str
    action: str
    way: Way

    def words(self) -> Mapping[str, str]:
        """As the grid takes it."""
        return {"title": self.title, "body": self.body, "action": self.action}


CREATE = "Create something"
BACK = "Back to the gallery"
NO_MATCH = Empty("No matches", "Try another word, or clear a filter.", "Clear filters", "clear")
_SHELVES = {
    Shelf.FINISHED: Empty("Your gallery is empty", "Everything you generate lands here.", CREATE, "generate"),
    Shelf.WORKING: Empty("Nothing is being made", "What you start shows here until it is done.", CREATE, "generate"),
    Shelf.FAILED: Empty("Nothing went wrong", "What doesn’t finish is listed here with the reason.", BACK, "clear"),
    Shelf.TRASH: Empty("The trash is empty", f"What you delete stays here for {TRASH_KEPT.days} days.", BACK, "clear"),
}
_FAVORITES = Empty(
    "No favorites yet", "Press the heart on an image or video and it shows up here.", "Show everything", "clear"
)
_COLLECTION = Empty(
    "Nothing in this collection", "Select items in the gallery and press Add to collection.", BACK, "clear"
)


def of(query: MediaQuery) -> Empty:
    """The state a query without results is in."""
    plain = replace(query, sort=Sort.NEWEST)
    if plain == MediaQuery(shelf=query.shelf):
        return _SHELVES[query.shelf]
    if plain == MediaQuery(favorites_only=True):
        return _FAVORITES
    if plain == MediaQuery(collection_id=query.collection_id):
        return _COLLECTION
    return NO_MATCH
