"""The files of a seeded gallery, with a separate file for each row that is displayed."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

OWN_FILES = 1500  # rows at the top, and half as many around the middle, with their own files


def name_files(database: Path, media: Path) -> None:
    """Give displayed rows their own files, so that no image is cached before it is displayed."""
    with closing(sqlite3.connect(database)) as rows:
        found = rows.execute("SELECT id, filename FROM media ORDER BY created_at DESC, id DESC").fetchall()
        middle = len(found) // 2
        places = {*range(OWN_FILES), *range(middle - OWN_FILES // 4, middle + OWN_FILES // 4)}
        for place in sorted(each for each in places if 0 <= each < len(found)):
            media_id, old = found[place]
            old_stem, new_stem = old.partition(".")[0], f"{old[:23]}{uuid.uuid5(uuid.NAMESPACE_OID, str(place)).hex}"
            for end in ("_thumb.webp", "_thumb2x.webp", "_poster.webp", Path(old).suffix):
                link = media / f"{new_stem}{end}"
                if (media / f"{old_stem}{end}").exists() and not link.exists():
                    link.hardlink_to(media / f"{old_stem}{end}")
            rows.execute(
                "UPDATE media SET filename = replace(filename, :old, :new), file_path = replace(file_path, :old, :new),"
                " thumbnail_path = replace(thumbnail_path, :old, :new), poster_path = replace(poster_path, :old, :new),"
                " thumbnail_large_path = replace(thumbnail_large_path, :old, :new) WHERE id = :id",
                {"old": old_stem, "new": new_stem, "id": media_id},
            )
        for (name,) in rows.execute("SELECT DISTINCT filename FROM media"):
            (media / name).touch()  # the videos have no file, and missing ones would be reported above the grid
        rows.commit()


def thumbnails(database: Path) -> list[tuple[str, int, int]]:
    """Name, width and height of every row's thumbnail, newest first."""
    with closing(sqlite3.connect(database)) as rows:
        query = "SELECT thumbnail_path, width_px, height_px FROM media ORDER BY created_at DESC, id DESC"
        return rows.execute(query).fetchall()
