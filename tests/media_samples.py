"""Small videos and sound files, made once."""

from __future__ import annotations

import functools
import io
import math
import struct
import wave
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from PIL import Image

_CODECS = {"mp3": "libmp3lame", "mp4": "aac", "adts": "aac", "ogg": "libopus", "flac": "flac"}


def image(color: str = "teal", size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


@functools.cache
def wav(seconds: float = 1.0, rate: int = 8000) -> bytes:
    """A low tone."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        tone = (round(9000 * math.sin(at / rate * 220 * math.tau)) for at in range(round(seconds * rate)))
        file.writeframes(b"".join(struct.pack("<h", each) for each in tone))
    return out.getvalue()


@functools.cache
def sound(container: str = "mp3", seconds: float = 1.0) -> bytes:
    """The same tone in another container, by FFmpeg's name of it: mp3, mp4, adts, ogg, flac."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as made, av.open(io.BytesIO(wav(seconds, 48000))) as source:
        stream = made.add_stream(_CODECS[container], rate=48000)
        for frame in (*source.decode(audio=0), None):
            if isinstance(frame, AudioFrame):
                frame.pts = None
            for packet in stream.encode(frame):
                made.mux(packet)
    return out.getvalue()


@functools.cache
def video(seconds: float = 1.0, container: str = "mp4", *, fps: int = 8) -> bytes:
    """A few frames that change color; containers: mp4, mov, matroska."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as made:
        stream = made.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        for number in range(round(seconds * fps)):
            shade = 60 + number * 5 % 190
            picture = Image.new("RGB", (64, 48), (shade, 200 - shade // 2, 90))
            picture.paste((255, 255, 255), (number % 32, 8, number % 32 + 16, 24))
            frame = av.VideoFrame.from_image(picture)
            frame.pts = number
            for packet in stream.encode(frame):
                made.mux(packet)
        for packet in stream.encode(None):
            made.mux(packet)
    return out.getvalue()
