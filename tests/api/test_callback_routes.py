"""Callbacks: a hint to look now. Twice, late, forged or for nobody: nothing happens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia import api, bootstrap
from kaimedia.api.mounting import ApiMount
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Phase, Task, TaskChange, utc_now
from kaimedia.errors import ConfigError, StoreUnavailable
from kaimedia.kie.callbacks import sign
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import CallbackOutcome
from tests.api.conftest import is_problem, make_client
from tests.conftest import image_request, video_request, wait_for_phase

HMAC_KEY = "webhook-key-of-the-account"
THEIRS = "a1b2c3"
PAYLOADS: dict[str, dict[str, Any]] = {
    "gpt4o": {"code": 200, "msg": "success", "data": {"taskId": THEIRS, "info": {"result_urls": ["https://x/1.png"]}}},
    "gpt4o failed": {"code": 400, "msg": "no", "data": {"taskId": THEIRS, "info": None}},
    "veo": {"code": 200, "data": {"taskId": THEIRS, "info": {"resultUrls": "[https://x/v]"}, "fallbackFlag": False}},
    "veo failed": {"code": 501, "msg": "no", "data": {"taskId": THEIRS, "fallbackFlag": False}},
    "runway": {"code": 200, "data": {"task_id": THEIRS, "video_id": "v", "video_url": "https://x", "image_url": ""}},
    "runway failed": {"code": 400, "msg": "no", "data": {"task_id": THEIRS}},
    "market": {"code": 200, "data": {"taskId": THEIRS, "state": "success", "resultJson": '{"resultUrls":[]}'}},
    "at the root": {"code": 200, "taskId": THEIRS, "data": None},
    "names nobody": {"code": 200, "msg": "success"},
}


def put(house: House, task: Task, phase: Phase, **fields: Any) -> Task:
    """Bring a task to a phase, as the engine would."""
    return house.studio._tasks.change(TaskChange(task.task_id, frozenset(Phase), {"phase": phase, **fields}), utc_now())


def watched(house: House, **fields: Any) -> Task:
    """A task accepted by the provider, next looked at in an hour."""
    task = house.studio.submit(image_request())
    later = utc_now() + timedelta(hours=1)
    return put(house, task, Phase.WAITING, **{"provider_task_id": THEIRS, "due_at": later, **fields})


def lost(house: House) -> Task:
    """A task whose reply was lost."""
    task = house.studio.submit(image_request())
    facts = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "error_message": "Lost.", "due_at": None, "may_have_cost": True}
    return put(house, task, Phase.FAILED, **facts)


def call(client: TestClient, nonce: str, payload: Any, **headers: str) -> None:
    answer = client.post(f"/api/callbacks/kie/{nonce}", json=payload, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "heard"})


def is_due(house: House, task: Task) -> bool:
    due_at = house.studio.task(task.task_id).due_at
    return due_at is not None and due_at <= utc_now()


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_familys_callback_makes_its_task_due(idle: tuple[TestClient, House], name: str) -> None:
    client, house = idle
    task = watched(house)
    call(client, task.nonce, PAYLOADS[name])
    after = house.studio.task(task.task_id)
    assert is_due(house, task) and after.phase is Phase.WAITING and after.result_urls == ()


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "names nobody"])
def test_a_lost_reply_is_found_by_its_callback(idle: tuple[TestClient, House], name: str) -> None:
    client, house = idle
    task = lost(house)
    for _ in range(3):
        call(client, task.nonce, PAYLOADS[name])
    after = house.studio.task(task.task_id)
    assert (after.phase, after.provider_task_id, after.error_code) == (Phase.WAITING, THEIRS, None)
    assert is_due(house, task)


def test_nothing_else_changes(idle: tuple[TestClient, House]) -> None:
    client, house = idle
    other = {"code": 200, "data": {"taskId": "of-somebody-else"}}
    later = utc_now() + timedelta(hours=1)
    tasks = [
        (watched(house), other),
        (put(house, house.studio.submit(image_request()), Phase.QUEUED, due_at=later), PAYLOADS["gpt4o"]),
        (put(house, house.studio.submit(image_request()), Phase.DONE, due_at=None), PAYLOADS["gpt4o"]),
        (lost(house), PAYLOADS["names nobody"]),
    ]
    before = [house.studio.task(task.task_id) for task, _ in tasks]
    for task, payload in tasks * 2:
        call(client, task.nonce, payload)
    assert [house.studio.task(task.task_id) for task, _ in tasks] == before


@pytest.mark.parametrize("nonce", ["nobody", "x" * 64, "-"])
def test_an_address_of_nobody_is_heard_all_the_same(idle: tuple[TestClient, House], nonce: str) -> None:
    call(idle[0], nonce, PAYLOADS["gpt4o"])


def test_a_task_under_way_takes_its_id_from_the_callback(idle: tuple[TestClient, House]) -> None:
    client, house = idle
    task = put(house, house.studio.submit(image_request()), Phase.SENDING)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert house.studio.task(task.task_id).provider_task_id == THEIRS


def test_two_tasks_cannot_take_one_id(idle: tuple[TestClient, House]) -> None:
    client, house = idle
    first, second = lost(house), lost(house)
    call(client, first.nonce, PAYLOADS["gpt4o"])
    call(client, second.nonce, PAYLOADS["gpt4o"])
    assert house.studio.task(second.task_id).error_code is ErrorCode.OUTCOME_UNKNOWN


def test_a_database_that_is_away_is_no_reason_to_call_again(
    idle: tuple[TestClient, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, house = idle

    def broken(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(house.studio, "take_callback", broken)
    call(client, "nobody", {})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"a=1", b"[" * 200_000, b"9" * 5_000, b'{"data": [1]}', b"\0" * 9],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "", None])
def test_whatever_is_said_is_heard(idle: tuple[TestClient, House], body: bytes, kind: str | None) -> None:
    client, house = idle
    task = lost(house)
    for nonce in (task.nonce, "no nonce", "x" * 300, "%00", "%ED%A0%80", "ü"):
        answer = client.post(
            f"/api/callbacks/kie/{nonce}", content=body, headers={} if kind is None else {"Content-Type": kind}
        )
        assert (answer.status_code, answer.json()) == (200, {"status": "heard"})
    assert house.studio.task(task.task_id) == task


def test_a_callback_of_another_type_counts(idle: tuple[TestClient, House]) -> None:
    client, house = idle
    task = watched(house)
    headers = {"Content-Type": "text/plain", "X-Webhook-Timestamp": "9" * 500, "X-Webhook-Signature": "x" * 2000}
    answer = client.post(f"/api/callbacks/kie/{task.nonce}", content=json.dumps(PAYLOADS["veo"]), headers=headers)
    assert answer.status_code == 200 and is_due(house, task)


def test_too_much_is_not_read(idle: tuple[TestClient, House]) -> None:
    answer = idle[0].post("/api/callbacks/kie/nobody", content=b" " * 1_000_001)
    is_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("named", ["\x00", "two words", "\ud800", "x" * 129])
def test_what_cannot_be_an_id_is_none(idle: tuple[TestClient, House], named: str) -> None:
    client, house = idle
    task = lost(house)
    body = json.dumps({"data": {"taskId": named}})
    assert client.post(f"/api/callbacks/kie/{task.nonce}", content=body).status_code == 200
    assert house.studio.task(task.task_id) == task


def test_a_house_that_cannot_be_opened_hears_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ConfigError("Wrong.", setting="KAIMEDIA_DATABASE_URL")

    monkeypatch.setattr(bootstrap, "studio", broken)
    with make_client() as client:
        call(client, "nobody", {})


# --- signatures -------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(
    config: Config, open_test_house: Callable[..., House], use_house: Callable[[House | None], None]
) -> Iterator[tuple[TestClient, House]]:
    """A house that knows the account's webhook key."""
    house = open_test_house(replace(config, webhook_hmac_key=HMAC_KEY), run_engine=False)
    use_house(house)
    with make_client() as client:
        yield client, house


