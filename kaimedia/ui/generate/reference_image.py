"""The inputs beside the prompt: chosen by upload, link, from the gallery, by paste or drop; shown; removed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

import streamlit as st

from kaimedia.domain import InputKind, Media, MediaQuery, Modality, Reference, Role
from kaimedia.domain.file_types import extensions, listed, megabytes, spellings
from kaimedia.domain.upload_caps import FORM_MAX_BYTES
from kaimedia.errors import KaimediaError, MediaError
from kaimedia.models.inputs import InputSlot, length_limits
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.components import media_urls
from kaimedia.ui.generate import chosen_inputs, draft, drop_target, input_card, mask_painting
from kaimedia.ui.shell import notify_errors

RECENT = 12
WAYS = ["Link", "Upload", "Gallery"]
MAX_PASTED_BYTES = 15_000_000  # these arrive through the page's WebSocket
BOX = state.REFERENCE_BOX
_LINK = {InputKind.IMAGE: "Image link", InputKind.VIDEO: "Video link", InputKind.AUDIO: "Sound link"}
_NOTHING = {Modality.IMAGE: "Your gallery has no images yet.", Modality.VIDEO: "Your gallery has no videos yet."}


def show_inputs(studio: Studio, spec: ModelSpec) -> None:
    """Draw what is chosen, and the ways to choose more while the model takes more."""
    found, slots = chosen_inputs.placed(spec), chosen_inputs.open_slots(spec)
    if state.references.get() and not spec.inputs:
        text = f"{spec.label} does not support reference images. Yours is kept for another model."
        st.html(f'<p class="k-quiet">{ui_text.escaped(text)}</p>')
    with st.container(key="reference_row", horizontal=True, gap="xsmall"):
        if found:
            with st.container(key="reference_chosen", horizontal=True, gap="xsmall"):
                for place, chosen, slot in found:
                    input_card.show(studio, spec, place, chosen, slot, number=input_card.number(found, place, slot))
        if slots:
            with st.container(key="reference_more"):
                _show_chooser(studio, spec, slots, is_first=not found)
    mask_painting.show_problem(spec)
    if found:
        notices.field_note("reference", *Role)


def _show_chooser(studio: Studio, spec: ModelSpec, slots: Sequence[InputSlot], *, is_first: bool) -> None:
    note = state.field_note.get()
    if is_first and note is not None and note.field in ("reference", *Role):
        st.session_state[BOX] = True  # the error is shown inside
    box = st.expander(
        _first_label(slots) if is_first else _more_label(slots),
        icon=":material/add_photo_alternate:",
        key=BOX,
        on_change=_opened_or_closed,
    )
    if box.open:  # else every rerun would read the gallery
        with box:
            _chooser(studio, spec, slots)


def _first_label(slots: Sequence[InputSlot]) -> str:
    """ "Reference image · optional": the same for most models, since a click is lost when the label changes."""
    what = "Reference image" if all(slot.kind is InputKind.IMAGE for slot in slots) else "Inputs"
    return f"{what} · {'required' if any(slot.minimum for slot in slots) else 'optional'}"


def _more_label(slots: Sequence[InputSlot]) -> str:
    """ "Add last frame"; where there is a choice, "Add more"."""
    return f"Add {slots[0].label.lower()}" if len(slots) == 1 else "Add more"


def _opened_or_closed() -> None:
    if not st.session_state[BOX]:
        draft.forget_field("reference", *Role)  # closing it dismisses the error


def _next_slot(spec: ModelSpec) -> InputSlot:
    """What the next input is for: the role chosen above the tabs, else the first with room, else the first."""
    slots = chosen_inputs.open_slots(spec)
    wanted = next((slot for slot in slots if slot.label == state.reference_role.get()), None)
    return wanted or (slots or spec.inputs)[0]


def _chooser(studio: Studio, spec: ModelSpec, slots: Sequence[InputSlot]) -> None:
    slot = _next_slot(spec)
    if len(slots) > 1:
        state.reference_role.set(slot.label)
        st.segmented_control(
            "Use it as",
            [each.label for each in slots],
            key=state.reference_role.key,
            required=True,
            persist_state="session",
        )
    if slot.help:
        st.html(f'<p class="k-quiet">{ui_text.escaped(slot.help)}</p>')
    link, upload, gallery = tabs = st.tabs(
        WAYS, key=state.reference_way.key, on_change=draft.forget_field, args=("reference", *Role)
    )
    turn = state.reference_round.get()
    with link, st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="reference_link_row"):
        st.text_input(
            _LINK[slot.kind],
            placeholder="https://…",
            key=state.reference_link.key,
            autocomplete="url",  # type="url" would silently discard anything that is not a link
            on_change="ignore",
            persist_state="session",
        )
        st.button("Fetch", key="reference_fetch", on_click=_from_link, args=(studio, spec))
    with upload:
        key = f"reference_file_{turn}"
        st.file_uploader(
            f"{slot.kind.capitalize()} file",
            type=extensions(slot.types),
            key=key,
            accept_multiple_files=chosen_inputs.room(spec, slot) > 1,
            max_upload_size=max(1, min(slot.max_bytes, FORM_MAX_BYTES) // 1_000_000),
            on_change=_from_file,
            args=(studio, spec, key),
            label_visibility="collapsed",
        )
        st.html(f'<p class="k-refused-file" role="alert">{ui_text.escaped(f"Only {_taken(slot)}.")}</p>')
        also = "paste an image with Ctrl+V or drop it here" if slot.kind is InputKind.IMAGE else "drop it here"
        how = f"{_taken(slot)}. You can also {also}."
        st.html(f'<p class="k-quiet">{ui_text.escaped(how)}</p>')
    with gallery:
        _recent(studio, spec, slot)
    with tabs[WAYS.index(state.reference_way.get())]:
        notices.field_note("reference", *Role)


def show_drop_target(studio: Studio, spec: ModelSpec) -> None:
    """Accept files pasted on the page or dropped onto the composer."""
    slots = (chosen_inputs.open_slots(spec) or spec.inputs[:1]) if spec.inputs else []
    types = tuple(dict.fromkeys(each for slot in slots for each in slot.types))
    most = min(MAX_PASTED_BYTES, max((slot.max_bytes for slot in slots), default=MAX_PASTED_BYTES))
    larger = " Upload larger ones." if any(slot.kind is not InputKind.IMAGE for slot in slots) else ""
    drop_target.show(
        key="reference_drop",
        target=".st-key-composer",
        field=".st-key-reference_place",
        types=spellings(types),
        hint=f"Use a {listed(types)} up to {most // 1_000_000} MB.{larger}" if types else "",
        max_bytes=most,
        most_files=max(1, sum(chosen_inputs.room(spec, slot) for slot in slots)),
        rejection="" if slots else f"{spec.label} does not support reference images. Choose another model first.",
        on_file=lambda data, origin: _from_page(studio, spec, data, origin),
    )


def _taken(slot: InputSlot) -> str:
    """Accepted uploads: "PNG or JPEG up to 10 MB", "MP4 or MOV up to 100 MB, 3 to 30 s"."""
    size = megabytes(min(slot.max_bytes, FORM_MAX_BYTES))
    larger = "" if slot.max_bytes <= FORM_MAX_BYTES else f" (by link up to {megabytes(slot.max_bytes)})"
    return ", ".join(filter(None, [f"{listed(slot.types)} up to {size}{larger}", length_limits(slot)]))


def _recent(studio: Studio, spec: ModelSpec, slot: InputSlot) -> None:
    if slot.kind is InputKind.AUDIO:
        st.html('<p class="k-quiet">The gallery has images and videos. Upload a sound file, or paste a link.</p>')
        return
    wanted = Modality(slot.kind)
    items = studio.gallery.page(MediaQuery(media_type=wanted, limit=RECENT)).items
    if not items:
        st.html(f'<p class="k-quiet">{_NOTHING[wanted]}</p>')
        return
    with st.container(key="reference_recent", horizontal=True, gap="xsmall"):
        for item in items:
            with st.container(key=f"reference_pick_{item.id}", width=72):
                _thumbnail(item)
                st.button(
                    f"Use {ui_text.plain_markdown(ui_text.one_line(item.prompt, 60))}",
                    key=f"reference_use_{item.id}",
                    on_click=_from_gallery,
                    args=(studio, spec, item.id),
                )


def _thumbnail(item: Media) -> None:
    url = media_urls.for_html(item.thumbnail_path or item.filename)
    st.html(f'<img class="k-pick" loading="lazy" src="{ui_text.escaped(url)}" alt="">')


def _take(
    origin: str, studio: Studio, spec: ModelSpec, get: Callable[[Role], Reference], slot: InputSlot | None = None
) -> None:
    """Choose what `get` returns for a role, for the slot that is next unless one is named."""
    state.field_note.set(None)
    try:
        slot = slot or _next_slot(spec)
        reference = get(slot.role)
        colors = state.MaskColors(slot.mask.changes) if slot.mask else None
        chosen = state.ReferenceDraft(reference, studio.references.preview(reference), origin, colors=colors)
        chosen_inputs.add(spec, slot, chosen)
        st.session_state[BOX] = False
    except KaimediaError as error:
        message = f"{error.message} {error.next_step}" if isinstance(error, MediaError) else error.message
        state.field_note.set(state.FieldNote("reference", message, error.next_step))


@notify_errors
def _from_link(studio: Studio, spec: ModelSpec) -> None:
    link = state.reference_link.get().strip()
    if not link:
        state.field_note.set(state.FieldNote("reference", f"Paste {_next_slot(spec).kind.with_article} link first."))
        return
    _take("From a link", studio, spec, lambda role: studio.references.fetch(spec.id, link, role))


@notify_errors
def _from_file(studio: Studio, spec: ModelSpec, key: str) -> None:
    """Take what was chosen in the uploader, one after the other, up to the first that does not fit."""
    chosen = st.session_state.get(key)
    state.field_note.set(None)
    files = chosen if isinstance(chosen, list) else [chosen] if chosen is not None else []
    for file in files:
        _from_bytes(studio, spec, file.getvalue(), f"Upload · {file.name}")
        if state.field_note.get() is not None:
            return
    if files:
        state.reference_round.set(state.reference_round.get() + 1)  # empties the uploader for the next


@notify_errors
def _from_page(studio: Studio, spec: ModelSpec, data: str, origin: str) -> None:
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        state.field_note.set(state.FieldNote("reference", "This file could not be read."))
        return
    _from_bytes(studio, spec, content, ui_text.one_line(origin, 60))


def _from_bytes(studio: Studio, spec: ModelSpec, data: bytes, origin: str) -> None:
    """Choose a file for the slot that is next, or for the first with room for such a file."""
    kind, wanted = studio.references.kind_of(data), _next_slot(spec)
    fitting = [slot for slot in chosen_inputs.open_slots(spec) if slot.kind is kind]
    slot = wanted if wanted.kind is kind or not fitting else fitting[0]
    _take(origin, studio, spec, lambda role: studio.references.add(spec.id, data, role), slot=slot)


@notify_errors
def _from_gallery(studio: Studio, spec: ModelSpec, media_id: int) -> None:
    _take("From the gallery", studio, spec, lambda role: studio.references.from_media(spec.id, media_id, role))


def use_media(studio: Studio, spec: ModelSpec, media_id: int, slot: InputSlot | None = None) -> None:
    """Make a gallery item the only input, by default in the model's first role. For callbacks only."""
    before = state.references.get()
    state.references.set(())
    _take(
        "From the gallery",
        studio,
        spec,
        lambda role: studio.references.from_media(spec.id, media_id, role),
        slot=slot or spec.input(),
    )
    if not state.references.get():
        state.references.set(before)


def use_last_frame(studio: Studio, spec: ModelSpec, media_id: int, slot: InputSlot) -> None:
    """Make the last frame of a gallery video the only input. For callbacks only."""
    state.references.set(())
    _take(
        "Last frame of a video",
        studio,
        spec,
        lambda role: studio.references.last_frame(spec.id, media_id, role),
        slot=slot,
    )
