"""Task rows: canceling, failures with their actions, many of them."""

from __future__ import annotations

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, TaskChange, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.kie.client import KieClient
from kaimedia.studio.tasks import TaskService
from kaimedia.ui.generate import task_panel
from tests.conftest import image_request
from tests.ui.conftest import button, has_button, open_page, statuses, texts
from tests.ui.test_generate import fail


@pytest.mark.parametrize(
    ("code", "is_sent", "actions", "expected"),
    [
        (ErrorCode.MODERATED, False, ("again", "edit", "dismiss"), "Try rephrasing the prompt"),
        (ErrorCode.NO_CREDITS, False, ("again", "edit", "dismiss"), "Top up at the sandbox"),
        (ErrorCode.EXPIRED, True, ("again", "edit", "dismiss"), "Checking again is free"),
        (ErrorCode.NOT_SAVED, True, ("again", "edit", "dismiss"), "Fetching it again is free"),
        (ErrorCode.OUTCOME_UNKNOWN, False, ("look_up", "again", "dismiss"), "Look it up in the sandbox’s logs"),
    ],
)
def test_a_failed_card_has_its_actions(
    idle_context: AppContext, code: ErrorCode, is_sent: bool, actions: tuple[str, ...], expected: str
) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, task.task_id, code, provider_task_id="abc" if is_sent else None)
    app = open_page()
    assert "<b>Needs attention</b> <span>1</span>" in texts(app)
    assert list(statuses(app).values()) == ["error"]
    assert "It broke off." in texts(app)
    assert expected in texts(app)
    for action in actions:
        assert has_button(app, f"{action}_{task.task_id}"), action


def test_trying_again_makes_a_new_task_and_dismisses_the_old_one(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, task.task_id, ErrorCode.PROVIDER_FAILED)
    app = open_page()
    button(app, f"again_{task.task_id}").click().run()
    (fresh,) = idle_context.studio.tasks.shown()
    assert fresh.retry_of == task.task_id


def test_checking_again_continues_the_same_task(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, task.task_id, ErrorCode.EXPIRED, provider_task_id="abc")
    app = open_page()
    assert button(app, f"again_{task.task_id}").label == "Check again"
    button(app, f"again_{task.task_id}").click().run()
    (same,) = idle_context.studio.tasks.shown()
    assert (same.task_id, same.phase) == (task.task_id, Phase.WAITING)


