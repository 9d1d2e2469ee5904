"""A batch in the engine: paused in the middle, across a restart, resumed, stopped; each task is paid at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import BatchKind, BatchProgress, Phase
from kaimedia.providers.base import Limits
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks

SLOW = Limits(creates=2, window_s=1.0, reads_per_s=1000, reads_per_task_s=1000)  # two tasks a second are sent
COUNT = 10


def submit(context: AppContext) -> int:
    requests = [image_request(f"boat {number}") for number in range(COUNT)]
    return context.studio.batches.submit(BatchKind.PROMPTS, requests).id


def paused_in_the_middle(context: AppContext, batch_id: int) -> BatchProgress:
    """Pause when some tasks were sent, and wait until none is being sent."""
    wait_for(lambda: context.studio.batches.get(batch_id).unsent < COUNT, "the first task to be sent")
    context.studio.batches.pause(batch_id)

    def at_rest() -> BatchProgress | None:
        phases = {task.phase for task in context.studio.batches.tasks(batch_id)}
        return None if Phase.SENDING in phases else context.studio.batches.get(batch_id)

    progress: BatchProgress = wait_for(at_rest, "no task to be on its way")
    assert 0 < progress.unsent < COUNT
    return progress


def prompts(sandbox: EmbeddedSandbox) -> Counter[str]:
    return Counter(str(task["prompt"]) for task in sandbox_tasks(sandbox))


def test_a_paused_batch_goes_on_after_a_restart_and_pays_for_each_task_once(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    first = open_test_context(config, limits=SLOW)
    batch_id = submit(first)
    paused = paused_in_the_middle(first, batch_id)
    first.close()
    sent = COUNT - paused.unsent
    assert len(sandbox_tasks(sandbox)) == sent
    second = open_test_context(config)  # sends as fast as it can
    other = second.studio.tasks.submit(image_request("newer than the batch"))
    wait_for_phase(second, other.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == sent + 1  # the batch's older tasks were not sent before it
    second.studio.batches.resume(batch_id)
    wait_for(lambda: not second.studio.batches.get(batch_id).is_active, "the end of the batch", 60)
    ended = second.studio.batches.get(batch_id)
    assert (ended.completed, ended.total) == (COUNT, COUNT)
    assert prompts(sandbox) == Counter({"newer than the batch": 1, **{f"boat {n}": 1 for n in range(COUNT)}})
    tasks = second.studio.batches.tasks(batch_id)
    media = second.studio.gallery.of_tasks([task.task_id for task in tasks])
    assert all(media[task.task_id][0].filename for task in tasks)


def test_stopping_saves_what_was_sent_and_sends_nothing_more(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(config, limits=SLOW)
    batch_id = submit(context)
    paused = paused_in_the_middle(context, batch_id)
    context.studio.batches.stop(batch_id)
    wait_for(lambda: not context.studio.batches.get(batch_id).is_active, "the end of the batch", 60)
    ended = context.studio.batches.get(batch_id)
    assert (ended.completed, ended.canceled, ended.may_have_cost) == (COUNT - paused.unsent, paused.unsent, 0)
    other = context.studio.tasks.submit(image_request("after it"))
    wait_for_phase(context, other.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == ended.completed + 1


def test_a_failed_task_of_a_batch_is_tried_again_in_it(context: AppContext) -> None:
    requests = [image_request("a boat"), image_request("a kite [fault:fail]")]
    batch_id = context.studio.batches.submit(BatchKind.PROMPTS, requests).id
    wait_for(lambda: not context.studio.batches.get(batch_id).is_active, "the end of the batch", 60)
    failed = next(task for task in context.studio.batches.tasks(batch_id) if task.phase is Phase.FAILED)
    again = context.studio.tasks.retry(failed.task_id)
    assert again.batch_id == batch_id
    progress = context.studio.batches.get(batch_id)
    assert progress.total == 2
    wait_for_phase(context, again.task_id, Phase.FAILED)
