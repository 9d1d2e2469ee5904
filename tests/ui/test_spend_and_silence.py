"""What is left, what today came to, and what the page says while kie.ai does not answer."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Phase, TaskChange, utc_now
from kaimedia.jobs.providers import KeyCheck
from kaimedia.studio import Spending
from kaimedia.ui import spend_line, words
from tests.conftest import image_request, wait_for
from tests.ui.conftest import button, made, open_page, texts

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
def test_the_day_begins_where_the_person_is(offset_min: int | None, begun: str) -> None:
    assert spend_line.midnight(NOON, offset_min) == datetime.fromisoformat(begun).replace(tzinfo=UTC)


def test_the_balance_carries_its_age_and_nothing_is_said_of_an_unknown_one() -> None:
    known = KeyCheck(is_ok=True, balance_credits=1234.4, checked_at=NOON)
    assert spend_line.balance_words(known, NOON, is_sandbox=False) == "Balance 1,234 credits"
    later = NOON + timedelta(minutes=5)
    assert spend_line.balance_words(known, later, is_sandbox=True) == "Sandbox balance 1,234 credits 5 min ago"
    assert spend_line.balance_words(KeyCheck(), NOON, is_sandbox=False) == ""


def test_today_is_an_estimate_and_says_what_it_lacks() -> None:
    def said(*spent: float, is_sandbox: bool = False) -> str:
        return spend_line.today_words(Spending(*spent), is_sandbox=is_sandbox)

    assert said() == said(1, 0.0, 1) == ""
    assert said(2, 24.0, 0) == "today about 24 credits"
    assert said(1, 1.0, 0) == "today about 1 credit"
    assert said(3, 1024.6, 1) == "today about 1,025 credits and more"
    assert said(2, 24.0, 0, is_sandbox=True) == "would have cost about 24 credits today"


def test_in_the_sandbox_nothing_is_asked_before_something_was_made(idle_house: House) -> None:
    assert "Sandbox balance" not in texts(open_page())
    assert idle_house.studio.provider_state().check == KeyCheck()


def test_balance_and_today_stand_in_the_tooltip_of_the_price(ui_house: House) -> None:
    made(ui_house, image_request())
    open_page()
    wait_for(lambda: ui_house.studio.provider_state().check.is_ok, "the balance")
    shown = texts(open_page())
    assert re.search(r"<p>Sandbox balance [\d,]+ credits\.</p><p>Would have cost about 6 credits today\.</p>", shown)


@pytest.fixture
def away_house(config: Config, open_test_house: Callable[..., House], pages_of: Callable[[House], House]) -> House:
    """A house whose kie.ai does not answer: nobody listens at its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    wanted = replace(config, provider="kie", kie_api_key="key-of-a-test-1234", kie_api_url=url, kie_upload_url=url)
    return pages_of(open_test_house(wanted))


def test_while_kie_is_away_the_page_is_calm_and_says_since_when(away_house: House) -> None:
    task = away_house.studio.submit(image_request("A quiet harbour"))
    wait_for(lambda: away_house.studio.task(task.task_id).note, "a first try")
    shown = texts(open_page())
    assert 'class="k-calm" role="status">kie.ai has not answered' in shown
    assert "1 task waits and goes on by themselves" not in shown
    assert "nothing is lost and nothing is paid twice" in shown
    now = utc_now()
    first = away_house.studio.silence(away_house.studio.shown_tasks(), now)
    second = away_house.studio.silence(away_house.studio.shown_tasks(), now + timedelta(minutes=3))
    assert first and second and first.since == second.since <= now
    assert not button(open_page(), "generate").disabled


def test_the_line_goes_when_kie_answers_again(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())

    def note(text: str | None) -> None:
        change = TaskChange(task.task_id, frozenset({Phase.QUEUED}), {"note": text, "attempts": 1 if text else 0})
        idle_house.parts.tasks.change(change, utc_now())

    note("Sending again in 2 s: No connection to kie.ai (api.kie.ai). Nothing was sent.")
    assert 'class="k-calm"' in texts(open_page())
    note("Sending again in 20 s: too many at once.")
    assert 'class="k-calm"' not in texts(open_page())


@pytest.mark.parametrize(
    ("waiting", "for_s", "said"),
    [
        (0, 0, "kie.ai has not answered. You can go on: what you start waits in line until it does."),
        (1, 65, "kie.ai has not answered for 1 min 5 s. 1 task waits and goes on by itself; nothing is lost"),
        (3, 7, "kie.ai has not answered for 7 s. 3 tasks wait and go on by themselves; nothing is lost"),
    ],
)
def test_the_words_of_the_line(waiting: int, for_s: float, said: str) -> None:
    assert words.silence_line(waiting, for_s).startswith(said)
