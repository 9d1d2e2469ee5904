"""Products: the ids that are one, as entries of the data files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tools.market_catalogue.decisions import CAPABILITIES, LEFT_OUT, OWN_IDS, REPLACED_BY_OWN, SAME_PRODUCT
from tools.market_catalogue.fields import fields_of
from tools.market_catalogue.names import Names
from tools.market_catalogue.prices import price_of
from tools.market_catalogue.rules import rules_of

RANKS = ("featured", "standard", "legacy", "utility", "retired")


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
