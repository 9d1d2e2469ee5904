"""The one door for pages, API and command line: ask, watch, cancel, keep, delete, set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from kaimedia.config import Config
from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    Media,
    MediaQuery,
    Modality,
    Page,
    Phase,
    ProviderKind,
    Reference,
    Settings,
    Status,
    Task,
    TaskChange,
    utc_now,
)
from kaimedia.errors import InvalidRequest, KaimediaError, NotFound, StaleTransition
from kaimedia.jobs.providers import KeyCheck, Providers, ProviderState
from kaimedia.kie import catalog
from kaimedia.kie.spec import ModelSpec
from kaimedia.kie.validation import refuse_retired, validate
from kaimedia.media.references import ReferenceShelf
from kaimedia.media.storage import Storage
from kaimedia.store.media import MediaStore
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks import TaskStore
from kaimedia.vault import Vault

UNDO_WINDOW = timedelta(minutes=15)
RESUMABLE = (ErrorCode.EXPIRED, ErrorCode.NOT_SAVED, ErrorCode.CANCELLED)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a studio is made of; put together by `bootstrap`."""

    config: Config
    tasks: TaskStore
    media: MediaStore
    settings: SettingsStore
    storage: Storage
    shelf: ReferenceShelf
    providers: Providers
    vault: Vault
    wake: Callable[[], None]


