"""The left side of Generate: everything from the mode switch to the button."""

from __future__ import annotations

import time

import streamlit as st

from kaimedia.domain import GenerationRequest, Modality, Role, Settings
from kaimedia.errors import InvalidRequest, KaimediaError, ModelRetired, StorageUnavailable
from kaimedia.jobs.provider_state import ProviderState
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of, starting_label_of
from kaimedia.studio import Studio, key_problem_text
from kaimedia.ui import login, notices, state
from kaimedia.ui.generate import (
    batch_action,
    batch_confirmation,
    batch_draft,
    batch_form,
    compare_action,
    comparing,
    config_panel,
    disk_notice,
    draft,
    main_button,
    mask_painting,
    model_switch,
    price_confirmation,
    price_line,
    prompt_input,
    reference_image,
    storage_notice,
)
from kaimedia.ui.shell import notify_errors

DOUBLE_CLICK_S = 2.5
NOT_SENT = "Nothing was sent; press Generate again."
MODES = {state.IMAGES: ":material/image: Images", state.VIDEOS: ":material/movie: Videos"}

# Errors about these fields are shown at the field; any other error is shown at the button.
SHOWN_FIELDS = (
    "prompt",
    "enhance",
    "reference",
    *Role,
    "aspect_ratio",
    "variants",
    "duration_s",
    "provider_task_id",
    batch_confirmation.FIELD,
    price_confirmation.FIELD,
)


def show(studio: Studio) -> None:
    """Draw the composer; the model's spec decides which fields it has."""
    settings = studio.settings.get()
    with st.container(key="composer", gap="small"):
        st.segmented_control(
            "What to create",
            list(MODES),
            key=state.mode.key,
            format_func=MODES.__getitem__,
            required=True,
            default=None if state.mode.is_set() else state.IMAGES,
            width="stretch",
            label_visibility="collapsed",
            persist_state="session",
            on_change=lambda: state.field_note.set(None),
        )
        _fields(studio, settings)
    batch_confirmation.show(studio)
    price_confirmation.show(studio, lambda wanted: _send_confirmed(studio, wanted))


def _fields(studio: Studio, settings: Settings) -> None:
    spec = draft.current_spec(studio, settings)
    provider = studio.account.state_for(spec)
    draft.seed(spec, settings)
    prompt_input.show(studio, spec)
    batch = batch_draft.read(studio, spec) if batch_draft.is_on() else None
    if batch is not None:
        batch_form.show(spec, batch)
    config_panel.show_model(studio, spec, provider)
    config_panel.show_settings(spec)
    reference_image.show_drop_target(studio, spec)
    with st.container(key="reference_place", gap="small"):  # always here, so that nothing moves
        reference_image.show_inputs(studio, spec)
    model_switch.remember(spec)
    reason = why_disabled(studio, spec, provider)
    disk_notice.show(studio)
    storage_notice.show(studio)
    with st.container(key="act", gap="small"):
        notices.field_note_elsewhere(*SHOWN_FIELDS, *(param.name for param in spec.params))
        if batch is not None:
            batch_action.show(studio, spec, batch, provider, reason)
        elif others := comparing.others(studio, spec):
            compare_action.show(studio, spec, others, provider, reason)
        else:
            _act(studio, spec, provider, reason)


def _act(studio: Studio, spec: ModelSpec, provider: ProviderState, reason: str | None) -> None:
    request = draft.request(spec, draft.preset(studio, spec.modality))
    main_button.show(
        _label(request.variants, is_video=spec.modality is Modality.VIDEO),
        key="generate",
        icon="auto_awesome",
        reason=reason,
        on_click=_submit,
        args=(studio, spec),
    )
    with st.container(key="price", gap=None):
        price_line.show(studio, spec, request, provider)


def _label(variants: int, *, is_video: bool) -> str:
    if is_video:
        return "Generate video"
    return f"Generate {variants} images" if variants > 1 else "Generate image"


def why_disabled(studio: Studio, spec: ModelSpec, provider: ProviderState) -> str | None:
    """The reason the button cannot be pressed, or None; `provider` is the one that the model's tasks go to."""
    if provider.problem and provider.name != studio.account.state().name:
        return key_problem_text(provider)
    if provider.problem:
        # The sandbox needs no key: it waits because a saved one is meant for the provider that it stands in for.
        what = "Your saved key" if provider.is_sandbox else starting_label_of(provider.name)
        return f"{what} can’t be used yet. See the message at the top of the page."
    if not provider.is_sandbox and spec.retirement is not None and studio.catalog.refuses(spec):
        return f"{spec.label} was retired by {label_of(spec.provider)} on {spec.retirement.on}. Choose another model."
    if refusal := studio.catalog.refusal(spec):
        return refusal
    refused = draft.rejection(spec)
    return refused.message if refused else mask_painting.problem(spec)


def _is_double_click(wanted: GenerationRequest) -> bool:
    """True when the same request was sent a moment ago: a double click must not be charged twice."""
    sent = state.sent.get()
    return sent is not None and sent[0] == wanted and time.monotonic() - sent[1] < DOUBLE_CLICK_S


def _was_sent_here(wanted: GenerationRequest) -> bool:
    """True when this page sent this request or reported it as started: pressing again means another one is wanted."""
    sent = state.sent.get()
    return sent is not None and sent[0] == wanted


@notify_errors
def _submit(studio: Studio, spec: ModelSpec) -> None:
    state.field_note.set(None)
    wanted = draft.request(spec, draft.preset(studio, spec.modality))
    if _is_double_click(wanted):
        state.sent.set((wanted, time.monotonic()))  # a key held down stays one request
        state.notify("Already started.")
        return
    asked = price_confirmation.priced(studio, wanted)
    if not price_confirmation.is_needed(studio, asked):
        _send(studio, wanted)
        return
    try:
        studio.tasks.check(wanted)
    except KaimediaError as error:
        state.field_note.set(_note_of(error))
    else:
        price_confirmation.open_for(asked)


@notify_errors
def _send_confirmed(studio: Studio, wanted: price_confirmation.AskedPrice) -> None:
    if wanted.retry_of:
        studio.tasks.retry(wanted.retry_of)
    else:
        _send(studio, wanted.request)


def _send(studio: Studio, wanted: GenerationRequest) -> None:
    person = login.email() or "local"
    try:
        if not (_was_sent_here(wanted) or studio.request_keys.claim(wanted, person=person)):
            state.sent.set((wanted, time.monotonic()))
            state.notify("This was just started in another tab. Press Generate again to make another one.")
            return
        studio.tasks.submit(wanted)
        state.sent.set((wanted, time.monotonic()))
    except KaimediaError as error:
        if not isinstance(error, ModelRetired):
            studio.request_keys.release(wanted, person=person)
        state.field_note.set(_note_of(error))


def _note_of(error: KaimediaError) -> state.FieldNote:
    """The error at its field."""
    if isinstance(error, InvalidRequest):
        return state.FieldNote(error.field, error.message, error.next_step)
    if isinstance(error, ModelRetired):
        return state.FieldNote("model", error.message, error.next_step)
    if isinstance(error, StorageUnavailable):  # pressing again does not help
        return state.FieldNote("generate", f"{error.message} Nothing was sent. {error.next_step}")
    step = NOT_SENT if error.retryable else error.next_step  # it was never queued, so nothing retries it
    return state.FieldNote("generate", f"{error.message} {step}")