def headers(age_s: float = 0.0, key: str = HMAC_KEY, task_id: str = THEIRS) -> dict[str, str]:
    stamp = str(int(time.time() - age_s))
    return {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": sign(task_id, stamp, key)}


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "names nobody"])
def test_what_is_signed_is_heard(signed: tuple[TestClient, House], name: str) -> None:
    client, house = signed
    task = watched(house)
    call(client, task.nonce, PAYLOADS[name], **headers())
    assert is_due(house, task)


@pytest.mark.parametrize(
    "given",
    [
        {},
        headers(key="not the key"),
        headers(task_id="another"),
        headers(age_s=3600),
        headers(age_s=-3600),
        {"X-Webhook-Timestamp": "now", "X-Webhook-Signature": "x"},
        {"X-Webhook-Signature": headers()["X-Webhook-Signature"]},
    ],
)
def test_what_is_not_signed_does_nothing(signed: tuple[TestClient, House], given: dict[str, str]) -> None:
    client, house = signed
    tasks = watched(house), lost(house)
    before = [house.studio.task(task.task_id) for task in tasks]
    for task in tasks:
        call(client, task.nonce, PAYLOADS["gpt4o"], **given)
        assert house.studio.take_callback(task.nonce, PAYLOADS["gpt4o"]) is CallbackOutcome.UNSIGNED
    assert [house.studio.task(task.task_id) for task in tasks] == before


