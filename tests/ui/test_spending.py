"""The Spending page: periods, figures, tables and charts."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, GenerationRequest, Modality, MoneySettings, Phase, TaskChange, utc_now
from kaimedia.domain.spending import BalanceStep, ModelResults, SpendingCell, Sums
from kaimedia.store.tasks.creator import NewTask
from kaimedia.studio.balance_check import BalanceCheck
from kaimedia.studio.spending import Overview, SpendingPeriod
from kaimedia.ui.spending import amounts, balance_card, choices, day_chart, estimates_table, figures, period_bar
from kaimedia.ui.spending.amounts import Amounts
from kaimedia.ui.spending.choices import Days, Span
from kaimedia.ui.spending.day_chart import Bar, Step
from tests.conftest import image_request, video_request
from tests.ui.conftest import open_page, texts

TODAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
RESULTS = ModelResults("m", 10.0, 4, 3, 1, 2, 12.0, 11.0, 1, 6.0, 0)


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.WEEK, date(2026, 11, 24), TODAY),
        (Span.MONTH_LONG, date(2026, 11, 1), TODAY),
        (Span.QUARTER, date(2026, 9, 2), TODAY),
        (Span.MONTH, date(2026, 11, 1), TODAY),
        (Span.ALL, None, TODAY),
        (Span.CUSTOM, date(2026, 11, 1), TODAY),
    ],
)
def test_the_days_of_a_period(span: Span, first: date | None, last: date) -> None:
    assert choices.days_of(span, TODAY, month_start=None, custom=()) == Days(first, last)


def test_an_earlier_month_and_own_days() -> None:
    february = choices.days_of(Span.MONTH, TODAY, month_start=date(2024, 2, 1), custom=())
    assert february == Days(date(2024, 2, 1), date(2024, 2, 29))
    one = (date(2026, 3, 5),)
    assert choices.days_of(Span.CUSTOM, TODAY, month_start=None, custom=one) == Days(*one, *one)
    assert choices.months(date(2026, 9, 20), TODAY) == [date(2026, month, 1) for month in (11, 10, 9)]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "Nov 1 – 30, 2026"),
        (date(2026, 9, 2), TODAY, "Sep 2 – Nov 30, 2026"),
        (date(2025, 12, 20), date(2026, 1, 3), "Dec 20, 2025 – Jan 3, 2026"),
        (TODAY, TODAY, "Nov 30, 2026"),
    ],
)
def test_the_days_are_written_once(first: date, last: date, expected: str) -> None:
    assert period_bar.dates_text(first, last) == expected


@pytest.mark.parametrize(
    ("credits", "expected"),
    [(0.0, "0"), (7.4321, "7.43"), (100.0, "100"), (105.95, "106"), (24000.4, "24,000"), (-3.5, "−3.5"), (-0.001, "0")],
)
def test_credits_are_short(credits: float, expected: str) -> None:
    assert amounts.number(credits) == expected


def test_money_is_in_the_chosen_currency_and_not_shown_where_nothing_is_charged() -> None:
    euros = MoneySettings(currency="EUR", currency_per_usd=0.9)
    assert Amounts(euros, is_free=False).money(10.0) == "€9.00"
    assert Amounts(euros, is_free=False).money(-1.0) == "−€0.90"
    assert Amounts(euros, is_free=True).money(10.0) == ""


def test_the_change_is_against_as_many_days_before() -> None:
    assert figures.change_text(Sums(1, 50.0), Sums(1, 100.0), 7) == "50% less than the 7 days before"
    assert figures.change_text(Sums(1, 100.0), Sums(1, 100.2), 7) == "as much as the 7 days before"
    assert figures.change_text(Sums(1, 100.0), Sums(), 7) == ""


def overview(days: int, *cells: tuple[int, str, float]) -> Overview:
    """So many days up to today, with the credits of these days and kinds."""
    period = SpendingPeriod("kie", TODAY - timedelta(days=days - 1), TODAY)
    return Overview(period, tuple(SpendingCell(day, "m", kind, "", Sums(1, credits)) for day, kind, credits in cells))


def test_every_day_has_a_bar_and_longer_periods_have_weeks_and_months() -> None:
    week = day_chart.bars(overview(7, (0, "image", 5.0), (0, "video", 2.0), (6, "image", 1.0)))
    assert week[0] == Bar(date(2026, 11, 24), 5.0, 2.0) and len(week) == 7
    assert [bar.total for bar in week] == [7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    year = day_chart.bars(overview(365, (364, "image", 1.0), (363, "image", 2.0)))
    assert [bar.start for bar in year[-2:]] == [date(2026, 11, 23), TODAY], "weeks begin on Monday"
    assert [bar.total for bar in year[-2:]] == [2.0, 1.0]
    assert day_chart.bars(overview(1000))[-1].start == date(2026, 11, 1)


def test_the_chart_has_a_text_and_its_data_need_no_pandas() -> None:
    found = day_chart.bars(overview(2, (0, "image", 5.0), (1, "video", 12.0)))
    text = day_chart.alternative(found, Step.DAY)
    assert text == "Credits by day, images and videos: 17 credits in all, the most on Nov 30, 2026: 12 credits."
    assert day_chart.alternative(day_chart.bars(overview(2)), Step.DAY) == "Credits by day: nothing was spent."
    made = day_chart.spec(found, Step.DAY)
    assert "data" not in made, "Streamlit would turn them into Arrow"
    values = made["layer"][0]["data"]["values"]
    assert [(each["start"], each["kind"], each["credits"]) for each in values][-1] == ("2026-11-30", "Videos", 12.0)


@pytest.mark.parametrize(
    ("recorded", "tone", "text"),
    [
        (10.0, "mint", "The ledger explains every credit."),
        (8.0, "amber", "2 credits left the account without an entry here."),
        (11.0, "amber", "The ledger has 1 credit more than left the account."),
    ],
)
def test_what_the_balance_says_about_the_ledger(recorded: float, tone: str, text: str) -> None:
    check = BalanceCheck((BalanceStep(AT, AT + timedelta(minutes=1), 100.0, 90.0, recorded),))
    assert balance_card.verdict(check) == (tone, text)


@pytest.mark.parametrize(
    ("estimated", "actual", "expected"),
    [(10.0, 10.0, "none"), (10.0, 11.2, "+12%"), (100.0, 97.0, "−3.0%"), (0, 2, "+2")],
)
def test_the_difference_from_the_list_price(estimated: float, actual: float, expected: str) -> None:
    assert estimates_table.difference_text(estimated, actual) == expected


def test_what_cannot_be_compared_is_said() -> None:
    lines = estimates_table.left_out([RESULTS, replace(RESULTS, unpriced=2)])
    assert lines == [
        "Of 2 more tasks only the list price is known: 12 credits, which count as spent.",
        "2 tasks have no list price and no report, and count as 0.",
    ]


def spend(context: AppContext, request: GenerationRequest, **fields: Any) -> None:
    """A task that ended like this, by default done and charged 5 credits."""
    task = context.studio.tasks.submit(request)
    values = {"phase": Phase.DONE, "credits_actual": 5.0, "due_at": None, **fields}
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), values), utc_now())


def test_before_the_first_task_the_page_says_so(idle_context: AppContext) -> None:
    assert "Nothing was spent yet" in texts(open_page("spending"))


@pytest.fixture
def spent_page(idle_context: AppContext) -> AppTest:
    """The page after an image, a video, and one that was abandoned."""
    spend(idle_context, image_request())
    spend(idle_context, video_request(), credits_actual=60.0)
    spend(
        idle_context,
        image_request(),
        phase=Phase.FAILED,
        error_code=ErrorCode.CANCELLED,
        may_have_cost=True,
        credits_actual=None,
    )
    return open_page("spending")


def test_the_sandbox_is_called_free_and_its_credits_are_shown(spent_page: AppTest) -> None:
    shown = texts(spent_page)
    assert "The sandbox is free: nothing was charged." in shown
    assert "<dt>Would have cost</dt><dd><b>71 <span>credits</span></b><small>3 tasks</small>" in shown
    assert "No longer tracked" in shown and "$" not in shown
    chart = spent_page.get("vega_lite_chart")[0].proto
    assert "71 credits in all" in chart.alt


def test_the_division_can_be_chosen(spent_page: AppTest) -> None:
    assert "Veo 3.1 Fast" in texts(spent_page)
    for by, label in (("token", "Pages, command line"), ("kind", "Videos"), ("collection", "In no collection")):
        assert label in texts(spent_page.segmented_control(key="spending_by").set_value(by).run())


def test_the_period_can_be_chosen(spent_page: AppTest) -> None:
    month = spent_page.segmented_control(key="spending_span").set_value(Span.MONTH.value).run()
    assert month.selectbox(key="spending_month").value == utc_now().date().replace(day=1)
    early = month.segmented_control(key="spending_span").set_value(Span.CUSTOM.value).run()
    days = (date(2025, 1, 1), date(2025, 1, 31))
    shown = texts(early.date_input(key="spending_days").set_value(days).run())
    assert "<b>0 <span>credits</span></b>" in shown and "Nothing was spent on these days." in shown


def test_a_task_dated_by_a_wrong_clock_hides_no_other(idle_context: AppContext, spent_page: AppTest) -> None:
    new = NewTask(image_request(), Modality.IMAGE, "sandbox", 1, 6.0)
    idle_context.stores.task_creator.create(new, now=datetime(1980, 1, 1, tzinfo=UTC))
    everything = spent_page.segmented_control(key="spending_span").set_value(Span.ALL.value).run()
    assert "<b>71 <span>credits</span></b>" in texts(everything)


def test_another_provider_can_be_chosen(idle_context: AppContext, spent_page: AppTest) -> None:
    task = NewTask(image_request(), Modality.IMAGE, "kie", 1, 6.0, usd_per_credit=0.005)
    created = idle_context.stores.task_creator.create(task, now=utc_now())
    fields = {"phase": Phase.DONE, "credits_actual": 8.0, "due_at": None}
    idle_context.stores.task_updater.change(TaskChange(created.task_id, frozenset(Phase), fields), utc_now())
    both = spent_page.run()
    assert both.selectbox(key="spending_provider").value == "sandbox", "the one in use"
    shown = texts(both.selectbox(key="spending_provider").set_value("kie").run())
    assert "<dt>Spent</dt><dd><b>8 <span>credits</span></b><small>$0.04 · 1 task</small>" in shown
    assert "The sandbox is free" not in shown


def test_the_downloads_have_the_same_sum(idle_context: AppContext, spent_page: AppTest) -> None:
    service = idle_context.studio.spending
    found = service.overview(service.period())
    rows = csv.DictReader(StringIO(period_bar.csv_text(found)))
    assert sum(float(row["credits"]) for row in rows) == 71.0
    assert [each.label for each in spent_page.get("download_button")] == ["CSV", "JSON"]
    assert json.loads(period_bar.json_text(idle_context.studio, found, "UTC"))["total"]["credits"] == 71.0


def test_a_task_of_unknown_outcome_waits_for_a_decision(idle_context: AppContext) -> None:
    unknown = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "credits_actual": None}
    spend(idle_context, image_request(), phase=Phase.FAILED, **unknown)
    idle_context.studio.tasks.submit(image_request())
    shown = texts(open_page("spending"))
    assert "<small>For 1 running task</small><small>1 task of unknown outcome</small>" in shown
    assert "6 credits more are reserved for 1 task of unknown outcome. Decide on Generate." in shown
