"""The queue before the choice of a blind comparison: nothing tells which model is which."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import BatchKind, ErrorCode, Phase, Task, TaskChange, utc_now
from kaimedia.ui.generate.progress_text import HIDDEN_REASON
from tests.conftest import image_request
from tests.ui.conftest import button, has_button, open_page, statuses

MODELS = {"gpt4o-image": "GPT-4o Image", "z-image": "Z-Image", "imagen-4-fast": "Imagen 4 Fast"}
WHY = "Imagen refused the prompt."


def compare(context: AppContext, *, is_blind: bool = True) -> list[Task]:
    requests = [image_request("a paper boat", model=model) for model in MODELS]
    batch = context.studio.batches.submit(BatchKind.COMPARISON, requests, is_blind=is_blind)
    return context.studio.batches.tasks(batch.id)


def move(context: AppContext, task: Task, phase: Phase, **fields: object) -> None:
    change = TaskChange(task.task_id, frozenset({task.phase}), {"phase": phase, "due_at": None, **fields})
    context.stores.task_updater.change(change, utc_now())


def fail(context: AppContext, task: Task, *, may_have_cost: bool = False) -> None:
    code = ErrorCode.OUTCOME_UNKNOWN if may_have_cost else ErrorCode.PROVIDER_FAILED
    move(context, task, Phase.FAILED, error_code=code, error_message=WHY, may_have_cost=may_have_cost)


def queue_text(app: AppTest) -> str:
    """What is drawn of the queue's cards and rows."""
    marks = ("k-batch-tasks", "k-steps", "k-task-reason", "k-quiet", "k-sure")
    drawn = [each.proto.body for each in app.get("html") if any(mark in each.proto.body for mark in marks)]
    return "\n".join([*statuses(app), *drawn])


def opened(batch_id: int | None) -> AppTest:
    app = open_page()
    app.session_state["opened_tasks"] = (f"{batch_id or 0:032x}",)
    app.run()
    assert not app.exception
    return app


def tells(text: str) -> list[str]:
    return [word for word in (*MODELS, *MODELS.values(), WHY, "sandbox") if word in text]


def test_the_open_card_lists_letters_in_the_order_of_the_comparison(idle_context: AppContext) -> None:
    first, second, _ = compare(idle_context)
    move(idle_context, first, Phase.WAITING, provider_task_id="p1", accepted_at=utc_now())
    move(idle_context, second, Phase.GENERATING, provider_task_id="p2", accepted_at=utc_now())
    text = next(line for line in queue_text(opened(first.batch_id)).splitlines() if "k-batch-tasks" in line)
    entries = idle_context.studio.comparisons.get(first.batch_id or 0).entries
    phases = {first.task_id: "Queued", second.task_id: "Generating"}
    expected = [f"Model {each.letter}</span> <small>{phases.get(each.task.task_id, '')}" for each in entries]
    places = [text.find(each) for each in expected]
    assert -1 not in places and places == sorted(places)
    assert tells(text) == [] and "a paper boat" not in text


@pytest.mark.parametrize("may_have_cost", [False, True])
def test_a_failed_one_hides_model_and_reason_until_the_choice(idle_context: AppContext, may_have_cost: bool) -> None:
    first, second, third = compare(idle_context)
    fail(idle_context, third, may_have_cost=may_have_cost)
    app = open_page()
    text = queue_text(app)
    letter = idle_context.studio.comparisons.hidden_letters([third.batch_id or 0])[third.task_id]
    assert HIDDEN_REASON in text and f"Model {letter}" in text
    assert not [word for word in tells(text) if word != "sandbox"] and "1:1" not in text
    assert has_button(app, f"again_{third.task_id}") and not has_button(app, f"edit_{third.task_id}")
    move(idle_context, first, Phase.DONE, completed_at=utc_now())
    idle_context.studio.batches.vote(first.batch_id or 0, first.task_id)
    text = queue_text(open_page())
    assert MODELS[third.model] in text and WHY in text and HIDDEN_REASON not in text
    assert second.batch_id == third.batch_id


def test_it_stays_hidden_when_its_card_is_gone(idle_context: AppContext) -> None:
    first, second, third = compare(idle_context)
    for task in (first, second):
        move(idle_context, task, Phase.DONE, completed_at=utc_now())
    fail(idle_context, third)
    idle_context.studio.batches.dismiss(third.batch_id or 0)
    app = open_page()
    assert HIDDEN_REASON in queue_text(app) and WHY not in queue_text(app)
    button(app, f"again_{third.task_id}").click().run()  # tried again, it is a row of its own
    assert MODELS[third.model] not in queue_text(app) and "Model " in queue_text(app)


def test_with_fewer_than_two_results_there_is_nothing_to_hide(idle_context: AppContext) -> None:
    first, second, third = compare(idle_context)
    move(idle_context, first, Phase.DONE, completed_at=utc_now())
    fail(idle_context, second)
    assert HIDDEN_REASON in queue_text(open_page())
    fail(idle_context, third)
    text = queue_text(opened(first.batch_id))
    assert HIDDEN_REASON not in text and WHY in text and MODELS[third.model] in text


def test_other_comparisons_hide_nothing(idle_context: AppContext) -> None:
    first, *_ = compare(idle_context, is_blind=False)
    fail(idle_context, first)
    assert WHY in queue_text(open_page()) and HIDDEN_REASON not in queue_text(open_page())
    assert idle_context.studio.comparisons.hidden_letters([first.batch_id or 0, 4711]) == {}
