"""When a free call may be repeated, and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from kaimedia.errors import ProviderUnavailable
from kaimedia.providers.http.deadline import Attempt
from kaimedia.providers.kie.parsing.envelope import Envelope

_JITTER = random.Random()  # of its own, so that another library's seed does not make processes retry in step


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """At most `tries` exchanges; pauses double from `first_s` up to `longest_s`, with jitter."""

    tries: int = 3
    first_s: float = 0.5
    longest_s: float = 4.0

    def pause_s(self, tried: int, retry_after_s: float | None) -> float:
        """How long to wait after exchange number `tried`; the server's Retry-After takes precedence."""
        if retry_after_s is not None:
            return retry_after_s
        longest = min(self.first_s * 2.0 ** (tried - 1), self.longest_s)
        return _JITTER.uniform(longest / 2, longest)


def with_retries(
    exchange: Callable[[Attempt], Envelope], attempt_ends_at: float, plan: RetryPlan, wait: Callable[[float], bool]
) -> Envelope:
    """Repeat a free exchange on broken connections, HTTP 5xx and HTTP 429, within the plan and the time limit.

    `wait` pauses and returns True when it was interrupted. Any reply, even an error, is better than none: the last
    one is returned.

    Raises:
        ProviderUnavailable: the last exchange got no reply at all.
    """
    tried = 0
    while True:
        tried += 1
        attempt = Attempt(attempt_ends_at)
        failure: ProviderUnavailable | None = None
        envelope: Envelope | None = None
        try:
            envelope = exchange(attempt)
        except ProviderUnavailable as error:
            failure = error
        if envelope is not None and not _is_transient(envelope.http_status):
            return envelope
        pause_s = plan.pause_s(tried, None if envelope is None else envelope.retry_after_s)
        is_over = tried >= plan.tries or pause_s >= attempt.remaining_s()
        if is_over or wait(pause_s):
            if envelope is not None:
                return envelope
            assert failure is not None
            raise failure


def _is_transient(http_status: int) -> bool:
    return http_status == 429 or http_status >= 500
