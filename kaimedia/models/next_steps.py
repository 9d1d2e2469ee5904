"""What can be done with a finished result, and with which models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from kaimedia.domain import InputKind, Modality, Role
from kaimedia.models.inputs import InputSlot
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import Capability, ModelSpec, Rank


class NextStep(StrEnum):
    """A step that continues from a result."""

    EDIT = "edit"
    VARY = "vary"
    ANIMATE = "animate"
    TALK = "talk"
    UPSCALE = "upscale"
    REMOVE_BACKGROUND = "remove-background"
    EXTEND = "extend"
    CHANGE_VIDEO = "change-video"
    LIP_SYNC = "lip-sync"
    LAST_FRAME = "last-frame"
    GET_1080P = "get-1080p"
    GET_4K = "get-4k"


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step is called, what results it continues from, and what a model needs for it.

    `roles` are those the result may take, the best first; without any, the step continues the provider's task alone.
    With `keeps_prompt` the result's prompt stays in the form.
    """

    label: str
    hint: str
    of: Modality
    capabilities: tuple[Capability, ...]
    roles: tuple[Role, ...]
    keeps_prompt: bool = False


STEPS: dict[NextStep, StepFacts] = {
    NextStep.EDIT: StepFacts(
        "Edit",
        "Say what to change",
        Modality.IMAGE,
        (Capability.EDIT, Capability.INPAINT),
        (Role.REFERENCE, Role.SOURCE),
    ),
    NextStep.VARY: StepFacts(
        "Vary",
        "The same prompt, with this image as the reference",
        Modality.IMAGE,
        (Capability.EDIT,),
        (Role.REFERENCE, Role.SOURCE),
        keeps_prompt=True,
    ),
    NextStep.ANIMATE: StepFacts(
        "Animate",
        "Make a video from it",
        Modality.IMAGE,
        (Capability.IMAGE_TO_VIDEO,),
        (Role.FIRST_FRAME, Role.REFERENCE),
    ),
    NextStep.TALK: StepFacts(
        "Make it talk", "With a sound file of speech", Modality.IMAGE, (Capability.TALKING_PORTRAIT,), (Role.PORTRAIT,)
    ),
    NextStep.UPSCALE: StepFacts(
        "Upscale", "More pixels", Modality.IMAGE, (Capability.UPSCALE,), (Role.SOURCE,), keeps_prompt=True
    ),
    NextStep.REMOVE_BACKGROUND: StepFacts(
        "Remove background", "Cut out the subject", Modality.IMAGE, (Capability.REMOVE_BACKGROUND,), (Role.SOURCE,)
    ),
    NextStep.EXTEND: StepFacts("Extend", "Make it longer", Modality.VIDEO, (Capability.EXTEND,), (Role.SOURCE_VIDEO,)),
    NextStep.CHANGE_VIDEO: StepFacts(
        "Edit video", "Say what to change", Modality.VIDEO, (Capability.VIDEO_TO_VIDEO,), (Role.SOURCE_VIDEO,)
    ),
    NextStep.LIP_SYNC: StepFacts(
        "Change the speech", "With a sound file", Modality.VIDEO, (Capability.LIP_SYNC,), (Role.SOURCE_VIDEO,)
    ),
    NextStep.LAST_FRAME: StepFacts(
        "Continue from the last frame",
        "As the first frame of a new video",
        Modality.VIDEO,
        (Capability.IMAGE_TO_VIDEO,),
        (Role.FIRST_FRAME,),
    ),
    NextStep.GET_1080P: StepFacts("Get in 1080p", "The same video", Modality.VIDEO, (Capability.GET_1080P,), ()),
    NextStep.GET_4K: StepFacts("Get in 4K", "The same video", Modality.VIDEO, (Capability.GET_4K,), ()),
}
_UPSCALE_VIDEO = (Role.SOURCE_VIDEO,)
_RANKS = tuple(Rank)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to take a step: the model, and the slot or the field that the result goes into."""

    model: ModelSpec
    slot: InputSlot | None
    task_field: Param | None = None


@dataclass(frozen=True, slots=True)
class SourceTask:
    """The task that made a result, where its provider still has it: the provider's id of its model, and its fields.

    `followed_by` are the provider's ids of the models that continued it.
    """

    remote_name: str
    params: Mapping[str, Any]
    followed_by: frozenset[str] = frozenset()


def ways(step: NextStep, of: Modality, source: SourceTask | None, models: Iterable[ModelSpec]) -> list[Way]:
    """The models that can take the step from a result, the best first.

    Some steps continue tasks of certain models only. Those come first.
    """
    facts = STEPS[step]
    roles = _UPSCALE_VIDEO if step is NextStep.UPSCALE and of is Modality.VIDEO else facts.roles
    takes_video = of is Modality.VIDEO and step is not NextStep.LAST_FRAME
    kind = InputKind.VIDEO if takes_video else InputKind.IMAGE
    found = []
    for spec in models:
        if not set(spec.capabilities).intersection(facts.capabilities):
            continue
        if (field := _task_field(spec, source)) is not None:
            found.append(Way(spec, None, field))
        elif slot := next(
            (slot for role in roles for slot in spec.inputs if slot.role is role and slot.kind is kind), None
        ):
            found.append(Way(spec, slot))
    return sorted(found, key=lambda way: (way.task_field is None, _rank(way.model)))


def once_field(spec: ModelSpec) -> Param | None:
    """The field for the task that the model continues, where it continues each task only once; else None."""
    fields = (param for param in spec.params if param.kind is ParamKind.TASK)
    return next((each for each in fields if spec.remote_name in each.closed_by), None)


def closed_by(way: Way, source: SourceTask, models: Iterable[ModelSpec]) -> list[ModelSpec]:
    """The other models that can continue the same task now, and no longer can after this way is taken."""
    later = replace(source, followed_by=source.followed_by | {way.model.remote_name})
    return [
        spec
        for spec in models
        if spec is not way.model and _task_field(spec, source) is not None and _task_field(spec, later) is None
    ]


def _task_field(spec: ModelSpec, source: SourceTask | None) -> Param | None:
    """The field for the task's id, where the model continues that task."""
    if source is None:
        return None
    fields = (param for param in spec.params if param.kind is ParamKind.TASK and source.remote_name in param.of_models)
    return next((each for each in fields if not _is_excluded(each, source)), None)


def _is_excluded(field: Param, source: SourceTask) -> bool:
    is_closed = not source.followed_by.isdisjoint(field.closed_by)
    return is_closed or any(source.params.get(name) in values for name, values in field.unless.items())


def _rank(spec: ModelSpec) -> int:
    if spec.rank is Rank.UTILITY:  # made for such steps
        return 0
    return 1 + _RANKS.index(spec.rank)
