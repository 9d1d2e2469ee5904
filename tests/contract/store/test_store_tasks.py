"""The life of a task, guarded changes, adoption, listings."""

from __future__ import annotations

from datetime import UTC

import pytest

from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    Modality,
    Phase,
    ProviderKind,
    Reference,
    Status,
    Task,
    TaskChange,
)
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.store.media import MediaStore
from kaimedia.store.tasks import TaskStore
from tests.contract.store.asking import NOW, REQUEST, SANDBOX, ask, finish, later, move, saved, send


def test_what_was_asked_comes_back_as_it_was(tasks: TaskStore, media: MediaStore) -> None:
    request = GenerationRequest(
        model="veo3_fast",
        prompt="ein Leuchtturm 🌊 'quoted' \"double\" 100%",
        aspect_ratio="16:9",
        duration_s=8,
        enhance=True,
        reference=Reference(filename="ab.png"),
        params={"seeds": 5, "nested": {"list": [1, 2.5, None, True]}},
    )
    task = tasks.create(
        request,
        modality=Modality.VIDEO,
        provider=ProviderKind.KIE,
        n_media=2,
        credits_estimated=80.5,
        now=NOW,
        due_at=later(3),
        retry_of="before",
        parent_media_id=17,
    )
    assert task == tasks.get(task.task_id) == tasks.by_nonce(task.nonce)
    assert task.request == request
    assert (task.phase, task.status, task.due_at) == (Phase.PREPARING, Status.PENDING, later(3))
    assert (task.created_at, task.created_at.tzinfo, task.updated_at) == (NOW, UTC, NOW)
    assert (task.credits_estimated, task.retry_of, task.provider) == (80.5, "before", ProviderKind.KIE)
    assert len(task.task_id) == 32 and len(task.nonce) >= 32
    first, second = media.of_task(task.task_id)
    assert task.media_ids == (first.id, second.id)
    assert (first.variant, second.variant) == (0, 1)
    for item in (first, second):
        assert (item.status, item.prompt, item.model) == (Status.PENDING, request.prompt, "veo3_fast")
        assert (item.media_type, item.duration_s, item.parent_id) == (Modality.VIDEO, 8, 17)
        assert (item.provider, item.params, item.created_at) == (ProviderKind.KIE, request.params, NOW)


def test_without_reference_a_task_is_queued_at_once(tasks: TaskStore) -> None:
    task = ask(tasks)
    assert (task.phase, task.due_at, task.request.params) == (Phase.QUEUED, NOW, REQUEST.params)
    with pytest.raises(ValueError, match="at least one"):
        ask(tasks, n_media=0)


def test_a_whole_life(tasks: TaskStore, media: MediaStore) -> None:
    task = ask(tasks, n_media=3)
    (task,) = tasks.claim_to_send("a", later(1), 30, 1, provider=SANDBOX)
    accepted = {"phase": Phase.WAITING, "provider_task_id": "p-1", "accepted_at": later(2), "due_at": later(5)}
    task = tasks.change(TaskChange(task.task_id, frozenset({Phase.SENDING}), accepted, owner="a"), later(2))
    assert tasks.owners() == set()
    (task,) = tasks.claim("a", later(5), 30, {Phase.WAITING}, 1)
    task = move(tasks, task, Phase.GENERATING, now=later(5), progress=0.1, note="working")
    assert (task.progress, task.note, task.updated_at) == (0.1, "working", later(5))
    urls = ("https://cdn.example/1", "https://cdn.example/2")
    task = move(tasks, task, Phase.SAVING, now=later(6), result_urls=urls, provider_done_at=later(6), progress=1.0)
    assert task.result_urls == urls
    for variant in (0, 2):
        item = tasks.save_result(task.task_id, variant, saved(f"{variant}.png"), later(7))
        assert (item.variant, item.status, item.completed_at) == (variant, Status.COMPLETED, later(7))
    assert tasks.get(task.task_id).updated_at == later(7)
    task = move(tasks, task, Phase.DONE, now=later(8), due_at=None, note=None, credits_actual=6.0)
    assert task.is_settled and task.status is Status.COMPLETED
    assert (task.completed_at, task.note, task.credits_actual) == (later(8), None, 6.0)
    states = [(item.status, item.error_message) for item in media.of_task(task.task_id)]
    assert states[0] == states[2] == (Status.COMPLETED, None)
    assert states[1] == (Status.FAILED, "The provider returned fewer results than asked for")


