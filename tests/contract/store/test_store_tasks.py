"""The life cycle of a task, guarded changes, and listings."""

from __future__ import annotations

from datetime import UTC

import pytest

from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    Modality,
    Phase,
    ProviderName,
    Reference,
    Role,
    Status,
    TaskChange,
)
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.creator import NewTask
from tests.contract.store.factories import NOW, REQUEST, SANDBOX, create_task, finish, later, move, saved, send


def test_a_request_is_stored_unchanged(stores: Stores) -> None:
    request = GenerationRequest(
        model="veo3_fast",
        prompt="ein Leuchtturm 🌊 'quoted' \"double\" 100%",
        aspect_ratio="16:9",
        duration_s=8,
        enhance=True,
        references=(Reference(filename="ab.png", media_id=17, role=Role.FIRST_FRAME),),
        params={"seeds": 5, "nested": {"list": [1, 2.5, None, True]}},
    )
    before = create_task(stores)
    task = stores.task_creator.create(
        NewTask(request, Modality.VIDEO, ProviderName.KIE, 2, 80.5), now=NOW, due_at=later(3), retry_of=before
    )
    assert task == stores.task_reader.get(task.task_id) == stores.task_reader.by_nonce(task.nonce)
    assert task.request == request
    assert (task.phase, task.status, task.due_at) == (Phase.PREPARING, Status.PENDING, later(3))
    assert (task.created_at, task.created_at.tzinfo, task.updated_at) == (NOW, UTC, NOW)
    assert (task.credits_estimated, task.retry_of, task.provider) == (80.5, before.task_id, ProviderName.KIE)
    assert len(task.task_id) == 32 and len(task.nonce) >= 32
    first, second = stores.media_reader.of_task(task.task_id)
    assert task.media_ids == (first.id, second.id)
    assert (first.variant, second.variant) == (0, 1)
    for item in (first, second):
        assert (item.status, item.prompt, item.model) == (Status.PENDING, request.prompt, "veo3_fast")
        assert (item.media_type, item.duration_s, item.parent_id) == (Modality.VIDEO, 8, 17)
        assert (item.provider, item.params, item.created_at) == (ProviderName.KIE, request.params, NOW)


def test_a_task_without_reference_is_queued_immediately(stores: Stores) -> None:
    task = create_task(stores)
    assert (task.phase, task.due_at, task.request.params) == (Phase.QUEUED, NOW, REQUEST.params)
    with pytest.raises(ValueError, match="at least one"):
        create_task(stores, n_media=0)


def test_a_complete_life_cycle(stores: Stores) -> None:
    task = create_task(stores, n_media=3)
    (task,) = stores.task_claims.claim_to_send("a", later(1), 30, 1, provider=SANDBOX)
    accepted = {"phase": Phase.WAITING, "provider_task_id": "p-1", "accepted_at": later(2), "due_at": later(5)}
    task = stores.task_updater.change(
        TaskChange(task.task_id, frozenset({Phase.SENDING}), accepted, owner="a"), later(2)
    )
    assert stores.task_claims.owners() == set()
    (task,) = stores.task_claims.claim("a", later(5), 30, {Phase.WAITING}, 1)
    task = move(stores, task, Phase.GENERATING, now=later(5), progress=0.1, note="working")
    assert (task.progress, task.note, task.updated_at) == (0.1, "working", later(5))
    urls = ("https://cdn.example/1", "https://cdn.example/2")
    task = move(stores, task, Phase.SAVING, now=later(6), result_urls=urls, provider_done_at=later(6), progress=1.0)
    assert task.result_urls == urls
    for variant in (0, 2):
        item = stores.task_results.save(task.task_id, variant, saved(f"{variant}.png"), later(7))
        assert (item.variant, item.status, item.completed_at) == (variant, Status.COMPLETED, later(7))
    assert stores.task_reader.get(task.task_id).updated_at == later(7)
    task = move(stores, task, Phase.DONE, now=later(8), due_at=None, note=None, credits_actual=6.0)
    assert task.due_at is None and task.status is Status.COMPLETED
    assert (task.completed_at, task.note, task.credits_actual) == (later(8), None, 6.0)
    states = [(item.status, item.error_message) for item in stores.media_reader.of_task(task.task_id)]
    assert states[0] == states[2] == (Status.COMPLETED, None)
    assert states[1] == (Status.FAILED, "The provider returned fewer results than requested")


