"""Inputs of tasks in a folder and in the media storage: which copy is used, and what a lost or new disk changes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import obstore
import pytest

from kaimedia.domain import InputKind, Reference
from kaimedia.errors import ResultExpired, StorageUnavailable, UnsafePath
from kaimedia.media.input_folder import InputFolder
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Files, Storage
from tests.faulty_proxy import Fault
from tests.s3 import Bucket
from tests.storages import EVERY_STORAGE, remote_place
from tests.stored import put
from tests.unit.media import samples

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]

ALLOWED = ("image/png", "video/mp4")
MOST_BYTES = 20_000_000


def named(data: bytes, ext: str = "png") -> str:
    return f"{hashlib.sha256(data).hexdigest()}.{ext}"


def put_input(files: Files, data: bytes) -> str:
    temp = files.new_temp()
    temp.write_bytes(data)
    files.put(temp, named(data))
    assert not temp.exists()
    return named(data)


@pytest.fixture(params=EVERY_STORAGE)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return InputFolder(tmp_path / "references")
    inputs = remote_place(request, request.param).storage(tmp_path).inputs
    assert inputs is not None
    return inputs


@pytest.mark.parametrize("size_bytes", [10, 11_000_000])
def test_files_by_name(files: Files, size_bytes: int) -> None:
    data = bytes(range(10)) * (size_bytes // 10)
    assert files.files() == {} and files.facts(named(data)) is None
    name = put_input(files, data)
    assert put_input(files, data) == name
    facts = files.facts(name)
    assert facts is not None and facts.size_bytes == size_bytes and files.files() == {name: facts}
    with files.open(name) as whole, files.open(name, 4) as part:
        assert whole.read() == data and part.read(5) == data[4:9]
    files.delete([name, named(b"none")])
    assert files.files() == {}
    with pytest.raises(ResultExpired):
        files.open(name)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return samples.video(tmp_path / "video.mp4")


@pytest.fixture
def storage(bucket: Bucket, tmp_path: Path) -> Storage:
    return bucket.storage(tmp_path / "data")


def references_in(folder: Path, storage: Storage) -> ReferenceStore:
    return ReferenceStore(folder, storage.inputs)


def add(references: ReferenceStore, data: bytes, kind: InputKind = InputKind.IMAGE) -> Reference:
    return references.add(data, allowed_mimes=ALLOWED, max_bytes=MOST_BYTES, kind=kind)


def test_another_disk_has_the_input(tmp_path: Path, storage: Storage, video: Path) -> None:
    first, second = references_in(tmp_path / "first", storage), references_in(tmp_path / "second", storage)
    image, film = add(first, samples.encoded("PNG")), add(first, video.read_bytes(), InputKind.VIDEO)
    for reference in (image, film):
        assert second.path(reference).read_bytes() == first.path(reference).read_bytes()
        assert second.thumbnail(reference) == first.thumbnail(reference)
        assert second.path(reference).stat().st_mode & 0o777 == 0o600
    assert storage.files() == {} and list((tmp_path / "second" / ".incoming").iterdir()) == []


def test_inputs_are_no_media(tmp_path: Path, storage: Storage) -> None:
    """Neither listed nor served with them, whatever lies between them in a listing."""
    add(references_in(tmp_path / "first", storage), samples.encoded("PNG"))
    names = [put(storage) for _ in range(6)]
    assert set(storage.files()) == set(names) and storage.missing(names) == set()
    with pytest.raises(UnsafePath):
        storage.open(f"references/{named(b'x')}")


@pytest.mark.parametrize("name", ["../x.png", "x.png", "", ".probe/x", named(b"x", "exe")])
def test_foreign_names(storage: Storage, tmp_path: Path, name: str) -> None:
    inputs = storage.inputs
    assert inputs is not None
    temp = inputs.new_temp()
    for use in (lambda: inputs.facts(name), lambda: inputs.open(name), lambda: inputs.put(temp, name)):
        with pytest.raises(UnsafePath):
            use()


def test_a_bucket_that_does_not_respond(tmp_path: Path, bucket: Bucket, storage: Storage) -> None:
    """Nothing is accepted that could be lost; what is on this disk can be used; nothing is reported missing."""
    first, second = references_in(tmp_path / "first", storage), references_in(tmp_path / "second", storage)
    image = add(first, samples.encoded("PNG"))
    bucket.proxy.always(Fault(status=403))
    with pytest.raises(StorageUnavailable):
        add(first, samples.encoded("PNG", image=samples.noise(50, 50)))
    assert first.path(image).is_file() and add(first, samples.encoded("PNG")) == image
    with pytest.raises(StorageUnavailable):
        second.path(image)
    bucket.proxy.well()
    assert second.path(image).is_file()
    storage.inputs.delete([image.filename or ""])  # type: ignore[union-attr]
    with pytest.raises(ResultExpired, match="no longer stored"):
        references_in(tmp_path / "third", storage).path(image)


def test_a_refused_upload_is_tried_again(tmp_path: Path, bucket: Bucket, storage: Storage) -> None:
    first, data = references_in(tmp_path / "first", storage), samples.encoded("PNG")
    bucket.proxy.fault_of = lambda method, path: Fault(status=403) if method == "PUT" else None
    with pytest.raises(StorageUnavailable):
        add(first, data)
    bucket.proxy.well()
    image = add(first, data)  # its file is on this disk already
    assert references_in(tmp_path / "second", storage).path(image).read_bytes() == data


def test_a_damaged_copy_is_not_used(tmp_path: Path, bucket: Bucket, storage: Storage) -> None:
    image = add(references_in(tmp_path / "first", storage), samples.encoded("PNG"))
    obstore.put(bucket.store(), f"references/{image.filename}", b"other")
    with pytest.raises(ResultExpired):
        references_in(tmp_path / "second", storage).path(image)
    assert list((tmp_path / "second").rglob("*.png")) == []


def test_a_folder_from_before_the_bucket_is_copied(
    tmp_path: Path, bucket: Bucket, storage: Storage, video: Path
) -> None:
    folder = tmp_path / "first"
    old = ReferenceStore(folder)
    images = [add(old, samples.encoded("PNG", image=samples.noise(20, 20 + at))) for at in range(3)]
    film = add(old, video.read_bytes(), InputKind.VIDEO)
    (folder / named(b"link")).symlink_to(folder / (images[0].filename or ""))
    now = references_in(folder, storage)
    assert add(now, old.path(images[0]).read_bytes()) == images[0]
    bucket.proxy.always(Fault(status=403))
    with pytest.raises(StorageUnavailable):
        now.copy_to_storage(60)
    bucket.proxy.well()
    assert not now.copy_to_storage(-1)
    assert now.copy_to_storage(60)
    assert storage.inputs is not None
    assert set(storage.inputs.files()) == {each.filename for each in (*images, film)}
    shutil.rmtree(folder)
    assert [now.path(each).is_file() for each in (*images, film)] == [True] * 4
    bucket.proxy.requests.clear()
    assert now.copy_to_storage(60) and bucket.proxy.requests == []
    assert ReferenceStore(folder).copy_to_storage(60)


def test_what_using_an_input_again_costs(tmp_path: Path, bucket: Bucket, storage: Storage) -> None:
    first, data = references_in(tmp_path / "first", storage), samples.encoded("PNG")
    image = add(first, data)
    bucket.proxy.requests.clear()
    assert add(first, data) == image and first.path(image).is_file()
    assert bucket.proxy.requests == []