def test_more_results_than_asked_for_get_rows(tasks: TaskStore, media: MediaStore) -> None:
    task = send(tasks, "p")
    clip = saved("1.mp4", mime_type="video/mp4", duration_s=7.6, poster_name="1_poster.jpg")
    extra = tasks.save_result(task.task_id, 1, clip, later(1))
    assert (extra.variant, extra.prompt, extra.params) == (1, REQUEST.prompt, REQUEST.params)
    assert (extra.duration_s, extra.filename, extra.poster_path) == (8, "1.mp4", "1_poster.jpg")
    assert (extra.width_px, extra.height_px, extra.size_bytes) == (1536, 1024, 1000)
    assert (extra.sha256, extra.mime_type, extra.colors) == ("ab" * 32, "video/mp4", "aabbccddeeff")
    assert extra.thumbnail_path and extra.thumbnail_large_path
    assert tasks.get(task.task_id).media_ids == (*task.media_ids, extra.id)
    again = tasks.save_result(task.task_id, 1, saved("other.png"), later(2))
    assert again == extra, "the first file kept wins"
    with pytest.raises(NotFound):
        tasks.save_result("nobody", 0, saved(), NOW)


def test_failing_and_going_on_carry_the_media_along(tasks: TaskStore, media: MediaStore) -> None:
    task = send(tasks, "p", n_media=2)
    tasks.save_result(task.task_id, 0, saved(), NOW)
    failed = move(tasks, task, Phase.FAILED, error_code=ErrorCode.NOT_SAVED, error_message="disk full")
    assert (failed.status, failed.error_code) == (Status.FAILED, ErrorCode.NOT_SAVED)
    kept, lost = media.of_task(task.task_id)
    assert (kept.status, kept.error_message) == (Status.COMPLETED, None)
    assert (lost.status, lost.error_message) == (Status.FAILED, "disk full")
    dismissed = tasks.change(TaskChange(task.task_id, frozenset({Phase.FAILED}), {"dismissed_at": later(1)}), later(1))
    assert (dismissed.dismissed_at, dismissed.error_message) == (later(1), "disk full")
    again = move(tasks, task, Phase.SAVING, due_at=later(2))
    assert (again.status, again.error_code, again.error_message) == (Status.PROCESSING, None, None)
    assert again.dismissed_at is None
    assert [item.status for item in media.of_task(task.task_id)] == [Status.COMPLETED, Status.PROCESSING]
    assert media.of_task(task.task_id)[1].error_message is None
    queued = move(tasks, task, Phase.QUEUED)
    assert queued.status is media.of_task(task.task_id)[1].status is Status.PENDING


def test_a_change_that_comes_too_late_changes_nothing(tasks: TaskStore) -> None:
    task = send(tasks, "p")
    with pytest.raises(StaleTransition, match="waiting by now"):
        tasks.change(TaskChange(task.task_id, frozenset({Phase.QUEUED}), {"phase": Phase.FAILED}), later(1))
    assert tasks.get(task.task_id) == task
    with pytest.raises(NotFound):
        tasks.change(TaskChange("nobody", frozenset(Phase), {"note": "x"}), NOW)
    for name in ("nonsense", "status", "task_id", "media_ids", "id"):
        with pytest.raises(ValueError, match=name):
            tasks.change(TaskChange(task.task_id, frozenset(Phase), {name: "x"}), NOW)


def test_a_worker_that_lost_its_lease_changes_nothing(tasks: TaskStore) -> None:
    task = send(tasks, "p")
    tasks.claim("slow", NOW, 10, {Phase.WAITING}, 1)
    tasks.claim("quick", later(10), 10, {Phase.WAITING}, 1)
    late = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"progress": 0.2}, owner="slow", keep_lease=True)
    with pytest.raises(StaleTransition):
        tasks.change(late, later(11))
    held = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"progress": 0.3}, owner="quick", keep_lease=True)
    assert tasks.change(held, later(11)).progress == 0.3
    assert tasks.owners() == {"quick"}
    other = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"progress": 0.4}, owner="quick")
    assert tasks.change_many([other], later(12)) == {task.task_id}
    assert tasks.owners() == set()


def test_many_changes_leave_the_stale_ones_out(tasks: TaskStore) -> None:
    sent = [send(tasks, f"p{place}") for place in range(4)]
    move(tasks, sent[1], Phase.SAVING)
    changes = [
        TaskChange(task.task_id, frozenset({Phase.WAITING}), {"phase": Phase.GENERATING, "progress": 0.5})
        for task in sent[:3]
    ]
    changes.append(TaskChange(sent[3].task_id, frozenset({Phase.WAITING}), {"provider_task_id": "p0"}))
    assert tasks.change_many(changes, later(9)) == {sent[0].task_id, sent[2].task_id}
    assert [tasks.get(task.task_id).phase for task in sent] == [
        Phase.GENERATING,
        Phase.SAVING,
        Phase.GENERATING,
        Phase.WAITING,
    ]
    assert tasks.get(sent[0].task_id).updated_at == later(9)
    assert tasks.change_many([], NOW) == set()


