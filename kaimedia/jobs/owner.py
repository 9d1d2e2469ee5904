"""Names the holder of a lease, so that other processes can tell whether it is still alive."""

from __future__ import annotations

import os
import socket
import uuid

_ours: set[str] = set()


def new_owner() -> str:
    """A new name at every start: `host:pid:random`."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    _ours.add(owner)
    return owner


def retire(owner: str) -> None:
    """Record that an engine of this process has stopped; leases it still holds may be taken over."""
    _ours.discard(owner)


def is_dead(owner: str) -> bool:
    """True when the owner was a process on this machine that no longer runs; False when in doubt."""
    host, pid, _ = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    if int(pid) == os.getpid():  # our own pid: another engine of this process, or a reused number after a restart
        return owner not in _ours
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
