"""Response schemas of the models."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from kaimedia.api.schemas import Out
from kaimedia.domain import InputKind, Modality, Role
from kaimedia.models.inputs import InputSlot, MaskColor, ReferenceUse
from kaimedia.models.model_catalog import Listing, ListingState
from kaimedia.models.prices import PriceUnit
from kaimedia.models.spec import Capability, ModelSpec, PromptUse, Rank


class ParamOut(Out):
    """A parameter of a model."""

    name: str
    label: str
    kind: str
    default: Any
    choices: list[Any]
    minimum: float | None
    maximum: float | None
    step: float | None
    max_chars: int | None
    max_items: int | None
    item: dict[str, str] = Field(description="The keys of each object in a list of objects.")
    is_required: bool
    help: str


class ReferenceOut(Out):
    """Which reference images a model accepts."""

    use: ReferenceUse
    types: list[str]
    max_bytes: int
    sets_aspect_ratio: bool

    @classmethod
    def of(cls, spec: ModelSpec) -> ReferenceOut:
        """What `image_url` and its like are: the first of the model's inputs."""
        slot = spec.input()
        return cls(
            use=spec.reference_use,
            types=list(slot.types) if slot else [],
            max_bytes=slot.max_bytes if slot else 0,
            sets_aspect_ratio=slot.sets_aspect if slot else False,
        )


class MaskOut(Out):
    """What a mask must be like; it always has the size of its image in pixels."""

    changes: MaskColor = Field(description="The color of what changes; the rest has the other one.")
    over: Role = Field(description="The role of the one image it lies over.")
    same_type: bool = Field(description="True if it must be a file of that image's type.")


class InputOut(Out):
    """One role of input that a model takes."""

    role: Role
    label: str
    kind: InputKind
    minimum: int
    maximum: int
    types: list[str]
    max_bytes: int
    min_item_s: float | None = Field(description="The least seconds of one video or sound file.")
    max_item_s: float | None = Field(description="The most seconds of one video or sound file.")
    max_total_s: float | None = Field(description="The most seconds of all files of this role together.")
    needs: Role | None = Field(description="A role that must be given too.")
    excludes: list[Role] = Field(description="Roles that cannot be given at the same time.")
    sets_aspect_ratio: bool
    mask: MaskOut | None = Field(description="Of a mask that says where the image changes.")
    help: str

    @classmethod
    def of(cls, slot: InputSlot) -> InputOut:
        """The slot as JSON."""
        return cls(
            role=slot.role,
            label=slot.label,
            kind=slot.kind,
            minimum=slot.minimum,
            maximum=slot.maximum,
            types=list(slot.types),
            max_bytes=slot.max_bytes,
            min_item_s=slot.min_item_s,
            max_item_s=slot.max_item_s,
            max_total_s=slot.max_total_s,
            needs=slot.needs,
            excludes=list(slot.excludes),
            sets_aspect_ratio=slot.sets_aspect,
            mask=MaskOut(changes=slot.mask.changes, over=slot.mask.over, same_type=slot.mask.same_type)
            if slot.mask
            else None,
            help=slot.help,
        )


class PriceOut(Out):
    """A list price: the parameters it applies to, and credits."""

    when: dict[str, Any]
    credits: float | None = Field(description="For one unit; null where the provider lists none.")


class RetirementOut(Out):
    """When the provider retired the model, and what to use instead."""

    on: date
    replacement: str
    reason: str


class ListingOut(Out):
    """Whether the provider's own list of models, read once a day, has the model."""

    state: ListingState = Field(
        description="`known`: it has, or was not read yet. `not_listed`: it lacks the model. "
        "`new`: only it has the model; the price is unknown and the fields come from the provider's schema."
    )
    since: datetime | None = Field(description="When it was first missed there, or a new one first seen.")
    missing_ids: list[str] = Field(description="The provider's IDs of the model that its list lacks.")
    hidden_fields: list[str] = Field(description="Fields of a new model that are not offered: not understood.")
    text: str = Field(description="The same for people; empty for `known`.")

    @classmethod
    def of(cls, listing: Listing, text: str = "") -> ListingOut:
        """The listing as JSON; `text` is what is said about it."""
        return cls(
            state=listing.state,
            since=listing.since,
            missing_ids=list(listing.missing_ids),
            hidden_fields=list(listing.hidden_fields),
            text=text,
        )


class ModelOut(Out):
    """A model of the catalog: everything a form needs."""

    id: str
    label: str
    tagline: str
    type: Modality
    family: str
    maker: str
    capabilities: list[Capability]
    rank: Rank
    notes: list[str]
    is_available: bool = Field(
        description="False if requests are rejected: the model is retired, or its schema is not understood."
    )
    is_favorite: bool
    listing: ListingOut
    retirement: RetirementOut | None
    aspect_ratios: list[str]
    durations: list[int] = Field(description="Seconds; empty for images.")
    default_duration: int | None
    n_variants: list[int]
    prompt_use: PromptUse
    prompt_max_chars: int
    supports_enhance: bool
    reference: ReferenceOut = Field(description="What `image_url` may be: the first of `inputs`.")
    inputs: list[InputOut]
    params: list[ParamOut]
    prices: list[PriceOut]
    price_is_per_variant: bool
    price_unit: PriceUnit = Field(description="What the credits are for.")
    prices_as_of: date
    typical_s: tuple[int, int] | None = Field(
        description="How long it usually takes: minimum and maximum, in seconds; null if unknown."
    )

    @classmethod
    def of(cls, spec: ModelSpec, *, is_available: bool, listing: ListingOut, is_favorite: bool = False) -> ModelOut:
        """The model as JSON."""
        retired = spec.retirement
        same = {name: getattr(spec, name) for name in _SAME_IN_MODEL}
        return cls(
            type=spec.modality,
            family=spec.family,
            is_available=is_available,
            is_favorite=is_favorite,
            listing=listing,
            retirement=RetirementOut(on=retired.on, replacement=retired.replacement, reason=retired.reason)
            if retired
            else None,
            aspect_ratios=list(spec.aspect_ratios),
            durations=list(spec.durations_s),
            default_duration=spec.default_duration_s,
            n_variants=list(spec.variants),
            reference=ReferenceOut.of(spec),
            inputs=[InputOut.of(slot) for slot in spec.inputs],
            params=[
                ParamOut(
                    choices=list(param.choices),
                    item=dict(param.item),
                    **{name: getattr(param, name) for name in _SAME_IN_PARAM},
                )
                for param in spec.params
            ],
            prices=[PriceOut(when=dict(when), credits=credits) for when, credits in spec.price.table],
            price_is_per_variant=spec.price.per_variant,
            price_unit=spec.price.unit,
            capabilities=list(spec.capabilities),
            notes=list(spec.notes),
            prices_as_of=spec.price.as_of,
            **same,
        )


_SAME_IN_PARAM = tuple(name for name in ParamOut.model_fields if name not in ("choices", "item"))
_SAME_IN_MODEL = (
    *("id", "label", "tagline", "maker", "rank"),
    *("prompt_use", "prompt_max_chars", "supports_enhance", "typical_s"),
)
