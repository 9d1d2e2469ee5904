"""Writes settings.md, errors.md, models.md, .env.example from the code: `python docs/reference.py`. Tests compare."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kaimedia import errors  # noqa: E402
from kaimedia.config_settings import SETTINGS  # noqa: E402
from kaimedia.domain import TASK_ERRORS, Modality, ProviderName  # noqa: E402
from kaimedia.domain.money import money_text  # noqa: E402
from kaimedia.models.catalogue import MODELS  # noqa: E402
from kaimedia.models.spec import ModelSpec  # noqa: E402
from kaimedia.providers.registry import location_of  # noqa: E402

NOTE = "<!-- generated from the code by docs/reference.py -->\n"


def settings_text() -> str:
    """The settings table."""
    lines = [
        "# Settings",
        NOTE,
        "Read once at startup, in this order: environment, `.env`, `.streamlit/secrets.toml`",
        "(the project's, then the one in `$HOME`), default.",
        "`python -m kaimedia doctor` shows each with its source; secrets are masked.",
        "",
        "| name | default | meaning |",
        "|---|---|---|",
        *(f"| `{s.name}` | {f'`{s.default}`' if s.default else 'none'} | {s.help} |" for s in SETTINGS),
    ]
    return "\n".join(lines) + "\n"


def env_example_text() -> str:
    """A `.env` to copy: every setting with its default, commented out."""
    lines = [
        "# Copy this file to .env and uncomment the lines you need; docs/settings.md and docs/access.md explain them.",
        "# The environment takes precedence over .env, and .env over .streamlit/secrets.toml; but Streamlit copies",
        "# secrets.toml into the environment at startup, so set each setting in a single place.",
        "# Generated from the code by docs/reference.py.",
    ]
    for setting in SETTINGS:
        lines += ["", f"# {setting.help}", f"#{setting.name}={setting.default or ''}"]
    return "\n".join(lines) + "\n"


def fill(next_step: str) -> str:
    """The next step after a task's error, for any provider."""
    return next_step.format(provider="the provider", Provider="The provider", key_location="Settings")


def errors_text() -> str:
    """The error tree and the task's error codes."""
    lines = [
        "# Errors",
        NOTE,
        "Every error is one of these; *retryable* means the engine may repeat the same step without paying twice.",
        "",
        "| error | below | retryable | HTTP | code | title | next step |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in vars(errors).values():
        if inspect.isclass(kind) and issubclass(kind, errors.KaimediaError):
            below = kind.__mro__[1].__name__
            facts = kind.facts
            retryable = "yes" if facts.is_retryable else "no"
            lines.append(
                f"| `{kind.__name__}` | {below} | {retryable} | {facts.http_status} | `{facts.code}` "
                f"| {facts.title} | {facts.next_step} |"
            )
    lines += ["", "## Why a task failed: `tasks.error_code`", ""]
    lines += ["*resumable*: trying again resumes the same task, free of charge.", ""]
    lines += ["| code | meaning | paid? | resumable | next step |", "|---|---|---|---|---|"]
    lines += [
        f"| `{code}` | {facts.meaning} | {facts.charged} | {'yes' if facts.is_resumable else 'no'} | {step} |"
        for code, facts in TASK_ERRORS.items()
        for step in [fill(facts.next_step)]
    ]
    return "\n".join(lines) + "\n"


def price_text(spec: ModelSpec) -> str:
    """Lowest to highest listed price. Credits that are not kie.ai's are worth something else, so it says whose."""
    prices = [mode.price.span_credits for mode in spec.modes or (spec,) if mode.price.span_credits]
    if not prices:
        return "unknown"
    low, high = min(low for low, _ in prices), max(high for _, high in prices)
    credits = f"{span_text(f'{low:g}', f'{high:g}')} credits"
    if spec.provider != ProviderName.KIE:
        rate = spec.price.usd_per_credit
        money = "" if rate is None else span_text(money_text(low * rate, "USD"), money_text(high * rate, "USD"))
        credits += f" {location_of(spec.provider)}" + (f" ({money})" if money else "")
    return f"{credits}{spec.price.unit.suffix} ({spec.price.as_of:%Y-%m-%d})"


def span_text(low: str, high: str) -> str:
    """A range, or the one value."""
    return low if low == high else f"{low}–{high}"


def lengths_text(durations_s: tuple[int, ...]) -> str:
    """The lengths of a model: "4, 6, 8 s", "3–15 s or automatic"."""
    lengths = [length for length in durations_s if length > 0]
    if not lengths:
        return "–"
    is_range = len(lengths) > 3 and lengths == list(range(lengths[0], lengths[-1] + 1))
    text = f"{lengths[0]}–{lengths[-1]} s" if is_range else f"{', '.join(map(str, lengths))} s"
    return f"{text} or automatic" if len(lengths) < len(durations_s) else text


def model_row(spec: ModelSpec) -> str:
    """One row of the models table."""
    lengths = lengths_text(spec.durations_s)
    inputs = ", ".join(
        f"`{slot.role}`" + (f" (up to {slot.maximum})" if slot.maximum > 1 else "") for slot in spec.inputs
    )
    more = ", ".join(f"{param.name}" for param in spec.params) or "–"
    if spec.retirement:
        more += f"; **retired by the provider on {spec.retirement.on}**, use `{spec.retirement.replacement}`"
    return (
        f"| `{spec.id}` | {spec.label} | {', '.join(spec.aspect_ratios) or '–'} | {lengths} | {inputs or '–'} "
        f"| {spec.prompt_max_chars:,} | {price_text(spec)} | {more} |"
    )


def models_text() -> str:
    """The catalog as tables."""
    about = (
        "Prices come from the provider's list of the date shown. The actual cost may differ. Models that kie.ai has "
        "added since are in the app, marked *Not yet known here*; `python -m kaimedia models --check` compares now."
    )
    lines = ["# Models", NOTE, about, ""]
    for modality in Modality:
        lines += [
            f"## {modality.value.capitalize()}s",
            "",
            "| id | name | ratios | durations | inputs | max. prompt characters | list price | more fields |",
            "|---|---|---|---|---|---|---|---|",
            *(model_row(spec) for spec in MODELS if spec.modality is modality),
            "",
        ]
    return "\n".join(lines)


TEXTS = {
    "settings.md": settings_text,
    "errors.md": errors_text,
    "models.md": models_text,
    "../.env.example": env_example_text,
}

if __name__ == "__main__":
    for name, text in TEXTS.items():
        (ROOT / "docs" / name).write_text(text(), encoding="utf-8")
