"""Lightweight Streamlit sessions: real WebSockets with its protobuf messages, without rendering.

To the server, a session behaves like a tab: it runs the page, follows "run again every second", and requests reruns
as a clicked widget would. Of received messages only the type is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 60.0
TICK_PATIENCE_S = 0.75  # the app leaves out a timer's run, without a word, while nothing has changed


@dataclass(slots=True)
class Session:
    """One open session: `ticks_s` are the seconds of runs by the timer, `n_ticks` how often one was requested.

    `n_bytes` were received since the start.
    """

    socket: ClientConnection
    page_name: str
    query: str = ""
    page_hash: str = ""
    ticks_s: list[float] = field(default_factory=list)
    n_ticks: int = 0
    n_bytes: int = 0
    _known: list[str] = field(default_factory=list)
    _timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _requested: tuple[float, bool] | None = None  # when the current run was requested, and whether by a timer
    _finished: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _last_s: float = 0.0
    _is_closed: bool = False

    async def rerun(self) -> float:
        """Rerun the whole page; return the seconds until the server reports the end."""
        took_s = await self._run("", PATIENCE_S)
        if took_s is None:
            raise TimeoutError("the page was not drawn again")
        return took_s

    async def listen(self) -> None:
        """Receive messages until the connection closes."""
        async for raw in self.socket:
            assert isinstance(raw, bytes)
            self.n_bytes += len(raw)
            message = ForwardMsg.FromString(raw)
            if message.metadata.cacheable and message.hash:
                self._known.append(message.hash)
            match message.WhichOneof("type"):
                case "new_session":
                    self.page_hash = message.new_session.page_script_hash
                case "auto_rerun":
                    self._tick_every(message.auto_rerun.interval, message.auto_rerun.fragment_id)
                case "script_finished":
                    # "Finished early" is followed by the run that replaces it.
                    is_of_fragment = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
                    is_early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
                    is_other = is_of_fragment and not (self._requested and self._requested[1])  # a late timer's run
                    if self._requested and not is_early and not is_other:
                        self._last_s = time.perf_counter() - self._requested[0]
                        self._finished.set()

    async def close(self) -> None:
        """Close it as a closed tab does."""
        for timer in self._timers.values():
            timer.cancel()
        async with self._turn:  # a current run finishes first
            self._is_closed = True
            await self.socket.close()

    async def _run(self, fragment_id: str, patience_s: float) -> float | None:
        """Request a run; its seconds, None if the server did not report its end in time."""
        async with self._turn:
            # A full rerun has replaced the fragment; the server does not answer its timer's request.
            if self._is_closed or (fragment_id and fragment_id not in self._timers):
                return None
            self._finished.clear()
            message = BackMsg()
            state = message.rerun_script
            state.page_name = self.page_name if not self.page_hash else ""
            state.page_script_hash = self.page_hash
            state.query_string = self.query
            state.fragment_id = fragment_id
            state.is_auto_rerun = bool(fragment_id)
            state.cached_message_hashes.extend(self._known)
            state.context_info.timezone = "Europe/Berlin"
            state.context_info.timezone_offset = -60
            state.context_info.locale = "en-GB"
            self._requested = time.perf_counter(), bool(fragment_id)
            self.n_ticks += bool(fragment_id)
            await self.socket.send(message.SerializeToString())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._finished.wait(), patience_s)
                return self._last_s
            return None

    def _tick_every(self, interval_s: float, fragment_id: str) -> None:
        """One timer per fragment; a rerun of the page creates new ids, and the old timers end."""
        if fragment_id in self._timers:
            return
        for timer in self._timers.values():
            timer.cancel()
        self._timers = {fragment_id: asyncio.create_task(self._tick(interval_s, fragment_id))}

    async def _tick(self, interval_s: float, fragment_id: str) -> None:
        due = time.perf_counter()
        while True:
            due = max(due + interval_s, time.perf_counter())  # a late run does not cause a backlog
            await asyncio.sleep(due - time.perf_counter())
            took_s = await asyncio.shield(asyncio.ensure_future(self._run(fragment_id, TICK_PATIENCE_S)))
            if took_s is not None:
                self.ticks_s.append(took_s)


@contextlib.asynccontextmanager
async def opened(port: int, count: int, page_name: str = "", query: str = "") -> AsyncIterator[list[Session]]:
    """Open that many sessions of a page, each after its first run; closed afterwards."""
    sessions: list[Session] = []
    listeners: list[asyncio.Task[None]] = []
    try:
        for _ in range(count):
            socket = await connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None)
            session = Session(socket, page_name, query)
            sessions.append(session)
            listeners.append(asyncio.create_task(session.listen()))
            await session.rerun()
        yield sessions
    finally:
        for session in sessions:
            await session.close()
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)


def ticks_of(sessions: list[Session]) -> tuple[list[float], int]:
    """Return and clear the seconds of all timer runs, and how many were requested."""
    found = list(itertools.chain.from_iterable(session.ticks_s for session in sessions))
    requested = sum(session.n_ticks for session in sessions)
    for session in sessions:
        session.ticks_s.clear()
        session.n_ticks = 0
    return found, requested
