"""`python -m kaimedia models`: the catalog, with list prices."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from kaimedia.cli import model_check
from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment, say
from kaimedia.cli.runner import open_app
from kaimedia.domain import Modality
from kaimedia.models.estimates import Estimate
from kaimedia.models.inputs import InputSlot, ReferenceUse
from kaimedia.models.model_catalog import KNOWN, Listing
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of, labels_of
from kaimedia.studio.money import MoneyService

_HEAD = ("ID", "NAME", "KIND", "LIST PRICE", "REFERENCE IMAGE", "")
_REFERENCES = {ReferenceUse.NONE: "no", ReferenceUse.OPTIONAL: "optional", ReferenceUse.REQUIRED: "required"}


def models(args: Namespace) -> Exit:
    """List them in the order they are offered; with `--check`, compare them with the provider's list instead."""
    if args.check:
        return model_check.check(args)
    with open_app(runs_tasks=False) as context:
        offered = context.studio.catalog.models(Modality(args.type) if args.type else None)
        catalog, favorites = context.studio.catalog, context.studio.preferred_models.favorites()
        documents = [
            model_document(
                spec,
                is_available=not catalog.refuses(spec),
                is_favorite=spec.id in favorites,
                listing=catalog.listing(spec),
                listing_text=catalog.detail(spec),
            )
            for spec in offered
        ]
        marks = [catalog.mark(spec) for spec in offered]
        prices = [_price(spec, context.studio.money) for spec in offered]
        is_sandbox = context.studio.account.state().is_sandbox
        charging = context.studio.catalog.charging_providers()
    if args.json:
        answer_json({"items": documents})
        return Exit.DONE
    rows = zip(offered, prices, marks, strict=True)
    _print_table([_HEAD, *(_row(spec, price, mark, is_favorite=spec.id in favorites) for spec, price, mark in rows)])
    if is_sandbox:
        unlike, whose = (f", unlike at {labels_of(charging)}", "providers'") if charging else ("", "provider's")
        say(f"The sandbox is in use: nothing is charged{unlike}. The prices are the {whose}.")
    return Exit.DONE


def model_document(
    spec: ModelSpec,
    *,
    is_available: bool,
    is_favorite: bool = False,
    listing: Listing = KNOWN,
    listing_text: str = "",
) -> dict[str, Any]:
    """A model as JSON: what is needed to choose one, with the names of `GET /api/models`; prices in credits."""
    return {
        "id": spec.id,
        "label": spec.label,
        "tagline": spec.tagline,
        "type": spec.modality.value,
        "maker": spec.maker,
        "capabilities": [capability.value for capability in spec.capabilities],
        "is_available": is_available,
        "is_favorite": is_favorite,
        "listing": {**_listing(listing), "text": listing_text},
        "aspect_ratios": list(spec.aspect_ratios),
        "durations": list(spec.durations_s),
        "n_variants": list(spec.variants),
        "reference": {"use": spec.reference_use.value},
        "inputs": [_input(slot) for slot in spec.inputs],
        "prices": [{"when": dict(when), "credits": credits} for when, credits in spec.price.table],
        "price_is_per_variant": spec.price.per_variant,
        "price_unit": spec.price.unit.value,
        "prices_as_of": spec.price.as_of.isoformat(),
    }


def _listing(listing: Listing) -> dict[str, Any]:
    return {
        "state": listing.state.value,
        "since": moment(listing.since),
        "missing_ids": list(listing.missing_ids),
        "hidden_fields": list(listing.hidden_fields),
    }


def _input(slot: InputSlot) -> dict[str, Any]:
    return {
        "role": slot.role.value,
        "label": slot.label,
        "kind": slot.kind.value,
        "minimum": slot.minimum,
        "maximum": slot.maximum,
        "types": list(slot.types),
        "max_bytes": slot.max_bytes,
        "min_item_s": slot.min_item_s,
        "max_item_s": slot.max_item_s,
        "max_total_s": slot.max_total_s,
        "needs": slot.needs.value if slot.needs else None,
        "excludes": [role.value for role in slot.excludes],
        "sets_aspect_ratio": slot.sets_aspect,
        "mask": {
            "changes": slot.mask.changes.value,
            "over": slot.mask.over.value,
            "same_type": slot.mask.same_type,
        }
        if slot.mask
        else None,
        "help": slot.help,
    }


def _row(spec: ModelSpec, price: str, mark: str, *, is_favorite: bool) -> tuple[str, ...]:
    notes = ["favorite"] if is_favorite else []
    if spec.retirement:
        notes.append(f"retired by {label_of(spec.provider)}, use {spec.retirement.replacement}")
    elif mark:
        notes.append(mark)
    reference = _REFERENCES[spec.reference_use]
    return (spec.id, spec.label, spec.modality.value, price, reference, "; ".join(notes))


def _price(spec: ModelSpec, money: MoneyService) -> str:
    """The range of list prices of one generation, marked as an estimate."""
    if spec.price.span_credits is None:
        return "not listed"
    low, high = spec.price.span_credits
    credits = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    paid = money.range_text(Estimate(low, high), spec.provider)
    return f"about {credits} credits{f' ({paid})' if paid else ''}{spec.price.unit.suffix}"


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