def test_more_results_than_asked_for_get_rows(stores: Stores) -> None:
    task = send(stores, "p")
    video = saved("1.mp4", mime_type="video/mp4", duration_s=7.6, poster_name="1_poster.jpg")
    extra = stores.task_results.save(task.task_id, 1, video, later(1))
    assert (extra.variant, extra.prompt, extra.params) == (1, REQUEST.prompt, REQUEST.params)
    assert (extra.duration_s, extra.filename, extra.poster_path) == (8, "1.mp4", "1_poster.jpg")
    assert (extra.width_px, extra.height_px, extra.size_bytes) == (1536, 1024, 1000)
    assert (extra.sha256, extra.mime_type, extra.colors) == ("ab" * 32, "video/mp4", "aabbccddeeff")
    assert extra.thumbnail_path and extra.thumbnail_large_path
    assert stores.task_reader.get(task.task_id).media_ids == (*task.media_ids, extra.id)
    again = stores.task_results.save(task.task_id, 1, saved("other.png"), later(2))
    assert again == extra, "the first file kept wins"
    with pytest.raises(NotFound):
        stores.task_results.save("nobody", 0, saved(), NOW)


def test_failing_and_going_on_carry_the_media_along(stores: Stores) -> None:
    task = send(stores, "p", n_media=2)
    stores.task_results.save(task.task_id, 0, saved(), NOW)
    failed = move(stores, task, Phase.FAILED, error_code=ErrorCode.NOT_SAVED, error_message="disk full")
    assert (failed.status, failed.error_code) == (Status.FAILED, ErrorCode.NOT_SAVED)
    kept, lost = stores.media_reader.of_task(task.task_id)
    assert (kept.status, kept.error_message) == (Status.COMPLETED, None)
    assert (lost.status, lost.error_message) == (Status.FAILED, "disk full")
    dismissed = stores.task_updater.change(
        TaskChange(task.task_id, frozenset({Phase.FAILED}), {"dismissed_at": later(1)}), later(1)
    )
    assert (dismissed.dismissed_at, dismissed.error_message) == (later(1), "disk full")
    again = move(stores, task, Phase.SAVING, due_at=later(2))
    assert (again.status, again.error_code, again.error_message) == (Status.PROCESSING, None, None)
    assert again.dismissed_at is None
    assert [item.status for item in stores.media_reader.of_task(task.task_id)] == [Status.COMPLETED, Status.PROCESSING]
    assert stores.media_reader.of_task(task.task_id)[1].error_message is None
    queued = move(stores, task, Phase.QUEUED)
    assert queued.status is stores.media_reader.of_task(task.task_id)[1].status is Status.PENDING


def test_a_change_that_comes_too_late_changes_nothing(stores: Stores) -> None:
    task = send(stores, "p")
    with pytest.raises(StaleTransition, match="now waiting"):
        stores.task_updater.change(
            TaskChange(task.task_id, frozenset({Phase.QUEUED}), {"phase": Phase.FAILED}), later(1)
        )
    assert stores.task_reader.get(task.task_id) == task
    with pytest.raises(NotFound):
        stores.task_updater.change(TaskChange("nobody", frozenset(Phase), {"note": "x"}), NOW)
    for name in ("nonsense", "status", "task_id", "media_ids", "id"):
        with pytest.raises(ValueError, match=name):
            stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), {name: "x"}), NOW)


def test_a_worker_that_lost_its_lease_changes_nothing(stores: Stores) -> None:
    task = send(stores, "p")
    stores.task_claims.claim("slow", NOW, 10, {Phase.WAITING}, 1)
    stores.task_claims.claim("quick", later(10), 10, {Phase.WAITING}, 1)
    late = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"progress": 0.2}, owner="slow", keep_lease=True)
    with pytest.raises(StaleTransition):
        stores.task_updater.change(late, later(11))
    held = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"progress": 0.3}, owner="quick", keep_lease=True)
    assert stores.task_updater.change(held, later(11)).progress == 0.3
    assert stores.task_claims.owners() == {"quick"}
    other = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"progress": 0.4}, owner="quick")
    assert stores.task_updater.change_many([other], later(12)) == {task.task_id}
    assert stores.task_claims.owners() == set()


