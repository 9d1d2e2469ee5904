"""Check the value of one of a model's own fields, with a readable message for each problem."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from kaimedia.errors import InvalidRequest
from kaimedia.models.params import LARGEST_NUMBER, Param, ParamKind

# Control characters and lone surrogates: models ignore them, and databases and JSON encoders fail on them. They come
# from bytes that are not UTF-8. What the user meant is unknown, so text that contains one is never sent.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85]")
_STEP_TOLERANCE = 1e-6
_DEEPEST = 8  # no field of any model has more levels


def valid_value(label: str, param: Param, value: Any) -> Any:
    """The value as it is stored. `label` names the model in errors.

    Raises:
        InvalidRequest: `field` is the param's name.
    """
    match param.kind:
        case ParamKind.CHOICE:
            return _choice(label, param, value)
        case ParamKind.NUMBER:
            return _number(param, value)
        case ParamKind.TEXT | ParamKind.TASK:
            return _text(param, value)
        case ParamKind.LIST:
            return _items(param, value, lambda item: _item(param, item))
        case ParamKind.OBJECTS:
            return _items(param, value, lambda item: _object(param, item))
    if not isinstance(value, bool):
        raise InvalidRequest(f"“{param.label}” must be true or false, not {shown(value)}.", field=param.name)
    return value


def _items(param: Param, value: Any, check: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidRequest(f"“{param.label}” must be a list.", field=param.name)
    if len(value) > (len(value) if param.max_items is None else param.max_items):
        raise InvalidRequest(
            f"“{param.label}” takes up to {param.max_items} entries, not {len(value)}.", field=param.name
        )
    if value and len(value) < param.min_items:
        raise InvalidRequest(f"“{param.label}” needs at least {param.min_items} entries.", field=param.name)
    return [check(item) for item in value]


def _item(param: Param, item: Any) -> Any:
    if param.is_whole:
        if not is_whole(item):
            raise InvalidRequest(f"“{param.label}” takes whole numbers, not {shown(item)}.", field=param.name)
        return item
    return _text(param, item)


def _object(param: Param, item: Any) -> Any:
    if not param.item:  # a list of lists of numbers
        if not isinstance(item, list):
            raise InvalidRequest(f"Each entry of “{param.label}” must be a list.", field=param.name)
        return _inside(param, item)
    if not isinstance(item, dict):
        raise InvalidRequest(f"Each entry of “{param.label}” must be an object.", field=param.name)
    for key in item:
        if key not in param.item:
            known = ", ".join(param.item)
            raise InvalidRequest(f"“{param.label}” has no “{shown(key)}”. It takes {known}.", field=param.name)
    return _inside(param, item)


def _inside(param: Param, value: Any, depth: int = 0) -> Any:
    """A value inside an object: what no text field takes is not taken here either, and databases refuse it.

    Raises:
        InvalidRequest: text that cannot be read, a number that JSON has no form for, or lists within lists too deep.
    """
    if depth > _DEEPEST:
        raise InvalidRequest(f"“{param.label}” is nested too deeply.", field=param.name)
    if isinstance(value, str):
        refuse_unreadable(value, f"“{param.label}”", param.name)
    elif isinstance(value, dict):
        for key, each in value.items():
            _inside(param, key, depth + 1)
            _inside(param, each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _inside(param, each, depth + 1)
    elif value is not None and not isinstance(value, bool) and not _is_number(value):
        raise InvalidRequest(f"“{param.label}” has a value that cannot be sent: {shown(value)}.", field=param.name)
    return value


def _choice(label: str, param: Param, value: Any) -> Any:
    # `True == 1` and `1 == 1.0` in Python, not on the wire.
    if not any(type(value) is type(choice) and value == choice for choice in param.choices):
        raise InvalidRequest(
            f"“{param.label}” of {label} must be {either(param.choices)}, not {shown(value)}.",
            field=param.name,
        )
    return value


def _number(param: Param, raw: Any) -> float:
    if not _is_number(raw):
        raise InvalidRequest(f"“{param.label}” must be a number, not {shown(raw)}.", field=param.name)
    value: float = raw
    low = -math.inf if param.minimum is None else param.minimum
    high = math.inf if param.maximum is None else param.maximum
    if value in param.special:
        return value
    if not low <= value <= high:
        raise InvalidRequest(_bounds(param, value), field=param.name)
    if param.is_whole:
        if value != int(value):
            raise InvalidRequest(f"“{param.label}” must be a whole number, not {value:g}.", field=param.name)
        value = int(value)
    if param.step is None:
        return value
    origin = param.minimum or 0
    steps = (value - origin) / param.step
    if abs(steps - round(steps)) > _STEP_TOLERANCE:
        message = f"“{param.label}” must be in steps of {param.step:g}; {value:g} is between two steps."
        raise InvalidRequest(message, field=param.name)
    nearest = round(origin + round(steps) * param.step, 9)
    return int(nearest) if param.is_whole else float(nearest)


def _bounds(param: Param, value: float) -> str:
    if param.minimum is not None and param.maximum is not None:
        return f"“{param.label}” must be from {param.minimum:g} to {param.maximum:g}, not {value:g}."
    if param.minimum is not None:
        return f"“{param.label}” must be at least {param.minimum:g}, not {value:g}."
    return f"“{param.label}” must be at most {param.maximum:g}, not {value:g}."


def _text(param: Param, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"“{param.label}” must be text.", field=param.name)
    text = clean(value)
    refuse_unreadable(text, f"“{param.label}”", param.name)
    if param.max_chars is not None and len(text) > param.max_chars:
        raise InvalidRequest(
            f"“{param.label}” has {len(text):,} characters; it takes up to {param.max_chars:,}.", field=param.name
        )
    return text


def is_whole(value: Any) -> bool:
    """True for a whole number; not for true and false."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST_NUMBER <= value <= LARGEST_NUMBER  # false for NaN too


def either(values: Iterable[Any]) -> str:
    """ "4, 6 or 8"."""
    texts = [str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def shown(value: Any) -> str:
    """A value as messages show it: short, without characters that cannot be read."""
    if isinstance(value, int) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        return "that number"  # Python refuses to convert very large ones to text
    return _UNREADABLE.sub("", str(value)).strip()[:40] or "an empty value"


def refuse_unreadable(text: str, what: str, field: str) -> None:
    """Refuse text with control characters.

    Raises:
        InvalidRequest: `field` as given; `what` begins the message.
    """
    found = _UNREADABLE.search(text)
    if found is None:
        return
    code, place = ord(found[0]), found.start() + 1
    thing = "a byte that is not UTF-8" if code >= 0xD800 else f"a control character (U+{code:04X})"
    raise InvalidRequest(f"{what} contains {thing} at character {place:,}. Type it again.", field=field)


def clean(text: str) -> str:
    """Text with plain line breaks and without white space around it."""
    return _LINE_ENDS.sub("\n", text).strip()
