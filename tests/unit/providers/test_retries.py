"""When a free call is repeated."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kaimedia.errors import ProviderUnavailable
from kaimedia.providers.http.deadline import Attempt, TimedBody, TimedResponse, limited, mark_connected
from kaimedia.providers.http.retry_after import read_retry_after
from kaimedia.providers.kie.http.retries import RetryPlan, with_retries
from kaimedia.providers.kie.parsing.envelope import Envelope, read

GOOD = read(200, b'{"code":200}')
BAD = read(503, b"<html>")
FAR = time.monotonic() + 3600


def run(replies: list[Envelope | None], plan: RetryPlan, ends_at: float = FAR) -> tuple[Envelope, list[float]]:
    pauses: list[float] = []

    def exchange(attempt: Attempt) -> Envelope:
        reply = replies.pop(0)
        if reply is None:
            raise ProviderUnavailable("no")
        return reply

    return with_retries(exchange, ends_at, plan, lambda pause: bool(pauses.append(pause))), pauses


def test_pauses_double_with_jitter() -> None:
    envelope, pauses = run([BAD, None, BAD, None, GOOD], RetryPlan(tries=5, first_s=1.0, longest_s=4.0))
    assert envelope is GOOD
    for pause, longest in zip(pauses, (1, 2, 4, 4), strict=True):
        assert longest / 2 <= pause <= longest


def test_the_last_word_counts() -> None:
    plan = RetryPlan(tries=2)
    assert run([None, BAD], plan)[0] is BAD
    with pytest.raises(ProviderUnavailable):
        run([BAD, None], plan)


def test_the_end_of_time_comes_before_the_tries() -> None:
    envelope, pauses = run([BAD, GOOD], RetryPlan(tries=9, first_s=5.0), ends_at=time.monotonic() + 1)
    assert envelope is BAD and pauses == []


def test_called_off() -> None:
    assert with_retries(lambda attempt: BAD, FAR, RetryPlan(tries=9), lambda pause: True) is BAD


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("12", 12.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("99999", 3600.0),
        ("soon", None),
        ("", None),
        ("nan", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=60)
    assert read_retry_after(format_datetime(moment, usegmt=True)) == pytest.approx(60, abs=3)
    naive = moment.strftime("%a, %d %b %Y %H:%M:%S -0000")
    assert read_retry_after(naive) == pytest.approx(60, abs=3)
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_a_body_is_cut_into_pieces() -> None:
    content = bytes(range(256)) * 1000
    body = TimedBody.of_bytes(content)
    assert len(body) == len(content) and b"".join(body) == content
    assert len(list(body)) > 1
    with limited(Attempt(FAR)):
        assert b"".join(body) == content
    with limited(Attempt(0.0)), pytest.raises(TimeoutError):
        list(body)


def test_marks_outside_an_attempt_are_harmless() -> None:
    mark_connected()
    attempt = Attempt(FAR)
    with limited(attempt):
        mark_connected()
    assert attempt.is_connected


def test_a_read_after_the_end_does_not_touch_the_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, limited(Attempt(0.0)):
        theirs.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        response = TimedResponse(ours)
        with pytest.raises(TimeoutError, match="total time"):
            response.begin()
        response.close()


def test_a_response_outside_an_attempt_has_no_limit() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        response = TimedResponse(ours)
        response.begin()
        assert response.status == 204
        response.close()
