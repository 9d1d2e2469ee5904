"""Every session key, typed, once. Query parameters carry the gallery's filters only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import streamlit as st

from kaimedia.domain import GenerationRequest, Modality, Reference
from kaimedia.studio import DeletedStyle

T = TypeVar("T")


def reported(key: str, name: str) -> Any:
    """What the component `key` reported under `name`. For callbacks only.

    None where its page was left meanwhile: Streamlit calls back all the same, when the value is gone.
    """
    given = st.session_state.get(key)
    return given.get(name) if given else None


class Slot(Generic[T]):
    """One session value with its default; `key` doubles as the widget key where a widget holds it."""

    def __init__(self, key: str, default: T) -> None:
        self.key = key
        self.default = default

    def get(self) -> T:
        """The value, or the default while nothing was set."""
        value: T = st.session_state.get(self.key, self.default)
        return value

    def set(self, value: T) -> None:
        """Put a value."""
        st.session_state[self.key] = value

    def take(self) -> T:
        """The value, leaving the default behind."""
        value: T = st.session_state.pop(self.key, self.default)
        return value

    def is_set(self) -> bool:
        """True once a value was put or a widget drew it."""
        return self.key in st.session_state


@dataclass(frozen=True, slots=True)
class FieldNote:
    """What is wrong with one field, shown there."""

    field: str
    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that waits for the next drawing: a toast, or a red box when it is an error."""

    text: str
    icon: str = ":material/auto_awesome:"
    is_error: bool = False
    link: tuple[str, str] | None = None  # text and address of a link behind it


@dataclass(frozen=True, slots=True)
class ReferenceDraft:
    """The chosen reference image with its small preview (WebP bytes)."""

    reference: Reference
    preview: bytes
    origin: str  # words for a person: "Pasted", "Upload · cat.png"


@dataclass(frozen=True, slots=True)
class Ask:
    """A dialog: its name, the items it is about, and perhaps the collection or the style."""

    what: str
    ids: tuple[int, ...] = ()
    collection_id: int = 0
    style_id: str = ""


IMAGES, VIDEOS = "Images", "Videos"

# Generate
mode: Slot[str] = Slot("mode", IMAGES)
prompt: Slot[str] = Slot("prompt", "")
draft_aside: Slot[str] = Slot("draft_aside", "")  # a prompt that made room for a reference, to be offered again
prompt_turn: Slot[int] = Slot("prompt_turn", 0)  # grows whenever we, not the person, set the prompt
ideas_seen: Slot[tuple[str, ...]] = Slot("ideas_seen", ())  # the last surprises, none comes again soon
history_open: Slot[bool] = Slot("history_box_open", False)
styles_open: Slot[bool] = Slot("style_box", False)
history_words: Slot[str] = Slot("history_words", "")
enhance: Slot[bool] = Slot("enhance", False)
field_note: Slot[FieldNote | None] = Slot("field_note", None)
style_name: Slot[str] = Slot("style_name", "")  # of the style to be saved
style_note: Slot[str] = Slot("style_note", "")  # why it was not saved
style_replacing: Slot[str | None] = Slot("style_replacing", None)  # the name that is taken, while that is open
result_style_name: Slot[str] = Slot("result_style_name", "")  # of the style to be saved from a result
result_style_text: Slot[str] = Slot("result_style_text", "")
result_style_taken: Slot[str] = Slot("result_style_taken", "")  # the name that is taken, while replacing is offered
reference: Slot[ReferenceDraft | None] = Slot("reference", None)
reference_link: Slot[str] = Slot("reference_link", "")
reference_way: Slot[str] = Slot("reference_way", "Link")  # the tab that is open
reference_round: Slot[int] = Slot("reference_round", 0)  # a new round empties the uploader
ended: Slot[tuple[tuple[str, str, str], ...]] = Slot("ended_tasks", ())  # (task id, heading, prompt's first words)
running: Slot[frozenset[str]] = Slot("running_tasks", frozenset())
sent: Slot[tuple[GenerationRequest, float] | None] = Slot("sent", None)  # the last request, monotonic seconds
seen_revision: Slot[str] = Slot("seen_revision", "")  # of the gallery, when it was last looked at
seen_provider: Slot[str] = Slot("seen_provider", "")  # whether it could be used when that was last looked at
opened_tasks: Slot[tuple[str, ...]] = Slot("opened_tasks", ())  # ids of statuses a person opened
finished: Slot[tuple[str, ...]] = Slot("finished_tasks", ())  # ids of tasks that were done while the page was open
queue_open: Slot[bool] = Slot("queue_open", False)
asked: Slot[tuple[str, str] | None] = Slot("asked_task", None)  # (task id, "cancel" | "resend" | "look_up")

