"""Settings: provider key, defaults, storage locations."""

from __future__ import annotations

from kaimedia import runtime
from kaimedia.ui.main import page_may_run
from kaimedia.ui.settings import settings_page

if page_may_run():
    settings_page.show(runtime.studio())
