"""Settings: the key, the defaults, where things are."""

from __future__ import annotations

from kaimedia import bootstrap
from kaimedia.ui import settings_page

settings_page.show(bootstrap.studio())
