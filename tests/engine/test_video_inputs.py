"""Videos and sound as inputs of tasks: from the gallery, from links, and what does not fit the model."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, InputKind, Phase, Reference, Role, Task
from kaimedia.errors import InvalidRequest, UnsupportedMedia
from kaimedia.web.gallery import details
from tests import media_samples
from tests.conftest import image_request, video_request, wait_for_phase
from tests.unit.media.fault_server import FaultServer, reply

MOTION = "kling-3.0-motion-control"
UPSCALE = "topaz-video-upscale"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def sent_input(task: Task, config: Config) -> dict[str, Any]:
    """What the sandbox received as the input of a market model."""
    url = f"{config.sandbox_url}/api/v1/jobs/recordInfo?taskId={task.provider_task_id}"
    call = urllib.request.Request(url, headers={"Authorization": "Bearer sandbox"})
    with urllib.request.urlopen(call) as answer:
        param = json.loads(json.load(answer)["data"]["param"])
    found: dict[str, Any] = json.loads(param["input"])
    return found


def downloaded(url: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers["Content-Type"]


def test_an_image_and_a_video_reach_the_provider_unchanged(context: AppContext) -> None:
    add = context.studio.references.add
    moving = media_samples.video(4.0)
    references = (add(MOTION, media_samples.image(size=(400, 400))), add(MOTION, moving))
    assert [each.role for each in references] == [Role.CHARACTER, Role.DRIVING_VIDEO]
    task = context.studio.tasks.submit(GenerationRequest(MOTION, "", "", references=references))
    body = sent_input(wait_for_phase(context, task.task_id, Phase.DONE), context.config)
    (link,) = body["video_urls"]
    assert link.endswith(".mp4") and downloaded(link) == (moving, "video/mp4")


def test_a_gallery_video_is_taken_whole_or_as_its_first_frame(context: AppContext) -> None:
    made = wait_for_phase(context, context.studio.tasks.submit(video_request()).task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(made.task_id)
    get = context.studio.references.from_media
    whole = get(UPSCALE, item.id)
    assert (whole.kind, whole.role, whole.media_id) == (InputKind.VIDEO, Role.SOURCE_VIDEO, item.id)
    assert item.filename and whole.size_bytes == item.size_bytes
    assert get("kling-2.5-turbo", item.id).kind is InputKind.IMAGE
    assert get(MOTION, item.id, Role.CHARACTER).kind is InputKind.IMAGE
    with pytest.raises(InvalidRequest, match="“Motion video” must be at least 3 s long"):
        get(MOTION, item.id, Role.DRIVING_VIDEO)
    with pytest.raises(InvalidRequest, match="must be a sound file, not a video"):
        get("kling-ai-avatar", item.id, Role.AUDIO)
    done = context.studio.tasks.submit(GenerationRequest(UPSCALE, "", "", references=(whole,)))
    result = context.studio.gallery.of_task(wait_for_phase(context, done.task_id, Phase.DONE).task_id)[0]
    (source,) = context.studio.gallery.details(result.id).inputs
    assert source.role is Role.SOURCE_VIDEO and source.media is not None and source.media.id == item.id


def test_a_gallery_image_is_no_video(context: AppContext) -> None:
    made = wait_for_phase(context, context.studio.tasks.submit(image_request()).task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(made.task_id)
    with pytest.raises(InvalidRequest, match="“Video” must be a video, not an image") as caught:
        context.studio.references.from_media(UPSCALE, item.id)
    assert caught.value.field == Role.SOURCE_VIDEO


@pytest.mark.parametrize(
    ("role", "data", "error", "text"),
    [
        (Role.DRIVING_VIDEO, media_samples.video(2.0), InvalidRequest, "must be at least 3 s long; this video is 2.0"),
        (Role.DRIVING_VIDEO, media_samples.video(4.0, "matroska"), UnsupportedMedia, "MKV is not among the types"),
        (Role.DRIVING_VIDEO, media_samples.wav(4.0), UnsupportedMedia, "a sound file, not a video"),
        (Role.CHARACTER, media_samples.video(4.0), UnsupportedMedia, "a video, not an image"),
    ],
    ids=["short", "mkv", "sound", "video"],
)
def test_what_does_not_fit_is_refused_when_it_is_chosen(
    context: AppContext, role: Role, data: bytes, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        context.studio.references.add(MOTION, data, role)


def test_links_are_judged_once_they_are_fetched(
    config: Config, open_test_context: Callable[..., AppContext], server: FaultServer
) -> None:
    context = open_test_context(replace(config, trusted_hosts=(server.host,)))
    model = "seedance-2.0"

    def ended(*lengths_s: float) -> Task:
        urls = [server.url(f"/{at}.mp4", reply(media_samples.video(each))) for at, each in enumerate(lengths_s)]
        references = tuple(Reference(url=url, role=Role.REFERENCE_VIDEO, kind=InputKind.VIDEO) for url in urls)
        task = context.studio.tasks.submit(GenerationRequest(model, "a fox", "16:9", references=references))
        return wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED)

    good = ended(2.0, 3.0)
    assert good.phase is Phase.DONE, good.error_message
    assert len(sent_input(good, config)["reference_video_urls"]) == 2
    short, long = ended(1.0), ended(9.0, 9.5)
    assert short.error_message == "“Reference video” must be at least 2 s long; this video is 1.0 s."
    assert "together can be up to 15 s long; these are 18.5 s." in (long.error_message or "")
    assert not short.may_have_cost and long.provider_task_id is None
    assert long.reference_urls == () or not any(long.reference_urls), "nothing was uploaded"


def test_the_viewer_shows_a_frame_of_a_video_and_names_sound(context: AppContext) -> None:
    add = context.studio.references.add
    references = (
        add("volcengine-lip-sync", media_samples.video(2.0)),
        add("volcengine-lip-sync", media_samples.wav(2.0)),
    )
    task = context.studio.tasks.submit(GenerationRequest("volcengine-lip-sync", "", "", references=references))
    (result,) = context.studio.gallery.of_task(wait_for_phase(context, task.task_id, Phase.DONE).task_id)
    video, sound = details.of(context.studio, result.id)["inputs"]
    assert (video["label"], video["kind"], video["about"]) == ("Video", "video", "MP4, 2.0 s")
    assert video["thumb"].startswith("data:image/webp;base64,")
    assert (sound["label"], sound["kind"], sound["about"], sound["thumb"]) == ("Sound", "audio", "WAV, 2.0 s", None)
