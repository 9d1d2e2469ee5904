"""The balance, today's spending, and the notice while kie.ai does not respond."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import NoteCode, Phase, TaskChange, note_fields, utc_now
from kaimedia.jobs.key_check import KeyCheck, KeyStatus
from kaimedia.studio import Spending
from kaimedia.ui import ui_text
from kaimedia.ui.generate import spend_line
from tests.conftest import image_request, wait_for
from tests.finished import finished
from tests.ui.conftest import button, open_page, texts

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("offset_min", "begun"),
    [
        (None, "2026-11-22T00:00"),
        (0, "2026-11-22T00:00"),
        (-60, "2026-11-21T23:00"),  # Berlin
        (480, "2026-11-22T08:00"),  # Los Angeles
        (-13 * 60, "2026-11-22T11:00"),  # Tonga: already the 23rd there
        (10**9, "2026-11-22T00:00"),
    ],
)
def test_the_day_begins_in_the_users_time_zone(offset_min: int | None, begun: str) -> None:
    assert spend_line.midnight(NOON, offset_min) == datetime.fromisoformat(begun).replace(tzinfo=UTC)


def test_the_balance_shows_its_age_and_is_hidden_while_unknown() -> None:
    known = KeyCheck(KeyStatus.ACCEPTED, balance_credits=1234.4, checked_at=NOON)
    assert spend_line.balance_text(known, NOON, is_sandbox=False) == "Balance 1,234 credits"
    later = NOON + timedelta(minutes=5)
    assert spend_line.balance_text(known, later, is_sandbox=True) == "Sandbox balance 1,234 credits 5 min ago"
    assert spend_line.balance_text(KeyCheck(), NOON, is_sandbox=False) == ""


def test_todays_spending_is_an_estimate_and_says_if_incomplete() -> None:
    def text_of(*spent: float, is_sandbox: bool = False) -> str:
        return spend_line.today_text(Spending(*spent), is_free=is_sandbox)

    assert text_of() == text_of(1, 0.0, 1) == ""
    assert text_of(2, 24.0, 0) == "spent today: about 24 credits"
    assert text_of(1, 1.0, 0) == "spent today: about 1 credit"
    assert text_of(3, 1024.6, 1) == "spent today: about 1,025 credits, plus tasks without a list price"
    assert text_of(2, 24.0, 0, is_sandbox=True) == "today’s tasks would have cost about 24 credits"


def test_the_sandbox_balance_is_not_requested_before_the_first_task(idle_context: AppContext) -> None:
    assert "Sandbox balance" not in texts(open_page())
    assert idle_context.studio.account.state().check == KeyCheck()


def test_balance_and_todays_spending_are_in_the_price_tooltip(ui_context: AppContext) -> None:
    finished(ui_context, image_request())
    open_page()
    wait_for(lambda: ui_context.studio.account.state().check.is_accepted, "the balance")
    shown = texts(open_page())
    assert re.search(
        r"<p>Sandbox balance [\d,]+ credits\.</p><p>Today’s tasks would have cost about 6 credits\.</p>", shown
    )


@pytest.fixture
def away_context(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> AppContext:
    """An app whose kie.ai does not respond: nothing listens at its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    wanted = replace(config, provider="kie", kie_api_key="key-of-a-test-1234", kie_api_url=url, kie_upload_url=url)
    return pages_of(open_test_context(wanted))


def test_while_kie_does_not_respond_the_page_says_since_when(away_context: AppContext) -> None:
    task = away_context.studio.tasks.submit(image_request("A quiet harbour"))
    wait_for(lambda: away_context.studio.tasks.get(task.task_id).note, "a first try")
    shown = texts(open_page())
    assert 'class="k-calm" role="status">kie.ai has not responded' in shown
    assert "1 tasks are" not in shown
    assert "Nothing is charged twice" in shown
    now = utc_now()
    first = away_context.studio.outages.current(away_context.studio.tasks.shown(), now)
    second = away_context.studio.outages.current(away_context.studio.tasks.shown(), now + timedelta(minutes=3))
    assert first and second and first.since == second.since <= now
    assert not button(open_page(), "generate").disabled


def test_the_notice_disappears_when_kie_responds_again(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())

    def note(code: NoteCode) -> None:
        fields = {"attempts": 1, **note_fields(code, "No connection.", wait_s=2.0)}
        idle_context.stores.task_updater.change(TaskChange(task.task_id, frozenset({Phase.QUEUED}), fields), utc_now())

    note(NoteCode.PROVIDER_UNREACHABLE)
    assert 'class="k-calm"' in texts(open_page())
    note(NoteCode.RATE_LIMITED)
    assert 'class="k-calm"' not in texts(open_page())


@pytest.mark.parametrize(
    ("waiting", "for_s", "expected"),
    [
        (0, 0, "kie.ai has not responded. You can keep working: new tasks wait in the queue until it does."),
        (1, 65, "kie.ai has not responded for 1 min 5 s. 1 task is waiting and will resume automatically."),
        (3, 7, "kie.ai has not responded for 7 s. 3 tasks are waiting and will resume automatically."),
    ],
)
def test_the_text_of_the_notice(waiting: int, for_s: float, expected: str) -> None:
    assert ui_text.outage_line("kie", waiting, for_s).startswith(expected)
