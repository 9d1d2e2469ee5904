"""The container files refer to existing files, settings and routes. No container is started here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from bench.processes import clean_environment, free_port, wait_until_served
from kaimedia.api.application import app as api
from kaimedia.api.openapi import describe
from kaimedia.config_settings import SETTINGS
from kaimedia.store.database.connecting import read_url

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PORT = "8501"


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of that name, without its options."""
    found = re.findall(rf"^\s*{name} +(.*)$", DOCKERFILE, flags=re.M)
    return [re.sub(r"^(--[a-z-]+=\S+ +)*", "", text.strip()) for text in found]


def copied() -> list[tuple[list[str], str]]:
    """The sources and target of each COPY."""
    return [(words[:-1], words[-1]) for words in map(str.split, instructions("COPY"))]


def is_sent_to_docker(name: str) -> bool:
    """Whether .dockerignore lets a file through; the last matching line decides, as in Docker."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = Path(name).parts
        heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        fits = any(fnmatch(head, pattern) for head in heads) or ("**/" in line and pattern in parts)
        if line and not line.startswith("#") and fits:
            sent = line.startswith("!")
    return sent


def test_copied_files_exist_and_reach_docker() -> None:
    for sources, _ in copied():
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
    base = re.fullmatch(r"python:3\.(\d+)-slim\S*", instructions("FROM")[0])
    assert base and int(base[1]) >= int(wanted.rpartition(".")[2])
    assert int(instructions("USER")[-1]) > 0


def test_settings_of_the_container_exist() -> None:
    known = {setting.name for setting in SETTINGS}
    for name in ("Dockerfile", "compose.yaml", "docs/hosting.md"):
        named = set(re.findall(r"\b(?:KAIMEDIA|KIE)_[A-Z_]+\b", (ROOT / name).read_text(encoding="utf-8")))
        assert named and named <= known, f"{name}: {named - known}"


def test_volumes_contain_what_the_app_writes() -> None:
    written = dict(re.findall(r"(KAIMEDIA_DATA|KAIMEDIA_MEDIA_URL)=(\S+)", DOCKERFILE))
    assert sorted(json.loads(instructions("VOLUME")[0])) == sorted(written.values())
    app = COMPOSE["services"]["app"]
    mounted = dict(volume.split(":")[:2][::-1] for volume in app["volumes"])
    defaults = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", app["environment"][name]) for name in written}
    assert set(defaults.values()) == set(written.values()) == set(mounted)
    used = {volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service["volumes"]}
    assert used == set(COMPOSE["volumes"])


def test_the_health_check_uses_an_existing_route() -> None:
    [address] = re.findall(r"http://127\.0\.0\.1:(\d+)(/\S+?)'", instructions("HEALTHCHECK")[0])
    assert address[0] == PORT == instructions("EXPOSE")[0]
    assert address[1] in describe(api, needs_token=True)["paths"]


def test_compose_is_reachable_from_this_machine_only() -> None:
    """In a container, mode `local` rejects every browser; `open` is used with an address only this machine reaches."""
    app = COMPOSE["services"]["app"]
    assert app["environment"]["KAIMEDIA_ACCESS"] == "${KAIMEDIA_ACCESS:-open}"
    assert app["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert "KAIMEDIA_ACCESS" not in DOCKERFILE.replace("Until KAIMEDIA_ACCESS", ""), (
        "the image must not be open by default"
    )
    assert "ports" not in COMPOSE["services"]["postgres"]


def test_the_postgresql_profile_is_consistent() -> None:
    app, database = COMPOSE["services"]["app"], COMPOSE["services"]["postgres"]
    assert database["profiles"] == ["postgres"] and "profiles" not in app
    assert app["depends_on"]["postgres"] == {"condition": "service_healthy", "required": False}
    [text] = re.findall(r"^KAIMEDIA_DATABASE_URL=(\S+)", (ROOT / "docs/hosting.md").read_text("utf-8"), flags=re.M)
    assert text in (ROOT / "compose.yaml").read_text(encoding="utf-8"), "both say the same"
    url = read_url(text)
    assert url.host == "postgres"
    assert (url.username, url.database) == (
        database["environment"]["POSTGRES_USER"],
        database["environment"]["POSTGRES_DB"],
    )


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
    command = [word.replace(PORT, port) for word in json.loads(instructions("CMD")[-1])]
    check = [word.replace(PORT, port) for word in json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])]
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
