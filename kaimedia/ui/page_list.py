"""The pages of the app; a page is added here and as a script in `pages/`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page: `name` is its script in `pages/` and its URL, `icon` a Material symbol."""

    name: str
    title: str
    icon: str


# In the order of the menu; the first is shown at the app's own address.
PAGE_LIST = (
    PageEntry("generate", "Generate", "auto_awesome"),
    PageEntry("gallery", "Gallery", "photo_library"),
    PageEntry("spending", "Spending", "payments"),
    PageEntry("settings", "Settings", "tune"),
)
PAGE_NAMES = tuple(page.name for page in PAGE_LIST)
HOME = PAGE_NAMES[0]
APP_TITLE = "Kai.ai Media Generator"  # of every page, in the browser's tab
