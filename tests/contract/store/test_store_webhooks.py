"""The outbox of webhooks on both databases: written with the change it reports, claimed once, kept for a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kaimedia.domain import BatchKind, ErrorCode, Phase, TaskChange
from kaimedia.domain.webhook import (
    GIVE_UP_AFTER,
    KEEP_FOR,
    RETRY_DELAYS_S,
    Attempt,
    ClaimedDelivery,
    Delivery,
    DeliveryProblem,
    DeliveryStatus,
    WebhookEndpoint,
    WebhookEvent,
)
from kaimedia.errors import NotFound, StaleTransition, StoreError
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.webhooks.endpoints import NewEndpoint
from kaimedia.store.webhooks.snapshot import task_of
from kaimedia.store.webhooks.tables import DELIVERIES
from tests.contract.store.factories import NOW, create_task, finish, later, move, new_task, send

LEASE_S = 30.0
DOWN = Attempt(problem=DeliveryProblem.UNREACHABLE)
OK = Attempt(http_status=204)


def add(stores: Stores, name: str = "one") -> WebhookEndpoint:
    """An endpoint; nothing is sent in these tests."""
    return stores.webhook_endpoints.add(NewEndpoint(name, "hooks.example", "json", "sealed url", "sealed secret"), NOW)


def fail(stores: Stores, task_id: str, code: ErrorCode = ErrorCode.PROVIDER_FAILED, *, seconds: float = 0) -> None:
    """The task fails."""
    fields = {"phase": Phase.FAILED, "error_code": code, "error_message": "no reason", "due_at": None}
    stores.task_updater.change(TaskChange(task_id, frozenset(Phase), fields), later(seconds))


def claimed(stores: Stores, endpoint: WebhookEndpoint, seconds: float = 0) -> ClaimedDelivery:
    """The next delivery of this endpoint, which must be due."""
    found = stores.webhook_deliveries.claim(endpoint.id, later(seconds), LEASE_S)
    assert found is not None
    return found


def listed(stores: Stores) -> list[Delivery]:
    """All deliveries, the oldest first."""
    return stores.webhook_deliveries.newest(1000)[::-1]


def test_nothing_is_queued_without_an_endpoint(stores: Stores) -> None:
    finish(stores, "a")
    assert listed(stores) == []


def test_a_finished_task_is_queued_for_each_endpoint_as_it_was(stores: Stores) -> None:
    first, second = add(stores), add(stores, "two")
    task = finish(stores, "a", n_media=2)
    one, two = listed(stores)
    assert (one.endpoint_id, two.endpoint_id) == (first.id, second.id)
    assert one.event_id == two.event_id and one.event is WebhookEvent.TASK_COMPLETED
    assert (one.status, one.at, one.due_at, one.task_id) == (DeliveryStatus.WAITING, NOW, NOW, task.task_id)
    found, names = task_of(claimed(stores, first).data)
    assert names == ("a-0.png", "a-1.png")
    hidden = {"nonce": "", "result_urls": (), "reference_urls": (), "findings": {}}
    assert found == replace(task, **hidden)


def test_the_event_and_the_change_are_one_transaction(stores: Stores) -> None:
    """A change that is not applied queues nothing, and one that is queues exactly one event."""
    add(stores)
    task = send(stores, "provider-1")
    stale = TaskChange(task.task_id, frozenset({Phase.QUEUED}), {"phase": Phase.DONE})
    with pytest.raises(StaleTransition):
        stores.task_updater.change(stale, NOW)
    assert listed(stores) == []
    done = TaskChange(task.task_id, frozenset({Phase.WAITING}), {"phase": Phase.DONE})
    assert stores.task_updater.change_many([stale, done], NOW) == {task.task_id}
    assert [each.event for each in listed(stores)] == [WebhookEvent.TASK_COMPLETED]


def test_nothing_is_changed_when_the_event_cannot_be_written(stores: Stores, db: Database) -> None:
    add(stores)
    task = send(stores, "provider-1")
    with db.write() as session:
        DELIVERIES.drop(session.connection())
    with pytest.raises(StoreError):
        move(stores, task, Phase.DONE)
    assert stores.task_reader.get(task.task_id).phase is Phase.WAITING


def test_a_task_is_completed_once_and_failed_once_for_each_try_and_code(stores: Stores) -> None:
    add(stores)
    task = send(stores, "provider-1")
    fail(stores, task.task_id, ErrorCode.EXPIRED)
    fail(stores, task.task_id, ErrorCode.EXPIRED, seconds=1)  # the same failure again
    fail(stores, task.task_id, ErrorCode.CANCELLED, seconds=2)
    move(stores, task, Phase.WAITING, accepted_at=later(3), now=later(3))  # resumed
    fail(stores, task.task_id, ErrorCode.EXPIRED, seconds=4)
    for seconds in (5, 6):
        move(stores, task, Phase.DONE, now=later(seconds))
        move(stores, task, Phase.WAITING, accepted_at=later(seconds), now=later(seconds))  # its file is fetched again
    events = listed(stores)
    failed, completed = WebhookEvent.TASK_FAILED, WebhookEvent.TASK_COMPLETED
    assert [each.event for each in events] == [failed, failed, failed, completed]
    assert len({each.event_id for each in events}) == 4
    codes = [task_of(claimed(stores, stores.webhook_endpoints.all()[0].endpoint, 9).data)[0].error_code for _ in "123"]
    assert codes == [ErrorCode.EXPIRED, ErrorCode.CANCELLED, ErrorCode.EXPIRED]


def test_a_restored_database_reports_the_same_event_with_the_same_id(stores: Stores, db: Database) -> None:
    add(stores)
    task = finish(stores, "a")
    [before] = listed(stores)
    with db.write() as session:
        session.execute(DELIVERIES.delete())
    move(stores, task, Phase.DONE, now=later(60))
    [after] = listed(stores)
    assert after.event_id == before.event_id


def test_tasks_that_end_without_being_sent_are_reported(stores: Stores) -> None:
    add(stores)
    batch = stores.batches.create(BatchKind.PROMPTS, "b", [new_task(), new_task()], NOW)
    stores.batches.stop(batch.id, NOW)
    assert [each.event for each in listed(stores)] == [WebhookEvent.TASK_FAILED] * 2


def test_only_one_of_many_processes_claims_a_delivery(stores: Stores) -> None:
    endpoint = add(stores)
    for number in range(10):
        finish(stores, str(number))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: stores.webhook_deliveries.claim(endpoint.id, NOW, LEASE_S), range(24)))
    # On PostgreSQL a claim may find nothing while another holds the row it would take.
    again = [stores.webhook_deliveries.claim(endpoint.id, NOW, LEASE_S) for _ in range(10)]
    ids = [each.delivery.id for each in [*found, *again] if each is not None]
    assert len(ids) == len(set(ids)) == 10
    assert stores.webhook_deliveries.due_endpoints(NOW) == []


def test_a_claim_ends_by_itself(stores: Stores) -> None:
    endpoint = add(stores)
    finish(stores, "a")
    first = claimed(stores, endpoint)
    assert stores.webhook_deliveries.claim(endpoint.id, later(LEASE_S - 1), LEASE_S) is None
    second = claimed(stores, endpoint, LEASE_S)  # its process was killed
    assert second.delivery.event_id == first.delivery.event_id and second.delivery.attempts == 2
    stores.webhook_deliveries.record(first.delivery, DOWN, later(LEASE_S))  # it was only slow; the second one counts
    assert listed(stores)[0].due_at == later(2 * LEASE_S)
    stores.webhook_deliveries.record(first.delivery, OK, later(LEASE_S))  # unless it was delivered
    assert listed(stores)[0].status is DeliveryStatus.DELIVERED
    stores.webhook_deliveries.record(second.delivery, DOWN, later(LEASE_S))
    assert listed(stores)[0].status is DeliveryStatus.DELIVERED


def test_failures_are_repeated_later_and_later_and_then_given_up(stores: Stores) -> None:
    endpoint = add(stores)
    finish(stores, "a")
    seconds, waits = 0.0, []
    while (delivery := listed(stores)[0]).status is DeliveryStatus.WAITING:
        attempt = claimed(stores, endpoint, seconds)
        stores.webhook_deliveries.record(attempt.delivery, Attempt(500, DeliveryProblem.BAD_STATUS), later(seconds))
        if (due_at := listed(stores)[0].due_at) is not None:
            waits.append((due_at - later(seconds)).total_seconds())
            seconds += waits[-1]
    assert waits[: len(RETRY_DELAYS_S)] == list(RETRY_DELAYS_S) and set(waits[9:]) == {RETRY_DELAYS_S[-1]}
    assert GIVE_UP_AFTER.total_seconds() <= seconds <= GIVE_UP_AFTER.total_seconds() + RETRY_DELAYS_S[-1]
    assert (delivery.status, delivery.http_status) == (DeliveryStatus.FAILED, 500)
    assert stores.webhook_deliveries.newest(status=DeliveryStatus.FAILED) == [delivery]
    assert stores.webhook_deliveries.send_again([delivery.id], later(seconds)) == 1
    again = claimed(stores, endpoint, seconds).delivery
    assert again.event_id == delivery.event_id
    stores.webhook_deliveries.record(again, OK, later(seconds))
    assert listed(stores)[0].status is DeliveryStatus.DELIVERED
    assert stores.webhook_deliveries.send_again([delivery.id], later(seconds)) == 0


def test_what_waits_is_due_once_the_endpoint_works_again(stores: Stores) -> None:
    endpoint = add(stores)
    finish(stores, "a")
    for seconds in (0, 5, 35):
        stores.webhook_deliveries.record(claimed(stores, endpoint, seconds).delivery, DOWN, later(seconds))
    finish(stores, "b", now=later(40))
    sending = claimed(stores, endpoint, 40).delivery
    assert {each.due_at for each in listed(stores)} == {later(155), later(40 + LEASE_S)}
    stores.webhook_deliveries.make_due(endpoint.id, later(40), LEASE_S)
    assert {each.due_at: each.id == sending.id for each in listed(stores)} == {
        later(40): False,
        later(40 + LEASE_S): True,  # what is being sent stays claimed
    }


def test_a_paused_endpoint_gets_its_events_later_and_a_removed_one_none(stores: Stores) -> None:
    endpoint, other = add(stores), add(stores, "two")
    assert stores.webhook_endpoints.set_paused(endpoint.id, NOW)
    finish(stores, "a")
    assert stores.webhook_deliveries.due_endpoints(NOW) == [other.id]
    assert stores.webhook_endpoints.set_paused(endpoint.id, None)
    assert stores.webhook_deliveries.due_endpoints(NOW) == [endpoint.id, other.id]
    assert stores.webhook_endpoints.remove(endpoint.id) and not stores.webhook_endpoints.remove(endpoint.id)
    assert [each.endpoint_id for each in listed(stores)] == [other.id]


def test_a_time_set_by_a_clock_that_was_ahead_does_not_delay_a_delivery(stores: Stores) -> None:
    endpoint = add(stores)
    finish(stores, "a", now=NOW + timedelta(days=365))
    assert stores.webhook_deliveries.due_endpoints(NOW) == [endpoint.id]
    assert claimed(stores, endpoint).delivery.attempts == 1


def test_old_deliveries_are_deleted_but_not_those_still_to_be_sent(stores: Stores, db: Database) -> None:
    endpoint, paused = add(stores), add(stores, "two")
    stores.webhook_endpoints.set_paused(paused.id, NOW)
    for name in "ab":
        finish(stores, name)
    stores.webhook_deliveries.record(claimed(stores, endpoint).delivery, OK, NOW)
    assert stores.webhook_deliveries.forget_old(NOW + KEEP_FOR) == 0
    assert stores.webhook_deliveries.forget_old(NOW + KEEP_FOR + timedelta(seconds=1)) == 3  # one sent, two paused
    assert [each.status for each in listed(stores)] == [DeliveryStatus.WAITING]
    with db.read() as session:
        assert session.execute(select(func.count()).select_from(DELIVERIES)).scalar_one() == 1


def test_a_test_is_sent_once_and_only_to_its_endpoint(stores: Stores) -> None:
    endpoint, _ = add(stores), add(stores, "two")
    delivery_id = stores.webhook_deliveries.add_test("evt_1", endpoint.id, NOW)
    assert stores.webhook_deliveries.due_endpoints(NOW) == []
    attempt = stores.webhook_deliveries.claim_one(delivery_id, NOW, LEASE_S)
    assert attempt is not None
    stores.webhook_deliveries.record(attempt.delivery, DOWN, NOW)
    assert [each.status for each in listed(stores)] == [DeliveryStatus.FAILED]


def test_the_endpoint_of_the_settings_is_added_changed_and_removed(stores: Stores) -> None:
    new = NewEndpoint("s", "a.example", "json", "url", "secret", is_from_settings=True)
    add(stores)
    stores.webhook_endpoints.set_from_settings(new, NOW)
    create = stores.webhook_endpoints.all()[0]
    assert create.endpoint.is_from_settings and create.endpoint.host == "a.example"
    stores.webhook_endpoints.set_from_settings(replace(new, host="b.example", url_ciphertext="other"), NOW)
    [changed, _] = stores.webhook_endpoints.all()
    assert (changed.endpoint.id, changed.endpoint.host, changed.url_ciphertext) == (
        create.endpoint.id,
        "b.example",
        "other",
    )
    stores.webhook_endpoints.set_from_settings(None, NOW)
    assert [each.endpoint.name for each in stores.webhook_endpoints.all()] == ["one"]


def test_a_task_deleted_before_its_event_is_sent_is_still_reported(stores: Stores) -> None:
    endpoint = add(stores)
    task = create_task(stores)
    fail(stores, task.task_id)
    stores.trash.delete(task.media_ids, NOW)
    stores.trash.empty(None)
    with pytest.raises(NotFound):
        stores.task_reader.get(task.task_id)
    found, _ = task_of(claimed(stores, endpoint).data)
    assert found.task_id == task.task_id and found.error_message == "no reason"
