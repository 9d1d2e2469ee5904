"""Taking the data set over again loses nothing that was written by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kaimedia.models.catalogue.market import FOLDER
from tests.contract.models.market_data_set import PATH
from tools.market_catalogue.__main__ import rewrite

pytestmark = pytest.mark.skipif(not PATH.exists(), reason="the data set of models is not there")


def test_the_files_stay_as_they_are(tmp_path: Path) -> None:
    copy = shutil.copytree(FOLDER, tmp_path / "market")
    rewrite(json.loads(PATH.read_text(encoding="utf-8")), copy)
    assert {path.name for path in copy.iterdir()} == {path.name for path in FOLDER.iterdir()}
    changed = [path.name for path in FOLDER.iterdir() if path.read_bytes() != (copy / path.name).read_bytes()]
    assert changed == []


def test_models_and_texts_of_our_own_are_kept(tmp_path: Path) -> None:
    copy = shutil.copytree(FOLDER, tmp_path / "market")
    path = copy / "google.json"
    models = json.loads(path.read_bytes())["models"]
    own = {**models[0], "id": "written-by-hand", "tagline": "Only here"}
    models[0] = {**models[0], "tagline": "Better words"}
    path.write_text(json.dumps({"models": [*models, own]}), encoding="utf-8")
    rewrite(json.loads(PATH.read_text(encoding="utf-8")), copy)
    found = {model["id"]: model for model in json.loads(path.read_bytes())["models"]}
    assert found["written-by-hand"] == own
    assert found[models[0]["id"]]["tagline"] == "Better words"
