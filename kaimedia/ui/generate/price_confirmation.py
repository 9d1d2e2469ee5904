"""The dialog that asks before a single task that costs more than the sum in Settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from kaimedia.domain import GenerationRequest
from kaimedia.studio import BatchPrice, Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.generate import price_text, spend_line
from kaimedia.ui.shell import guarded, notify_errors
from kaimedia.ui.state import FieldNote

FIELD = "price"  # errors that are shown in the dialog
PRICE_CHANGED = "The price has changed; please check it."
Send = Callable[["AskedPrice"], None]


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """A request that waits for a yes, with its price by provider as shown; `retry_of` is the failed task, if any."""

    request: GenerationRequest
    prices: tuple[tuple[str, BatchPrice], ...]
    retry_of: str = ""


asked: state.Slot[AskedPrice | None] = state.Slot("asked_price", None)  # while its confirmation is open


def priced(studio: Studio, request: GenerationRequest, retry_of: str = "") -> AskedPrice:
    """A request with its price now."""
    return AskedPrice(request, tuple(studio.batches.prices([request]).items()), retry_of)


def is_needed(studio: Studio, wanted: AskedPrice) -> bool:
    """True if its price is above the sum."""
    return studio.money.must_confirm(dict(wanted.prices))


def open_for(wanted: AskedPrice) -> None:
    """Open the dialog; another one is closed, since only one can be open. For callbacks only."""
    state.gallery_dialog.set(None)
    state.asked_batch.set(None)
    state.field_note.set(None)
    asked.set(wanted)


def close() -> None:
    """Close the dialog. For callbacks only."""
    asked.set(None)
    state.field_note.set(None)


def show(studio: Studio, send: Send) -> None:
    """Draw the dialog while a request waits; `send` sends it after a yes."""
    wanted = asked.get()
    if wanted is not None:
        st.dialog("Spend this much?", icon=":material/payments:", on_dismiss=close)(_inside)(studio, wanted, send)


def _inside(studio: Studio, wanted: AskedPrice, send: Send) -> None:
    with guarded("price"):
        if asked.get() != wanted:  # answered
            st.rerun()
        _content(studio, wanted, send)


def _content(studio: Studio, wanted: AskedPrice, send: Send) -> None:
    spec, (provider, _) = studio.catalog.get(wanted.request.model), wanted.prices[0]
    estimate = studio.estimates.of(wanted.request)
    money = studio.money.range_text(estimate, provider)
    _, facts = spend_line.facts(studio, studio.account.state_of(provider))
    details = price_text.sentences(spec.mode_for(wanted.request.references), estimate, money, provider)[1:]
    prompt = ui_text.escaped(ui_text.one_line(wanted.request.prompt, 120))
    st.html(
        f'<ul class="k-plan"><li><span>{prompt}</span> <b>{ui_text.escaped(spec.label)}</b></li></ul>'
        f'<p class="k-plan-total"><span>Price</span> <b>{ui_text.escaped(price_text.about(estimate, money))}</b></p>'
        f'<p class="k-quiet">{ui_text.escaped(" ".join(filter(None, [*details, *facts])))}</p>'
        '<p class="k-quiet">You are asked before a task that may cost more than the sum in Settings.</p>'
    )
    notices.field_note(FIELD)
    with st.container(horizontal=True, horizontal_alignment="right", key="price_actions"):
        st.button("Cancel", key="price_cancel", on_click=close)
        st.button("Generate", key="price_confirm", type="primary", on_click=_confirm, args=(studio, wanted, send))


@notify_errors
def _confirm(studio: Studio, wanted: AskedPrice, send: Send) -> None:
    """Send at the price that was shown."""
    now = priced(studio, wanted.request, wanted.retry_of)
    if now != wanted:
        asked.set(now)
        state.field_note.set(FieldNote(FIELD, PRICE_CHANGED))
        return
    close()
    send(wanted)
