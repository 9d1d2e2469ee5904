"""Write the market models of the catalog anew from a data set of the provider's models.

`python -m tools.market_catalogue PATH/kie-market.json` rewrites `kaimedia/models/catalogue/market/*.json`, one file
for each maker. Labels, taglines, better models and typical times that a file already has are kept, and so are whole
models that the data set does not have: review the difference before committing it. The data set's format is described
in its own `conventions`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kaimedia.models.catalogue.market import FOLDER, RATIOS

# Written by hand, with endpoints of their own, or without a file as the result.
LEFT_OUT = {
    "4o-image-api": "gpt4o-image has its own endpoint",
    "veo-3-1": "veo3 and veo3_fast have their own endpoint",
    "runway": "runway has its own endpoint",
    "omnihuman-1-5/human-identification": "its result is a yes or no, not a file",
    "sora-2-pro-storyboard": "retired, and its fields were never established",
    "veo/extend": "it extends tasks of veo-3-1, not those of Veo's own endpoint",
    "veo/get-1080p-video": "as veo/extend",
    "veo/get-4k-video": "as veo/extend",
    "runway/extend-ai-video": "as veo/extend, for runway",
}
# Ids beyond a pair of text and image that are one product, distinguished by what is given.
SAME_PRODUCT = {
    "kling-3.0-omni/text-to-video": ("kling-3.0-omni/reference-to-video", "kling-3.0-omni/transformation"),
    "minimax-h3/text-to-video": ("minimax-h3/reference-to-video",),
    "wan/2-7-text-to-video": ("wan/2-7-r2v", "wan/2-7-videoedit"),
    "wan/2-6-text-to-video": ("wan/2-6-video-to-video",),
    "wan/2-6-flash-image-to-video": ("wan/2-6-flash-video-to-video",),
    "happyhorse/text-to-video": ("happyhorse/reference-to-video", "happyhorse/video-edit"),
    "happyhorse-1-1/text-to-video": ("happyhorse-1-1/reference-to-video",),
    "pixverse-v6/text-to-video": ("pixverse-v6/transition", "pixverse-v6/reference-to-video"),
}
# Ids of products that existed before the data set was taken over.
OWN_IDS = {"kling/v2-5-turbo-text-to-video-pro": "kling-2.5-turbo", "sora-2-text-to-video": "sora2"}
REPLACED_BY_OWN = {"veo-3-1": "veo3_fast", "4o-image-api": "gpt4o-image"}

ASPECT_FIELDS = ("aspect_ratio", "image_size", "ratio")
SMALL_SQUARE = "square"  # a second, smaller square; left out, since `square_hd` costs the same
ROLES = {
    ("reference", "image"): "reference",
    ("reference", "video"): "reference_video",
    ("reference", "audio"): "reference_audio",
    ("voice", "audio"): "reference_audio",
    ("source", "image"): "source",
    ("source", "video"): "source_video",
    ("source_video", "video"): "source_video",
    ("clip_to_continue", "video"): "source_video",
    ("reference_mask", "image"): "mask",
    ("subject_mask", "image"): "mask",
    ("speech", "audio"): "audio",
    ("soundtrack", "audio"): "audio",
    ("driving_audio", "audio"): "audio",
}
MEDIA_TYPES = {"image_url": "image", "image_urls": "image", "video_url": "video", "video_urls": "video"} | {
    "audio_url": "audio",
    "audio_urls": "audio",
}
# Lists of objects around one link each, which are inputs all the same.
OBJECT_INPUTS = {
    "image_references": ("image", {"image_url": "$url", "type": "subject", "ref_name": "image$n"}),
    "video_list": ("video", {"url": "$url", "start": 0, "ends": 10}),
}
LEFT_OUT_FIELDS = {
    ("kling-3.0-omni/transformation", "duration"): "text of unknown form, only with images",
    ("google/nano-banana", "image_size"): "an older name of aspect_ratio",
    ("google/nano-banana-edit", "image_size"): "an older name of aspect_ratio",
}
# Where the provider's default makes a request with nothing chosen invalid.
OWN_DEFAULTS = {"customize_multi_shots": False, "index": None}
OWN_ROLES = {("pixverse-v6/image-to-video", "image_urls"): "first_frame"}
COUNT_FIELDS = ("num_images", "n", "max_images")
DURATION_FIELDS = ("duration", "n_frames")
CAPABILITIES = {
    "image-to-image": "edit",
    "background-removal": "remove-background",
    "layer-decomposition": "split-layers",
    "segmentation": "split-layers",
    "avatar": "talking-portrait",
    "hd-fetch": "upscale",
}
DEFAULT_BYTES = 10_000_000  # where the provider's pages state no limit
DEFAULT_TYPES = {
    "image": ["image/png", "image/jpeg", "image/webp"],
    "video": ["video/mp4", "video/quicktime"],
    "audio": ["audio/mpeg", "audio/wav"],
}


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


def fields_of(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of one id, each saying what it `is`."""
    always = {name for rule in entry["constraints"] if rule["kind"] == "always_send" for name in rule["params"]}
    found = []
    for param in entry["params"]:
        if (entry["id"], param["name"]) in LEFT_OUT_FIELDS or param.get("deprecated"):
            continue
        field = {"name": param["name"], **_field(entry, param)}
        field["type"] = param["wire"]
        if param["required"]:
            field["required"] = True
        if param["name"] in always:
            field["always_sent"] = True
        if "default" in param:
            field["default"] = OWN_DEFAULTS.get(param["name"], param["default"])
        found.append(field)
    return found


