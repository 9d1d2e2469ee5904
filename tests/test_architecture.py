"""The structure of the code: layers, sizes, import cycles, and up-to-date reference documents."""

from __future__ import annotations

import ast
import functools
import re
import runpy
from pathlib import Path

import pytest

from kaimedia.store.migrations import revisions

pytestmark = pytest.mark.xdist_group("architecture")  # one worker, which reads each file once

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = sorted(ROOT.glob("kaimedia/**/*.py"))
PRODUCT = sorted([*PACKAGE, *ROOT.glob("pages/*.py"), ROOT / "app.py"])
MOST_FUNCTION_LINES = 60

_VALUES = {"domain", "errors", "log", "config"}
# Who may import what of the app; a module not named here is imported by `context`, `runtime` and entry points only.
ALLOWED = {
    "models": {"models", "domain", "errors"},
    "providers": {"providers", "models", "domain", "errors", "log"},
    "store": {"store", "domain", "errors", "log"},
    "media": {"media", "domain", "errors", "log"},
    "sandbox": {"sandbox", "models", "domain", "errors", "log"},
    "presets": {"presets", "domain"},
    "security": {"security", "config", "errors"},
    "jobs": {"jobs", "models", "providers", "store", "media", "security.secret_box", "__version__", *_VALUES},
    "webhooks": {
        "webhooks",
        "store",
        "media.address",
        "media.deadline",
        "media.target",
        "security.secret_box",
        *_VALUES,
    },
    "studio": {
        *("studio", "presets", "jobs", "webhooks", "models", "providers", "store", "media", "security.secret_box"),
        *_VALUES,
    },
    "web": {"web", "studio", "runtime", "security", "media", "models", "providers.registry", *_VALUES},
    "api": {
        *("api", "studio", "runtime", "security", "models", "__version__", *_VALUES),
        *("web.base_path", "web.failed_attempts", "web.gallery", "web.request_info", "web.thread_pool"),
    },
    "mcp_server": {"mcp_server", "api", "studio", "runtime", "models", "__version__", *_VALUES},
    "ui": {
        *("ui", "studio", "presets", "runtime", "context", "recovery", "security", "web.gallery", *_VALUES),
        *("code_on_disk", "config_files", "models", "providers.registry", "jobs.provider_state", ""),
    },
    "cli": {
        *("cli", "studio", "context", "models", "providers.registry", "media.names", "media.storage", "media.move"),
        *("media.move_counts", "store.database", *_VALUES),
    },
    "domain": {"domain"},
    "errors": {"errors", "error_table", "domain"},
    "error_table": {"error_table", "domain"},
    "code_on_disk": {"code_on_disk"},
    "config": {
        *("config", "config_database", "config_files", "config_masks", "config_settings", "config_sources"),
        "config_webhook",
        "errors",
    },
    "config_settings": set(),
    "config_sources": {"config_database", "config_examples", "config_files", "config_settings"},
    "config_masks": {"config_masks", "errors"},
    "config_examples": {"config_examples", "errors"},
    "config_webhook": {"errors"},
    "config_files": {"config_examples", "config_settings", "errors"},
    "config_database": {"errors"},
    "log": {"log"},
}
ONLY_IN = {
    "streamlit": ("app.py", "pages/", "kaimedia/ui/"),
    "sqlmodel": ("kaimedia/store/",),
    "sqlalchemy": ("kaimedia/store/",),
    "alembic": ("kaimedia/store/database/run_migrations.py", "kaimedia/store/migrations/"),  # slow to import
    "requests": (
        "kaimedia/providers/",
        "kaimedia/media/fetch.py",
        "kaimedia/media/address.py",
        "kaimedia/security/identity_provider.py",
    ),
    "PIL": ("kaimedia/media/", "kaimedia/sandbox/"),
    "av": ("kaimedia/media/", "kaimedia/sandbox/"),
    "obstore": ("kaimedia/media/s3", "kaimedia/media/object_reader.py"),  # slow to import
    "mcp": ("kaimedia/mcp_server/",),  # slow to import
    "mcp_types": ("kaimedia/mcp_server/",),
    "numpy": ("kaimedia/media/", "kaimedia/sandbox/"),
    "procrastinate": ("kaimedia/jobs/distributed/",),  # slow to import
    "psycopg": (),
}
BROAD_EXCEPT = {
    "kaimedia/jobs/engine.py",
    "kaimedia/jobs/steps.py",
    "kaimedia/jobs/distributed/queue_workers.py",
    "kaimedia/jobs/distributed/threads.py",
    "kaimedia/jobs/disk_cleaner.py",
    "kaimedia/jobs/distributed/upkeep.py",
    "kaimedia/api/problems.py",
    "kaimedia/mcp_server/tool.py",
    "kaimedia/ui/shell.py",
    "kaimedia/webhooks/deliverer.py",
    "kaimedia/web/thread_pool.py",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def test_foreign_packages_stay_where_they_belong() -> None:
    strays = [
        f"{relative(path)} imports {name}"
        for path in PRODUCT
        for name in imports(path)
        if (places := ONLY_IN.get(name.split(".")[0])) and not relative(path).startswith(places)
    ]
    assert strays == []


def test_layers() -> None:
    strays = []
    for path in PACKAGE:
        package = relative(path).removeprefix("kaimedia/").split("/")[0].removesuffix(".py")
        allowed = ALLOWED.get(package)
        for name in imports(path) if allowed is not None else ():
            parts = name.split(".")[1:]
            if name.startswith("kaimedia.") and not {parts[0], ".".join(parts[:2])} & allowed:
                strays.append(f"{relative(path)} imports {name}")
    assert strays == []


def test_no_provider_imports_another() -> None:
    """What clients share is in `providers/http`; only the registry knows every provider."""
    strays = []
    for path in ROOT.glob("kaimedia/providers/**/*.py"):
        own = relative(path).split("/")[2].removesuffix(".py")
        for name in imports(path) if own != "registry" else ():
            other = name.removeprefix("kaimedia.providers.").split(".")[0]
            if name.startswith("kaimedia.providers.") and other not in {own, "base", "http"}:
                strays.append(f"{relative(path)} imports {name}")
    assert strays == []


def test_storages_are_known_only_where_one_is_chosen() -> None:
    """So that a new storage is one file and one line: all others ask a `Storage` for bytes by name."""
    places = {
        # Whatever is called so: the class of a new storage too.
        r"\b[A-Z]\w+Storage\((?!\w*Files\b)": {"kaimedia/media/open_storage.py"},
        r"config\.media_url\b": {
            *("kaimedia/context.py", "kaimedia/media_links.py", "kaimedia/studio/settings.py"),  # opened; shown
            "kaimedia/cli/media_move.py",  # compared with another
        },
        r"\bopen_storage\(": {"kaimedia/media/open_storage.py", "kaimedia/context.py"},
    }
    strays = [
        f"{relative(path)}: {pattern}"
        for path in PRODUCT
        for pattern, allowed in places.items()
        if relative(path) not in allowed and re.search(pattern, path.read_text(encoding="utf-8"))
    ]
    assert strays == []


def test_the_provider_is_named_by_its_label() -> None:
    """So that a second provider needs no change there; a source ("docs.kie.ai") may be quoted anywhere."""
    folders = ("domain", "jobs", "media", "models", "presets", "store", "studio", "api", "cli", "web", "security", "ui")
    alone = ("errors.py", "error_table.py")
    named = [
        f"{relative(path)}, line {number}"
        for path in (*PACKAGE, *sorted((ROOT / "kaimedia" / "ui").rglob("*.js")))
        if relative(path).split("/")[1] in (*folders, *alone)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"(?<!docs\.)\bkie\.ai", line)
    ]
    assert named == []


