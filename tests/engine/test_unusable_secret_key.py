"""A secret key file that is empty or garbage: only the saved key is unavailable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.errors import AuthFailed, ConfigError
from kaimedia.studio import key_problem_text
from tests.conftest import image_request, wait_for_phase


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_paid_tasks_are_fetched_and_the_problem_is_reported(
    config: Config, open_test_context: Callable[..., AppContext], content: bytes
) -> None:
    first = open_test_context(config)
    task = first.studio.tasks.submit(image_request("old [fault:slow=60]"))
    wait_for_phase(first, task.task_id, Phase.WAITING, Phase.GENERATING)
    first.studio.account.save_key_unchecked("a-key-of-kie-that-is-saved")
    first.close()
    key_file = config.data_folder / "secret.key"
    key_file.write_bytes(content)

    context = open_test_context(config)
    wait_for_phase(context, task.task_id, Phase.DONE)
    state = context.studio.account.state()
    assert state.saved_key_is_unreadable and "secret.key" in (key_problem_text(state) or "")
    with pytest.raises(AuthFailed, match=r"secret\.key"):
        context.studio.tasks.submit(image_request())
    with pytest.raises(ConfigError, match=r"secret\.key"):
        context.studio.account.save_key_unchecked("another-key-of-kie")
    assert key_file.read_bytes() == content
    context.close()

    with_key = open_test_context(
        replace(config, kie_api_key="a-key-of-the-environment", origins=dict(config.origins)), run_engine=False
    )
    assert with_key.studio.account.state().problem is None
