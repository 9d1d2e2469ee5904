"""Two versions run at once during an update, so a migration may only add: docs/updating.md."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kaimedia.store.migrations import FOLDER

FIRST = "0025"  # the one that says which versions may use the tables; earlier ones are as they are
REMOVING = {
    *("drop_column", "drop_table", "drop_constraint", "drop_index", "rename_table", "alter_column"),
    *("batch_alter_table", "create_check_constraint", "create_unique_constraint", "create_foreign_key"),
}
REMOVING_SQL = ("drop ", "rename ", "alter column", "set not null", "delete from", "truncate")
CONTRACTS: dict[str, str] = {}  # a migration that removes something, and why no version in use needs it any more


def versions() -> list[Path]:
    found = sorted(path for path in (FOLDER / "versions").glob("[0-9]*.py") if path.name[:4] >= FIRST)
    assert found
    return found


def faults(source: str) -> list[str]:
    """What an older process would not survive."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in REMOVING:
            found.append(node.attr)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("execute"):
            found += [word for word in REMOVING_SQL if word in ast.unparse(node).lower()]
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_column"):
            column = ast.unparse(node)
            if "nullable=False" in column and "server_default" not in column:
                found.append("a column that older processes leave empty")
    return found


@pytest.mark.parametrize("path", versions(), ids=lambda path: path.name)
def test_a_migration_only_adds(path: Path) -> None:
    if path.name[:4] not in CONTRACTS:
        assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("statement", "is_fine"),
    [
        ('op.add_column("tasks", sa.Column("a", sa.Text))', True),
        ('op.add_column("tasks", sa.Column("a", sa.Text, nullable=False, server_default="x"))', True),
        ('op.create_table("a", sa.Column("b", sa.Text, nullable=False))', True),
        ('op.add_column("tasks", sa.Column("a", sa.Text, nullable=False))', False),
        ('op.drop_column("tasks", "a")', False),
        ('op.alter_column("tasks", "a", new_column_name="b")', False),
        ('op.execute("alter table tasks rename column a to b")', False),
        ('op.execute("ALTER TABLE tasks DROP COLUMN a")', False),
    ],
)
def test_what_counts_as_removing(statement: str, is_fine: bool) -> None:
    assert (faults(f"from alembic import op\n{statement}") == []) is is_fine
