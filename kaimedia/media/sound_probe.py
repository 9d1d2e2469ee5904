"""The child process that opens a sound file: `python sound_probe.py SOUND DEMUXER`.

Like `video_probe.py`, it limits itself before reading any of the file; it prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def probe(sound: Path, demuxer: str) -> dict[str, float]:
    """Decode the start and read the rest. Returns `duration_s`, the sum of all packets, whatever the header states.

    Raises: whatever PyAV raises; the caller only sees this process fail.
    """
    import av

    with av.open(str(sound), format=demuxer, options={"protocol_whitelist": "file"}) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        ticks, is_decoded = 0, False
        for packet in container.demux(stream):
            ticks += packet.duration or 0
            if not is_decoded:
                is_decoded = bool(packet.decode())
        if not is_decoded:
            raise ValueError("nothing can be decoded")
        counted_s = float(ticks * stream.time_base) if stream.time_base else 0.0
        stated_s = container.duration / 1_000_000 if container.duration else 0.0
    return {"duration_s": round(counted_s or stated_s, 3)}


def main(arguments: list[str]) -> int:
    """Print the facts as one line of JSON; any failure ends the process with a nonzero exit code."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from kaimedia.media.video_probe import limit_process

    sound, demuxer = arguments
    limit_process()
    print(json.dumps(probe(Path(sound).absolute(), demuxer)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
