"""A fresh process that makes one paid call, run by `test_paid_call.py`; reports its imports and the outcome.

The provider runs in the same process; with `exhaust` it uses up all file descriptors before it answers.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kaimedia import config as configuration
from kaimedia.context import open_context
from kaimedia.domain import GenerationRequest, Phase, Task, TaskChange
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.store.tasks.updater import TaskUpdater

PAID_PATH = "/api/v1/gpt4o-image/generate"
taken: list[int] = []
modules: dict[str, set[str]] = {}


class Provider(BaseHTTPRequestHandler):
    """Accepts every task; its responses start with a byte order mark."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != PAID_PATH:  # the app reads the price list at startup
            self.send_error(404)
            return
        if "exhaust" in sys.argv:
            try:
                while True:
                    taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                pass
            threading.Timer(1.5, lambda: [os.close(taken.pop()) for _ in list(taken)]).start()
        body = b"\xef\xbb\xbf" + json.dumps({"code": 200, "msg": "success", "data": {"taskId": "paid-1"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def watch_imports() -> None:
    """Record the loaded modules when the send step starts and when the provider's id is committed."""
    send, change = TaskHandlers.send, TaskUpdater.change

    def recording_send(self: TaskHandlers, task: Task) -> TaskChange:
        modules["before"] = set(sys.modules)
        return send(self, task)

    def recording_change(self: TaskUpdater, wanted: TaskChange, now: Any) -> Task:
        changed = change(self, wanted, now)
        if "provider_task_id" in wanted.fields:
            modules["after"] = set(sys.modules)
        return changed

    TaskHandlers.send, TaskUpdater.change = recording_send, recording_change  # type: ignore[method-assign]


def main() -> None:
    """Print the outcome as JSON."""
    folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://localhost:{server.server_port}"
    config = replace(
        configuration.load(folder, {"KIE_API_KEY": "a-key-of-a-test", "KAIMEDIA_PROVIDER": "kie"}),
        kie_api_url=url,
        kie_upload_url=url,
    )
    watch_imports()
    context = open_context(config)
    task = context.studio.tasks.submit(GenerationRequest("gpt4o-image", "a boat", "1:1"))
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if taken:
            time.sleep(0.1)
            continue
        if context.studio.tasks.get(task.task_id).phase not in (Phase.QUEUED, Phase.SENDING):
            break
        time.sleep(0.05)
    found = context.studio.tasks.get(task.task_id)
    imported = sorted(modules.get("after", set()) - modules.get("before", set()))
    print(json.dumps({"phase": found.phase, "id": found.provider_task_id, "imported": imported}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
