"""What others on this machine may read of the data folder: nothing, whatever the umask, from the first byte."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Phase
from tests.conftest import image_request, wait_for_phase
from tests.engine.test_life import png


@pytest.fixture(autouse=True)
def _careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_nobody_else_may_read_anything_in_the_data_folder(
    config: Config, open_test_house: Callable[..., House]
) -> None:
    house = open_test_house(config)
    house.studio.add_reference("kling-2.5-turbo", png(400, 400))
    task = house.studio.submit(image_request())
    wait_for_phase(house, task.task_id, Phase.DONE)
    house.database.back_up()
    assert _open_to_others(config.data_folder) == []
    house.close()
    Path(config.database_url.removeprefix("sqlite:///")).unlink()
    assert _open_to_others(config.data_folder) == []


def _open_to_others(folder: Path) -> list[str]:
    own = [folder, *(path for path in folder.rglob("*") if "sandbox" not in path.parts)]
    return [f"{path.name} {oct(path.stat().st_mode)}" for path in own if path.stat().st_mode & 0o077]
