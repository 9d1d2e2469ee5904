"""What `media move` prints: progress, the result, and what to do next."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from kaimedia.cli.output import counted, say
from kaimedia.config import Config
from kaimedia.media.move import Move
from kaimedia.media.move_counts import Failure, MoveCounts

ON_TERMINAL_EVERY_S = 0.5
IN_LOG_EVERY_S = 10.0
MOST_NAMED = 10
REASONS = {
    Failure.COPY_DIFFERS: "its copy differs, also after three tries",
    Failure.OTHER_CONTENT: "the storage in use has another file of this name",
}


class Progress:
    """Files and bytes so far on stderr: one line that is rewritten at a terminal, a line now and then elsewhere."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._is_terminal = sys.stderr.isatty()
        self._guard = threading.Lock()
        self._files = self._bytes = self._of_files = self._of_bytes = 0
        self._began = self._said_at = time.monotonic()
        self._is_line_open = False

    def begin(self, move: Move) -> None:
        """Note how much there is to do."""
        self._of_files = sum(counts.to_do for counts in move.counts.values())
        self._of_bytes = sum(counts.to_do_bytes for counts in move.counts.values())
        self._began = time.monotonic()

    def add_bytes(self, size_bytes: int) -> None:
        """Called by several threads. A file is read twice: to copy it, and to compare the copy."""
        with self._guard:
            self._bytes += size_bytes
            self._say_if_due()

    def add_file(self) -> None:
        """Called for each file that is done."""
        with self._guard:
            self._files += 1
            self._say_if_due()

    def end(self) -> None:
        """Finish the line at a terminal."""
        with self._guard:
            if self._is_line_open:
                print(file=sys.stderr, flush=True)
                self._is_line_open = False

    def _say_if_due(self) -> None:
        now = time.monotonic()
        every_s = ON_TERMINAL_EVERY_S if self._is_terminal else IN_LOG_EVERY_S
        if self._is_quiet or now - self._said_at < every_s:
            return
        self._said_at = now
        rate = self._bytes / max(0.001, now - self._began)
        left = max(0, 2 * self._of_bytes - self._bytes)
        share = min(1.0, self._bytes / max(1, 2 * self._of_bytes))
        text = f"{self._files:,} of {self._of_files:,} files, {share:.0%} of {size(self._of_bytes)}"
        text += f", {size(int(rate))}/s, about {_duration(left / max(1.0, rate))} left"
        if self._is_terminal:
            print(f"\r{text:<79}", end="", file=sys.stderr, flush=True)
            self._is_line_open = True
        else:
            say(text)


def say_interrupted(progress: Progress) -> None:
    """After Ctrl+C or SIGTERM."""
    progress.end()
    say("Interrupted. Nothing was lost; run the same command again to continue.")


def size(size_bytes: int) -> str:
    """A size for people: "812 bytes", "3.4 MB"."""
    value = float(size_bytes)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def document(move: Move, source: str, target: str, *, is_dry_run: bool) -> dict[str, Any]:
    """The result, or with `is_dry_run` what would be done, as JSON."""
    return {
        "source": source,
        "target": target,
        "is_dry_run": is_dry_run,
        "is_complete": move.is_complete and not is_dry_run,
        "files": {kind: _counts_document(counts) for kind, counts in move.counts.items()},
    }


def _counts_document(counts: MoveCounts) -> dict[str, Any]:
    return {
        "files": counts.files,
        "bytes": counts.bytes,
        "verified": counts.verified,
        "copied": counts.copied,
        "copied_bytes": counts.copied_bytes,
        "to_do": counts.to_do,
        "to_do_bytes": counts.to_do_bytes,
        "missing": counts.missing,
        "foreign": counts.foreign,
        "deleted_meanwhile": counts.dropped,
        "deleted_in_gallery": counts.gone,
        "deleted_at_source": counts.deleted,
        "kept_at_source": counts.kept,
        "damaged": counts.damaged,
        "failed": {name: failure.value for name, failure in counts.failed.items()},
    }


def print_plan(move: Move, source: str, target: str) -> None:
    """What would be done."""
    print(f"from {source}\nto   {target}")
    for kind, counts in move.counts.items():
        done = f"; {counts.verified:,} are there and verified" if counts.verified else ""
        print(f"{kind:10} {counted(counts.files, 'file')}, {size(counts.bytes)}{done}")
        print(f"{'':10} {counts.to_do:,} to copy and verify, {size(counts.to_do_bytes)}")
        _print_oddities(counts)
    print("Nothing was changed.")


def print_result(move: Move, source: str, target: str, config: Config, *, is_switched: bool) -> None:
    """What was done and what to do next."""
    for kind, counts in move.counts.items():
        print(
            f"{kind:10} {counts.verified:,} of {counted(counts.files, 'file')} at {target}, verified by SHA-256: "
            f"{counts.copied:,} copied now ({size(counts.copied_bytes)}), {counts.already_there:,} already there"
        )
        if counts.deleted:
            print(f"{'':10} {counts.deleted:,} deleted at {source}")
        if counts.kept:
            print(f"{'':10} {counts.kept:,} left at {source}, as they have no equal copy now; run the command again")
        _print_oddities(counts)
    if not move.is_complete:
        print("Not all files are moved; nothing was deleted. Run the same command again, see docs/hosting.md.")
    elif not is_switched:
        print(_next_steps(source, target, config))
    elif not any(counts.deleted for counts in move.counts.values()):
        print(f"The app uses {target}, and all files are there. With --delete-source those at {source} are deleted.")


def _print_oddities(counts: MoveCounts) -> None:
    """What is not as it should be, with names."""
    if counts.missing:
        print(f"{'':10} {counted(counts.missing, 'file')} of the gallery at neither place; see `check --repair`")
    if counts.foreign:
        print(f"{'':10} {counted(counts.foreign, 'file')} not of this app, left at the source")
    if counts.dropped:
        print(f"{'':10} {counts.dropped:,} deleted at the target, as permanently deleted in the gallery meanwhile")
    if counts.gone:
        print(f"{'':10} {counts.gone:,} not copied again, as permanently deleted in the gallery; left at the source")
    for name in counts.damaged[:MOST_NAMED]:
        print(f"{'':10} {name}: copied as it is, but it is not the file that was saved; see `check --repair`")
    for name, failure in list(counts.failed.items())[:MOST_NAMED]:
        print(f"{'':10} {name}: {REASONS[failure]}")
    if (more := max(len(counts.damaged), len(counts.failed)) - MOST_NAMED) > 0:
        print(f"{'':10} … and {more:,} more")


def _next_steps(source: str, target: str, config: Config) -> str:
    where = config.origins["KAIMEDIA_MEDIA_URL"].source
    place = "`.env` or the environment" if where == "default" else f"the {where}" if where == "environment" else where
    return f"""Next steps
  1. Set this in {place}, for the app and every worker, and restart them:
       KAIMEDIA_MEDIA_URL={target}
  2. Copy what was saved until then:
       python -m kaimedia media move --from {source}
     With --delete-source it also deletes the files there, after all are verified."""
