"""Session keys and their types; a key of one file may be a `Slot` there. Query parameters are the gallery's filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import streamlit as st

from kaimedia.domain import BatchKind, GenerationRequest, Modality, Reference, Role
from kaimedia.models.inputs import MaskColor
from kaimedia.studio import BatchPrice, DeletedStyle, MaskCanvas

T = TypeVar("T")


def reported(key: str, name: str) -> Any:
    """What the component `key` reported under `name`. For callbacks only.

    None when the page was left in the meantime: Streamlit still runs the callback, but without the value.
    """
    values = st.session_state.get(key)
    return values.get(name) if values else None


class Slot(Generic[T]):
    """One session value with its default; `key` doubles as the widget key where a widget holds it."""

    def __init__(self, key: str, default: T) -> None:
        self.key = key
        self.default = default

    def get(self) -> T:
        """The value, or the default if none was set."""
        value: T = st.session_state.get(self.key, self.default)
        return value

    def set(self, value: T) -> None:
        """Set the value."""
        st.session_state[self.key] = value

    def take(self) -> T:
        """Remove and return the value."""
        value: T = st.session_state.pop(self.key, self.default)
        return value

    def is_set(self) -> bool:
        """True once a value was set or a widget was drawn."""
        return self.key in st.session_state


@dataclass(frozen=True, slots=True)
class FieldNote:
    """An error shown at a field."""

    field: str
    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A toast queued for the end of the run; an error stays until closed."""

    text: str
    icon: str = ":material/auto_awesome:"
    is_error: bool = False
    link: tuple[str, str] | None = None  # text and address of a link after it


@dataclass(frozen=True, slots=True)
class MaskColors:
    """What the colors of a chosen mask mean.

    `changes` is the color of what changes by the rule of the model that it was chosen for. A mask painted here surely
    follows that rule; `inverted` is a stored copy of it with the colors swapped, and its preview. Of others, the rule
    they follow is not known, and there is no copy.
    """

    changes: MaskColor
    inverted: tuple[Reference, bytes] | None = None


@dataclass(frozen=True, slots=True)
class ReferenceDraft:
    """A chosen input with a small preview (WebP bytes; b"" of sound); `role` unless chosen for the model's first.

    `painted_on` is the file name of the image that a mask was painted on here, "" of any other input. `colors` are
    those of a mask for a model that says what a mask's colors mean.
    """

    reference: Reference
    preview: bytes
    origin: str  # for display: "Pasted", "Upload · cat.png"
    role: Role | None = None
    painted_on: str = ""
    colors: MaskColors | None = None


@dataclass(frozen=True, slots=True)
class OpenDialog:
    """An open dialog: its name, the items it is about, and the collection or style if any."""

    what: str
    ids: tuple[int, ...] = ()
    collection_id: int = 0
    style_id: str = ""


@dataclass(frozen=True)
class Confirmation:
    """A batch to be confirmed. `lines` say what is made and by how many requests, `notes` what was left out."""

    kind: BatchKind
    requests: tuple[GenerationRequest, ...]
    name: str = ""
    is_blind: bool = False
    lines: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A chosen CSV file with prompts."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AskedBatch:
    """A confirmation that was asked for; `key` makes confirming it twice one batch.

    `prices` are the totals by provider that are shown, `line_prices` those of the lines that are drawn.
    """

    confirmation: Confirmation
    key: str
    prices: tuple[tuple[str, BatchPrice], ...] = ()
    line_prices: tuple[str, ...] = ()


IMAGES, VIDEOS = "Images", "Videos"

