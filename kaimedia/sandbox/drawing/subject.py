"""Find a prompt's subject and the scene that can draw it.

A scene is chosen only when it shows the prompt's subject: the first noun phrase ends in one of the scene's words.
A mere mention ("a fox in a forest", "a desert fox") does not count, since it would give a forest without a fox.
All other prompts are set in type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kaimedia.sandbox.drawing.scenes import SCENES, Scene
from kaimedia.sandbox.drawing.scenes.lettering import Lettering
from kaimedia.sandbox.drawing.scenes.subjects import FRAMES, HINTS, WORDS

_PHRASES = {
    "northern lights": "northernlights",
    "black and white": "blackandwhite",
    "black & white": "blackandwhite",
    "golden hour": "sunset",
    "blue hour": "dusk",
    "stained glass": "stainedglass",
    "gas giant": "planet",
}
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[,;:.!?()\n|/–—]")
_ARTICLE_WORDS = "a an the this that my our your their some two three four five six many few"
_AFTER_NOUN_WORDS = (
    "of in on at over under with by through from beside behind near into across above below during after before as "
    "while among between beneath inside outside against around along about for like made seen lit without and or to "
    "where who which is are reads"
)
_NOUNS_IN_ING = "painting building morning evening spring wedding string lightning"
_ARTICLES = frozenset(_ARTICLE_WORDS.split())
_AFTER_NOUN = frozenset(_AFTER_NOUN_WORDS.split())
_NOT_PARTICIPLES = frozenset(_NOUNS_IN_ING.split())


def scene_for(prompt: str) -> type[Scene]:
    """The scene that shows the prompt's subject; `Lettering` if none does."""
    clause = _subject(prompt)
    matches = [kind for kind in SCENES if _shows(kind, clause)]
    if not matches:
        return Lettering
    words = parts_of(terms_of(prompt))
    return max(matches, key=lambda kind: _score(kind, words))


def terms_of(prompt: str) -> list[str]:
    """Lower-case words in order, in the singular, known phrases joined."""
    return [_singular(token) for token in _tokens(prompt) if token[0].isalnum()]


def parts_of(words: Sequence[str]) -> list[str]:
    """The words; each hyphenated one is followed by its parts."""
    return [part for word in words for part in ([word, *word.split("-")] if "-" in word else [word])]


def _tokens(prompt: str) -> list[str]:
    text = prompt.casefold()
    for phrase, word in _PHRASES.items():
        text = text.replace(phrase, f" {word} ")
    return _WORD.findall(text)


def _subject(prompt: str) -> list[str]:
    """The words of the first noun phrase that names a subject, e.g. "mountain" in "aerial photo of misty mountains"."""
    for clause in _clauses(prompt):
        words = [_singular(word) for word in clause if word not in _ARTICLES]
        if any(word not in FRAMES for word in words):
            return words
    return []


def _clauses(prompt: str) -> Iterator[list[str]]:
    clause: list[str] = []
    for token in _tokens(prompt):
        is_next_phrase = bool(clause) and (token in _ARTICLES or _is_participle(token))
        ends = not token[0].isalnum() or token in _AFTER_NOUN or is_next_phrase
        if not ends:
            clause.append(token)
        elif clause:
            yield clause
            clause = []
    if clause:
        yield clause


def _is_participle(word: str) -> bool:
    return len(word) > 5 and word.endswith("ing") and word not in _NOT_PARTICIPLES


def _shows(kind: type[Scene], clause: Sequence[str]) -> bool:
    subjects, hints = _SUBJECTS[kind]
    words = parts_of(clause)
    return any(word in subjects for word in words) and (words[-1] in subjects or words[-1] in hints)


def _score(kind: type[Scene], words: Sequence[str]) -> float:
    subjects, hints = _SUBJECTS[kind]
    # Earlier words count a little more: a prompt usually starts with its subject.
    points = sum(3.0 - at * 0.01 for at, word in enumerate(words[:60]) if word in subjects)
    return points + sum(1.0 for word in set(words) if word in hints)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


_SUBJECTS = {
    kind: tuple(frozenset(_singular(word) for word in table[kind.__name__.lower()].split()) for table in (WORDS, HINTS))
    for kind in SCENES
}
