"""Users and programs that call one app in any order, as a Hypothesis state machine that checks the accounts."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
import urllib.request
from collections import Counter, defaultdict
from typing import Any

import numpy  # noqa: F401  hypothesis must not find it half imported by another thread
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import Phase, Status, Task
from kaimedia.providers.kie.callbacks import sign
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import wait_for

FAULTS = (
    "",
    "",
    "",
    "slow=90",
    "fail",
    "create_402",
    "create_429",
    "create_reset",
    "create_accepted_reset",
)
ENDS = (Phase.DONE, Phase.FAILED)
NOBODY = "nobody"
_numbers = itertools.count()


class Calls(RuleBasedStateMachine):
    """Users and programs using one app at the same time."""

    tasks = Bundle("tasks")
    keys = Bundle("keys")
    videos = Bundle("videos")

    def __init__(self, client: TestClient, context: AppContext, sandbox: EmbeddedSandbox, hmac_key: str | None) -> None:
        super().__init__()
        self.client = client
        self.context = context
        self.sandbox = sandbox
        self.hmac_key = hmac_key
        self.first_of_key: dict[str, str] = {}
        self.asked: defaultdict[str, set[str]] = defaultdict(set)

    # --- what may be called ---------------------------------------------------------------------------------

    @rule(target=tasks, fault=st.sampled_from(FAULTS), variants=st.sampled_from((1, 2, 4)))
    def generate(self, fault: str, variants: int) -> str:
        return self._generate({"prompt": _prompt(fault), "n_variants": variants})

    @rule(target=tasks, fault=st.sampled_from(FAULTS), model=st.sampled_from(("runway", "kling-2.5-turbo")))
    def generate_clip(self, fault: str, model: str) -> str:
        return self._generate({"prompt": _prompt(fault), "model": model}, "videos")

    @rule(target=keys, fault=st.sampled_from(FAULTS))
    def generate_under_a_key(self, fault: str) -> tuple[str, str]:
        key = f"key-{next(_numbers)}"
        prompt = _prompt(fault)
        self.first_of_key[key] = self._generate({"prompt": prompt}, key=key)
        return key, prompt

    @rule(target=tasks, kept=consumes(keys))
    def repeat_the_key(self, kept: tuple[str, str]) -> Any:
        key, prompt = kept
        answer = self._post("images/generate", {"prompt": prompt}, {"Idempotency-Key": key})
        assert answer.status_code in (202, 409)  # 409: its task is deleted by now
        assert self._post("images/generate", {"prompt": "else"}, {"Idempotency-Key": key}).status_code == 409
        assert answer.status_code == 409 or answer.json()["task_id"] == self.first_of_key[key]
        return self.first_of_key[key]

    @rule(target=videos)
    def generate_from_an_image(self) -> tuple[str, dict[str, Any] | None]:
        """A video with a key and a gallery image as the reference; None if there is no image."""
        found = self.client.get("/api/media?type=image&limit=1").json()["items"]
        if not found:
            return "", None
        body = {"prompt": _prompt(""), "model": "runway", "image_media_id": found[0]["id"]}
        key = f"key-{next(_numbers)}"
        self.first_of_key[key] = self._generate(body, "videos", key=key)
        return key, body

    @rule(target=tasks, video=consumes(videos))
    def repeat_it_without_its_image(self, video: tuple[str, dict[str, Any] | None]) -> str:
        key, body = video
        if body is None:
            return NOBODY
        self.client.delete(f"/api/media/{body['image_media_id']}")
        answer = self._post("videos/generate", body, {"Idempotency-Key": key})
        assert answer.status_code in (202, 409)  # 409: its task is deleted by now
        assert answer.status_code == 409 or answer.json()["task_id"] == self.first_of_key[key]
        return self.first_of_key[key]

    @rule(task_id=tasks)
    def cancel(self, task_id: str) -> None:
        assert self._post(f"tasks/{task_id}/cancel").status_code in (200, 404, 409)

    @rule(target=tasks, task_id=tasks)
    def retry(self, task_id: str) -> Any:
        answer = self._post(f"tasks/{task_id}/retry")
        assert answer.status_code in (200, 404, 409)
        if answer.status_code != 200:
            return task_id  # always one more, so that the next draw does not depend on the speed of the engine
        task = answer.json()
        self.asked[task["prompt"]].add(task["task_id"])
        return task["task_id"]

    @rule(task_id=tasks, how=st.sampled_from(("dismiss", "true id", "wrong id")))
    def resolve(self, task_id: str, how: str) -> None:
        typed = {"true id": self._theirs(task_id), "wrong id": _invented()}.get(how)
        body = {"provider_task_id": typed} if typed else {"dismiss": True}
        refused = {422, 503} if typed else set()  # no such task at the provider, or no response
        assert self._post(f"tasks/{task_id}/resolve", body).status_code in {200, 404, 409} | refused

    @rule(
        task_id=tasks,
        named=st.sampled_from(("nobody", "true id", "wrong id", "both")),
        signed=st.sampled_from(("not", "well", "with another key")),
        times=st.integers(1, 3),
    )
    def callback(self, task_id: str, named: str, signed: str, times: int) -> None:
        """A callback from the provider or someone else; only the provider's are signed with its key."""
        answer = self.client.get(f"/api/tasks/{task_id}")
        nonce = self.context.studio.tasks.get(task_id).nonce if answer.status_code == 200 else NOBODY
        theirs, wrong = self._theirs(task_id), _invented()
        inner = {"true id": theirs, "wrong id": wrong, "both": wrong}.get(named)
        payload = {"code": 200, "taskId": theirs if named == "both" else None, "data": {"taskId": inner}}
        headers = self._signature(theirs or NOBODY, signed)
        before = self._id_of(task_id)
        for _ in range(times):
            assert self._post(f"callbacks/kie/{nonce}", payload, headers).status_code == 200
        taken = self._id_of(task_id)
        if self.hmac_key and taken != before:
            assert taken != wrong, "an id that nobody signed"

    def _signature(self, task_id: str, signed: str) -> dict[str, str]:
        if signed == "not":
            return {}
        key = self.hmac_key if signed == "well" and self.hmac_key else "another"
        stamp = str(int(time.time()))
        return {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": sign(task_id, stamp, key)}

    def _id_of(self, task_id: str) -> str | None:
        received: str | None = self.client.get(f"/api/tasks/{task_id}").json().get("provider_task_id")
        return received

    @rule(task_id=tasks)
    def delete(self, task_id: str) -> None:
        answer = self.client.get(f"/api/tasks/{task_id}")
        for media_id in answer.json().get("media_ids", ())[:1]:
            deleted = self.client.delete(f"/api/media/{media_id}")
            assert deleted.status_code in (200, 404, 409)
            if deleted.status_code == 200:
                found = self.client.get(f"/api/media/{media_id}")
                assert found.status_code == 404, found.text

    @rule()
    def clear(self) -> None:
        assert self.client.delete("/api/media/all").status_code == 200

    @rule()
    def purge(self) -> None:
        self.context.studio.trash.purge()

    @rule()
    def look_around(self) -> None:
        for path in ("tasks", "media", "health", "ready"):
            assert self.client.get(f"/api/{path}").status_code in (200, 503)

    # --- what must hold in the end --------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            wait_for(self._is_quiet, "the end of every task", 180)
        except AssertionError as error:
            raise AssertionError(f"{error}: {[task for task in self._all_tasks() if task.phase not in ENDS]}") from None
        tasks = self._all_tasks()
        self._check_money(tasks)
        # Those of earlier runs of the same app were checked when they ended.
        self._check_files([task for task in tasks if task.request.prompt in self.asked])

    def _is_quiet(self) -> bool:
        counts = self.context.studio.tasks.queue_depth()
        return all(number == 0 for phase, number in counts.items() if phase not in ENDS)

    def _check_money(self, tasks: list[Task]) -> None:
        """Nothing is paid twice; every paid task is marked as such."""
        paid_tasks = [entry for entry in self._sandbox_tasks() if entry["prompt"] in self.asked]
        bought = Counter(entry["prompt"] for entry in paid_tasks)
        left = {task.task_id: task for task in tasks}
        known = {task.provider_task_id for task in tasks if task.provider_task_id}
        for entry in paid_tasks:
            asked = self.asked[entry["prompt"]]
            assert bought[entry["prompt"]] <= len(asked), f"paid more often than asked for: {entry}"
            is_paid = entry["charged"] > entry["refunded"]
            if not is_paid or entry["task_id"] in known or not asked <= left.keys():
                continue  # free, or ours, or a task for it was deleted
            # Unknown, or canceled by the user while it was polled under a mistyped id.
            assert any(left[task_id].may_have_cost for task_id in asked), f"paid and forgotten: {entry}"

    def _unmatched(self) -> set[str]:
        """Files without a row and rows without a file; the app empties its trash on a thread of its own."""
        return set(self.context.storage.files()) ^ self.context.stores.media_files.names()

    def _check_files(self, tasks: list[Task]) -> None:
        """Every row has its file and every file its row, with unchanged bytes."""
        storage, studio = self.context.storage, self.context.studio
        try:
            wait_for(lambda: not self._unmatched(), "rows and files to match", 10)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self._unmatched()}") from None
        for task in tasks:
            items = studio.gallery.of_task(task.task_id)
            if task.status is Status.COMPLETED and len(items) == task.request.variants:
                assert all(item.status is Status.COMPLETED for item in items), task
            for item in items:
                assert item.status in (Status.COMPLETED, Status.FAILED), item
                assert (item.filename is None) == (item.status is Status.FAILED), item
                if item.filename and storage.facts(item.filename):
                    with storage.open(item.filename) as file:
                        assert hashlib.sha256(file.read()).hexdigest() == item.sha256

    # --- how it is called -----------------------------------------------------------------------------------

    def _post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        return self.client.post(f"/api/{path}", json=body, headers=headers)

    def _generate(self, body: dict[str, Any], kind: str = "images", key: str | None = None) -> str:
        answer = self._post(f"{kind}/generate", body, {"Idempotency-Key": key} if key else None)
        assert answer.status_code == 202, answer.text
        task_id: str = answer.json()["task_id"]
        self.asked[body["prompt"]].add(task_id)
        return task_id

    def _all_tasks(self) -> list[Task]:
        found: list[Task] = []
        cursor = None
        while True:
            page = self.context.studio.tasks.page(limit=100, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                assert len(found) == page.total
                return found

    def _sandbox_tasks(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.sandbox.base_url}/_sandbox/account") as answer:
            entries: list[dict[str, Any]] = json.load(answer)["tasks"]
            return entries

    def _theirs(self, task_id: str) -> str | None:
        """The provider task id of our task, as in its log."""
        answer = self.client.get(f"/api/tasks/{task_id}")
        prompt = answer.json().get("prompt")
        return next((entry["task_id"] for entry in self._sandbox_tasks() if entry["prompt"] == prompt), None)


def _invented() -> str:
    """An id that the provider never issued."""
    return f"invented{next(_numbers)}"


def _prompt(fault: str) -> str:
    """A unique id."""
    return f"boat {next(_numbers)}" + (f" [fault:{fault}]" if fault else "")
