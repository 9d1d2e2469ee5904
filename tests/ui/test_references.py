"""The inputs on Generate: slots of the model, several of one kind, and what a model change does with them."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Role, Task
from kaimedia.ui.state import ReferenceDraft
from tests.conftest import image_request, video_request
from tests.finished import finished
from tests.ui.conftest import button, open_page, texts


def drafts(context: AppContext, count: int, model: str = "gpt4o-image") -> tuple[ReferenceDraft, ...]:
    """That many chosen images, with different origins."""
    found = []
    for shade in range(count):
        out = BytesIO()
        Image.new("RGB", (64, 48), (40 * shade, 20, 20)).save(out, "PNG")
        reference = context.studio.references.add(model, out.getvalue())
        found.append(ReferenceDraft(reference, b"webp", f"Upload {shade}"))
    return tuple(found)


def opened(context: AppContext, count: int, *, mode: str = "Images", model: str = "") -> AppTest:
    """Generate with so many images chosen."""
    app = open_page()
    app.session_state["references"] = drafts(context, count)
    app.session_state["mode"] = mode
    if model:
        app.session_state["model_video"] = model
    app.text_area(key="prompt").set_value("a fox").run()
    return app


def sent(context: AppContext, app: AppTest) -> Task:
    """Press Generate and return the task."""
    button(app, "generate").click().run()
    (task,) = context.studio.tasks.shown()
    return task


def chooser(app: AppTest) -> list[str]:
    return [each.label for each in app.expander]


def test_several_images_are_numbered_and_sent_in_order(idle_context: AppContext) -> None:
    app = opened(idle_context, 3)
    assert all(f"Image {number}</b>" in texts(app) for number in (1, 2, 3))
    assert "Add reference image" in chooser(app)
    button(app, "reference_remove_1").click().run()
    assert "Upload 1" not in texts(app) and "Upload 2" in texts(app)
    chosen = [each.reference.filename for each in app.session_state["references"]]
    assert [each.filename for each in sent(idle_context, app).request.references] == chosen


def test_what_may_be_added_follows_from_what_is_chosen(idle_context: AppContext) -> None:
    assert "Reference image · optional" in chooser(opened(idle_context, 0))
    assert "Add more" in chooser(opened(idle_context, 1)), "another image, or a mask"
    full = chooser(opened(idle_context, 5))
    assert not [label for label in full if label.startswith(("Add", "Reference"))]
    veo = {"mode": "Videos", "model": "veo3_fast"}
    assert "Reference image · optional" in chooser(opened(idle_context, 0, **veo))
    assert "Add last frame" in chooser(opened(idle_context, 1, **veo))
    assert not [label for label in chooser(opened(idle_context, 1, mode="Videos", model="runway")) if "Add" in label]


@pytest.mark.parametrize(
    ("model", "count", "roles"),
    [
        ("veo3_fast", 1, [Role.FIRST_FRAME]),
        ("veo3_fast", 2, [Role.FIRST_FRAME, Role.LAST_FRAME]),
        ("kling-2.5-turbo", 3, [Role.FIRST_FRAME, Role.LAST_FRAME]),
        ("runway", 2, [Role.FIRST_FRAME]),
    ],
)
def test_a_model_takes_what_fits_and_the_rest_waits(
    idle_context: AppContext, model: str, count: int, roles: list[Role]
) -> None:
    app = opened(idle_context, count, mode="Videos", model=model)
    assert [each.role for each in sent(idle_context, app).request.references] == roles
    assert len(app.session_state["references"]) == count


def test_a_role_chosen_on_purpose_stays(idle_context: AppContext) -> None:
    app = opened(idle_context, 0, mode="Videos", model="veo3_fast")
    first, second = drafts(idle_context, 2)
    app.session_state["references"] = (
        ReferenceDraft(first.reference, first.preview, "a", Role.REFERENCE),
        ReferenceDraft(second.reference, second.preview, "b", Role.REFERENCE),
    )
    app.run()
    assert "Add reference image" in chooser(app), "frames and references exclude each other"
    assert {each.role for each in sent(idle_context, app).request.references} == {Role.REFERENCE}


def test_reuse_brings_every_input_back(ui_context: AppContext) -> None:
    references = tuple(draft.reference for draft in drafts(ui_context, 3))
    task, _ = finished(ui_context, image_request("three of them", references=references))
    app = open_page()
    button(app, f"again_with_{task.task_id}").click().run()
    chosen = [each.reference.filename for each in app.session_state["references"]]
    assert chosen == [each.filename for each in references]


def test_reuse_of_frames_brings_their_roles_back(ui_context: AppContext) -> None:
    first, last = (draft.reference for draft in drafts(ui_context, 2, "veo3"))
    add = ui_context.studio.references
    last = add.add("veo3", add.preview(last), Role.LAST_FRAME)
    task, _ = finished(ui_context, video_request("from here", model="veo3", references=(first, last)))
    app = open_page()
    button(app, f"again_with_{task.task_id}").click().run()
    assert [each.role for each in app.session_state["references"]] == [None, Role.LAST_FRAME]
