"""One POST to an address from outside: checked, limited in time, never redirected, its response hardly read."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as LibraryTimeout

from kaimedia.domain.webhook import Attempt, DeliveryProblem
from kaimedia.errors import UnsafePath
from kaimedia.media.address import AddressGuard
from kaimedia.media.deadline import Deadline
from kaimedia.media.target import default_port, read_target

TIMEOUT_S = 10.0
MOST_RESPONSE_BYTES = 4096  # what is read so that the other side does not see a broken connection
_REDIRECTS = range(300, 400)


def post(
    url: str, body: bytes, headers: Mapping[str, str], guard: AddressGuard, *, timeout_s: float = TIMEOUT_S
) -> Attempt:
    """Send `body` within `timeout_s` seconds in all; never raises for what the address or the other side does.

    The address is resolved once, checked, and connected to; see `AddressGuard`.
    """
    with Deadline(timeout_s) as deadline:
        try:
            return Attempt(*_send(url, body, headers, guard, deadline))
        except UnsafePath:
            return Attempt(problem=DeliveryProblem.ADDRESS_REFUSED)
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            is_late = isinstance(error, TimeoutError | LibraryTimeout) and not isinstance(error, NewConnectionError)
            is_late |= deadline.is_over
            return Attempt(problem=DeliveryProblem.TIMED_OUT if is_late else DeliveryProblem.UNREACHABLE)


def _send(
    url: str, body: bytes, headers: Mapping[str, str], guard: AddressGuard, deadline: Deadline
) -> tuple[int, DeliveryProblem | None]:
    guard.check_url(url)
    target = read_target(url)
    connection = guard.connection(target, deadline)
    try:
        connection.connect()
        connection.sock.settimeout(deadline.total_s)
        host = target.authority.removesuffix(f":{default_port(target.scheme)}")
        own = {"Host": host, "User-Agent": "kaimedia", "Accept": "*/*", "Connection": "close"}
        connection.request("POST", target.path, body=body, headers={**own, **headers})
        response = http.client.HTTPConnection.getresponse(connection)
        status = response.status
        if 200 <= status < 300:
            return status, None  # accepted: what follows does not matter
        response.read(MOST_RESPONSE_BYTES)
        return status, DeliveryProblem.REDIRECTED if status in _REDIRECTS else DeliveryProblem.BAD_STATUS
    finally:
        connection.close()
