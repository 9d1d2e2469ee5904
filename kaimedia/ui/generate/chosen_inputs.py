"""The inputs chosen on the page, and which slots of a model they fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kaimedia.domain import Reference
from kaimedia.models.inputs import InputSlot
from kaimedia.models.spec import ModelSpec
from kaimedia.ui import state

Placed = tuple[int, state.ReferenceDraft, InputSlot]  # its place in the session's list, what it is, what it fills


def placed(spec: ModelSpec) -> list[Placed]:
    """What the model takes of the chosen inputs, in the order of its slots; the rest waits for another model.

    An input chosen for a role goes there; any other, and one whose role the model lacks, fills the first slot that has
    room. A mask painted for a model that reads its colors the other way is replaced by its inverted copy.
    """
    taken: dict[InputSlot, list[Placed]] = {slot: [] for slot in spec.inputs}
    for place, draft in enumerate(state.references.get()):
        slot = _slot_for(spec, draft, taken)
        if slot is not None:
            taken[slot].append((place, _in_colors_of(slot, draft), slot))
    return [each for found in taken.values() for each in found]


def _slot_for(spec: ModelSpec, draft: state.ReferenceDraft, taken: dict[InputSlot, list[Placed]]) -> InputSlot | None:
    wanted = spec.input(draft.role) if draft.role else None
    candidates = (wanted,) if wanted else spec.inputs
    return next((slot for slot in candidates if _has_room(slot, draft.reference, taken)), None)


def _in_colors_of(slot: InputSlot, draft: state.ReferenceDraft) -> state.ReferenceDraft:
    """The input with the colors that the slot's mask has, where it is a mask with a copy in them."""
    colors = draft.colors
    if slot.mask is None or colors is None or colors.inverted is None or colors.changes is slot.mask.changes:
        return draft
    copy, preview = colors.inverted
    swapped = state.MaskColors(slot.mask.changes, (draft.reference, draft.preview))
    return replace(draft, reference=copy, preview=preview, colors=swapped)


def _has_room(slot: InputSlot, reference: Reference, taken: dict[InputSlot, list[Placed]]) -> bool:
    filled = {each.role for each, found in taken.items() if found}
    is_free = len(taken[slot]) < slot.maximum and not filled.intersection(slot.excludes)
    return is_free and slot.kind is reference.kind and (slot.needs is None or slot.needs in filled)


def references(spec: ModelSpec) -> tuple[Reference, ...]:
    """The inputs of the draft with their roles, as a request has them."""
    return tuple(replace(draft.reference, role=slot.role) for _, draft, slot in placed(spec))


def mask_difference(spec: ModelSpec) -> str:
    """ "changes what is white in the mask, not what is black": of a mask that was chosen for the other color.

    "" where there is none, or a mask painted here, which is inverted. The sentence lacks the model, its subject.
    """
    for _, draft, slot in placed(spec):
        if slot.mask is not None and draft.colors is not None and draft.colors.changes is not slot.mask.changes:
            return f"changes what is {slot.mask.changes} in the mask, not what is {draft.colors.changes}"
    return ""


def open_slots(spec: ModelSpec) -> list[InputSlot]:
    """The slots that take one more, given what is chosen."""
    found = placed(spec)
    counts = {slot: sum(each is slot for *_, each in found) for slot in spec.inputs}
    filled = {slot.role for slot, count in counts.items() if count}
    excluded = {role for slot in spec.inputs if slot.role in filled for role in slot.excludes}
    needed = {slot.needs: slot for slot in spec.inputs if slot.needs and slot.role in filled and slot.alone_with}
    return [
        slot
        for slot in spec.inputs
        if counts[slot] < slot.maximum
        and not filled.intersection(slot.excludes)
        and slot.role not in excluded
        and (slot.needs is None or slot.needs in filled)
        and (slot.alone_with is None or counts[_slot(spec, slot)] <= slot.alone_with)
        and not (slot.role in needed and counts[slot] >= (needed[slot.role].alone_with or 0))
    ]


def room(spec: ModelSpec, slot: InputSlot) -> int:
    """How many more a slot takes, other rules aside."""
    return slot.maximum - sum(each is slot for *_, each in placed(spec))


def _slot(spec: ModelSpec, slot: InputSlot) -> InputSlot:
    return spec.input(slot.needs) or slot


def add(spec: ModelSpec, slot: InputSlot, draft: state.ReferenceDraft) -> None:
    """Choose one more for a slot; where the slot is full, it replaces the last one there. For callbacks only."""
    role = None if slot is spec.inputs[0] else slot.role
    chosen = list(state.references.get())
    in_slot = [place for place, _, each in placed(spec) if each is slot]
    if len(in_slot) >= slot.maximum:
        chosen.pop(in_slot[-1])
    state.references.set((*chosen, replace(draft, role=role)))


def remove(place: int) -> None:
    """Take one away. For callbacks only."""
    state.references.set(tuple(each for at, each in enumerate(state.references.get()) if at != place))


def restore(spec: ModelSpec, drafts: Sequence[state.ReferenceDraft]) -> None:
    """Choose exactly these, as an earlier task had them. For callbacks only."""
    first = spec.inputs[0].role if spec.inputs else None
    state.references.set(tuple(replace(each, role=None) if each.role is first else each for each in drafts))