def test_who_asks_which_provider_it_is() -> None:
    """A model of another provider must not be taken for one of kie.ai's: its provider's entry and state are asked."""
    asking = {
        relative(path)
        for path in PACKAGE
        if relative(path).split("/")[1] in ("ui", "studio", "jobs")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Compare) and re.search(r"ProviderName\.KIE\b|'kie'", ast.unparse(node))
    }
    assert asking == {"kaimedia/jobs/providers.py"}  # whose key is entered in Settings, and what the sandbox replaces


def test_no_import_cycles() -> None:
    """Imports inside functions count."""
    paths = {
        relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for path in ROOT.glob("kaimedia/**/*.py")
    }
    graph = {name: {other for other in imports(path) if other in paths} - {name} for name, path in paths.items()}
    # A package that imports its own modules, which import their siblings, is not a real cycle.
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_sizes() -> None:
    too_long = []
    for path in PRODUCT:
        limit = 300
        if len(path.read_text(encoding="utf-8").splitlines()) > limit:
            too_long.append(f"{relative(path)} has more than {limit} lines")
        too_long += [
            f"{relative(path)}: {node.name}"
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno >= MOST_FUNCTION_LINES
        ]
    assert too_long == []


def test_no_broad_except_outside_the_boundaries() -> None:
    broad = []
    for path in PRODUCT:
        for node in ast.walk(parsed(path)) if relative(path) not in BROAD_EXCEPT else ():
            if isinstance(node, ast.ExceptHandler):
                names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {"everything"}
                if names & {"Exception", "BaseException", "everything"}:
                    broad.append(f"{relative(path)}, line {node.lineno}")
    assert broad == []


def test_migrations_form_one_chain() -> None:
    """Two migrations after the same one, written at the same time, would stop every start of the app."""
    before = {}
    for path in sorted(ROOT.glob("kaimedia/store/migrations/versions/[0-9]*.py")):
        names = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in parsed(path).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and "revision" in ast.dump(node)
        }
        before[names["revision"]] = names["down_revision"]
        assert path.name.startswith(f"{names['revision']}_"), "a start of the app reads them from the files' names"
    assert len(set(before.values())) == len(before), "two migrations follow the same one"
    assert set(before.values()) - {None} < set(before)
    assert tuple(before) == revisions()
    assert revisions()[-1] not in before.values(), "the newest has the highest number"


def test_public_things_have_docstrings() -> None:
    without = []
    for path in PACKAGE:
        tree = parsed(path)
        public = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
        ]
        without += [
            f"{relative(path)}: {getattr(node, 'name', 'module')}"
            for node in (tree, *public)
            if not ast.get_docstring(node)
        ]
    assert without == []


@pytest.mark.parametrize("name", ["settings.md", "errors.md", "models.md", "../.env.example"])
def test_reference_pages_are_what_the_code_says(name: str) -> None:
    space = runpy.run_path(str(ROOT / "docs" / "reference.py"))
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == space["TEXTS"][name](), "run docs/reference.py"
