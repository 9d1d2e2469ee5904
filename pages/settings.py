"""Settings: the key, the defaults, where things are."""

from __future__ import annotations

from kaimedia import bootstrap
from kaimedia.ui import settings_page
from kaimedia.ui.main import page_may_run

if page_may_run():
    settings_page.show(bootstrap.studio())
