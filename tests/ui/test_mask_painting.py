"""A mask painted over a chosen image: the button, what the painter gets, and what a change of the image does."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import Image
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Role
from kaimedia.ui.state import ReferenceDraft
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
    assert given["picture"].startswith("data:image/webp;base64,")
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
