"""The commands that read files, on media in a bucket."""

from __future__ import annotations

from pathlib import Path

import obstore
import pytest

from tests.cli.conftest import Cli
from tests.faulty_proxy import Fault
from tests.s3 import Bucket

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]


@pytest.fixture
def media_settings(bucket: Bucket) -> dict[str, str]:
    return bucket.settings()


def contents(bucket: Bucket) -> dict[str, bytes]:
    names = [meta["path"] for page in obstore.list(bucket.store()) for meta in page]
    return {name: bytes(obstore.get(bucket.store(), name).bytes()) for name in names}


def test_results_are_copied_and_backed_up(cli: Cli, tmp_path: Path, bucket: Bucket) -> None:
    task = cli("generate", "a boat", "--wait", "--json").document
    assert cli("get", task["task_id"], "-o", str(tmp_path / "x.png")).code == 0
    found = contents(bucket)
    assert (tmp_path / "x.png").read_bytes() == found[Path(task["result_urls"][0]).name]
    backup = tmp_path / "backup"
    first = cli("backup", "--to", str(backup), "--json").document["files"]["media"]
    assert first["new"] == len(found) and first["already_there"] == 0
    assert {path.name: path.read_bytes() for path in (backup / "media").iterdir()} == found
    second = cli("backup", "--to", str(backup), "--json").document["files"]["media"]
    assert (second["new"], second["already_there"]) == (0, len(found))


def findings(cli: Cli, *options: str) -> dict[str, tuple[bool, str]]:
    document = cli("doctor", "--json", *options).document
    assert "test-secret" not in str(document)
    return {each["what"]: (each["is_well"], each["detail"]) for each in document["findings"]}


def test_doctor(cli: Cli, bucket: Bucket) -> None:
    task = cli("generate", "a boat", "--wait", "--json").document
    is_well, detail = findings(cli)["media storage"]
    assert is_well and bucket.url in detail and "free for temporary files" in detail
    assert findings(cli)["clock of the media storage"] == (True, "agrees with this machine’s, within a few seconds")
    assert findings(cli, "--deep")["files"][0]
    name = Path(task["result_urls"][0]).name
    size = len(contents(bucket)[name])
    obstore.put(bucket.store(), name, bytes(size))
    assert findings(cli)["files"][0], "the size is the same"
    is_well, detail = findings(cli, "--deep")["files"]
    assert not is_well and "1 changed" in detail
    obstore.delete(bucket.store(), name)
    assert "1 missing" in findings(cli)["files"][1]
    bucket.proxy.always(Fault(status=403))
    found = findings(cli, "--deep")
    assert not found["media storage"][0] and "refuses the key" in found["media storage"][1]
    assert "clock of the media storage" not in found
    assert not found["files"][0] and "missing" not in found["files"][1]


def test_doctor_tries_a_signed_link(cli: Cli, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "media links" not in findings(cli)
    monkeypatch.setenv("KAIMEDIA_MEDIA_LINKS", "signed")
    is_well, detail = findings(cli)["media links"]
    assert is_well and bucket.proxy.address in detail
    bucket.proxy.fault_of = lambda method, path: Fault(status=403) if "X-Amz-Signature" in path else None
    is_well, detail = findings(cli)["media links"]
    assert not is_well and "status 403" in detail
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", str(tmp_path / "media"))
    is_well, detail = findings(cli)["media links"]
    assert is_well and "the app streams" in detail


def test_a_missing_file_is_named(cli: Cli, tmp_path: Path, bucket: Bucket) -> None:
    task = cli("generate", "a boat", "--wait", "--json").document
    obstore.delete(bucket.store(), Path(task["result_urls"][0]).name)
    result = cli("get", task["task_id"], "-o", str(tmp_path / "x.png"))
    assert result.code != 0 and "no longer in the media storage" in result.err
