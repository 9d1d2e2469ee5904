"""Texts of the pages. Pure functions, no Streamlit."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kaimedia.domain import DiskUse, ErrorCode, Modality, ProviderName, Task, WinRate
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of, labels_of, starting_label_of
from kaimedia.studio.price_texts import credits_text

JUST_NOW_S = 60


SANDBOX_ONLY = "Sandbox only, because KAIMEDIA_PROVIDER is “sandbox”. Remove that setting and restart to use a key."


def sandbox_line(charging: Sequence[str] = ()) -> str:
    """The sandbox banner; `charging` are the providers that are charged all the same, by name."""
    provider = label_of(ProviderName.KIE)
    add = f"Add your {provider} key to generate real ones."
    if not charging:
        return f"Sandbox: results are generated on this machine for free. {add}"
    others = labels_of(charging)
    charge = "charges" if len(charging) == 1 else "charge"
    return f"Sandbox: results of {provider} models are generated on this machine for free; {others} {charge}. {add}"


def escaped(text: str) -> str:
    """Escape text for `st.html`."""
    return html.escape(text, quote=True)


def one_line(text: str, most: int = 160) -> str:
    """A prompt on one line, cut at `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def plain_markdown(text: str) -> str:
    """Escape Markdown characters, for labels and captions."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~:$&" else char for char in text)


def isolated(text: str) -> str:
    """Isolate text of any direction, so that a right-to-left name does not reorder the rest of the sentence."""
    return f"\u2068{text}\u2069"


def output_label(task: Task) -> str:
    """What a task makes: "4 images", "Image", "Video · 5 s"."""
    if task.modality is Modality.VIDEO:
        length = task.request.duration_s
        return f"Video · {length} s" if length else "Video"
    count = task.request.variants
    return f"{count} images" if count > 1 else "Image"


def outage_line(provider: str, waiting: int, for_s: float) -> str:
    """The notice that the provider is not responding, and what happens to waiting tasks."""
    who = starting_label_of(provider)
    since = f" for {elapsed(for_s)}" if for_s >= 5 else ""
    if not waiting:
        return f"{who} has not responded{since}. You can keep working: new tasks wait in the queue until it does."
    tasks = "1 task is" if waiting == 1 else f"{waiting} tasks are"
    return f"{who} has not responded{since}. {tasks} waiting and will resume automatically. Nothing is charged twice."


def ready(task: Task) -> str:
    """The toast when a task is done."""
    if task.modality is Modality.VIDEO:
        return "Your video is ready."
    return "Your images are ready." if len(task.media_ids) > 1 else "Your image is ready."


def failed_toast(tasks: Sequence[Task]) -> str:
    """One toast for all tasks that failed together; it names the prompt of the first."""
    name = f"“{isolated(one_line(tasks[0].request.prompt, 48))}”"
    if len(tasks) == 1:
        return f"{name} needs attention."
    return f"{name} and {len(tasks) - 1} more need attention."


def elapsed(seconds: float) -> str:
    """A duration as "45 s", "2 min 5 s" or "1 h 3 min"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, coarse: "just now", "5 min ago", "3 h ago", "2 d ago"."""
    seconds = (now - then).total_seconds()
    if seconds < JUST_NOW_S:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    return f"{int(seconds // 3600)} h ago" if seconds < 86_400 else f"{int(seconds // 86_400)} d ago"


def file_size(size_bytes: float) -> str:
    """Bytes as "640 KB", "1.2 GB"."""
    for unit in ("B", "KB", "MB", "GB"):
        if size_bytes < 1000:
            digits = 1 if unit in ("MB", "GB") and size_bytes < 100 else 0
            return f"{size_bytes:.{digits}f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 task", "1,200 tasks"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def items(number: int) -> str:
    """A count of items: "1 item", "27 items"."""
    return counted(number, "item")


def credits(amount: float) -> str:
    """An amount of credits: "1 credit", "0.5 credits", "24,000 credits"."""
    return credits_text(amount)


def days(number: int) -> str:
    """A number of days: "1 day", "12 days"."""
    return f"{number} day" if number == 1 else f"{number} days"


def left_out(names: Sequence[str]) -> str:
    """The settings that the chosen model does not support."""
    return f"Not supported by this model: {', '.join(names)}."


def disk_line(disk: DiskUse) -> str:
    """Disk space used and free: "1.2 GB on disk, 48 MB of it in the trash · 210 GB free"."""
    line = f"{file_size(disk.media_bytes)} on disk"
    if disk.trash_bytes:
        line += f", {file_size(disk.trash_bytes)} of it in the trash"
    return line if disk.free_bytes is None else f"{line} · {file_size(disk.free_bytes)} free"


def enhance_line(provider: str) -> str:
    """The notice about Enhance: no provider reports the enhanced prompt."""
    return f"Enhance was on. {starting_label_of(provider)} does not report the enhanced prompt."


_CHOICES = {"std": "Standard", "basic": "Basic"}


def choice(value: Any) -> str:
    """One of a field's values on a button: words begin with a capital, "1K" and "720p" stay."""
    text = str(value)
    is_word = text.isascii() and text.replace("_", "").isalpha() and text.islower()
    return _CHOICES.get(text) or (text.replace("_", " ").capitalize() if is_word else text)


def without_icon(text: Callable[[Any], str]) -> Callable[[Any], str]:
    """The same text for a list, which shows no icons."""
    return lambda value: text(value).rpartition(": ")[2] if text(value).startswith(":material/") else text(value)


def length(duration_s: int) -> str:
    """A length on a button: "8 s"; 0 and less mean that the model decides."""
    return f"{duration_s} s" if duration_s > 0 else "Auto"


def lengths_line(spec: ModelSpec) -> str:
    """The lengths a model supports, or "" for the usual 5 and 10 s."""
    if not spec.durations_s or len(spec.durations_s) > 3 or set(spec.durations_s) <= {5, 10}:
        return ""
    lengths = [str(length) for length in spec.durations_s]
    listed = " or ".join(filter(None, [", ".join(lengths[:-1]), lengths[-1]]))
    return f"{spec.label.split()[0]} videos are {listed} s long"


def win_text(rate: WinRate | None) -> str:
    """How often a model was chosen: "Won 3 of 5 of your comparisons"; "" before the first choice."""
    return f"Won {rate.wins} of {rate.comparisons} of your comparisons" if rate and rate.comparisons else ""


def why_failed(task: Task) -> str:
    """What happened to a failed task; follows `output_label`."""
    is_many = task.modality is Modality.IMAGE and task.request.variants > 1
    be, was = ("are", "were") if is_many else ("is", "was")
    return {
        ErrorCode.CANCELLED: f"{be} no longer tracked",
        ErrorCode.OUTCOME_UNKNOWN: "may have been sent",
        ErrorCode.NOT_SAVED: f"{was} generated but not saved",
        ErrorCode.EXPIRED: f"{be} taking too long",
    }.get(task.error_code or ErrorCode.PROVIDER_FAILED, "didn’t finish")
