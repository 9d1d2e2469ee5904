"""`python -m kaimedia …` and the ways to start."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests

from bench.processes import clean_environment, free_port, wait_until_served
from kaimedia.__main__ import main
from kaimedia.config_settings import SETTINGS
from kaimedia.doctor import examine
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.store.database.database import Database
from tests.conftest import ROOT, wait_for

pytestmark = pytest.mark.slow


Doctor = Callable[..., subprocess.CompletedProcess[str]]


def settings(folder: Path, **more: str) -> dict[str, str]:
    return clean_environment(
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_DATABASE_URL=f"sqlite:///{folder / 'k.db'}",
        **more,
    )


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs `doctor` in this process: only what depends on a new process starts one."""

    def run(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            code = main(["doctor", *options])
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(options, code, printed.out, printed.err)

    return run


def test_doctor_finds_no_problem_in_a_new_folder_and_changes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kaimedia", "doctor"]
    found = subprocess.run(command, cwd=ROOT, env=settings(tmp_path), capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "sandbox: nothing is charged" in found.stdout and "Traceback" not in found.stderr
    assert re.search(r"KAIMEDIA_PROVIDER\s+auto\s+default", found.stdout)
    assert "k.db will be created at the first start" in found.stdout
    assert not (tmp_path / "k.db").exists() and not (tmp_path / "data").exists()


def test_doctor_does_not_migrate(doctor: Doctor, tmp_path: Path) -> None:
    file = tmp_path / "k.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE settings (id INTEGER PRIMARY KEY, api_key TEXT)")
    before = file.read_bytes()
    found = doctor(settings(tmp_path))
    assert found.returncode == 0, found.stdout + found.stderr
    assert "will be migrated at the next start" in found.stdout
    assert file.read_bytes() == before and not (tmp_path / "data").exists()
    with closing(Database(f"sqlite:///{file}")) as database:
        assert not database.is_current()
    Database(f"sqlite:///{file}").upgrade()
    assert "is up to date, 0 tasks" in doctor(settings(tmp_path)).stdout


def test_doctor_masks_and_checks_the_key(doctor: Doctor, tmp_path: Path, sandbox: EmbeddedSandbox) -> None:
    url = sandbox.base_url or ""
    key = "canary-doctor-key-1a2b"
    found = doctor(settings(tmp_path, KIE_API_KEY=key, KIE_API_URL=url))
    assert found.returncode == 0, found.stdout
    assert key not in found.stdout and "•••• 1a2b" in found.stdout and "accepts the key" in found.stdout


def test_doctor_as_json(doctor: Doctor, tmp_path: Path) -> None:
    found = doctor(settings(tmp_path, KIE_WEBHOOK_HMAC_KEY="canary-hmac-key-1a2b"), "--json")
    report = json.loads(found.stdout)
    assert (found.returncode, report["exit_code"], report["is_well"]) == (0, 0, True) and "canary" not in found.stdout
    shown = {one["name"]: (one["value"], one["source"]) for one in report["settings"]}
    assert shown["KIE_WEBHOOK_HMAC_KEY"] == ("•••• 1a2b", "environment")
    assert shown["KAIMEDIA_PROVIDER"] == ("auto", "default") and shown["KAIMEDIA_PUBLIC_URL"] == (None, "default")
    assert set(shown) == {setting.name for setting in SETTINGS}
    assert {"python", "access", "media storage", "database", "files", "provider", "model list"} <= {
        one["what"] for one in report["findings"]
    }


@pytest.mark.parametrize("wrong", [{"KAIMEDIA_ACCESS": "all"}, {"KAIMEDIA_PROVIDER": "kie"}])
def test_doctor_reports_problems_as_json(doctor: Doctor, tmp_path: Path, wrong: dict[str, str]) -> None:
    found = doctor({**settings(tmp_path), **wrong}, "--json")
    report = json.loads(found.stdout)
    assert (found.returncode, report["exit_code"], report["is_well"]) == (1, 1, False)
    (bad,) = [one for one in report["findings"] if not one["is_well"]]
    assert bad["detail"] and bad["next_step"]


@pytest.mark.parametrize(
    "name", ["KIE_API_URL", "KIE_UPLOAD_URL", "KAIMEDIA_PUBLIC_URL", "KAIMEDIA_SANDBOX_URL", "KAIMEDIA_MEDIA_URL"]
)
@pytest.mark.parametrize("scheme", ["http", "ftp"])
def test_doctor_masks_logins_in_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, scheme: str
) -> None:
    for setting, value in {**settings(tmp_path), "KIE_API_KEY": "some-key-12345"}.items():
        monkeypatch.setenv(setting, value)
    for login in ("user:canary", "canary", "user:first@canary/"):
        monkeypatch.setenv(name, f"{scheme}://{login}@127.0.0.1:1")
        examine()
        output = capsys.readouterr()
        assert "canary" not in output.out + output.err, output.out
        assert "127.0.0.1:1" in output.out


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"KAIMEDIA_ACCESS": "all"}, "KAIMEDIA_ACCESS"),
        ({"KAIMEDIA_DATABASE_URL": "mysql://x/y"}, "SQLite or PostgreSQL"),
        ({"KAIMEDIA_DATABASE_URL": "postgresql://u:canary@127.0.0.1:1/x"}, "→"),
        ({"KAIMEDIA_PROVIDER": "kie"}, "No kie.ai key is set"),
        ({"KAIMEDIA_PROVIDR": "kie"}, "Check the spelling"),
        ({"KAIMEDIA_DISK": "temporary"}, "✗ disk: This host erases its disk when the app sleeps or restarts."),
        ({"KIE_API_KEY": "some-key-12345", "KIE_API_URL": "http://127.0.0.1:1"}, "is not responding"),
    ],
)
def test_doctor_says_what_is_wrong(doctor: Doctor, tmp_path: Path, wrong: dict[str, str], message: str) -> None:
    found = doctor({**settings(tmp_path), **wrong})
    assert found.returncode == 1
    assert message in found.stdout and "Traceback" not in found.stderr and "canary" not in found.stdout