class Studio:
    """Use cases. Every method is safe to call from any thread; none waits for the provider unless it says so."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks = parts.tasks
        self._media = parts.media
        self._settings = parts.settings
        self._providers = parts.providers

    # --- asking -------------------------------------------------------------------------------------------

    def models(self, modality: Modality | None = None) -> tuple[ModelSpec, ...]:
        """The catalogue, in the order it is offered."""
        return catalog.MODELS if modality is None else catalog.by_modality(modality)

    def refuses(self, spec: ModelSpec) -> bool:
        """True when the provider retired the model and the configuration does not lift that."""
        return spec.retirement is not None and spec.id not in self._parts.config.lifted_retirements

    def submit(self, request: GenerationRequest) -> Task:
        """Check a request and put it in the queue; returns at once.

        Raises:
            InvalidRequest: naming the field; nothing was sent.
            ModelRetired: the provider no longer runs the model; nothing was sent.
            AuthFailed: kie.ai is to be used and its key is missing or known to be refused.
            StorageFull: no room to keep what would be paid for.
        """
        return self._enqueue(request, retry_of=None)

    def _enqueue(self, request: GenerationRequest, *, retry_of: str | None) -> Task:
        spec = catalog.get(request.model)
        request = validate(spec, request)
        kind = self._providers.kind()
        if kind is ProviderKind.KIE:
            if spec.id not in self._parts.config.lifted_retirements:
                refuse_retired(spec)
            self._providers.client(kind)
        self._parts.storage.check_writable()
        task = self._tasks.create(
            request,
            modality=spec.modality,
            provider=kind,
            n_media=request.variants,
            credits_estimated=spec.estimate_credits(request),
            now=utc_now(),
            retry_of=retry_of,
        )
        self._parts.wake()
        return task

    # --- reference images ---------------------------------------------------------------------------------

    def add_reference(self, model: str, data: bytes) -> Reference:
        """Check the bytes of a reference image for a model and keep them.

        Raises:
            UnsupportedMedia, TooLarge: in words for the person at the field.
        """
        spec = catalog.get(model)
        return self._parts.shelf.add(data, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes)

    def fetch_reference(self, model: str, url: str) -> Reference:
        """Fetch a reference image from a public link, check and keep it; waits for that host, seconds.

        Raises:
            MediaError: the link or what it gives is not usable.
        """
        spec = catalog.get(model)
        return self._parts.shelf.fetch(
            url,
            allowed_mimes=spec.reference_types,
            max_bytes=spec.max_reference_bytes,
            trusted_hosts=self._parts.config.trusted_hosts,
        )

    def reference_from_media(self, model: str, media_id: int) -> Reference:
        """Use a picture of the gallery (or a clip's poster) as reference."""
        spec = catalog.get(model)
        item = self._media.get(media_id)
        name = item.filename if item.media_type is Modality.IMAGE else item.poster_path
        path = self._parts.storage.path(name) if name else None
        if path is None:
            raise NotFound("The file of this item is gone.")
        return self._parts.shelf.from_media(
            path, allowed_mimes=spec.reference_types, max_bytes=spec.max_reference_bytes
        )

    def reference_preview(self, reference: Reference) -> bytes:
        """A small WebP of a kept reference, for showing."""
        return self._parts.shelf.thumbnail(reference)

    # --- watching -----------------------------------------------------------------------------------------

    def task(self, task_id: str) -> Task:
        """One task. Raises NotFound."""
        return self._tasks.get(task_id)

    def tasks(self, *, status: Status | None = None, limit: int = 50, cursor: str | None = None) -> Page[Task]:
        """All tasks, newest first."""
        return self._tasks.page(status=status, limit=limit, cursor=cursor)

    def shown_tasks(self) -> list[Task]:
        """What Generate shows as cards: running tasks, and failed ones not yet dismissed."""
        return self._tasks.shown()

    def recent_results(self, limit: int = 8) -> list[tuple[Task, list[Media]]]:
        """The newest finished tasks with their media that still exist."""
        tasks = self._tasks.recent_done(limit)
        media = self._media.of_tasks([task.task_id for task in tasks])
        return [(task, media.get(task.task_id, [])) for task in tasks]

    def cancel(self, task_id: str) -> Task:
        """Stop a task: free before it is sent; afterwards we only stop watching and kie.ai may still bill.

        Raises:
            StaleTransition: it is being sent this very moment, or has ended.
        """
        task = self._tasks.get(task_id)
        if task.status in (Status.COMPLETED, Status.FAILED):
            raise StaleTransition("This task has already ended.")
        if task.phase is Phase.SENDING:
            raise StaleTransition("It is being sent this very moment.", next_step="Try again in a few seconds.")
        unsent = task.phase in (Phase.PREPARING, Phase.QUEUED)
        message = (
            "Cancelled before it was sent. Nothing was charged."
            if unsent
            else ("No longer watched. kie.ai may still finish and bill it; press Watch again to fetch the result.")
        )
        fields = {
            "phase": Phase.FAILED,
            "error_code": ErrorCode.CANCELLED,
            "error_message": message,
            "may_have_cost": not unsent,
            "note": None,
            "due_at": None,
            "dismissed_at": utc_now() if unsent else None,
        }
        # The exact phase is expected: a task that was sent meanwhile must not be told "nothing was charged".
        return self._tasks.change(TaskChange(task_id, frozenset({task.phase}), fields), utc_now())

    def retry(self, task_id: str) -> Task:
        """Take a failed task up again.

        One that may still yield what was paid for (expired, not saved, no longer watched) goes on as the same
        task and costs nothing; any other becomes a new task, and the old one is dismissed.
        """
        task = self._tasks.get(task_id)
        if task.status is not Status.FAILED:
            raise StaleTransition("Only a failed task can be tried again.")
        now = utc_now()
        if task.provider_task_id and task.error_code in RESUMABLE:
            fields = {
                "phase": Phase.WAITING,
                "error_code": None,
                "error_message": None,
                "note": None,
                "attempts": 0,
                "accepted_at": now,  # a fresh deadline
                "due_at": now,
                "dismissed_at": None,
            }
            resumed = self._tasks.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), now)
            self._parts.wake()
            return resumed
        fresh = self._enqueue(task.request, retry_of=task_id)
        self.dismiss(task_id)
        return fresh

    def resolve(self, task_id: str, provider_task_id: str) -> Task:
        """Settle an unknown outcome with the provider's own task id; it is then watched and saved.

        Raises:
            InvalidRequest: the id is empty, too long or holds spaces.
            StaleTransition: the task's outcome is not unknown, or another task has that id.
        """
        given = provider_task_id.strip()
        if not given or len(given) > 128 or not given.isprintable() or " " in given:
            raise InvalidRequest(
                "Enter the task id as kie.ai's logs show it, up to 128 characters.", field="provider_task_id"
            )
        task = self._tasks.adopt(given, utc_now(), task_id=task_id)
        self._parts.wake()
        return task

    def dismiss(self, task_id: str) -> Task:
        """Put a failed task out of sight; its row stays."""
        fields: dict[str, Any] = {"dismissed_at": utc_now()}
        return self._tasks.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), utc_now())

    # --- the gallery --------------------------------------------------------------------------------------

    def media(self, media_id: int) -> Media:
        """One item. Raises NotFound."""
        return self._media.get(media_id)

    def list_media(self, query: MediaQuery) -> Page[Media]:
        """One page of the gallery."""
        return self._media.page(query)

    def media_of_task(self, task_id: str) -> list[Media]:
        """The media of one task, by variant."""
        return self._media.of_task(task_id)

    def gallery_models(self) -> list[str]:
        """The ids of models that have media in the gallery."""
        return self._media.models()

    def set_favorite(self, media_ids: Collection[int], on: bool) -> int:
        """Mark or unmark favourites; returns how many changed."""
        return self._media.set_favorite(media_ids, on)

    def delete_media(self, media_ids: Collection[int]) -> list[int]:
        """Take items out of the gallery; `restore_media` undoes it within `UNDO_WINDOW`. Returns the ids taken."""
        return self._media.delete(media_ids, utc_now())

    def restore_media(self, media_ids: Collection[int]) -> list[int]:
        """Undo a delete. Returns the ids brought back."""
        return self._media.restore(media_ids)

    def clear_media(self) -> list[int]:
        """Take everything out of the gallery; running tasks are left alone. Returns the ids taken."""
        return self._media.clear(utc_now())

    def purge_deleted(self) -> int:
        """Remove rows and files whose time to undo is over; returns how many files went."""
        names = self._media.purge(utc_now() - UNDO_WINDOW)
        for name in names:
            self._parts.storage.delete(name)
        return len(names)

    # --- settings and provider ----------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The saved defaults, made to fit the catalogue as it is today."""
        return _fitting(self._settings.get())

    def save_settings(self, **fields: Any) -> Settings:
        """Save defaults. Raises InvalidRequest naming the field whose value a model does not offer."""
        wanted = replace(self._settings.get(), **fields)
        _check_defaults(wanted)
        return self._settings.save(**fields)

    def reset_settings(self) -> Settings:
        """Back to the product's defaults; the saved key stays."""
        return self._settings.reset()

    def provider_state(self) -> ProviderState:
        """Sandbox or kie.ai, key source and hint, last check."""
        return self._providers.state()

    def check_key(self, key: str | None = None) -> KeyCheck:
        """Ask the provider's balance with this key or the one in use; waits for the answer, seconds."""
        return self._providers.check_key(_clean_key(key) if key is not None else None)

    def save_key(self, key: str) -> KeyCheck:
        """Check a key and save it encrypted, unless the provider refuses it.

        Raises:
            InvalidRequest: the text cannot be a key.
        """
        clean = _clean_key(key)
        check = self._providers.check_key(clean)
        if check.is_ok is not False:
            self._settings.save_key_ciphertext(self._parts.vault.seal(clean))
            self._providers.forget_key()
            if check.balance_credits is not None:
                self._providers.note_balance(check.balance_credits)
        return check

    def remove_key(self) -> None:
        """Forget the saved key."""
        self._settings.save_key_ciphertext(None)
        self._providers.forget_key()

    def places(self) -> dict[str, str]:
        """Where things are stored, for showing: database, media, data folder, disk use."""
        from kaimedia.config import without_password

        return {
            "database": without_password(self._parts.config.database_url),
            "media": str(self._parts.config.media_folder),
            "data": str(self._parts.config.data_folder),
        }

    def disk_use(self) -> tuple[int, int]:
        """Bytes used by the gallery, and bytes free where it lives."""
        return self._media.used_bytes(), self._parts.storage.free_bytes()

    def queue_depth(self) -> dict[Phase, int]:
        """How many tasks stand in each phase."""
        return self._tasks.counts()


