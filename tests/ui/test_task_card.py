"""The cards of tasks: cancelling, failures with their doors, many of them."""

from __future__ import annotations

import pytest

from kaimedia.bootstrap import House
from kaimedia.domain import ErrorCode, Phase, TaskChange, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.kie.client import KieClient
from kaimedia.kie.spec import Report, TaskState
from kaimedia.studio import Studio
from kaimedia.ui import task_panel
from tests.conftest import image_request
from tests.ui.conftest import button, has_button, open_page, statuses, texts
from tests.ui.test_generate import fail


@pytest.mark.parametrize(
    ("code", "is_sent", "doors", "said"),
    [
        (ErrorCode.MODERATED, False, ("again", "edit", "dismiss"), "Try rephrasing the prompt"),
        (ErrorCode.NO_CREDITS, False, ("again", "edit", "dismiss"), "Top up at kie.ai"),
        (ErrorCode.EXPIRED, True, ("again", "edit", "dismiss"), "Watching again is free"),
        (ErrorCode.NOT_SAVED, True, ("again", "edit", "dismiss"), "Fetching again is free"),
        (ErrorCode.OUTCOME_UNKNOWN, False, ("look_up", "again", "dismiss"), "Look for it in kie.ai’s logs"),
    ],
)
def test_a_failed_card_has_its_doors(
    idle_house: House, code: ErrorCode, is_sent: bool, doors: tuple[str, ...], said: str
) -> None:
    task = idle_house.studio.submit(image_request())
    fail(idle_house, task.task_id, code, provider_task_id="abc" if is_sent else None)
    app = open_page()
    assert "<b>Needs attention</b> <span>1</span>" in texts(app)
    assert list(statuses(app).values()) == ["error"]
    assert "It broke off." in texts(app)
    assert said in texts(app)
    for door in doors:
        assert has_button(app, f"{door}_{task.task_id}"), door


def test_trying_again_makes_a_new_task_and_dismisses_the_old_one(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())
    fail(idle_house, task.task_id, ErrorCode.PROVIDER_FAILED)
    app = open_page()
    button(app, f"again_{task.task_id}").click().run()
    (fresh,) = idle_house.studio.shown_tasks()
    assert fresh.retry_of == task.task_id


def test_watching_again_goes_on_with_the_same_task(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())
    fail(idle_house, task.task_id, ErrorCode.EXPIRED, provider_task_id="abc")
    app = open_page()
    assert button(app, f"again_{task.task_id}").label == "Watch again"
    button(app, f"again_{task.task_id}").click().run()
    (same,) = idle_house.studio.shown_tasks()
    assert (same.task_id, same.phase) == (task.task_id, Phase.WAITING)


