"""The ledger against the provider's account: `python bench/ledger.py [--database URL]`.

First, processes are killed with SIGKILL at chosen instants between the reservation, the paid call and the settlement.
Then a last worker finishes; unknown outcomes are resolved as a user would, by the provider's records, or dismissed.
Second, 100 requests are submitted at once from 4 processes under a limit of 10 tasks. Prints the figures; exits with 1
if the ledger and the account differ, something stays reserved, or the limit was not kept.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.ledger_worker import POINTS
from bench.processes import ROOT, Sandbox, app_environment
from kaimedia import config as configuration
from kaimedia.context import AppContext, open_context
from kaimedia.domain import ErrorCode, Phase, utc_now
from kaimedia.domain.limits import LimitScope, SpendingLimit

PROCESSES, EACH, ALLOWED, PRICE = 4, 25, 10, 6.0
SETTLE_S = 120.0
ENDED = (Phase.DONE, Phase.FAILED)


class Run:
    """A sandbox that is charged like a provider, and an app on it whose engine runs in other processes."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.sandbox = Sandbox(folder, speed=30.0)
        url = self.sandbox.url
        settings = {"KAIMEDIA_PROVIDER": "kie", "KIE_API_KEY": "bench-key-0123456789", "KIE_API_URL": url}
        self.environment = dict(
            app_environment(folder, url, database_url, KAIMEDIA_POLL_S="0.2", KIE_UPLOAD_URL=url, **settings),
            KAIMEDIA_TRUSTED_HOSTS=url.removeprefix("http://"),
        )
        self.log = (folder / "worker.log").open("ab")
        self.context: AppContext = open_context(configuration.load(ROOT, self.environment), run_engine=False)

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """Start one of the programs in this folder."""
        command = [sys.executable, str(ROOT / "bench" / script), *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log}
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, text=True, **pipes)  # type: ignore[call-overload, no-any-return]

    def unfinished(self) -> int:
        """How many tasks have not ended, or have an unknown outcome that nobody has decided about."""
        running = sum(n for phase, n in self.context.studio.tasks.queue_depth().items() if phase not in ENDED)
        return running + len(self._unknown())

    def _unknown(self) -> list[str]:
        shown = self.context.studio.tasks.shown()
        return [task.task_id for task in shown if task.error_code is ErrorCode.OUTCOME_UNKNOWN]

    def settle(self) -> Counter[str]:
        """Let a worker finish all tasks; resolve unknown outcomes by the records. Returns how they were resolved."""
        found: Counter[str] = Counter()
        tasks = self.context.studio.tasks
        with self.working():
            until = time.monotonic() + SETTLE_S
            while self.unfinished() and time.monotonic() < until:
                by_prompt = {entry["prompt"]: entry["task_id"] for entry in self.sandbox.accounts()}
                for task_id in self._unknown():
                    provider_task_id = by_prompt.get(tasks.get(task_id).request.prompt)
                    found["charged" if provider_task_id else "not charged"] += 1
                    if provider_task_id:
                        tasks.resolve(task_id, provider_task_id)
                    else:
                        tasks.dismiss(task_id)
                time.sleep(0.2)
        return found

    @contextmanager
    def working(self) -> Iterator[None]:
        """A worker runs meanwhile."""
        worker = self.start("fast_worker.py")
        try:
            yield
        finally:
            worker.terminate()
            worker.communicate(timeout=30)

    def account(self) -> float:
        """What the provider charged and did not give back, in credits."""
        return sum(float(entry["charged"]) - float(entry["refunded"]) for entry in self.sandbox.accounts())

    def close(self) -> None:
        """Stop everything."""
        self.context.close()
        self.sandbox.close()
        self.log.close()


def kill_at_each_point(run: Run, rounds: int) -> bool:
    """Kill a process at each point, several times; print the figures and return whether everything agrees."""
    for point, about in POINTS.items():
        killed = 0
        for number in range(rounds):
            worker = run.start("ledger_worker.py", "die", point, f"killed when {point}, round {number}")
            worker.communicate(timeout=90)
            killed += worker.returncode == -signal.SIGKILL
        print(f"killed when {point:10} {killed:4} of {rounds}   ({about})", flush=True)
    resolved = run.settle()
    totals, account = run.context.stores.ledger.totals(), run.account()
    paid = Counter(entry["prompt"] for entry in run.sandbox.accounts())
    spent = totals.settled + totals.refunded
    figures = {
        "tasks": len(POINTS) * rounds,
        "unknown outcomes, charged": resolved["charged"],
        "unknown outcomes, not charged and dismissed": resolved["not charged"],
        "charged twice": sum(1 for number in paid.values() if number > 1),
        "credits charged by the provider": account,
        "credits settled in the ledger": spent,
        "difference": round(spent - account, 6),
        "credits written off": totals.written_off,
        "credits still reserved": totals.reserved,
        "tasks that have not ended": run.unfinished(),
    }
    _print(figures)
    is_lost_known = totals.written_off == PRICE * resolved["not charged"]
    names = ("difference", "charged twice", "credits still reserved", "tasks that have not ended")
    return is_lost_known and not any(figures[name] for name in names)


def submit_at_once(run: Run) -> bool:
    """Submit 100 requests from 4 processes under a limit of 10; print the figures and return whether it was kept."""
    before, tasks_before = run.account(), len(run.sandbox.accounts())
    totals = run.context.stores.ledger.totals()
    committed = totals.spent + totals.reserved
    run.context.stores.limits.replace([SpendingLimit(LimitScope.MONTH, committed + ALLOWED * PRICE)], utc_now())
    workers = [run.start("ledger_worker.py", "submit", str(EACH)) for _ in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    began = time.monotonic()
    allowed = 0
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        allowed += int(worker.communicate(timeout=120)[0])
    took_s = time.monotonic() - began
    run.settle()
    charged = len(run.sandbox.accounts()) - tasks_before
    _print(
        {
            "requests at once": PROCESSES * EACH,
            "processes": PROCESSES,
            "allowed": allowed,
            "tasks charged by the provider": charged,
            "credits charged by the provider": run.account() - before,
            "the limit, credits": ALLOWED * PRICE,
            "seconds for all requests": round(took_s, 2),
        }
    )
    return allowed == charged == ALLOWED and run.account() - before == ALLOWED * PRICE


def _print(figures: dict[str, float]) -> None:
    for name, value in figures.items():
        print(f"{name:45} {value:g}")
    print(flush=True)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="kills at each point")
    parser.add_argument("--database", help="a PostgreSQL URL; SQLite in a temporary folder otherwise")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = Run(folder, chosen.database or f"sqlite:///{folder / 'ledger.db'}")
        try:
            is_kept = [kill_at_each_point(run, chosen.rounds), submit_at_once(run)]
        finally:
            run.close()
    return 0 if all(is_kept) else 1


if __name__ == "__main__":
    sys.exit(main())
