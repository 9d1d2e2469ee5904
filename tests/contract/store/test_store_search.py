"""Searching prompts: the same results on both databases, with and without an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text, update

from kaimedia.domain import MediaQuery
from kaimedia.store.database.database import Database
from kaimedia.store.media import search, search_index
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA

PROMPTS = (
    "A Red Kite over the red-brick factory",  # 0
    "100% wool_sock, “warm” & dry",  # 1
    "ÄPFEL und Birnen im Café Zürich",  # 2
    "back\\slash path C:\\temp\\new.txt",  # 3
    "Красный змей над домом",  # 4
    "東京タワーの夜景、雨",  # 5
    "แมวนอนหลับบนเตียง",  # 6
    "kite, red and long; don't fly it",  # 7
    "16:9 frame of a 4k-display at 3.5 metres, v2.1",  # 8
    "http://example.com/a/b.png?x=1 mail@example.com",  # 9
    "fox 🦊 jumps→over the lazy dog—twice",  # 10
    "서울의 밤 네온사인",  # 11
    "naïve façade, résumé",  # 12
    "पेड़ के नीचे हिन्दी किताब",  # 13
)
CASES = (
    ("red", {0, 7}),
    ("RED KITE", {0, 7}),
    ('"red kite"', {0}),
    ('"kite red"', {7}),
    ('"red kit"', set()),
    ('"red kite', {0}),
    ("kit re", {0, 7}),
    ("ite", set()),
    ("brick", {0}),
    ("red-brick", {0}),
    ("brick-red", set()),
    ("wool_so", {1}),
    ("sock 100", {1}),
    ("100%", {1}),
    ("warm", {1}),
    ("%", {1}),
    ("_", {1}),
    ("&", {1}),
    ("äpfel", {2}),
    ("apfel birn", {2}),
    ("cafe zurich", {2}),
    ("CAFÉ", {2}),
    ("Cafe\u0301", {2}),
    ("c:\\temp", {3}),
    ("back\\slash", {3}),
    ("new.txt", {3}),
    ("красный", {4}),
    ("КРАС дом", {4}),
    ("東京", {5}),
    ("夜景", {5}),
    ("タワー 雨", {5}),
    ("大阪", set()),
    ("หลับ", {6}),
    ("don't", {7}),
    ("kite OR dog", set()),
    ("kite AND red", {7}),
    ("kite NOT red", set()),
    ("prompt:kite", set()),
    ("kite*", {0, 7}),
    ("NEAR(red kite)", set()),
    ("^red", {0, 7}),
    ("16:9", {8}),
    ("4k display", {8}),
    ("3.5 v2", {8}),
    ("example.com", {9}),
    ("mail@example", {9}),
    ("b.png", {9}),
    ("jumps", {10}),
    ("dog twice", {10}),
    ("서울", {11}),
    ("naive facade resume", {12}),
    ("हिन्दी", {13}),
    ("'; DROP TABLE media; --", set()),
    ("\x00red\x00", {0, 7}),
    ("  ", set(range(14))),
    ("", set(range(14))),
    ("()*:\"'!|<->", set()),
    ("red " * 60, {0, 7}),
)


@pytest.fixture
def filled(stores: Stores, db: Database) -> Stores:
    """A gallery of these prompts; ids start at 1."""
    row = {"media_type": "image", "model": "m", "status": "completed"}
    with db.write() as session:
        session.execute(insert(MEDIA), [row | {"prompt": prompt} for prompt in PROMPTS])
    return stores


def found(stores: Stores, words: str) -> set[int]:
    """The indexes of the matching prompts; checks that page, id index and counts agree."""
    page = stores.media_pages.page(MediaQuery(text=words, limit=100))
    ids = {item.id for item in page.items}
    assert set(stores.gallery_overview.id_index(MediaQuery(text=words)).ids) == ids
    assert page.total == stores.gallery_overview.counts(MediaQuery(text=words)).all == len(ids)
    return {each - 1 for each in ids}


def test_the_table_of_cases(filled: Stores) -> None:
    wrong = {words: got for words, expected in CASES if (got := found(filled, words)) != expected}
    assert not wrong


def test_the_index_follows_the_rows(filled: Stores, db: Database) -> None:
    with db.write() as session:
        session.execute(update(MEDIA).where(MEDIA.c.id == 1).values(prompt="a blue whale"))
        session.execute(delete(MEDIA).where(MEDIA.c.id == 8))
        bare = "INSERT INTO media (media_type, prompt, model, task_id) VALUES ('image', 'a red whale', 'm', 't')"
        session.execute(text(f"{bare} ON CONFLICT DO NOTHING"))
        session.execute(text("UPDATE media SET status = 'completed'"))
    assert found(filled, "red") == {14} and found(filled, "whale") == {0, 14} and found(filled, "kite") == set()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
@example('"')
@example('""')
@example("''")
@example("a\\")
@example("٣ ½ ª")
@example("\u0301")
@example("boat \u0301\u0300")
@example('"\u0301 boat"')
@example("\U0001f98a*")
@example("' | 'a':* & ")
def test_any_query_is_valid(filled: Stores, words: str) -> None:
    found(filled, words.encode("utf-8", "ignore").decode())


@pytest.fixture
def old_file(tmp_path: Path) -> Iterator[Path]:
    """A migrated SQLite database with one row."""
    file = tmp_path / "kaimedia.db"
    db = Database(f"sqlite:///{file}")
    db.upgrade()
    with db.write() as session:
        session.execute(insert(MEDIA).values(media_type="image", model="m", status="completed", prompt="A Red Kite"))
    db.close()
    yield file


def test_a_sqlite_without_fts5_still_writes_and_finds(
    old_file: Path, monkeypatch: pytest.MonkeyPatch, open_database: Callable[[str], Database]
) -> None:
    monkeypatch.setattr(search_index, "has_fts5", lambda _connection: False)
    db = open_database(f"sqlite:///{old_file}")
    db.upgrade()
    with closing(sqlite3.connect(old_file)) as connection:
        assert connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'media_words%'"
        ).fetchone() == (0,)
    with db.write() as session:
        session.execute(insert(MEDIA).values(media_type="image", model="m", status="completed", prompt="blue kite"))
    stores = Stores(db)
    assert found(stores, "kite") == {0, 1} and found(stores, "ed ki") == {0} and found(stores, "blue kite") == {1}
    monkeypatch.undo()
    db.upgrade()  # a build with FTS5 again: rows written in between are found
    assert found(Stores(db), "kite") == {0, 1} and found(Stores(db), "ite") == set()


def test_parsing_a_query() -> None:
    search_query = search.parse('red-brick "old town" 東京 café "x')
    assert search_query.phrases == (
        search.Phrase(("red", "brick"), is_open=True),
        search.Phrase(("old", "town"), is_open=False),
        search.Phrase(("café",), is_open=True),
        search.Phrase(("x",), is_open=False),
    )
    assert search_query.substrings == ("東京",)
