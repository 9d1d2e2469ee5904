"""A secret key file that is empty or garbage: the saved key is lost for now, nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Phase
from kaimedia.errors import AuthFailed, ConfigError
from tests.conftest import image_request, wait_for_phase


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_paid_tasks_are_fetched_and_the_problem_is_said(
    config: Config, open_test_house: Callable[..., House], content: bytes
) -> None:
    first = open_test_house(config)
    task = first.studio.submit(image_request("old [fault:slow=60]"))
    wait_for_phase(first, task.task_id, Phase.WAITING, Phase.GENERATING)
    first.studio.keep_key("a-key-of-kie-that-is-saved")
    first.close()
    key_file = config.data_folder / "secret.key"
    key_file.write_bytes(content)

    house = open_test_house(config)
    wait_for_phase(house, task.task_id, Phase.DONE)
    state = house.studio.provider_state()
    assert state.saved_key_is_unreadable and state.problem is not None and "secret.key" in state.problem
    with pytest.raises(AuthFailed, match=r"secret\.key"):
        house.studio.submit(image_request())
    with pytest.raises(ConfigError, match=r"secret\.key"):
        house.studio.keep_key("another-key-of-kie")
    assert key_file.read_bytes() == content
    house.close()

    with_key = open_test_house(
        replace(config, kie_api_key="a-key-of-the-environment", origins=dict(config.origins)), run_engine=False
    )
    assert with_key.studio.provider_state().problem is None