# Gallery: down to the days, widget keys and query parameters; "" and 0 stand for any
gallery_kind: Slot[str] = Slot("kind", "All")
gallery_words: Slot[str] = Slot("q", "")
gallery_favorites: Slot[bool] = Slot("favourites", False)
gallery_sort: Slot[str] = Slot("sort", "Newest first")
gallery_shelf: Slot[str] = Slot("show", "Finished")
gallery_model: Slot[str] = Slot("model", "")
gallery_tag: Slot[str] = Slot("tag", "")
gallery_collection: Slot[int] = Slot("collection", 0)
gallery_date: Slot[str] = Slot("date", "Any time")
gallery_days: Slot[tuple[date, ...]] = Slot("days", ())  # of a custom range
gallery_chosen: Slot[dict[str, Any]] = Slot("gallery_chosen", {})  # by key, for coming back to the page
gallery_left: Slot[bool] = Slot("gallery_left", False)  # another page was shown since
gallery_returned: Slot[bool] = Slot("gallery_returned", False)  # and what was chosen is due to be put back
gallery_pickers: Slot[dict[str, tuple[int, Any]]] = Slot("gallery_pickers", {})  # turn and value shown, by filter
gallery_overwritten: Slot[tuple[float, dict[str, Any], dict[str, Any]]] = Slot(
    "gallery_overwritten", (float("-inf"), {}, {})
)  # when we last set filters (monotonic seconds), what they were, and what they became
gallery_pages: Slot[int] = Slot("gallery_pages", 1)
gallery_asked: Slot[str] = Slot("gallery_asked", "")  # the filters those pages belong to
gallery_known: Slot[tuple[Any, Any]] = Slot("gallery_known", (None, None))  # what was read, and for what
gallery_ask: Slot[Ask | None] = Slot("gallery_ask", None)  # the dialog that is open
deleted: Slot[tuple[int, ...]] = Slot("deleted_media", ())  # the last batch of this session
deleted_style: Slot[DeletedStyle | None] = Slot("deleted_style", None)  # when a style was deleted last, not media
deleted_at_s: Slot[float] = Slot("deleted_at_s", float("-inf"))  # monotonic
opened_media: Slot[tuple[int, ...]] = Slot("opened_media", ())  # the newest last

# Settings
unchecked_key: Slot[str] = Slot("unchecked_key", "")  # only while "Save it unchecked" is offered
asks_remove_key: Slot[bool] = Slot("asks_remove_key", False)
chosen_copy: Slot[str] = Slot("chosen_copy", "")  # the copy whose use is to be confirmed; EMPTY for none
fresh_token: Slot[str] = Slot("fresh_api_token", "")  # shown once, then gone from the session

# Everywhere
notices: Slot[tuple[Notice, ...]] = Slot("notices", ())
go_to: Slot[str] = Slot("go_to", "")  # a page to switch to once a callback is over
go_whole: Slot[bool] = Slot("go_whole", False)  # a fragment's callback changed what stands outside of it


def modality() -> Modality:
    """What Generate makes now."""
    return Modality.VIDEO if mode.get() == VIDEOS else Modality.IMAGE


def set_modality(wanted: Modality) -> None:
    """Switch Generate to images or videos."""
    mode.set(VIDEOS if wanted is Modality.VIDEO else IMAGES)


def write_prompt(text: str) -> None:
    """Set the prompt from our side. For callbacks only."""
    prompt.set(text)
    prompt_turn.set(prompt_turn.get() + 1)


def model_of(wanted: Modality) -> Slot[str]:
    """The chosen model id of a modality."""
    return Slot(f"model_{wanted}", "")


def preset_of(wanted: Modality) -> Slot[str | None]:
    """The id of the style in use for a modality."""
    return Slot(f"style_{wanted}", None)


def choice(model_id: str, name: str, default: Any = None) -> Slot[Any]:
    """One setting of one model: `aspect`, `variants`, `duration` or a param's name."""
    return Slot(f"choice_{model_id}_{name}", default)


def last_choice(wanted: Modality, name: str) -> Slot[Any]:
    """What was last chosen for a setting, carried over to the next model that offers it."""
    return Slot(f"last_{wanted}_{name}", None)


def tell(
    text: str,
    *,
    icon: str = ":material/auto_awesome:",
    is_error: bool = False,
    link: tuple[str, str] | None = None,
) -> None:
    """Queue a notice for the end of this run; the same one is queued once."""
    notice = Notice(text, icon, is_error, link)
    if notice not in notices.get():
        notices.set((*notices.get(), notice))
