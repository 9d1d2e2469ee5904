"""Media storage in an S3 bucket."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import obstore

from kaimedia.errors import ConfigError, StorageUnavailable
from kaimedia.media.durable import disk_errors
from kaimedia.media.marks import MARKS, Marks
from kaimedia.media.names import REFERENCE_NAME, UPLOAD_NAME, check_name, mime_of
from kaimedia.media.object_reader import facts_of, opened
from kaimedia.media.read_cache import ReadCache
from kaimedia.media.remote import LastCheck, downloaded, server_time
from kaimedia.media.s3_clients import MIB, S3Clients
from kaimedia.media.s3_errors import BucketErrors
from kaimedia.media.s3_folder import S3Folder
from kaimedia.media.s3_links import S3Links
from kaimedia.media.s3_marks import S3Marks
from kaimedia.media.s3_resend import create, delete
from kaimedia.media.served_files import ServedFiles
from kaimedia.media.storage import MIN_FREE_BYTES, PROBE_BYTES, FileFacts, Files, ReadableFiles, no_longer_stored
from kaimedia.media.temp_folder import TempFolder

# The least S3 takes for a part, so that each takes little time on a slow uplink. A file up to this size is read into
# memory and written by one conditional request.
PART_BYTES = 5 * MIB
UPLOADS_AT_ONCE = 2
PAGE_FILES = 1000  # what one request for a listing returns at most
FEW_FILES = 4  # fewer are asked for one by one
HEADS_AT_ONCE = 16
DELETES_AT_ONCE = 250
_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/(?!\.\.?(/|$))[A-Za-z0-9_.=-]+)*")


class S3Storage:
    """Finished files are objects directly below the URL, `s3://bucket/prefix`.

    `options` are AWS_… settings; those not given come from the environment, as do roles. `temps` is where results are
    received; each process may have its own. `links_url` is the server's address for browsers, if it is another.
    """

    def __init__(
        self,
        url: str,
        temps: TempFolder,
        options: Mapping[str, str],
        links_url: str | None = None,
        cache: ReadCache | None = None,
    ) -> None:
        if not _URL.fullmatch(url):
            raise ConfigError("KAIMEDIA_MEDIA_URL must be s3://bucket/prefix.", setting="KAIMEDIA_MEDIA_URL")
        self._url = url
        self._temps = temps
        self._clients = S3Clients(url, options)
        self._store = self._clients.reading
        self._errors = BucketErrors(url, self._store)
        self._links = S3Links(url, options, links_url)
        self._served = ServedFiles(self, cache)
        self._marks = S3Marks(self._store, self._errors)
        shared = url, temps, self._clients, self._errors
        self._inputs = S3Folder(*shared, "references", REFERENCE_NAME)
        self._uploads = S3Folder(*shared, "uploads", UPLOAD_NAME)
        self._uploading = threading.BoundedSemaphore(UPLOADS_AT_ONCE)
        self._check = LastCheck(self._check_access)
        self._upload_failed = False

    @property
    def place(self) -> str:
        """The URL."""
        return self._url

    @property
    def served(self) -> ReadableFiles:
        """With a cache on this disk; deleting and replacing through this object is seen at once."""
        return self._served

    @property
    def inputs(self) -> Files | None:
        """Objects below `references/`."""
        return self._inputs

    @property
    def uploads(self) -> Files | None:
        """Objects below `uploads/`."""
        return self._uploads

    @property
    def marks(self) -> Marks:
        """Hidden objects."""
        return self._marks

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """A link of the S3 server; None without a key in the settings. No request is made."""
        return self._links.link(check_name(name), life_s=life_s, media_type=media_type, disposition=disposition)

    def check_links(self) -> None:
        """Read a test object through a link."""
        mark = self._marks.leave()
        try:
            self._links.check(self._marks.key(mark), bytes(PROBE_BYTES))
        finally:
            self._marks.remove(mark)

    def new_temp(self, suffix: str = "") -> Path:
        """A new empty file on this machine."""
        return self._temps.new(suffix)

    def put(self, temp: Path, name: str, *, defer_sync: bool = False) -> None:
        """Upload `temp`, then delete it. The object appears whole; the server compares its bytes with their SHA-256."""
        check_name(name)
        with disk_errors():
            size_bytes = temp.stat().st_size
            content = temp.read_bytes() if size_bytes <= PART_BYTES else None
        try:
            with self._uploading:
                if content is not None:
                    self._put_whole(content, name)
                else:
                    self._put_parts(temp, name, size_bytes)
        except StorageUnavailable:
            self._upload_failed = True
            self._check.forget()
            raise
        self._served.forget([name])
        with disk_errors():
            temp.unlink(missing_ok=True)

    def facts(self, name: str) -> FileFacts | None:
        """Size, time and tag of the object, None if it does not exist."""
        check_name(name)
        with self._errors.translated():
            try:
                return facts_of(obstore.head(self._store, name))
            except FileNotFoundError:
                self._errors.check_bucket()
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
        with self._errors.translated():
            page = next(iter(obstore.list(self._store, offset=first[:-1], chunk_size=PAGE_FILES)), [])
        found = [meta["path"] for meta in page]
        return set(found), found[-1] if len(found) == PAGE_FILES else None

    def files(self) -> dict[str, FileFacts]:
        """All objects directly below the URL; hidden ones are left out."""
        with self._errors.translated():
            return {
                meta["path"]: facts_of(meta)
                for page in obstore.list(self._store, chunk_size=PAGE_FILES)
                for meta in page
                if "/" not in meta["path"] and not meta["path"].startswith(".")
            }

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the object; one request, whose body is read as the caller reads."""
        check_name(name)
        with self._errors.translated():
            try:
                return opened(self._store, name, start, end, self._errors.translated)
            except FileNotFoundError as error:
                self._errors.check_bucket()
                raise no_longer_stored() from error

    def local_copy(self, name: str) -> AbstractContextManager[Path]:
        """A temporary copy, downloaded now and deleted afterwards."""
        return downloaded(check_name(name), self.open, self._temps)

    def delete(self, names: Iterable[str]) -> None:
        """Delete the objects, many with one request."""
        keys = [check_name(name) for name in names]
        self._served.forget(keys)
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

    def check_responds(self, max_age_s: float = 0.0) -> None:
        """Check that the bucket exists and accepts the credentials, and after a failed upload, that it takes files."""
        self._check(max_age_s)

    def check_ready(self, max_age_s: float = 0.0) -> None:
        """Check the space on this machine, then like `check_responds`."""
        self._temps.check_ready()
        self.check_responds(max_age_s)

    def check_writable(self) -> None:
        """Write 64 KB on this machine, then to the bucket, and delete them."""
        self._temps.check_writable()
        self._marks.remove(self._marks.leave())

    def server_time(self) -> datetime | None:
        """The time the server gave to a test object, in whole seconds."""
        return server_time(self._marks)

    def sweep(self, older_than_s: float) -> int:
        """Delete old temporary files on this machine, the cache's too, and old test objects."""
        return sum(each.sweep(older_than_s) for each in (self._temps, self._served, self._marks, self._inputs.marks))

    def _check_access(self) -> None:
        with self._errors.translated(), suppress(FileNotFoundError):
            obstore.head(self._store, f"{MARKS}/none")  # says why access is denied, which a listing does not
        self._errors.check_bucket()
        if self._upload_failed:
            mark = self._marks.leave()
            self._upload_failed = False
            with suppress(StorageUnavailable):  # a key that may write but not delete is enough for results
                self._marks.remove(mark)

    def _put_whole(self, content: bytes, name: str) -> None:
        with self._errors.translated():
            create(self._store, self._clients.uploading(len(content)), name, content)

    def _put_parts(self, temp: Path, name: str, size_bytes: int) -> None:
        with self._errors.translated():
            obstore.put(
                self._clients.uploading(PART_BYTES),
                name,
                temp,
                attributes={"Content-Type": mime_of(name)},
                chunk_size=PART_BYTES,
                max_concurrency=1,
            )
        if (facts := self.facts(name)) is None or facts.size_bytes != size_bytes:
            raise self._errors.incomplete()

    def _delete(self, keys: list[str]) -> None:
        with self._errors.translated():
            try:
                delete(self._store, keys)
            except FileNotFoundError:
                self._errors.check_bucket()
