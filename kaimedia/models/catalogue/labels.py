"""What people read for the fields and inputs of market models; an entry of the data files may have its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kaimedia.domain import InputKind, Role
from kaimedia.models.params import SharedAs


@dataclass(frozen=True, slots=True)
class FieldText:
    """A field's label and help; `is_common` fields are drawn outside Advanced."""

    label: str
    help: str = ""
    is_common: bool = False
    shared_as: SharedAs | None = None


_RESOLUTION = FieldText("Resolution", is_common=True, shared_as=SharedAs.RESOLUTION)
_SOUND = FieldText("Sound", is_common=True, shared_as=SharedAs.SOUND)
_REWRITE = FieldText("Rewrite the prompt", "A language model adds detail to the prompt before it is used.")
_TASK = FieldText("Earlier task", "The provider's ID of the task to extend or change.", is_common=True)

FIELDS: Mapping[str, FieldText] = {
    "acceleration": FieldText("Acceleration", "Faster, with a little less quality."),
    "align_audio": FieldText("Match the sound's length", "Makes the video as long as the sound."),
    "align_audio_reverse": FieldText("Play back and forth", "Extends a short video by playing it backward."),
    "audio": _SOUND,
    "audio_ids": FieldText("Voice IDs", "IDs of voices created with the provider, one a line."),
    "audio_setting": FieldText("Sound of the result", "Keep the source's sound, or make a new one."),
    "background": FieldText("Background"),
    "background_source": FieldText("Background from", "Which input the background is taken from."),
    "bbox_list": FieldText("Edit regions", "For each image, the boxes to edit: [left, top, right, bottom] in pixels."),
    "camera_fixed": FieldText("Fixed camera"),
    "cfg_scale": FieldText("Prompt adherence", "Low gives the model more freedom; high follows the prompt closely."),
    "character_ids": FieldText("Character IDs", "IDs of characters created with the provider, one a line."),
    "character_orientation": FieldText(
        "Character faces as in", "The image keeps its pose; the video allows longer motion.", is_common=True
    ),
    "color_palette": FieldText("Color palette", "Colors and how much of the image each takes."),
    "customize_multi_shots": FieldText("Describe each shot", "Uses the shots below instead of one prompt."),
    "elements": FieldText("Elements", "Subjects that the prompt can name with @, each with links to images."),
    "enable_pro": FieldText("Pro mode", "Slower, with higher quality.", is_common=True),
    "enable_prompt_expansion": _REWRITE,
    "enable_safety_checker": FieldText("Safety check"),
    "enable_sequential": FieldText("Image series", "Makes a series of related images from one prompt."),
    "enable_translation": FieldText("Translate to English"),
    "enhance_prompt": _REWRITE,
    "expand_prompt": _REWRITE,
    "extend_at": FieldText("Extend at second", "Where in the video the new part begins."),
    "extend_times": FieldText("Added length", "Seconds that are added.", is_common=True),
    "fixed_lens": FieldText("Fixed camera"),
    "frames_per_second": FieldText("Frames per second"),
    "generate_audio": _SOUND,
    "generate_audio_switch": _SOUND,
    "generate_multi_clip_switch": FieldText("Several shots", "The model may cut between shots."),
    "guidance_scale": FieldText(
        "Prompt adherence", "Low gives the model more freedom; high follows the prompt closely."
    ),
    "image_resolution": _RESOLUTION,
    "index": FieldText("Image number", "Which result of the earlier task is used, counted from 0."),
    "kling_elements": FieldText("Elements", "Subjects that the prompt can name with @, each with links to images."),
    "mask_indexs": FieldText("Mask numbers", "Numbers of the segments to edit, one a line."),
    "mode": FieldText("Mode", is_common=True),
    "multi_prompt": FieldText("Shots", "A prompt and a length in seconds for each shot."),
    "multi_shots": FieldText("Several shots", "Uses the shots below instead of one prompt."),
    "negative_prompt": FieldText("Negative prompt", "What the result should not show."),
    "nsfw_checker": FieldText("Safety check"),
    "num_frames": FieldText("Frames", "How many frames the video has."),
    "num_inference_steps": FieldText("Steps", "More steps take longer and may add detail."),
    "open_scenedet": FieldText("Detect scenes", "Finds the speaker again after each cut."),
    "output_format": FieldText("File format"),
    "output_resolution": _RESOLUTION,
    "pe_fast_mode": FieldText("Fast mode", "Quicker, with a simpler reading of the prompt."),
    "prefer_multi_shots": FieldText("Several shots", "The model decides where to cut."),
    "prompt_extend": _REWRITE,
    "prompt_optimizer": _REWRITE,
    "prompt_upsampling": _REWRITE,
    "quality": FieldText("Quality", is_common=True, shared_as=SharedAs.RESOLUTION),
    "reference_file_urls": FieldText("Document", "A link to a PDF, text or office file of up to 50 pages."),
    "reference_link_urls": FieldText("Web page", "A link to the page the video is about."),
    "remove_watermark": FieldText("Remove the watermark"),
    "rendering_speed": FieldText("Rendering speed", is_common=True),
    "resolution": _RESOLUTION,
    "safety_tolerance": FieldText("Safety tolerance", "0 is the strictest."),
    "seed": FieldText("Seed", "The same seed and settings give a similar result. Leave empty for a random one."),
    "seeds": FieldText("Seed", "The same seed and settings give a similar result. Leave empty for a random one."),
    "separate_vocal": FieldText("Separate the voice", "Ignores music and noise in the sound."),
    "shift": FieldText("Shift", "Higher values allow more motion."),
    "size": FieldText("Size", is_common=True, shared_as=SharedAs.RESOLUTION),
    "sound": _SOUND,
    "strength": FieldText("Change", "0 keeps the image; 1 ignores it."),
    "style": FieldText("Style"),
    "sync_mode": FieldText("Wait for the upload"),
    "taskId": _TASK,
    "task_id": _TASK,
    "templ_start_seconds": FieldText("Start at second", "Where in the source video the speech begins."),
    "template_id": FieldText("Effect ID", "ID of one of the provider's effects; it sets the length."),
    "thinking_mode": FieldText("Think first", "Slower; follows complex prompts better."),
    "upload_cn": FieldText("Upload to China", "Stores the result on a server in China."),
    "upload_method": FieldText("Storage", "Where the provider stores the result."),
    "upscale_factor": FieldText("Factor", "How many times larger, on each side.", is_common=True),
    "watermark": FieldText("Watermark"),
    "web_search": FieldText("Web search", "The model may look up what the prompt is about. From text only."),
}