# Generate
mode: Slot[str] = Slot("mode", IMAGES)
prompt: Slot[str] = Slot("prompt", "")
saved_draft: Slot[str] = Slot("saved_draft", "")  # a prompt replaced for a reference, offered again
prompt_turn: Slot[int] = Slot("prompt_turn", 0)  # incremented whenever the server, not the user, sets the prompt
ideas_seen: Slot[tuple[str, ...]] = Slot("ideas_seen", ())  # the last ideas shown, not repeated soon
history_open: Slot[bool] = Slot("history_box_open", False)
styles_open: Slot[bool] = Slot("style_box", False)
history_search: Slot[str] = Slot("history_words", "")
enhance: Slot[bool] = Slot("enhance", False)
seen_choices: Slot[tuple[str, dict[str, Any]]] = Slot("seen_choices", ("", {}))  # of the last run: model id, values
dropped: Slot[tuple[str, str]] = Slot("dropped_choices", ("", ""))  # the model id, and what it does not take
field_note: Slot[FieldNote | None] = Slot("field_note", None)
style_name: Slot[str] = Slot("style_name", "")  # of the style being saved
style_note: Slot[str] = Slot("style_note", "")  # why it was not saved
style_replacing: Slot[str | None] = Slot("style_replacing", None)  # the taken name, while replacing is offered
result_style_name: Slot[str] = Slot("result_style_name", "")  # of the style being saved from a result
result_style_text: Slot[str] = Slot("result_style_text", "")
result_style_taken: Slot[str] = Slot("result_style_taken", "")  # the taken name, while replacing is offered
references: Slot[tuple[ReferenceDraft, ...]] = Slot("references", ())
reference_role: Slot[str] = Slot("reference_role", "")  # what the next one is for
reference_link: Slot[str] = Slot("reference_link", "")
reference_way: Slot[str] = Slot("reference_way", "Link")  # the open tab
mask_canvas: Slot[tuple[str, MaskCanvas] | None] = Slot("mask_canvas", None)  # which files, and what is painted on
masks_received: Slot[int] = Slot("masks_received", 0)
reference_round: Slot[int] = Slot("reference_round", 0)  # incrementing it clears the uploader
ended: Slot[tuple[tuple[str, str, str], ...]] = Slot("ended_tasks", ())  # (task id, heading, start of the prompt)
running: Slot[frozenset[str]] = Slot("running_tasks", frozenset())
sent: Slot[tuple[GenerationRequest, float] | None] = Slot("sent", None)  # the last request, monotonic seconds
batch_on: Slot[bool] = Slot("batch_on", False)  # the prompt is many: one on each line
batch_seeds: Slot[int] = Slot("batch_seeds", 1)  # for each prompt
batch_file: Slot[BatchFile | None] = Slot("batch_file_chosen", None)
batch_file_round: Slot[int] = Slot("batch_file_round", 0)  # incrementing it clears the uploader
asked_batch: Slot[AskedBatch | None] = Slot("asked_batch", None)  # while its confirmation is open
submitted_batch: Slot[int] = Slot("submitted_batch", 0)  # the id of the last one confirmed here
running_batches: Slot[dict[int, int]] = Slot("running_batches", {})  # of those that run: id, tasks that have ended
batches_drawn_s: Slot[float] = Slot("batches_drawn_s", float("-inf"))  # when the page last showed their results
seen_change_count: Slot[str] = Slot("seen_revision", "")  # of the gallery, at the last check
seen_provider: Slot[str] = Slot("seen_provider", "")  # whether it was usable at the last check
opened_tasks: Slot[tuple[str, ...]] = Slot("opened_tasks", ())  # ids of tasks whose row the user opened
finished: Slot[tuple[str, ...]] = Slot("finished_tasks", ())  # ids of tasks completed while the page was open
queue_open: Slot[bool] = Slot("queue_open", False)
open_question: Slot[tuple[str, str] | None] = Slot("open_question", None)  # (task id, "cancel" | "resend" | "look_up")
compare_blind: Slot[bool] = Slot("compare_blind", False)  # names are hidden until the choice
past_comparisons: Slot[int] = Slot("past_comparisons", 20)  # how many the list of them shows
opened_comparison: Slot[int] = Slot("opened_comparison", 0)  # the batch shown in place of the results; 0 for none
comparison_in_url: Slot[int] = Slot("comparison_in_url", 0)  # at the end of the last run
comparisons_opened: Slot[int] = Slot("comparisons_opened", 0)  # how many were opened in this session

