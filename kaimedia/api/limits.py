"""`/api/limits`: spending limits, and how much of each is used."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import CurrentCaller, CurrentStudio
from kaimedia.api.schemas import Out
from kaimedia.domain.limits import WARN_FROM, LimitScope, LimitUse, SpendingLimit, by_limit
from kaimedia.studio import Studio

router = APIRouter(prefix="/limits", tags=["limits"])
_MOST = 1_000_000_000
_ABOUT_TOKEN = "The first 12 digits of the SHA-256 of an API token, in hex; empty for all tasks, however submitted."
Amount = Annotated[float, Field(ge=0, le=_MOST)]


class LimitUseOut(Out):
    """How much of a limit in credits is used at one provider."""

    provider: str
    used: float
    left: float
    is_near: bool


class LimitOut(Out):
    """A limit and its use, in its own unit: `credits` or `usd`, the other of which is null."""

    scope: LimitScope
    token_id: str = Field(description=_ABOUT_TOKEN)
    credits: float | None = Field(description="Counted for each provider that charges by itself; `used` is the most.")
    usd: float | None
    used: float = Field(description="Charged, written off, or reserved for unfinished tasks.")
    left: float
    is_near: bool = Field(description=f"True from {WARN_FROM:.0%} on.")
    resets_at: datetime | None
    by_provider: list[LimitUseOut] = Field(description="Empty where all providers count together, or none was used.")

    @classmethod
    def of(cls, *uses: LimitUse) -> Self:
        """The limit as the API shows it; its uses begin with the most."""
        use, limit = uses[0], uses[0].limit
        return cls(
            scope=limit.scope,
            token_id=limit.token_id,
            credits=limit.credits,
            usd=limit.usd,
            used=use.used,
            left=use.left,
            is_near=use.is_near(),
            resets_at=use.resets_at,
            by_provider=[
                LimitUseOut(provider=each.provider, used=each.used, left=each.left, is_near=each.is_near())
                for each in uses
                if each.provider
            ],
        )


class Limits(Out):
    """All spending limits."""

    items: list[LimitOut]
    time_zone: Literal["UTC"] = Field("UTC", description="In which days and months begin.")
    your_token_id: str = Field(description="Of the token this request came with; empty without one.")


_IN_ONE_UNIT: Any = [
    {"required": [unit], "properties": {unit: {"type": "number"}, other: {"type": "null"}}}
    for unit, other in (("credits", "usd"), ("usd", "credits"))
]


class NewLimit(BaseModel):
    """A limit; exactly one of `credits` and `usd` is given."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"oneOf": _IN_ONE_UNIT})

    scope: Annotated[LimitScope, Field(strict=False)]
    token_id: str = Field("", pattern=r"^([0-9a-f]{12})?$", description=_ABOUT_TOKEN)
    credits: Amount | None = None
    usd: Amount | None = None


_EXAMPLE: Any = {"limits": [{"scope": "day", "credits": 500}, {"scope": "task", "usd": 2.5}]}


class NewLimits(BaseModel):
    """The limits that replace all earlier ones; an empty list lifts every limit."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    limits: list[NewLimit] = Field(max_length=100)


@router.get("")
def get_limits(studio: CurrentStudio, who: CurrentCaller) -> Limits:
    """The spending limits. A task that exceeds one is refused with 402 and the code `limit_reached`."""
    return _limits(studio, who.token_id)


@router.put("")
def put_limits(studio: CurrentStudio, who: CurrentCaller, wanted: NewLimits) -> Limits:
    """Replace all spending limits. Tasks that were already queued are not affected."""
    studio.limits.save([SpendingLimit(each.scope, each.credits, each.usd, each.token_id) for each in wanted.limits])
    return _limits(studio, who.token_id)


def _limits(studio: Studio, token_id: str) -> Limits:
    uses = studio.limits.uses(studio.account.state().name)
    items = [LimitOut.of(*of_one) for of_one in by_limit(uses)]
    return Limits(items=items, time_zone="UTC", your_token_id=token_id)
