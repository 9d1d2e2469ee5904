"""A mask painted over a chosen image: the button beside the inputs, the dialog, and whether the mask still fits."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from kaimedia.domain import Reference
from kaimedia.errors import KaimediaError
from kaimedia.models.inputs import InputSlot, MaskRule
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import MaskCanvas, Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.components import mask_painter
from kaimedia.ui.gallery import dialog_parts
from kaimedia.ui.generate import chosen_inputs, draft
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import MaskColors, OpenDialog, ReferenceDraft

DIALOG = "mask"
FIELD = "mask_painter"
SWAP_COLORS = "If this mask was made for the other color, swap black and white in it and add it again, or repaint it."
MISFIT = "The mask was painted on another image and no longer fits. Paint it again, or remove it."


@dataclass(frozen=True, slots=True)
class MaskPlace:
    """Where the model takes a mask: its slot and rule, the image it lies over, and the mask that is chosen."""

    slot: InputSlot
    rule: MaskRule
    image: chosen_inputs.Placed
    mask: ReferenceDraft | None
    mask_place: int | None  # its place in the session's list

    @property
    def is_misfit(self) -> bool:
        """True when the mask was painted on another image."""
        return self.mask is not None and self.mask.painted_on not in ("", self.image[1].reference.filename)


def find(spec: ModelSpec) -> MaskPlace | None:
    """The place of the mask; None where the model takes none, or there is not one stored image to paint on."""
    for slot in spec.inputs:
        if slot.mask is None:
            continue
        found = chosen_inputs.placed(spec)
        images = [each for each in found if each[2].role is slot.mask.over]
        at, mask = next(((at, chosen) for at, chosen, its_slot in found if its_slot is slot), (None, None))
        if len(images) == 1 and images[0][1].reference.filename:
            return MaskPlace(slot, slot.mask, images[0], mask, at)
    return None


def problem(spec: ModelSpec) -> str | None:
    """Why the chosen mask cannot be sent, if it cannot."""
    place = find(spec)
    return MISFIT if place is not None and place.is_misfit else None


def show_button(spec: ModelSpec, place: int) -> None:
    """The button that opens the painter, in the card of the mask, or of the image to paint on."""
    found = find(spec)
    if found is None or place != (found.mask_place if found.mask else found.image[0]):
        return
    label = "Repaint mask" if found.mask else "Paint mask"
    st.button(label, key="mask_paint", type="tertiary", icon=":material/brush:", help=label, on_click=_open)


def show_problem(spec: ModelSpec) -> None:
    """Say that the mask no longer fits, or that the model may read its colors the other way."""
    if difference := chosen_inputs.mask_difference(spec):
        about = f"{spec.label} {difference}. {SWAP_COLORS}"
        st.html(f'<p class="k-quiet" role="status" data-field="mask">{ui_text.escaped(about)}</p>')
    if text := problem(spec):
        st.html(f'<p class="k-field-note" role="alert" data-field="mask">{ui_text.escaped(text)}</p>')


def ask(studio: Studio, dialog: OpenDialog) -> None:
    """The painter, in a dialog."""
    spec = draft.current_spec(studio, studio.settings.get())
    place = find(spec)
    if place is None:
        st.markdown("Choose one image first. The mask is painted over it.")
        return
    try:
        canvas = _canvas(studio, place)
    except KaimediaError as error:
        st.html(f'<p class="k-field-note" role="alert">{ui_text.escaped(error.message)} {error.next_step}</p>')
        return
    note = state.field_note.get()
    mask_painter.show(
        canvas,
        place.rule.changes,
        key="mask_painter",
        note=f"{note.message} {note.next_step}".strip() if note is not None and note.field == FIELD else "",
        received=state.masks_received.get(),
        on_painted=partial(_take, studio, spec),
    )


def _canvas(studio: Studio, place: MaskPlace) -> MaskCanvas:
    """What is painted on; kept while the dialog is open, because background runs draw it again."""
    mask = place.mask.reference if place.mask and not place.is_misfit else None
    image = place.image[1].reference
    about = f"{image.filename} {mask.filename if mask else ''}"
    kept = state.mask_canvas.get()
    if kept is None or kept[0] != about:
        kept = (about, studio.references.masks.canvas(image, mask))
        state.mask_canvas.set(kept)
    return kept[1]


def _open() -> None:
    state.field_note.set(None)
    state.close_reference_box()  # it lies over the settings
    state.mask_canvas.set(None)
    state.gallery_dialog.set(OpenDialog(DIALOG))


def painted(studio: Studio, slot: InputSlot, rule: MaskRule, png: bytes, image: Reference) -> ReferenceDraft:
    """Store a mask painted on an image, and its copy for models that read the colors the other way.

    Raises:
        InvalidRequest: it is no PNG, or has another size than the image.
        MediaError: it cannot be read or stored, or the image is gone.
    """
    mask = studio.references.masks.add(slot, png, image)
    copy = studio.references.masks.inverted(slot, mask)
    colors = MaskColors(rule.changes, (copy, studio.references.preview(copy)))
    preview = studio.references.preview(mask)
    return ReferenceDraft(mask, preview, "Painted", painted_on=image.filename or "", colors=colors)


@notify_errors
def _take(studio: Studio, spec: ModelSpec, png: str) -> None:
    """Choose a painted mask."""
    state.masks_received.set(state.masks_received.get() + 1)
    place = find(spec)
    if place is None:
        dialog_parts.close()
        return
    at, chosen, image_slot = place.image
    masks = studio.references.masks
    try:
        image = masks.upright(image_slot, chosen.reference)
        mask = painted(studio, place.slot, place.rule, base64.b64decode(png, validate=True), image)
    except binascii.Error:
        state.field_note.set(state.FieldNote(FIELD, "The mask did not arrive whole. Try again."))
        return
    except KaimediaError as error:
        state.field_note.set(state.FieldNote(FIELD, error.message, error.next_step))
        return
    if image is not chosen.reference:
        changed = replace(chosen, reference=image)
        state.references.set(tuple(changed if i == at else each for i, each in enumerate(state.references.get())))
    chosen_inputs.add(spec, place.slot, mask)
    state.mask_canvas.set(None)
    dialog_parts.close()
