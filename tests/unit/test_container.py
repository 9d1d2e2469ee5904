"""The Dockerfile refers to existing files, settings and routes. `tests/hosting/test_image.py` runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bench.processes import clean_environment, free_port, wait_until_served
from kaimedia.api.application import app as api
from kaimedia.api.openapi import describe
from tools.image.dockerfile import reaches_docker, stages

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8")
STAGES = stages(DOCKERFILE)
IMAGE = STAGES[-1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PORT = "8501"


def copied() -> list[tuple[list[str], str]]:
    """The sources and target of each COPY of the image from the repository."""
    words = [each.words() for each in IMAGE.all_of("COPY") if "from" not in each.options]
    return [(each[:-1], each[-1]) for each in words]


def is_sent_to_docker(name: str) -> bool:
    return reaches_docker(name, IGNORED)


def test_copied_files_exist_and_reach_docker() -> None:
    for sources in (*(sources for sources, _ in copied()), *(each.words()[:-1] for each in STAGES[0].all_of("COPY"))):
        for source in sources:
            assert (ROOT / source).exists(), source
            files = [ROOT / source] if (ROOT / source).is_file() else [*(ROOT / source).rglob("*")]
            assert any(is_sent_to_docker(file.relative_to(ROOT).as_posix()) for file in files), source


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".git/config",
        ".streamlit/secrets.toml",
        "data/kaimedia.db",
        "data/secret.key",
        "static/media/image_1.png",
    ],
)
def test_no_secret_and_no_media_reach_docker(name: str) -> None:
    assert not is_sent_to_docker(name)
    assert is_sent_to_docker("kaimedia/config.py") and is_sent_to_docker("static/fonts/OFL-Geist.txt")


def test_the_image_is_a_supported_slim_python_without_root() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert {stage.base for stage in STAGES} == {IMAGE.base}, "packages are installed for the Python that uses them"
    base = re.fullmatch(r"python:3\.(\d+)-slim\S*", IMAGE.base)
    assert base and int(base[1]) >= int(wanted.rpartition(".")[2])
    assert int(IMAGE.all_of("USER")[-1].text) > 0


def test_volumes_contain_what_the_app_writes() -> None:
    written = dict(re.findall(r"(KAIMEDIA_DATA|KAIMEDIA_MEDIA_URL)=(\S+)", DOCKERFILE))
    assert sorted(IMAGE.all_of("VOLUME")[0].words()) == sorted(written.values())
    app = COMPOSE["services"]["app"]
    mounted = dict(volume.split(":")[:2][::-1] for volume in app["volumes"])
    defaults = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", app["environment"][name]) for name in written}
    assert set(defaults.values()) == set(written.values()) == set(mounted)


def test_the_health_check_uses_an_existing_route() -> None:
    [address] = re.findall(r"http://127\.0\.0\.1:(\d+)(/\S+?)'", IMAGE.all_of("HEALTHCHECK")[0].text)
    assert address[0] == PORT == IMAGE.all_of("EXPOSE")[0].text
    assert address[1] in describe(api, needs_token=True)["paths"]


@pytest.mark.slow
def test_the_copied_files_start_and_are_healthy(tmp_path: Path) -> None:
    """Run the commands of the Dockerfile in a folder with only the files it copies."""
    folder = tmp_path / "app"
    for sources, target in copied():
        for source in sources:
            place = folder / target / (Path(source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__", "media_files"))
            else:
                shutil.copyfile(ROOT / source, place)
    port = str(free_port())
    command = [word.replace(PORT, port) for word in IMAGE.all_of("CMD")[-1].words()]
    check = [word.replace(PORT, port) for word in json.loads(IMAGE.all_of("HEALTHCHECK")[0].text.removeprefix("CMD "))]
    command = [word.replace("0.0.0.0", "127.0.0.1") for word in command]
    environment = clean_environment(
        PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
        KAIMEDIA_DATA=str(tmp_path / "data"),
        KAIMEDIA_MEDIA_URL=str(tmp_path / "media"),
    )
    before = {path for path in folder.rglob("*") if path.suffix != ".pyc" and path.name != "__pycache__"}
    with (tmp_path / "log").open("wb") as log:
        app = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/api/ready")
        assert subprocess.run(check, env=environment, check=False).returncode == 0
    finally:
        app.terminate()
        app.wait(20)
    assert subprocess.run(check, env=environment, stderr=subprocess.DEVNULL, check=False).returncode != 0
    after = {path for path in folder.rglob("*") if path.suffix != ".pyc" and path.name != "__pycache__"}
    assert after == before, "what the app writes goes to the volumes"
