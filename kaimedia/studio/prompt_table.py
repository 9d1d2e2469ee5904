"""Requests from a CSV file: one row each, its columns named like the fields of a request."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaimedia.domain import MAX_BATCH_TASKS, GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.model_catalog import SHIPPED, ModelCatalog
from kaimedia.models.param_text import from_text
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.validation import validate
from kaimedia.studio import prompt_choices

FIELD = "csv"  # of all errors
MAX_BYTES = 2_000_000
SHARED = ("prompt", "model", "aspect_ratio", "duration_s", "variants")
_WHOLE = frozenset({"duration_s", "variants"})
_DELIMITERS = (",", ";", "\t")

Base = Callable[[ModelSpec], GenerationRequest]


@dataclass(frozen=True, slots=True)
class _Row:
    number: int  # as in a spreadsheet: the header is row 1
    cells: dict[str, str]  # those that are not empty


def requests_of(
    data: bytes, model_id: str, base: Base, around: Callable[[str], str] = str, models: ModelCatalog = SHIPPED
) -> list[GenerationRequest]:
    """The valid requests of a file, in its order; a prompt with choices makes several.

    `model_id` is the model of rows that name none. `base` gives the request that a row's cells change; `around` adds
    a style to a prompt.

    Raises:
        InvalidRequest: naming row and column, or what is wrong with the file.
    """
    found: list[GenerationRequest] = []
    for row in _rows(_text(data), models):
        try:
            found += _requests(row, models.get(row.cells.get("model", model_id)), base, around)
        except InvalidRequest as error:
            step = error.next_step if error.has_own_step else None
            text = f"Row {row.number}, {error.field}: {error.message}"
            raise InvalidRequest(text, field=FIELD, next_step=step) from error
        if len(found) > MAX_BATCH_TASKS:
            raise _refused(f"The file makes more than {MAX_BATCH_TASKS} tasks (at row {row.number}). Split it.")
    if not found:
        raise _refused("The file has a header row but no other rows.")
    return found


def _requests(row: _Row, spec: ModelSpec, base: Base, around: Callable[[str], str]) -> Iterator[GenerationRequest]:
    request = base(spec)
    values: dict[str, Any] = {name: row.cells[name] for name in SHARED[2:] if name in row.cells}
    for name in _WHOLE.intersection(values):
        values[name] = _whole(values[name], name)
    params = dict(request.params)
    for name, text in row.cells.items():
        if name not in SHARED:
            param = spec.param(name)
            params[name] = text if param is None else from_text(param, text)
    typed = row.cells.get("prompt", "")
    if not typed and spec.prompt_use is PromptUse.REQUIRED:
        raise InvalidRequest("Write a prompt.", field="prompt")
    for prompt in prompt_choices.choices(typed):
        own = around(prompt) if prompt else prompt
        yield validate(spec, replace(request, model=spec.id, prompt=own, params=params, **values))


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidRequest(f"“{text[:40]}” is not a whole number.", field=name)
    return int(text)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _refused(f"The file has more than {MAX_BYTES // 1_000_000} MB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("The file is not UTF-8. Save it as “CSV UTF-8”.") from error


def _rows(text: str, models: ModelCatalog) -> Iterator[_Row]:
    records = _records(text, _delimiter(text))
    header = _header(next(records, []), models)
    for number, record in enumerate(records, start=2):
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        if len(cells) > len(header):
            raise _refused(
                f"Row {number} has {len(cells)} cells, the header {len(header)}. Put quotes around text with commas."
            )
        yield _Row(number, {name: cell for name, cell in zip(header, cells, strict=False) if cell})


def _header(cells: Sequence[str], models: ModelCatalog) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    known = {param.name.casefold(): param.name for spec in models.all_models() for param in spec.params}
    known |= {name: name for name in SHARED}
    if not any(name in known for name in names):
        raise _refused("The first row must name the columns; at least “prompt”.")
    for name in names:
        if name not in known:
            shown = f"“{name[:40]}”" if name else "without a name"
            raise _refused(
                f"Row 1: there is no column {shown}. Columns are {', '.join(SHARED)} and a model’s own fields."
            )
        if names.count(name) > 1:
            raise _refused(f"Row 1: the column “{name}” is there twice.")
    return [known[name] for name in names]


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _refused(f"Line {reader.line_num} is not valid CSV: {error}.") from error
        if record is None:
            return
        yield record


def _delimiter(text: str) -> str:
    """The one that splits the header into most columns."""
    first = next(iter(text.splitlines()), "")
    return max(_DELIMITERS, key=first.count)


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, field=FIELD)
