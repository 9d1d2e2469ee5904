"""Other users of this machine can read nothing in the data folder, whatever the umask."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from tests.conftest import image_request, wait_for_phase
from tests.engine.test_task_lifecycle import png


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_other_users_can_read_nothing_in_the_data_folder(
    config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    context = open_test_context(config)
    context.studio.references.add("kling-2.5-turbo", png(400, 400))
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    context.database.back_up()
    assert _open_to_others(config.data_folder) == []
    context.close()
    Path(config.database_url.removeprefix("sqlite:///")).unlink()
    assert _open_to_others(config.data_folder) == []


def _open_to_others(folder: Path) -> list[str]:
    paths = [folder, *(path for path in folder.rglob("*") if "sandbox" not in path.parts)]
    return [f"{path.name} {oct(path.stat().st_mode)}" for path in paths if path.stat().st_mode & 0o077]
