"""The states of Gallery."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from docs.snapshots.state import FAILED, GALLERY, TRASH, WORKING, State, asked, cards, from_more, press, see, select

HEADING = ".note h2"


def _hover(page: Page) -> None:
    cards(page)
    page.locator('.card[aria-posinset="3"]').hover()
    page.wait_for_timeout(300)


def _selected(page: Page) -> None:
    select(page, 3)


def _search(page: Page) -> None:
    page.get_by_label("Search prompts").fill("zebra")
    page.get_by_role("heading", name="No matches").wait_for()


def _filters(page: Page) -> None:
    cards(page)
    press(page, re.compile("^Filters|filter_list"), within=".st-key-gallery_filters")
    page.locator(".st-key-pick_tag [data-testid=stSelectbox]").wait_for()
    page.wait_for_timeout(400)


def _more(page: Page) -> None:
    cards(page)
    press(page, "More")
    page.get_by_role("menuitem", name="Collections").wait_for()
    page.wait_for_timeout(300)


def _deleted(page: Page) -> None:
    select(page, 2)
    press(page, "Delete", within=".bar")
    page.locator(".st-key-undo_bar").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(600)


def _undo(page: Page) -> None:
    press(page, "Undo")
    page.locator(".st-key-undo_bar").wait_for(state="detached")


def _no_answer(page: Page) -> None:
    page.route("**/app/gallery/**", lambda route: route.abort())
    page.reload()
    page.get_by_role("heading", name="Couldn’t load your media").wait_for()


def _slow_answer(page: Page) -> None:
    page.route("**/app/gallery/**", lambda route: None)
    page.reload()
    page.locator(".bone").first.wait_for()


def _answers(page: Page) -> None:
    page.unroute_all(behavior="ignoreErrors")


def _tag(page: Page) -> None:
    select(page, 2)
    press(page, "Tag", within=".bar")
    asked(page, "Add tags")


def _collect(page: Page) -> None:
    select(page, 2)
    press(page, "Add to collection", within=".bar")
    asked(page, "Add to a collection")


def _clear(page: Page) -> None:
    cards(page)
    press(page, "More")
    page.get_by_role("menuitem", name="Clear all").click()
    asked(page, "Clear the whole gallery?")


def _tags(page: Page) -> None:
    cards(page)
    from_more(page, "Tags")
    asked(page, "Tags")


def _collections(page: Page) -> None:
    cards(page)
    from_more(page, "Collections")
    asked(page, "Collections")


def _rename(page: Page) -> None:
    cards(page)
    press(page, "Rename")
    asked(page, "Rename the collection")


def _remove(page: Page) -> None:
    cards(page)
    press(page, "Remove")
    asked(page, "Remove the collection?")


def _empty_trash(page: Page) -> None:
    cards(page)
    press(page, "Empty trash")
    asked(page, "Empty the trash?")


def _purge(page: Page) -> None:
    select(page, 2)
    press(page, "Delete forever", within=".bar")
    asked(page, "Delete for good?")


STATES = (
    State("gallery", "Everything made so far, newest first.", "full", GALLERY, cards),
    State("gallery-hover", "Prompt, model, age and the quick actions.", "full", GALLERY, _hover, on_phone=False),
    State("gallery-select", "Several selected, and what can be done with them.", "full", GALLERY, _selected),
    State("gallery-filters", "All other filters behind one button.", "full", GALLERY, _filters),
    State(
        "gallery-chips",
        "Filters in use, each with a way to take it off.",
        "full",
        f"{GALLERY}?kind=Images&tag=night&model=GPT-4o+Image",
        cards,
    ),
    State("gallery-no-match", "Nothing fits.", "full", GALLERY, _search),
    State("gallery-videos", "Clips only.", "full", f"{GALLERY}?kind=Videos", cards, on_phone=False),
    State("gallery-collection", "One collection.", "full", f"{GALLERY}?collection=Textures", cards),
    State("gallery-working", "What is being made.", "full", WORKING, see(".card .why")),
    State("gallery-failed", "What did not finish.", "broken", FAILED, see(".card .why")),
    State("gallery-trash", "The trash.", "full", TRASH, cards),
    State("gallery-more", "The menu for the gallery as a whole.", "full", GALLERY, _more, on_phone=False),
    State("gallery-deleted", "Deleted a moment ago: one press brings it back.", "full", GALLERY, _deleted, _undo),
    State("gallery-tag", "Tagging the selected.", "full", GALLERY, _tag),
    State("gallery-collect", "Putting the selected into a collection.", "full", GALLERY, _collect, on_phone=False),
    State("gallery-tags", "Looking after tags.", "full", GALLERY, _tags),
    State("gallery-collections", "Looking after collections.", "full", GALLERY, _collections, on_phone=False),
    State(
        "gallery-rename", "Renaming a collection.", "full", f"{GALLERY}?collection=Textures", _rename, on_phone=False
    ),
    State(
        "gallery-remove",
        "Removing a collection keeps its items.",
        "full",
        f"{GALLERY}?collection=Textures",
        _remove,
        on_phone=False,
    ),
    State("gallery-clear", "Clearing everything asks for a word.", "full", GALLERY, _clear),
    State("gallery-empty-trash", "Emptying the trash, too.", "full", TRASH, _empty_trash, on_phone=False),
    State("gallery-purge", "Deleting some for good.", "full", TRASH, _purge, on_phone=False),
    State("gallery-empty", "Nothing made yet.", "new", GALLERY, see(HEADING)),
    State(
        "gallery-no-favorites", "No favorites yet.", "new", f"{GALLERY}?favourites=true", see(HEADING), on_phone=False
    ),
    State("gallery-trash-empty", "An empty trash.", "new", TRASH, see(HEADING), on_phone=False),
    State("gallery-loading", "The first answer is under way.", "full", GALLERY, _slow_answer, _answers, on_phone=False),
    State("gallery-error", "The gallery cannot be read.", "full", GALLERY, _no_answer, _answers),
)
