"""Settings: saving and resetting the defaults."""

from __future__ import annotations

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Settings
from kaimedia.ui.settings import key_card, settings_form
from tests.ui.conftest import button, has_button, open_page, texts

KEY = "good-key-of-a-test-1a2b"
NOT_REACHED = key_card.NOT_REACHED.format(provider="kie.ai")
REMOVE_QUESTION = key_card.REMOVE_QUESTION.format(at_provider="at kie.ai")


def test_saving_the_defaults(idle_context: AppContext) -> None:
    app = open_page("settings")
    assert button(app, "save_settings").disabled
    app.segmented_control(key="setting_default_variant_count").set_value(4)
    app.selectbox(key="setting_default_video_model").set_value("runway").run()
    app.segmented_control(key="setting_default_video_duration").set_value(10).run()
    assert "Unsaved changes" in texts(app)
    button(app, "save_settings").click().run()
    assert "Settings saved" in texts(app)
    saved = idle_context.studio.settings.get()
    chosen = (saved.default_variant_count, saved.default_video_model, saved.default_video_duration)
    assert chosen == (4, "runway", 10)
    app.switch_page("../../pages/generate.py").run()
    assert button(app, "generate").label == "Generate 4 images"
    app.switch_page("../../pages/settings.py").run()
    button(app, "reset_settings").click().run()
    assert has_button(app, "reset_confirm")
    assert idle_context.studio.settings.get().default_variant_count == 4


def test_resetting_restores_the_original_defaults(idle_context: AppContext) -> None:
    idle_context.studio.settings.save(default_variant_count=4, default_video_model="runway")

    def script() -> None:
        from kaimedia import runtime
        from kaimedia.ui.settings import settings_form

        settings_form.reset(runtime.studio())

    app = AppTest.from_function(script, default_timeout=20).run()
    assert not app.exception
    assert replace(idle_context.studio.settings.get(), updated_at=None) == Settings()


def test_every_default_has_a_widget(idle_context: AppContext) -> None:
    app = open_page("settings")
    for field in settings_form.FIELDS:
        assert f"setting_{field}" in app.session_state


def test_only_the_lengths_of_the_model_are_offered(idle_context: AppContext) -> None:
    app = open_page("settings")
    length = app.segmented_control(key="setting_default_video_duration")
    assert (length.options, length.value) == (["4 s", "6 s", "8 s"], 8)  # 5 s is saved, which Veo does not support
    assert button(app, "save_settings").disabled and "Unsaved changes" not in texts(app)
    app.selectbox(key="setting_default_video_model").set_value("runway").run()
    length = app.segmented_control(key="setting_default_video_duration")
    assert length.options == ["5 s", "10 s"] and length.value == 5
