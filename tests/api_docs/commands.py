"""Stands in for `python` in a shell session: `python -m kaimedia …` runs in a fork of a process that has imported it.

A start with all imports takes a second of a processor, a fork a tenth. As a script, this is either side:
`commands.py serve SOCKET`, or `commands.py run SOCKET PYTHON ARGUMENT…`, which runs anything else as usual.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import sys

MODULE = ["-m", "kaimedia"]
STANDARD_STREAMS = (0, 1, 2)
MOST_BYTES = 1_000_000
_DESCRIPTORS = array.array("i", STANDARD_STREAMS).itemsize * len(STANDARD_STREAMS)


def run(place: str, python: str, arguments: list[str]) -> int:
    """Have the command run, in this folder and environment, on these streams; returns its exit code."""
    if arguments[:2] != MODULE:
        os.execv(python, [python, *arguments])
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        said = json.dumps([arguments[2:], os.getcwd(), dict(os.environ)]).encode()  # noqa: PTH109 - Path takes 10 ms to import
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", STANDARD_STREAMS))]
        server.sendmsg([len(said).to_bytes(4, "big")], rights)
        server.sendall(said)
        return int(server.recv(16) or b"1")


def serve(place: str) -> None:
    """Import everything, say so on standard output, and run commands one after another, until it is terminated."""
    import gc
    import importlib
    import pkgutil

    import kaimedia.cli

    for name in ("__main__", "context", "doctor", "sandbox.embedded"):
        importlib.import_module(f"kaimedia.{name}")
    for found in pkgutil.iter_modules(kaimedia.cli.__path__):
        importlib.import_module(f"kaimedia.cli.{found.name}")
    gc.freeze()  # what a fork does not search, it shares
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        print("serving", flush=True)
        while True:
            client, _ = listener.accept()
            if (child := os.fork()) == 0:
                listener.close()
                _become(client)
            with client:
                status = os.waitpid(child, 0)[1]
                with contextlib.suppress(BrokenPipeError):
                    client.sendall(str(os.waitstatus_to_exitcode(status) & 0xFF).encode())


def _become(client: socket.socket) -> None:
    """In the child: be the process of the command."""
    import runpy

    size, rights, _, _ = client.recvmsg(4, socket.CMSG_SPACE(_DESCRIPTORS))
    descriptors = array.array("i", rights[0][2])
    wanted, said = int.from_bytes(size, "big"), b""
    while len(said) < wanted:
        said += client.recv(min(MOST_BYTES, wanted - len(said)))
    client.close()
    arguments, folder, environment = json.loads(said)
    for descriptor, place in zip(descriptors, STANDARD_STREAMS, strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["kaimedia", *arguments]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    # By line, as at a terminal: both keep their order.
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    del sys.modules["kaimedia.__main__"]  # runs again, as the main module
    runpy.run_module("kaimedia", run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(run(sys.argv[2], sys.argv[3], sys.argv[4:]))
