"""Results and uploads: bytes, links, ranges, and how long they last."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from urllib.parse import urlsplit

import av
import pytest
import requests
from PIL import Image

from tests.contract.sandbox.wire import KLING_IMAGE, Wire

PIXELS = io.BytesIO()
Image.new("RGB", (8, 8), (200, 30, 30)).save(PIXELS, "PNG")
PNG = PIXELS.getvalue()


def test_small_media_are_real_and_differ_by_task(wire: Wire) -> None:
    first = wire.finish("gpt4o", "same", nVariants=2)["response"]["resultUrls"]
    second = wire.finish("gpt4o", "same")["response"]["resultUrls"]
    contents = {wire.get(url).content for url in (*first, *second)}
    assert len(contents) == 3
    for content in contents:
        Image.open(io.BytesIO(content)).load()
    videos = [wire.get(wire.finish("veo", "same")["response"]["resultUrls"][0]) for _ in range(2)]
    assert videos[0].content != videos[1].content
    assert videos[0].headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(videos[0].content)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in container.decode(video=0)) == 12


def test_links_follow_the_host_the_client_used(wire: Wire) -> None:
    task_id = wire.create("runway", "through another name")
    wire.clock.advance(30)
    named = wire.url.replace("127.0.0.1", "localhost")
    record = wire.get(f"{named}/api/v1/runway/record-detail", params={"taskId": task_id}).json()["data"]
    assert record["videoInfo"]["videoUrl"].startswith(named + "/")


def test_links_with_and_without_extension_answer_alike(wire: Wire) -> None:
    for url in (
        wire.finish("runway", "no ending")["videoInfo"]["videoUrl"],
        wire.finish("veo", "an ending")["response"]["resultUrls"][0],
    ):
        bare = url.removesuffix(".mp4")
        assert wire.get(bare).content == wire.get(bare + ".mp4").content
        assert wire.get(bare).headers["content-type"] == "video/mp4"


def test_ranges_and_heads(wire: Wire) -> None:
    url = wire.finish("veo", "in pieces")["response"]["resultUrls"][0]
    whole = wire.get(url).content
    for requested, start, end in (("bytes=0-9", 0, 10), ("bytes=10-", 10, len(whole)), ("bytes=-5", -5, len(whole))):
        part = wire.get(url, headers={"Range": requested})
        assert (part.status_code, part.content) == (206, whole[start:end])
        assert part.headers["content-range"].endswith(f"/{len(whole)}")
    assert wire.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    head = wire.session.head(url, timeout=5)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole)))


def test_there_is_nothing_before_the_end_and_nothing_beside_it(wire: Wire) -> None:
    task_id = wire.create("gpt4o", "not yet")
    assert wire.get(f"/images/{task_id}_0.png").status_code == 404
    wire.clock.advance(30)
    assert wire.get(f"/images/{task_id}_0.png").status_code == 200
    for name in (f"{task_id}_1.png", f"{task_id}_1080p", f"{task_id}.png", "..%2f..%2fetc%2fpasswd"):
        assert wire.get(f"/images/{name}").status_code == 404


def test_signed_links_last_twenty_minutes(wire: Wire) -> None:
    record = wire.finish("gpt4o", "to be signed")
    url = record["response"]["resultUrls"][0]
    common = wire.post("/api/v1/common/download-url", json={"url": url}).json()["data"]
    payload = {"taskId": record["taskId"], "url": url}
    dedicated = wire.post("/api/v1/gpt4o-image/download-url", json=payload).json()["data"]
    for link in (common, dedicated):
        assert isinstance(link, str) and urlsplit(link).query
        assert wire.get(link).content == wire.get(url).content
    assert wire.get(common[:-1] + ("0" if common[-1] != "0" else "1")).status_code == 403
    wire.clock.advance(1201)
    assert wire.get(common).status_code == 403


def test_a_4o_download_link_needs_a_finished_task_and_its_own_link(wire: Wire) -> None:
    task_id = wire.create("gpt4o", "unfinished")
    payload = {"taskId": task_id, "url": f"{wire.url}/images/{task_id}_0.png"}
    early = wire.post("/api/v1/gpt4o-image/download-url", json=payload).json()
    assert early == {"code": 422, "msg": "record status is not success", "data": None}
    wire.clock.advance(30)
    assert wire.post("/api/v1/gpt4o-image/download-url", json=payload).json()["code"] == 200
    wrong = wire.post("/api/v1/gpt4o-image/download-url", json={**payload, "url": "https://example.com/x"}).json()
    assert wrong["msg"] == "url is wrong"


def test_results_are_gone_after_their_days(open_wire: Callable[..., Wire]) -> None:
    wire = open_wire(speed=10.0, retention_days=14.0)
    record = wire.finish("runway", "an old video")
    url = record["videoInfo"]["videoUrl"]
    wire.clock.advance(1.3 * 86400)
    assert wire.get(url).status_code == 200
    wire.clock.advance(0.2 * 86400)
    assert wire.get(url).status_code == 404
    old = wire.record("runway", record["taskId"])
    assert (old["expireFlag"], old["state"]) == (1, "success")


def _stored_bytes(wire: Wire, response: requests.Response) -> bytes:
    reply = response.json()
    assert (response.status_code, reply["code"], reply["success"]) == (200, 200, True)
    assert reply["msg"] == "File uploaded successfully"
    assert set(reply["data"]) == {
        "success", "fileName", "filePath", "downloadUrl", "fileSize", "mimeType", "uploadedAt",
    }  # fmt: skip
    assert reply["data"]["filePath"].startswith("kieai/")
    found = wire.get(reply["data"]["downloadUrl"])
    assert found.headers["content-type"] == reply["data"]["mimeType"]
    assert reply["data"]["fileSize"] == len(found.content)
    return found.content


def test_three_ways_to_upload(wire: Wire) -> None:
    raw = base64.b64encode(PNG).decode()
    for number, text in enumerate((raw, f"data:image/png;base64,{raw}")):
        payload = {"base64Data": text, "uploadPath": "images/user", "fileName": f"a{number}.png"}
        assert _stored_bytes(wire, wire.post("/api/file-base64-upload", json=payload)) == PNG
    sent = wire.post(
        "/api/file-stream-upload",
        files={"file": ("b.png", PNG, "image/png")},
        data={"uploadPath": "images", "fileName": "c.png"},
    )
    assert _stored_bytes(wire, sent) == PNG
    url = sent.json()["data"]["downloadUrl"]
    fetched = wire.post("/api/file-url-upload", json={"fileUrl": url, "uploadPath": "copies"})
    assert _stored_bytes(wire, fetched) == PNG
    assert fetched.json()["data"]["fileName"] == "c.png"


def test_the_type_follows_the_name_and_the_same_name_overwrites(wire: Wire) -> None:
    payload = {"base64Data": base64.b64encode(PNG).decode(), "uploadPath": "x", "fileName": "photo.jpg"}
    first = wire.post("/api/file-base64-upload", json=payload).json()["data"]
    assert first["mimeType"] == "image/jpeg"
    second = wire.post("/api/file-base64-upload", json={**payload, "base64Data": "aGk="}).json()["data"]
    assert second["downloadUrl"] == first["downloadUrl"]
    assert wire.get(first["downloadUrl"]).content == b"hi"
    nameless = wire.post("/api/file-base64-upload", json={**payload, "fileName": None}).json()["data"]
    assert nameless["fileName"] != "photo.jpg"


def test_upload_errors_are_http_errors(wire: Wire) -> None:
    good = {"base64Data": "aGk=", "uploadPath": "x"}
    for path, payload, status in (
        ("/api/file-base64-upload", {**good, "base64Data": "a-_b"}, 400),
        ("/api/file-base64-upload", {**good, "base64Data": "aGk =\n"}, 400),
        ("/api/file-base64-upload", {"base64Data": "aGk="}, 400),
        ("/api/file-base64-upload", {"uploadPath": "x"}, 400),
        ("/api/file-stream-upload", good, 400),
        ("/api/file-url-upload", {"fileUrl": "https://example.com/a.png", "uploadPath": "x"}, 500),
        ("/api/file-url-upload", {"fileUrl": "http://169.254.169.254/", "uploadPath": "x"}, 500),
    ):
        response = wire.post(path, json=payload)
        assert (response.status_code, response.json()["success"]) == (status, False), (path, payload)
    assert wire.get("/api/file-base64-upload").status_code == 405
    anonymous = requests.post(f"{wire.url}/api/file-base64-upload", json=good, timeout=5)
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, 401)


def test_uploads_are_gone_after_three_days(wire: Wire) -> None:
    payload = {"base64Data": "aGk=", "uploadPath": "x", "fileName": "old.png"}
    url = wire.post("/api/file-base64-upload", json=payload).json()["data"]["downloadUrl"]
    wire.clock.advance(2.9 * 86400)
    assert wire.get(url).status_code == 200
    wire.clock.advance(0.2 * 86400)
    assert wire.get(url).status_code == 404


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/none.png", "https://example.com/far.png", "http://10.0.0.1/inside.png"]
)
def test_a_reference_out_of_reach_fails_late_and_is_refunded(wire: Wire, url: str) -> None:
    prompt = f"from {url}"
    task_id = wire.create("market", prompt, model=KLING_IMAGE, image_url=url)
    assert wire.record("market", task_id)["state"] == "waiting"
    wire.clock.advance(30)
    record = wire.poll("market", task_id).json()["data"]
    assert record["state"] in ("fail", "generating")
    while record["state"] != "fail":  # the attempt to connect runs by the wall clock
        record = wire.record("market", task_id)
    assert "fetch the image" in record["failMsg"]
    assert wire.entry(prompt)["refunded"] == 42.0


def test_an_upload_serves_as_reference(wire: Wire) -> None:
    payload = {"base64Data": base64.b64encode(PNG).decode(), "uploadPath": "x", "fileName": "ref.png"}
    url = wire.post("/api/file-base64-upload", json=payload).json()["data"]["downloadUrl"]
    assert wire.finish("veo", "moves", imageUrls=[url])["response"]["resultUrls"]
    assert wire.finish("runway", "moves", imageUrl=url)["generateParam"]["imageUrl"] == url
