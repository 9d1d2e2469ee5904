"""The newest deliveries of webhooks, with what went wrong and a button that sends one again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.domain.webhook import Delivery, DeliveryStatus, WebhookEndpoint, WebhookEvent
from kaimedia.studio import Studio, problem_text, webhook_step
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import guarded, notify_errors

REFRESH_S = 5.0  # while something waits
MAX_ROWS = 15
_EVENTS = {
    WebhookEvent.TASK_COMPLETED: "Task completed",
    WebhookEvent.TASK_FAILED: "Task failed",
    WebhookEvent.LIMIT_REACHED: "Limit reached",
    WebhookEvent.TEST: "Test",
}
_STATES = {
    DeliveryStatus.WAITING: ("amber", "Waiting"),
    DeliveryStatus.DELIVERED: ("mint", "Delivered"),
    DeliveryStatus.FAILED: ("red", "Failed"),
}


def show(studio: Studio, endpoints: Sequence[WebhookEndpoint]) -> None:
    """Draw the log; while something waits to be sent, it follows."""
    names = {endpoint.id: endpoint.name for endpoint in endpoints}
    is_waiting = bool(studio.webhooks.deliveries(1, status=DeliveryStatus.WAITING))
    with st.expander("Deliveries", key="webhook_deliveries"):
        st.fragment(_rows, run_every=REFRESH_S if is_waiting else None)(studio, names)


def _rows(studio: Studio, names: Mapping[int, str]) -> None:
    with guarded("deliveries"):
        found = studio.webhooks.deliveries(MAX_ROWS)
        if not found:
            st.html('<p class="k-quiet">Nothing was sent yet.</p>')
        for each in found:
            _row(studio, each, names.get(each.endpoint_id, "removed"))
        if len(found) == MAX_ROWS:
            text = "<code>python -m kaimedia webhooks deliveries</code> lists older ones, up to 30 days."
            st.html(f'<p class="k-quiet">{text}</p>')


def _row(studio: Studio, each: Delivery, name: str) -> None:
    tone, status = _STATES[each.status]
    tries = f" · {ui_text.counted(each.attempts, 'attempt')}" if each.attempts != 1 else ""
    facts = f"{name} · {each.at:%b %d, %H:%M:%S} UTC{tries}"
    problem = problem_text(each)
    problem_line = f'<p class="k-quiet">{ui_text.escaped(f"{problem}. {webhook_step(each)}")}</p>' if problem else ""
    with st.container(key=f"delivery_{each.id}", horizontal=True, gap="small", vertical_alignment="center"):
        st.html(
            f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{ui_text.escaped(_EVENTS[each.event])}'
            f"<span> · {_what(each, status)}</span></span></p>"
            f'<p class="k-quiet">{ui_text.escaped(facts)}</p>{problem_line}',
            width="stretch",
        )
        if each.status is not DeliveryStatus.DELIVERED and each.last_attempt_at is not None:
            st.button(
                "Send again",
                key=f"resend_{each.id}",
                icon=":material/refresh:",
                type="tertiary",
                help=f"Send this event to {ui_text.plain_markdown(name)} again, with the same ID",
                on_click=_send_again,
                args=(studio, each),
            )


def _what(each: Delivery, status: str) -> str:
    if each.status is DeliveryStatus.WAITING and each.due_at is not None and each.attempts:
        left_s = (each.due_at - utc_now()).total_seconds()
        return f"sent again in {ui_text.elapsed(left_s)}" if left_s > 0 else "sent again now"
    return status.lower()


@notify_errors
def _send_again(studio: Studio, delivery: Delivery) -> None:
    studio.webhooks.send_again([delivery.id])
    state.notify("It is sent again in a moment.", icon=":material/refresh:")
