"""requirements.txt has the dependencies of pyproject.toml, pinned, and nothing else."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    "requirements-dev.txt": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
}


def pins(name: str) -> dict[str, Requirement]:
    """The lines of a compiled file by package, without comments."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    found = [Requirement(line) for line in lines if line]
    return {canonicalize_name(each.name): each for each in found}


def version_of(pin: Requirement) -> str:
    """The version a line pins."""
    [only] = list(pin.specifier)
    assert only.operator == "==" and "*" not in only.version, f"{pin} is not pinned to one version"
    return only.version


def needed_by(declared: list[str]) -> set[str]:
    """The declared packages and all their dependencies, by the metadata of the installed packages."""
    waiting = [Requirement(line) for line in declared]
    seen: set[tuple[str, str]] = set()
    while waiting:
        current = waiting.pop()
        for extra in ["", *current.extras]:
            step = (canonicalize_name(current.name), extra)
            if step in seen:
                continue
            seen.add(step)
            needs = map(Requirement, importlib.metadata.requires(current.name) or [])
            waiting += [each for each in needs if each.marker is None or each.marker.evaluate({"extra": extra})]
    return {name for name, _ in seen}


@pytest.mark.parametrize("name", DECLARED)
def test_each_declared_package_is_pinned_to_an_allowed_version(name: str) -> None:
    pinned = pins(name)
    for line in DECLARED[name]:
        wanted = Requirement(line)
        pin = pinned.get(canonicalize_name(wanted.name))
        assert pin is not None, f"{wanted.name} is not in {name}: run `python tools/requirements.py`"
        assert wanted.specifier.contains(version_of(pin)), f"{name} has {pin}, pyproject.toml asks for {wanted}"


@pytest.mark.parametrize("name", DECLARED)
def test_everything_installed_for_the_product_is_pinned_and_nothing_else(name: str) -> None:
    pinned = {key for key, pin in pins(name).items() if pin.marker is None or pin.marker.evaluate()}
    needed = needed_by(DECLARED[name])
    assert pinned == needed, f"missing: {sorted(needed - pinned)}; not needed: {sorted(pinned - needed)}"


def test_both_files_agree() -> None:
    product, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {key: version_of(pin) for key, pin in product.items()} == {
        key: version_of(development[key]) for key in product
    }
