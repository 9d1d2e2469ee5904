"""The webhooks card: where events are sent, adding, testing, pausing and removing, and the log of deliveries."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.domain.webhook import STANDARD_FORMAT, Delivery, DeliveryStatus, WebhookEndpoint
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio, problem_text, webhook_step
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.settings import webhook_log
from kaimedia.ui.shell import notify_errors

URL, NAME, FORMAT = "webhook_url", "webhook_name", "webhook_format"
_LABELS = {STANDARD_FORMAT: "JSON, signed", "discord": "Discord", "ntfy": "ntfy", "slack": "Slack"}
_FIELDS = {"url": URL, "name": NAME, "format": FORMAT}
_url: state.Slot[str] = state.Slot(URL, "")
_name: state.Slot[str] = state.Slot(NAME, "")
_format: state.Slot[str] = state.Slot(FORMAT, STANDARD_FORMAT)
_fresh_secret: state.Slot[str] = state.Slot("fresh_webhook_secret", "")  # shown once, then removed from the session


def show(studio: Studio) -> None:
    """Draw the endpoints, the fields for a new one, and the log."""
    endpoints = studio.webhooks.endpoints()
    if secret := _fresh_secret.take():
        st.html('<p class="k-quiet">The secret that signs its events. Copy it now; it will not be shown again.</p>')
        st.code(secret, language=None, wrap_lines=True)
    if not endpoints:
        st.html(_status_line("gray", "Nothing is sent", "add an address"))
    for endpoint in endpoints:
        _row(studio, endpoint)
    _new_endpoint(studio)
    if endpoints:
        webhook_log.show(studio, endpoints)


def _row(studio: Studio, endpoint: WebhookEndpoint) -> None:
    last = studio.webhooks.last_delivery(endpoint.id)
    name = ui_text.plain_markdown(endpoint.name)
    is_fixed = endpoint.is_from_settings and not studio.webhooks.is_no_longer_set(endpoint)
    with st.container(key=f"webhook_{endpoint.id}", gap="xsmall"):
        st.html(_endpoint_text(endpoint, last))
        if studio.webhooks.is_no_longer_set(endpoint):
            st.html(_status_line("amber", "No longer set", "events are sent here until you remove it"))
        with st.container(key=f"webhook_actions_{endpoint.id}", horizontal=True, gap="small"):
            st.button(
                "Send a test",
                key=f"test_webhook_{endpoint.id}",
                icon=":material/send:",
                help=f"Send a test to {name} now",
                on_click=_test,
                args=(studio, endpoint),
            )
            is_paused = endpoint.paused_at is not None
            st.button(
                "Resume" if is_paused else "Pause",
                key=f"pause_webhook_{endpoint.id}",
                icon=":material/play_arrow:" if is_paused else ":material/pause:",
                type="tertiary",
                help=f"Send to {name} again" if is_paused else f"Let the events for {name} wait",
                on_click=_pause,
                args=(studio, endpoint),
            )
            st.button(
                "Remove",
                key=f"remove_webhook_{endpoint.id}",
                icon=":material/delete:",
                type="tertiary",
                disabled=is_fixed,
                help="Set by KAIMEDIA_WEBHOOK_URL" if is_fixed else f"Send nothing more to {name}",
                on_click=_remove,
                args=(studio, endpoint),
            )


def _endpoint_text(endpoint: WebhookEndpoint, last: Delivery | None) -> str:
    host = "" if endpoint.name == endpoint.host else f"{endpoint.host} · "
    facts = f"{host}{_label(endpoint.format)}"
    return (
        f'<div class="k-token"><b>{ui_text.escaped(endpoint.name)}</b>'
        f'<p class="k-quiet">{ui_text.escaped(facts)}</p></div>{_state_line(endpoint, last)}'
    )


def _state_line(endpoint: WebhookEndpoint, last: Delivery | None) -> str:
    if endpoint.paused_at is not None:
        return _status_line("amber", "Paused", "its events wait")
    if last is None or last.last_attempt_at is None:
        return _status_line("gray", "Nothing sent yet", "")
    ago = ui_text.ago(last.last_attempt_at, utc_now())
    if last.status is DeliveryStatus.DELIVERED:
        return _status_line("mint", "Works", f"last sent {ago}")
    return _status_line("red", problem_text(last) or "Not sent", f"{ago} · {webhook_step(last)}")


def _status_line(tone: str, text: str, more: str) -> str:
    detail = f"<span> · {ui_text.escaped(more)}</span>" if more else ""
    return f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{ui_text.escaped(text)}{detail}</span></p>'


def _label(name: str) -> str:
    return _LABELS.get(name, name)


def _new_endpoint(studio: Studio) -> None:
    st.text_input(
        "Address of the new webhook", key=_url.key, placeholder="https://hooks.example/…", persist_state="session"
    )
    notices.field_note(URL)
    st.text_input("Its name", key=_name.key, placeholder="The host, unless you enter one", persist_state="session")
    notices.field_note(NAME)
    if not _format.is_set():
        _format.set(STANDARD_FORMAT)
    st.segmented_control(
        "What is sent",
        studio.webhooks.formats(),
        key=_format.key,
        format_func=_label,
        required=True,
        persist_state="session",
    )
    notices.field_note(FORMAT)
    st.button("Add webhook", key="add_webhook", icon=":material/add:", on_click=_add, args=(studio,))


@notify_errors
def _add(studio: Studio) -> None:
    state.field_note.set(None)
    try:
        endpoint, secret = studio.webhooks.add(_url.get(), name=_name.get(), format=_format.get())
    except InvalidRequest as error:
        message = f"{error.message} {error.next_step}" if error.has_own_step else error.message
        state.field_note.set(state.FieldNote(_FIELDS.get(error.field, URL), message, error.next_step))
        return
    _fresh_secret.set(secret or "")
    _url.set("")
    _name.set("")
    more = " Copy its secret now." if secret else ""
    state.notify(f"Events are sent to {endpoint.host} from now on.{more}", icon=":material/check_circle:")


@notify_errors
def _test(studio: Studio, endpoint: WebhookEndpoint) -> None:
    delivery = studio.webhooks.test(endpoint.id)
    if delivery.status is DeliveryStatus.DELIVERED:
        state.notify(f"{endpoint.name} accepted the test.", icon=":material/check_circle:")
        return
    text = f"{problem_text(delivery) or 'It was not sent'}. {webhook_step(delivery) or ''}"
    state.notify(text.strip(), icon=":material/error:", is_error=True)


@notify_errors
def _pause(studio: Studio, endpoint: WebhookEndpoint) -> None:
    studio.webhooks.set_paused(endpoint.id, is_paused=endpoint.paused_at is None)


@notify_errors
def _remove(studio: Studio, endpoint: WebhookEndpoint) -> None:
    studio.webhooks.remove(endpoint.id)
    state.notify(f"Nothing more is sent to {endpoint.host}.", icon=":material/check_circle:")
