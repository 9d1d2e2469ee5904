"""Input files for the calls: an image, a video and a sound, all on the sandbox."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.request
import wave
from collections.abc import Mapping
from typing import Any

KEY = "any-key"
_SOUND_S = 3
_WITHIN_S = 30.0
_IMAGE = {"model": "z-image", "input": {"prompt": "an input", "aspect_ratio": "1:1"}}
_VIDEO = {"model": "kling/v2-5-turbo-text-to-video-pro", "input": {"prompt": "an input", "duration": "5"}}


def make_inputs(url: str) -> dict[str, str]:
    """The links by placeholder: $image, $video and $audio.

    Raises:
        TimeoutError: the sandbox does not finish one in time.
    """
    upload = {"base64Data": base64.b64encode(_sound()).decode(), "uploadPath": "inputs", "fileName": "speech.wav"}
    audio = _post(f"{url}/api/file-base64-upload", upload)["data"]["downloadUrl"]
    return {"$image": _result(url, _IMAGE), "$video": _result(url, _VIDEO), "$audio": audio}


def _sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * _SOUND_S))
    return out.getvalue()


def _result(url: str, body: Mapping[str, Any]) -> str:
    task_id = _post(f"{url}/api/v1/jobs/createTask", body)["data"]["taskId"]
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        record = _get(f"{url}/api/v1/jobs/recordInfo?taskId={task_id}")["data"]
        if record["state"] == "success":
            link: str = json.loads(record["resultJson"])["resultUrls"][0]
            return link
        time.sleep(0.1)
    raise TimeoutError(f"no input from {body['model']}")


def _post(url: str, body: Mapping[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    return _answer(urllib.request.Request(url, json.dumps(body).encode(), headers))


def _get(url: str) -> Any:
    return _answer(urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"}))


def _answer(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)
