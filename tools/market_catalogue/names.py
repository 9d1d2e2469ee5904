"""What the fields of one id are called in rules and prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kaimedia.models.catalogue.market import RATIOS


class Names:
    """What the fields of one id are called here: for rules and prices."""

    def __init__(self, entry: Mapping[str, Any], fields: Iterable[Mapping[str, Any]]) -> None:
        self.id = entry["id"]
        self.by_name = {field["name"]: field for field in fields}

    def key(self, name: str) -> str:
        """A field as rules and prices name it."""
        field = self.by_name.get(name)
        if field is None or field["is"] == "param":
            return name
        return {
            "aspect_ratio": "aspect_ratio",
            "duration": "duration_s",
            "variants": "variants",
            "prompt": "prompt",
        }.get(field["is"]) or str(field["roles"][0])

    def value(self, name: str, value: Any) -> Any:
        """A wire value as ours."""
        field = self.by_name.get(name)
        if isinstance(value, list):
            return [self.value(name, each) for each in value]
        if field is None or value is None:
            return value
        if field["is"] == "aspect_ratio":
            return RATIOS.get(value, value)
        return int(value) if field["is"] in ("duration", "variants") else value

    def conditions(self, when: Mapping[str, Any] | None) -> dict[str, Any]:
        """Conditions by our names; a number of frames becomes which frames are given."""
        found: dict[str, Any] = {}
        for key, value in (when or {}).items():
            if key == "has_media":
                found["has_input"] = value
            elif key in ("has_video_input", "has_prompt"):
                found[key] = value
            elif key.startswith("has_"):
                found[f"has_{self.key(key[4:])}"] = value
            elif key.startswith("count_"):
                roles = self.by_name[key[6:]]["roles"]
                if len(roles) > 1:
                    found |= {f"has_{role}": index < value for index, role in enumerate(roles)}
                else:
                    found[f"count_{roles[0]}"] = value
            else:
                found[self.key(key)] = self.value(key, value)
        return found
