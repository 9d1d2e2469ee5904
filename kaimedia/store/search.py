"""Words of a person as a condition on prompts, the same on both databases.

Every word is the beginning of a word of the prompt; words in quotes stand there whole and in that order. Case and
accents make no difference. Scripts that put no spaces between words are found anywhere in the prompt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, func, literal, literal_column, select, table, text
from sqlalchemy.types import Boolean

from kaimedia.store.tables import MEDIA

MAX_WORDS = 32
INDEX_TABLE = "media_words"
POSTGRES_COLUMN = "prompt_words"
# The prompt as PostgreSQL keeps it for the search: accents off, a blank for whatever is neither letter nor digit, so
# that its parser sees words only, not addresses, file names and numbers with signs.
_SIGNS = (
    r"[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3008-\u3020\U0001F000-\U0001FAFF]+"
)
POSTGRES_WORDS = (
    "to_tsvector('simple', regexp_replace(normalize(regexp_replace(normalize(prompt, NFD),"
    rf" '[\u0300-\u036f]', '', 'g'), NFC), '{_SIGNS}', ' ', 'g'))"
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
    """Words that follow each other; the last may go on when `is_open`."""

    words: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Search:
    """What a person looks for: all phrases, and all pieces of text as they stand."""

    phrases: tuple[Phrase, ...]
    pieces: tuple[str, ...]


def read(asked: str) -> Search:
    """Take apart what was typed; never fails. At most `MAX_WORDS` parts count."""
    phrases: list[Phrase] = []
    pieces: list[str] = []
    given = unicodedata.normalize("NFC", asked.replace("\x00", " ")).strip()
    for quoted, plain in list(_PARTS.findall(given))[:MAX_WORDS]:
        part = (quoted or plain).strip()
        words = _words(part)
        if any(_is_unspaced(word) for word in words):
            pieces.append(part)
        elif words:
            phrases.append(Phrase(words, is_open=not quoted))
    if not phrases and not pieces and given:
        pieces.append(given)  # nothing but signs
    return Search(tuple(phrases), tuple(pieces))


def _words(part: str) -> tuple[str, ...]:
    return tuple("".join(each if _is_of_a_word(each) else " " for each in part).split())[:MAX_WORDS]


def _is_of_a_word(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LNM" or category == "Co"


def _is_unspaced(word: str) -> bool:
    return any(first <= ord(sign) <= last for sign in word for first, last in _UNSPACED)


def condition(asked: str, dialect: str, *, has_index: bool) -> ColumnElement[bool] | None:
    """Prompts that fit, None when nothing was asked. Without an index every word is looked for anywhere."""
    search = read(asked)
    found: list[ColumnElement[bool]] = []
    if search.phrases and not has_index:
        found += [MEDIA.c.prompt.icontains(" ".join(each.words), autoescape=True) for each in search.phrases]
    elif search.phrases and dialect == "postgresql":
        words: ColumnElement[Any] = literal_column(f"hit.{POSTGRES_COLUMN}")
        fits = words.op("@@", return_type=Boolean())(func.to_tsquery(text("'simple'"), _tsquery(search.phrases)))
        row = MEDIA.alias("hit")
        # The offset is a fence: else PostgreSQL, guessing at how many fit, may walk a listing and read every prompt.
        found.append(MEDIA.c.id.in_(select(row.c.id).where(fits).offset(0)))
    elif search.phrases:
        match = literal_column(INDEX_TABLE).op("MATCH", return_type=Boolean())(literal(_fts5(search.phrases)))
        hits: Select[Any] = select(literal_column("rowid")).select_from(table(INDEX_TABLE)).where(match)
        # The plus keeps SQLite from looking up every hit in the table: it goes through the listing's own index,
        # in order, and asks which rows are hits.
        found.append(literal_column("+media.id", Integer).in_(hits))
    found += [_contains(piece, dialect) for piece in search.pieces]
    return and_(*found) if found else None


def _contains(piece: str, dialect: str) -> ColumnElement[bool]:
    if piece.lower() != piece.upper():
        return MEDIA.c.prompt.icontains(piece, autoescape=True)
    find = func.strpos if dialect == "postgresql" else func.instr  # several times as quick where case is no matter
    return find(MEDIA.c.prompt, piece) > 0


def _fts5(phrases: tuple[Phrase, ...]) -> str:
    return " AND ".join(f'"{" ".join(each.words)}"{"*" if each.is_open else ""}' for each in phrases)


def _tsquery(phrases: tuple[Phrase, ...]) -> str:
    def one(phrase: Phrase) -> str:
        quoted = [f"'{_without_accents(word)}'" for word in phrase.words]
        quoted[-1] += ":*" if phrase.is_open else ""
        return f"({' <-> '.join(quoted)})"

    return " & ".join(one(each) for each in phrases)


def _without_accents(word: str) -> str:
    """As the index has it; SQLite's does that by itself."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
