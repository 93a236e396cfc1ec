"""The child process that decodes files which other programs made, under limits, until its input ends.

Files are read by `pictures`, `frames` and `sound_files` as elsewhere; only the process differs. It has no environment,
may write no file, and dies rather than take more memory or processor time than `external` allows. A request on stdin is
a line of JSON. An answer on stdout is a number of records, each a tag of one byte, a length in 8 bytes, big-endian, and
that many bytes: a JSON header, pixels or samples, then the end, or why there is none.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.container_tags import read_tags
from tower_anime_assets.media.frames import probe, rgb_frames
from tower_anime_assets.media.pictures import open_image, read_picture
from tower_anime_assets.media.sound_files import decoded_chunks, find_external_layout

HEADER, DATA, END, REFUSAL, CRASH, NO_MEMORY = b"H", b"D", b"E", b"R", b"C", b"M"
"""Tags of the records of an answer."""

MAX_HEADER_BYTES: Final = 1 << 20
MAX_TAGS_BYTES: Final = 64 << 20
"""Graphs that ComfyUI's editor leaves in a film have up to a few megabytes."""

MAX_FRAMES: Final = 100_000
"""Over an hour at 24 frames per second; no model makes clips of more than minutes."""

PICTURE_FORMATS: Final = ("PNG", "JPEG", "WEBP")

_Record = Mapping[str, Any] | NDArray[Any]


def main(memory_bytes: int) -> None:
    """Answer requests until the input ends, which it also does when the parent is killed, or until a decoder crashes.

    Args:
        memory_bytes: How much more memory than now, at the start, may be used.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what ends
    requests, responses = sys.stdin.buffer, sys.stdout.buffer
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # decoders print what they think of a file
    _limit_process(memory_bytes)
    while line := requests.readline():
        if not _answer(json.loads(line), responses):
            return


def _limit_process(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # macOS refuses the limit; its processor time and the parent's deadline remain
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit_bytes = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def _limit_processor_time(cpu_s: float) -> None:
    """Let the system kill this process after so many more seconds of processor time, rounded up."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(usage.ru_utime + usage.ru_stime + cpu_s), hard))


def _answer(request: Mapping[str, Any], responses: BinaryIO) -> bool:
    """Answer one request; return whether this process may be used again."""
    _limit_processor_time(float(request["cpu_s"]))
    try:
        for record in _DECODERS[request["kind"]](Path(request["path"]), request):
            if isinstance(record, np.ndarray):
                _write(responses, DATA, np.ascontiguousarray(record).data.cast("B"))
            else:
                _write_header(responses, record)
        _write(responses, END, b"")
    except MemoryError:
        _write(responses, NO_MEMORY, b"")
        return False
    except BrokenPipeError:
        raise
    except MediaError as error:
        _write(responses, REFUSAL, str(error).encode()[:MAX_HEADER_BYTES])
    except Exception as error:  # noqa: BLE001 - hostile files raise what decoders never meant to raise
        _write(responses, CRASH, f"{type(error).__name__}: {error}".encode()[:MAX_HEADER_BYTES])
        return False
    return True


def _write_header(responses: BinaryIO, header: Mapping[str, Any]) -> None:
    data = json.dumps(header, default=str).encode()  # a Fraction becomes its text
    if len(data) > MAX_HEADER_BYTES:
        raise MediaError(f"its streams, chapters and key frames take {len(data)} bytes to list")
    _write(responses, HEADER, data)


def _write(responses: BinaryIO, tag: bytes, data: bytes | memoryview) -> None:
    responses.write(tag + struct.pack(">Q", len(data)))
    responses.write(data)
    responses.flush()


def _decode_picture(path: Path, request: Mapping[str, Any]) -> Iterator[_Record]:
    with open_image(path, PICTURE_FORMATS) as image:
        frames = int(getattr(image, "n_frames", 1))
    if frames > 1 and not request["may_move"]:
        raise MediaError(f"{path} is animated, with {frames} frames; expected one picture")
    picture = read_picture(path, PICTURE_FORMATS)
    yield {"width_px": picture.shape[1], "height_px": picture.shape[0]}
    yield picture


def _check_picture(path: Path, request: Mapping[str, Any]) -> Iterator[_Record]:
    """Say how large a picture is, then decode it, but keep the pixels."""
    del request
    with open_image(path, PICTURE_FORMATS) as image:
        yield {"width_px": image.width, "height_px": image.height}
        image.load()


def _read_tags(path: Path, request: Mapping[str, Any]) -> Iterator[_Record]:
    del request
    data = json.dumps(read_tags(path)).encode()
    if len(data) > MAX_TAGS_BYTES:
        raise MediaError(f"{path} has {len(data)} bytes of tags; expected at most {MAX_TAGS_BYTES}")
    yield {"size_bytes": len(data)}
    yield np.frombuffer(data, np.uint8)


def _probe_video(path: Path, request: Mapping[str, Any]) -> Iterator[_Record]:
    del request
    facts = probe(path)
    if facts.frames > MAX_FRAMES:
        raise MediaError(f"{path} has {facts.frames} frames; expected at most {MAX_FRAMES}")
    yield asdict(facts)


def _decode_video(path: Path, request: Mapping[str, Any]) -> Iterator[_Record]:
    del request
    for index, frame in enumerate(rgb_frames(path, is_exact=True)):
        if index >= MAX_FRAMES:
            raise MediaError(f"{path} has more than {MAX_FRAMES} frames; expected at most that")
        if index == 0:
            yield {"width_px": frame.shape[1], "height_px": frame.shape[0]}
        yield frame


def _decode_sound(path: Path, request: Mapping[str, Any]) -> Iterator[_Record]:
    """Decode twice, so that nothing of a sound that is refused at its end reaches the parent."""
    container_format, limit_s = str(request["container_format"]), float(request["limit_s"])
    rate_hz, channels = find_external_layout(path, container_format)
    length_samples = 0
    for chunk in decoded_chunks(path, container_format, rate_hz, channels, limit_s):
        if not np.isfinite(chunk).all():
            raise MediaError(f"{path} has samples that are not finite; expected numbers only")
        length_samples += len(chunk)
    yield {"sample_rate_hz": rate_hz, "channels": channels, "length_samples": length_samples}
    yield from decoded_chunks(path, container_format, rate_hz, channels, limit_s)


_DECODERS: Final[Mapping[str, Callable[[Path, Mapping[str, Any]], Iterator[_Record]]]] = {
    "picture": _decode_picture,
    "picture check": _check_picture,
    "tags": _read_tags,
    "video facts": _probe_video,
    "video": _decode_video,
    "sound": _decode_sound,
}
