"""A video in 1080p or 4K over a real socket: the first call is sent once, later ones may be repeated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kaimedia import errors
from kaimedia.domain import GenerationRequest
from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import TaskState
from kaimedia.providers.kie.client import KieClient
from tests.contract.providers.conftest import Make
from tests.contract.providers.loopback import Loopback, reply, reset

FULL_HD, ULTRA_HD = catalogue.get("veo-3.1-1080p"), catalogue.get("veo-3.1-4k")
PROCESSING = {"code": 422, "msg": "4k is processing. Please check back shortly.", "data": {"taskId": "other"}}
each_model = pytest.mark.parametrize("spec", [FULL_HD, ULTRA_HD], ids=lambda spec: spec.id)


@pytest.fixture
def client(make: Make) -> Iterator[KieClient]:
    yield KieClient(make())


def asked(spec: ModelSpec) -> GenerationRequest:
    return GenerationRequest(spec.id, "", "", params={"task_id": "abc"})


@each_model
def test_a_lost_reply_is_not_asked_for_again(loopback: Loopback, client: KieClient, spec: ModelSpec) -> None:
    loopback.will(reset)
    with pytest.raises(errors.OutcomeUnknown):
        client.submit(spec, asked(spec))
    assert len(loopback.seen) == 1


@each_model
def test_polls_are_repeated_after_a_reset(loopback: Loopback, client: KieClient, spec: ModelSpec) -> None:
    loopback.will(reset, reply(PROCESSING))
    ending = "1080p" if spec is FULL_HD else "4k"
    assert client.report(spec, f"abc/{ending}", 1.0).state is TaskState.PROCESSING
    assert [seen.path for seen in loopback.seen] == [f"/api/v1/veo/get-{ending}-video"] * 2


def test_the_reply_to_a_post_may_name_another_task(loopback: Loopback, client: KieClient) -> None:
    done = {"code": 422, "msg": "The video has been generated successfully"}
    loopback.will(reply(done | {"data": {"taskId": "other", "resultUrls": ["https://x.example/a.mp4"]}}))
    report = client.report(ULTRA_HD, "abc/4k", 1.0)
    assert report.state is TaskState.COMPLETED and report.result_urls == ("https://x.example/a.mp4",)
    assert loopback.seen[0].json == {"taskId": "abc", "index": 0}


def test_a_record_of_another_task_is_not_taken(loopback: Loopback, client: KieClient) -> None:
    record = {"taskId": "another", "successFlag": 1, "response": {"resultUrls": ["https://x.example/a.mp4"]}}
    loopback.will(reply({"code": 200, "msg": "success", "data": record}))
    assert client.report(ULTRA_HD, "own-task", 1.0).state is TaskState.PROCESSING
    assert loopback.seen[0].query == {"taskId": ["own-task"]}
