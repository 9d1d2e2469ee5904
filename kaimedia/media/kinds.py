"""The kinds of file a result may be: MIME type, extension, and whether browsers show it."""

from __future__ import annotations

from dataclasses import dataclass

from kaimedia.domain import InputKind, Modality


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `ext` has no dot; `modality` is None for what is neither image nor video.

    `is_shown` means that every current browser shows it, so it is served with its own MIME type; anything else is
    only offered as a download. `demuxer` is FFmpeg's name of the container of a video or sound.
    """

    mime_type: str
    ext: str
    modality: Modality | None
    is_shown: bool = False
    demuxer: str | None = None

    @property
    def input_kind(self) -> InputKind | None:
        """What it can be as an input of a model; None for what is neither image, video nor sound."""
        is_image_or_video = self.modality is not None
        top_level = self.mime_type.partition("/")[0]
        return InputKind(top_level) if is_image_or_video or top_level == InputKind.AUDIO else None


def _image(mime_type: str, ext: str, *, is_shown: bool = False) -> Kind:
    return Kind(f"image/{mime_type}", ext, Modality.IMAGE, is_shown)


def _video(mime_type: str, ext: str, demuxer: str, *, is_shown: bool = False) -> Kind:
    return Kind(f"video/{mime_type}", ext, Modality.VIDEO, is_shown, demuxer)


def _audio(mime_type: str, ext: str, demuxer: str) -> Kind:
    return Kind(f"audio/{mime_type}", ext, None, demuxer=demuxer)


PNG = _image("png", "png", is_shown=True)
JPEG = _image("jpeg", "jpg", is_shown=True)
WEBP = _image("webp", "webp", is_shown=True)
GIF = _image("gif", "gif", is_shown=True)
AVIF = _image("avif", "avif", is_shown=True)
BMP = _image("bmp", "bmp", is_shown=True)
ICO = _image("x-icon", "ico", is_shown=True)
HEIC = _image("heic", "heic")
JXL = _image("jxl", "jxl")
TIFF = _image("tiff", "tif")
JPEG_2000 = _image("jp2", "jp2")
PSD = _image("vnd.adobe.photoshop", "psd")
QOI = _image("qoi", "qoi")
SVG = _image("svg+xml", "svg")  # browsers show it, but it may contain scripts
MP4 = _video("mp4", "mp4", "mp4", is_shown=True)
MOV = _video("quicktime", "mov", "mov", is_shown=True)
WEBM = _video("webm", "webm", "matroska", is_shown=True)
OGV = _video("ogg", "ogv", "ogg", is_shown=True)
THREE_GP = _video("3gpp", "3gp", "3gp")
MKV = _video("x-matroska", "mkv", "matroska")
AVI = _video("x-msvideo", "avi", "avi")
FLV = _video("x-flv", "flv", "flv")
MPEG_TS = _video("mp2t", "ts", "mpegts")
MPEG_PS = _video("mpeg", "mpg", "mpeg")
WMV = _video("x-ms-wmv", "wmv", "asf")
IVF = _video("x-ivf", "ivf", "ivf")
PDF = Kind("application/pdf", "pdf", None)
ZIP = Kind("application/zip", "zip", None)
MP3 = _audio("mpeg", "mp3", "mp3")
WAV = _audio("wav", "wav", "wav")
OGG = _audio("ogg", "ogg", "ogg")
FLAC = _audio("flac", "flac", "flac")
M4A = _audio("mp4", "m4a", "mp4")
AAC = _audio("aac", "aac", "aac")
WMA = _audio("x-ms-wma", "wma", "asf")
GLB = Kind("model/gltf-binary", "glb", None)
UNKNOWN = Kind("application/octet-stream", "bin", None)

MEDIA = (
    PNG, JPEG, WEBP, GIF, AVIF, BMP, ICO, HEIC, JXL, TIFF, JPEG_2000, PSD, QOI,
    MP4, MOV, WEBM, OGV, THREE_GP, MKV, AVI, FLV, MPEG_TS, MPEG_PS, WMV, IVF,
)  # fmt: skip
OTHER = (SVG, PDF, ZIP, MP3, WAV, OGG, FLAC, M4A, AAC, WMA, GLB, UNKNOWN)
BY_EXT = {kind.ext: kind for kind in (*MEDIA, *OTHER)}
