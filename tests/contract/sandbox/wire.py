"""A plain client of the wire protocol: based on kie.ai's docs, independent of the product's own client."""

from __future__ import annotations

from typing import Any

import requests

from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions

CREATE = {
    "gpt4o": "/api/v1/gpt4o-image/generate",
    "veo": "/api/v1/veo/generate",
    "runway": "/api/v1/runway/generate",
    "market": "/api/v1/jobs/createTask",
}
RECORD = {
    "gpt4o": "/api/v1/gpt4o-image/record-info",
    "veo": "/api/v1/veo/record-info",
    "runway": "/api/v1/runway/record-detail",
    "market": "/api/v1/jobs/recordInfo",
}
FAMILIES = tuple(CREATE)
KLING = "kling/v2-5-turbo-text-to-video-pro"
KLING_IMAGE = "kling/v2-5-turbo-image-to-video-pro"


class ManualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


def body(family: str, prompt: str, **fields: Any) -> dict[str, Any]:
    """A valid create body; `fields` change its fields, or remove them when None."""
    if family == "market":
        model = fields.pop("model", KLING)
        outer = {name: fields.pop(name) for name in ("callBackUrl",) if name in fields}
        return {"model": model, "input": _without_none({"prompt": prompt, **fields}), **outer}
    usual: dict[str, dict[str, Any]] = {
        "gpt4o": {"size": "1:1"},
        "veo": {"model": "veo3_fast"},
        "runway": {"duration": 5, "quality": "720p", "aspectRatio": "16:9"},
    }
    return _without_none({"prompt": prompt, **usual[family], **fields})


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


class Wire:
    """One running sandbox and a client of it."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.server = EmbeddedSandbox(options)
        self.url = self.server.start()
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer a key"

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.options.clock, ManualClock)
        return self.options.clock

    def close(self) -> None:
        self.session.close()
        self.server.stop()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(path if path.startswith("http") else self.url + path, timeout=10, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.session.post(self.url + path, timeout=10, **options)

    def try_create(self, family: str, prompt: str, **fields: Any) -> dict[str, Any]:
        """The envelope of a create, accepted or not."""
        envelope: dict[str, Any] = self.post(CREATE[family], json=body(family, prompt, **fields)).json()
        return envelope

    def create(self, family: str, prompt: str, **fields: Any) -> str:
        """The id of an accepted create."""
        envelope = self.try_create(family, prompt, **fields)
        assert envelope["code"] == 200, envelope
        return str(envelope["data"]["taskId"])

    def poll(self, family: str, task_id: str) -> requests.Response:
        return self.get(RECORD[family], params={"taskId": task_id})

    def record(self, family: str, task_id: str) -> dict[str, Any]:
        """The `data` of a successful poll."""
        envelope = self.poll(family, task_id).json()
        assert envelope["code"] == 200, envelope
        data: dict[str, Any] = envelope["data"]
        return data

    def finish(self, family: str, prompt: str, **fields: Any) -> dict[str, Any]:
        """Create a task, advance the clock, and return the record."""
        task_id = self.create(family, prompt, **fields)
        self.clock.advance(30)
        return self.record(family, task_id)

    def accounts(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/_sandbox/account").json()
        return found

    def entry(self, prompt: str) -> dict[str, Any]:
        """The only task with this prompt."""
        (found,) = [task for task in self.accounts()["tasks"] if task["prompt"] == prompt]
        return dict(found)

    def set_faults(self, *specs: str) -> None:
        assert self.post("/_sandbox/faults", json={"faults": list(specs)}).status_code == 200
