"""`media move` to and from a bucket: faults on the way, other settings."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import obstore
import pytest

from kaimedia.domain import Modality
from kaimedia.media import names, s3_clients
from tests.cli.conftest import Cli
from tests.cli.test_media_move import contents, error_of, move
from tests.faulty_proxy import Fault
from tests.s3 import Bucket
from tests.stored import AT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]
SMALL_BYTES, LARGE_BYTES = 20_000, 6_000_000  # more than one part


@pytest.fixture
def place(place: dict[str, str], bucket: Bucket) -> dict[str, str]:
    """The app stores in a folder and has the settings of a bucket."""
    return {**place, **bucket.options}


def objects(bucket: Bucket) -> dict[str, bytes]:
    found = [meta["path"] for page in obstore.list(bucket.store()) for meta in page]
    return {name: bytes(obstore.get(bucket.store(), name).bytes()) for name in found}


def add_files(folder: Path, number: int, size_bytes: int, seed: int) -> None:
    """Results in the folder that are in no row, with random content."""
    folder.mkdir(exist_ok=True)
    source = random.Random(seed)
    for _ in range(number):
        name = names.new_name(Modality.IMAGE, AT, "png", key=str(source.random()))
        (folder / name).write_bytes(source.randbytes(size_bytes))


def test_there_and_back(cli: Cli, tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("generate", "a boat", "-n", "2", "--wait")
    cli("generate", "a kite", "-m", "veo3_fast", "-a", "16:9", "--wait")
    media = tmp_path / "media"
    add_files(media, 1, LARGE_BYTES, seed=1)
    before = contents(media)
    assert move(cli, bucket.url, "--dry-run").code == 0 and objects(bucket) == {}
    assert move(cli, bucket.url).code == 0
    assert objects(bucket) == contents(media) == before and list((tmp_path / "data" / ".incoming").iterdir()) == []
    bucket.proxy.requests.clear()
    again = move(cli, bucket.url, "--json").document["files"]["media"]
    assert (again["copied"], again["verified"]) == (0, len(before))
    read = [path for method, path in bucket.proxy.requests if method == "GET" and "list-type" not in path]
    assert read == [], "what was verified is not read again"

    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", bucket.url)
    assert move(cli, "--from", str(media), "--delete-source", "--yes").code == 0 and contents(media) == {}
    cli("generate", "a second boat", "--wait")
    assert cli("check").code == 1, "the large file is in no row"
    back = move(cli, str(media), "--json").document
    assert back["is_complete"] and contents(media) == objects(bucket) and len(contents(media)) == len(before) + 3
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", str(media))
    put_object(bucket, f"uploads/{'0' * 32}-{'1' * 32}.png", b"uploaded and never used")
    assert move(cli, "--from", bucket.url, "--delete-source", "--yes").code == 0 and objects(bucket) == {}


def test_inputs_move_too(cli: Cli, tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder has those that are used, a bucket all; what else a folder has stays there."""
    cli("generate", "a boat", "--wait")
    folder, data = tmp_path / "data" / "references", [b"one", b"two"]
    paths = [folder / f"{hashlib.sha256(each).hexdigest()}.png" for each in data]
    folder.mkdir()
    for path, each in zip(paths, data, strict=True):
        path.write_bytes(each)
    assert move(cli, bucket.url, "--json").document["files"]["references"]["copied"] == 2
    assert {f"references/{path.name}" for path in paths} < objects(bucket).keys()
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", bucket.url)
    paths[0].unlink()
    backed_up = cli("backup", "--to", str(tmp_path / "backup"), "--only", "files", "--json").document["files"]
    assert backed_up["references"]["new"] == 2
    own = folder / f"{hashlib.sha256(b'own').hexdigest()}.png"
    own.write_bytes(b"own")
    back = move(cli, str(tmp_path / "third"), "--json").document
    assert back["is_complete"] and [path.read_bytes() for path in (*paths, own)] == [*data, b"own"]


