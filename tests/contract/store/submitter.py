"""A process that creates tasks: `python -m tests.contract.store.submitter URL THREADS EACH`. Prints their number.

Each task may cost 6 credits at a provider that charges.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from kaimedia.domain import ProviderName
from kaimedia.errors import LimitReached
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, new_task


def create_some(stores: Stores, each: int) -> int:
    """Try to create that many; returns how many were allowed."""
    created = 0
    for _ in range(each):
        try:
            stores.task_creator.create(new_task(provider=ProviderName.KIE), now=NOW)
        except LimitReached:
            continue
        created += 1
    return created


def main(url: str, threads: int, each: int) -> None:
    """Create on that many threads at once."""
    database = Database(url)
    stores = Stores(database)
    stores.task_claims.owners()  # connected before the start
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        created = sum(pool.map(lambda _: create_some(stores, each), range(threads)))
    database.close()
    print(created)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
