"""A PostgreSQL server for benchmarks, which can be stopped and started again with its data."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import free_port
from tests.postgres import SUPERUSER, program, server_user

START_S = 60.0


class Postgres:
    """A server in a folder of its own; `pid` is its main process, which has the others as children."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "postgres"
        self._user = server_user()
        self._folder.mkdir(parents=True)
        if self._user:
            for part in (folder, *folder.parents):
                if part == Path("/tmp"):
                    break
                part.chmod(part.stat().st_mode | 0o011)  # the server's user must be able to get there
            shutil.chown(self._folder, self._user["user"], self._user["group"])
        self.port = free_port()
        self.url = f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{self.port}/postgres"
        options = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={SUPERUSER}"]
        made = [program("initdb"), "-D", self._folder / "data", *options]
        subprocess.run(made, cwd=self._folder, check=True, stdout=subprocess.DEVNULL, **self._user)
        self._start()

    def _start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self._folder}
        settings |= {"max_connections": 300, "synchronous_commit": "on", "fsync": "on"}
        command = [program("postgres"), "-D", self._folder / "data"]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log, **self._user)
        until = time.monotonic() + START_S
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    @property
    def pid(self) -> int:
        """The main process."""
        return self._process.pid

    def connect(self) -> psycopg.Connection:
        """A connection as its superuser."""
        return psycopg.connect(self.url.replace("+psycopg", "", 1), autocommit=True)

    def commits(self) -> int:
        """Transactions committed since the start."""
        with self.connect() as connection:
            found = connection.execute("SELECT sum(xact_commit)::bigint FROM pg_stat_database").fetchone()
        assert found is not None
        return int(found[0])

    def database(self, name: str) -> str:
        """The URL of a new database."""
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url.removesuffix("postgres") + name

    def restart(self) -> None:
        """As an administrator would: connections are cut, what is committed stays."""
        self.close()
        self._start()

    def close(self) -> None:
        """Stop it."""
        self._process.send_signal(signal.SIGINT)  # fast shutdown
        self._process.wait(30)