def test_between_servers_with_other_settings(
    cli: Cli, tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app's own settings do not open the bucket; those of the file do, before and after the switch."""
    cli("generate", "a boat", "--wait")
    good = tmp_path / "bucket.env"
    good.write_text("".join(f"{name}={value}\n" for name, value in bucket.options.items()))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-of-the-app")
    refused = move(cli, bucket.url, "--json")
    assert refused.code == 1 and error_of(refused)["code"] == "storage_unavailable"
    assert "wrong-secret-of-the-app" not in refused.out + refused.err
    result = move(cli, bucket.url, "--settings", str(good))
    assert result.code == 0 and len(objects(bucket)) == 3
    assert "test-secret" not in result.out + result.err
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", str(tmp_path / "third"))
    third = move(cli, "--from", bucket.url, "--settings", str(good), "--json").document
    assert third["is_complete"] and third["files"]["media"]["copied"] == 3


@pytest.mark.parametrize("spelling", ["endpoint", pytest.param("path", marks=pytest.mark.exhaustive)])
def test_one_place_under_two_spellings_is_refused(
    cli: Cli, tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """Another address of the same server is not another place; for the inputs neither."""
    cli("generate", "a boat", "--wait")
    move(cli, bucket.url)
    put_object(bucket, f"references/{hashlib.sha256(b'one').hexdigest()}.png", b"one")
    before = objects(bucket)
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", bucket.url)
    options = dict(bucket.options)
    address = options["AWS_ENDPOINT_URL"]
    if spelling == "endpoint":
        options["AWS_ENDPOINT_URL"] = address.replace("127.0.0.1", "localhost")
    else:
        options["AWS_ENDPOINT_URL"] = f"{address}/"
    assert options["AWS_ENDPOINT_URL"] != address
    other = tmp_path / "other.env"
    other.write_text("".join(f"{name}={value}\n" for name, value in options.items()))
    for arguments in (["--from", bucket.url, "--delete-source", "--yes"], ["--from", bucket.url], [bucket.url]):
        refused = move(cli, *arguments, "--settings", str(other), "--json")
        assert refused.code == 2 and "already" in error_of(refused)["detail"], refused
        assert objects(bucket) == before


@pytest.mark.parametrize("is_inner", [True, pytest.param(False, marks=pytest.mark.exhaustive)])
def test_one_place_inside_the_other(cli: Cli, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, is_inner: bool) -> None:
    """Below the prefix of the other, also where the other has its inputs: nothing is lost."""
    outer, inner = bucket.url, f"{bucket.url}/references"
    source, target = (outer, inner) if is_inner else (inner, outer)
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", source)
    task = cli("generate", "a boat", "--wait", "--json").document
    name = f"references/{hashlib.sha256(b'one').hexdigest()}.png"
    put_object(bucket, name if is_inner else f"references/{name}", b"one")
    before = {path.rpartition("/")[2]: data for path, data in objects(bucket).items()}
    assert move(cli, target, "--merge").code == 0
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", target)
    assert move(cli, "--from", source, "--delete-source", "--yes").code == 0
    after = {path.rpartition("/")[2]: data for path, data in objects(bucket).items()}
    assert after == before and len(objects(bucket)) == len(before) == 4
    assert cli("get", task["task_id"], "--json").code == 0 and cli("check").code == 0


def put_object(bucket: Bucket, name: str, data: bytes) -> None:
    obstore.put(bucket.store(), name, data)


def test_a_corrupted_copy_is_found(cli: Cli, tmp_path: Path, bucket: Bucket) -> None:
    cli("generate", "a boat", "--wait")
    before = contents(tmp_path / "media")
    move(cli, bucket.url)
    for name, data in before.items():
        put_object(bucket, name, data[:-1] + bytes([data[-1] ^ 1]))
    again = move(cli, bucket.url, "--json").document["files"]["media"]
    assert again["copied"] == len(before) and objects(bucket) == before


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(cut_after_bytes=1000), id="cut"),
        pytest.param(Fault(reply_lost=True), id="reply_lost"),
        pytest.param(Fault(status=500), id="500", marks=pytest.mark.exhaustive),
        pytest.param(Fault(status=503), id="503", marks=pytest.mark.exhaustive),
    ],
)
def test_a_fault_now_and_then_is_overcome(cli: Cli, tmp_path: Path, bucket: Bucket, fault: Fault) -> None:
    add_files(tmp_path / "media", 6, SMALL_BYTES, seed=2)
    seen: dict[tuple[str, str], int] = {}

    def fault_of(method: str, path: str) -> Fault | None:
        """The first request of each kind for each object."""
        seen[method, path] = seen.get((method, path), 0) + 1
        return fault if ".png" in path and seen[method, path] == 1 else None

    bucket.proxy.fault_of = fault_of
    assert move(cli, bucket.url).code == 0
    assert objects(bucket) == contents(tmp_path / "media") and len(seen) > 12


def test_a_read_that_hangs_is_repeated(
    cli: Cli, tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_clients, "READ_TIMEOUT_S", 1.0)
    add_files(tmp_path / "media", 3, SMALL_BYTES, seed=10)
    hung: list[str] = []

    def hang_once(method: str, path: str) -> Fault | None:
        if hung or method != "GET" or ".png" not in path:
            return None
        hung.append(path)
        return Fault(hang=True)

    bucket.proxy.fault_of = hang_once
    assert move(cli, bucket.url).code == 0 and len(hung) == 1
    assert objects(bucket) == contents(tmp_path / "media")


def test_bytes_changed_on_the_way_never_count_as_moved(cli: Cli, tmp_path: Path, bucket: Bucket) -> None:
    add_files(tmp_path / "media", 3, SMALL_BYTES, seed=3)

    def change_uploads(method: str, path: str) -> Fault | None:
        return Fault(is_body_changed=True) if method == "PUT" and ".png" in path else None

    bucket.proxy.fault_of = change_uploads
    refused = move(cli, bucket.url, "--json")
    assert refused.code == 1 and objects(bucket) == {}
    bucket.proxy.well()
    assert move(cli, bucket.url).code == 0 and objects(bucket) == contents(tmp_path / "media")


@pytest.mark.parametrize("status", [403, pytest.param(404, marks=pytest.mark.exhaustive)])
def test_a_bucket_that_refuses_in_the_middle(cli: Cli, tmp_path: Path, bucket: Bucket, status: int) -> None:
    add_files(tmp_path / "media", 12, SMALL_BYTES, seed=4)
    puts: list[str] = []

    def fault_of(method: str, path: str) -> Fault | None:
        if method == "PUT" and ".png" in path:
            puts.append(path)
        return Fault(status=status) if len(puts) > 5 else None

    bucket.proxy.fault_of = fault_of
    refused = move(cli, bucket.url, "--json")
    error = error_of(refused)
    assert refused.code == 1 and error["code"] == "storage_unavailable"
    assert {403: "AWS_ACCESS_KEY_ID", 404: "no bucket “media”"}[status] in error["detail"]
    half = objects(bucket)
    everything = contents(tmp_path / "media")
    assert 0 < len(half) < 12 and half.items() <= everything.items() and len(everything) == 12
    bucket.proxy.well()
    assert move(cli, bucket.url).code == 0 and objects(bucket) == everything


def test_a_bucket_that_does_not_exist(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    refused = move(cli, "s3://no-such-bucket/kaimedia", "--json")
    assert refused.code == 1 and error_of(refused)["code"] == "storage_unavailable" and error_of(refused)["next_step"]