def test_an_unknown_outcome_is_sent_again_only_after_a_second_yes(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())
    fail(idle_house, task.task_id, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    app = open_page()
    button(app, f"again_{task.task_id}").click().run()
    assert "you may pay twice" in texts(app)
    assert idle_house.studio.tasks().total == 1
    button(app, f"resend_{task.task_id}").click().run()
    assert idle_house.studio.tasks().total == 2


def test_an_unknown_outcome_is_settled_with_the_providers_id(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = idle_house.studio.submit(image_request())
    fail(idle_house, task.task_id, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    app = open_page()
    button(app, f"look_up_{task.task_id}").click().run()
    button(app, f"resolve_{task.task_id}").click().run()
    assert "Enter the task ID as kie.ai’s logs show it" in texts(app).replace("'", "’").replace("&#x27;", "’")
    monkeypatch.setattr(KieClient, "report", lambda *_, **__: Report(TaskState.PROCESSING, is_missing=True))
    app.text_input(key=f"provider_id_{task.task_id}").set_value("nonsense-123")
    button(app, f"resolve_{task.task_id}").click().run()
    assert "kie.ai knows no such task" in texts(app)
    assert idle_house.studio.task(task.task_id).may_have_cost
    monkeypatch.setattr(KieClient, "report", lambda *_, **__: Report(TaskState.PROCESSING, is_transient=True))
    button(app, f"resolve_{task.task_id}").click().run()
    assert "could not be asked" in texts(app) and "Nothing has changed" in texts(app)
    assert idle_house.studio.task(task.task_id).may_have_cost
    monkeypatch.setattr(KieClient, "report", lambda *_, **__: Report(TaskState.PROCESSING, is_running=True))
    app.text_input(key=f"provider_id_{task.task_id}").set_value("given-by-the-logs")
    button(app, f"resolve_{task.task_id}").click().run()
    assert idle_house.studio.task(task.task_id).provider_task_id == "given-by-the-logs"


def test_cancelling_in_the_line_is_free_and_needs_no_second_yes(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())
    app = open_page()
    button(app, f"cancel_{task.task_id}").click().run()
    assert idle_house.studio.task(task.task_id).error_code is ErrorCode.CANCELLED
    assert "Canceled. Nothing was charged" in texts(app).replace("\\", "")


def test_a_task_sent_since_its_card_was_drawn_is_asked_about(
    idle_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = idle_house.studio.submit(image_request())
    app = open_page()
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    idle_house.parts.tasks.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    monkeypatch.setattr(Studio, "shown_tasks", lambda _studio: [task])  # what the card still shows
    button(app, f"cancel_{task.task_id}").click().run()
    assert "Stop this task?" in texts(app)
    assert idle_house.studio.task(task.task_id).phase is Phase.GENERATING
    with pytest.raises(StaleTransition):
        idle_house.studio.cancel(task.task_id, even_if_sent=False)


def test_cancelling_after_sending_asks_first(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    idle_house.parts.tasks.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    app = open_page()
    button(app, f"cancel_{task.task_id}").click().run()
    assert "Stop this task?" in texts(app)
    assert idle_house.studio.task(task.task_id).phase is Phase.GENERATING
    button(app, f"stop_{task.task_id}").click().run()
    assert idle_house.studio.task(task.task_id).may_have_cost


def test_a_cancel_in_the_sandbox_does_not_speak_of_bills(idle_house: House) -> None:
    task = idle_house.studio.submit(image_request())
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    idle_house.parts.tasks.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    app = open_page()
    button(app, f"cancel_{task.task_id}").click().run()
    assert "Stop this task? It is free in the sandbox" in texts(app)
    assert "bill" not in texts(app)
    assert button(app, f"keep_stop_{task.task_id}").label == "Keep going"


def test_many_failures_are_folded_and_dismissed_together(idle_house: House) -> None:
    for number in range(task_panel.MOST_FAILED + 2):
        task = idle_house.studio.submit(image_request(f"number {number}"))
        fail(idle_house, task.task_id, ErrorCode.PROVIDER_FAILED)
    app = open_page()
    assert "<b>Needs attention</b> <span>10</span>" in texts(app)
    assert len(app.status) == task_panel.MOST_FAILED
    assert button(app, "queue_all").label == "Show all 10"
    button(app, "queue_all").click().run()
    assert all(has_button(app, f"dismiss_{task.task_id}") for task in idle_house.studio.shown_tasks())
    assert button(app, "dismiss_all").label == "Dismiss all"
    button(app, "dismiss_all").click().run()
    assert idle_house.studio.shown_tasks() == []


def test_what_may_be_paid_stands_first_and_is_never_dismissed_with_others(idle_house: House) -> None:
    tasks = [idle_house.studio.submit(image_request(f"number {number}")).task_id for number in range(14)]
    unknown, paid, plain = tasks[:2], tasks[2], tasks[3:]
    for task_id in unknown:  # the oldest, so last on the studio's list
        fail(idle_house, task_id, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    fail(idle_house, paid, ErrorCode.NOT_SAVED, provider_task_id="abc", may_have_cost=True)
    for task_id in plain:
        fail(idle_house, task_id, ErrorCode.PROVIDER_FAILED)
    app = open_page()
    assert all(has_button(app, f"look_up_{task_id}") for task_id in unknown)
    assert "3 may have been charged" in texts(app)
    assert [label.split()[1] for label in list(statuses(app))[:3]] == ["2", "1", "0"]
    assert not any(has_button(app, f"quick_dismiss_{task_id}") for task_id in (*unknown, paid))
    assert button(app, "dismiss_all").label == "Dismiss 11"
    button(app, "dismiss_all").click().run()
    assert {task.task_id for task in idle_house.studio.shown_tasks()} == {*unknown, paid}


def test_running_tasks_stand_before_failed_ones(idle_house: House) -> None:
    fail(idle_house, idle_house.studio.submit(image_request("one")).task_id, ErrorCode.PROVIDER_FAILED)
    idle_house.studio.submit(image_request("two"))
    app = open_page()
    shown = texts(app)
    assert "In progress <span>1</span>" in shown and "<b>Needs attention</b> <span>1</span>" in shown
    assert 'id="in-progress"' in shown
    assert list(statuses(app).values()) == ["running", "error"]
