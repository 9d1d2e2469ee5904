"""What many accounts need, from measured costs per step: `python bench/fleet_plan.py`.

Simulates one day of one account (10,000 tasks, at the busiest time about three times as many as on average) with the
product's own plan of polls and the provider's limits, then adds up 100 accounts: steps per second, workers, database
connections, transactions. An account has a database of its own, so tasks of one never wait for another's; workers of
one database cannot serve another. Costs are those of `bench/fleet.py`.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia.jobs.plan import next_poll_delay_s
from kaimedia.models.catalogue import MODELS
from kaimedia.providers.base import Limits
from kaimedia.providers.registry import limits_of

DAY_S = 86_400
CONNECTIONS_IDLE = 8  # of a worker: three that listen, and the least of its pools
CONNECTIONS_BUSY = 15
WORKER_MB = 125
SENDING_S, POLLING_S, SAVING_S = 1.5, 0.4, 3.0  # how long a step takes, mostly waiting for the network


@dataclass(frozen=True, slots=True)
class Day:
    """One account's day; `steps` are sends, polls and saves; `busiest` the most within a minute, per second."""

    tasks: int
    saved: int
    steps: int
    busiest_steps_per_s: float
    most_in_flight: int
    most_running: float
    send_wait_p95_s: float
    done_to_saved_p95_s: float


def simulate(tasks: int, limits: Limits, *, seed: int = 1, model: str = "gpt4o-image") -> Day:
    """The steps of `tasks` over a day: sent at the account's rate, polled by the model's plan, saved once done."""
    dice, spec = random.Random(seed), next(spec for spec in MODELS if spec.id == model)
    events: list[tuple[float, int, str, float, float]] = []  # time, number, what, accepted at, done at
    for number in range(tasks):
        heapq.heappush(events, (_arrival(dice), number, "send", 0.0, 0.0))
    send_at = read_at = 0.0
    create_s, read_s = limits.window_s / limits.creates, 1 / limits.reads_per_s
    minutes: Counter[int] = Counter()
    flights: list[tuple[float, int]] = []
    waits, delays, steps = [], [], 0
    while events:
        at, number, what, accepted_at, done_at = heapq.heappop(events)
        if what == "send":
            send_at = max(at, send_at + create_s)
            waits.append(send_at - at)
            accepted_at = send_at + SENDING_S
            done_at = accepted_at + dice.lognormvariate(math.log(60), 0.6)
            heapq.heappush(events, (accepted_at + next_poll_delay_s(spec, 0.0), number, "poll", accepted_at, done_at))
            ran_at = send_at
        else:
            read_at = ran_at = max(at, read_at + read_s)
            if ran_at >= done_at:
                steps += 1
                minutes[int(ran_at // 60)] += 1
                delays.append(ran_at + POLLING_S + SAVING_S - done_at)
                flights += [(accepted_at, 1), (ran_at + SAVING_S, -1)]
            else:
                again = ran_at + next_poll_delay_s(spec, ran_at - accepted_at)
                heapq.heappush(events, (again, number, "poll", accepted_at, done_at))
        steps += 1
        minutes[int(ran_at // 60)] += 1
    busiest = max(minutes.values()) / 60
    return Day(
        tasks=tasks,
        saved=len(delays),
        steps=steps,
        busiest_steps_per_s=busiest,
        most_in_flight=_most(flights),
        most_running=busiest * (SENDING_S + POLLING_S + SAVING_S) / 3,
        send_wait_p95_s=_p95(waits),
        done_to_saved_p95_s=_p95(delays),
    )


def _arrival(dice: random.Random) -> float:
    """A moment of the day: a wave whose crest is about three times its mean, so that most of it is quiet."""
    while True:
        at = dice.uniform(0, DAY_S)
        height = math.exp(2.0 * (math.cos(2 * math.pi * (at / DAY_S - 0.6)) - 1))
        if dice.random() < height:
            return at


def _most(changes: list[tuple[float, int]]) -> int:
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))] if values else 0.0


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=10_000, help="of an account each day")
    parser.add_argument("--worker-ms", type=float, default=38.0, help="CPU of a worker per step")
    parser.add_argument("--database-ms", type=float, default=14.0, help="CPU of PostgreSQL per step")
    parser.add_argument("--transactions", type=float, default=15.0, help="per step")
    parser.add_argument("--idle", type=float, default=0.03, help="cores that an idle worker uses (estimated)")
    chosen = parser.parse_args()
    day = simulate(chosen.tasks, limits_of("kie"))
    steps_per_s = chosen.accounts * day.steps / DAY_S
    peak_per_s = chosen.accounts * day.busiest_steps_per_s
    workers = 2 * chosen.accounts  # the second continues when the first dies
    rows = [
        ("tasks a day", f"{chosen.accounts * day.tasks:,}", f"{day.tasks:,}"),
        ("steps (send, poll, save) per task", "", f"{day.steps / day.tasks:.1f}"),
        ("steps/s, mean · busiest minute", f"{steps_per_s:,.0f} · {peak_per_s:,.0f}", f"{day.busiest_steps_per_s:.1f}"),
        ("most in flight at once", f"{chosen.accounts * day.most_in_flight:,}", f"{day.most_in_flight:,}"),
        ("wait to be sent, p95, s", "", f"{day.send_wait_p95_s:.1f}"),
        ("done to saved, p95, s", "", f"{day.done_to_saved_p95_s:.1f}"),
        ("steps running at once, busiest", "", f"{day.most_running:.0f} of 22 in one worker"),
        ("workers", f"{workers}", "2"),
        ("their CPU, busiest minute, cores", f"{peak_per_s * chosen.worker_ms / 1000 + workers * chosen.idle:.1f}", ""),
        ("their memory, GB", f"{workers * WORKER_MB / 1000:.0f}", f"{2 * WORKER_MB / 1000:.2f}"),
        ("database connections, idle · busy", f"{workers * CONNECTIONS_IDLE:,} · {workers * CONNECTIONS_BUSY:,}", ""),
        ("transactions/s, busiest minute", f"{peak_per_s * chosen.transactions:,.0f}", ""),
        ("PostgreSQL's CPU, busiest minute, cores", f"{peak_per_s * chosen.database_ms / 1000:.1f}", ""),
    ]
    print(f"| | {chosen.accounts} accounts | one account |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