def by_hand(house: House, typed: str = "typed-wrong") -> Task:
    """A task whose reply was lost, and a person typed an id that is not its own."""
    return house.studio.resolve(lost(house).task_id, typed)


def missing(house: House, task: Task) -> Task:
    """The provider knew no task of that id."""
    return put(house, task, Phase.FAILED, error_code=ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True, due_at=None)


def provider_id(house: House, task: Task) -> str | None:
    return house.studio.task(task.task_id).provider_task_id


@pytest.mark.parametrize("other_first", [True, False])
def test_the_id_that_is_signed_is_the_one_taken(signed: tuple[TestClient, House], other_first: bool) -> None:
    client, house = signed
    other = "of-somebody-else"
    inner, outer = (other, THEIRS) if other_first else (THEIRS, other)
    task = lost(house)
    call(client, task.nonce, {"code": 200, "taskId": outer, "data": {"taskId": inner}}, **headers())
    assert provider_id(house, task) == THEIRS


def test_a_signed_callback_for_another_task_does_not_wake(signed: tuple[TestClient, House]) -> None:
    client, house = signed
    task = watched(house)
    call(client, task.nonce, {"taskId": "another", "data": {"taskId": THEIRS}}, **headers(task_id="another"))
    assert not is_due(house, task) and provider_id(house, task) == THEIRS


def test_a_signed_callback_corrects_a_wrong_id(signed: tuple[TestClient, House]) -> None:
    client, house = signed
    typed, gone = by_hand(house), by_hand(house, "typed-wrong-too")
    for task in (typed, missing(house, gone)):
        call(
            client, task.nonce, {"data": {"taskId": f"true-{task.task_id}"}}, **headers(task_id=f"true-{task.task_id}")
        )
        after = house.studio.task(task.task_id)
        assert (after.phase, after.provider_task_id) == (Phase.WAITING, f"true-{task.task_id}")
        assert is_due(house, task)


def test_one_that_is_not_signed_does_not_while_the_id_is_watched(idle: tuple[TestClient, House]) -> None:
    client, house = idle
    task = by_hand(house)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert provider_id(house, task) == "typed-wrong"
    missing(house, task)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert provider_id(house, task) == THEIRS


def test_a_signed_callback_does_not_move_a_task_that_goes_well(signed: tuple[TestClient, House]) -> None:
    client, house = signed
    for place, fields in enumerate(({}, {"phase": Phase.GENERATING}, {"phase": Phase.SAVING})):
        task = put(house, watched(house, provider_task_id=f"own-{place}"), **{"phase": Phase.WAITING, **fields})
        call(client, task.nonce, PAYLOADS["gpt4o"], **headers())
        assert house.studio.task(task.task_id) == task


# --- from the provider's side of the wire to ours ---------------------------------------------------------------


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
