"""Fill a gallery as after years of use, for benchmarks: `python bench/gallery_rows.py sqlite:///… ROWS [MEDIA_FOLDER]`.

There are many rows but few files: every row points to one of a small set of images with its aspect ratio.
"""

from __future__ import annotations

import random
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import insert, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia.domain import Modality
from kaimedia.media import names
from kaimedia.store.database.database import Database
from kaimedia.store.tables import MEDIA, TASKS

YEARS = 3
PICTURES_PER_SHAPE = 8
BATCH_TASKS = 2000
LARGE_PX, SMALL_PX = 1024, 512
# requested aspect ratio, actual pixels, percentage
IMAGE_SHAPES = (("1:1", 1024, 1024, 45), ("3:2", 1536, 1024, 30), ("2:3", 1024, 1536, 25))
VIDEO_SHAPES = (("16:9", 1280, 720, 70), ("9:16", 720, 1280, 30))
MODELS = {Modality.IMAGE: ("gpt4o-image",), Modality.VIDEO: ("veo3_fast", "veo3", "runway")}
SUBJECTS = (
    "a paper boat",
    "an old lighthouse",
    "a red fox",
    "two astronauts",
    "a glass tower",
    "a kite over dunes",
    "a street musician",
    "a sleeping cat",
    "a coral reef",
    "a mountain village",
    "a vintage motorcycle",
    "a bowl of ramen",
    "a clockwork owl",
    "a ballet dancer",
    "a market in the rain",
    "a whale above clouds",
    "ein Café in Zürich",
    "una niña con paraguas",
)
PLACES = (
    "on a still lake",
    "at the edge of a cliff",
    "in a neon-lit alley",
    "under the northern lights",
    "in a field of tall grass",
    "inside a greenhouse",
    "on the surface of Mars",
    "in an abandoned station",
    "by an open window",
    "in fresh snow",
)
STYLES = (
    "cinematic lighting, shallow depth of field, 35mm film grain",
    "watercolor on rough paper, soft edges, muted palette",
    "isometric vector illustration, flat colors",
    "studio photograph, softbox from the left, seamless backdrop",
    "oil painting in the manner of the Dutch masters, warm light",
    "long exposure at blue hour, reflections, ultra-wide lens",
    "hand-drawn animation, bold outlines, gentle camera push-in",
    "macro photograph, water droplets, crisp detail",
)
DETAILS = (
    "the horizon slightly tilted",
    "a single bird far away",
    "steam rising slowly",
    "dust in the sunbeams",
    "fine threads of mist",
    "a hint of lens flare",
    "handwritten sign without words",
    "pastel sky after a storm",
)


def seed(database_url: str, rows: int, media_folder: Path | None = None, *, chance: int = 7) -> None:
    """Fill a database with `rows` finished media and their tasks, spread over three years up to now.

    With `media_folder` the few files behind them are written there. The same `chance` gives the same gallery.
    """
    dice = random.Random(chance)
    files = {shape: [_names(dice, kind) for _ in range(PICTURES_PER_SHAPE)] for kind, shape, _, _ in _shapes()}
    if media_folder is not None:
        _draw(media_folder, files)
    database = Database(database_url)
    database.upgrade()
    made = 0
    try:
        with database.write() as session:
            top = session.execute(text("SELECT coalesce(max(id), 0) FROM media")).scalar_one()
            for media, tasks in _batches(dice, rows, files, first_id=int(top) + 1):
                session.execute(insert(MEDIA), media)
                session.execute(insert(TASKS), tasks)
                made += len(media)
            if database.dialect == "postgresql":
                session.execute(text("SELECT setval(pg_get_serial_sequence('media', 'id'), max(id)) FROM media"))
    finally:
        database.close()
    assert made == rows


def prompt(dice: random.Random) -> str:
    """A realistic prompt: 60 to 330 characters."""
    parts = [f"{dice.choice(SUBJECTS)} {dice.choice(PLACES)}", dice.choice(STYLES)]
    parts += dice.sample(DETAILS, dice.randrange(4))
    return ", ".join(parts).capitalize()


def _shapes() -> Iterator[tuple[Modality, str, tuple[int, int], int]]:
    for kind, shapes in ((Modality.IMAGE, IMAGE_SHAPES), (Modality.VIDEO, VIDEO_SHAPES)):
        for shape, width, height, share in shapes:
            yield kind, shape, (width, height), share


def _names(dice: random.Random, kind: Modality) -> str:
    key = str(uuid.UUID(int=dice.getrandbits(128)))
    return names.new_name(kind, datetime(2024, 1, 1, tzinfo=UTC), "mp4" if kind is Modality.VIDEO else "png", key=key)


