"""The check of the identity provider before anyone is sent there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.processes import free_port
from kaimedia.errors import ConfigError
from kaimedia.security import identity_provider

WHOLE = {"authorization_endpoint": "https://a.example/authorize", "token_endpoint": "https://a.example/token"}
ANSWERS = {
    "/whole": (200, json.dumps(WHOLE)),
    "/no-token-endpoint": (200, json.dumps({**WHOLE, "token_endpoint": None})),
    "/a-list": (200, json.dumps([WHOLE])),
    "/a-page": (200, "<html>Sign in</html>"),
    "/gone": (404, json.dumps(WHOLE)),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.end_headers()
            return
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/whole", "/moved"])
def test_metadata_are_accepted(provider: str, path: str) -> None:
    identity_provider.check(f"{provider}{path}", setting="x")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/no-token-endpoint", "has no token_endpoint"),
        ("/a-list", "has no authorization_endpoint and no token_endpoint"),
        ("/a-page", "has no authorization_endpoint and no token_endpoint"),
        ("/gone", "answered with the status 404"),
    ],
)
def test_anything_else_is_refused_with_its_reason(provider: str, path: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        identity_provider.check(f"{provider}{path}", setting="server_metadata_url under [auth]")
    assert said in caught.value.message and f"{provider}{path}" in caught.value.message
    assert caught.value.next_step.startswith("server_metadata_url under [auth]: ")


@pytest.mark.parametrize("url", ["accounts.example", "ftp://accounts.example/", "http://", ""])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(ConfigError, match="is not an http"):
        identity_provider.check(url, setting="x")


def test_a_provider_that_is_down_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(ConfigError, match="cannot be reached"):
        identity_provider.check(url, setting="x")
