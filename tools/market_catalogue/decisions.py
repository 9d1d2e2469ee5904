"""What is decided here about entries of the data set: left out, joined, renamed, and values where it has none."""

from __future__ import annotations

# Written by hand, with endpoints of their own, or without a file as the result.
LEFT_OUT = {
    "4o-image-api": "gpt4o-image has its own endpoint",
    "veo-3-1": "veo3 and veo3_fast have their own endpoint",
    "runway": "runway has its own endpoint",
    "omnihuman-1-5/human-identification": "its result is a yes or no, not a file",
    "sora-2-pro-storyboard": "retired, and its fields were never established",
    "veo/extend": "it extends tasks of veo-3-1, not those of Veo's own endpoint",
    "veo/get-1080p-video": "as veo/extend",
    "veo/get-4k-video": "as veo/extend",
    "runway/extend-ai-video": "as veo/extend, for runway",
}
# Ids beyond a pair of text and image that are one product, distinguished by what is given.
SAME_PRODUCT = {
    "kling-3.0-omni/text-to-video": ("kling-3.0-omni/reference-to-video", "kling-3.0-omni/transformation"),
    "minimax-h3/text-to-video": ("minimax-h3/reference-to-video",),
    "wan/2-7-text-to-video": ("wan/2-7-r2v", "wan/2-7-videoedit"),
    "wan/2-6-text-to-video": ("wan/2-6-video-to-video",),
    "wan/2-6-flash-image-to-video": ("wan/2-6-flash-video-to-video",),
    "happyhorse/text-to-video": ("happyhorse/reference-to-video", "happyhorse/video-edit"),
    "happyhorse-1-1/text-to-video": ("happyhorse-1-1/reference-to-video",),
    "pixverse-v6/text-to-video": ("pixverse-v6/transition", "pixverse-v6/reference-to-video"),
}
# Ids of products that existed before the data set was taken over.
OWN_IDS = {"kling/v2-5-turbo-text-to-video-pro": "kling-2.5-turbo", "sora-2-text-to-video": "sora2"}
REPLACED_BY_OWN = {"veo-3-1": "veo3_fast", "4o-image-api": "gpt4o-image"}

ASPECT_FIELDS = ("aspect_ratio", "image_size", "ratio")
SMALL_SQUARE = "square"  # a second, smaller square; left out, since `square_hd` costs the same
ROLES = {
    ("reference", "image"): "reference",
    ("reference", "video"): "reference_video",
    ("reference", "audio"): "reference_audio",
    ("voice", "audio"): "reference_audio",
    ("source", "image"): "source",
    ("source", "video"): "source_video",
    ("source_video", "video"): "source_video",
    ("clip_to_continue", "video"): "source_video",
    ("reference_mask", "image"): "mask",
    ("subject_mask", "image"): "mask",
    ("speech", "audio"): "audio",
    ("soundtrack", "audio"): "audio",
    ("driving_audio", "audio"): "audio",
}
MEDIA_TYPES = {"image_url": "image", "image_urls": "image", "video_url": "video", "video_urls": "video"} | {
    "audio_url": "audio",
    "audio_urls": "audio",
}
# Lists of objects around one link each, which are inputs all the same.
OBJECT_INPUTS = {
    "image_references": ("image", {"image_url": "$url", "type": "subject", "ref_name": "image$n"}),
    "video_list": ("video", {"url": "$url", "start": 0, "ends": 10}),
}
LEFT_OUT_FIELDS = {
    ("kling-3.0-omni/transformation", "duration"): "text of unknown form, only with images",
    ("google/nano-banana", "image_size"): "an older name of aspect_ratio",
    ("google/nano-banana-edit", "image_size"): "an older name of aspect_ratio",
}
# Where the provider's default makes a request with nothing chosen invalid.
OWN_DEFAULTS = {"customize_multi_shots": False, "index": None}
OWN_ROLES = {("pixverse-v6/image-to-video", "image_urls"): "first_frame"}
COUNT_FIELDS = ("num_images", "n", "max_images")
DURATION_FIELDS = ("duration", "n_frames")
CAPABILITIES = {
    "image-to-image": "edit",
    "background-removal": "remove-background",
    "layer-decomposition": "split-layers",
    "segmentation": "split-layers",
    "avatar": "talking-portrait",
    "hd-fetch": "upscale",
}
DEFAULT_BYTES = 10_000_000  # where the provider's pages state no limit
DEFAULT_TYPES = {
    "image": ["image/png", "image/jpeg", "image/webp"],
    "video": ["video/mp4", "video/quicktime"],
    "audio": ["audio/mpeg", "audio/wav"],
}
