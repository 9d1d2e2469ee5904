"""Values of a model's own fields as widgets hold them: lists and objects are typed as text."""

from __future__ import annotations

import json
from typing import Any

from kaimedia.models.params import Param, ParamKind


def initial(param: Param) -> Any:
    """What the field's widget starts with."""
    return to_widget(param, param.default)


def to_widget(param: Param, value: Any) -> Any:
    """A value of a request as the widget holds it."""
    match param.kind:
        case ParamKind.LIST:
            return "\n".join(map(str, value or ()))
        case ParamKind.OBJECTS:
            return json.dumps(value, indent=1, ensure_ascii=False) if value else ""
        case ParamKind.TEXT | ParamKind.TASK:
            return value or ""
        case ParamKind.FLAG:
            return bool(value)
        case ParamKind.NUMBER if value is not None:
            return int(value) if param.is_whole else float(value)
    return value


def from_widget(param: Param, value: Any) -> Any:
    """What a widget holds as a value of a request; what cannot be read is left to validation, which says why."""
    match param.kind:
        case ParamKind.LIST if isinstance(value, str):
            lines = [line.strip() for line in value.splitlines() if line.strip()]
            return [int(line) if param.is_whole and line.isdecimal() else line for line in lines] or param.default
        case ParamKind.OBJECTS if isinstance(value, str):
            try:
                return json.loads(value) if value.strip() else param.default
            except ValueError:
                return value
        case ParamKind.TEXT | ParamKind.TASK:
            return value or param.default
        case ParamKind.FLAG:
            return value or (None if param.default is None else False)  # off is the provider's own default there
    return value if value is None or param.takes(value) else param.default
