"""A mask painted over a chosen image: the button, what the painter gets, and what a change of the image does."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import Image
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Role
from kaimedia.models import catalogue
from kaimedia.models.inputs import MaskColor
from kaimedia.ui.generate import mask_painting
from kaimedia.ui.state import MaskColors, ReferenceDraft
from tests.ui.conftest import button, choose_model, has_button, open_page, texts

MISFIT = "painted on another image"


def draft(
    context: AppContext, shade: int, role: Role | None = None, size: tuple[int, int] = (64, 48)
) -> ReferenceDraft:
    out = BytesIO()
    Image.new("RGB", size, (shade, 20, 20)).save(out, "PNG")
    reference = context.studio.references.add("gpt4o-image", out.getvalue(), role)
    return ReferenceDraft(reference, b"webp", "Upload", role)


def opened(*chosen: ReferenceDraft, model: str = "gpt4o-image") -> AppTest:
    app = open_page()
    app.session_state["references"] = chosen
    app.text_area(key="prompt").set_value("a fox")
    return choose_model(app, model)


def painter(app: AppTest) -> dict[str, Any]:
    """What the painter was given."""
    (found,) = [each for each in app.get("bidi_component") if each.proto.component_name.endswith("kai_mask_painter")]
    return dict(json.loads(found.proto.json)[0])


def test_the_button_needs_one_image_and_a_model_that_says_what_a_mask_is(idle_context: AppContext) -> None:
    one, other = draft(idle_context, 1), draft(idle_context, 2)
    assert not has_button(opened(), "mask_paint")
    assert button(opened(one), "mask_paint").label == "Paint mask"
    assert not has_button(opened(one, other), "mask_paint")
    assert button(opened(one, model="ideogram-v3"), "mask_paint").label == "Paint mask"
    assert not has_button(opened(one, model="nano-banana-2"), "mask_paint")


def test_the_painter_gets_the_image_the_color_and_the_mask_there_is(idle_context: AppContext) -> None:
    app = opened(draft(idle_context, 1))
    button(app, "mask_paint").click().run()
    given = painter(app)
    assert (given["width"], given["height"], given["changes"], given["mask"]) == (64, 48, "black", "")
    assert given["image"].startswith("data:image/webp;base64,")
    app = opened(draft(idle_context, 1), draft(idle_context, 255, Role.MASK), model="qwen-image-2.1")
    assert button(app, "mask_paint").label == "Repaint mask"
    button(app, "mask_paint").click().run()
    assert painter(app)["changes"] == "white" and painter(app)["mask"].startswith("data:image/png;base64,")


def test_another_image_asks_for_another_mask(idle_context: AppContext) -> None:
    first, second = draft(idle_context, 1), draft(idle_context, 2)
    mask = replace(draft(idle_context, 255, Role.MASK), painted_on=first.reference.filename or "")
    app = opened(first, mask)
    assert MISFIT not in texts(app) and not button(app, "generate").disabled
    app.session_state["references"] = (second, mask)
    app.run()
    assert MISFIT in texts(app) and button(app, "generate").disabled
    button(app, "mask_paint").click().run()
    assert painter(app)["mask"] == "", "the old mask is no start for the new one"
    app = opened(second, mask)
    button(app, "reference_remove_1").click().run()
    assert MISFIT not in texts(app) and not button(app, "generate").disabled


def test_an_uploaded_mask_of_another_size_is_refused_at_its_field(idle_context: AppContext) -> None:
    app = opened(draft(idle_context, 1), draft(idle_context, 255, Role.MASK, (10, 10)))
    button(app, "generate").click().run()
    assert "The mask has 10 × 10 pixels, but the image has 64 × 48 pixels." in texts(app)
    assert not idle_context.studio.tasks.shown()


def painted(context: AppContext, image: ReferenceDraft) -> ReferenceDraft:
    """A mask painted for GPT-4o Image: black, what changes, in the left half."""
    mask, out = Image.new("L", (64, 48), 255), BytesIO()
    mask.paste(0, (0, 0, 32, 48))
    mask.save(out, "PNG")
    slot = catalogue.get("gpt4o-image").input(Role.MASK)
    assert slot is not None and slot.mask is not None
    draft = mask_painting.painted(context.studio, slot, slot.mask, out.getvalue(), image.reference)
    return replace(draft, role=Role.MASK)


def corners(context: AppContext, request: GenerationRequest) -> tuple[int, int]:
    """The left and the right upper corner of a request's mask, 0 for black and 255 for white."""
    image, mask = request.references
    data = context.studio.references.masks.canvas(image, mask).mask
    assert data is not None and mask.role is Role.MASK
    with Image.open(BytesIO(data)) as found:
        gray = found.convert("L")
        left, right = gray.getpixel((0, 0)), gray.getpixel((63, 0))
        assert isinstance(left, int) and isinstance(right, int)
        return left, right


