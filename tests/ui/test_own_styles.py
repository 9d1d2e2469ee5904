"""The user's own styles on the page: renamed, deleted, restored, and saved from a result with its image."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Media
from kaimedia.ui.state import OpenDialog
from tests.conftest import image_request
from tests.finished import finished
from tests.ui.conftest import button, has_button, in_grid, open_page, texts

INK = 'name = "Blue ink"\nsuffix = "Blue ink."\n'


def write_style(context: AppContext, style_id: str = "blue-ink", text: str = INK) -> Path:
    folder = context.studio.styles.folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{style_id}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def field(app: AppTest, key: str) -> AppTest:
    return next(each for each in [*app.text_input, *app.text_area] if each.key == key)


def with_dialog(page: str, ask: OpenDialog, **session: str) -> AppTest:
    app = open_page(page)
    for key, value in {"gallery_dialog": ask, **session}.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def own_names(context: AppContext) -> list[str]:
    return [each.name for each in context.studio.styles.all().items if not each.is_builtin]


def test_without_own_styles_there_is_nothing_to_change(idle_context: AppContext) -> None:
    assert not has_button(open_page(), "styles_own")


def test_a_style_in_use_is_renamed_and_stays_in_use(idle_context: AppContext) -> None:
    write_style(idle_context)
    app = open_page()
    next(each for each in app.button_group if each.key.startswith("pick_style_image_")).set_value("blue-ink").run()
    button(app, "styles_own").click().run()
    assert not has_button(app, "style_rename_oil-painting") and not has_button(app, "style_delete_oil-painting")
    button(app, "style_rename_blue-ink").click().run()
    assert field(app, "style_renamed").value == "Blue ink"
    field(app, "style_renamed").set_value(' Sea / "ink" ')
    button(app, "style_rename_confirm").click().run()
    assert own_names(idle_context) == ['Sea / "ink"']
    assert '<b>Sea / "ink"</b>' in texts(app).replace("&quot;", '"').replace("&#x27;", "'")
    assert not has_button(app, "style_rename_confirm") and "Renamed to" in texts(app)


@pytest.mark.parametrize(
    ("name", "expected"), [("", "give the style a name"), ("Oil painting", "already"), ("chalk", "already")]
)
def test_an_invalid_name_is_reported_at_its_field(idle_context: AppContext, name: str, expected: str) -> None:
    file = write_style(idle_context)
    write_style(idle_context, "c", 'name = "Chalk"\nsuffix = "x"\n')
    app = with_dialog("generate", OpenDialog("style_rename", style_id="blue-ink"))
    field(app, "style_renamed").set_value(name)
    button(app, "style_rename_confirm").click().run()
    assert 'data-field="name">Name: ' in texts(app) and expected in texts(app)
    assert field(app, "style_renamed").value == name
    assert file.read_text(encoding="utf-8") == INK


def test_a_deleted_style_can_be_restored(idle_context: AppContext) -> None:
    write_style(idle_context)
    app = with_dialog("generate", OpenDialog("styles"))
    button(app, "style_delete_blue-ink").click().run()
    assert own_names(idle_context) == []
    assert "Style “\u2068Blue ink\u2069” deleted." in texts(app)
    button(app, "undo_delete").click().run()
    assert own_names(idle_context) == ["Blue ink"]
    assert not has_button(app, "undo_delete") and "restored" in texts(app)


def test_a_refused_undo_is_still_offered(idle_context: AppContext) -> None:
    write_style(idle_context)
    app = with_dialog("generate", OpenDialog("styles"))
    button(app, "style_delete_blue-ink").click().run()
    new = write_style(idle_context, text=INK.replace("Blue ink.", "New."))
    button(app, "undo_delete").click().run()
    assert "cannot be restored" in texts(app) and has_button(app, "undo_delete")
    new.unlink()
    button(app, "undo_delete").click().run()
    assert own_names(idle_context) == ["Blue ink"]


def test_a_failed_delete_is_reported_at_its_style(idle_context: AppContext) -> None:
    file = write_style(idle_context)
    (file.parent / "deleted").write_text("a file where the folder belongs")
    app = with_dialog("generate", OpenDialog("styles"))
    button(app, "style_delete_blue-ink").click().run()
    assert 'data-field="style blue-ink">The style cannot be deleted' in texts(app)
    assert file.exists() and has_button(app, "style_delete_blue-ink") and not has_button(app, "undo_delete")


@pytest.fixture
def item(ui_context: AppContext) -> Media:
    """A result."""
    return finished(ui_context, image_request("A harbor, wet ink on rice paper"))[1][0]


def proposing(ui_context: AppContext, item: Media) -> AppTest:
    """The dialog that the viewer's entry opens."""
    session = in_grid({"do": "style", "ids": [item.id]}).session_state
    return with_dialog("gallery", session["gallery_dialog"], result_style_text=session["result_style_text"])


def test_a_result_becomes_a_style_with_its_image(ui_context: AppContext, item: Media) -> None:
    app = proposing(ui_context, item)
    assert f'src="app/static/media/{item.thumbnail_path}"' in texts(app)
    assert field(app, f"result_style_text_{item.id}").value == "A harbor, wet ink on rice paper"
    field(app, f"result_style_text_{item.id}").set_value("{prompt}, wet ink on rice paper")
    field(app, "result_style_name").set_value("Rice ink")
    button(app, "result_style_save").click().run()
    (style,) = (each for each in ui_context.studio.styles.all().items if not each.is_builtin)
    assert (style.name, style.prompt) == ("Rice ink", "{prompt}, wet ink on rice paper")
    kind, _, content = style.image.partition(";base64,")
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert (kind, image.size) == ("data:image/webp", (240, 136))
    assert not has_button(app, "result_style_save") and "Rice ink" in texts(app)


def test_an_error_is_shown_and_the_typed_text_stays(ui_context: AppContext, item: Media) -> None:
    file = write_style(ui_context)
    app = proposing(ui_context, item)
    button(app, "result_style_save").click().run()
    assert 'data-field="name">Name: give the style a name.' in texts(app)
    field(app, "result_style_name").set_value("Mine")
    field(app, f"result_style_text_{item.id}").set_value("x" * 1501)
    button(app, "result_style_save").click().run()
    assert 'data-field="text">Prompt: it adds more than 1,500 characters' in texts(app)
    assert field(app, "result_style_name").value == "Mine"
    field(app, "result_style_name").set_value("blue INK")
    field(app, f"result_style_text_{item.id}").set_value("Other")
    button(app, "result_style_save").click().run()
    assert file.read_text(encoding="utf-8") == INK
    button(app, "result_style_replace").click().run()
    assert 'suffix = "Other"' in file.read_text(encoding="utf-8")
    assert file.with_suffix(".webp").exists() and own_names(ui_context) == ["blue INK"]


def test_without_its_file_a_result_still_becomes_a_style(ui_context: AppContext, item: Media) -> None:
    ui_context.storage.delete([item.thumbnail_path])
    ui_context.studio.styles.save("Rice ink", "wet ink", media_id=item.id)
    assert [each.image for each in ui_context.studio.styles.all().items if not each.is_builtin] == [""]
