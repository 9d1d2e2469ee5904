"""The scripts of Streamlit that a page preloads are there, with all they import."""

from __future__ import annotations

import pytest

from kaimedia.ui import page_chunks
from kaimedia.ui.page_list import PAGE_NAMES


@pytest.mark.parametrize("page", PAGE_NAMES)
def test_every_element_of_a_page_has_its_script(page: str) -> None:
    names = page_chunks.of(page)
    for element in (*page_chunks.EVERYWHERE, *page_chunks.OF_PAGE.get(page, ())):
        assert [name for name in names if name.startswith(f"{element}.")], element
    assert len(names) == len(set(names)) and all((page_chunks.FOLDER / name).is_file() for name in names)


def test_what_a_script_imports_is_included() -> None:
    names = page_chunks.of("gallery")
    for name in names:
        text = (page_chunks.FOLDER / name).read_text(encoding="utf-8")
        assert set(page_chunks.IMPORT.findall(text)) <= set(names), name
    assert set(page_chunks.OF_PAGE) <= set(PAGE_NAMES)