def _draw(folder: Path, files: dict[str, list[str]]) -> None:
    """Thumbnails of every aspect ratio, and the images; videos only get a poster."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, shape, (width, height), _ in _shapes():
        for place, name in enumerate(files[shape]):
            image = _picture(width, height, place, name)
            for path, longest in ((names.thumbnail_name(name), SMALL_PX), (names.large_thumbnail_name(name), LARGE_PX)):
                small = image.copy()
                small.thumbnail((longest, longest))
                small.save(folder / path, "WEBP", quality=80, method=0)
            if kind is Modality.VIDEO:
                image.save(folder / names.poster_name(name), "WEBP", quality=80, method=0)
            else:
                image.save(folder / name, compress_level=1)


def _picture(width: int, height: int, place: int, name: str) -> Image.Image:
    dice = random.Random(name)
    image = Image.new("RGB", (width, height), tuple(dice.randrange(30, 120) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, size = dice.randrange(width), dice.randrange(height), dice.randrange(20, 220)
        pen.ellipse((x, y, x + size, y + size), fill=tuple(dice.randrange(60, 250) for _ in range(3)))
    pen.rectangle((0, 0, width // 8 * (place + 1), 24), fill=(255, 255, 255))
    return image


def _batches(
    dice: random.Random, rows: int, files: dict[str, list[str]], first_id: int
) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    end = datetime.now(UTC)
    moments = sorted(end - timedelta(days=365 * YEARS * dice.random() ** 1.5) for _ in range(rows))
    media: list[dict[str, Any]] = []
    tasks: list[dict[str, Any]] = []
    place = 0
    while place < rows:
        count = min(dice.choice((1, 1, 1, 2, 4)), rows - place)
        made = _media(dice, files, moments[place], count, first_id + place)
        media += made
        tasks.append(_task(made[0], count))
        place += count
        if len(tasks) == BATCH_TASKS:
            yield media, tasks
            media, tasks = [], []
    if media:
        yield media, tasks


def _media(
    dice: random.Random, files: dict[str, list[str]], at: datetime, count: int, first_id: int
) -> list[dict[str, Any]]:
    kind = Modality.VIDEO if dice.random() < 0.15 else Modality.IMAGE
    shapes = [each for each in _shapes() if each[0] is kind]
    _, shape, (width, height), _ = dice.choices(shapes, [each[3] for each in shapes])[0]
    common = {
        "media_type": kind.value,
        "prompt": prompt(dice),
        "model": dice.choice(MODELS[kind]),
        "aspect_ratio": shape,
        "task_id": f"{dice.getrandbits(128):032x}",
        "status": "completed",
        "created_at": at,
        "completed_at": at + timedelta(seconds=40),
        "provider": "kie",
        "duration": dice.choice((5, 8, 10)) if kind is Modality.VIDEO else None,
        "width_px": width,
        "height_px": height,
        "params": {"quality": "high"} if kind is Modality.IMAGE else {},
        "mime_type": "video/mp4" if kind is Modality.VIDEO else "image/png",
    }
    return [common | _file(dice, dice.choice(files[shape]), kind, first_id + each, each) for each in range(count)]


def _file(dice: random.Random, name: str, kind: Modality, media_id: int, variant: int) -> dict[str, Any]:
    return {
        "id": media_id,
        "variant": variant,
        "filename": name,
        "file_path": name,
        "thumbnail_path": names.thumbnail_name(name),
        "thumbnail_large_path": names.large_thumbnail_name(name),
        "poster_path": names.poster_name(name) if kind is Modality.VIDEO else None,
        "size_bytes": dice.randrange(400_000, 9_000_000),
        "sha256": f"{dice.getrandbits(256):064x}",
        "colors": f"{dice.getrandbits(24):06x}{dice.getrandbits(24):06x}",
        "is_favorite": dice.random() < 0.04,
    }


def _task(first: dict[str, Any], count: int) -> dict[str, Any]:
    common = {"model": first["model"], "prompt": first["prompt"], "aspect_ratio": first["aspect_ratio"]}
    return {
        "media_id": first["id"],
        "task_id": first["task_id"],
        "status": "completed",
        "phase": "done",
        "created_at": first["created_at"],
        "updated_at": first["completed_at"],
        "completed_at": first["completed_at"],
        "modality": first["media_type"],
        "model": first["model"],
        "provider": "kie",
        "request": common | {"variants": count, "duration_s": first["duration"], "params": first["params"]},
        "credits_actual": 6.0 * count,
        "credits_estimated": 6.0 * count,
    }


if __name__ == "__main__":
    seed(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
