"""The dialog that says what a batch will submit and what it costs, with one confirmation."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import streamlit as st

from kaimedia.domain import BatchKind, GenerationRequest
from kaimedia.errors import InvalidRequest, KaimediaError, ModelRetired
from kaimedia.providers.registry import is_free, location_of
from kaimedia.studio import BatchPrice, Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.generate import opened_comparison, spend_line
from kaimedia.ui.shell import guarded, notify_errors
from kaimedia.ui.state import AskedBatch, Confirmation, FieldNote

__all__ = ["FIELD", "Confirmation", "ask", "missing_credits", "show", "total_text"]

FIELD = "batch"  # errors that are shown in the dialog
MAX_LINES = 8
_KEY = "\x01batch:"  # keys from callers cannot start like this: they are printable


@notify_errors
def ask(studio: Studio, confirmation: Confirmation) -> None:
    """Open the dialog, or show at its field why these requests cannot be submitted. For callbacks only."""
    state.field_note.set(None)
    try:
        studio.batches.check(confirmation.kind, confirmation.requests)
    except InvalidRequest as error:
        state.field_note.set(_note(studio, confirmation, error))
    except ModelRetired as error:
        state.field_note.set(FieldNote("model", error.message, error.next_step))
    except KaimediaError as error:
        state.field_note.set(FieldNote("generate", f"{error.message} {error.next_step}"))
    else:
        asked = state.asked_batch.get()
        if asked is None or asked.confirmation != confirmation:  # a second click keeps the key
            state.asked_batch.set(AskedBatch(confirmation, _KEY + secrets.token_hex(16)))
        state.gallery_dialog.set(None)  # only one dialog can be open


def show(studio: Studio) -> None:
    """Draw the dialog while a batch waits for its confirmation."""
    asked = state.asked_batch.get()
    if asked is not None:
        st.dialog(_title(asked.confirmation), icon=":material/playlist_add_check:", on_dismiss=_close)(_inside)(
            studio, asked
        )


def total_text(prices: Mapping[str, BatchPrice]) -> str:
    """The total by provider: "About 96 credits, plus 3 without a list price"; "" without any."""
    if len(prices) < 2:
        return "".join(_total(name, price) for name, price in prices.items())
    totals = [
        _total(name, price) if is_free(name) else f"{_total(name, price)} {location_of(name)}"
        for name, price in prices.items()
    ]
    return "; ".join([totals[0], *(f"{total[0].lower()}{total[1:]}" for total in totals[1:])])


def _total(provider: str, price: BatchPrice) -> str:
    if is_free(provider):
        return f"Free {location_of(provider)}"
    if price.unpriced == price.tasks:
        return "No list price"
    text = f"About {ui_text.credits(price.credits)}"
    return f"{text}, plus {price.unpriced} without a list price" if price.unpriced else text


def missing_credits(price: BatchPrice, balance_credits: float | None, provider: str) -> str:
    """Why the balance at that provider does not suffice; "" if it does or is not known."""
    if is_free(provider) or balance_credits is None or price.credits <= balance_credits:
        return ""
    return (
        f"Your balance of {ui_text.credits(balance_credits)} is less than the total. "
        "Add credits, or submit fewer tasks."
    )


def _note(studio: Studio, confirmation: Confirmation, error: InvalidRequest) -> FieldNote:
    """The error at the form's field, naming the request it is about."""
    parts = error.field.split(".", 2)
    if len(parts) < 3 or not parts[1].isdecimal():
        return FieldNote(error.field, error.message, error.next_step)
    index = int(parts[1])
    request = confirmation.requests[index]
    is_comparison = confirmation.kind is BatchKind.COMPARISON
    which = studio.catalog.get(request.model).label if is_comparison else f"Task {index + 1}"
    return FieldNote(parts[2], f"{which}: {error.message}", error.next_step)


def _title(confirmation: Confirmation) -> str:
    count = len(confirmation.requests)
    if confirmation.kind is BatchKind.COMPARISON:
        return f"Compare {count} models?"
    return "Submit 1 task?" if count == 1 else f"Submit {count} tasks?"


def _inside(studio: Studio, asked: AskedBatch) -> None:
    with guarded("batch"):
        if state.asked_batch.get() != asked:  # answered
            st.rerun()
        _content(studio, asked)


def _content(studio: Studio, asked: AskedBatch) -> None:
    confirmation = asked.confirmation
    prices = studio.batches.prices(confirmation.requests)
    current = studio.account.state().name
    provider = studio.account.state_of(current if current in prices else next(iter(prices)))
    check, facts = spend_line.facts(studio, provider)
    st.html(_lines(confirmation.lines))
    for note in confirmation.notes:
        st.html(f'<p class="k-quiet">{ui_text.escaped(note)}</p>')
    st.html(
        f'<p class="k-plan-total"><span>Total</span> <b>{ui_text.escaped(total_text(prices))}</b></p>'
        f'<p class="k-quiet">{ui_text.escaped(_outputs(confirmation.requests))} {ui_text.escaped(" ".join(facts))}</p>'
    )
    missing = missing_credits(prices[provider.name], check.balance_credits, provider.name)
    if missing:
        st.html(f'<p class="k-field-note" role="alert" data-field="{FIELD}">{ui_text.escaped(missing)}</p>')
    notices.field_note(FIELD)
    with st.container(horizontal=True, horizontal_alignment="right", key="batch_actions"):
        st.button("Cancel", key="batch_cancel", on_click=_close)
        st.button(
            "Compare" if confirmation.kind is BatchKind.COMPARISON else f"Submit {len(confirmation.requests)}",
            key="batch_confirm",
            type="primary",
            on_click=_confirm,
            args=(studio, asked),
            disabled=bool(missing),
        )


def _lines(lines: tuple[tuple[str, str], ...]) -> str:
    drawn = [
        f"<li><span>{ui_text.escaped(ui_text.one_line(what, 90))}</span> <b>{ui_text.escaped(price)}</b></li>"
        for what, price in lines[:MAX_LINES]
    ]
    if len(lines) > MAX_LINES:
        drawn.append(f"<li><span>and {len(lines) - MAX_LINES:,} more</span></li>")
    return f'<ul class="k-plan">{"".join(drawn)}</ul>'


def _outputs(requests: tuple[GenerationRequest, ...]) -> str:
    """How many results are made, where that is not the number of tasks."""
    results = sum(request.variants for request in requests)
    return f"{results:,} results." if results > len(requests) else ""


def _close() -> None:
    state.asked_batch.set(None)
    state.field_note.set(None)


@notify_errors
def _confirm(studio: Studio, asked: AskedBatch) -> None:
    """Submit; the key makes a second click, or one in a page left behind, the same batch."""
    confirmation = asked.confirmation
    try:
        batch = studio.batches.submit(
            confirmation.kind,
            confirmation.requests,
            name=confirmation.name,
            is_blind=confirmation.is_blind,
            idempotency_key=asked.key,
        )
    except KaimediaError as error:  # the dialog stays, and confirming again is safe
        state.field_note.set(FieldNote(FIELD, f"{error.message} {error.next_step}"))
        return
    _close()
    state.submitted_batch.set(batch.id)
    if batch.kind is BatchKind.COMPARISON:
        opened_comparison.open_one(batch.id)
