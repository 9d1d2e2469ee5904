"""`python -m kaimedia quote`: what a request or a file of prompts would cost, without sending anything."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kaimedia.cli.batch import read_file, requests_of
from kaimedia.cli.exits import Exit
from kaimedia.cli.limits import limit_document
from kaimedia.cli.output import answer_json, counted
from kaimedia.cli.runner import open_app
from kaimedia.cli.typed_input import TypedInput
from kaimedia.cli.typed_request import TypedRequest
from kaimedia.domain import GenerationRequest
from kaimedia.models.estimates import Estimate
from kaimedia.models.spec import PromptUse
from kaimedia.providers.registry import location_of
from kaimedia.studio import LimitWarning, Studio, price_texts
from kaimedia.studio.quotes import Cost, Quote, QuoteItem, QuoteTotal

_PROMPT = "A prompt"  # no price depends on it


def quote(args: Namespace) -> Exit:
    """Print the price of one request, or of each prompt of `--file` with the totals by provider."""
    data = read_file(args.file) if args.file is not None else None
    inputs = tuple(TypedInput.read(text) for text in args.reference or ())
    typed = TypedRequest(args, args.prompt or _PROMPT, inputs)
    with open_app(runs_tasks=False) as context:
        studio = context.studio
        if data is None:
            requests: Sequence[GenerationRequest] = [_single(studio, typed, args.prompt)]
        else:
            requests = requests_of(studio, typed, data, args)
        found = studio.quotes.of(requests)
        warnings = studio.quotes.limits(found)
        lines = [*_lines(studio, found), *(each.text for each in warnings)]
    if args.json:
        answer_json(_document(found, warnings))
    else:
        print("\n".join(lines), flush=True)
    return Exit.DONE


def _single(studio: Studio, typed: TypedRequest, prompt: str | None) -> GenerationRequest:
    """The request; a model without a prompt gets none."""
    request = typed.request(studio)
    mode = studio.catalog.get(request.model).mode_for(request.references)
    return replace(request, prompt="") if prompt is None and mode.prompt_use is PromptUse.NONE else request


def _lines(studio: Studio, found: Quote) -> list[str]:
    items = list(dict.fromkeys(_item(studio, each) for each in found.items))  # many prompts, one line for each price
    return [*items, *(_total(studio, each) for each in found.totals)]


def _item(studio: Studio, item: QuoteItem) -> str:
    text = _amount(studio, item.cost, item.provider) or "no list price"
    why = price_texts.unsure_text(item.estimate)
    return f"{item.request.model:22}  {text}  (list of {item.prices_as_of}){f'  {why}' if why else ''}"


def _total(studio: Studio, total: QuoteTotal) -> str:
    tasks = counted(total.price.tasks, "task")
    if total.is_free:
        return f"{tasks} {location_of(total.provider)}: free of charge"
    text = _amount(studio, total.cost, total.provider) or "no list price"
    if total.price.unpriced and total.price.unpriced < total.price.tasks:
        text += f", with {total.price.unpriced} without a list price"
    balance = (
        f"; balance {price_texts.credits_text(total.balance_credits)}" if total.balance_credits is not None else ""
    )
    missing = f", {price_texts.credits_text(total.missing_credits)} missing" if total.missing_credits else ""
    return f"{tasks} {location_of(total.provider)}: {text}{balance}{missing}"


def _amount(studio: Studio, cost: Cost, provider: str) -> str:
    estimate = Estimate(cost.credits_low, cost.credits_high)
    credits, money = price_texts.amount_text(estimate), studio.money.range_text(estimate, provider)
    return f"{credits} ({money})" if credits and money else credits


def _document(found: Quote, warnings: Sequence[LimitWarning]) -> dict[str, Any]:
    """As `POST /api/quotes` returns it."""
    return {
        "items": [
            {
                "model": item.request.model,
                "provider": item.provider,
                "is_free": item.is_free,
                "cost": _cost(item.cost),
                "unsure": [each.value for each in item.estimate.unsure],
                "prices_as_of": item.prices_as_of.isoformat(),
            }
            for item in found.items
        ],
        "totals": [
            {
                "provider": total.provider,
                "tasks": total.price.tasks,
                "unpriced": total.price.unpriced,
                "is_free": total.is_free,
                "cost": _cost(total.cost),
                "balance_credits": total.balance_credits,
                "missing_credits": total.missing_credits,
            }
            for total in found.totals
        ],
        "must_confirm": found.must_confirm,
        "limits": [
            limit_document(each.use) | {"is_exceeded": each.is_exceeded, "is_unknown": each.is_unknown}
            for each in warnings
        ],
    }


def _cost(cost: Cost) -> dict[str, float | None]:
    names = ("credits_low", "credits_high", "usd_low", "usd_high")
    return {name: getattr(cost, name) for name in names}
