"""Videos and sound as inputs on Generate."""

from __future__ import annotations

import base64

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Phase, Role, Task
from kaimedia.domain.upload_caps import FORM_MAX_BYTES
from tests import media_samples
from tests.conftest import video_request, wait_for_phase
from tests.finished import finished
from tests.ui.conftest import button, open_page, texts
from tests.ui.test_styles import component

AVATAR = "kling-ai-avatar"
MOTION = "kling-3.0-motion-control"


def opened(model: str, prompt: str = "") -> AppTest:
    """Generate with a model for videos chosen and the chooser open."""
    app = open_page()
    app.session_state["mode"] = "Videos"
    app.session_state["model_video"] = model
    app.session_state["prompt"] = prompt
    return choosing(app.run())


def choosing(app: AppTest, role: str = "") -> AppTest:
    app.session_state["reference_box"] = True
    if role:
        app.session_state["reference_role"] = role
    return app.run()


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    given = [(name, data, "application/octet-stream") for name, data in files]
    uploader = app.file_uploader[0]
    uploader.set_value(given if len(given) > 1 else given[0])
    app.run()
    assert not app.exception, app.exception
    return app


def sent(context: AppContext, app: AppTest) -> Task:
    button(app, "generate").click().run()
    (task,) = context.studio.tasks.page().items
    return wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED)


def test_a_talking_portrait(ui_context: AppContext) -> None:
    app = opened(AVATAR, "Say hello")
    assert "Inputs · required" in [each.label for each in app.expander]
    upload(app, ("me.png", media_samples.image(size=(320, 320))))
    assert "Add sound" in [each.label for each in app.expander]
    upload(choosing(app), ("hello.mp3", media_samples.sound("mp3", 2.0)))
    assert "<b>Portrait</b>" in texts(app) and "<b>Sound</b>" in texts(app) and "s · Upload · hello.mp3" in texts(app)
    assert len(app.get("audio")) == 1, "a player"
    task = sent(ui_context, app)
    assert task.phase is Phase.DONE, task.error_message
    assert [each.role for each in task.request.references] == [Role.PORTRAIT, Role.AUDIO]
    button(app, "reference_remove_1").click().run()
    assert "<b>Sound</b>" not in texts(app) and not app.get("audio")


def test_a_motion_control_video(ui_context: AppContext) -> None:
    app = opened(MOTION)
    upload(app, ("fox.png", media_samples.image(size=(400, 400))))
    upload(choosing(app), ("dance.mp4", media_samples.video(4.0)))
    assert 'alt="Your motion video"' in texts(app) and "4.0 s · Upload · dance.mp4" in texts(app)
    task = sent(ui_context, app)
    assert task.phase is Phase.DONE, task.error_message
    assert [each.role for each in task.request.references] == [Role.CHARACTER, Role.DRIVING_VIDEO]


def test_each_slot_says_what_it_takes(idle_context: AppContext) -> None:
    app = choosing(opened(MOTION))
    choosing(app, "Motion video")
    assert "MP4 or MOV up to 100 MB, 3 to 30 s. You can also drop it here." in texts(app)
    assert "Video link" in [each.label for each in app.text_input]
    assert "Your gallery has no videos yet." in texts(app)
    choosing(app, "Character")
    assert "PNG or JPEG up to 10 MB. You can also paste an image" in texts(app)
    drop = component(app, "kai_drop_target")
    assert {"image/png", "video/mp4", "video/quicktime"} <= set(drop["types"]) and drop["most_files"] == 2
    speech = choosing(opened(AVATAR), "Sound")
    assert "The gallery has images and videos." in texts(speech)
    large = choosing(opened("volcengine-lip-sync"), "Video")
    assert f"up to {FORM_MAX_BYTES // 1_000_000} MB (by link up to 500 MB)" in texts(large)


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.mp4", media_samples.video(1.0), "“Motion video” must be at least 3 s long; this video is 1.0 s."),
        ("a.mp4", media_samples.video(4.0, "matroska"), "MKV is not among the types this model takes."),
        ("a.mov", media_samples.wav(4.0), "This is a sound file, not an image. Use a PNG or JPEG up to 10 MB."),
    ],
    ids=["short", "mkv", "sound"],
)
def test_why_a_file_is_not_taken(idle_context: AppContext, name: str, data: bytes, text: str) -> None:
    app = choosing(opened(MOTION), "Motion video" if name == "a.mp4" else "Character")
    button_keys = [each.key for each in app.button]
    assert "reference_fetch" in button_keys
    app.file_uploader[0].set_value((name if name != "a.mov" else "a.png", data, ""))
    app.run()
    assert text in texts(app) and "references" not in app.session_state


def test_several_files_at_once_fill_a_slot(idle_context: AppContext) -> None:
    app = choosing(opened("seedance-2.0", "a fox"), "Reference video")
    upload(app, ("a.mp4", media_samples.video(2.0)), ("b.mp4", media_samples.video(3.0)))
    assert [each.role for each in app.session_state["references"]] == [Role.REFERENCE_VIDEO] * 2
    assert "<b>Video 1</b>" in texts(app) and "<b>Video 2</b>" in texts(app)


def test_a_video_of_the_gallery(ui_context: AppContext) -> None:
    _, (item,) = finished(ui_context, video_request())
    app = opened("topaz-video-upscale")
    button(app, f"reference_use_{item.id}").click().run()
    (chosen,) = app.session_state["references"]
    assert (chosen.reference.media_id, chosen.reference.mime_type) == (item.id, "video/mp4")
    assert base64.b64encode(chosen.preview).decode() in texts(app)


def test_reuse_brings_sound_back(ui_context: AppContext) -> None:
    add = ui_context.studio.references.add
    references = (add(AVATAR, media_samples.image(size=(320, 320))), add(AVATAR, media_samples.wav(2.0)))
    task, _ = finished(ui_context, video_request("hello", model=AVATAR, aspect_ratio="", references=references))
    app = open_page()
    button(app, f"again_with_{task.task_id}").click().run()
    assert [each.role for each in app.session_state["references"]] == [None, Role.AUDIO]
    assert len(app.get("audio")) == 1
