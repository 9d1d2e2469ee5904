"""The tools about models and money: what there is, what it costs, what was spent."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from pydantic import Field

from kaimedia.api.limits import LimitOut
from kaimedia.api.models import ModelDetail, get_model
from kaimedia.api.schemas import Out
from kaimedia.api.spending import SpendingItem, SumsOut, get_spending
from kaimedia.domain import Modality
from kaimedia.domain.limits import by_limit
from kaimedia.domain.spending import SpendingBy
from kaimedia.errors import NotFound
from kaimedia.mcp_server.call import Call
from kaimedia.mcp_server.tool import Arguments, Reply, Tool
from kaimedia.models.prices import PriceUnit
from kaimedia.models.spec import Capability, ModelSpec, Rank


class ListModels(Arguments):
    """The arguments of list_models."""

    type: Modality | None = Field(default=None, description="Only models for images, or only for videos.")
    does: Capability | None = Field(default=None, description="Only models that do this.")
    q: str = Field(default="", max_length=100, description="Words in the name, the maker or the description.")
    limit: int = Field(default=20, ge=1, le=200)
    offset: int = Field(default=0, ge=0)


class ModelBrief(Out):
    """One line of the list of models."""

    id: str
    label: str
    tagline: str
    maker: str
    type: Modality
    capabilities: list[Capability]
    rank: Rank
    is_available: bool
    credits_from: float | None = Field(description="The lowest list price for one unit; null if unknown.")
    price_unit: PriceUnit
    typical_s: tuple[int, int] | None = Field(description="How long it usually takes, in seconds.")

    @classmethod
    def of(cls, spec: ModelSpec, *, is_available: bool) -> Self:
        """The model in one line."""
        prices = [credits for _, credits in spec.price.table if credits is not None]
        return cls(
            type=spec.modality,
            capabilities=list(spec.capabilities),
            is_available=is_available,
            credits_from=min(prices, default=None),
            price_unit=spec.price.unit,
            **{name: getattr(spec, name) for name in ("id", "label", "tagline", "maker", "rank", "typical_s")},
        )


class ModelsAnswer(Out):
    """Models in the order of the studio, the recommended ones first."""

    items: list[ModelBrief]
    total: int = Field(description="Of all that match; get more with `offset`.")


class DescribeModel(Arguments):
    """The arguments of describe_model."""

    model: str = Field(description="A model id; list_models lists them.")


class SpendingArguments(Arguments):
    """The arguments of spending."""

    by: SpendingBy = Field(default=SpendingBy.DAY, description="How the sum is divided.")
    since: date | None = Field(default=None, description="The first day; by default that of the first task.")
    until: date | None = Field(default=None, description="The last day; by default today.")


class SpendingAnswer(Out):
    """What was spent in the studio, and the spending limits of this token."""

    provider: str
    is_charged: bool = Field(description="False if the provider is free: amounts are what it would have cost.")
    since: date
    until: date
    total: SumsOut
    items: list[SpendingItem]
    limits: list[LimitOut] = Field(description="Those of this token, and those for everything.")
    has_own_limit: bool = Field(
        description="Whether this token has a daily or monthly limit. Without one, it cannot start what is charged."
    )
    token_id: str = Field(description="The id of this token, as in `limits set … --token ID`.")


def list_models(call: Call, wanted: ListModels) -> Reply:
    """The models that match."""
    catalog, words = call.studio.catalog, wanted.q.casefold().split()
    found = [
        spec
        for spec in catalog.models(wanted.type)
        if (wanted.does is None or wanted.does in spec.capabilities) and _has_words(spec, words)
    ]
    page = found[wanted.offset : wanted.offset + wanted.limit]
    items = [ModelBrief.of(spec, is_available=not catalog.refuses(spec)) for spec in page]
    return Reply(ModelsAnswer(items=items, total=len(found)))


def describe_model(call: Call, wanted: DescribeModel) -> Reply:
    """Everything about one model."""
    try:
        return Reply(get_model(wanted.model, call.studio))
    except NotFound as error:
        raise NotFound("There is no such model.", next_step="Call list_models for the ids.") from error


def spending(call: Call, wanted: SpendingArguments) -> Reply:
    """What was spent, divided as asked for."""
    studio, token_id = call.studio, call.token_id
    found = get_spending(studio, wanted.by, wanted.since, wanted.until)
    uses = [use for use in studio.limits.uses(studio.account.state().name) if use.limit.token_id in ("", token_id)]
    same: dict[str, Any] = {
        name: getattr(found, name) for name in ("provider", "is_charged", "since", "until", "total", "items")
    }
    limits = [LimitOut.of(*of_one) for of_one in by_limit(uses)]
    own = studio.agents.has_own_limit(token_id)
    return Reply(SpendingAnswer(limits=limits, has_own_limit=own, token_id=token_id, **same))


def _has_words(spec: ModelSpec, words: list[str]) -> bool:
    text = f"{spec.id} {spec.label} {spec.maker} {spec.tagline}".casefold()
    return all(word in text for word in words)


TOOLS: tuple[Tool[ListModels] | Tool[DescribeModel] | Tool[SpendingArguments], ...] = (
    Tool(
        "list_models",
        "List models",
        "The models for images and videos, with list prices in credits. Start here to choose one.",
        ListModels,
        ModelsAnswer,
        run=list_models,
    ),
    Tool(
        "describe_model",
        "Describe a model",
        "All settings of one model: aspect ratios, durations, input files by role, its own parameters, prices, and "
        "the JSON Schema of a request. In the tools, its own parameters go into `params`.",
        DescribeModel,
        ModelDetail,
        run=describe_model,
    ),
    Tool(
        "spending",
        "Spending and limits",
        "What was spent in this studio, by day, model, kind, collection or token, and how much of the limits is left.",
        SpendingArguments,
        SpendingAnswer,
        run=spending,
    ),
)
