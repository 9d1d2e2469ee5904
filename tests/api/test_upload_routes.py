"""Image uploads over HTTP, and the tasks that use them."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import InputKind, Phase
from kaimedia.media import uploads
from tests import media_samples
from tests.api.conftest import TOKEN, ask, is_problem, make_client, with_token
from tests.conftest import housekeeping_of, wait_for_phase

FORM = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--b--\r\n'


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def send(client: TestClient, body: Any = None, kind: str = "image/png", **headers: str) -> Any:
    content = image() if body is None else body
    return client.post("/api/uploads", content=content, headers={"Content-Type": kind, **headers})


def kept(config: Config) -> list[Path]:
    return [path for path in (config.data_folder / "uploads").rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_bytes_say_what_it_is(idle: tuple[TestClient, AppContext], kind: str) -> None:
    client, context = idle
    data = image(kind)
    for answer in (
        send(client, data, "image/png"),
        send(client, data, "application/x-www-form-urlencoded"),
        client.post("/api/uploads", files={"image": ("a.exe", data, "text/plain")}, data={"note": "x"}),
    ):
        assert answer.status_code == 201, answer.text
        found = answer.json()
        assert found["mime_type"] == f"image/{kind.lower()}"
        assert (found["width_px"], found["height_px"], found["size_bytes"]) == (40, 30, len(data))
    assert len(kept(context.config)) == 3
    assert {path.stat().st_mode & 0o777 for path in kept(context.config)} == {0o600}


@pytest.mark.parametrize(
    ("data", "kind", "mime_type", "seconds", "pixels"),
    [
        (media_samples.video(3.0), "video", "video/mp4", 3.0, (64, 48)),
        (media_samples.wav(2.0), "audio", "audio/wav", 2.0, (None, None)),
        (media_samples.sound("mp4", 2.0), "audio", "audio/mp4", 2.0, (None, None)),
    ],
    ids=["mp4", "wav", "m4a"],
)
def test_videos_and_sound_are_measured(
    idle: tuple[TestClient, AppContext],
    data: bytes,
    kind: str,
    mime_type: str,
    seconds: float,
    pixels: tuple[int | None, int | None],
) -> None:
    answer = idle[0].post("/api/uploads", files={"file": ("a.bin", data, "text/plain")})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["kind"], found["mime_type"], found["has_sound"]) == (kind, mime_type, kind == "audio")
    assert found["duration_s"] == pytest.approx(seconds, abs=0.1)
    assert (found["width_px"], found["height_px"]) == pixels


def test_a_video_of_a_type_no_model_takes(idle: tuple[TestClient, AppContext]) -> None:
    for data in (b"FLV\x01" + bytes(9000), media_samples.video(1.0)[:-200], b"ID3" + bytes(100)):
        is_problem(send(idle[0], data, "video/mp4"), 415, "unsupported_media")
    assert kept(idle[1].config) == []


def test_an_upload_is_the_reference_of_a_task(client: TestClient, context: AppContext) -> None:
    upload_id = send(client, image("WEBP")).json()["upload_id"]
    # Kling takes no WebP: it is converted as a chosen file would be.
    for fields in ({"kind": "videos", "model": "kling-2.5-turbo"}, {}):
        task = wait_for_phase(context, ask(client, **fields, image_upload_id=upload_id)["task_id"], Phase.DONE)
        assert task.request.references and task.request.references[0].filename
    client.delete(f"/api/uploads/{upload_id}")
    again = ask(client, "another")
    assert wait_for_phase(context, again["task_id"], Phase.DONE)
    is_problem(client.delete(f"/api/uploads/{upload_id}"), 404, "not_found")
    body = {"prompt": "x", "image_upload_id": upload_id}
    is_problem(client.post("/api/images/generate", json=body), 404, "not_found")


def test_a_key_finds_its_task_after_the_upload_is_gone(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    upload_id = send(client).json()["upload_id"]
    body, headers = {"prompt": "x", "image_upload_id": upload_id}, {"Idempotency-Key": "a"}
    first = client.post("/api/images/generate", json=body, headers=headers).json()
    assert client.delete(f"/api/uploads/{upload_id}").json() == {"deleted": 1}
    assert client.post("/api/images/generate", json=body, headers=headers).json() == first


@pytest.mark.parametrize(
    ("body", "kind", "status", "code", "field"),
    [
        (b"", "image/png", 422, "invalid_request", "file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", 415, "unsupported_media", None),
        (image("GIF"), "image/png", 415, "unsupported_media", None),
        (image(size=(300, 300))[:-300], "image/png", 415, "unsupported_media", None),
        (b"{}", "application/json", 415, "unsupported_media", None),
        (b"x", "multipart/form-data", 422, "invalid_request", "body"),
        (FORM, "multipart/form-data; boundary=b", 422, "invalid_request", "file"),
    ],
    ids=["empty", "svg", "gif", "cut", "json", "no boundary", "no file"],
)
def test_what_is_not_taken_is_named_and_not_kept(
    idle: tuple[TestClient, AppContext], body: bytes, kind: str, status: int, code: str, field: str | None
) -> None:
    client, context = idle
    is_problem(send(client, body, kind), status, code, field)
    assert kept(context.config) == []


def test_too_many_pixels(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    out = io.BytesIO()
    Image.new("1", (8000, 7000)).save(out, "PNG")
    is_problem(send(client, out.getvalue()), 413, "too_large")
    assert kept(context.config) == []


def test_too_many_bytes(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    is_problem(send(client, b"x", **{"Content-Length": "999000000"}), 413, "too_large")
    asked: list[int] = []

    def endless() -> Iterator[bytes]:  # no Content-Length: the received bytes are counted
        yield image()
        for _ in range(2000):
            asked.append(1)
            yield b"\0" * 65536

    is_problem(send(client, endless()), 413, "too_large")
    form = {"image": ("a.png", image() + b"\0" * uploads.MOST_BYTES[InputKind.IMAGE], "image/png")}
    is_problem(client.post("/api/uploads", files=form), 413, "too_large")
    assert kept(context.config) == []


def test_all_uploads_together_have_a_cap(idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = idle
    monkeypatch.setattr(uploads, "MOST_BYTES_OF_ALL", 90)
    first = send(client).json()["upload_id"]
    is_problem(send(client), 507, "storage_full")
    client.delete(f"/api/uploads/{first}")
    assert send(client).status_code == 201


def test_an_upload_is_its_senders_alone(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> None:
    context = open_test_context(with_token(config), run_engine=False)
    use_context(context)
    other, _ = context.studio.tokens.create("another")
    with make_client(Authorization=f"Bearer {TOKEN}") as mine, make_client(Authorization=f"Bearer {other}") as theirs:
        upload_id = send(mine).json()["upload_id"]
        body = {"prompt": "x", "image_upload_id": upload_id}
        is_problem(theirs.post("/api/images/generate", json=body), 404, "not_found")
        is_problem(theirs.delete(f"/api/uploads/{upload_id}"), 404, "not_found")
        assert mine.post("/api/images/generate", json=body).status_code == 202
    with make_client() as nobody:
        is_problem(send(nobody), 401, "token_missing")


def test_what_is_not_used_for_a_day_goes(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    old, used, new = (send(client).json()["upload_id"] for _ in range(3))
    day = uploads.RETENTION.total_seconds()
    for path in kept(context.config):
        if not path.name.startswith(new):
            then = time.time() - day + (60 if path.name.startswith(used) else -60)
            os.utime(path, (then, then))
    is_problem(client.delete(f"/api/uploads/{old}"), 404, "not_found")
    ask(client, image_upload_id=used)  # which adds another day
    stale = context.config.data_folder / "uploads" / ".incoming" / "left"
    stale.write_bytes(b"x")
    os.utime(stale, (0, 0))
    housekeeping_of(context)()
    assert {path.name[:32] for path in kept(context.config)} == {used, new}
    assert min(time.time() - path.stat().st_mtime for path in kept(context.config)) < 60
    assert context.studio.uploads.sweep() == 0


def test_one_reference_at_a_time(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    upload_id = send(client).json()["upload_id"]
    for other in ({"image_url": "https://a/b.png"}, {"image_media_id": 1}):
        body = {"prompt": "x", "image_upload_id": upload_id, **other}
        is_problem(client.post("/api/images/generate", json=body), 422, "invalid_request", "body")
    for wrong in (upload_id.upper(), "../../secret.key", "0" * 31):
        body = {"prompt": "x", "image_upload_id": wrong}
        is_problem(client.post("/api/images/generate", json=body), 422, "invalid_request", "image_upload_id")


def test_another_method_is_refused_as_such(idle: tuple[TestClient, AppContext]) -> None:
    for method in ("PUT", "PATCH", "DELETE", "GET"):
        answer = idle[0].request(method, "/api/uploads", content=image(), headers={"Content-Type": "image/png"})
        is_problem(answer, 405, "method_not_allowed")
