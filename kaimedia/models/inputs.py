"""What a model takes beside the prompt, as data: one slot for each role, with its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kaimedia.domain import InputKind, Reference, Role
from kaimedia.errors import InvalidRequest

IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")


class ReferenceUse(StrEnum):
    """Whether a model takes inputs beside the prompt."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class InputSlot:
    """One role a model takes: how many files, of which types (MIME) and of which size, each at most `max_bytes`.

    `needs` names a role that must be given too; `alone_with` limits how many of that role there may be then.
    `excludes` names roles that cannot be given at the same time. `sets_aspect` means that the result has the shape
    of the input. `only_when` are values of fields this role requires, by the names of `request_facts`.
    """

    role: Role
    label: str
    kind: InputKind = InputKind.IMAGE
    minimum: int = 0
    maximum: int = 1
    types: tuple[str, ...] = IMAGE_TYPES
    max_bytes: int = 10 * 1024 * 1024
    needs: Role | None = None
    alone_with: int | None = None
    excludes: tuple[Role, ...] = ()
    sets_aspect: bool = False
    help: str = ""


def slot_of(slots: Iterable[InputSlot], role: Role | None) -> InputSlot | None:
    """The slot of a role; without one, the first. None when the model does not take it."""
    return next((slot for slot in slots if role is None or slot.role is role), None)


def by_role(references: Sequence[Reference], urls: Sequence[str]) -> Mapping[Role, tuple[str, ...]]:
    """The uploaded links of a validated request by role, each role's in the order they were given."""
    found: dict[Role, tuple[str, ...]] = {}
    for reference, url in zip(references, urls, strict=True):
        if reference.role is not None:
            found[reference.role] = (*found.get(reference.role, ()), url)
    return found


def valid_references(label: str, slots: Sequence[InputSlot], references: Sequence[Reference]) -> tuple[Reference, ...]:
    """The inputs with their roles filled in, in the order of the slots. `label` names the model in errors.

    Raises:
        InvalidRequest: `field` is the role, or `reference` where the model takes no input of that role.
    """
    if references and not slots:
        raise InvalidRequest(f"{label} takes no reference image. Remove it.", field="reference")
    given: dict[Role, list[Reference]] = {slot.role: [] for slot in slots}
    for reference in references:
        slot = slot_of(slots, reference.role)
        if slot is None:
            names = ", ".join(each.role.value for each in slots)
            raise InvalidRequest(f"{label} takes no {reference.role}. It takes: {names}.", field="reference")
        if slot.kind is not reference.kind:
            raise InvalidRequest(f"“{slot.label}” must be {_a(slot.kind)}, not {_a(reference.kind)}.", field=slot.role)
        given[slot.role].append(replace(reference, role=slot.role))
    for slot in slots:
        _check(label, slot, slots, given)
    return tuple(reference for slot in slots for reference in given[slot.role])


def _check(label: str, slot: InputSlot, slots: Sequence[InputSlot], given: Mapping[Role, Sequence[Reference]]) -> None:
    count = len(given[slot.role])
    name = slot.label[:1].lower() + slot.label[1:]
    if count < slot.minimum:
        raise InvalidRequest(f"{label} needs a {name}. Add one first.", field=slot.role)
    if not count:
        return
    if count > slot.maximum:
        raise InvalidRequest(
            f"{label} takes up to {slot.maximum} for “{slot.label}”, not {count}. Remove some.", field=slot.role
        )
    if slot.needs is not None and (needed := slot_of(slots, slot.needs)) is not None:
        there = len(given[slot.needs])
        if not there:
            raise InvalidRequest(f"“{slot.label}” needs “{needed.label}” too. Add it first.", field=slot.role)
        if slot.alone_with is not None and there > slot.alone_with:
            raise InvalidRequest(
                f"“{slot.label}” works with {slot.alone_with} for “{needed.label}”, not {there}.", field=slot.role
            )
    for role in slot.excludes:
        if given.get(role) and (other := slot_of(slots, role)) is not None:
            message = f"{label} takes either “{slot.label}” or “{other.label}”, not both. Remove one."
            raise InvalidRequest(message, field=slot.role)


def _a(kind: InputKind) -> str:
    return {InputKind.IMAGE: "an image", InputKind.VIDEO: "a video", InputKind.AUDIO: "a sound file"}[kind]
