"""Keys of providers that have theirs in a setting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kaimedia import config as configuration
from kaimedia import log
from kaimedia.errors import AuthFailed
from kaimedia.jobs.key_check import KeyProblem
from kaimedia.jobs.setting_keys import REJECTED_FOR_S, SettingKeys
from tests.pictureworks.entry import PICTUREWORKS
from tests.pictureworks.extension import KEY, registered

TEXT = "pictureworks-canary-1a2b"
FREE = replace(PICTUREWORKS, name="free", key_setting="", is_free=True)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with registered():
        yield


def keys(folder: Path, now: list[float] | None = None, **environment: str) -> SettingKeys:
    at = now or [0.0]
    return SettingKeys(configuration.load(folder, environment), clock=lambda: at[0])


def test_the_key_comes_from_the_providers_setting_and_is_hidden(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{KEY.name}={TEXT}\n")
    found = keys(tmp_path)
    state = found.state(PICTUREWORKS)
    assert (state.name, state.key_source, state.key_hint, state.problem) == ("pictureworks", ".env", "1a2b", None)
    assert found.account(PICTUREWORKS) == replace(PICTUREWORKS.account, key=TEXT)
    assert TEXT not in log.redact(f"said {TEXT}")


def test_without_one_it_is_missing_and_the_setting_named(tmp_path: Path) -> None:
    found = keys(tmp_path)
    assert found.state(PICTUREWORKS).problem is KeyProblem.MISSING
    with pytest.raises(AuthFailed) as raised:
        found.account(PICTUREWORKS)
    assert KEY.name in raised.value.next_step


def test_a_provider_without_a_key_needs_none(tmp_path: Path) -> None:
    found = keys(tmp_path)
    assert found.state(FREE).problem is None and found.account(FREE) == FREE.account


def test_a_rejection_is_remembered_for_five_minutes(tmp_path: Path) -> None:
    now = [1000.0]
    found = keys(tmp_path, now, **{KEY.name: TEXT})
    found.note_rejected("pictureworks", "No.")
    state = found.state(PICTUREWORKS)
    assert (state.problem, state.problem_detail) == (KeyProblem.REFUSED, "No.")
    assert found.state(replace(PICTUREWORKS, name="another")).problem is None
    now[0] += REJECTED_FOR_S
    assert found.state(PICTUREWORKS).problem is None


def test_the_sandbox_by_setting_excludes_what_is_charged(tmp_path: Path) -> None:
    found = keys(tmp_path, KAIMEDIA_PROVIDER="sandbox", **{KEY.name: TEXT})
    assert found.state(PICTUREWORKS).problem is KeyProblem.SANDBOX_ONLY
    assert found.state(FREE).problem is None
