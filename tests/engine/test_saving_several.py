"""Several results of one task of which none can be saved now: what may still pass is tried again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from kaimedia.bootstrap import House
from kaimedia.domain import Phase
from kaimedia.errors import FetchFailed, MediaError, TooLarge
from tests.conftest import image_request, wait_for_phase

LARGE, CUT = TooLarge("It is larger than 1 GB."), FetchFailed("The connection was reset.")


@pytest.mark.parametrize("failures", [(LARGE, CUT), (CUT, LARGE)], ids=["large first", "large last"])
def test_a_large_one_does_not_end_the_other(house: House, failures: tuple[MediaError, ...]) -> None:
    done = wait_for_phase(house, house.studio.submit(image_request()).task_id, Phase.DONE)

    def fail(link: str, **_more: object) -> None:
        raise failures[int(link)]

    keeper: Any = SimpleNamespace(keep=fail)
    nothing_saved: Any = SimpleNamespace(of_task=lambda _task_id: [])
    steps = replace(house.engine.steps, keeper=keeper, media=nothing_saved)  # type: ignore[attr-defined]
    change = steps.save(replace(done, phase=Phase.SAVING, result_urls=("0", "1"), attempts=0))
    assert change.fields.get("phase") is not Phase.FAILED and change.fields["due_at"] is not None