# Gallery: up to `days`, widget keys and query parameters; "" and 0 mean any
gallery_kind: Slot[str] = Slot("kind", "All")
gallery_search: Slot[str] = Slot("q", "")
gallery_favorites: Slot[bool] = Slot("favorites", False)
gallery_sort: Slot[str] = Slot("sort", "Newest first")
gallery_view: Slot[str] = Slot("show", "Finished")
gallery_model: Slot[str] = Slot("model", "")
gallery_tag: Slot[str] = Slot("tag", "")
gallery_collection: Slot[int] = Slot("collection", 0)
gallery_batch: Slot[int] = Slot("results_of", 0)
gallery_date: Slot[str] = Slot("date", "Any time")
gallery_days: Slot[tuple[date, ...]] = Slot("days", ())  # of a custom range
gallery_chosen: Slot[dict[str, Any]] = Slot("gallery_chosen", {})  # by key, restored on returning to the page
gallery_left: Slot[bool] = Slot("gallery_left", False)  # another page was opened since
gallery_returned: Slot[bool] = Slot("gallery_returned", False)  # and the filters are about to be restored
gallery_overwritten: Slot[tuple[float, dict[str, Any], dict[str, Any]]] = Slot(
    "gallery_overwritten", (float("-inf"), {}, {})
)  # when we last set filters (monotonic seconds), what they were, and what they became
gallery_pages: Slot[int] = Slot("gallery_pages", 1)
gallery_page_key: Slot[str] = Slot("gallery_page_key", "")  # the query those pages belong to
gallery_known: Slot[tuple[Any, Any]] = Slot("gallery_known", (None, None))  # what was read, and for which query
gallery_dialog: Slot[OpenDialog | None] = Slot("gallery_dialog", None)  # the dialog that is open
deleted: Slot[tuple[int, ...]] = Slot("deleted_media", ())  # the last batch deleted in this session
deleted_style: Slot[DeletedStyle | None] = Slot("deleted_style", None)  # set if the last delete was a style, not media
deleted_at_s: Slot[float] = Slot("deleted_at_s", float("-inf"))  # monotonic
opened_media: Slot[tuple[int, ...]] = Slot("opened_media", ())  # the newest last

# Settings
unchecked_key: Slot[str] = Slot("unchecked_key", "")  # only while "Save without checking" is offered
is_removing_key: Slot[bool] = Slot("is_removing_key", False)
chosen_copy: Slot[str] = Slot("chosen_copy", "")  # the copy awaiting confirmation; EMPTY for none
fresh_token: Slot[str] = Slot("fresh_api_token", "")  # shown once, then removed from the session

# Everywhere
pickers: Slot[dict[str, tuple[int, Any]]] = Slot("pickers", {})  # version and value shown, by slot
notices: Slot[tuple[Notice, ...]] = Slot("notices", ())
go_to: Slot[str] = Slot("go_to", "")  # a page to switch to after a callback
go_to_params: Slot[dict[str, str]] = Slot("go_to_params", {})  # query parameters to open that page with
needs_rerun: Slot[bool] = Slot("needs_rerun", False)  # a fragment's callback asks for a rerun of the whole page


def modality() -> Modality:
    """The current mode of Generate."""
    return Modality.VIDEO if mode.get() == VIDEOS else Modality.IMAGE


def set_modality(wanted: Modality) -> None:
    """Switch Generate to images or videos."""
    mode.set(VIDEOS if wanted is Modality.VIDEO else IMAGES)


def write_prompt(text: str) -> None:
    """Set the prompt from the server. For callbacks only."""
    prompt.set(text)
    prompt_turn.set(prompt_turn.get() + 1)


REFERENCE_BOX = "reference_box"  # one key for all models: a click right after a model change still opens it


def close_reference_box() -> None:
    """Close the chooser of inputs, which lies over the settings. For callbacks only."""
    st.session_state[REFERENCE_BOX] = False


def model_of(wanted: Modality) -> Slot[str]:
    """The chosen model id of a modality."""
    return Slot(f"model_{wanted}", "")


def compared_with(wanted: Modality) -> Slot[tuple[str, ...]]:
    """The ids of the models to compare the chosen one of a modality with."""
    return Slot(f"compared_with_{wanted}", ())


def preset_of(wanted: Modality) -> Slot[str | None]:
    """The id of the style in use for a modality."""
    return Slot(f"style_{wanted}", None)


def choice(model_id: str, name: str, default: Any = None) -> Slot[Any]:
    """One setting of one model: `aspect`, `variants`, `duration` or a param's name."""
    return Slot(f"choice_{model_id}_{name}", default)


def last_choice(wanted: Modality, name: str) -> Slot[Any]:
    """The last choice for a setting, carried over to other models that offer it."""
    return Slot(f"last_{wanted}_{name}", None)


def kept_values(wanted: Modality) -> Slot[dict[str, Any]]:
    """Values the user gave to models' own fields, by what the field means, for other models that have it."""
    return Slot(f"kept_{wanted}", {})


def notify(
    text: str,
    *,
    icon: str = ":material/auto_awesome:",
    is_error: bool = False,
    link: tuple[str, str] | None = None,
) -> None:
    """Queue a notice for the end of this run; duplicates are ignored."""
    notice = Notice(text, icon, is_error, link)
    if notice not in notices.get():
        notices.set((*notices.get(), notice))
