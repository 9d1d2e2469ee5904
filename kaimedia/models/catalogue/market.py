"""Market models from the data files in `market/`: one file for each maker, one entry for each model.

`market.schema.json` says what each key of an entry means. "Market" is the provider's name for the models behind its
jobs API (`createTask`), as opposed to those with an endpoint of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kaimedia.domain import InputKind, Modality, Role
from kaimedia.domain.file_types import canonical
from kaimedia.models.catalogue.labels import of_field, of_slot
from kaimedia.models.catalogue.modes import in_order, together
from kaimedia.models.inputs import InputSlot, MaskColor, MaskRule
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.prices import USD_PER_CREDIT, Extra, Offer, Price, PriceUnit, Row
from kaimedia.models.rules import Rule, RuleKind
from kaimedia.models.spec import Capability, ModelSpec, PromptUse, Rank, Retirement
from kaimedia.models.wire_fields import Source, WireField

FOLDER = Path(__file__).with_name("market")
_DEADLINE_S = {Modality.IMAGE: 900, Modality.VIDEO: 2100}
_POLL_S = {Modality.IMAGE: (3.0, 10.0), Modality.VIDEO: (10.0, 20.0)}
_PROMPT_MAX_CHARS = 4000  # ours, where the provider documents no limit
_MOST_RESULTS = 20  # of models that do not say how many they make
# Named sizes and the like, as ratios.
RATIOS = {
    "square_hd": "1:1",
    "portrait_4_3": "3:4",
    "portrait_3_2": "2:3",
    "portrait_16_9": "9:16",
    "landscape_4_3": "4:3",
    "landscape_3_2": "3:2",
    "landscape_16_9": "16:9",
    "landscape_21_9": "21:9",
    "landscape": "16:9",
    "portrait": "9:16",
    "adaptive": "auto",
    "Auto": "auto",
}
_RETIRED = "The provider has responded “This interface is temporarily paused” since then."


def read_models(folder: Path = FOLDER) -> tuple[ModelSpec, ...]:
    """Every model of the data files, by file name and then in the order of the file."""
    files = sorted(folder.glob("*.json"))
    return tuple(model(entry) for path in files for entry in json.loads(path.read_bytes())["models"])


def model(entry: Mapping[str, Any]) -> ModelSpec:
    """The spec of one entry.

    Raises:
        KeyError, ValueError: a field is missing or has an unknown value; nothing is guessed.
    """
    modality = Modality(entry["modality"])
    retirement = None
    if entry.get("is_retired"):
        retirement = Retirement(date.fromisoformat(entry["until"]), entry["replacement"], _RETIRED)
    base = ModelSpec(
        id=entry["id"],
        label=entry["label"],
        tagline=entry["tagline"],
        modality=modality,
        family="market",
        remote_name=entry["modes"][0]["remote"],
        aspect_ratios=(),
        typical_s=tuple(entry["typical_s"]) if "typical_s" in entry else None,
        deadline_s=_DEADLINE_S[modality],
        poll_s=_POLL_S[modality],
        price=Price((), date.min),
        maker=entry["maker"],
        rank=Rank(entry["rank"]),
        since=entry.get("since", ""),
        better=entry.get("better", ""),
        retirement=retirement,
    )
    modes = tuple(_mode(base, mode) for mode in entry["modes"])
    return modes[0] if len(modes) == 1 else together(base, modes)


def _mode(base: ModelSpec, mode: Mapping[str, Any]) -> ModelSpec:
    """The spec of one of the provider's ids."""
    fields = mode["fields"]
    values: dict[str, Any] = {
        "remote_name": mode["remote"],
        "capabilities": tuple(map(Capability, mode["capabilities"])),
        "notes": tuple(mode.get("notes", ())),
        "price": _price(mode["price"]),
        "rules": tuple(map(_rule, mode.get("rules", ()))),
        "wire": tuple(map(_wire, fields)),
        "params": tuple(_param(field) for field in fields if field["is"] == "param"),
        "inputs": in_order(slot for field in fields if field["is"] == "input" for slot in _slots(field)),
        "prompt_use": PromptUse.NONE,
        "source": f"{mode['evidence']['docs']}, {mode['evidence']['as_of']}",
    }
    if "typical_s" in mode and base.typical_s is None:
        values["typical_s"] = tuple(mode["typical_s"])
    for field in fields:
        if field["is"] in _SHARED:
            values |= _SHARED[field["is"]](field)
    if "results" in mode:
        count = mode["results"]
        values |= {"variants": (count,)} if count else {"max_results": _MOST_RESULTS}
    return replace(base, **values)


def _prompt(field: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prompt_use": PromptUse.REQUIRED if field.get("required") else PromptUse.OPTIONAL,
        "prompt_min_chars": field.get("min_chars", 1),
        "prompt_max_chars": field.get("max_chars", _PROMPT_MAX_CHARS),
    }


def _aspect(field: Mapping[str, Any]) -> dict[str, Any]:
    default = field.get("default")
    return {
        "aspect_ratios": tuple(RATIOS.get(value, value) for value in field["values"]),
        "default_aspect_ratio": None if default is None else RATIOS.get(default, default),
    }


