"""Paid calls whose reply is lost, resolved in every way: `python bench/lost_replies.py`.

The sandbox accepts and charges each task, then drops the connection. A quarter of the tasks is resolved by a callback,
by the provider's id, by import, and by dismissal. Then the rows, the files and the ledger are compared with the
sandbox's own account. Exits with 1 if a task was sent twice, a result was lost, or the sums differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import get_json
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, Task
from kaimedia.providers.base import Limits
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions

FAULT = "[fault:create_accepted_reset]"
QUICK = Limits(creates=1000, window_s=1.0, reads_per_s=1000, reads_per_task_s=1000)
SETTLE_S = 120.0
Resolve = Callable[[AppContext, Task, str], object]
WAYS: dict[str, Resolve] = {
    "callback": lambda app, task, their_id: app.studio.callbacks.receive(
        task.provider, task.nonce, {"code": 200, "data": {"taskId": their_id}}
    ),
    "provider's id": lambda app, task, their_id: app.studio.tasks.resolve(task.task_id, their_id),
    "import": lambda app, _task, their_id: list(app.studio.rescue.imports.run([their_id])),
    "dismissed": lambda app, task, _their_id: app.studio.tasks.dismiss(task.task_id),
}


def lose(app: AppContext, number: int) -> list[Task]:
    """That many tasks for each way, all with a lost reply."""
    prompts = [f"a boat, number {index} {FAULT}" for index in range(number * len(WAYS))]
    tasks = [app.studio.tasks.submit(GenerationRequest("gpt4o-image", prompt, "1:1")) for prompt in prompts]
    return [wait_until_ended(app, task.task_id) for task in tasks]


def wait_until_ended(app: AppContext, task_id: str) -> Task:
    """The task once it is done or has failed."""
    until = time.monotonic() + SETTLE_S
    while time.monotonic() < until:
        task = app.studio.tasks.get(task_id)
        if task.phase in (Phase.DONE, Phase.FAILED):
            return task
        time.sleep(0.02)
    raise TimeoutError(f"{task_id} has not ended")


def run(folder: Path, number: int) -> int:
    """One run; returns the exit code."""
    sandbox = EmbeddedSandbox(
        SandboxOptions(speed=60.0, media="small", media_folder=folder / "sandbox", creates_per_10s=None)
    )
    url = sandbox.start()
    config = replace(configuration.load(folder, environment={}), sandbox_url=url, poll_s=0.1)
    app = open_context(config, limits=QUICK)
    lost = lose(app, number)
    unknown = sum(task.error_code is ErrorCode.OUTCOME_UNKNOWN for task in lost)
    theirs = {task["prompt"]: task["task_id"] for task in get_json(f"{url}/_sandbox/account")["tasks"]}
    print(f"{len(lost)} tasks sent, {unknown} with an unknown outcome, {len(theirs)} charged by the sandbox")
    by_way: dict[str, list[Task]] = {}
    for index, task in enumerate(lost):
        way = list(WAYS)[index % len(WAYS)]
        WAYS[way](app, task, theirs[task.request.prompt])
        by_way.setdefault(way, []).append(task)
    for way, tasks in by_way.items():
        ended = [wait_until_ended(app, task.task_id) for task in tasks]
        phases = Counter(task.phase.value for task in ended)
        files = sum(bool(item.filename) for task in ended for item in app.studio.gallery.of_task(task.task_id))
        print(f"  {way:14} {len(tasks):4} tasks: {dict(phases)}, {files} files")
    account = get_json(f"{url}/_sandbox/account")
    totals = app.stores.ledger.totals()
    charged = sum(task["charged"] for task in account["tasks"])
    rows = app.studio.tasks.page(limit=1).total
    print(f"rows {rows}, sent twice {len(account['tasks']) - len(lost)}")
    print(
        f"sandbox charged {charged:g} credits; ledger: settled {totals.settled:g}, written off {totals.written_off:g}, "
        f"still reserved {totals.reserved:g}"
    )
    app.close()
    sandbox.stop()
    is_right = rows == len(lost) == len(account["tasks"]) and totals.spent == charged and totals.reserved == 0
    return 0 if is_right else 1


def main() -> int:
    """Run it as the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=25, help="tasks for each way")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), args.each)


if __name__ == "__main__":
    sys.exit(main())
