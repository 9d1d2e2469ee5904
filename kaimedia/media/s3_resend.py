"""Requests to an S3 bucket that are sent again where the connection breaks off."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError
from obstore.store import S3Store

from kaimedia.media.names import mime_of
from kaimedia.media.s3_errors import status_in

RESENDS = 2
RESEND_S = 30.0  # from the first attempt on; a server that hangs until the time limit would be waited for three times


def create(store: S3Store, uploads: S3Store, name: str, content: bytes) -> None:
    """Write `content` as the object `name`; `store` reads, `uploads` has the timeouts for its size.

    An object of that name with the same bytes is left as it is (an earlier attempt whose response was lost); one with
    other bytes is replaced unless somebody else replaces it first.

    Raises:
        BaseError, FileNotFoundError: the bucket does not respond as expected.
    """
    attributes: Any = {"Content-Type": mime_of(name)}
    try:
        _resent(lambda: obstore.put(uploads, name, content, attributes=attributes, mode="create"))
        return
    except NotImplementedError:  # AWS_CONDITIONAL_PUT=disabled, for servers that cannot do it
        obstore.put(uploads, name, content, attributes=attributes)
        return
    except AlreadyExistsError:
        found = obstore.get(store, name)
        if found.meta["size"] == len(content) and bytes(found.bytes()) == content:
            return
    same: Any = {"e_tag": found.meta["e_tag"]}
    obstore.put(uploads, name, content, attributes=attributes, mode=same)


def delete(store: S3Store, keys: Sequence[str]) -> None:
    """Delete objects; one that does not exist is no error, except with servers that say so.

    Raises:
        BaseError, FileNotFoundError: the bucket does not respond as expected.
    """
    _resent(lambda: obstore.delete(store, keys))


def _resent(send: Callable[[], object]) -> None:
    """Send, and again where the connection broke off, as happens when a server closes one that was idle.

    The client does so itself for most requests, but not for a conditional one, whose second response can be the
    refusal of what the first did, and not for a deletion of several objects.
    """
    until = time.monotonic() + RESEND_S
    for _ in range(RESENDS):
        try:
            send()
            return
        except GenericError as error:
            if status_in(error) is not None or time.monotonic() > until:
                raise
    send()
