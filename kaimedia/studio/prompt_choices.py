"""Many prompts in one text: one on each line, with choices such as `a {red|blue} car`.

Groups multiply and may be nested. `\\{`, `\\|` and `\\}` are those characters themselves; a group without `|`, and a
brace without its counterpart, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from kaimedia.domain import MAX_BATCH_TASKS
from kaimedia.errors import InvalidRequest
from kaimedia.models.validation import has_visible

MAX_NESTING = 20
COUNT_CAP = 1_000_000  # larger numbers of prompts are not counted exactly
_ESCAPED = frozenset("{|}")


@dataclass(frozen=True, slots=True)
class _Group:
    """Alternatives, each a sequence of texts and groups."""

    alternatives: tuple[_Sequence, ...]


_Sequence = tuple["str | _Group", ...]


@dataclass(slots=True)
class _Open:
    """A group whose closing brace has not been read; at the bottom of the stack, the whole text."""

    closed: list[_Sequence] = field(default_factory=list)
    current: list[str | _Group] = field(default_factory=list)

    def alternatives(self) -> list[_Sequence]:
        return [*self.closed, tuple(self.current)]


def count(text: str) -> int:
    """How many prompts a text of many lines makes, at most `COUNT_CAP`. Raises InvalidRequest as `prompts`."""
    return min(COUNT_CAP, sum(_count(sequence) for sequence in _parsed_lines(text)))


def prompts(text: str, most: int = MAX_BATCH_TASKS) -> list[str]:
    """The prompts of a text: those of the first line first, the first choice of a line varying slowest.

    Raises:
        InvalidRequest: there are more than `most`, or groups are nested too deeply; the field is `prompt`.
    """
    sequences = list(_parsed_lines(text))
    total = sum(_count(sequence) for sequence in sequences)
    if total > most:
        number = "more than a million" if total >= COUNT_CAP else f"{total:,}"
        raise InvalidRequest(f"The lines and choices make {number} prompts; up to {most} are possible.", field="prompt")
    return [prompt for sequence in sequences for prompt in _texts(sequence)]


def choices(line: str, most: int = MAX_BATCH_TASKS) -> list[str]:
    """The same for a single prompt, which may have line breaks; an empty one stays one."""
    sequence = _parsed(line)
    if _count(sequence) > most:
        raise InvalidRequest(f"The choices make more than {most} prompts.", field="prompt")
    return list(_texts(sequence))


def _parsed_lines(text: str) -> Iterator[_Sequence]:
    return (_parsed(line.strip()) for line in text.splitlines() if has_visible(line))


def _parsed(text: str) -> _Sequence:
    stack = [_Open()]
    characters = iter(enumerate(text))
    for place, character in characters:
        top = stack[-1]
        if character == "\\" and text[place + 1 : place + 2] in _ESCAPED:
            top.current.append(next(characters)[1])
        elif character == "{":
            if len(stack) > MAX_NESTING:
                raise InvalidRequest(f"Choices can be nested up to {MAX_NESTING} deep.", field="prompt")
            stack.append(_Open())
        elif character == "|" and len(stack) > 1:
            top.closed.append(tuple(top.current))
            top.current = []
        elif character == "}" and len(stack) > 1:
            _close(stack.pop(), stack[-1].current)
        else:
            top.current.append(character)
    while len(stack) > 1:  # braces that were never closed
        _as_text(stack.pop(), stack[-1].current, "")
    return tuple(stack[0].current)


def _close(group: _Open, into: list[str | _Group]) -> None:
    if group.closed:
        into.append(_Group(tuple(group.alternatives())))
    else:
        _as_text(group, into, "}")


def _as_text(group: _Open, into: list[str | _Group], end: str) -> None:
    """Add what was read of a group as plain text, with the groups in it."""
    into.append("{")
    for index, alternative in enumerate(group.alternatives()):
        if index:
            into.append("|")
        into.extend(alternative)
    into.append(end)


def _count(sequence: _Sequence) -> int:
    total = 1
    for part in sequence:
        if isinstance(part, _Group):
            total = min(COUNT_CAP, total * sum(map(_count, part.alternatives)))
    return total


def _texts(sequence: Sequence[str | _Group]) -> Iterator[str]:
    options = [[part] if isinstance(part, str) else _all_of(part) for part in _joined(sequence)]
    return ("".join(chosen) for chosen in product(*options))


def _all_of(group: _Group) -> list[str]:
    return [text for alternative in group.alternatives for text in _texts(alternative)]


def _joined(sequence: Sequence[str | _Group]) -> Iterator[str | _Group]:
    """The same with neighboring texts as one."""
    text: list[str] = []
    for part in sequence:
        if isinstance(part, str):
            text.append(part)
            continue
        yield "".join(text)
        text.clear()
        yield part
    yield "".join(text)
