"""What the journal preserves, and how it handles damage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kaimedia.errors import ConfigError
from kaimedia.sandbox.faults.switches import parse_all
from kaimedia.sandbox.journal import Journal
from kaimedia.sandbox.task import Failing, Order, SandboxTask, State, TaskSnapshot

ORDER = Order(
    "veo", "veo3_fast", "video", "ein Döner", ((1280, 720), (720, 1280)), 60.0, {"prompt": "ein Döner"},
    duration_s=8, resolution="720p", reference_urls=("http://127.0.0.1/a",), callback_url="http://127.0.0.1/cb",
)  # fmt: skip


def a_task(number: int) -> SandboxTask:
    switches = {switch.fault.name: switch for switch in parse_all(("html502=2", "slow=60:0.5"))}
    order = replace(ORDER, prompt=f"{ORDER.prompt} {number}")
    return SandboxTask(f"{number:032x}", order, 1000.0 + number, 17.5, 0, "http://127.0.0.1:1", switches)


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal"
    journal = Journal(path)
    accounts = journal.replay(500.0)
    first, second, third = a_task(1), a_task(2), a_task(3)
    for task in (first, second, third):
        accounts.accept(task)
        journal.accepted(task)
    first.failing = Failing.POLICY
    for task, state in ((first, State.FAILED), (second, State.SUCCESS)):
        assert accounts.settle(task, TaskSnapshot(state, 1.0, 0, 1_030_000))
        assert not accounts.settle(task, TaskSnapshot(state, 1.0, 0, 1_030_000))
        journal.settled(task)
    upgrade = replace(second.order, resolution="4k", credits=120.0, upgrade_of=second.task_id)
    fourth = replace(a_task(4), order=upgrade)
    accounts.accept(fourth)
    journal.accepted(fourth)
    journal.close()
    with path.open("a") as file:
        file.write('{"spent":{"credits":5.0}}\n')  # as an earlier version wrote

    again = Journal(path)
    restored = again.replay(9.0)
    again.close()
    assert restored.credits == 500 - 180 + 60 - 120 - 5
    assert list(restored) == list(accounts)
    assert [task.task_id for task in restored.open_tasks()] == [third.task_id, fourth.task_id]
    assert [task.upgrades for task in restored] == [{}, {"4k": fourth.task_id}, {}, {}]
    assert restored.copies_of(first.order.prompt) == 1


def test_an_incomplete_last_line_is_dropped_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    accounts = journal.replay(100.0)
    accounts.accept(a_task(1))
    journal.accepted(a_task(1))
    journal.close()
    whole = path.read_bytes()
    for cut in (1, 40, len(whole.splitlines()[1])):
        path.write_bytes(whole[:-cut])
        again = Journal(path)
        restored = again.replay(100.0)
        assert len(restored) == 0 and restored.credits == 100
        again.accepted(a_task(2))
        again.close()
        last = Journal(path)
        assert [task.task_id for task in last.replay(100.0)] == [a_task(2).task_id]
        last.close()


@pytest.mark.parametrize("content", ["my diary", "my diary\nline two\n", '{"a": 1}\n', '{"opened":{}}\nnot json\n'])
def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes"
    path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        Journal.check(path)
    assert caught.value.setting == "journal"
    assert path.read_text() == content


def test_a_path_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        Journal.check(tmp_path)
