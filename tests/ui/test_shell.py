"""The frame: error boundary, notices, texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia import runtime
from kaimedia.errors import StoreUnavailable
from kaimedia.ui import reads, ui_text
from tests.ui.conftest import MAIN, texts


@pytest.fixture(autouse=True)
def _no_page_failed() -> None:
    """These tests make pages fail on purpose."""


def test_a_known_error_is_shown_with_its_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed() -> None:
        raise StoreUnavailable("The database cannot be reached.")

    monkeypatch.setattr(runtime, "studio", closed)
    shown = texts(AppTest.from_file(str(MAIN), default_timeout=20).run())
    assert "The database cannot be reached." in shown
    assert "Check the database and the disk" in shown


def test_an_unknown_error_shows_an_id_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(runtime, "studio", broken)
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    shown = texts(app)
    assert not app.exception
    assert "Something went wrong here. Error ID" in shown and "secret" not in shown
    error_id = shown.split("Error ID ")[1][:8]
    assert error_id in caplog.text and "a secret detail" in caplog.text


def test_there_are_enough_ideas_and_none_twice() -> None:
    for modality in ("image", "video"):
        ideas = reads.ideas(modality)
        assert len(ideas) >= 30 and len(set(ideas)) == len(ideas)
        assert all(len(idea) <= 200 for idea in ideas)


def test_no_style_or_script_names_another_host() -> None:
    folder = Path(reads.__file__).parent
    for file in (*folder.rglob("*.css"), *folder.rglob("*.js")):
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")  # a name, not a place
        followed = re.sub(r"href: 'https://kie\.ai/[a-z]*'", "", text)  # a link to press is not fetched
        assert "//" not in followed.replace("// ", ""), file


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (-5, "0 s")]
)
def test_elapsed(seconds: float, expected: str) -> None:
    assert ui_text.elapsed(seconds) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [(0, "0 B"), (999, "999 B"), (640_000, "640 KB"), (1_200_000_000, "1.2 GB"), (5e12, "5.0 TB")]
)
def test_file_size(size: float, expected: str) -> None:
    assert ui_text.file_size(size) == expected


def test_markdown_in_messages_is_harmless() -> None:
    assert ui_text.plain_markdown("[x](http://a) **b** :red[c]") == (r"\[x\]\(http\://a\) \*\*b\*\* \:red\[c\]")
    assert ui_text.one_line("a\n\n b  c") == "a b c"
    assert len(ui_text.one_line("x" * 500)) == 160