def _field(entry: Mapping[str, Any], param: Mapping[str, Any]) -> dict[str, Any]:
    name, kind = param["name"], param["type"]
    if name == "prompt":
        return {"is": "prompt", "max_chars": param.get("max_length"), "min_chars": param.get("min_length")}
    if name in ASPECT_FIELDS and kind == "enum":
        return {"is": "aspect_ratio", "values": [value for value in param["values"] if value != SMALL_SQUARE]}
    if name in DURATION_FIELDS and kind in ("enum", "int"):
        values = param.get("values") or [*range(param["min"], param["max"] + 1), *param.get("special_values", ())]
        return {"is": "duration", "values": values}
    if name in COUNT_FIELDS and name == entry["output"].get("count_param"):
        return {"is": "variants", "values": param.get("values") or [*range(param["min"], param["max"] + 1)]}
    if kind in MEDIA_TYPES:
        role = OWN_ROLES.get((entry["id"], name)) or param.get("role") or "source"
        return _input({**param, "role": role}, MEDIA_TYPES[kind], single=not kind.endswith("s"))
    if name in OBJECT_INPUTS:
        media, item = OBJECT_INPUTS[name]
        return {**_input(param, media, single=False), "item": item}
    return {"is": "param", **_param(param)}


def _input(param: Mapping[str, Any], media: str, *, single: bool) -> dict[str, Any]:
    role = param["role"]
    roles = param.get("roles") or [ROLES.get((role, media), role)]
    field: dict[str, Any] = {"is": "input", "media": media, "roles": roles}
    field["max_items"] = 1 if single else param.get("max_items") or (len(roles) if len(roles) > 1 else 10)
    field["min_items"] = param.get("min_items", 1) if param["required"] else 0
    field["max_bytes"] = param.get("max_bytes", DEFAULT_BYTES)
    field["accept"] = param.get("accept") or DEFAULT_TYPES[media]
    for name in ("min_item_s", "max_item_s", "max_total_s", "note"):
        if param.get(name) is not None:
            field[name] = param[name]
    return field


