"""The gallery's first items in the page's HTML: drawn before Streamlit's scripts have run, until the grid is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from kaimedia import runtime
from kaimedia.domain import MediaQuery
from kaimedia.errors import KaimediaError
from kaimedia.studio import Studio
from kaimedia.ui.components import component_files, media_grid
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.web.gallery import items
from kaimedia.web.gallery.query import PAGE_ITEMS


def html(params: Mapping[str, str], sign_in: str) -> str:
    """Elements for the page with these query parameters, for whoever has this sign-in; "" without a first window.

    There is none while the app is not open, for an empty gallery, and where more than the toolbar is above the grid.
    """
    studio, query = runtime.opened_studio(), gallery_query.of_address(params)
    if studio is None or query is None:
        return ""
    try:
        first = _document(studio, query, sign_in)
    except KaimediaError:  # the page says so
        return ""
    if not first["items"] or studio.trash.missing_listing.count():
        return ""
    text = json.dumps(first, separators=(",", ":")).replace("<", "\\u003c")  # so that no text ends the element
    folder = f"./{component_files.PREFIX}"
    return (
        '<div class="kai-first-items kai-first-paint" aria-hidden="true"><div></div></div>'
        f'<script type="application/json" id="kai-first-window">{text}</script>'
        f'<script type="module" fetchpriority="high" src="{folder}/{media_grid.FIRST_WINDOW}"></script>'
        f'<link rel="modulepreload" fetchpriority="low" href="{folder}/{media_grid.FILE}">'
    )


def _document(studio: Studio, query: MediaQuery, sign_in: str) -> dict[str, Any]:
    """What the gallery API answers for the first page, and what the grid compares with Python's data."""
    change_count = studio.gallery.change_count()  # before reading: a change in between is noticed
    found, next_cursor = studio.gallery.window(replace(query, limit=PAGE_ITEMS))
    labels = {spec.id: spec.label for spec in studio.catalog.models()}
    address_of = partial(items.address, sign_in=sign_in)
    return {
        "query": gallery_query.query_string(query),
        "rev": change_count,
        "key": runtime.gallery_key(sign_in),
        "items": [items.item(each, labels, address_of=address_of) for each in found],
        "more": next_cursor is not None,
    }
