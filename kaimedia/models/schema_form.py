"""A model made at run time from its provider's JSON Schema, by the same builder as the catalog's data files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaimedia.domain import ListedModel, Modality
from kaimedia.models import schema_fields, schema_node
from kaimedia.models.catalogue import market
from kaimedia.models.schema_inputs import FileField, file_field, with_roles
from kaimedia.models.schema_node import Node
from kaimedia.models.spec import Capability, ModelSpec, Rank

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NOT_INPUT = frozenset({"callBackUrl", "callback_url", "progressCallBackUrl", "webhook_url"})  # we send our own
_MOST_FIELDS = 100
_TAGLINE_CHARS = 100
_CAPABILITIES = frozenset(Capability)


@dataclass(frozen=True, slots=True)
class SchemaForm:
    """A model with those fields of its schema that are understood.

    `hidden` are the names of the others. `missing` are those of them without which the provider takes no request.
    """

    spec: ModelSpec
    hidden: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def form_of(
    listed: ListedModel, schema: Mapping[str, Any] | None, *, model_id: str, makers: Iterable[str], as_of: date
) -> SchemaForm:
    """The model of one entry of a provider's list; without a schema, it has no fields.

    `listed.modality` must not be None. `makers` are the names in use here, for one spelling of each.
    """
    modality = listed.modality
    assert modality is not None, listed.id
    fields = _Fields(modality)
    required, alternatives = fields.read(schema or {})
    notes = [f"The provider says about its price: “{listed.price_text}”"] if listed.price_text else []
    if alternatives:
        notes.append("The provider takes only some combinations of these fields, and says so if it refuses one.")
    entry = {
        "id": model_id,
        "label": listed.id,
        "maker": _known(listed.maker, makers) or listed.id.partition("/")[0],
        "tagline": _shortened(listed.title),
        "modality": modality.value,
        "rank": Rank.STANDARD.value,
        "modes": [
            {
                "remote": listed.id,
                "capabilities": [each for each in listed.capabilities if each in _CAPABILITIES],
                "notes": notes,
                "fields": fields.entries(),
                "price": {"unit": "generation", "as_of": as_of.isoformat(), "rows": [{"when": {}, "credits": None}]},
                "evidence": {"docs": "The provider's own schema", "as_of": as_of.isoformat()},
                "results": 0,
            }
        ],
    }
    hidden = tuple(fields.hidden)
    return SchemaForm(market.model(entry), hidden, tuple(name for name in hidden if name in required))


class _Fields:
    """The fields of one schema, as they are understood."""

    def __init__(self, modality: Modality) -> None:
        self._modality = modality
        self._entries: list[dict[str, Any]] = []
        self._files: list[FileField] = []
        self._used: set[str] = set()
        self.hidden: list[str] = []

    def read(self, schema: Mapping[str, Any]) -> tuple[frozenset[str], bool]:
        """Add the fields; returns the names of the required ones, and whether there are several alternatives."""
        branches = schema_branches(schema)
        properties: dict[str, Any] = {}
        required: set[str] | None = None
        for branch in branches:
            named = branch.get("properties")
            properties = {**(named if isinstance(named, Mapping) else {}), **properties}
            names = branch.get("required")
            own = {str(name).strip() for name in names} if isinstance(names, list) else set()
            required = own if required is None else required & own
        found = frozenset(required or ())
        for name, node in list(properties.items())[:_MOST_FIELDS]:
            self._add(str(name).strip(), node, is_required=str(name).strip() in found)
        self.hidden += [str(name).strip() for name in list(properties)[_MOST_FIELDS:]]
        self.hidden += sorted(found - {str(name).strip() for name in properties})
        return found, len(branches) > 1

    def _add(self, name: str, schema: Any, *, is_required: bool) -> None:
        if name in _NOT_INPUT:
            return
        node = schema_node.read(schema)
        if node is None or not _NAME.fullmatch(name) or (node.keywords.get("deprecated") is True and not is_required):
            self.hidden.append(name)
        elif (file := file_field(name, node, is_required=is_required)) is not None:
            self._files.append(file)
        elif (entry := self._entry(name, node, is_required=is_required)) is not None:
            self._entries.append({"name": name, "type": node.type, "required": is_required, **entry})
        else:
            self.hidden.append(name)

    def _entry(self, name: str, node: Node, *, is_required: bool) -> dict[str, Any] | None:
        if name == "prompt":
            return schema_fields.prompt(node)
        if name in schema_fields.ASPECT_NAMES and "aspect" not in self._used:
            entry = schema_fields.aspect_ratio(node)
            if entry is not None:
                self._used.add("aspect")
                return entry
        if name == "duration":
            return schema_fields.duration(node, self._modality)
        return schema_fields.param(name, node, is_required=is_required)

    def entries(self) -> list[dict[str, Any]]:
        """The entries of all fields that are understood; call once."""
        files, without_role = with_roles(self._files, self._modality)
        self.hidden += [each.name for each in without_role]
        return [*self._entries, *files]


def schema_branches(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The alternatives of an object schema, each with what all have in common."""
    for key in ("oneOf", "anyOf"):
        branches = schema.get(key)
        if isinstance(branches, list) and branches:
            return [_joined(schema, branch) for branch in branches if isinstance(branch, Mapping)]
    return [schema]


def _joined(common: Mapping[str, Any], branch: Mapping[str, Any]) -> dict[str, Any]:
    properties = [each.get("properties") for each in (common, branch)]
    required = [each.get("required") for each in (common, branch)]
    return {
        "properties": {name: node for each in properties if isinstance(each, Mapping) for name, node in each.items()},
        "required": [name for each in required if isinstance(each, list) for name in each],
    }


def _known(maker: str, makers: Iterable[str]) -> str:
    """The spelling in use here."""
    return next((known for known in makers if known.casefold() == maker.casefold()), maker)


def _shortened(title: str) -> str:
    return title if len(title) <= _TAGLINE_CHARS else f"{title[: _TAGLINE_CHARS - 1].rstrip()}…"
