"""Values of a model's own fields written as text: on the command line, in a CSV file."""

from __future__ import annotations

import json
from typing import Any

from kaimedia.models.params import Param, ParamKind

_SWITCH = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}


def from_text(param: Param, text: str) -> Any:
    """The value a text means for a field; a text that means none stays as it is, and validation says why."""
    match param.kind:
        case ParamKind.CHOICE:
            return next((choice for choice in param.choices if str(choice) == text), text)
        case ParamKind.FLAG:
            return _SWITCH.get(text.lower(), text)
        case ParamKind.NUMBER | ParamKind.LIST | ParamKind.OBJECTS:
            try:
                value = json.loads(text)
            except ValueError:
                return text
            return float(value) if isinstance(value, int) and not param.is_whole else value
    return text