def lost(tasks: TaskStore) -> Task:
    """A task whose reply was lost, told to the person and dismissed."""
    fields = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "error_message": "?", "may_have_cost": True, "due_at": None}
    return move(tasks, ask(tasks), Phase.FAILED, dismissed_at=NOW, **fields)


@pytest.mark.parametrize("by", ["task_id", "nonce"])
def test_an_unknown_outcome_is_adopted_once(tasks: TaskStore, media: MediaStore, by: str) -> None:
    task = lost(tasks)
    adopted = tasks.adopt("p-9", later(5), **{by: getattr(task, by)})
    assert (adopted.phase, adopted.provider_task_id, adopted.due_at) == (Phase.WAITING, "p-9", later(5))
    assert (adopted.accepted_at, adopted.status) == (later(5), Status.PROCESSING)
    assert (adopted.error_code, adopted.error_message, adopted.dismissed_at) == (None, None, None)
    assert not adopted.may_have_cost
    assert media.of_task(task.task_id)[0].status is Status.PROCESSING
    with pytest.raises(StaleTransition):
        tasks.adopt("p-9", later(6), task_id=task.task_id)
    assert tasks.get(task.task_id) == adopted


def test_adoption_is_refused_where_the_outcome_is_known(tasks: TaskStore) -> None:
    queued = ask(tasks)
    refused = move(tasks, ask(tasks), Phase.FAILED, error_code=ErrorCode.REJECTED)
    other = send(tasks, "taken")
    for task in (queued, refused, other):
        with pytest.raises(StaleTransition, match="not open"):
            tasks.adopt("p", NOW, task_id=task.task_id)
        assert tasks.get(task.task_id) == task
    with pytest.raises(StaleTransition, match="Another task already has this provider task id"):
        tasks.adopt("taken", NOW, task_id=lost(tasks).task_id)
    with pytest.raises(StaleTransition, match="Another task"):
        move(tasks, queued, Phase.WAITING, provider_task_id="taken")
    for which in ({"task_id": "nobody"}, {"nonce": "guess"}, {}):
        with pytest.raises(NotFound):
            tasks.adopt("p", NOW, **which)
    with pytest.raises(NotFound):
        tasks.by_nonce("")


def test_a_task_being_sent_can_be_adopted_by_its_callback(tasks: TaskStore) -> None:
    ask(tasks)
    (sending,) = tasks.claim_to_send("a", NOW, 30, 1, provider=SANDBOX)
    assert tasks.adopt("p", later(1), nonce=sending.nonce).phase is Phase.WAITING
    reply = TaskChange(sending.task_id, frozenset({Phase.SENDING}), {"phase": Phase.WAITING}, owner="a")
    assert tasks.change_many([reply], later(2)) == set()


def test_an_id_that_was_only_said_gives_way_to_the_providers_word(tasks: TaskStore) -> None:
    for by in ("task_id", "nonce"):
        task = lost(tasks)
        hearsay = tasks.adopt(f"said-{by}", later(1), **{by: getattr(task, by)})
        assert hearsay.is_id_unproven
        with pytest.raises(StaleTransition, match="not open"):
            tasks.adopt("said too", later(2), nonce=task.nonce)
        with pytest.raises(StaleTransition, match="not open"):
            tasks.adopt("typed", later(2), task_id=task.task_id)
        proven = tasks.adopt(f"true-{by}", later(3), nonce=task.nonce, is_proven=True)
        assert (proven.provider_task_id, proven.is_id_unproven, proven.due_at) == (f"true-{by}", False, later(3))
        with pytest.raises(StaleTransition, match="not open"):
            tasks.adopt("replayed", later(4), nonce=task.nonce, is_proven=True)


def test_a_task_that_goes_well_keeps_its_id(tasks: TaskStore) -> None:
    task = lost(tasks)
    tasks.adopt("said", later(1), nonce=task.nonce)
    for phase in (Phase.WAITING, Phase.GENERATING, Phase.SAVING, Phase.DONE):
        move(tasks, task, phase, is_id_unproven=False)
        for which in ({"nonce": task.nonce}, {"task_id": task.task_id}):
            with pytest.raises(StaleTransition, match="not open"):
                tasks.adopt("other", later(2), is_proven=True, **which)
    own = send(tasks, "by reply")
    assert not own.is_id_unproven
    with pytest.raises(StaleTransition, match="not open"):
        tasks.adopt("other", later(2), nonce=own.nonce, is_proven=True)


