"""A process that claims tasks: `python -m tests.contract.store.claimer URL OWNER THREADS`. Prints their ids."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from kaimedia.domain import Phase
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from tests.contract.store.factories import later


def claim_all(stores: Stores, owner: str) -> list[str]:
    """Claim until nothing is left."""
    claimed: list[str] = []
    while found := stores.task_claims.claim(owner, later(1), 600, {Phase.QUEUED}, 7):
        claimed += [task.task_id for task in found]
    return claimed


def main(url: str, name: str, threads: int) -> None:
    """Claim on that many threads at once."""
    database = Database(url)
    stores = Stores(database)
    stores.task_claims.owners()  # connected before the start
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        claims = list(pool.map(lambda index: claim_all(stores, f"{name}-{index}"), range(threads)))
    database.close()
    print(json.dumps([task_id for found in claims for task_id in found]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