def test_an_unknown_outcome_is_sent_again_only_after_confirmation(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, task.task_id, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    app = open_page()
    button(app, f"again_{task.task_id}").click().run()
    assert "you may pay twice" in texts(app)
    assert idle_context.studio.tasks.page().total == 1
    button(app, f"resend_{task.task_id}").click().run()
    assert idle_context.studio.tasks.page().total == 2


def test_an_unknown_outcome_is_settled_with_the_providers_id(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, task.task_id, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    app = open_page()
    button(app, f"look_up_{task.task_id}").click().run()
    button(app, f"resolve_{task.task_id}").click().run()
    assert "Enter the task ID as the sandbox’s logs show it" in texts(app).replace("'", "’").replace("&#x27;", "’")
    monkeypatch.setattr(KieClient, "report", lambda *_, **__: Report(TaskState.PROCESSING, is_missing=True))
    app.text_input(key=f"provider_id_{task.task_id}").set_value("nonsense-123")
    button(app, f"resolve_{task.task_id}").click().run()
    assert "The sandbox has no such task" in texts(app)
    assert idle_context.studio.tasks.get(task.task_id).may_have_cost
    monkeypatch.setattr(KieClient, "report", lambda *_, **__: Report(TaskState.PROCESSING, is_transient=True))
    button(app, f"resolve_{task.task_id}").click().run()
    assert "gave no clear answer" in texts(app) and "Nothing has changed" in texts(app)
    assert idle_context.studio.tasks.get(task.task_id).may_have_cost
    monkeypatch.setattr(KieClient, "report", lambda *_, **__: Report(TaskState.PROCESSING, is_running=True))
    app.text_input(key=f"provider_id_{task.task_id}").set_value("given-by-the-logs")
    button(app, f"resolve_{task.task_id}").click().run()
    assert idle_context.studio.tasks.get(task.task_id).provider_task_id == "given-by-the-logs"


def test_canceling_a_queued_task_is_free_and_needs_no_confirmation(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    app = open_page()
    button(app, f"cancel_{task.task_id}").click().run()
    assert idle_context.studio.tasks.get(task.task_id).error_code is ErrorCode.CANCELLED
    assert "Canceled. Nothing was charged" in texts(app).replace("\\", "")


def test_canceling_a_task_sent_since_its_card_was_drawn_is_confirmed(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    app = open_page()
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    idle_context.stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    monkeypatch.setattr(TaskService, "shown", lambda _studio: [task])  # what the card still shows
    button(app, f"cancel_{task.task_id}").click().run()
    assert "Stop this task?" in texts(app)
    assert idle_context.studio.tasks.get(task.task_id).phase is Phase.GENERATING
    with pytest.raises(StaleTransition):
        idle_context.studio.tasks.cancel(task.task_id, even_if_sent=False)


def test_cancelling_after_sending_asks_first(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    idle_context.stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    app = open_page()
    button(app, f"cancel_{task.task_id}").click().run()
    assert "Stop this task?" in texts(app)
    assert idle_context.studio.tasks.get(task.task_id).phase is Phase.GENERATING
    button(app, f"stop_{task.task_id}").click().run()
    assert idle_context.studio.tasks.get(task.task_id).may_have_cost


def test_canceling_in_the_sandbox_does_not_mention_billing(idle_context: AppContext) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fields = {"phase": Phase.GENERATING, "accepted_at": utc_now(), "provider_task_id": "abc"}
    idle_context.stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    app = open_page()
    button(app, f"cancel_{task.task_id}").click().run()
    assert "Stop this task? It is free in the sandbox" in texts(app)
    assert "bill" not in texts(app)
    assert button(app, f"cancel_stop_{task.task_id}").label == "Back"


def test_many_failures_are_folded_and_dismissed_together(idle_context: AppContext) -> None:
    for number in range(task_panel.MAX_FAILED + 2):
        task = idle_context.studio.tasks.submit(image_request(f"number {number}"))
        fail(idle_context, task.task_id, ErrorCode.PROVIDER_FAILED)
    app = open_page()
    assert "<b>Needs attention</b> <span>10</span>" in texts(app)
    assert len(app.status) == task_panel.MAX_FAILED
    assert button(app, "queue_all").label == "Show all 10"
    button(app, "queue_all").click().run()
    assert all(has_button(app, f"dismiss_{task.task_id}") for task in idle_context.studio.tasks.shown())
    assert button(app, "dismiss_all").label == "Dismiss all"
    button(app, "dismiss_all").click().run()
    assert idle_context.studio.tasks.shown() == []


def test_possibly_charged_tasks_come_first_and_are_never_dismissed_with_others(idle_context: AppContext) -> None:
    tasks = [idle_context.studio.tasks.submit(image_request(f"number {number}")).task_id for number in range(14)]
    unknown, paid, plain = tasks[:2], tasks[2], tasks[3:]
    for task_id in unknown:  # the oldest, so last in the list
        fail(idle_context, task_id, ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    fail(idle_context, paid, ErrorCode.NOT_SAVED, provider_task_id="abc", may_have_cost=True)
    for task_id in plain:
        fail(idle_context, task_id, ErrorCode.PROVIDER_FAILED)
    app = open_page()
    assert all(has_button(app, f"look_up_{task_id}") for task_id in unknown)
    assert "3 may have been charged" in texts(app)
    assert [label.split()[1] for label in list(statuses(app))[:3]] == ["2", "1", "0"]
    assert not any(has_button(app, f"quick_dismiss_{task_id}") for task_id in (*unknown, paid))
    assert button(app, "dismiss_all").label == "Dismiss 11"
    button(app, "dismiss_all").click().run()
    assert {task.task_id for task in idle_context.studio.tasks.shown()} == {*unknown, paid}


def test_running_tasks_come_before_failed_ones(idle_context: AppContext) -> None:
    fail(idle_context, idle_context.studio.tasks.submit(image_request("one")).task_id, ErrorCode.PROVIDER_FAILED)
    idle_context.studio.tasks.submit(image_request("two"))
    app = open_page()
    shown = texts(app)
    assert "In progress <span>1</span>" in shown and "<b>Needs attention</b> <span>1</span>" in shown
    assert 'id="in-progress"' in shown
    assert list(statuses(app).values()) == ["running", "error"]
