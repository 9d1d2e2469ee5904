"""The dialog that says what a batch will submit and what it costs, with one confirmation."""

from __future__ import annotations

import secrets
from dataclasses import replace

import streamlit as st

from kaimedia.domain import BatchKind, GenerationRequest
from kaimedia.errors import InvalidRequest, KaimediaError, ModelRetired
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.generate import batch_price_text, opened_comparison, price_line, spend_line
from kaimedia.ui.shell import guarded, notify_errors
from kaimedia.ui.state import AskedBatch, Confirmation, FieldNote

__all__ = ["FIELD", "Confirmation", "ask", "show"]

FIELD = "batch"  # errors that are shown in the dialog
MAX_LINES = 8
PRICE_CHANGED = "The price has changed; please check it."
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
            state.asked_batch.set(priced(studio, AskedBatch(confirmation, _KEY + secrets.token_hex(16))))
        state.gallery_dialog.set(None)  # only one dialog can be open


def priced(studio: Studio, asked: AskedBatch) -> AskedBatch:
    """The same with the prices as they are now."""
    rest, lines = asked.confirmation.requests, []
    for _, count in asked.confirmation.lines[:MAX_LINES]:
        lines.append(batch_price_text.total(studio.batches.prices(rest[:count])))
        rest = rest[count:]
    prices = studio.batches.prices(asked.confirmation.requests)
    return replace(asked, prices=tuple(prices.items()), line_prices=tuple(lines))


def show(studio: Studio) -> None:
    """Draw the dialog while a batch waits for its confirmation."""
    asked = state.asked_batch.get()
    if asked is not None:
        st.dialog(_title(asked.confirmation), icon=":material/playlist_add_check:", on_dismiss=_close)(_inside)(
            studio, asked
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
    prices = dict(asked.prices)
    current = studio.account.state().name
    provider = studio.account.state_of(current if current in prices else next(iter(prices)))
    _, facts = spend_line.facts(studio, provider)
    st.html(_lines(asked))
    for note in confirmation.notes:
        st.html(f'<p class="k-quiet">{ui_text.escaped(note)}</p>')
    total = batch_price_text.total(prices, studio.money.text)
    st.html(
        f'<p class="k-plan-total"><span>Total</span> <b>{ui_text.escaped(total)}</b></p>'
        f'<p class="k-quiet">{ui_text.escaped(_outputs(confirmation.requests))} {ui_text.escaped(" ".join(facts))}</p>'
    )
    for name, balance_credits in price_line.balances(studio, prices).items():
        if missing := batch_price_text.missing_credits(prices[name], balance_credits, name):
            st.html(f'<p class="k-field-note" role="alert">{ui_text.escaped(missing)}</p>')
    notices.field_note(FIELD)
    with st.container(horizontal=True, horizontal_alignment="right", key="batch_actions"):
        st.button("Cancel", key="batch_cancel", on_click=_close)
        st.button(
            "Compare" if confirmation.kind is BatchKind.COMPARISON else f"Submit {len(confirmation.requests)}",
            key="batch_confirm",
            type="primary",
            on_click=_confirm,
            args=(studio, asked),
        )


def _lines(asked: AskedBatch) -> str:
    lines = asked.confirmation.lines
    drawn = [
        f"<li><span>{ui_text.escaped(ui_text.one_line(what, 90))}</span> <b>{ui_text.escaped(price)}</b></li>"
        for (what, _), price in zip(lines, asked.line_prices, strict=False)
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
    """Submit at the prices that were shown; the key makes a second click, or one in an old page, the same batch."""
    confirmation, now = asked.confirmation, priced(studio, asked)
    if now != asked and studio.batches.find_by_key(asked.key, "") is None:
        state.asked_batch.set(now)
        state.field_note.set(FieldNote(FIELD, PRICE_CHANGED))
        return
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
