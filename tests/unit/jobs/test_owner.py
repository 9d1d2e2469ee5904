"""The name under which a process holds tasks."""

from __future__ import annotations

import socket

import pytest

from kaimedia.jobs.owner import host_of, is_dead, new_owner, retire


def test_a_name_says_which_machine_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "machine7")
    owner = new_owner()
    assert host_of(owner) == "machine7" and not is_dead(owner)
    retire(owner)
    assert is_dead(owner)


def test_a_name_of_an_earlier_version() -> None:
    assert host_of("machine7:4711:0a1b2c3d4e5f") == "machine7" and not is_dead("machine7:4711:0a1b2c3d4e5f")