@pytest.mark.parametrize("code", [None, ErrorCode.EXPIRED, ErrorCode.PROVIDER_FAILED, ErrorCode.OUTCOME_UNKNOWN])
def test_what_ended_under_a_wrong_id_is_taken_up_again(tasks: TaskStore, code: ErrorCode | None) -> None:
    task = lost(tasks)
    tasks.adopt("said", later(1), task_id=task.task_id)
    move(tasks, task, Phase.FAILED, error_code=code, due_at=None)
    assert tasks.adopt("true", later(2), nonce=task.nonce, is_proven=True).phase is Phase.WAITING


def test_an_unknown_outcome_under_an_id(tasks: TaskStore) -> None:
    unknown = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "due_at": None}
    said = lost(tasks)
    tasks.adopt("said", later(1), task_id=said.task_id)
    move(tasks, said, Phase.FAILED, **unknown)
    assert tasks.adopt("said next", later(2), nonce=said.nonce).provider_task_id == "said next"
    own = move(tasks, send(tasks, "by reply"), Phase.FAILED, **unknown)  # the key was changed
    for is_proven in (False, True):
        with pytest.raises(StaleTransition, match="not open"):
            tasks.adopt("other", later(2), nonce=own.nonce, is_proven=is_proven)
    assert tasks.adopt("typed", later(2), task_id=own.task_id).provider_task_id == "typed"


def test_what_a_person_cancelled_stays_so(tasks: TaskStore) -> None:
    task = lost(tasks)
    tasks.adopt("said", later(1), task_id=task.task_id)
    move(tasks, task, Phase.FAILED, error_code=ErrorCode.CANCELLED, due_at=None)
    with pytest.raises(StaleTransition, match="not open"):
        tasks.adopt("true", later(2), nonce=task.nonce, is_proven=True)


def test_pages_go_through_everything_once(tasks: TaskStore) -> None:
    # Three at each moment: the id has to decide.
    asked = [ask(tasks, now=later(place // 3)) for place in range(11)]
    expected = [task.task_id for task in reversed(asked)]
    for limit in (1, 2, 3, 4, 11, 50):
        seen: list[str] = []
        cursor = None
        while True:
            page = tasks.page(limit=limit, cursor=cursor)
            assert page.total == 11 and len(page.items) <= limit
            seen += [task.task_id for task in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == expected
    move(tasks, asked[4], Phase.WAITING)
    assert [task.task_id for task in tasks.page(status=Status.PROCESSING).items] == [asked[4].task_id]
    for bad in ("", "nonsense", "WyJtZWRpYSIsIDEsIDJd", "é"):
        with pytest.raises(InvalidRequest) as raised:
            tasks.page(cursor=bad)
        assert raised.value.field == "cursor"


def test_new_rows_do_not_move_the_next_page(tasks: TaskStore) -> None:
    asked = [ask(tasks, now=later(place)) for place in range(4)]
    page = tasks.page(limit=2)
    ask(tasks, now=later(100))
    following = tasks.page(limit=2, cursor=page.next_cursor)
    assert [task.task_id for task in following.items] == [asked[1].task_id, asked[0].task_id]
    assert (following.total, following.next_cursor) == (5, None)


def test_what_is_shown_and_what_is_done(tasks: TaskStore, media: MediaStore) -> None:
    queued = ask(tasks, now=later(1))
    done = finish(tasks, "done", now=later(2))
    failed = move(tasks, send(tasks, "f", now=later(3)), Phase.FAILED, error_code=ErrorCode.MODERATED)
    move(tasks, send(tasks, "d", now=later(4)), Phase.FAILED, error_code=ErrorCode.CANCELLED, dismissed_at=later(4))
    deleted = finish(tasks, "deleted", now=later(5))
    media.delete(deleted.media_ids, later(6))
    assert [task.task_id for task in tasks.shown()] == [failed.task_id, queued.task_id]
    assert [task.task_id for task in tasks.shown(limit=1)] == [failed.task_id]
    assert [task.task_id for task in tasks.recent_done(5)] == [done.task_id]
    counts = tasks.counts()
    assert {phase: number for phase, number in counts.items() if number} == {
        Phase.QUEUED: 1,
        Phase.DONE: 2,
        Phase.FAILED: 2,
    }
    assert set(counts) == set(Phase)
    assert tasks.get(deleted.task_id).media_ids == ()
    with pytest.raises(NotFound):
        tasks.get("nobody")


def test_nothing_waits_in_an_empty_store(tasks: TaskStore) -> None:
    assert tasks.next_due_at() is None and tasks.shown() == [] and tasks.page().items == ()
