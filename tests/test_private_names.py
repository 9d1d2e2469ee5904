"""Tests use the public names of the app only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import pytest

from tests.test_architecture import ROOT, parsed, relative

pytestmark = pytest.mark.xdist_group("architecture")  # parses the same files

TESTS = sorted(ROOT.glob("tests/**/*.py"))
PRIVATE = re.compile(r"_(?!_)\w+")
PATCHERS = {"setattr", "getattr", "delattr", "hasattr", "patch", "object"}
PUBLIC_THOUGH_UNDERSCORED = {"os._exit"}


def _own_names(nodes: Sequence[ast.AST]) -> set[str]:
    """What a file defines itself: functions, classes, and attributes it assigns."""
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in nodes if isinstance(node, named)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def private_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines that use a private name of something else: `thing._name`, an import, or the name as a text to patch."""
    nodes = list(ast.walk(tree))
    own = _own_names(nodes)
    for node in nodes:
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            is_itself = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and node.attr in own
            if not is_itself and ast.unparse(node) not in PUBLIC_THOUGH_UNDERSCORED:
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names if PRIVATE.fullmatch(alias.name))
        elif isinstance(node, ast.Call):
            for text in [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]:
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                name = str(text).rpartition(".")[2] if str(text).startswith("kaimedia.") else str(text)
                if called in PATCHERS and PRIVATE.fullmatch(name):
                    yield node.lineno, str(text)


def test_tests_use_no_private_names() -> None:
    """What a test needs is public, so that the inside can change without it."""
    assert [f"{relative(path)}, line {at}: {name}" for path in TESTS for at, name in private_uses(parsed(path))] == []


@pytest.mark.parametrize(
    "code",
    [
        "context._parts.tasks",
        "context.studio._tasks.change(1)",
        "from kaimedia.store.database.connecting import _use_wal",
        "import kaimedia.log\nkaimedia.log._cut",
        "monkeypatch.setattr(plan, '_PAUSE_S', 1)",
        "monkeypatch.setattr('kaimedia.jobs.plan._PAUSE_S', 1)",
        "getattr(context, '_parts')",
        "class Mine(Theirs):\n    def f(self): return self._theirs",
    ],
)
def test_private_names_are_noticed(code: str) -> None:
    assert list(private_uses(ast.parse(code)))
