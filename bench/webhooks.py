"""Webhooks while the receiver is down and the app is killed: `python bench/webhooks.py`.

Tasks run in a worker process that is killed with SIGKILL at random moments. The receiver is down for the given time,
then answers slowly while the kills go on, so that some events are received and not recorded. At the end every event
must have arrived at least once, rightly signed, and none under two ids. Prints the figures; exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import ROOT, Sandbox, app_environment
from bench.webhook_receiver import Received, WebhookReceiver
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import GenerationRequest, Phase, Task
from kaimedia.domain.webhook import DeliveryStatus
from kaimedia.webhooks.signature import new_secret

SETTLE_S = 240.0
SLOW_S = 0.15


@dataclass(frozen=True, slots=True)
class Figures:
    """The result. `expected` counts the events of all ended tasks: one, or more if a lost reply was resolved."""

    tasks: int
    down_s: float
    kills: int
    attempts_while_down: int
    expected: int
    arrived: int
    lost: int
    again_with_same_id: int
    with_another_id: int
    wrong_signatures: int
    took_s: float

    @property
    def is_clean(self) -> bool:
        """True when every event arrived, each under one id, rightly signed."""
        return self.expected > 0 == self.lost + self.with_another_id + self.wrong_signatures


class WebhookRun:
    """One run: a sandbox, a receiver, an app that only submits tasks, and workers that are killed."""

    def __init__(self, folder: Path, database_url: str, seed: int) -> None:
        self.random = random.Random(seed)
        self.receiver = WebhookReceiver()
        self.secret = new_secret()
        self.sandbox = Sandbox(folder, speed=20.0)
        settings = {
            "KAIMEDIA_WEBHOOK_URL": self.receiver.url,
            "KAIMEDIA_WEBHOOK_SECRET": self.secret,
            "KAIMEDIA_TRUSTED_HOSTS": self.receiver.host,
            "KAIMEDIA_POLL_S": "0.3",
        }
        self.environment = app_environment(folder, self.sandbox.url, database_url, **settings)
        self.context: AppContext = open_context(configuration.load(ROOT, self.environment), run_engine=False)
        self.log = (folder / "worker.log").open("ab")
        self.submitted = 0

    def submit(self) -> None:
        """Submit one more task; some fail."""
        self.submitted += 1
        fault = " [fault:fail]" if self.submitted % 5 == 0 else ""
        request = GenerationRequest("gpt4o-image", f"webhook run, number {self.submitted}{fault}", "1:1")
        self.context.studio.tasks.submit(request)

    def start_worker(self) -> subprocess.Popen[str]:
        """Start a worker process, and wait until it works."""
        command = [sys.executable, str(ROOT / "bench" / "fast_worker.py")]
        worker = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        return worker

    def kill_one(self, longest_s: float) -> None:
        """Let a worker run for a random time, then kill it."""
        worker = self.start_worker()
        time.sleep(self.random.uniform(0.2, longest_s))
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()

    def attempts(self) -> int:
        """How often an event was sent, with or without success."""
        return sum(each.attempts for each in self.context.stores.webhook_deliveries.newest(100_000))

    def undelivered(self) -> bool:
        """Whether a task has not ended, or an event not arrived."""
        counts = self.context.studio.tasks.queue_depth()
        if sum(number for phase, number in counts.items() if phase not in (Phase.DONE, Phase.FAILED)):
            return True
        return bool(self.context.studio.webhooks.deliveries(1, status=DeliveryStatus.WAITING))

    def settle(self) -> None:
        """Let a last worker finish."""
        worker = self.start_worker()
        until = time.monotonic() + SETTLE_S
        while self.undelivered() and time.monotonic() < until:
            time.sleep(0.3)
        worker.terminate()
        worker.communicate(timeout=30)

    def tasks(self) -> list[Task]:
        """All tasks."""
        found: list[Task] = []
        cursor = None
        while True:
            page = self.context.studio.tasks.page(limit=500, cursor=cursor)
            found += page.items
            if (cursor := page.next_cursor) is None:
                return found

    def is_genuine(self, received: Received) -> bool:
        """Whether the signature is right; computed without the app's code."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{received.event_id}.{received.headers['webhook-timestamp']}.".encode() + received.body
        digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return received.headers["webhook-signature"] == f"v1,{digest}"

    def close(self) -> None:
        """Stop everything."""
        self.context.close()
        self.sandbox.close()
        self.receiver.stop()
        self.log.close()


def run(folder: Path, database_url: str, *, tasks: int, down_s: float, kills: int, seed: int = 1) -> Figures:
    """Submit tasks while the receiver is down, kill workers then and afterwards, and compare.

    It is down for `down_s`, or longer where nothing was sent to it by then.
    """
    began = time.monotonic()
    webhook_run = WebhookRun(folder, database_url, seed)
    receiver = webhook_run.receiver
    try:
        receiver.stop()
        down_until = time.monotonic() + down_s
        for number in range(kills):
            while webhook_run.submitted < tasks * (number + 1) // kills:
                webhook_run.submit()
            webhook_run.kill_one(longest_s=3.0)
        worker = webhook_run.start_worker()  # goes on trying meanwhile
        give_up_at = down_until + SETTLE_S
        while time.monotonic() < down_until or not (webhook_run.attempts() or time.monotonic() > give_up_at):
            time.sleep(0.1)
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        attempts = webhook_run.attempts()
        receiver.delay_s = SLOW_S
        receiver.start()
        for _ in range(kills):
            webhook_run.kill_one(longest_s=2.0)
        receiver.delay_s = 0.0
        webhook_run.settle()
        return _figures(webhook_run, down_s, 2 * kills, attempts, began)
    finally:
        webhook_run.close()


def _figures(webhook_run: WebhookRun, down_s: float, kills: int, attempts: int, began: float) -> Figures:
    found = webhook_run.tasks()
    received = list(webhook_run.receiver.received)
    ids: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for each in received:
        payload = json.loads(each.body)
        ids[payload["type"], payload["data"]["task_id"], payload["data"]["error_code"] or ""].add(each.event_id)
    expected = {
        ("task.completed" if task.phase is Phase.DONE else "task.failed", task.task_id, task.error_code or "")
        for task in found
    }
    queued = {each.event_id for each in webhook_run.context.stores.webhook_deliveries.newest(100_000)}
    arrived = {event_id for of_one in ids.values() for event_id in of_one}
    return Figures(
        tasks=len(found),
        down_s=down_s,
        kills=kills,
        attempts_while_down=attempts,
        expected=len(expected | set(ids)),
        arrived=len(ids),
        lost=len(expected - set(ids)) + len(queued - arrived),
        again_with_same_id=len(received) - len(arrived),
        with_another_id=sum(len(of_one) - 1 for of_one in ids.values()),
        wrong_signatures=sum(not webhook_run.is_genuine(each) for each in received),
        took_s=round(time.monotonic() - began, 1),
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--down-s", type=float, default=300.0, help="how long the receiver is down")
    parser.add_argument("--kills", type=int, default=10, help="while it is down, and as many again afterwards")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="a PostgreSQL URL; SQLite in a temporary folder otherwise")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = chosen.database or f"sqlite:///{folder / 'webhooks.db'}"
        figures = run(folder, url, tasks=chosen.tasks, down_s=chosen.down_s, kills=chosen.kills, seed=chosen.seed)
    for key, value in asdict(figures).items():
        print(f"{key:22} {value}")
    return 0 if figures.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
