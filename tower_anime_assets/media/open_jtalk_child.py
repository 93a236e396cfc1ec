"""The child process that speaks or measures Japanese lines with Open JTalk: a request in, a header and samples out.

Run by path with `python -I`, so that a crash of the library ends one line and no run. The same text gives the same
sound, in a fresh process or a used one.

stdin is one JSON object: `measure`, and `lines`: a list of `{"text", "speed", "half_tone"}`, the words of a text
separated by single spaces. stdout is one JSON line, `{"lines": [{"samples", "start", "end", "times", "words":
[{"index", "start", "end"}]}]}` with times in samples at 48 kHz, then, unless it only measures, the samples of all lines
as 32-bit little-endian floats. A line that cannot be spoken is `{"error"}`. `start` and `end` are where the first and
last sound lie; `times` is `labels` where the words' times are those of their sounds, and `shared` where they share the
line by their lengths. Lines that are only measured have no words.
"""

import ctypes
import itertools
import json
import os
import sys
from typing import Any

FULL_SCALE = 32768.0
SILENT_PHONEMES = frozenset({"sil", "pau", "sp", "unk"})
ENGINE_BYTES = 1 << 16
"""More than an HTS_Engine takes; its own functions alone look inside."""

STABLE_PEAK = 4.0
"""The engine's filter can run away on screams such as "ぎゃあああ"; ordinary lines peak below 3, full scale 1.0."""

MAX_PAUSE_SAMPLES = 21_600
"""A pause within a line, 0.45 s: the voice's own are up to 1.3 s long when it speaks slowly."""

CALMER_WEIGHTS = (0.7, 0.4, 0.0)
"""Weights of the spectrum's global variance, in the order in which they are tried: less is duller, but stable."""


class EngineFunctions:
    """What the binding leaves out, by the functions of the engine's own library: lengths without sound, calmer sound.

    Source:
        HTS_engine.h of hts_engine API 1.10: the functions used here take no structure apart.
    """

    def __init__(self, library_path: str, voice_path: bytes) -> None:
        self.library = ctypes.CDLL(library_path)
        self.engine = ctypes.create_string_buffer(ENGINE_BYTES)
        for name, result, arguments in (
            ("initialize", None, ()),
            ("load", ctypes.c_char, (ctypes.POINTER(ctypes.c_char_p), ctypes.c_size_t)),
            ("set_speed", None, (ctypes.c_double,)),
            ("get_fperiod", ctypes.c_size_t, ()),
            ("get_nstate", ctypes.c_size_t, ()),
            ("get_total_state", ctypes.c_size_t, ()),
            ("get_state_duration", ctypes.c_size_t, (ctypes.c_size_t,)),
            ("generate_state_sequence_from_strings", ctypes.c_char, (ctypes.POINTER(ctypes.c_char_p), ctypes.c_size_t)),
            ("synthesize_from_strings", ctypes.c_char, (ctypes.POINTER(ctypes.c_char_p), ctypes.c_size_t)),
            ("set_gv_weight", None, (ctypes.c_size_t, ctypes.c_double)),
            ("add_half_tone", None, (ctypes.c_double,)),
            ("get_nsamples", ctypes.c_size_t, ()),
            ("get_generated_speech", ctypes.c_double, (ctypes.c_size_t,)),
            ("refresh", None, ()),
        ):
            function = getattr(self.library, f"HTS_Engine_{name}")
            function.restype, function.argtypes = result, (ctypes.c_void_p, *arguments)
        self.call("initialize")
        if self.call("load", (ctypes.c_char_p * 1)(voice_path), 1) == b"\0":
            raise OSError(f"{voice_path!r} could not be loaded")

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the library on this engine."""
        return getattr(self.library, f"HTS_Engine_{name}")(self.engine, *arguments)

    def lengths(self, labels: list[str], speed: float) -> list[int]:
        """Return the length of each label's phoneme, samples."""
        lines = (ctypes.c_char_p * len(labels))(*[label.encode() for label in labels])
        self.call("set_speed", speed)
        if self.call("generate_state_sequence_from_strings", lines, len(labels)) == b"\0":
            raise RuntimeError("the lengths of the sounds could not be found")
        period, states = self.call("get_fperiod"), self.call("get_nstate")
        frames = [self.call("get_state_duration", index) for index in range(self.call("get_total_state"))]
        self.call("refresh")
        return [period * sum(frames[at : at + states]) for at in range(0, len(frames), states)]

    def synthesize(self, labels: list[str], speed: float, half_tone: float, variance_weight: float) -> list[float]:
        """Return the samples of a text with a weight on its spectrum's global variance, 1.0 for the usual."""
        lines = (ctypes.c_char_p * len(labels))(*[label.encode() for label in labels])
        self.call("set_speed", speed)
        self.call("set_gv_weight", 0, variance_weight)
        self.call("add_half_tone", half_tone)
        if self.call("synthesize_from_strings", lines, len(labels)) == b"\0":
            raise RuntimeError("the line could not be synthesized")
        samples = [self.call("get_generated_speech", index) for index in range(self.call("get_nsamples"))]
        self.call("refresh")
        return samples


def phoneme_of(label: str) -> str:
    """Return the phoneme of a full-context label."""
    return label.partition("-")[2].partition("+")[0]


def word_phonemes(mapping: list[dict[str, Any]]) -> list[list[str]]:
    """Return the audible phonemes of every word of a text: a space in it is a morpheme of its own."""
    words: list[list[str]] = [[]]
    for morpheme in mapping:
        if not morpheme["surface"].strip():
            words.append([])
        words[-1] += [phoneme for phoneme in morpheme["phonemes"] if phoneme not in SILENT_PHONEMES]
    return words


