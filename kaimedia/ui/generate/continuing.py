"""Fill the form for a step that uses a result."""

from __future__ import annotations

from kaimedia.domain import Media
from kaimedia.models.next_steps import STEPS, NextStep, Way
from kaimedia.models.spec import PromptUse
from kaimedia.studio import Studio
from kaimedia.ui import state
from kaimedia.ui.generate import draft, model_switch, reference_image


def start(studio: Studio, step: NextStep, way: Way, item: Media) -> None:
    """Choose the model, put the result into its place, and keep or clear the prompt. For callbacks only."""
    spec = way.model
    model_switch.choose(spec)
    if STEPS[step].keeps_prompt:
        draft.put_prompt(studio, item.prompt, spec.modality)
    elif spec.prompt_use is not PromptUse.NONE:
        draft.save_draft(studio, item.prompt)
    if way.task_field is not None:
        state.references.set(())
        state.choice(spec.id, way.task_field.name).set(studio.next_steps.provider_task_id(item))
    elif way.slot is not None:
        how = reference_image.use_last_frame if step is NextStep.LAST_FRAME else reference_image.use_media
        how(studio, spec, item.id, way.slot)
    state.notify(
        f"{STEPS[step].label} with {spec.label}. You can choose another model.", icon=":material/arrow_forward:"
    )