def _duration(field: Mapping[str, Any]) -> dict[str, Any]:
    lengths = tuple(map(int, field["values"]))
    default = int(field["default"]) if "default" in field else next(length for length in lengths if length > 0)
    return {"durations_s": lengths, "default_duration_s": default}


def _variants(field: Mapping[str, Any]) -> dict[str, Any]:
    return {"variants": tuple(map(int, field["values"]))}


_SHARED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "prompt": _prompt,
    "aspect_ratio": _aspect,
    "duration": _duration,
    "variants": _variants,
}


def _param(field: Mapping[str, Any]) -> Param:
    text = of_field(field["name"])
    kind = ParamKind(field["kind"])
    default = field.get("default")
    if default is None and field.get("required"):
        default = {ParamKind.FLAG: False, ParamKind.OBJECTS: [], ParamKind.LIST: []}.get(kind)
        if kind is ParamKind.CHOICE:
            default = field["choices"][0]
    return Param(
        field["name"],
        field.get("label", text.label),
        kind,
        default=default,
        choices=tuple(field.get("choices", ())),
        minimum=field.get("minimum"),
        maximum=field.get("maximum"),
        step=field.get("step"),
        special=tuple(field.get("special", ())),
        max_chars=field.get("max_chars"),
        min_items=field.get("min_items", 0),
        max_items=field.get("max_items"),
        item=field.get("item", {}),
        of_models=tuple(field.get("of", ())),
        is_whole=field.get("whole", False),
        is_required=field.get("required", False),
        shared_as=text.shared_as,
        help=field.get("help", text.help),
        advanced=not text.is_common,
    )


def _slots(field: Mapping[str, Any]) -> Iterable[InputSlot]:
    """One slot for each role; in a list of several roles, the later need those before them."""
    kind = InputKind(field["media"])
    roles = tuple(map(Role, field["roles"]))
    mask = MaskRule(MaskColor(field["mask"]["changes"]), Role(field["mask"]["over"])) if "mask" in field else None
    for index, role in enumerate(roles):
        is_alone = len(roles) == 1
        yield InputSlot(
            role,
            field.get("label", of_slot(role, kind)),
            kind=kind,
            minimum=field["min_items"] if is_alone else int(index < field["min_items"]),
            maximum=field["max_items"] if is_alone else 1,
            types=canonical(field["accept"]),
            max_bytes=field["max_bytes"],
            needs=mask.over if mask else roles[index - 1] if index else None,
            alone_with=1 if mask else None,
            mask=mask,
            min_item_s=field.get("min_item_s"),
            max_item_s=field.get("max_item_s"),
            max_total_s=field.get("max_total_s"),
            help=field.get("help", _mask_help(mask)),
        )


def _mask_help(mask: MaskRule | None) -> str:
    if mask is None:
        return ""
    changed, kept = ("White", "black") if mask.changes is MaskColor.WHITE else ("Black", "white")
    image = of_slot(mask.over, InputKind.IMAGE).lower()
    return f"{changed} is changed, {kept} stays. It must have the size of the {image}."


def _wire(field: Mapping[str, Any]) -> WireField:
    source = Source({"duration": "duration_s", "input": "inputs"}.get(field["is"], field["is"]))
    values: dict[Any, Any] = {}
    if source is Source.ASPECT_RATIO:
        values = {RATIOS.get(value, value): value for value in field["values"]}
    elif source in (Source.DURATION, Source.VARIANTS):
        values = {int(value): value for value in field["values"]}
    return WireField(
        field["name"],
        source,
        field["type"],
        values=values,
        roles=tuple(map(Role, field.get("roles", ()))),
        item=field.get("item") if source is Source.INPUTS else None,
        is_required=field.get("required", False),
        is_always_sent=field.get("always_sent", False),
        default=field.get("default"),
    )


def _rule(rule: Mapping[str, Any]) -> Rule:
    return Rule(
        RuleKind(rule["kind"]),
        when=_frozen(rule.get("when", {})),
        field=rule.get("field", ""),
        then=_frozen(rule.get("then", {})),
        names=tuple(rule.get("names", ())),
        groups=tuple(map(tuple, rule.get("groups", ()))),
        values=tuple(rule.get("values", ())),
        weights=rule.get("weights", {}),
        minimum=rule.get("minimum"),
        maximum=rule.get("maximum"),
        message=rule.get("message", ""),
    )


def _price(price: Mapping[str, Any]) -> Price:
    return Price(
        table=_rows(price["rows"]),
        as_of=date.fromisoformat(price["as_of"]),
        unit=PriceUnit(price["unit"]),
        extras=tuple(Extra(Role(each["role"]), each["credits"], each["free"]) for each in price.get("extras", ())),
        adds_input_seconds=price.get("adds_input_seconds", False),
        note=price.get("note", ""),
        usd_per_credit=USD_PER_CREDIT,
        offers=tuple(
            Offer(datetime.fromisoformat(each["ends_at"]), _rows(each["rows"])) for each in price.get("offers", ())
        ),
        seconds_of=Role(price["seconds_of"]) if "seconds_of" in price else None,
        frames=tuple(price["frames"]) if "frames" in price else None,
        most=price.get("most"),
    )


def _rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    return tuple((_frozen(row["when"]), row["credits"]) for row in rows)


def _frozen(conditions: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in conditions.items()}
