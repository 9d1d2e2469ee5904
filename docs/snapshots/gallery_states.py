"""The states of Gallery."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from docs.snapshots.state import (
    FAILED,
    GALLERY,
    TRASH,
    WORKING,
    State,
    cards,
    escape,
    from_more,
    nothing,
    press,
    see,
    select,
    wait_for_dialog,
)

HEADING = ".note h2"
FAVORITES = f"{GALLERY}?favorites=true"  # with this filter, the page's HTML has no first items


def _deselect(page: Page) -> None:
    press(page, "Clear selection", within=".bar")
    page.locator(".bar").get_by_text("selected").wait_for(state="hidden")


def _close_and_deselect(page: Page) -> None:
    escape(page)
    _deselect(page)


def _no_search(page: Page) -> None:
    page.get_by_label("Search prompts").fill("")
    cards(page)


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
    wait_for_dialog(page, "Add tags")


def _collect(page: Page) -> None:
    select(page, 2)
    press(page, "Add to collection", within=".bar")
    wait_for_dialog(page, "Add to a collection")


def _clear(page: Page) -> None:
    cards(page)
    press(page, "More")
    page.get_by_role("menuitem", name="Clear all").click()
    wait_for_dialog(page, "Clear the whole gallery?")


def _tags(page: Page) -> None:
    cards(page)
    from_more(page, "Tags")
    wait_for_dialog(page, "Tags")


def _collections(page: Page) -> None:
    cards(page)
    from_more(page, "Collections")
    wait_for_dialog(page, "Collections")


def _rename(page: Page) -> None:
    cards(page)
    press(page, "Rename")
    wait_for_dialog(page, "Rename the collection")


def _delete_collection(page: Page) -> None:
    cards(page)
    press(page, "Delete")
    wait_for_dialog(page, "Delete the collection?")


def _empty_trash(page: Page) -> None:
    cards(page)
    press(page, "Empty trash")
    wait_for_dialog(page, "Empty the trash?")


def _purge(page: Page) -> None:
    select(page, 2)
    press(page, "Delete forever", within=".bar")
    wait_for_dialog(page, "Delete forever?")


STATES = (
    State("gallery", "Everything made so far, newest first.", "full", GALLERY, cards, back=nothing),
    State(
        "gallery-hover",
        "Prompt, model, age and the quick actions.",
        "full",
        GALLERY,
        _hover,
        on_phone=False,
        back=lambda page: page.mouse.move(0, 0),
    ),
    State("gallery-select", "Several selected items and their actions.", "full", GALLERY, _selected, back=_deselect),
    State("gallery-filters", "The Filters popover.", "full", GALLERY, _filters, back=escape),
    State(
        "gallery-chips",
        "Active filters as removable chips.",
        "full",
        f"{GALLERY}?kind=Images&tag=night&model=GPT-4o+Image",
        cards,
    ),
    State("gallery-no-match", "No matches.", "full", GALLERY, _search, back=_no_search),
    State("gallery-videos", "Videos only.", "full", f"{GALLERY}?kind=Videos", cards, on_phone=False),
    State("gallery-collection", "One collection.", "full", f"{GALLERY}?collection=Textures", cards, back=nothing),
    State("gallery-working", "Running tasks.", "full", WORKING, see(".card .why")),
    State("gallery-failed", "Failed tasks.", "broken", FAILED, see(".card .why"), back=nothing),
    State("gallery-trash", "The trash.", "full", TRASH, cards, back=nothing),
    State("gallery-more", "The More menu.", "full", GALLERY, _more, on_phone=False, back=escape),
    State("gallery-deleted", "Just deleted, with Undo.", "full", GALLERY, _deleted, _undo, back=nothing),
    State("gallery-tag", "Tagging the selection.", "full", GALLERY, _tag, back=_close_and_deselect),
    State(
        "gallery-collect",
        "Adding the selection to a collection.",
        "full",
        GALLERY,
        _collect,
        on_phone=False,
        back=_close_and_deselect,
    ),
    State("gallery-tags", "Managing tags.", "full", GALLERY, _tags, back=escape),
    State("gallery-collections", "Managing collections.", "full", GALLERY, _collections, on_phone=False, back=escape),
    State(
        "gallery-rename",
        "Renaming a collection.",
        "full",
        f"{GALLERY}?collection=Textures",
        _rename,
        on_phone=False,
        back=escape,
    ),
    State(
        "gallery-delete-collection",
        "Deleting a collection keeps its items.",
        "full",
        f"{GALLERY}?collection=Textures",
        _delete_collection,
        on_phone=False,
        back=escape,
    ),
    State("gallery-clear", "Clearing the gallery needs a typed word.", "full", GALLERY, _clear, back=escape),
    State(
        "gallery-empty-trash",
        "Emptying the trash needs one, too.",
        "full",
        TRASH,
        _empty_trash,
        on_phone=False,
        back=escape,
    ),
    State(
        "gallery-purge",
        "Permanently deleting some items.",
        "full",
        TRASH,
        _purge,
        on_phone=False,
        back=_close_and_deselect,
    ),
    State("gallery-empty", "An empty gallery.", "new", GALLERY, see(HEADING)),
    State("gallery-no-favorites", "No favorites yet.", "new", FAVORITES, see(HEADING), on_phone=False),
    State("gallery-trash-empty", "An empty trash.", "new", TRASH, see(HEADING), on_phone=False),
    State("gallery-loading", "Loading.", "full", FAVORITES, _slow_answer, _answers, on_phone=False),
    State("gallery-error", "The gallery could not be loaded.", "full", FAVORITES, _no_answer, _answers),
)
