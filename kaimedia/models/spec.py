"""What the product knows about a model, as data; `validation.py` checks requests against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kaimedia.domain import GenerationRequest, Modality, Role
from kaimedia.models.inputs import InputSlot, ReferenceUse, slot_of


@dataclass(frozen=True, slots=True)
class Param:
    """One of a model's own fields, shown in the form and checked before anything is sent.

    `kind` is `choice`, `text`, `number` or `flag`. `choices` holds wire values; `minimum` and `maximum` limit
    numbers (inclusive), `max_chars` limits text. `advanced` fields are collapsed in the form.
    """

    name: str
    label: str
    kind: str
    default: Any = None
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    max_chars: int | None = None
    help: str = ""
    advanced: bool = False
    with_reference: bool = True  # offered when a reference is given
    without_reference: bool = True  # offered when none is given

    def takes(self, value: Any) -> bool:
        """True if a value from another model or a style is valid here unchanged."""
        if self.kind == "choice":
            return value in self.choices
        if self.kind == "number":
            low, high = self.minimum, self.maximum
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and (low is None or value >= low) and (high is None or value <= high)
        return isinstance(value, bool) if self.kind == "flag" else isinstance(value, str)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A combination of values the provider refuses: all the `when` values together.

    Keys of `when` are `duration_s`, `aspect_ratio`, `variants`, `has_reference` (any input), `first_input` (its role)
    or a param's name.
    """

    when: Mapping[str, Any]
    field: str
    message: str


USD_PER_CREDIT = 0.005  # the provider's list rate; large top-ups get about 10 % extra


@dataclass(frozen=True, slots=True)
class Price:
    """Credits for one generation: the first entry of `table` whose conditions all match.

    Conditions use the same keys as `Refusal.when`. `as_of` is the date of the price list.
    `per_variant` multiplies by the number of images.
    """

    table: tuple[tuple[Mapping[str, Any], float], ...]
    as_of: date
    per_variant: bool = False


@dataclass(frozen=True, slots=True)
class Retirement:
    """A model the provider no longer offers: since when, and what to use instead (a model id)."""

    on: date
    replacement: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarketInput:
    """How a market model names the shared fields inside `input`; its own params keep their names.

    `aspect_values` maps our ratios to the model's values where they differ. `duration_as_text` sends "5", not 5.
    `inputs` names the field of each role; the links of those in `lists` are sent as
    a list. Source: docs.kie.ai, market model pages, state of 2026-10.
    """

    aspect: str = "aspect_ratio"
    aspect_values: Mapping[str, str] = field(default_factory=dict)
    duration: str = "duration"
    duration_as_text: bool = True
    inputs: Mapping[Role, str] = field(default_factory=lambda: {Role.FIRST_FRAME: "image_url"})
    lists: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the catalog: everything the form, validation, wire format and docs need to know.

    `typical_s` is how long it usually takes, (from, to) in seconds; `deadline_s` is when we stop waiting;
    `poll_s` is the (first, longest) interval between polls. `remote_name` and `remote_name_with_reference`
    are the provider's ids. `family` names the wire format its provider uses for it.
    """

    id: str
    label: str
    tagline: str
    modality: Modality
    family: str
    remote_name: str
    aspect_ratios: tuple[str, ...]
    typical_s: tuple[int, int]
    deadline_s: int
    poll_s: tuple[float, float]
    price: Price
    remote_name_with_reference: str | None = None
    durations_s: tuple[int, ...] = ()
    default_duration_s: int | None = None
    variants: tuple[int, ...] = (1,)
    prompt_max_chars: int = 4000
    supports_enhance: bool = False
    inputs: tuple[InputSlot, ...] = ()  # the first takes what is given without a role
    params: tuple[Param, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    retirement: Retirement | None = None
    provider: str = "kie"  # name in the registry of providers; the sandbox may stand in for it
    market_input: MarketInput = field(default_factory=MarketInput)  # read by the market family only
    source: str = ""  # where the facts come from and when they were checked

    def param(self, name: str) -> Param | None:
        """The model's own field with that name, or None."""
        return next((p for p in self.params if p.name == name), None)

    @property
    def reference_use(self) -> ReferenceUse:
        """Whether it takes inputs beside the prompt, and whether it can do without."""
        if any(slot.minimum for slot in self.inputs):
            return ReferenceUse.REQUIRED
        return ReferenceUse.OPTIONAL if self.inputs else ReferenceUse.NONE

    def input(self, role: Role | None = None) -> InputSlot | None:
        """The slot for a role, by default the first; None when it takes no such input."""
        return slot_of(self.inputs, role)

    def aspect_follows(self, request: GenerationRequest) -> bool:
        """True when the result has the shape of one of the request's inputs, so that no ratio is sent."""
        roles = {slot.role for slot in self.inputs if slot.sets_aspect}
        return any(reference.role in roles for reference in request.references)

    def offered_params(self, *, has_reference: bool) -> tuple[Param, ...]:
        """The fields that apply with or without a reference image."""
        return tuple(p for p in self.params if (p.with_reference if has_reference else p.without_reference))

    def estimate_credits(self, request: GenerationRequest) -> float | None:
        """The list price of a validated request in credits, or None when the list has no row for it."""
        facts = request_facts(request)
        for conditions, credits in self.price.table:
            if all(facts.get(key) == value for key, value in conditions.items()):
                return credits * (request.variants if self.price.per_variant else 1)
        return None


def request_facts(request: GenerationRequest) -> dict[str, Any]:
    """The values that refusals and prices are keyed by."""
    return {
        **request.params,
        "duration_s": request.duration_s,
        "aspect_ratio": request.aspect_ratio,
        "variants": request.variants,
        "has_reference": bool(request.references),
        "first_input": request.references[0].role if request.references else None,
    }
