"""A starting process: `python -m tests.contract.store.starter URL BACKUPS`. Migrates after a line on stdin."""

from __future__ import annotations

import sys
from pathlib import Path

from kaimedia.store.database.database import Database
from kaimedia.store.settings import SettingsStore

if __name__ == "__main__":
    database = Database(sys.argv[1], backup_folder=Path(sys.argv[2]))
    print("ready", flush=True)
    sys.stdin.readline()
    database.upgrade()
    SettingsStore(database).get()
    database.close()
    print("done", flush=True)
