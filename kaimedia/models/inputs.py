"""What a model takes beside the prompt, as data: one slot for each role, with its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from kaimedia.domain import InputKind, Reference, Role
from kaimedia.domain.file_types import label_of, listed, megabytes
from kaimedia.errors import InvalidRequest

IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
LENGTH_TOLERANCE_S = 0.1  # encoders fill up the last frame, so that 15 s of sound may become 15.05 s


class ReferenceUse(StrEnum):
    """Whether a model takes inputs beside the prompt."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class MaskColor(StrEnum):
    """The color of what changes in a mask; the rest has the other one."""

    WHITE = "white"
    BLACK = "black"


@dataclass(frozen=True, slots=True)
class MaskRule:
    """What a mask must be like: it lies over the one image of the role `over`, and has its size in pixels.

    With `same_type` it must be a file of that image's type, too.
    """

    changes: MaskColor
    over: Role
    same_type: bool = False


@dataclass(frozen=True, slots=True)
class InputSlot:
    """One role a model takes: how many files, of which types (MIME) and of which size, each at most `max_bytes`.

    `needs` names a role that must be given too; `alone_with` limits how many of that role there may be then.
    `excludes` names roles that cannot be given at the same time. `sets_aspect` means that the result has the shape
    of the input. `mask` is known of masks that say where an image changes. A video or sound lasts `min_item_s` to
    `max_item_s` seconds, and all of them together at most `max_total_s`.
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
    min_item_s: float | None = None
    max_item_s: float | None = None
    max_total_s: float | None = None
    mask: MaskRule | None = None
    help: str = ""

    @property
    def limits(self) -> dict[str, Any]:
        """What it takes, as arguments of `ReferenceStore`."""
        return {"kind": self.kind, "allowed_mimes": self.types, "max_bytes": self.max_bytes}


def slot_of(slots: Iterable[InputSlot], role: Role | None) -> InputSlot | None:
    """The slot of a role; without one, the first. None when the model does not take it."""
    return next((slot for slot in slots if role is None or slot.role is role), None)


def masked_pair(slots: Iterable[InputSlot], references: Sequence[Reference]) -> tuple[InputSlot, int, int] | None:
    """The slot of a mask, its place among the inputs, and the place of the image it lies over; None without both."""
    places = {each.role: at for at, each in reversed(list(enumerate(references)))}
    for slot in slots:
        if slot.mask is not None and slot.role in places and slot.mask.over in places:
            return slot, places[slot.role], places[slot.mask.over]
    return None


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
        raise InvalidRequest(f"{label} takes no {_NOTHING[references[0].kind]}. Remove it.", field="reference")
    given: dict[Role, list[Reference]] = {slot.role: [] for slot in slots}
    for reference in references:
        slot = slot_of(slots, reference.role)
        if slot is None:
            names = ", ".join(each.role.value for each in slots)
            raise InvalidRequest(f"{label} takes no {reference.role}. It takes: {names}.", field="reference")
        if slot.kind is not reference.kind:
            raise another_kind(slot, reference.kind)
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
    check_files(slot, given[slot.role])
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


def check_files(slot: InputSlot, references: Sequence[Reference]) -> None:
    """Check what is known of the stored videos or sound files of a slot: type, size, and length, one by one and in all.

    What is not known yet, as of links, is checked once they are fetched; images are converted to what a model takes.

    Raises:
        InvalidRequest: `field` is the role.
    """
    for reference in references:
        problem = _problem(slot, reference)
        if problem:
            raise InvalidRequest(f"“{slot.label}” {problem}", field=slot.role)
    total_s = sum(reference.duration_s or 0 for reference in references)
    if len(references) > 1 and slot.max_total_s is not None and total_s > slot.max_total_s + LENGTH_TOLERANCE_S:
        limit = f"All files for “{slot.label}” together can be up to {slot.max_total_s:g} s long"
        message = f"{limit}; these are {total_s:.1f} s."
        raise InvalidRequest(message, field=slot.role)


def _problem(slot: InputSlot, reference: Reference) -> str:
    """What is wrong with one file, as a sentence that begins with the slot's label; "" if nothing is."""
    size_bytes, length_s = reference.size_bytes, reference.duration_s
    if reference.mime_type is not None and reference.mime_type not in slot.types:
        return f"takes {listed(slot.types)}, not {label_of(reference.mime_type)}."
    if size_bytes is not None and size_bytes > slot.max_bytes:
        return f"takes files up to {megabytes(slot.max_bytes)}; this one has {size_bytes / 1_000_000:.1f} MB."
    if length_s is None:
        return ""
    longest_s = min((each for each in (slot.max_item_s, slot.max_total_s) if each is not None), default=None)
    if slot.min_item_s is not None and length_s < slot.min_item_s - LENGTH_TOLERANCE_S:
        return f"must be at least {slot.min_item_s:g} s long; this {_FILE[slot.kind]} is {length_s:.1f} s."
    if longest_s is not None and length_s > longest_s + LENGTH_TOLERANCE_S:
        return f"can be up to {longest_s:g} s long; this {_FILE[slot.kind]} is {length_s:.1f} s."
    return ""


def another_kind(slot: InputSlot, given: InputKind) -> InvalidRequest:
    """The error for a file of another kind than the slot takes."""
    return InvalidRequest(
        f"“{slot.label}” must be {slot.kind.with_article}, not {given.with_article}.", field=slot.role
    )


def length_limits(slot: InputSlot) -> str:
    """ "3 to 30 s", "up to 15 s, 15 s in all"; "" without limits."""
    low, high, total = slot.min_item_s, slot.max_item_s, slot.max_total_s
    parts = []
    if low is not None and high is not None:
        parts.append(f"{low:g} to {high:g} s")
    elif low is not None or high is not None:
        parts.append(f"at least {low:g} s" if low is not None else f"up to {high:g} s")
    if total is not None and slot.maximum > 1:
        parts.append(f"{total:g} s in all")
    return ", ".join(parts)


_FILE = {InputKind.IMAGE: "image", InputKind.VIDEO: "video", InputKind.AUDIO: "sound file"}
_NOTHING = {InputKind.IMAGE: "reference image", InputKind.VIDEO: "video", InputKind.AUDIO: "sound"}
