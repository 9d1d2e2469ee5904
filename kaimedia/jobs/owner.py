"""Names the holder of a lease, so that other processes can tell whether it is still alive."""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_ours: set[str] = set()


def new_owner() -> str:
    """A new name at every start: `host@space:pid:random`; for `space` see `pid_space`.

    Earlier versions wrote `host:pid:random`. They see a host name that is not theirs, and leave such an owner alone.
    """
    owner = f"{socket.gethostname()}@{pid_space()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    _ours.add(owner)
    return owner


def retire(owner: str) -> None:
    """Record that an engine of this process has stopped; leases it still holds may be taken over."""
    _ours.discard(owner)


def host_of(owner: str) -> str:
    """The name of its machine, as that calls itself."""
    return owner.rsplit(":", 2)[0].partition("@")[0]


def short_name(owner: str) -> str:
    """Machine and process, for people; other names as they are."""
    parts = owner.rsplit(":", 2)
    return f"{host_of(owner)}, process {parts[1]}" if len(parts) == 3 else owner


@cache
def pid_space() -> str:
    """Where a process number means the same process as here: this boot of this kernel, and this PID namespace.

    Machines and containers may share their host name. Systems other than Linux have no such namespaces; there it is
    the hardware address, and if none is found a random number, which no other process has.
    """
    try:
        return f"{_BOOT_ID.read_text().strip()}-{_PID_NAMESPACE.stat().st_ino}"
    except OSError:
        return f"{uuid.getnode():x}"


def is_dead(owner: str) -> bool:
    """True when the owner was a process on this machine that no longer runs; False when in doubt.

    One of another host, container, boot or earlier version is in doubt: its lease ends if it does not renew it.
    """
    place, pid, _ = owner.rsplit(":", 2)
    if place != f"{socket.gethostname()}@{pid_space()}":
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
