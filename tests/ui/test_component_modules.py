"""A component's JavaScript modules: found from its entry, served as files, joined where no URL of ours is served."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from kaimedia.ui.components import component_files, module_set

ENTRY = "import { total } from './parts/sum.js'\n\nexport default function () {\n  return total\n}\n"
SUM = "import {\n  one,\n  two,\n} from '../numbers.js'\n\nconst sum = one + two\nexport const total = sum\n"
NUMBERS = "const sum = 0\nexport const one = sum + 1\nexport const two = sum + 2\n"


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "entry.js").write_text(ENTRY)
    (tmp_path / "parts" / "sum.js").write_text(SUM)
    (tmp_path / "numbers.js").write_text(NUMBERS)
    return tmp_path / "entry.js"


def test_modules_are_found_through_their_imports_dependencies_first(entry: Path) -> None:
    (entry.parent / "unused.js").write_text("export const x = 1\n")
    modules = module_set.read(entry)
    assert modules.entry == "entry.js"
    assert list(modules.texts) == ["numbers.js", "parts/sum.js", "entry.js"]


def test_joined_modules_import_and_export_nothing_but_the_default(entry: Path) -> None:
    joined = module_set.read(entry).joined()
    assert re.findall(r"^(?:import|export).*", joined, re.MULTILINE) == ["export default function () {"]
    assert 'const { total } = modules["parts/sum.js"]' in joined
    assert re.search(r"modules\[\"numbers.js\"\] = \(\(\) => \{[^}]*return \{ one, two \}\n\}\)\(\)", joined)


def test_joined_modules_have_no_comments_of_their_own_lines(tmp_path: Path) -> None:
    lines = [
        "// @ts-check",
        "/**",
        " * What * it / does.",
        " */",
        "const url = 'http://kai.test/' // kept",
        "  /** @type {number} */",
        "const half = 1 /* kept */ / 2",
        "export default half",
    ]
    (tmp_path / "entry.js").write_text("\n".join(lines) + "\n")
    joined = module_set.read(tmp_path / "entry.js").joined()
    assert joined.splitlines() == ["const modules = {}", lines[4], lines[6], lines[7]]


def test_generated_modules_need_no_file(tmp_path: Path) -> None:
    (tmp_path / "entry.js").write_text("import { STYLES } from './styles.js'\nexport default STYLES\n")
    (tmp_path / "b.css").write_text('.b::after { content: "é"; }\n')
    (tmp_path / "a.css").write_text(".a {}\n")
    styles = module_set.styles_module(tmp_path, first=("b",))
    assert json.loads(styles.removeprefix("export const STYLES = ")) == '.b::after { content: "é"; }\n\n.a {}\n'
    assert module_set.read(tmp_path / "entry.js", generated={"styles.js": styles}).texts["styles.js"] == styles
    with pytest.raises(FileNotFoundError):
        module_set.read(tmp_path / "entry.js")


def test_an_import_circle_is_refused(entry: Path) -> None:
    (entry.parent / "numbers.js").write_text(f"import {{ total }} from './parts/sum.js'\n{NUMBERS}")
    with pytest.raises(ValueError, match=r"import circle: entry\.js -> parts/sum\.js -> numbers\.js -> parts/sum\.js"):
        module_set.read(entry)


@pytest.mark.parametrize(
    "line",
    [
        "import total from './x.js'",
        "import * as x from './x.js'",
        "import './x.js'",
        "import { one as uno } from './x.js'",
        'import { one } from "./x.js"',
        "import { one } from 'package'",
        "export { one }",
        "export * from './x.js'",
        "export default 7",
    ],
)
def test_a_line_that_cannot_be_translated_is_refused(entry: Path, line: str) -> None:
    (entry.parent / "x.js").write_text("export const one = 1\n")
    (entry.parent / "numbers.js").write_text(f"{line}\n{NUMBERS}")
    with pytest.raises(ValueError, match=r"numbers\.js"):
        module_set.read(entry)


def test_an_offered_component_is_one_file_cached_under_its_content_hash(entry: Path) -> None:
    modules = module_set.read(entry)
    loader = component_files.offer("probe", modules)
    found = re.search(r'"(probe-[0-9a-f]{16}\.js)"', loader)
    assert found and '"app/components/"' in loader
    client = TestClient(Starlette(routes=[Route("/app/components/{path:path}", component_files.serve)]))
    for path in (found[1], f"again-12/{found[1]}"):
        answer = client.get(f"/app/components/{path}")
        assert answer.text == modules.joined()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("", "again-1/", "none.js", f"again-x/{found[1]}", f"again-1/again-2/{found[1]}"):
        assert client.get(f"/app/components/{path}").status_code == 404, path
    (entry.parent / "numbers.js").write_text(NUMBERS.replace("1", "3", 1))
    changed = component_files.offer("probe", module_set.read(entry))
    assert found[1] not in changed, "a changed module changes the name"
