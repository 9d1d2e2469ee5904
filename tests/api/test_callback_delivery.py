"""Callbacks from the provider's side of the wire to ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from kaimedia import api
from kaimedia.api.mounting import ApiMount
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import CallbackOutcome
from tests.api.callbacks import HMAC_KEY
from tests.conftest import image_request, video_request, wait_for_phase


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    return replace(sandbox_options, hmac_key=HMAC_KEY)


@pytest.fixture
def public_url() -> Iterator[str]:
    """The API on a real socket."""
    mounted = Starlette(routes=[ApiMount("/api", api.app)])
    server = uvicorn.Server(uvicorn.Config(mounted, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def called_back(
    config: Config,
    sandbox: EmbeddedSandbox,
    public_url: str,
    open_test_house: Callable[..., House],
    use_house: Callable[[House | None], None],
) -> House:
    """A house that takes the sandbox for kie.ai, asks for callbacks, and by itself would look in ten minutes."""
    settings = replace(
        config,
        provider="kie",
        kie_api_key="k" * 20,
        kie_api_url=sandbox.base_url,
        kie_upload_url=sandbox.base_url,
        public_url=public_url,
        webhook_hmac_key=HMAC_KEY,
        poll_s=600.0,
    )
    house = open_test_house(settings)
    use_house(house)
    return house


@pytest.mark.parametrize("model", ["gpt4o-image", "veo3_fast", "runway", "kling-2.5-turbo"])
@pytest.mark.parametrize("fault", ["", " [fault:callback_twice]", " [fault:create_accepted_reset]"])
def test_the_result_comes_by_callback(called_back: House, model: str, fault: str) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"a boat{fault}", model=model)
    task = called_back.studio.submit(request)
    done = wait_for_phase(called_back, task.task_id, Phase.DONE)
    assert len(called_back.studio.media_of_task(done.task_id)) == len(done.media_ids)


@pytest.mark.parametrize("fault", ["callback_unsigned", "callback_forged"])
def test_the_wrong_signature_does_not_even_hint(
    called_back: House, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard = threading.Event()
    take = called_back.studio.take_callback

    def watch(*args: Any, **kwargs: Any) -> CallbackOutcome:
        outcome = take(*args, **kwargs)
        assert outcome is CallbackOutcome.UNSIGNED
        heard.set()
        return outcome

    called_back.studio.take_callback = watch  # type: ignore[method-assign]
    task = called_back.studio.submit(image_request(f"a boat [fault:{fault}]"))
    assert heard.wait(20)
    assert called_back.studio.task(task.task_id).phase is Phase.WAITING
