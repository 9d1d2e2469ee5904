"""Callbacks delivered by the sandbox over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from kaimedia.api.application import app as api
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import CallbackOutcome
from kaimedia.web.mounting import ApiMount
from tests.api.callbacks import HMAC_KEY
from tests.conftest import image_request, video_request, wait_for_phase

MODELS = ("gpt4o-image", "veo3_fast", "runway", "kling-2.5-turbo")
FAULTS = ("", " [fault:callback_twice]", " [fault:create_accepted_reset]")
EACH = [
    pytest.param(model, fault, marks=[pytest.mark.exhaustive] if fault and model != MODELS[0] else [])
    for model in MODELS
    for fault in FAULTS
]


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    return replace(sandbox_options, hmac_key=HMAC_KEY)


@pytest.fixture
def public_url() -> Iterator[str]:
    """The API on a real socket."""
    mounted = Starlette(routes=[ApiMount("/api", api)])
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
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
) -> AppContext:
    """An app that uses the sandbox as kie.ai, with callbacks, and would otherwise poll in ten minutes."""
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
    context = open_test_context(settings)
    use_context(context)
    return context


@pytest.mark.parametrize(("model", "fault"), EACH)
def test_the_result_comes_by_callback(called_back: AppContext, model: str, fault: str) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"a boat{fault}", model=model)
    task = called_back.studio.tasks.submit(request)
    done = wait_for_phase(called_back, task.task_id, Phase.DONE)
    assert len(called_back.studio.gallery.of_task(done.task_id)) == len(done.media_ids)


@pytest.mark.parametrize("fault", ["callback_unsigned", "callback_forged"])
def test_the_wrong_signature_does_not_even_hint(
    called_back: AppContext, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    reported = threading.Event()
    take = called_back.studio.callbacks.receive

    def watch(*args: Any, **kwargs: Any) -> CallbackOutcome:
        outcome = take(*args, **kwargs)
        assert outcome is CallbackOutcome.UNSIGNED
        reported.set()
        return outcome

    called_back.studio.callbacks.receive = watch  # type: ignore[method-assign]
    task = called_back.studio.tasks.submit(image_request(f"a boat [fault:{fault}]"))
    assert reported.wait(20)
    # It can come before the reply to the request has been written down. A hint would have the task polled, and end it.
    wait_for_phase(called_back, task.task_id, Phase.WAITING)
    time.sleep(0.5)
    assert called_back.studio.tasks.get(task.task_id).phase is Phase.WAITING