def word_times(words: list[list[str]], phonemes: list[str], starts: list[int], ends: list[int]) -> list[dict[str, int]]:
    """Return when each word with a sound is heard; [] if the words' phonemes are not those that are spoken."""
    audible = [index for index, phoneme in enumerate(phonemes) if phoneme not in SILENT_PHONEMES]
    if [phoneme for word in words for phoneme in word] != [phonemes[index] for index in audible]:
        return []
    times, done = [], 0
    for number, word in enumerate(words):
        if word:
            first, last = audible[done], audible[done + len(word) - 1]
            times.append({"index": number, "start": starts[first], "end": ends[last]})
        done += len(word)
    return times


def shared_times(text: str, start: int, end: int) -> list[dict[str, int]]:
    """Return times of words that share a stretch by their lengths."""
    words = text.split(" ")
    total, before, times = sum(map(len, words)), 0, []
    for number, word in enumerate(words):
        first = start + (end - start) * before // total
        before += len(word)
        times.append({"index": number, "start": first, "end": start + (end - start) * before // total})
    return times


def synthesize(library: Any, functions: EngineFunctions | None, line: dict[str, Any], labels: list[str]) -> Any:
    """Return the samples of a line, full scale 1.0; a sound that runs away is made again, calmer."""
    samples = library.synthesize(labels, speed=line["speed"], half_tone=line["half_tone"])[0] / FULL_SCALE
    for weight in CALMER_WEIGHTS:
        if functions is None or abs(samples).max(initial=0.0) <= STABLE_PEAK:
            break
        samples[:] = functions.synthesize(labels, line["speed"], line["half_tone"], weight)
        samples /= FULL_SCALE
    return samples.clip(-STABLE_PEAK, STABLE_PEAK)


def shorten_pauses(labels: list[str], lengths: list[int], samples: Any) -> tuple[list[int], Any]:
    """Return a line's lengths, and its samples unless None, without the middle of every long pause."""
    kept, start = [], 0
    shorter = list(lengths)
    for index, label in enumerate(labels):
        excess = lengths[index] - MAX_PAUSE_SAMPLES
        end = start + lengths[index]
        if phoneme_of(label) == "pau" and excess > 0:
            shorter[index] = MAX_PAUSE_SAMPLES
            middle = start + MAX_PAUSE_SAMPLES // 2
            kept += [(start, middle), (middle + excess, end)]
        else:
            kept.append((start, end))
        start = end
    if samples is None or shorter == lengths:
        return shorter, samples
    parts = [samples[first:last] for first, last in kept]
    joined = samples[: sum(map(len, parts))].copy()
    at = 0
    for part in parts:
        joined[at : at + len(part)] = part
        at += len(part)
    return shorter, joined


def speak_line(library: Any, functions: EngineFunctions | None, line: dict[str, Any], *, is_measured: bool) -> Any:
    """Return what is said of a line, and its samples, None if they are only measured."""
    labels = library.extract_fullcontext(line["text"])
    if not labels:
        return {"samples": 0, "start": 0, "end": 0, "times": "labels", "words": []}, None
    samples: Any = synthesize(library, functions, line, labels) if functions is None or not is_measured else None
    if functions is None:
        length = len(samples)
        words = shared_times(line["text"], 0, length)
        return {"samples": length, "start": 0, "end": length, "times": "shared", "words": words}, samples
    lengths = functions.lengths(labels, line["speed"])
    lengths, samples = shorten_pauses(labels, lengths, samples)
    ends = list(itertools.accumulate(lengths))
    starts = [0, *ends[:-1]]
    phonemes = [phoneme_of(label) for label in labels]
    audible = [index for index, phoneme in enumerate(phonemes) if phoneme not in SILENT_PHONEMES]
    start, end = (starts[audible[0]], ends[audible[-1]]) if audible else (0, 0)
    if all(phonemes[index] == "cl" for index in audible):  # a catch of breath alone is too faint to have clear ends
        start, end = 0, ends[-1]
    if samples is None:
        return {"samples": ends[-1], "start": start, "end": end, "times": "labels", "words": []}, None
    words = word_times(word_phonemes(library.g2p_mapping(line["text"])), phonemes, starts, ends)
    times = "labels" if words else "shared"
    words = words or shared_times(line["text"], start, end)
    return {"samples": ends[-1], "start": start, "end": end, "times": times, "words": words}, samples


def open_engine_functions(library: Any, engine_module: Any) -> EngineFunctions | None:
    """Return the engine's functions, None where the library does not show them."""
    try:
        return EngineFunctions(engine_module.__file__, library.DEFAULT_HTS_VOICE)
    except (AttributeError, OSError):
        return None


def main() -> None:
    """Speak or measure the request on stdin and write the answer to stdout."""
    request = json.loads(sys.stdin.buffer.read())
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the library prints advice on packages that it can do without
    import numpy as np
    import pyopenjtalk
    from pyopenjtalk import htsengine

    functions = open_engine_functions(pyopenjtalk, htsengine)
    spoken = []
    for line in request["lines"]:
        try:
            spoken.append(speak_line(pyopenjtalk, functions, line, is_measured=request["measure"]))
        except RuntimeError as error:  # such as a text that is too long; the other lines are spoken
            spoken.append(({"error": str(error)}, None))
    header = {"lines": [report for report, _samples in spoken]}
    answer.write(json.dumps(header).encode() + b"\n")
    if not request["measure"]:
        for _report, samples in spoken:
            answer.write(b"" if samples is None else np.asarray(samples, "<f4").tobytes())
    answer.close()


if __name__ == "__main__":
    main()
