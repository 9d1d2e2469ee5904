"""Spending: what images and videos have cost."""

from __future__ import annotations

from kaimedia import runtime
from kaimedia.ui.main import page_may_run
from kaimedia.ui.spending import spending_page

if page_may_run():
    spending_page.show(runtime.studio())
