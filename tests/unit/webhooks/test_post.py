"""One POST: every way a receiver or its address can be wrong, each within the time limit and without following."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bench.webhook_receiver import WebhookReceiver
from kaimedia.domain.webhook import Attempt, DeliveryProblem
from kaimedia.media.address import AddressGuard
from kaimedia.webhooks.post import post


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """A receiver that accepts everything."""
    made = WebhookReceiver()
    yield made
    made.stop()


def send(receiver: WebhookReceiver, *, timeout_s: float = 10.0) -> Attempt:
    """Send to a trusted receiver."""
    return post(receiver.url, b'{"a": 1}', {"webhook-id": "evt_1"}, AddressGuard([receiver.host]), timeout_s=timeout_s)


def test_an_accepted_event(receiver: WebhookReceiver) -> None:
    assert send(receiver) == Attempt(204)
    [received] = receiver.received
    assert (received.path, received.body, received.event_id) == ("/hook", b'{"a": 1}', "evt_1")
    assert received.headers["host"] == receiver.host and received.headers["user-agent"] == "kaimedia"


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_a_response_that_is_not_2xx(receiver: WebhookReceiver, status: int) -> None:
    receiver.status, receiver.body = status, b"x" * 100_000
    assert send(receiver) == Attempt(status, DeliveryProblem.BAD_STATUS)


def test_a_redirect_is_not_followed(receiver: WebhookReceiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": "/elsewhere"}
    assert send(receiver) == Attempt(307, DeliveryProblem.REDIRECTED)
    assert [each.path for each in receiver.received] == ["/hook"]


def test_a_receiver_that_is_down(receiver: WebhookReceiver) -> None:
    receiver.stop()
    assert send(receiver) == Attempt(None, DeliveryProblem.UNREACHABLE)


def test_a_slow_receiver_is_left(receiver: WebhookReceiver) -> None:
    receiver.delay_s = 30.0
    began = time.monotonic()
    assert send(receiver, timeout_s=0.3) == Attempt(None, DeliveryProblem.TIMED_OUT)
    assert time.monotonic() - began < 15  # not its 30 s


def test_a_body_without_an_end_is_left() -> None:
    """A receiver that sends a byte now and then would hold the connection for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        server.settimeout(10)
        attempt = post(f"http://{host}/", b"", {}, AddressGuard([host]), timeout_s=0.3)  # never accepted
    assert attempt == Attempt(None, DeliveryProblem.TIMED_OUT)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/a",
        "https://127.0.0.1/a",
        "https://10.1.2.3/a",
        "https://[::1]/a",
        "https://[::ffff:169.254.169.254]/a",
        "https://2130706433/a",
        "https://hooks.example:8443/a",
        "https://user:password@hooks.example/a",
        "ftp://hooks.example/a",
        "https://hooks.example/a b",
        "nonsense",
    ],
)
def test_addresses_that_are_never_connected_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("it was resolved"))
    assert post(url, b"", {}, AddressGuard([])) == Attempt(None, DeliveryProblem.ADDRESS_REFUSED)


def test_a_public_name_that_resolves_to_a_private_address(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if only one of its addresses is private: the next lookup could choose that one."""

    def resolved(*_: Any, **__: Any) -> list[Any]:
        found = [("93.184.216.34", 443), ("127.0.0.1", receiver.port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    assert post("https://hooks.example/a", b"", {}, AddressGuard([])).problem is DeliveryProblem.ADDRESS_REFUSED
    assert receiver.received == []
