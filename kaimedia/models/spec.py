"""What the product knows about a model, as data; `validation.py` checks requests against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kaimedia.domain import GenerationRequest, Modality, Reference, Role, utc_now
from kaimedia.models.estimates import UNKNOWN_SIZES, Estimate, Sizes, estimate
from kaimedia.models.inputs import InputSlot, ReferenceUse, slot_of
from kaimedia.models.params import Param
from kaimedia.models.prices import Price
from kaimedia.models.rules import Labels, Rule, is_sent, request_facts
from kaimedia.models.wire_fields import WireField


@dataclass(frozen=True, slots=True)
class Retirement:
    """A model the provider no longer offers: since when, and what to use instead (a model id)."""

    on: date
    replacement: str
    reason: str


class PromptUse(StrEnum):
    """Whether a model takes a prompt."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Rank(StrEnum):
    """How prominently a model is offered."""

    FEATURED = "featured"
    STANDARD = "standard"
    LEGACY = "legacy"  # still offered by the provider; there is a better one
    UTILITY = "utility"  # a step after a generation


class Capability(StrEnum):
    """What a model does."""

    TEXT_TO_IMAGE = "text-to-image"
    EDIT = "edit"  # an image from one or more images
    INPAINT = "inpaint"
    UPSCALE = "upscale"
    REMOVE_BACKGROUND = "remove-background"
    REFRAME = "reframe"
    SPLIT_LAYERS = "split-layers"
    TEXT_TO_VIDEO = "text-to-video"
    IMAGE_TO_VIDEO = "image-to-video"
    FIRST_LAST_FRAME = "first-last-frame"
    REFERENCE_TO_VIDEO = "reference-to-video"
    VIDEO_TO_VIDEO = "video-to-video"
    MOTION_CONTROL = "motion-control"
    TALKING_PORTRAIT = "talking-portrait"
    LIP_SYNC = "lip-sync"
    EXTEND = "extend"
    GET_1080P = "get-1080p"  # of a video that the provider made in fewer pixels
    GET_4K = "get-4k"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the catalog: everything the form, validation, wire format and docs need to know.

    `typical_s` is how long it usually takes, (from, to) in seconds, None where nobody measured it; `deadline_s` is
    when we stop waiting; `poll_s` is the (first, longest) interval between polls. `remote_name` is the provider's
    id for it, `listed_as` its id in the provider's own list of models where that is another one, and `family` the wire
    format, for clients that need them. `max_results` limits how many results are saved of a model whose number of
    results is not known before.

    A model that its provider offers under several ids, by what is given, has one spec for each in `modes`; its own
    fields are then what all of them take together.
    """

    id: str
    label: str
    tagline: str
    modality: Modality
    aspect_ratios: tuple[str, ...]
    typical_s: tuple[int, int] | None
    deadline_s: int
    poll_s: tuple[float, float]
    price: Price
    family: str = ""
    remote_name: str = ""
    default_aspect_ratio: str | None = None
    durations_s: tuple[int, ...] = ()
    default_duration_s: int | None = None
    variants: tuple[int, ...] = (1,)
    max_results: int | None = None
    prompt_use: PromptUse = PromptUse.REQUIRED
    prompt_min_chars: int = 1
    prompt_max_chars: int = 4000
    supports_enhance: bool = False
    inputs: tuple[InputSlot, ...] = ()  # the first takes what is given without a role
    params: tuple[Param, ...] = ()
    rules: tuple[Rule, ...] = ()
    retirement: Retirement | None = None
    provider: str = "kie"  # name in the registry of providers; the sandbox may stand in for it
    maker: str = ""
    capabilities: tuple[Capability, ...] = ()
    rank: Rank = Rank.STANDARD
    since: str = ""  # year and month the provider first offered it, where known
    listed_as: str = ""
    better: str = ""  # the id of a model that does the same in better quality
    notes: tuple[str, ...] = ()  # what people should know and no rule can check
    wire: tuple[WireField, ...] = ()  # read by the market family only
    modes: tuple[ModelSpec, ...] = ()
    source: str = ""  # where the facts come from and when they were checked

    def param(self, name: str) -> Param | None:
        """The model's own field with that name, or None."""
        return next((p for p in self.params if p.name == name), None)

    @property
    def listed_ids(self) -> tuple[str, ...]:
        """Its ids in the provider's own list of models, one for each mode."""
        return tuple(mode.listed_as or mode.remote_name for mode in self.modes or (self,))

    @property
    def labels(self) -> Labels:
        """The labels of its fields and inputs, for messages."""
        fields = {slot.role.value: slot.label for slot in self.inputs}
        return Labels(self.label, fields | {param.name: param.label for param in self.params})

    @property
    def reference_use(self) -> ReferenceUse:
        """Whether it takes inputs beside the prompt, and whether it can do without."""
        if not self.inputs:
            return ReferenceUse.NONE
        modes = self.modes or (self,)
        can_do_without = any(not any(slot.minimum for slot in mode.inputs) for mode in modes)
        return ReferenceUse.OPTIONAL if can_do_without else ReferenceUse.REQUIRED

    def input(self, role: Role | None = None) -> InputSlot | None:
        """The slot for a role, by default the first; None when it takes no such input."""
        return slot_of(self.inputs, role)

    def mode_for(self, references: Iterable[Reference]) -> ModelSpec:
        """The spec that applies to these inputs: of the modes that take them all, the first that needs no others.

        A reference without a role counts as one of the first role for its kind of file. Without such a mode, the
        one that takes most of them.
        """
        if not self.modes:
            return self
        first = {slot.kind: slot.role for slot in reversed(self.inputs)}
        given = {reference.role or first.get(reference.kind) for reference in references} - {None}

        def unfit(mode: ModelSpec) -> tuple[int, int]:
            roles = {slot.role for slot in mode.inputs}
            missing = {slot.role for slot in mode.inputs if slot.minimum} - given
            return len(given - roles), len(missing)

        return min(self.modes, key=unfit)

    def aspect_follows(self, request: GenerationRequest) -> bool:
        """True when the result has the shape of one of the request's inputs, so that no ratio is sent."""
        mode = self.mode_for(request.references)
        roles = {slot.role for slot in mode.inputs if slot.sets_aspect}
        follows = any(reference.role in roles for reference in request.references)
        return follows or not is_sent(mode.rules, "aspect_ratio", request_facts(request))

    def estimate(
        self, request: GenerationRequest, sizes: Sizes = UNKNOWN_SIZES, *, at: datetime | None = None
    ) -> Estimate:
        """What a request costs by the list at a moment (aware, by default now), as far as that can be known before.

        `sizes` has the width and height in pixels of inputs, by role.
        """
        return estimate(self.mode_for(request.references), request, sizes, at or utc_now())

    def estimate_credits(self, request: GenerationRequest) -> float | None:
        """The list price of a validated request in credits; None when it is not known exactly before the result."""
        return self.estimate(request).exact
