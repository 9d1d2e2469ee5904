"""The house keeps its shape: layers, sizes, cycles, and documents that name what there is."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = sorted([*ROOT.glob("kaimedia/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"])

_COMMON = ("domain", "errors", "log", "config")
# Who may import what of the house; a package not named here is imported by `bootstrap` and entry points only.
ALLOWED = {
    "kie": {"kie", "domain", "errors", "log"},
    "store": {"store", "domain", "errors", "log"},
    "media": {"media", "domain", "errors", "log"},
    "sandbox": {"sandbox", "errors", "log"},
    "jobs": {"jobs", "kie", "store", "media", "domain", "errors", "log", "config", "vault"},
    "presets": {"presets", "domain"},
    "studio": {"studio", "presets", "jobs", "kie", "store", "media", "domain", "errors", "log", "config", "vault"},
    "api": {
        "api",
        "studio",
        "bootstrap",
        "access",
        "access_guide",
        "domain",
        "errors",
        "log",
        "config",
        "kie.spec",
        "kie.catalog",
        "__version__",
    },
    "feed": {"feed", "studio", "bootstrap", "domain", "errors", "log", "kie.spec", "media.names"},
    "ui": {
        "ui",
        "feed",
        "studio",
        "presets",
        "bootstrap",
        "recovery",
        "access",
        "access_guide",
        "domain",
        "errors",
        "log",
        "config",
        "kie.spec",
        "jobs.providers",
        "",
    },
    "commands": {
        *("commands", "studio", "bootstrap", "domain", "errors", "log", "config", "kie.spec", "kie.catalog"),
        *("media.names", "media.storage", "store.database"),
    },
    "domain": {"domain"},
    "errors": {"errors"},
    "access": {"access", "config"},
    "access_guide": {"access"},
    "config": {"config", "errors"},
    "log": {"log"},
    "vault": {"vault", "errors"},
}
ONLY_IN = {
    "streamlit": ("app.py", "pages/", "kaimedia/ui/"),
    "sqlmodel": ("kaimedia/store/",),
    "sqlalchemy": ("kaimedia/store/",),
    "alembic": ("kaimedia/store/",),
    "requests": ("kaimedia/kie/transport.py", "kaimedia/media/fetch.py", "kaimedia/media/address.py"),
    "PIL": ("kaimedia/media/", "kaimedia/sandbox/"),
    "av": ("kaimedia/media/", "kaimedia/sandbox/"),
    "numpy": ("kaimedia/media/", "kaimedia/sandbox/"),
}
BROAD_EXCEPT = {"kaimedia/jobs/engine.py", "kaimedia/api/problems.py", "kaimedia/ui/shell.py"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules_at_top(path: Path) -> set[str]:
    """House modules imported when this one is (not inside a function), as dotted names."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kaimedia"):
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("kaimedia")}
    return names


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_foreign_packages_stay_in_their_rooms(path: Path) -> None:
    for name in imports(path):
        rooms = ONLY_IN.get(name.split(".")[0])
        assert rooms is None or relative(path).startswith(rooms), f"{relative(path)} imports {name}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("kaimedia/**/*.py")), ids=relative)
def test_layers(path: Path) -> None:
    room = relative(path).removeprefix("kaimedia/").split("/")[0].removesuffix(".py")
    allowed = ALLOWED.get(room)
    if allowed is None:
        return
    for name in imports(path):
        if not name.startswith("kaimedia."):
            continue
        parts = name.split(".")[1:]
        assert parts[0] in allowed or ".".join(parts[:2]) in allowed, f"{relative(path)} imports {name}"


def test_no_import_cycles() -> None:
    paths = {
        relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for path in ROOT.glob("kaimedia/**/*.py")
    }
    graph = {name: {other for other in modules_at_top(path) if other in paths} - {name} for name, path in paths.items()}
    # A package importing its own modules, which import the package's siblings, is no cycle of meaning.
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    limit = 400 if "/catalog/" in relative(path) else 300
    assert len(text.splitlines()) <= limit
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_no_broad_except_outside_the_boundaries(path: Path) -> None:
    if relative(path) in BROAD_EXCEPT:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {"everything"}
            assert not names & {"Exception", "BaseException", "everything"}, f"line {node.lineno}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("kaimedia/**/*.py")), ids=relative)
def test_public_things_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "module"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("name", ["settings.md", "errors.md", "models.md"])
def test_reference_pages_are_what_the_code_says(name: str) -> None:
    space = runpy.run_path(str(ROOT / "docs" / "reference.py"))
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == space["TEXTS"][name](), "run docs/reference.py"