def test_many_changes_leave_the_stale_ones_out(stores: Stores) -> None:
    sent = [send(stores, f"p{place}") for place in range(4)]
    move(stores, sent[1], Phase.SAVING)
    changes = [
        TaskChange(task.task_id, frozenset({Phase.WAITING}), {"phase": Phase.GENERATING, "progress": 0.5})
        for task in sent[:3]
    ]
    changes.append(TaskChange(sent[3].task_id, frozenset({Phase.WAITING}), {"provider_task_id": "p0"}))
    assert stores.task_updater.change_many(changes, later(9)) == {sent[0].task_id, sent[2].task_id}
    assert [stores.task_reader.get(task.task_id).phase for task in sent] == [
        Phase.GENERATING,
        Phase.SAVING,
        Phase.GENERATING,
        Phase.WAITING,
    ]
    assert stores.task_reader.get(sent[0].task_id).updated_at == later(9)
    assert stores.task_updater.change_many([], NOW) == set()


def test_pages_go_through_everything_once(stores: Stores) -> None:
    # Three at each moment: the id has to decide.
    created = [create_task(stores, now=later(place // 3)) for place in range(11)]
    expected = [task.task_id for task in reversed(created)]
    for limit in (1, 2, 3, 4, 11, 50):
        seen: list[str] = []
        cursor = None
        while True:
            page = stores.task_reader.page(limit=limit, cursor=cursor)
            assert page.total == 11 and len(page.items) <= limit
            seen += [task.task_id for task in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == expected
    move(stores, created[4], Phase.WAITING)
    assert [task.task_id for task in stores.task_reader.page(status=Status.PROCESSING).items] == [created[4].task_id]
    for bad in ("", "nonsense", "WyJtZWRpYSIsIDEsIDJd", "é"):
        with pytest.raises(InvalidRequest) as raised:
            stores.task_reader.page(cursor=bad)
        assert raised.value.field == "cursor"


def test_new_rows_do_not_move_the_next_page(stores: Stores) -> None:
    created = [create_task(stores, now=later(place)) for place in range(4)]
    page = stores.task_reader.page(limit=2)
    create_task(stores, now=later(100))
    following = stores.task_reader.page(limit=2, cursor=page.next_cursor)
    assert [task.task_id for task in following.items] == [created[1].task_id, created[0].task_id]
    assert (following.total, following.next_cursor) == (5, None)


def test_what_is_shown_and_what_is_done(stores: Stores) -> None:
    queued = create_task(stores, now=later(1))
    done = finish(stores, "done", now=later(2))
    failed = move(stores, send(stores, "f", now=later(3)), Phase.FAILED, error_code=ErrorCode.MODERATED)
    move(stores, send(stores, "d", now=later(4)), Phase.FAILED, error_code=ErrorCode.CANCELLED, dismissed_at=later(4))
    deleted = finish(stores, "deleted", now=later(5))
    stores.trash.delete(deleted.media_ids, later(6))
    assert [task.task_id for task in stores.task_reader.shown()] == [failed.task_id, queued.task_id]
    assert [task.task_id for task in stores.task_reader.shown(limit=1)] == [failed.task_id]
    assert [task.task_id for task in stores.task_reader.recent_done(5)] == [done.task_id]
    assert stores.task_reader.recent_ends(5) == {done.task_id: done.completed_at}
    counts = stores.task_reader.counts()
    assert {phase: number for phase, number in counts.items() if number} == {
        Phase.QUEUED: 1,
        Phase.DONE: 2,
        Phase.FAILED: 2,
    }
    assert set(counts) == set(Phase)
    assert stores.task_reader.get(deleted.task_id).media_ids == ()
    with pytest.raises(NotFound):
        stores.task_reader.get("nobody")
    latest = finish(stores, "latest", now=later(7))
    assert [task.task_id for task in stores.task_reader.recent_done(1)] == [latest.task_id]
    assert stores.task_reader.recent_ends(1) == {latest.task_id: latest.completed_at}


def test_nothing_waits_in_an_empty_store(stores: Stores) -> None:
    assert (
        stores.task_schedule.next_due_at() is None
        and stores.task_reader.shown() == []
        and stores.task_reader.page().items == ()
    )


def test_unfinished_tasks_are_counted_by_phase(stores: Stores) -> None:
    create_task(stores)
    send(stores, "sent")
    finish(stores, "finished")
    every, unfinished = stores.task_reader.counts(), stores.task_reader.unfinished_counts()
    assert unfinished == {phase: number for phase, number in every.items() if phase not in (Phase.DONE, Phase.FAILED)}
    assert sum(unfinished.values()) == 2 and every[Phase.DONE] == 1
