"""A task with several results that cannot be saved: those worth retrying are tried again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.errors import FetchFailed, MediaError, TooLarge
from tests.conftest import image_request, wait_for_phase

LARGE, CUT = TooLarge("It is larger than 1 GB."), FetchFailed("The connection was reset.")


@pytest.mark.parametrize("failures", [(LARGE, CUT), (CUT, LARGE)], ids=["large first", "large last"])
def test_a_too_large_result_does_not_give_up_the_others(context: AppContext, failures: tuple[MediaError, ...]) -> None:
    done = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)

    def fail(link: str, **_more: object) -> None:
        raise failures[int(link)]

    saver: Any = SimpleNamespace(save=fail)
    nothing_saved: Any = SimpleNamespace(of_task=lambda _task_id: [])
    handlers = replace(context.engine.handlers, saver=saver, media=nothing_saved)
    change = handlers.save(replace(done, phase=Phase.SAVING, result_urls=("0", "1"), attempts=0))
    assert change.fields.get("phase") is not Phase.FAILED and change.fields["due_at"] is not None
