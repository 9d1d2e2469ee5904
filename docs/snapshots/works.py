"""Sample data of the studios: finished works, works in progress, and failed works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kaimedia.domain import Modality

# The browsers' fixed clock; works are dated relative to it, so their ages are the same in every run.
NOW = datetime.now(UTC).replace(microsecond=0)
SIZES = {
    "1:1": (1024, 1024),
    "3:2": (1536, 1024),
    "2:3": (1024, 1536),
    "16:9": (1280, 720),
    "9:16": (720, 1280),
}


@dataclass(frozen=True)
class Work:
    """One request: one video, or 1–4 images of one prompt."""

    prompt: str
    ratio: str
    before: timedelta
    count: int = 1
    model: str = "gpt4o-image"
    length_s: int | None = None
    seed: int = 0
    favorites: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    collection: str = ""
    is_trash: bool = False

    @property
    def modality(self) -> Modality:
        """Video if it has a length."""
        return Modality.VIDEO if self.length_s else Modality.IMAGE


@dataclass(frozen=True)
class Stand:
    """An unfinished work: its phase and the reason. `age_s` is in seconds before the page is visited."""

    work: Work
    phase: str
    age_s: float
    progress: float | None = None
    note_code: str | None = None
    note: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    may_have_cost: bool = False


@dataclass(frozen=True)
class Compared:
    """A comparison of finished works, all of one prompt; `winner` is the position of the chosen one."""

    works: tuple[Work, ...]
    winner: int | None = None
    is_blind: bool = False


def _failed(work: Work, age_s: float, code: str, message: str, may_have_cost: bool = False) -> Stand:
    return Stand(work, "failed", age_s, error_code=code, error_message=message, may_have_cost=may_have_cost)


def _clip(prompt: str, ratio: str, before: timedelta, length_s: int, model: str = "veo3_fast", seed: int = 0) -> Work:
    return Work(prompt, ratio, before, 1, model, length_s, seed)


H, D = timedelta(hours=1), timedelta(days=1)
FINISHED = (
    Work(
        "Polished spheres on a seamless backdrop, product photography, soft shadow",
        *("1:1", 0.2 * H, 4),
        favorites=(2,),
        tags=("product",),
        collection="Campaign autumn",
    ),
    _clip("Neon sun setting over an endless grid, synthwave album cover", "16:9", 0.6 * H, 5),
    Work("Ukiyo-e sea of layered waves under a red sun, washi paper", "3:2", 1 * H, 2, tags=("poster", "sea")),
    Work(
        "City skyline at dusk, lit windows, reflections on black water", "2:3", 2 * H, favorites=(0,), tags=("night",)
    ),
    Work("Bauhaus exhibition poster, quarter circles and stripes, paper grain", "3:2", 3 * H, tags=("poster",)),
    Work("Stained glass wall lit by afternoon sun, leaded cells", "1:1", 5 * H, 2, collection="Textures"),
    Work("Aurora over a still lake, sharp stars, long exposure", "3:2", 7 * H, favorites=(0,), tags=("night",)),
    _clip("Curtains of green light above a black ridge, mirror water", "16:9", 9 * H, 10, "veo3"),
    Work("Dahlia in deep red, macro, black background", "2:3", 26 * H, tags=("flowers",), collection="Textures"),
    Work("Rolling dunes at golden hour, long shadows", "3:2", 30 * H),
    Work(
        "Layered mountain ridges at first light, soft fog in the valleys", "2:3", 2 * D, 2, collection="Travel posters"
    ),
    Work("Ringed gas giant drifting through a violet nebula", "1:1", 3 * D, favorites=(0,)),
    Work("Marbled ink in water, indigo and gold", "3:2", 4 * D, 2, tags=("texture",), collection="Textures"),
    _clip("Ringed gas giant drifting through a violet nebula, cinematic rim light", "9:16", 4 * D, 8, "veo3"),
    Work("Pine forest in the mist, pale morning", "3:2", 6 * D, collection="Travel posters"),
    Work("Coral reef seen from above, paper cut layers", "1:1", 9 * D, tags=("sea",)),
    Work("Night street in the rain, bokeh of red lanterns", "2:3", 12 * D, tags=("night",)),
    Work("Cumulus towers over the plain, late light", "3:2", 20 * D),
    Work("Folded paper cranes, pastel, soft light", "1:1", 33 * D, 2),
    Work("City skyline in neon, rain on glass", "3:2", 60 * D, tags=("night",)),
    Work("Polished spheres in brass and jade", "3:2", 150 * D, seed=4, collection="Campaign autumn"),
    Work("Waves on a northern shore, woodblock print", "2:3", 280 * D, seed=2),
    Work("Aurora behind a lighthouse", "3:2", 420 * D, seed=3),
    Work("Stained glass rose window, cobalt and amber", "1:1", 500 * D, seed=5),
    Work("Kaleidoscope of petals, sketch", "1:1", 5 * D, is_trash=True),
    Work("Dunes under two moons, first try", "3:2", 6 * D, is_trash=True),
    Work("Skyline, too dark", "2:3", 8 * D, is_trash=True),
)
FEW = FINISHED[:3]

RUNNING = (
    Stand(Work("Ukiyo-e sea of layered waves under a red sun, washi paper", "1:1", 0 * H, 4), "generating", 9.4, 0.34),
    Stand(_clip("Ringed gas giant drifting through a violet nebula", "16:9", 0 * H, 8), "generating", 41.4, 0.55),
)
BROKEN = (
    _failed(
        _clip("A crowd cheering as the rocket lifts off, slow motion, telephoto", "16:9", 0 * H, 8),
        300,
        "moderated",
        "Content moderation rejected this prompt.",
    ),
    _failed(
        Work("Harbour at first light, watercolour on rough paper", "3:2", 0 * H, 2),
        420,
        "outcome_unknown",
        "kie.ai’s answer was lost on its way, so the task may have been accepted.",
        may_have_cost=True,
    ),
    _failed(
        Work("Glass greenhouse at night, ferns lit from below", "1:1", 0 * H, 4),
        900,
        "not_saved",
        "The images were made, but could not be downloaded.",
        may_have_cost=True,
    ),
)
WAITING = (
    Stand(
        Work("Lighthouse in a storm, wide angle", "3:2", 0 * H, 2),
        "generating",
        75.4,
        0.4,
        note_code="no_answer",
        note="No connection to kie.ai.",
    ),
)
_POSTER = "Aurora over a still lake, sharp stars, old travel poster"
_KITE = "A kite over dunes at golden hour, handheld camera"
COMPARED = (
    Compared(
        (
            Work(_POSTER, "3:2", 1 * H),
            Work(_POSTER, "3:2", 1 * H, model="nano-banana-2", seed=3),
            Work(_POSTER, "3:2", 1 * H, model="flux.2-pro", seed=5),
        ),
        winner=1,
    ),
    Compared(
        (
            _clip(_KITE, "16:9", 2 * H, 8),
            _clip(_KITE, "16:9", 2 * H, 5, "kling-2.5-turbo", 2),
            _clip(_KITE, "16:9", 2 * H, 5, "runway", 4),
        ),
        is_blind=True,
    ),
)
