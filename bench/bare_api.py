"""The baseline of `bench/api.py`: a minimal FastAPI with the same responses and equally durable writes.

Run by uvicorn with its fast parts. No access rules, states, or checks beyond types. Documents come from files.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from pydantic import BaseModel

FOLDER = Path(os.environ["BARE_FOLDER"])
TASK = json.loads((FOLDER / "task.json").read_text())
PAGE = json.loads((FOLDER / "page.json").read_text())

app = FastAPI()
turn = threading.Lock()
database = sqlite3.connect(FOLDER / "bare.db", check_same_thread=False, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute("CREATE TABLE IF NOT EXISTS submitted (id INTEGER PRIMARY KEY, prompt TEXT NOT NULL)")


class Submitted(BaseModel):
    """A prompt."""

    prompt: str
    model: str


@app.get("/health")
async def health() -> dict[str, Any]:
    """A constant."""
    return {"status": "ok"}


@app.get("/task")
def task() -> dict[str, Any]:
    """One task's document, from memory."""
    return TASK


@app.get("/page")
def page() -> dict[str, Any]:
    """One gallery page's document, from memory."""
    return PAGE


@app.get("/static/media/{name}")
def media(name: str) -> FileResponse:
    """A file, with ranges."""
    return FileResponse(FOLDER / "media" / name)


@app.post("/insert", status_code=202)
def insert(submitted: Submitted) -> dict[str, Any]:
    """Insert one row, durable before the response."""
    with turn:
        row = database.execute("INSERT INTO submitted (prompt) VALUES (?) RETURNING id", (submitted.prompt,)).fetchone()
    return {"task_id": str(row[0]), "media_id": row[0], "media_ids": [row[0]], "status": "pending"}
