"""Everything a server sends when a page is opened: a session without a browser, which could hide parts of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

XSRF_COOKIE = "_streamlit_xsrf"
PATIENCE_S = 30.0
KEY = re.compile(r"\$\$ID-[0-9a-f]+-(\w+)")


def parts_sent(url: str, page_name: str, cookies: Iterable[Any] = ()) -> set[str]:
    """The keys of everything one run of a page sends. `cookies` are as a browser context gives them."""
    jar = {str(each["name"]): str(each["value"]) for each in cookies}
    protocols = [Subprotocol("streamlit")]
    if token := jar.get(XSRF_COOKIE):  # without it the server ignores the sign-in
        protocols.append(Subprotocol(token.strip('"')))
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    parts: set[str] = set()
    with connect(
        address, subprotocols=protocols, origin=Origin(url), additional_headers=headers, max_size=None
    ) as socket:
        asked = BackMsg()
        asked.rerun_script.page_name = page_name
        socket.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(bytes(socket.recv(PATIENCE_S)))  # type: ignore[arg-type]
            parts |= set(KEY.findall(str(message)))
            if message.WhichOneof("type") == "script_finished" and (
                message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                return parts
