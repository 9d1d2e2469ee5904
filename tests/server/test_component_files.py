"""Every process serves the components' scripts, also one that has not drawn a page."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

from kaimedia.ui.components import component_files, media_grid
from tests.conftest import ROOT
from tests.e2e.conftest import start_app, stop_app


def test_a_process_serves_what_another_one_named(tmp_path: Path) -> None:
    found = component_files.NAME.search(component_files.offer("media-grid", media_grid.MODULES))
    assert found
    app = start_app(tmp_path)
    try:
        url = f"{app.url}/{component_files.PREFIX}/{found[0]}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/javascript")
            assert answer.read().decode() == media_grid.MODULES.joined()
    finally:
        stop_app(app)
    log = (tmp_path / "app.log").read_text(encoding="utf-8")
    assert "Traceback" not in log and "ScriptRunContext" not in log


def test_every_module_that_offers_a_file_is_known() -> None:
    offering = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for path in ROOT.glob("kaimedia/**/*.py")
        if re.search(r"component_files\.(?:offer|add)\(", path.read_text(encoding="utf-8"))
    }
    assert offering == set(component_files.OFFERING)
