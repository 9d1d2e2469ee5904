"""The reference image: chosen by upload, link, from the gallery, by paste or drop; shown; removed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import streamlit as st

from kaimedia.domain import Media, MediaQuery, Modality, Reference
from kaimedia.errors import KaimediaError, MediaError
from kaimedia.models.spec import ModelSpec, ReferenceUse
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.components import media_urls
from kaimedia.ui.generate import draft, drop_target
from kaimedia.ui.shell import notify_errors

RECENT = 12
WAYS = ["Link", "Upload", "Gallery"]
MAX_PASTED_BYTES = 15_000_000  # these arrive through the page's WebSocket
BOX = "reference_box"  # one key for all models: a click right after a model change still opens it
ENDINGS = {"image/png": ["png"], "image/jpeg": ["jpg", "jpeg"], "image/webp": ["webp"]}


def show_chosen(spec: ModelSpec) -> None:
    """Draw the chosen image with Remove; nothing while none is chosen."""
    chosen = state.reference.get()
    if chosen is None:
        return
    if spec.reference is ReferenceUse.NONE:
        text = f"{spec.label} does not support reference images. Yours is kept for later."
        st.html(f'<p class="k-quiet">{ui_text.escaped(text)}</p>')
        return
    _chosen(chosen, sets_shape=spec.reference_sets_aspect)
    notices.field_note("reference")


def show_chooser(studio: Studio, spec: ModelSpec) -> None:
    """Draw the ways to choose one, when none is chosen and the model supports one."""
    if state.reference.get() is not None or spec.reference is ReferenceUse.NONE:
        return
    note = state.field_note.get()
    if note is not None and note.field == "reference":
        st.session_state[BOX] = True  # the error is shown inside
    kind = "required" if spec.reference is ReferenceUse.REQUIRED else "optional"
    box = st.expander(
        f"Reference image · {kind}",
        icon=":material/add_photo_alternate:",
        key=BOX,
        on_change=_opened_or_closed,
    )
    if box.open:  # else every rerun would read the gallery
        with box:
            _chooser(studio, spec)


def _opened_or_closed() -> None:
    if not st.session_state[BOX]:
        draft.forget_field("reference")  # closing it dismisses the error


def _chosen(chosen: state.ReferenceDraft, *, sets_shape: bool) -> None:
    title = "Reference image · sets the aspect ratio" if sets_shape else "Reference image"
    with st.container(key="reference_chosen", horizontal=True, vertical_alignment="center", gap="small"):
        data = base64.b64encode(chosen.preview).decode("ascii")
        st.html(
            f'<img class="k-reference" src="data:image/webp;base64,{data}" alt="Your reference image">',
            width="content",
        )
        st.html(f'<p class="k-reference-text"><b>{title}</b><span>{ui_text.escaped(chosen.origin)}</span></p>')
        st.button("Remove", key="reference_remove", type="tertiary", icon=":material/close:", on_click=_remove)


def _remove() -> None:
    state.reference.set(None)
    state.field_note.set(None)
    state.reference_round.set(state.reference_round.get() + 1)


def _chooser(studio: Studio, spec: ModelSpec) -> None:
    link, upload, gallery = tabs = st.tabs(
        WAYS, key=state.reference_way.key, on_change=draft.forget_field, args=("reference",)
    )
    turn = state.reference_round.get()
    with link, st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="reference_link_row"):
        st.text_input(
            "Image link",
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
            "Image file",
            type=[ending for mime in spec.reference_types for ending in ENDINGS.get(mime, [])],
            key=key,
            max_upload_size=max(1, spec.max_reference_bytes // 1_000_000),
            on_change=_from_file,
            args=(studio, spec, key),
            label_visibility="collapsed",
        )
        st.html(f'<p class="k-refused-file" role="alert">{ui_text.escaped(f"Only {_taken(spec)}.")}</p>')
        how = f"{_taken(spec)}. You can also paste an image with Ctrl+V or drop it here."
        st.html(f'<p class="k-quiet">{ui_text.escaped(how)}</p>')
    with gallery:
        _recent(studio, spec)
    with tabs[WAYS.index(state.reference_way.get())]:
        notices.field_note("reference")


def show_drop_target(studio: Studio, spec: ModelSpec) -> None:
    """Accept images pasted on the page or dropped onto the composer."""
    takes_none = spec.reference is ReferenceUse.NONE
    drop_target.show(
        key="reference_drop",
        target=".st-key-composer",
        field=".st-key-reference_place",
        types=spec.reference_types,
        max_bytes=min(spec.max_reference_bytes, MAX_PASTED_BYTES),
        refusal=f"{spec.label} does not support reference images. Choose another model first." if takes_none else "",
        on_image=lambda data, origin: _from_page(studio, spec, data, origin),
    )


def _taken(spec: ModelSpec) -> str:
    """Accepted uploads: "PNG or JPEG up to 10 MB"."""
    names = [mime.split("/")[1].upper().replace("WEBP", "WebP") for mime in spec.reference_types]
    kinds = " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{kinds} up to {max(1, spec.max_reference_bytes // 1_000_000)} MB"


def _recent(studio: Studio, spec: ModelSpec) -> None:
    items = studio.gallery.page(MediaQuery(media_type=Modality.IMAGE, limit=RECENT)).items
    if not items:
        st.html('<p class="k-quiet">Your gallery has no images yet.</p>')
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


def _take(origin: str, studio: Studio, get: Callable[[], Reference]) -> None:
    state.field_note.set(None)
    try:
        reference = get()
        state.reference.set(state.ReferenceDraft(reference, studio.references.preview(reference), origin))
    except KaimediaError as error:
        message = f"{error.message} {error.next_step}" if isinstance(error, MediaError) else error.message
        state.field_note.set(state.FieldNote("reference", message, error.next_step))


@notify_errors
def _from_link(studio: Studio, spec: ModelSpec) -> None:
    link = state.reference_link.get().strip()
    if not link:
        state.field_note.set(state.FieldNote("reference", "Paste an image link first."))
        return
    _take("From a link", studio, lambda: studio.references.fetch(spec.id, link))


@notify_errors
def _from_file(studio: Studio, spec: ModelSpec, key: str) -> None:
    file = st.session_state.get(key)
    state.field_note.set(None)
    if file is not None:
        _take(f"Upload · {file.name}", studio, lambda: studio.references.add(spec.id, file.getvalue()))


@notify_errors
def _from_page(studio: Studio, spec: ModelSpec, data: str, origin: str) -> None:
    try:
        image = base64.b64decode(data, validate=True)
    except binascii.Error:
        state.field_note.set(state.FieldNote("reference", "That could not be read as an image."))
        return
    _take(ui_text.one_line(origin, 60), studio, lambda: studio.references.add(spec.id, image))


@notify_errors
def _from_gallery(studio: Studio, spec: ModelSpec, media_id: int) -> None:
    use_media(studio, spec, media_id)


def use_media(studio: Studio, spec: ModelSpec, media_id: int) -> None:
    """Make a gallery item the reference. For callbacks only."""
    _take("From the gallery", studio, lambda: studio.references.from_media(spec.id, media_id))
