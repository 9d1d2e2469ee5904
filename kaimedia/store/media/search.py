"""Turn a search query into a condition on prompts, the same on both databases.

Each word matches the beginning of a word in the prompt; quoted words match whole words in that order. Case and
accents are ignored. Text in scripts without spaces between words matches anywhere in the prompt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, func, literal, literal_column, select, table, text
from sqlalchemy.types import Boolean

from kaimedia.store.tables import MEDIA

MAX_SEARCH_WORDS = 32
INDEX_TABLE = "media_words"
POSTGRES_COLUMN = "prompt_words"
# The prompt as PostgreSQL indexes it: accents removed, a space for everything that is neither letter nor digit, so
# that its parser sees only words, not URLs, file names and signed numbers.
_SEPARATORS = (
    r"[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3008-\u3020\U0001F000-\U0001FAFF]+"
)
POSTGRES_TERMS = (
    "to_tsvector('simple', regexp_replace(normalize(regexp_replace(normalize(prompt, NFD),"
    rf" '[\u0300-\u036f]', '', 'g'), NFC), '{_SEPARATORS}', ' ', 'g'))"
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_PARTS = re.compile(r'"([^"]*)"?|([^\s"]+)')
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # Han radicals, kana, Bopomofo
    (0x3190, 0xA4CF),  # Han, kana extensions, Yi
    (0xF900, 0xFAFF),  # Han compatibility
    (0xFF65, 0xFF9F),  # halfwidth kana
    (0x1AFF0, 0x1B16F),  # kana supplements
    (0x20000, 0x3FFFF),  # Han extensions
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Consecutive words; with `is_open` the last one may be only the beginning of a word."""

    words: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search query: all phrases and all substrings must match."""

    phrases: tuple[Phrase, ...]
    substrings: tuple[str, ...]


def parse(query: str) -> Search:
    """Parse a search query; never fails. At most `MAX_SEARCH_WORDS` parts are used."""
    phrases: list[Phrase] = []
    substrings: list[str] = []
    normalized = unicodedata.normalize("NFC", query.replace("\x00", " ")).strip()
    for quoted, plain in list(_PARTS.findall(normalized))[:MAX_SEARCH_WORDS]:
        part = (quoted or plain).strip()
        words = _words(part)
        if any(_is_unspaced(word) for word in words):
            substrings.append(part)
        elif words:
            phrases.append(Phrase(words, is_open=not quoted))
    if not phrases and not substrings and normalized:
        substrings.append(normalized)  # only punctuation or symbols
    return Search(tuple(phrases), tuple(substrings))


def _words(part: str) -> tuple[str, ...]:
    words = "".join(char if _is_word_char(char) else " " for char in part).split()
    # One that is nothing but accents would be an empty word for PostgreSQL, a syntax error.
    return tuple(word for word in words if _without_accents(word))[:MAX_SEARCH_WORDS]


def _is_word_char(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNM" or category == "Co"


def _is_unspaced(word: str) -> bool:
    return any(first <= ord(char) <= last for char in word for first, last in _UNSPACED)


def condition(query: str, dialect: str, *, has_index: bool) -> ColumnElement[bool] | None:
    """The condition for matching prompts, None for an empty query. Without an index, words match anywhere."""
    search = parse(query)
    found: list[ColumnElement[bool]] = []
    if search.phrases and not has_index:
        found += [MEDIA.c.prompt.icontains(" ".join(each.words), autoescape=True) for each in search.phrases]
    elif search.phrases and dialect == "postgresql":
        words: ColumnElement[Any] = literal_column(f"hit.{POSTGRES_COLUMN}")
        fits = words.op("@@", return_type=Boolean())(func.to_tsquery(text("'simple'"), _tsquery(search.phrases)))
        row = MEDIA.alias("hit")
        # OFFSET 0 is an optimization fence: otherwise PostgreSQL may scan the listing and read every prompt.
        found.append(MEDIA.c.id.in_(select(row.c.id).where(fits).offset(0)))
    elif search.phrases:
        match = literal_column(INDEX_TABLE).op("MATCH", return_type=Boolean())(literal(_fts5(search.phrases)))
        hits: Select[Any] = select(literal_column("rowid")).select_from(table(INDEX_TABLE)).where(match)
        # The plus keeps SQLite from looking up every hit in the table: it scans the listing's own index
        # in order and checks which rows are hits.
        found.append(literal_column("+media.id", Integer).in_(hits))
    found += [_contains(substring, dialect) for substring in search.substrings]
    return and_(*found) if found else None


def _contains(substring: str, dialect: str) -> ColumnElement[bool]:
    if substring.lower() != substring.upper():
        return MEDIA.c.prompt.icontains(substring, autoescape=True)
    find = func.strpos if dialect == "postgresql" else func.instr  # several times faster if case does not matter
    return find(MEDIA.c.prompt, substring) > 0


def _fts5(phrases: tuple[Phrase, ...]) -> str:
    return " AND ".join(f'"{" ".join(each.words)}"{"*" if each.is_open else ""}' for each in phrases)


def _tsquery(phrases: tuple[Phrase, ...]) -> str:
    def one(phrase: Phrase) -> str:
        quoted = [f"'{_without_accents(word)}'" for word in phrase.words]
        quoted[-1] += ":*" if phrase.is_open else ""
        return f"({' <-> '.join(quoted)})"

    return " & ".join(one(each) for each in phrases)


def _without_accents(word: str) -> str:
    """Remove accents, as PostgreSQL's index does; SQLite's tokenizer does this itself."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
