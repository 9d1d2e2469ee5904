"""Who holds a lease: this process, named so that others can tell whether it still lives."""

from __future__ import annotations

import os
import socket
import uuid

_ours: set[str] = set()


def new_owner() -> str:
    """`host:pid:random`, new at every start."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    _ours.add(owner)
    return owner


def retire(owner: str) -> None:
    """An engine of this process has stopped; what it still held is free for others."""
    _ours.discard(owner)


def is_dead(owner: str) -> bool:
    """True when the owner was a process of this machine that no longer runs; False when in doubt."""
    host, pid, _ = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    if int(pid) == os.getpid():  # this very number: another engine of ours, or from before a restart
        return owner not in _ours
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