def _clean_key(key: str) -> str:
    clean = key.strip()
    if not 8 <= len(clean) <= 256 or not clean.isascii() or not clean.isprintable() or " " in clean:
        raise InvalidRequest(
            "That does not look like a key: 8 to 256 letters, digits and signs without spaces.",
            field="api_key",
            next_step="Copy it again from kie.ai, API keys.",
        )
    return clean


def _spec_or_first(model: str, modality: Modality) -> ModelSpec:
    offered = catalog.by_modality(modality)
    return next((spec for spec in offered if spec.id == model), offered[0])


def _fitting(settings: Settings) -> Settings:
    image = _spec_or_first(settings.default_image_model, Modality.IMAGE)
    video = _spec_or_first(settings.default_video_model, Modality.VIDEO)
    return replace(
        settings,
        default_image_model=image.id,
        default_video_model=video.id,
        default_image_aspect_ratio=_offered(settings.default_image_aspect_ratio, image.aspect_ratios),
        default_video_aspect_ratio=_offered(settings.default_video_aspect_ratio, video.aspect_ratios),
        default_variant_count=_offered(settings.default_variant_count, image.variants),
    )


def _offered(value: Any, offered: Iterable[Any]) -> Any:
    choices = tuple(offered)
    return value if value in choices else choices[0]


def _check_defaults(settings: Settings) -> None:
    try:
        image = catalog.get(settings.default_image_model)
        video = catalog.get(settings.default_video_model)
    except KaimediaError as error:
        raise InvalidRequest(error.message, field="default_model") from error
    checks: tuple[tuple[str, Any, tuple[Any, ...], str], ...] = (
        ("default_image_aspect_ratio", settings.default_image_aspect_ratio, image.aspect_ratios, image.label),
        ("default_video_aspect_ratio", settings.default_video_aspect_ratio, video.aspect_ratios, video.label),
        ("default_variant_count", settings.default_variant_count, image.variants, image.label),
    )
    for field, value, offered, label in checks:
        if value not in offered:
            choices = ", ".join(str(choice) for choice in offered)
            raise InvalidRequest(f"{label} offers {choices}, not {value}.", field=field)
