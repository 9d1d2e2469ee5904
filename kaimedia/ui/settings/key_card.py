"""The provider key: its source, whether it works, saving and removing it, the balance."""

from __future__ import annotations

import secrets

import streamlit as st

from kaimedia.domain import ProviderName, utc_now
from kaimedia.errors import ConfigError, InvalidRequest
from kaimedia.providers.registry import label_of, location_of, starting_label_of
from kaimedia.studio import KeyCheck, KeyStatus, ProviderState, Studio
from kaimedia.ui import notices, shell, state, ui_text
from kaimedia.ui.generate import draft
from kaimedia.ui.shell import notify_errors

FIELD = "new_api_key"
OFFERED_SECRET = "offered_secret_key"  # stays the same while the page is used
UNREADABLE = "The saved key can no longer be read because the secret key changed. Enter it again."
NOT_REACHED = "{provider} could not be reached, so the key was not checked or saved."
REMOVE_QUESTION = (
    "Remove the key? Until you add one again, queued tasks are not sent, and tasks {at_provider} are not tracked. "
    "Nothing is canceled."
)
SOURCES = {"settings": "saved here, encrypted", "environment": "from the environment", ".env": "from .env"}


def show(studio: Studio) -> None:
    """Draw the key's status and its form."""
    provider = studio.account.state()
    st.html(_status(provider))
    _saving_problem(studio)
    with (
        st.form("key_form", border=False, enter_to_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"),
    ):
        label = f"{label_of(ProviderName.KIE)} API key"
        st.text_input(label, type="password", key=FIELD, placeholder="Paste your key", autocomplete="off")
        st.form_submit_button("Save key", type="primary", on_click=_save, args=(studio,), key="save_key")
    notices.field_note("api_key")
    if state.unchecked_key.get():
        _offer_unchecked(studio)
    else:
        st.html('<p class="k-quiet">Each key is tested with a free balance request before it is saved.</p>')
    if provider.has_saved_key:
        _remove_actions(studio)


def _saving_problem(studio: Studio) -> None:
    """Say for as long as it is so that no key can be saved, with the line to add."""
    problem = studio.account.saving_problem()
    if problem is None:
        return
    shell.show_problem(problem.message, problem.next_step)
    if studio.account.lacks_secret_key:
        key = st.session_state.setdefault(OFFERED_SECRET, secrets.token_urlsafe(32))
        st.markdown("Add this line above the first `[table]`, and keep it for good:")
        st.code(f'KAIMEDIA_SECRET_KEY = "{key}"', language=None, wrap_lines=True)


def _offer_unchecked(studio: Studio) -> None:
    text = NOT_REACHED.format(provider=starting_label_of(ProviderName.KIE))
    st.html(f'<p class="k-field-note" role="alert" data-field="api_key">{ui_text.escaped(text)}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Save without checking", key="save_unchecked", on_click=_save_unchecked, args=(studio,))
        st.button("Discard", key="forget_unchecked", type="tertiary", on_click=_forget_typed)


def _remove_actions(studio: Studio) -> None:
    if not state.is_removing_key.get():
        st.button(
            "Remove key",
            key="remove_key",
            icon=":material/delete:",
            type="tertiary",
            on_click=state.is_removing_key.set,
            args=(True,),
        )
        return
    question = REMOVE_QUESTION.format(at_provider=location_of(ProviderName.KIE))
    st.html(f'<p class="k-sure" role="alert">{ui_text.escaped(question)}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Remove the key", key="remove_key_sure", on_click=_remove, args=(studio,))
        st.button("Cancel", key="remove_key_cancel", type="tertiary", on_click=state.is_removing_key.set, args=(False,))


def _status(provider: ProviderState) -> str:
    lost = f'<p class="k-status" data-tone="red">{UNREADABLE}</p>' if provider.saved_key_is_unreadable else ""
    if lost and provider.key_source is None:
        return lost
    return lost + _status_in_use(provider)


def _status_in_use(provider: ProviderState) -> str:
    if provider.is_sandbox and provider.is_fixed:
        return _status_unused(provider)
    if provider.key_source is None:
        if not provider.is_sandbox:
            return '<p class="k-status" data-tone="red">No key yet. Nothing can be sent.</p>'
        return '<p class="k-status" data-tone="amber">No key yet. The sandbox is used, and nothing is charged.</p>'
    tone, text = _tone(provider.check)
    return _status_line(tone, text, f" · {_source(provider)}")


def _status_unused(provider: ProviderState) -> str:
    """What was checked is the sandbox, so nothing is said about the key."""
    if provider.key_source is None:
        return _status_line("amber", ui_text.SANDBOX_ONLY)
    return _status_line("amber", "Not used", f" · {_source(provider)}. {ui_text.SANDBOX_ONLY}")


def _source(provider: ProviderState) -> str:
    """Where the key is from, and its last characters, as HTML."""
    hint = f" <code>•••• {ui_text.escaped(provider.key_hint)}</code>" if provider.key_hint else ""
    return ui_text.escaped(SOURCES.get(provider.key_source or "", f"from {provider.key_source}")) + hint


def _status_line(tone: str, text: str, more: str = "") -> str:
    """`text` is escaped here, `more` is HTML."""
    return (
        f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{ui_text.escaped(text)}<span>{more}</span>'
        "</span></p>"
    )


def _tone(check: KeyCheck) -> tuple[str, str]:
    when = f" · checked {ui_text.ago(check.checked_at, utc_now())}" if check.checked_at else ""
    return {
        KeyStatus.UNCHECKED: ("gray", "Not checked yet"),
        KeyStatus.ACCEPTED: ("mint", f"Connected{when}"),
        KeyStatus.REFUSED: ("red", "This key was rejected"),
        KeyStatus.LIMIT_REACHED: ("red", "This key has reached its own limit"),
        KeyStatus.NO_ANSWER: ("gray", f"No answer{when}. {check.message or ''}".strip()),
    }[check.status]


@notify_errors
def _save(studio: Studio) -> None:
    _forget_unchecked()
    state.is_removing_key.set(False)
    key = st.session_state.get(FIELD) or ""
    try:
        check = studio.account.save_key(key)
    except (InvalidRequest, ConfigError) as error:
        state.field_note.set(state.FieldNote("api_key", f"{error.message} {error.next_step}"))
        return
    if check.is_refused:
        state.field_note.set(state.FieldNote("api_key", _not_saved(check)))
    elif check.status is KeyStatus.NO_ANSWER:
        state.unchecked_key.set(key)
    else:
        st.session_state[FIELD] = ""
        _notify_saved(studio, "Key saved.")


def _notify_saved(studio: Studio, text: str) -> None:
    provider = studio.account.state()
    if provider.is_sandbox:
        where = f"New tasks still go to {label_of(provider.name)} because KAIMEDIA_PROVIDER is set to it."
    else:
        where = f"New tasks go to {label_of(provider.name)}."
    state.notify(f"{text} {where}", icon=":material/check_circle:")


@notify_errors
def _save_unchecked(studio: Studio) -> None:
    key = state.unchecked_key.take()
    state.field_note.set(None)
    st.session_state[FIELD] = ""
    if key:
        studio.account.save_key(key, unchecked=True)
        _notify_saved(studio, "Key saved without checking.")


def leave() -> None:
    """On leaving the page: discard an unsaved key, open confirmations and the field error."""
    state.unchecked_key.take()
    st.session_state.pop(FIELD, None)
    state.is_removing_key.take()
    draft.forget_field("api_key")


def _forget_unchecked() -> None:
    state.unchecked_key.take()
    state.field_note.set(None)


def _forget_typed() -> None:
    _forget_unchecked()
    st.session_state[FIELD] = ""


def _not_saved(check: KeyCheck) -> str:
    if check.status is KeyStatus.LIMIT_REACHED:
        return "This key has reached its own limit. The key was not saved."
    return f"This key was rejected and not saved. {check.message or ''}".strip()


@notify_errors
def _remove(studio: Studio) -> None:
    state.is_removing_key.set(False)
    _forget_unchecked()
    studio.account.remove_key()
    state.notify("Key removed.", icon=":material/check_circle:")


def show_balance(studio: Studio) -> None:
    """Where new tasks go, and your balance."""
    provider = studio.account.state()
    balance = provider.check.balance_credits
    where = "Sandbox on this machine" if provider.is_sandbox else label_of(provider.name)
    text = f"{balance:,.0f} credits" if balance is not None else "Not checked yet"
    if balance is not None and not provider.is_sandbox:
        text += f" · about {studio.money.text(balance, provider.name)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<dl class="k-facts"><dt>New tasks go to</dt><dd>{ui_text.escaped(where)}</dd>'
            f"<dt>Balance</dt><dd>{ui_text.escaped(text)}</dd></dl>"
        )
        st.button("Refresh", key="refresh_balance", icon=":material/refresh:", on_click=_refresh, args=(studio,))


@notify_errors
def _refresh(studio: Studio) -> None:
    check = studio.account.check_key()
    if check.is_accepted:
        state.notify("Balance is up to date.", icon=":material/check_circle:")
    else:
        state.notify(check.message or "The provider did not respond.", icon=":material/error:", is_error=True)
