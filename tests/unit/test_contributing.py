"""Paths, recipes and versions in CONTRIBUTING.md, the Justfile and other files for contributors exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kaimedia import __version__, config
from kaimedia.config_settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
GUIDES = ("CONTRIBUTING.md", "README.md", "docs/hosting.md", "docs/community-cloud.md")
JUSTFILE = (ROOT / "Justfile").read_text(encoding="utf-8")
NOT_IN_GIT = (".venv/", "data/", "static/media", ".env", ".streamlit/secrets.toml")  # created by the user or the app
SUFFIXES = (".py", ".md", ".toml", ".txt", ".yaml", ".css", ".js", ".example")


def paths_in(text: str) -> set[str]:
    """The files and folders of this project that a document or recipe refers to, without line anchors."""
    quoted = re.findall(r"`([^`\s]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    linked = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    named = [name for name in quoted if "/" in name.strip("/") or name.endswith((*SUFFIXES, "/"))]
    return {name for name in (*named, *linked) if name and not re.match(r"https?:|s3:|/|KAIMEDIA_|<", name)}


def is_there(name: str, folder: Path) -> bool:
    """Whether the path exists relative to the project or the document, or is one the app creates."""
    return name.startswith(NOT_IN_GIT) or any((base / name).exists() for base in (ROOT, folder))


def recipes() -> dict[str, list[str]]:
    """The recipes of the Justfile with their command lines."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in JUSTFILE.splitlines():
        if head := re.match(r"([a-z][a-z-]*)(?: [^:]*)?:(?!=)", line):
            name = head[1]
            found[name] = []
        elif line.startswith("    "):
            found[name].append(line.strip())
    return found


def rows_of_where_to_change() -> Iterator[list[str]]:
    """The cells of each row of the table."""
    table = CONTRIBUTING.partition("## Where do I change…")[2].partition("\n## ")[0]
    for line in [line for line in table.splitlines() if line.startswith("|")][2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", GUIDES)
def test_every_path_in_a_guide_exists(name: str) -> None:
    path = ROOT / name
    missing = [each for each in paths_in(path.read_text(encoding="utf-8")) if not is_there(each, path.parent)]
    assert missing == []


def test_each_row_of_the_table_has_code_and_tests() -> None:
    rows = list(rows_of_where_to_change())
    assert len(rows) > 10
    for what, where, tests in rows:
        assert paths_in(where), f"“{what}” names no place"
        assert paths_in(tests), f"“{what}” names no tests"


def test_every_folder_of_the_package_is_described() -> None:
    folders = {f"kaimedia/{path.parent.name}/" for path in ROOT.glob("kaimedia/*/__init__.py")}
    tour = CONTRIBUTING.partition("## The code in ten minutes")[2].partition("\n## ")[0]
    assert folders - paths_in(tour) == set(), "a folder that no newcomer hears of"


def test_recipes_refer_to_existing_files() -> None:
    found = recipes()
    assert {"run", "test", "test-all", "lint", "types", "docs", "bench"} <= found.keys()
    for name, lines in found.items():
        for word in [word for line in lines for word in shlex.split(line)]:
            if "{{" not in word and ("/" in word or word.endswith(SUFFIXES)):
                assert is_there(word, ROOT), f"just {name}: there is no {word}"


def test_recipes_do_what_the_guide_says() -> None:
    found = recipes()
    assert found["test-all"] == ["python3 tests/run.py {{ options }}"]
    assert "<!-- test -->\n```sh\npython3 tests/run.py\n```" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert not any("install" in line for line in found["test"]), "the quick tests install nothing"


def test_documents_refer_to_existing_recipes_and_benchmarks() -> None:
    known = recipes()
    for guide in GUIDES:
        text = (ROOT / guide).read_text(encoding="utf-8")
        for name, argument in re.findall(r"(?:`|^)just ([a-z-]+)(?: ([a-z_]+))?", text, flags=re.M):
            assert name in known, f"{guide}: there is no `just {name}`"
            assert name != "bench" or (ROOT / "bench" / f"{argument}.py").exists() or not argument


def test_pre_commit_runs_the_pinned_ruff_and_local_tools_that_exist() -> None:
    pinned = re.search(r"^ruff==(\S+)", (ROOT / "requirements-dev.txt").read_text(encoding="utf-8"), flags=re.M)
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    remote = [repo for repo in hooks["repos"] if repo["repo"] != "local"]
    assert [(repo["repo"].rpartition("/")[2], repo["rev"]) for repo in remote] == [
        ("ruff-pre-commit", f"v{pinned[1] if pinned else None}")
    ]
    local = [hook for repo in hooks["repos"] if repo["repo"] == "local" for hook in repo["hooks"]]
    for word in [word for hook in local for word in hook["entry"].split() if "/" in word]:
        assert is_there(word, ROOT), word


def test_the_settings_example_matches_the_defaults(tmp_path: Path) -> None:
    """It has every setting, and uncommenting all lines changes nothing."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assignments = [line[1:] for line in lines if re.match(r"#[A-Z_]+=", line)]
    assert [line.partition("=")[0] for line in assignments] == [setting.name for setting in SETTINGS]
    assert not [line for line in lines if line and not line.startswith("#")], "a plain copy must change nothing"
    untouched = config.load(tmp_path, environment={})
    (tmp_path / ".env").write_text("\n".join(assignments), encoding="utf-8")
    with_all = config.load(tmp_path, environment={})
    for name in (name for name in config.Config.__slots__ if name != "origins"):
        assert getattr(with_all, name) == getattr(untouched, name), name


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License") and project["license"] == "MIT"