def _param(param: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {"string": "text", "int": "number", "float": "number", "bool": "flag", "enum": "choice"} | {
        "task_ref": "task",
        "object_list": "objects",
        "bbox_list": "objects",
    }
    field: dict[str, Any] = {"kind": kinds.get(param["type"], "list")}
    names = {"values": "choices", "min": "minimum", "max": "maximum", "max_length": "max_chars"} | {
        "special_values": "special"
    }
    same = ("step", "min_items", "max_items", "item", "note", "unit")
    for theirs, ours in (*names.items(), *((name, name) for name in same)):
        if param.get(theirs) is not None:
            field[ours] = param[theirs]
    if param["type"] in ("int", "int_list"):
        field["whole"] = True
    return field


def rules_of(entry: Mapping[str, Any], names: Names) -> tuple[list[dict[str, Any]], list[str]]:
    """The rules of one id by our names, and what can only be said."""
    rules = [rule for given in entry["constraints"] if (rule := _rule(given, names)) is not None]
    notes = [note for given in entry["constraints"] if (note := _note(given)) is not None]
    for given in entry["constraints"]:
        if given["kind"] == "step":
            names.by_name[given["param"]]["step"] = given["step"]
        elif given["kind"] == "source_task":
            names.by_name[given["param"]]["of"] = given["families"]
    return rules, notes


def _rule(  # noqa: C901 - one case for each kind of constraint
    given: Mapping[str, Any], names: Names
) -> dict[str, Any] | None:
    """A constraint as a rule, or None for one that no rule can check."""
    when = names.conditions(given.get("when"))
    limits = {"minimum": given.get("min"), "maximum": given.get("max")}
    param = given.get("param", "")
    match given["kind"]:
        case "forbid":
            return {"kind": "forbid", "when": when}
        case "not_both_true":
            return {"kind": "forbid", "when": {names.key(name): True for name in given["params"]}}
        case "requires":
            return {"kind": "require", "when": when, "then": names.conditions(given["then"])}
        case "exclusive":
            groups = [[role for name in group for role in _roles(names, name)] for group in given["groups"]]
            return {"kind": "exclusive", "groups": groups}
        case "at_least_one" | "exactly_one" as kind:
            return {"kind": kind, "names": [role for name in given["params"] for role in _roles(names, name)]}
        case "allowed_values":
            values = names.value(param, given["values"])
            return {"kind": "allowed", "when": when, "field": names.key(param), "values": values}
        case "range":
            return {"kind": "range", "when": when, "field": names.key(param), **limits}
        case "range_items" | "max_items":
            return {"kind": "count", "when": when, "weights": dict.fromkeys(_roles(names, param), 1), **limits}
        case "sum_items":
            return {"kind": "count", "weights": {names.key(name): 1 for name in given["params"]}, **limits}
        case "weighted_sum":
            weights = {names.key(name): weight for name, weight in given["weights"].items()}
            return {"kind": "count", "weights": weights, "maximum": given["max"]}
        case "same_length":
            first, second = (names.key(name) for name in given["params"])
            rule = {"kind": "count", "when": {f"has_{first}": True}, "weights": {first: 1, second: -1}}
            return rule | {
                "minimum": 0,
                "maximum": 0,
                "message": f"{given['text'][0].upper()}{given['text'][1:]}.".replace("picture", "image"),
            }
        case "sum_equals":
            return {"kind": "sum", "when": when, "field": given["params"][0].removesuffix("[].duration")}
        case "not_sent":
            return {"kind": "not_sent", "when": when, "field": names.key(param)}
    return None


def _note(given: Mapping[str, Any]) -> str | None:
    """What people should know of a constraint that no rule can check."""
    match given["kind"]:
        case "caution" if not given["text"].startswith(("page ", "the ratio field", "takes no aspect", "not priced")):
            return str(given["text"])
        case "max_seconds":
            return f"The motion video may have up to {given['max']} s when the character faces as in the image"
        case "sum_seconds":
            return f"Length and reference videos together may have up to {given['max']} s"
        case "same_pixels":
            return "The mask must have the size of the image"
    return None


def _roles(names: Names, name: str) -> list[str]:
    field = names.by_name.get(name)
    return list(field["roles"]) if field is not None and field["is"] == "input" else [names.key(name)]


def price_of(entry: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The price of one id: rows by our names, and what their credits are for."""
    price = entry["price"]
    times = price["times"] or ""
    has_count = any(field["is"] == "variants" for field in names.by_name.values())
    if price["unit"] == "per second":
        has_length = any(field["is"] == "duration" for field in names.by_name.values())
        unit = "second" if times.startswith("duration") and has_length else "input_second"
    elif price["unit"] == "per image":
        unit = "image" if has_count or entry["output"]["count"] == 1 else "generation"
    else:
        unit = {"per megapixel": "megapixel", "per output layer": "layer"}.get(price["unit"], "generation")
    found: dict[str, Any] = {"unit": unit, "as_of": price["as_of"]}
    found["rows"] = [{"when": names.conditions(row["when"]), "credits": row["credits"]} for row in price["table"]]
    if "reference video" in times:
        found["adds_input_seconds"] = True
    extras = [each for each in price.get("extras") or () if each["per"].endswith(" item")]
    if extras:
        found["extras"] = [
            {"role": names.key(each["per"].removesuffix(" item")), "free": each["after"], "credits": each["credits"]}
            for each in extras
        ]
    if price.get("confirmed"):
        found["confirmed"] = price["confirmed"]
    if price.get("note"):
        found["note"] = price["note"]
    return found


def mode_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One id as an entry of `modes`."""
    fields = fields_of(entry)
    names = Names(entry, fields)
    rules, notes = rules_of(entry, names)
    mode: dict[str, Any] = {
        "remote": entry["id"],
        "capabilities": list(dict.fromkeys(CAPABILITIES.get(mode, mode) for mode in entry["modes"])),
        "fields": [{key: value for key, value in field.items() if value is not None} for field in fields],
    }
    if rules:
        mode["rules"] = [{key: value for key, value in rule.items() if value not in (None, {})} for rule in rules]
    if notes:
        mode["notes"] = notes
    mode["price"] = price_of(entry, names)
    if entry["typical_seconds"] is not None:
        mode["typical_s"] = [entry["typical_seconds"]] * 2
    output = entry["output"]
    if output["count"] is None:
        mode["results"] = None
    elif output["count"] > 1 and not output.get("count_param"):
        mode["results"] = output["count"]
    mode["evidence"] = {"docs": entry["docs"], "as_of": entry["fields_as_of"], "confidence": entry["confidence"]}
    if entry.get("live_run"):
        mode["evidence"]["live_run"] = entry["live_run"]
    return mode


def products(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every product, with the ids it stands for, in the order of the data set."""
    by_id = {entry["id"]: entry for entry in data["models"]}
    taken = {entry.get("with_image") for entry in by_id.values()} | {
        id_ for ids in SAME_PRODUCT.values() for id_ in ids
    }
    found = []
    for entry in by_id.values():
        if entry["id"] in LEFT_OUT or entry["id"] in taken:
            continue
        ids = [entry["id"], entry.get("with_image"), *SAME_PRODUCT.get(entry["id"], ())]
        found.append(_product(entry, [by_id[id_] for id_ in ids if id_]))
    of_remote = {mode["remote"]: product["id"] for product in found for mode in product["modes"]} | REPLACED_BY_OWN
    for product in found:
        if replacement := product.pop("replacement", None):
            product["replacement"] = of_remote[replacement]
    return found


def _product(entry: Mapping[str, Any], ids: list[Mapping[str, Any]]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "id": OWN_IDS.get(entry["id"]) or re.sub(r"[^a-z0-9.]+", "-", entry["label"].lower()).strip("-"),
        "label": entry["label"],
        "maker": entry["vendor"],
        "tagline": "",
        "modality": entry["modality"],
        "rank": min((each["rank"] for each in ids), key=RANKS.index).replace("retired", "legacy"),
        "better": "",
    }
    for name in ("since", "until", "replacement"):
        if entry.get(name):
            product[name] = entry[name]
    if entry["status"] == "retired":
        product["is_retired"] = True
    elif entry["status"] == "unclear":
        product["is_doubtful"] = True
    product["modes"] = [mode_of(each) for each in ids]
    return product


RANKS = ("featured", "standard", "legacy", "utility", "retired")
OURS = ("label", "tagline", "better", "typical_s")


def keep_ours(product: dict[str, Any], before: Mapping[str, Any] | None) -> None:
    """Labels, taglines, better models and times are ours, not facts of the data set."""
    for name in OURS:
        if before and before.get(name):
            product[name] = before[name]
    if not product["better"]:
        del product["better"]


def main() -> int:
    """Rewrite the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = json.loads(parser.parse_args().data.read_text(encoding="utf-8"))
    FOLDER.mkdir(exist_ok=True)
    before = {
        product["id"]: product
        for path in FOLDER.glob("*.json")
        for product in json.loads(path.read_text(encoding="utf-8"))["models"]
    }
    makers = defaultdict(list)
    for product in products(data):
        keep_ours(product, before.get(product["id"]))
        makers[product["maker"]].append(product)
        before.pop(product["id"], None)
    for product in before.values():
        makers[product["maker"]].append(product)
        print(f"kept: {product['id']}, which is not in the data set")
    for maker, models in makers.items():
        path = FOLDER / f"{re.sub(r'[^a-z0-9]+', '_', maker.lower())}.json"
        path.write_text(json.dumps({"models": models}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(models)} models, {sum(len(model['modes']) for model in models)} ids")
    return 0


if __name__ == "__main__":
    sys.exit(main())
