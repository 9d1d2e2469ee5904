"""Rate limit for guessing API tokens."""

from __future__ import annotations

from kaimedia.web import failed_attempts
from kaimedia.web.failed_attempts import FailedAttempts


def test_the_pause_grows_after_ten_misses_and_ends() -> None:
    now_s = 1000.0
    known = FailedAttempts(lambda: now_s)
    for _ in range(failed_attempts.FREE_ATTEMPTS):
        assert known.pause_s("a") == 0
        known.note("a")
    pauses = []
    for _ in range(8):
        pauses.append(known.pause_s("a"))
        known.note("a")
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60] and known.pause_s("b") == 0
    now_s += 61
    assert known.pause_s("a") == 0
    known.forget("a")
    known.note("a")
    assert known.pause_s("a") == 0


def test_old_misses_do_not_count_and_memory_is_bounded() -> None:
    now_s = 0.0
    known = FailedAttempts(lambda: now_s)
    for _ in range(30):
        known.note("a")
    now_s += failed_attempts.FORGET_AFTER_S + 1
    known.note("a")
    assert known.pause_s("a") == 0
    for peer in range(failed_attempts.MAX_PEERS + 50):
        known.note(str(peer))
    assert known.peers_known == failed_attempts.MAX_PEERS
