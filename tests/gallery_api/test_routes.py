"""The gallery API: windows, id index, items, details, and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import BatchKind, Phase
from kaimedia.errors import StoreUnavailable
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.gallery_api.conftest import make_client


def ids(gallery_api: TestClient, **words: Any) -> list[int]:
    """The ids of a page; the id index of the same query must match."""
    page = gallery_api.get("page", params=words).json()
    id_index = gallery_api.get("index", params=words).json()
    listed = [item["id"] for item in page["items"]]
    assert list(accumulate(id_index["ids"])) == listed
    assert len(id_index["ratios"]) == id_index["total"] == len(listed)
    assert page["more"] is False
    return listed


def test_page_and_index_list_the_same_items(gallery_api: TestClient, context: AppContext, made: list[int]) -> None:
    first, second, video = made
    assert ids(gallery_api) == [video, second, first]
    assert ids(gallery_api, sort="oldest") == made
    assert ids(gallery_api, sort="longest") == [video, second, first]
    assert ids(gallery_api, kind="video") == [video]
    assert ids(gallery_api, q="pap") == [second, first]
    assert ids(gallery_api, model="veo3_fast", unknown="word") == [video]
    assert (
        ids(gallery_api, view="working") == []
        and ids(gallery_api, view="failed") == []
        and ids(gallery_api, view="trash") == []
    )
    context.studio.gallery.set_favorite([first], True)
    assert ids(gallery_api, fav="1") == [first]
    day = context.studio.gallery.get(first).created_at.date().isoformat()
    assert ids(gallery_api, **{"from": day, "to": day}) == [video, second, first]
    assert ids(gallery_api, to="2020-01-01") == [] and ids(gallery_api, **{"from": "2999-01-01"}) == []
    context.studio.collections.add_tags([second], ["Fox"])
    assert ids(gallery_api, tag="fox") == [second]
    collection = context.studio.collections.create("Best")
    context.studio.collections.add(collection.id, [first, video])
    assert ids(gallery_api, collection=collection.id) == [video, first]
    context.studio.gallery.delete([video])
    assert ids(gallery_api) == [second, first] and ids(gallery_api, view="trash") == [video]
    assert gallery_api.get("page", params={"view": "trash"}).json()["items"][0]["gone"] > 0


def test_the_index_says_where_months_begin(gallery_api: TestClient, context: AppContext, made: list[int]) -> None:
    month = context.studio.gallery.get(made[0]).created_at.strftime("%Y-%m")
    assert gallery_api.get("index").json()["months"] == [[month, 0]]
    assert gallery_api.get("index", params={"sort": "longest"}).json()["months"] == []


def test_items_come_in_the_order_asked_for(gallery_api: TestClient, context: AppContext, made: list[int]) -> None:
    first, second, video = made
    context.studio.gallery.delete([second])
    found = gallery_api.get("items", params={"ids": f"{second},{video},{first},999999,{video}"}).json()["items"]
    assert [item["id"] for item in found] == [second, video, first]
    gone, kite, fox = found
    assert gone["gone"] > gone["at"] and kite["gone"] == 0
    assert (kite["video"], kite["model"], kite["modelId"]) == (True, "Veo 3.1 Fast", "veo3_fast")
    assert kite["seconds"] == context.studio.gallery.get(video).duration_s
    item = context.studio.gallery.get(first)
    assert fox["thumb"] == f"static/media/{item.thumbnail_path}" and fox["file"] == f"static/media/{item.filename}"
    assert (fox["status"], fox["error"], fox["task"]) == ("completed", "", item.task_id)


def test_details_show_everything(gallery_api: TestClient, context: AppContext, made: list[int]) -> None:
    first, second, video = made
    context.studio.collections.add_tags([first], ["b", "A"])
    collection = context.studio.collections.create("Best")
    context.studio.collections.add(collection.id, [first])
    found = gallery_api.get("details", params={"id": first}).json()
    task = context.studio.tasks.get(context.studio.gallery.get(first).task_id)
    assert (found["task_id"], found["provider_task_id"]) == (task.task_id, task.provider_task_id)
    assert found["tags"] == ["A", "b"] and found["collections"] == [{"id": collection.id, "name": "Best"}]
    assert found["siblings"] == [first, second] and found["variants"] == 2
    assert found["credits"]["value"] > 0 and found["size_bytes"] > 0 and found["mime"].startswith("image/")
    assert found["asked_at"] <= found["saved_at"] and found["deleted_at"] is None and found["error"] is None
    assert found["prompt"] == "A paper fox" and found["inputs"] == []
    context.studio.gallery.delete([video])
    assert gallery_api.get("details", params={"id": video}).json()["deleted_at"] > 0
    context.studio.trash.empty()
    gone = gallery_api.get("details", params={"id": video})
    assert gone.status_code == 404 and set(gone.json()) == {"title", "next_step", "code"}


def test_the_comparison_it_was_made_in_and_the_models_record(
    gallery_api: TestClient, context: AppContext, made: list[int]
) -> None:
    found = gallery_api.get("details", params={"id": made[0]}).json()
    assert (found["comparison"], found["record"]) == (None, None)
    batches = context.studio.batches
    requests = [image_request("a boat"), image_request("a boat", model="z-image")]
    batch = batches.submit(BatchKind.COMPARISON, requests)
    wait_for(lambda: not batches.get(batch.id).is_active, "the comparison's end")
    winner, other = batches.tasks(batch.id)
    batches.vote(batch.id, winner.task_id)
    for task, record in ((winner, [1, 1]), (other, [0, 1])):
        media_id = context.studio.gallery.of_task(task.task_id)[0].id
        found = gallery_api.get("details", params={"id": media_id}).json()
        assert (found["comparison"], found["record"]) == (batch.id, record)
    many = batches.submit(BatchKind.PROMPTS, [image_request("a boat")])
    wait_for(lambda: not batches.get(many.id).is_active, "the batch's end")
    media_id = context.studio.gallery.of_task(batches.tasks(many.id)[0].task_id)[0].id
    assert gallery_api.get("details", params={"id": media_id}).json()["comparison"] is None


def test_what_failed_says_why_and_what_next(gallery_api: TestClient, context: AppContext) -> None:
    task = context.studio.tasks.submit(image_request("nothing good [fault:policy]"))
    failed = wait_for_phase(context, task.task_id, Phase.FAILED)
    (item,) = gallery_api.get("page", params={"view": "failed"}).json()["items"]
    assert item["status"] == "failed" and item["error"] == failed.error_message
    error = gallery_api.get("details", params={"id": item["id"]}).json()["error"]
    assert error["title"] == failed.error_message and error["next_step"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("page", {"kind": "sound"}),
        ("page", {"sort": "size"}),
        ("page", {"view": "attic"}),
        ("page", {"fav": "yes"}),
        ("page", {"from": "yesterday"}),
        ("page", {"to": "2026-13-01"}),
        ("page", {"to": "20261201"}),
        ("page", {"limit": "0"}),
        ("page", {"limit": "201"}),
        ("page", {"limit": "x"}),
        ("page", {"collection": "best"}),
        ("page", {"batch": "last"}),
        ("page", {"q": "x" * 201}),
        ("index", {"kind": "sound"}),
        ("items", {}),
        ("items", {"ids": ""}),
        ("items", {"ids": "1,,2"}),
        ("items", {"ids": "0"}),
        ("items", {"ids": "-1"}),
        ("items", {"ids": "2147483648"}),
        ("items", {"ids": "9" * 400}),
        ("items", {"ids": "١"}),
        ("items", {"ids": ",".join(map(str, range(1, 202)))}),
        ("details", {}),
        ("details", {"id": "one"}),
    ],
    ids=str,
)
def test_a_wrong_value_is_a_400_in_words(gallery_api: TestClient, path: str, words: dict[str, str]) -> None:
    answer = gallery_api.get(path, params=words)
    assert answer.status_code == 400, answer.text
    assert answer.headers["cache-control"] == "no-store"
    name = next(iter(words), "ids" if path == "items" else "id")
    assert f"“{name}”" in answer.json()["title"] and answer.json()["code"] == "invalid_request"


def test_odd_but_harmless_values(gallery_api: TestClient, made: list[int]) -> None:
    assert ids(gallery_api, q="\x00", tag="", collection="", to="9999-12-31") == list(reversed(made))
    assert ids(gallery_api, **{"from": "2026-12-31", "to": "2026-01-01"}) == []
    assert gallery_api.get("items", params={"ids": ",".join(map(str, range(1, 201)))}).status_code == 200


def test_only_reading_and_only_these_routes(gallery_api: TestClient) -> None:
    for path in ("page", "index", "items", "details"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = gallery_api.request(method, path)
            assert answer.status_code == 405 and "GET" in answer.headers["allow"], (method, path)
        assert not gallery_api.head(path, params={"ids": 1, "id": 1}).content
    assert gallery_api.get("archive").status_code == 405
    for path in ("", "nothing", "page/", "../gallery/x"):
        answer = gallery_api.get(f"http://127.0.0.1/app/gallery/{path}", follow_redirects=False)
        assert answer.status_code == 404 and answer.json()["code"] == "not_here", path


def test_answers_are_packed_where_that_is_asked_for(gallery_api: TestClient, made: list[int]) -> None:
    plain = gallery_api.get("index", headers={"Accept-Encoding": "identity"})
    packed = gallery_api.get("index", headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert plain.json() == packed.json() and packed.headers["vary"] == "Accept-Encoding"


def test_the_index_is_built_again_when_the_gallery_changed(
    gallery_api: TestClient, context: AppContext, made: list[int]
) -> None:
    calls: list[object] = []
    real = context.studio.gallery.id_index
    context.studio.gallery.id_index = lambda query: calls.append(query) or real(query)  # type: ignore[method-assign,func-returns-value]
    for _ in range(3):
        assert gallery_api.get("index").json()["total"] == 3
    assert len(calls) == 1
    context.studio.gallery.delete(made[:1])
    assert gallery_api.get("index").json()["total"] == 2 and len(calls) == 2


def test_where_people_sign_in_every_call_is_signed(
    config: Config,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = open_test_context(replace(config, access="login"), run_engine=False)
    use_context(context)
    monkeypatch.setattr(runtime.current, "access", None)
    with make_client() as client:
        calls = [("GET", "page"), ("GET", "index"), ("GET", "items?ids=1"), ("POST", "archive")]
        old = context.signer.query("gallery", 0.0)
        for key in ("", "until=99999999999&signature=00", old, context.signer.query("image.png")):
            for method, path in calls:
                answer = client.request(method, f"{path}{'&' if '?' in path else '?'}{key}", data={"ids": "1"})
                assert answer.status_code == 403 and answer.json()["code"] == "forbidden", (path, key)
        for method, path in calls:
            full = f"{path}{'&' if '?' in path else '?'}{runtime.gallery_key()}"
            assert client.request(method, full, data={"ids": "1"}).status_code == 200, path


def test_a_app_that_cannot_open_says_so(gallery_api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise StoreUnavailable("The database is locked.")

    monkeypatch.setattr(runtime, "studio", broken)
    answer = gallery_api.get("page")
    assert answer.status_code == 503 and answer.json()["title"] == "The database is locked."


def test_labels_are_the_tags_most_used_and_every_collection(
    gallery_api: TestClient, context: AppContext, made: list[int]
) -> None:
    assert gallery_api.get("labels").json() == {"tags": [], "collections": []}
    context.studio.collections.add_tags(made, ["Night"])
    context.studio.collections.add_tags(made[:1], ["Dawn"])
    collection = context.studio.collections.create("Best")
    known = gallery_api.get("labels").json()
    assert known == {"tags": ["Night", "Dawn"], "collections": [{"id": collection.id, "name": "Best"}]}
