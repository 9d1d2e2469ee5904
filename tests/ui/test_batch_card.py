"""The card of a batch in the queue: counts, pause, stop, dismiss, and one notification at the end."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Batch, BatchKind, BatchProgress, ErrorCode, Phase, Status, Task, TaskChange, utc_now
from kaimedia.studio import costs_of
from kaimedia.ui.generate import batch_price_text, batch_text
from kaimedia.web.gallery.query import read
from tests.conftest import image_request, wait_for
from tests.ui.conftest import button, grid, has_button, open_page, statuses, texts

BATCH = Batch(7, BatchKind.PROMPTS, "Boats", utc_now())
PROGRESS = BatchProgress(BATCH, 26, 4, 7, 2, 1, 240.0, 0, None)


def submit(context: AppContext, count: int = 3) -> list[Task]:
    batch = context.studio.batches.submit(
        BatchKind.PROMPTS, [image_request(f"boat {number}") for number in range(count)], name="Boats"
    )
    return context.studio.batches.tasks(batch.id)


def move(context: AppContext, task: Task, phase: Phase, **fields: object) -> None:
    change = TaskChange(task.task_id, frozenset({task.phase}), {"phase": phase, "due_at": None, **fields})
    context.stores.task_updater.change(change, utc_now())


def opened(app: AppTest, batch_id: int) -> AppTest:
    app.session_state["opened_tasks"] = (f"{batch_id:032x}",)
    return app.run()


def test_a_batch_is_one_card_and_its_failures_are_rows(idle_context: AppContext) -> None:
    idle_context.studio.tasks.submit(image_request("a single one"))
    first, second, third = submit(idle_context)
    move(idle_context, first, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, may_have_cost=False)
    move(idle_context, second, Phase.FAILED, error_code=ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    app = open_page()
    shown = statuses(app)
    assert next(iter(shown)) == "Boats 0 of 3 done · 1 failed · 1 may have been charged"
    assert sum("boat" in label for label in shown) == 2 and any("a single one" in label for label in shown)
    assert has_button(app, f"again_{first.task_id}") and has_button(app, f"look_up_{second.task_id}")
    assert "In progress <span>2</span>" in texts(app)
    assert 'aria-valuemax="3" aria-valuenow="2"' in texts(app)
    assert third.request.prompt not in texts(app)
    assert third.request.prompt in texts(opened(app, third.batch_id or 0))


def test_pause_and_resume(idle_context: AppContext) -> None:
    batch_id = submit(idle_context)[0].batch_id
    app = open_page()
    button(app, f"batch_pause_{batch_id}").click().run()
    assert list(statuses(app)) == ["Boats Paused · 0 of 3 done"]
    assert idle_context.studio.tasks.running_count() == 0 and "In progress" not in texts(app)
    assert "copy" not in texts(app)
    button(app, f"batch_resume_{batch_id}").click().run()
    assert idle_context.studio.tasks.running_count() == 3


def test_stop_asks_and_says_what_is_still_saved(idle_context: AppContext) -> None:
    first, *_ = submit(idle_context)
    move(idle_context, first, Phase.WAITING, provider_task_id="p1", accepted_at=utc_now())
    app = opened(open_page(), first.batch_id or 0)
    button(app, f"batch_stop_{first.batch_id}").click().run()
    assert "Cancel 2 unsent tasks? Nothing is charged for them. 1 already sent will still be saved." in texts(app)
    button(app, f"batch_stop_back_{first.batch_id}").click().run()
    button(app, f"batch_stop_{first.batch_id}").click().run()
    button(app, f"batch_stop_sure_{first.batch_id}").click().run()
    progress = idle_context.studio.batches.get(first.batch_id or 0)
    assert (progress.unsent, progress.running, progress.canceled) == (0, 1, 2)
    assert list(statuses(app)) == ["Boats 0 of 3 done · 2 canceled"]  # and no row for each of those
    assert not has_button(app, f"batch_dismiss_{first.batch_id}")


def test_an_ended_batch_is_dismissed_and_its_failures_stay(idle_context: AppContext) -> None:
    first, *others = submit(idle_context)
    app = open_page()
    move(idle_context, first, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, may_have_cost=False)
    for task in others:
        move(idle_context, task, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, may_have_cost=False)
        idle_context.studio.tasks.dismiss(task.task_id)
    app.run()
    assert [news[1] for news in app.session_state["ended_tasks"]] == ["Your batch has ended."]
    assert [each.value for each in app.toast] == [
        "“\u2068Boats\u2069”\\: 0 of 3 done · 3 failed\\. [Show it](#needs-attention)"
    ]
    app.run()
    assert len(app.session_state["ended_tasks"]) == 1
    button(app, f"batch_dismiss_{first.batch_id}").click().run()
    assert len(statuses(app)) == 1 and "boat 0" in next(iter(statuses(app)))


def test_a_failed_task_that_is_tried_again_is_counted_once(idle_context: AppContext) -> None:
    first, *_ = submit(idle_context)
    move(idle_context, first, Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, may_have_cost=False)
    app = open_page()
    button(app, f"again_{first.task_id}").click().run()
    assert list(statuses(app)) == ["Boats 0 of 3 done"]


@pytest.mark.slow
def test_a_batch_runs_to_its_end_and_the_page_says_so(ui_context: AppContext) -> None:
    app = open_page()
    batch_id = submit(ui_context)[0].batch_id or 0
    app.run()
    wait_for(lambda: not ui_context.studio.batches.get(batch_id).is_active, "the end of the batch", 60)
    app.run()
    assert next(iter(statuses(app).items())) == ("Boats 3 of 3 done", "complete")
    assert len(app.session_state["ended_tasks"]) == 1 and not app.toast


@pytest.mark.slow
def test_the_results_of_a_batch_are_shown_in_the_gallery(ui_context: AppContext) -> None:
    studio = ui_context.studio
    tasks = submit(ui_context)
    batch_id = tasks[0].batch_id or 0
    alone = studio.tasks.submit(image_request("a lone boat"))
    wait_for(lambda: studio.tasks.get(alone.task_id).status is Status.COMPLETED, "the other task", 60)
    wait_for(lambda: not studio.batches.get(batch_id).is_active, "the end of the batch", 60)
    app = opened(open_page(), batch_id)
    button(app, f"batch_results_{batch_id}").click().run()
    assert app.query_params["results_of"] == f"Boats #{batch_id}"
    gallery = open_page("gallery")
    gallery.selectbox(key="results_of").set_value(batch_id).run()
    assert "3 of 4" in texts(gallery) and f"Boats \\#{batch_id}" in [each.label for each in gallery.button]
    page = studio.gallery.page(read(dict(parse_qsl(grid(gallery)["query"]))))
    assert {item.task_id for item in page.items} == {task.task_id for task in tasks}


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (PROGRESS, "7 of 40 done · 2 failed · 1 may have been charged"),
        (replace(PROGRESS, batch=replace(BATCH, paused_at=utc_now())), "Paused · 7 of 40 done · 2 failed · 1 may"),
        (replace(PROGRESS, unsent=0, failed=28, canceled=26), "7 of 40 done · 2 failed · 26 canceled · 1 may"),
    ],
)
def test_the_line(progress: BatchProgress, expected: str) -> None:
    assert batch_text.line(progress).startswith(expected)


def test_the_cost_leaves_out_what_is_free_and_adds_no_credits_of_two_providers(idle_context: AppContext) -> None:
    first, second, third = submit(idle_context)
    sent = replace(second, provider="kie", credits_actual=5.0)
    other = replace(third, provider="other", credits_estimated=None)
    failed = replace(first, provider="kie", status=Status.FAILED, may_have_cost=False)
    assert batch_price_text.cost(costs_of([first, second])) == "Free in the sandbox."
    assert batch_price_text.cost(costs_of([failed, sent])) == (
        "About 6 credits. Charged so far, as reported: 5 credits."
    )
    assert batch_price_text.cost(costs_of([replace(failed, may_have_cost=True), sent])).startswith("About 12 credits.")
    assert batch_price_text.cost(costs_of([sent, other])) == (
        "About 6 credits at kie.ai; no list price at other. Charged so far, as reported: 5 credits at kie.ai."
    )
    assert batch_price_text.cost(costs_of([failed])) == "Nothing was charged."
    assert batch_price_text.cost(costs_of([replace(failed, credits_actual=0.0)])) == "Nothing was charged."
    assert batch_price_text.cost(costs_of([replace(failed, credits_actual=4.0)])) == (
        "About 6 credits. Charged so far, as reported: 4 credits."
    )


def test_the_card_says_the_cost_only_while_it_is_open(idle_context: AppContext) -> None:
    batch_id = submit(idle_context)[0].batch_id or 0
    assert "Free in the sandbox." not in texts(open_page())
    assert '<p class="k-quiet">Free in the sandbox.</p>' in texts(opened(open_page(), batch_id))


def test_one_whose_tasks_were_deleted_says_so(idle_context: AppContext) -> None:
    assert batch_text.line(BatchProgress(BATCH, 0, 0, 0, 0, 0, 0.0, 0, None)) == "Its tasks were deleted"