_ONE: Mapping[tuple[Role, InputKind], str] = {
    (Role.REFERENCE, InputKind.IMAGE): "Reference image",
    (Role.FIRST_FRAME, InputKind.IMAGE): "First frame",
    (Role.LAST_FRAME, InputKind.IMAGE): "Last frame",
    (Role.SOURCE, InputKind.IMAGE): "Image",
    (Role.MASK, InputKind.IMAGE): "Mask",
    (Role.STYLE, InputKind.IMAGE): "Style image",
    (Role.PORTRAIT, InputKind.IMAGE): "Portrait",
    (Role.CHARACTER, InputKind.IMAGE): "Character",
    (Role.DRIVING_VIDEO, InputKind.VIDEO): "Motion video",
    (Role.SOURCE_VIDEO, InputKind.VIDEO): "Video",
    (Role.REFERENCE_VIDEO, InputKind.VIDEO): "Reference video",
    (Role.REFERENCE_AUDIO, InputKind.AUDIO): "Reference sound",
    (Role.AUDIO, InputKind.AUDIO): "Sound",
}


def of_field(name: str) -> FieldText:
    """The text of a field; of one that nobody wrote a text for, its name in words."""
    return FIELDS.get(name) or FieldText(name.replace("_", " ").capitalize())


def of_slot(role: Role, kind: InputKind) -> str:
    """The label of an input."""
    return _ONE.get((role, kind)) or role.value.replace("_", " ").capitalize()