def test_a_painted_mask_is_inverted_for_a_model_that_reads_it_the_other_way(idle_context: AppContext) -> None:
    image = draft(idle_context, 1)
    app = opened(image, painted(idle_context, image))
    sent = []
    for model in ("gpt4o-image", "qwen-image-2.1", "ideogram-v3"):
        choose_model(app, model)
        assert "what is black" not in texts(app) and MISFIT not in texts(app)
        button(app, "generate").click().run()
        (task,) = [each for each in idle_context.studio.tasks.shown() if each.model == model]
        sent.append(corners(idle_context, task.request))
    assert sent == [(0, 255), (255, 0), (0, 255)]


def test_the_painter_starts_from_the_inverted_mask(idle_context: AppContext) -> None:
    image = draft(idle_context, 1)
    mask = painted(idle_context, image)
    app = opened(image, mask, model="qwen-image-2.1")
    button(app, "mask_paint").click().run()
    assert mask.colors is not None and mask.colors.inverted is not None
    copy = idle_context.studio.references.masks.canvas(image.reference, mask.colors.inverted[0]).mask
    assert copy is not None and painter(app)["mask"].endswith(base64.b64encode(copy).decode())


def test_each_compared_model_gets_a_painted_mask_in_its_colors(idle_context: AppContext) -> None:
    image = draft(idle_context, 1)
    app = opened(image, painted(idle_context, image))
    app.session_state["compared_with_image"] = ("qwen-image-2.1",)
    app.run()
    assert "what is black" not in texts(app)
    button(app, "generate_many").click().run()
    first, second = app.session_state["asked_batch"].confirmation.requests
    assert [corners(idle_context, each) for each in (first, second)] == [(0, 255), (255, 0)]


def test_an_uploaded_mask_stays_and_the_other_colors_are_said(idle_context: AppContext) -> None:
    image = draft(idle_context, 1)
    mask = replace(draft(idle_context, 255, Role.MASK), colors=MaskColors(MaskColor.BLACK))
    app = opened(image, mask)
    said = "changes what is white in the mask, not what is black"
    assert said not in texts(app)
    app.session_state["compared_with_image"] = ("qwen-image-2.1",)
    assert f"<b>Qwen Image 2.1</b> {said}" in texts(app.run())
    app.session_state["compared_with_image"] = ()
    choose_model(app, "qwen-image-2.1")
    assert f"Qwen Image 2.1 {said}. If this mask was made for the other color" in texts(app)
    button(app, "generate").click().run()
    (task,) = idle_context.studio.tasks.shown()
    assert task.request.references[1].filename == mask.reference.filename


def test_the_colors_of_an_uploaded_mask_are_those_its_model_asked_for(idle_context: AppContext) -> None:
    app = opened(draft(idle_context, 1))
    app.session_state["reference_box"] = True
    app.session_state["reference_role"] = "Mask"
    out = BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "PNG")
    app.run().file_uploader[0].set_value(("mask.png", out.getvalue(), "image/png"))
    app.run()
    assert [each.colors for each in app.session_state["references"]] == [None, MaskColors(MaskColor.BLACK)]
    choose_model(app, "qwen-image-2.1")
    assert "changes what is white in the mask, not what is black" in texts(app)


def test_an_earlier_task_with_another_model_says_that_the_colors_differ(idle_context: AppContext) -> None:
    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.domain import Modality
        from kaimedia.ui.generate import draft

        draft.reuse(runtime.studio(), st.session_state["wanted"], Modality.IMAGE, "model", "qwen-image-2.1")

    image, mask = draft(idle_context, 1, Role.REFERENCE), draft(idle_context, 255, Role.MASK)
    app = AppTest.from_function(script, default_timeout=20)
    references = (image.reference, mask.reference)
    app.session_state["wanted"] = GenerationRequest("gpt4o-image", "a fox", "1:1", references=references)
    app.run()
    assert [each.colors for each in app.session_state["references"]] == [None, MaskColors(MaskColor.BLACK)]