@pytest.mark.parametrize("how", ["streamlit", pytest.param("uvicorn", marks=pytest.mark.exhaustive), "python"])
def test_the_ways_to_start(tmp_path: Path, how: str) -> None:
    port = str(free_port())
    address = ["--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true"]
    command = {
        "streamlit": ["-m", "streamlit", "run", "app.py", *address],
        "uvicorn": ["-m", "uvicorn", "app:app", "--port", port],
        "python": ["app.py"],
    }[how]
    environment = settings(tmp_path, STREAMLIT_SERVER_PORT=port, STREAMLIT_SERVER_HEADLESS="true")
    with (tmp_path / "log").open("wb") as log:
        app = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/_stcore/health")
        wait_until_served(f"http://127.0.0.1:{port}/app/static/mark.svg")
        wait_for((tmp_path / "k.db").exists, "the engine, which starts with the server")
        app.send_signal(signal.SIGTERM)
        assert app.wait(10) in (0, -signal.SIGTERM)
    finally:
        app.kill()
        app.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_readme_commands_are_marked_and_one_line_each() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("run", "test"):
        (block,) = re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)\n```", text, re.DOTALL)
        assert "\n" not in block and block.strip()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_a_broken_configuration_leaves_pages_that_say_why(tmp_path: Path) -> None:
    port = str(free_port())
    command = ["-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    command += ["--server.address=127.0.0.1"]
    environment = {**settings(tmp_path), "KAIMEDIA_DATABASE_URL": "mysql://u:canary@h/x"}
    with (tmp_path / "log").open("wb") as log:
        app = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/")
        wait_for(lambda: "cannot open" in (tmp_path / "log").read_text(), "the reason in the log")
    finally:
        app.kill()
        app.wait()
    assert "canary" not in (tmp_path / "log").read_text()


def test_an_invalid_setting_is_named_to_visitors_and_in_one_line_of_the_log(tmp_path: Path) -> None:
    said = "KAIMEDIA_ACCESS must be local, login or open."
    port = str(free_port())
    command = ["-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    with (tmp_path / "log").open("wb") as log:
        environment = settings(tmp_path, KAIMEDIA_ACCESS="opne")
        app = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/healthz")
        wait_for(lambda: "cannot open" in (tmp_path / "log").read_text(), "the reason in the log")
        headers = {"X-Forwarded-For": "203.0.113.9", "Accept": "text/html"}
        page = requests.get(f"http://127.0.0.1:{port}/", headers=headers, timeout=20).text
    finally:
        app.kill()
        app.wait()
    assert "The settings have an error" in page and said in page and "not open to others" not in page
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if "KAIMEDIA_ACCESS" in line]
    assert len(lines) == 1 and re.match(rf"[0-9T:-]{{19}}Z ERROR +kaimedia  cannot open: {said}", lines[0]), lines


def test_doctor_says_who_may_use_the_app(doctor: Doctor, tmp_path: Path) -> None:
    assert "access: local: only this machine" in doctor(settings(tmp_path)).stdout
    empty = doctor(settings(tmp_path, KAIMEDIA_ACCESS="login"))
    assert empty.returncode == 1 and "the list is empty" in empty.stdout
    some = doctor(settings(tmp_path, KAIMEDIA_ACCESS="login", KAIMEDIA_ALLOWED_EMAILS="a@example.com"))
    assert some.returncode == 0 and "1 on the list" in some.stdout
