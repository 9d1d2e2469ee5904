"""Media storage in an S3 bucket."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from kaimedia.errors import ConfigError, StorageUnavailable
from kaimedia.media.durable import disk_errors
from kaimedia.media.names import check_name, mime_of
from kaimedia.media.object_reader import READ_BYTES, opened
from kaimedia.media.storage import MIN_FREE_BYTES, PROBE_BYTES, FileFacts, no_longer_stored
from kaimedia.media.temp_folder import TempFolder

MIB = 1024**2
WHOLE_BYTES = 16 * MIB  # up to this size, a file is read into memory and written by one conditional request
PART_BYTES = 8 * MIB
PARTS_AT_ONCE = 2
PAGE_FILES = 1000  # what one request for a listing returns at most
FEW_FILES = 4  # fewer are asked for one by one
HEADS_AT_ONCE = 16
DELETES_AT_ONCE = 250
PROBES = ".probe"
CHECKSUM = "AWS_CHECKSUM_ALGORITHM"
_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/(?!\.\.?(/|$))[A-Za-z0-9_.=-]+)*")
_RETRY: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


class S3Storage:
    """Finished files are objects directly below the URL, `s3://bucket/prefix`.

    `options` are AWS_… settings; those not given come from the environment, as do roles. `temps` is where results are
    received; each process may have its own.
    """

    def __init__(self, url: str, temps: TempFolder, options: Mapping[str, str]) -> None:
        if not _URL.fullmatch(url):
            raise ConfigError("KAIMEDIA_MEDIA_URL must be s3://bucket/prefix.", setting="KAIMEDIA_MEDIA_URL")
        self._url = url
        self._temps = temps
        self._store = self._opened(options, read_timeout_s=10)
        self._uploads = self._opened(options, read_timeout_s=60)  # the time includes sending the body

    @property
    def place(self) -> str:
        """The URL."""
        return self._url

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file on this machine."""
        return self._temps.new(suffix)

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Upload `temp`, then delete it. The object appears whole; the server compares its bytes with their SHA-256."""
        check_name(name)
        with disk_errors():
            size_bytes = temp.stat().st_size
            content = temp.read_bytes() if size_bytes <= WHOLE_BYTES else None
        if content is not None:
            self._put_whole(content, name)
        else:
            self._put_parts(temp, name, size_bytes)
        with disk_errors():
            temp.unlink(missing_ok=True)

    def facts(self, name: str) -> FileFacts | None:
        """Size, time and tag of the object, None if it does not exist."""
        check_name(name)
        with self._errors():
            try:
                return _facts_of(obstore.head(self._store, name))
            except FileNotFoundError:
                self._check_bucket()
                return None

    def missing(self, names: Iterable[str]) -> set[str]:
        """One listing for each media type decides about neighbors; the rest is asked for, several at once."""
        wanted = sorted({check_name(name) for name in names})
        present: set[str] = set()
        decided: set[str] = set()
        for kind in ("image_", "video_"):
            some = [name for name in wanted if name.startswith(kind)]
            if len(some) > FEW_FILES:
                listed, last = self._page_from(some[0])
                present |= listed
                decided |= {name for name in some if last is None or name <= last}
        rest = [name for name in wanted if name not in decided]
        with ThreadPoolExecutor(HEADS_AT_ONCE) as pool:
            present |= {name for name, facts in zip(rest, pool.map(self.facts, rest), strict=True) if facts}
        return set(wanted) - present

    def _page_from(self, first: str) -> tuple[set[str], str | None]:
        """The names in one page of the listing, from `first` on, and the last of them; None if it was the last page."""
        with self._errors():
            page = next(iter(obstore.list(self._store, offset=first[:-1], chunk_size=PAGE_FILES)), [])
        found = [meta["path"] for meta in page]
        return set(found), found[-1] if len(found) == PAGE_FILES else None

    def files(self) -> dict[str, FileFacts]:
        """All objects directly below the URL; hidden ones are left out."""
        with self._errors():
            return {
                meta["path"]: _facts_of(meta)
                for page in obstore.list(self._store, chunk_size=PAGE_FILES)
                for meta in page
                if "/" not in meta["path"] and not meta["path"].startswith(".")
            }

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the object; one request, whose body is read as the caller reads."""
        check_name(name)
        with self._errors():
            try:
                return opened(self._store, name, start, end, self._errors)
            except FileNotFoundError as error:
                self._check_bucket()
                raise no_longer_stored() from error

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """A temporary copy, downloaded now and deleted afterwards."""
        check_name(name)
        temp = self._temps.new(PurePath(name).suffix)
        try:
            with self.open(name) as source, disk_errors(), temp.open("wb") as sink:
                shutil.copyfileobj(source, sink, READ_BYTES)
            yield temp
        finally:
            temp.unlink(missing_ok=True)

    def delete(self, names: Iterable[str]) -> None:
        """Delete the objects, many with one request."""
        keys = [check_name(name) for name in names]
        for start in range(0, len(keys), DELETES_AT_ONCE):
            self._delete(keys[start : start + DELETES_AT_ONCE])

    def free_bytes(self) -> int | None:
        """None: a bucket has no limit that can be asked for."""
        return None

    def free_temp_bytes(self) -> int:
        """Free space for temporary files on this machine."""
        return self._temps.free_bytes()

    def has_space(self, min_bytes: int = MIN_FREE_BYTES) -> bool:
        """Whether there is space for temporary files on this machine."""
        return self._temps.has_space(min_bytes)

    def check_ready(self) -> None:
        """Check without writing that the bucket exists and accepts the credentials."""
        self._temps.check_ready()
        with self._errors(), suppress(FileNotFoundError):
            obstore.head(self._store, f"{PROBES}/none")  # says why access is denied, which a listing does not
        self._check_bucket()

    def check_writable(self) -> None:
        """Write 64 KB on this machine, then to the bucket, and delete them."""
        self._temps.check_writable()
        key = f"{PROBES}/{secrets.token_hex(16)}"
        with self._errors():
            obstore.put(self._store, key, bytes(PROBE_BYTES))
        self._delete([key])

    def sweep(self, older_than_s: float) -> int:
        """Delete old temporary files on this machine and old test objects."""
        deleted = self._temps.sweep(older_than_s)
        oldest = datetime.now(UTC) - timedelta(seconds=older_than_s)
        with self._errors():
            probes = [meta for page in obstore.list(self._store, prefix=PROBES) for meta in page]
        old = [meta["path"] for meta in probes if meta["last_modified"] < oldest]
        self._delete(old)
        return deleted + len(old)

    def _put_whole(self, content: bytes, name: str) -> None:
        attributes: Any = {"Content-Type": mime_of(name)}
        with self._errors():
            try:
                obstore.put(self._uploads, name, content, attributes=attributes, mode="create")
                return
            except NotImplementedError:  # AWS_CONDITIONAL_PUT=disabled, for servers that cannot do it
                obstore.put(self._uploads, name, content, attributes=attributes)
                return
            except AlreadyExistsError:  # an earlier try whose answer or row was lost
                found = obstore.get(self._store, name)
                if found.meta["size"] == len(content) and bytes(found.bytes()) == content:
                    return
            same: Any = {"e_tag": found.meta["e_tag"]}
            obstore.put(self._uploads, name, content, attributes=attributes, mode=same)

    def _put_parts(self, temp: Path, name: str, size_bytes: int) -> None:
        with self._errors():
            obstore.put(
                self._uploads,
                name,
                temp,
                attributes={"Content-Type": mime_of(name)},
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
        if (facts := self.facts(name)) is None or facts.size_bytes != size_bytes:
            raise self._unusable("it did not keep the whole file")

    def _delete(self, keys: list[str]) -> None:
        with self._errors():
            try:
                obstore.delete(self._store, keys)
            except FileNotFoundError:
                self._check_bucket()

    def _check_bucket(self) -> None:
        """Raises StorageUnavailable without a bucket: an object's 404 does not say whether that is what is missing."""
        try:
            next(iter(obstore.list(self._store, prefix=PROBES, chunk_size=1)), None)
        except BaseError as error:
            raise self._unusable("it does not exist, or must not be listed") from error

    def _opened(self, options: Mapping[str, str], read_timeout_s: float) -> S3Store:
        client: Any = {
            "allow_http": True,
            "connect_timeout": timedelta(seconds=5),
            "read_timeout": timedelta(seconds=read_timeout_s),
            "timeout": timedelta(days=1),  # of a whole response, which may be a video for a slow reader
        }
        checksum = {} if CHECKSUM in os.environ else {CHECKSUM: "SHA256"}  # the server compares it with the bytes
        config: Any = {name.lower(): value for name, value in {**checksum, **options}.items()}
        try:
            return S3Store.from_url(self._url, client_options=client, retry_config=_RETRY, config=config)
        except (BaseError, ValueError) as error:
            raise ConfigError(
                f"The bucket {self._url} cannot be used ({type(error).__name__}).",
                setting="KAIMEDIA_MEDIA_URL",
                next_step="Check KAIMEDIA_MEDIA_URL and the AWS_… settings.",
            ) from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of the bucket into ours; their text may name the access key, so it is not repeated."""
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self._unusable("access denied") from error
        except FileNotFoundError as error:  # of an object, it is handled before
            raise self._unusable("there is no such bucket") from error
        except BaseError as error:
            raise self._unusable("it does not respond as expected") from error

    def _unusable(self, reason: str) -> StorageUnavailable:
        return StorageUnavailable(
            f"The bucket {self._url} cannot be used ({reason}).",
            next_step="Check the bucket, its permissions and the AWS_… settings, then try again; "
            "running tasks resume automatically.",
        )


def _facts_of(meta: Any) -> FileFacts:
    etag = meta["e_tag"] or f'"{meta["path"]}"'
    return FileFacts(meta["size"], meta["last_modified"], etag.removeprefix("W/"))
