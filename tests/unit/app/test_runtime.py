"""The app of a process: closed for good, nobody opens it again."""

from __future__ import annotations

import pytest

from kaimedia import runtime
from kaimedia.context import AppContext
from kaimedia.errors import StoreUnavailable


def test_an_app_closed_for_good_is_not_opened_again(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "current", runtime.Current(context=context))
    assert runtime.context() is context
    runtime.close(for_good=True)
    assert not context.engine.is_running
    with pytest.raises(StoreUnavailable, match="stopping"):
        runtime.context()
    runtime.close()
    with pytest.raises(StoreUnavailable, match="stopping"):
        runtime.studio()
