"""New SQLite files start as a copy of one migrated file, since migrating for each test would be slower than most tests.

Only `migrate.upgrade` of an empty file is replaced; files with content, other processes and
PostgreSQL migrate as in the product. `tests/contract/store/test_store_migrations.py` tests migration itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from kaimedia.store.database import connecting, migrate


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    template = tmp_path_factory.getbasetemp() / "migrated.db"
    original_upgrade = migrate.upgrade

    def upgrade(url: URL, file: Path | None, backup_folder: Path | None) -> None:
        if file and file.exists() and not file.stat().st_size:
            if not template.exists():
                original_upgrade(connecting.read_url(f"sqlite:///{template}"), template, None)
            shutil.copyfile(template, file)  # closed, so there is no journal beside it
        else:
            original_upgrade(url, file, backup_folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", upgrade)
        yield
