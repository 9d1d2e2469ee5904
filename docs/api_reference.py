"""Writes the tables of api.md from the OpenAPI document: `python docs/api_reference.py`. A test compares them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
sys.path.insert(0, str(ROOT))


def routes(openapi: dict[str, Any]) -> str:
    """Every route with what it takes and gives."""
    lines = ["| route | query, headers | body | responses | |", "|---|---|---|---|---|"]
    for path, methods in openapi["paths"].items():
        for method, route in methods.items():
            parameters = [one for one in route.get("parameters", []) if not one.get("deprecated")]
            given = ", ".join(f"`{one['name']}`" for one in parameters if one["in"] in ("query", "header"))
            first = re.split(r"(?<=\.)\s", route.get("description", "").strip())[0]
            taken, responses = _body(route, openapi), _answers(route)
            lines.append(f"| `{method.upper()} {path}` | {given or '–'} | {taken} | {responses} | {_cell(first)} |")
    return "\n".join(lines) + "\n"


def requests(openapi: dict[str, Any]) -> str:
    """The request fields of each model."""
    lines = ["| model | field | values | default |", "|---|---|---|---|"]
    for path in ("/api/images/generate", "/api/videos/generate"):
        for schema in _bodies(openapi["paths"][path]["post"], openapi):
            fields = schema["properties"]
            model = fields["model"]["const"]
            for name, field in fields.items():
                if name not in ("model", "image_url", "image_media_id", "image_upload_id", "references", "style"):
                    default = "required" if name in schema["required"] else _value(field.get("default"))
                    lines.append(f"| `{model}` | `{name}` | {_values(field)} | {default} |")
    return "\n".join(lines) + "\n"


def documents(openapi: dict[str, Any]) -> str:
    """The fields of what comes back."""
    lines = []
    for name in ("Accepted", "TaskOut", "MediaOut", "BatchOut", "Problem"):
        fields = openapi["components"]["schemas"][name]["properties"]
        lines.append(f"**{name.removesuffix('Out')}**: {', '.join(f'`{field}`' for field in fields)}.\n")
    return "\n".join(lines)


def _bodies(route: dict[str, Any], openapi: dict[str, Any]) -> list[dict[str, Any]]:
    content = route.get("requestBody", {}).get("content", {}).get("application/json")
    if not content:
        return []
    schema = content["schema"]
    choices = schema.get("oneOf") or schema.get("anyOf") or [schema]
    schemas = openapi["components"]["schemas"]
    return [schemas[choice["$ref"].rpartition("/")[2]] if "$ref" in choice else choice for choice in choices]


def _body(route: dict[str, Any], openapi: dict[str, Any]) -> str:
    bodies = _bodies(route, openapi)
    if not bodies:
        return "–"
    if "model" in bodies[0].get("properties", {}) and "prompt" in bodies[0]["properties"]:
        return "see below"
    names = [", ".join(f"`{name}`" for name in body.get("properties", {})) for body in bodies]
    return " or ".join(filter(None, names)) or "anything"


def _answers(route: dict[str, Any]) -> str:
    good = [status for status in route["responses"] if status.startswith("2")]
    bad = sorted(status for status in route["responses"] if status[0] in "45")
    return f"**{', '.join(good)}** {', '.join(bad)}".strip()


def _values(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(_value(value) for value in field["enum"])
    if "const" in field:
        return _value(field["const"])
    if field.get("type") == "boolean":
        return "`true`, `false`"
    if field.get("type") == "number":
        return f"{field['minimum']:g} to {field['maximum']:g}, steps of {field['multipleOf']:g}"
    return f"text, up to {field['maxLength']:,} characters"


def _value(value: Any) -> str:
    words = {None: "–", True: "`true`", False: "`false`", "": "empty"}
    return words[value] if value is None or value == "" or isinstance(value, bool) else f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


TABLES = {"routes": routes, "requests": requests, "documents": documents}


def section(name: str, page: str) -> str:
    """What stands in the page between the marks of a table."""
    found = re.search(_marks(name), page, re.DOTALL)
    if found is None:
        raise SystemExit(f"api.md has no marks for {name}")
    return found[2]


def _marks(name: str) -> str:
    return rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)"


def main() -> None:
    """Write the tables into the page."""
    from kaimedia.api.application import app
    from kaimedia.api.openapi import describe

    openapi = describe(app, needs_token=False)
    page = PAGE.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        section(name, page)
        text = f"\n{table(openapi)}\n"
        page = re.sub(_marks(name), lambda found, text=text: f"{found[1]}{text}{found[3]}", page, flags=re.DOTALL)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
