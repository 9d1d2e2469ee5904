"""The fault switches as a whole: documented, changed at run time, random, each one tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia.sandbox.faults.catalog import BY_NAME, FAULTS, Scope, Unit
from tests.contract.sandbox.wire import RECORD, Wire

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sandbox.md"


def test_every_switch_is_in_the_table_and_nothing_else() -> None:
    rows = [line.split("|") for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    table = {row[1].strip().strip("`"): row for row in rows}
    for fault in FAULTS:
        row = table[fault.name]
        assert row[4].strip() == fault.meaning
        counted = fault.unit is Unit.TIMES and fault.amount is not None
        usual = "always" if fault.amount is None else ("first " if counted else "N = ") + f"{fault.amount:g}"
        assert row[3].strip() == ("first" if usual == "first 1" else usual)


@pytest.fixture
def clear_faults(wire: Wire) -> Iterator[None]:
    yield
    wire.set_faults()


def test_faults_for_all_tasks_are_switched_at_run_time(wire: Wire, clear_faults: None) -> None:
    task_id = wire.create("veo", "a plain boat")
    wire.set_faults("html502=always")
    assert wire.poll("veo", task_id).status_code == 502
    assert wire.get("/_sandbox/faults").json()["faults"] == ["html502=always"]
    wrong = wire.post("/_sandbox/faults", json={"faults": ["no_such_fault"]})
    assert (wrong.status_code, wire.poll("veo", task_id).status_code) == (422, 502)
    assert wire.post("/_sandbox/faults", data='{"faults": []}').status_code == 415
    wire.set_faults()
    assert wire.poll("veo", task_id).status_code == 200
    known = wire.get("/_sandbox/faults").json()["known"]
    assert {fault["name"] for fault in known} == set(BY_NAME)


def test_random_faults_are_reproducible(open_wire: Callable[..., Wire]) -> None:
    def run(seed: int) -> list[int]:
        wire = open_wire(seed=seed, faults=("html502:0.5", "fail:0.5"))
        ids = [wire.create("veo", f"boat {number}") for number in range(6)]
        polls = [wire.poll("veo", task_id).status_code for task_id in ids for _ in range(3)]
        wire.clock.advance(60)
        return polls + [task["state"] == "fail" for task in wire.accounts()["tasks"]]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 200 in first and 502 in first and True in first and False in first


def test_a_header_strikes_one_request(wire: Wire) -> None:
    task_id = wire.create("veo", "a boat looked at")
    struck = wire.get(RECORD["veo"], params={"taskId": task_id}, headers={"X-Sandbox-Fault": "html502"})
    assert struck.status_code == 502
    assert wire.poll("veo", task_id).status_code == 200


def test_every_switch_has_a_test_here() -> None:
    callbacks = {fault.name for fault in FAULTS if fault.scope is Scope.CALLBACK}  # see test_sandbox_callbacks.py
    text = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_sandbox_fault*.py"))
    assert [name for name in BY_NAME if name not in callbacks and name not in text] == []
