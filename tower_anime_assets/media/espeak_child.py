"""The child process that speaks one line with espeak-ng: a request in, a header line and samples out.

Run by path with `python -I -S`, one process per line: espeak-ng keeps state between calls, and only a fresh process
gives the same sound for the same text. It imports the standard library only.

stdin is one JSON object: `library`, `data` (the parent folder of espeak-ng-data), `variant`, `rate_wpm`, `pitch`,
`pitch_range`, and `runs`: a list of `{"language", "words": [{"index", "text"}]}`. stdout is one JSON line, either
`{"error"}` or `{"sample_rate_hz", "words": [{"index", "start", "end"}]}` with times in samples, then the samples as
16-bit little-endian mono. Words with the index -1, and silent ones, are not reported.

With `lines` instead, a list of `{"variant", "rate_wpm", "pitch", "pitch_range", "runs"}`, it speaks each of them as a
fresh process would, by loading the library anew, and writes only how long each can be heard: `{"sample_rate_hz",
"lengths": [...]}` in samples, null for a line that cannot be spoken. Forks do it, some lines at a time: if one crashes,
or its system does not unload libraries, each of its lines is spoken in a fork of its own.
"""

import _ctypes
import bisect
import ctypes
import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

SYNCHRONOUS_OUTPUT = 2
PHONEME_EVENTS = 1
UTF8_TEXT = 1
RATE, PITCH, PITCH_RANGE = 1, 3, 4
WORD_EVENT, PHONEME_EVENT = 1, 7
FIXED_SEED = 1
LINES_PER_FORK = 50
AUDIBLE_SAMPLE = 60
"""About -55 dBFS: what later processing makes audible."""


class EspeakEvent(ctypes.Structure):
    """espeak_EVENT of speak_lib.h; `position` counts characters from 1, `sample` counts from the start of the call."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


class EspeakVoice(ctypes.Structure):
    """The first fields of espeak_VOICE; `languages` is a list of priority byte and name, terminated by a zero byte."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
    )


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(EspeakEvent))


def exit_with_error(reason: str) -> NoReturn:
    """Report an error to the parent and exit."""
    sys.stdout.write(json.dumps({"error": reason}) + "\n")
    sys.stdout.flush()
    sys.exit(0)


class Synthesizer:
    """The library, set up for one voice variant."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.variant = request["variant"]
        self.request = request
        self.paths = (request["library"], request["data"])
        self.samples = bytearray()
        self.words: list[tuple[int, int]] = []
        self.phonemes: list[tuple[int, str]] = []
        # Kept alive for as long as the library may call it. Lengths need no events, which take time.
        self.callback = CALLBACK(self._on_samples if "lines" in request else self._on_synth_event)
        self._load()
        self.languages = self._best_voices()

    def _load(self) -> None:
        library_path, data_path = self.paths
        self.library = ctypes.CDLL(library_path)
        self.library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(EspeakVoice))
        self.library.espeak_GetCurrentVoice.restype = ctypes.POINTER(EspeakVoice)
        self.rate_hz = self.library.espeak_Initialize(SYNCHRONOUS_OUTPUT, 0, data_path.encode(), PHONEME_EVENTS)
        if self.rate_hz <= 0:
            exit_with_error(f"espeak_Initialize returned {self.rate_hz}; is espeak-ng-data in {data_path}?")
        # Breath and flutter are random, seeded from the clock by default.
        self.library.espeak_ng_SetRandSeed(ctypes.c_long(FIXED_SEED))
        self.library.espeak_SetSynthCallback(self.callback)

    def load_anew(self) -> None:
        """Forget all that was spoken: the library keeps its state in memory that only goes with the library itself.

        Raises:
            RuntimeError: The system has not unloaded it.
        """
        self.library.espeak_Terminate()
        _ctypes.dlclose(self.library._handle)
        with suppress(OSError):  # as it should be: it is not loaded
            ctypes.CDLL(self.paths[0], mode=os.RTLD_NOLOAD)
            raise RuntimeError("the library is still loaded")
        self._load()

    def _best_voices(self) -> dict[str, str]:
        """Return the identifier of the best voice for every language, by lower-case tag."""
        best: dict[str, tuple[int, str]] = {}
        voices = self.library.espeak_ListVoices(None)
        index = 0
        while voices[index]:
            voice = voices[index].contents
            offset = 0
            while ord(voice.languages[offset]):
                priority = ord(voice.languages[offset])
                tag = ctypes.string_at(ctypes.addressof(voice.languages.contents) + offset + 1)
                key = tag.decode("latin-1").lower()
                best[key] = min(best.get(key, (256, "")), (priority, voice.identifier.decode()))
                offset += len(tag) + 2
            index += 1
        return {key: identifier for key, (_priority, identifier) in best.items()}

    def _on_samples(self, wave: Any, count: int, _events: Any) -> int:
        if wave and count:
            self.samples += ctypes.string_at(wave, count * 2)
        return 0

    def _on_synth_event(self, wave: Any, count: int, events: Any) -> int:
        self._on_samples(wave, count, events)
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == WORD_EVENT:
                self.words.append((event.position - 1, event.sample))
            elif event.type == PHONEME_EVENT:
                self.phonemes.append((event.sample, event.name.decode("utf-8", "replace")))
            index += 1
        return 0

    def select_voice(self, language: str) -> None:
        """Select a language's voice in the requested variant, and check it: espeak-ng ignores unknown variants."""
        tag = language.lower()
        while tag not in self.languages and "-" in tag:
            tag = tag.rpartition("-")[0]
        if tag not in self.languages:
            exit_with_error(f"espeak-ng has no voice for the language {language!r}")
        identifier = self.languages[tag]
        voice_name = f"{identifier}+{self.variant}" if self.variant else identifier
        code = self.library.espeak_SetVoiceByName(voice_name.encode())
        if code or self.library.espeak_GetCurrentVoice().contents.identifier.decode() != voice_name:
            exit_with_error(f"espeak-ng has no voice variant {self.variant!r} (code {code})")
        for parameter, key in ((RATE, "rate_wpm"), (PITCH, "pitch"), (PITCH_RANGE, "pitch_range")):
            code = self.library.espeak_SetParameter(parameter, self.request[key], 0)
            if code:
                exit_with_error(f"espeak_SetParameter({key}={self.request[key]}) returned {code}")

    def synthesize(self, text: str) -> None:
        """Speak a text, replacing `samples`, `words` and `phonemes`."""
        self.samples, self.words, self.phonemes = bytearray(), [], []
        data = text.encode()
        code = self.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, UTF8_TEXT, None, None)
        code = code or self.library.espeak_Synchronize()
        if code:
            exit_with_error(f"espeak_Synth returned {code}")

    def is_audible(self, text: str) -> bool:
        """Return whether a text by itself makes any sound."""
        self.synthesize(text)
        return any(is_sound(name) for _sample, name in self.phonemes)


def is_sound(phoneme: str) -> bool:
    """Return whether a phoneme event is not a pause or a change of language."""
    return bool(phoneme) and not phoneme.startswith(("_", "("))


def speak_run(speaker: Synthesizer, words: list[dict[str, Any]]) -> tuple[bytes, list[dict[str, int]]]:
    """Return a run's samples, and the times of its audible words, in samples from its start."""
    starts, offset = [], 0
    for word in words:
        starts.append(offset)
        offset += len(word["text"]) + 1
    speaker.synthesize(" ".join(word["text"] for word in words))
    samples, events, phonemes = bytes(speaker.samples), speaker.words, speaker.phonemes
    first_sample: dict[int, int] = {}
    for position, sample in events:
        word_number = max((number for number, start in enumerate(starts) if start <= max(position, 0)), default=0)
        first_sample.setdefault(word_number, sample)
    reported = [number for number, word in enumerate(words) if word["index"] >= 0]
    silent = {
        number for number in reported if number not in first_sample and not speaker.is_audible(words[number]["text"])
    }
    audible = sorted({*first_sample, *reported} - silent)
    return samples, _word_times(audible, first_sample, words, phonemes, len(samples) // 2)


def _sound_end(phonemes: list[tuple[int, str]], following_sample: int) -> int:
    """Return where the sound before `following_sample` ends: the start of the pauses that lead up to it."""
    end_sample = following_sample
    for sample, name in reversed(phonemes[: bisect.bisect_left(phonemes, (following_sample, ""))]):
        if is_sound(name):
            break
        end_sample = sample
    return end_sample


def _word_times(
    audible: list[int],
    first_sample: dict[int, int],
    words: list[dict[str, Any]],
    phonemes: list[tuple[int, str]],
    length_samples: int,
) -> list[dict[str, int]]:
    """Return start and end of each audible word.

    espeak-ng merges some words ("of the") and reports only the first of them; they share its time by their lengths.
    """
    if not audible:
        return []
    groups: list[list[int]] = []
    for number in audible:
        if number in first_sample or not groups:
            groups.append([number])
        else:
            groups[-1].append(number)
    if len(groups) > 1 and groups[0][0] not in first_sample:
        groups[:2] = [groups[0] + groups[1]]
    group_starts = [
        min((first_sample[number] for number in group if number in first_sample), default=0) for group in groups
    ]
    times = []
    for group, begin, following in zip(groups, group_starts, [*group_starts[1:], length_samples], strict=True):
        end = max(_sound_end(phonemes, following), begin + 1)
        weights = [len(words[number]["text"]) for number in group]
        weight_before = 0
        for number, weight in zip(group, weights, strict=True):
            span = end - begin
            index = words[number]["index"]
            if index >= 0:
                start_sample = begin + span * weight_before // sum(weights)
                end_sample = begin + span * (weight_before + weight) // sum(weights)
                times.append({"index": index, "start": start_sample, "end": end_sample})
            weight_before += weight
    return times


def audible_samples(samples: bytes) -> int:
    """Return how many samples lie between the first and the last audible one."""
    values = memoryview(samples).cast("h")
    indexes = range(len(values))
    first = next((index for index in indexes if abs(values[index]) > AUDIBLE_SAMPLE), len(values))
    last = next((index for index in reversed(indexes) if abs(values[index]) > AUDIBLE_SAMPLE), first - 1)
    return last + 1 - first


def measure_line(speaker: Synthesizer, line: dict[str, Any]) -> int:
    """Return how many samples of a line can be heard."""
    speaker.request, speaker.variant = line, line["variant"]
    samples = bytearray()
    for run in line["runs"]:
        speaker.select_voice(run["language"])
        speaker.synthesize(" ".join(word["text"] for word in run["words"]))
        samples += speaker.samples
    return audible_samples(bytes(samples))


def measure_each_anew(speaker: Synthesizer, lines: list[dict[str, Any]]) -> list[int]:
    """Return how many samples of each line can be heard, each spoken by a library that has spoken nothing yet."""
    lengths = []
    for line in lines:
        speaker.load_anew()
        lengths.append(measure_line(speaker, line))
    return lengths


def call_in_fork(work: Callable[[], Any]) -> Any:
    """Return what a copy of this process makes of a call, which must be JSON; None if it fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        # Whatever happens, the copy must not go on as if it were this process.
        try:
            sys.stdout = io.StringIO()  # an error is told by the missing answer
            os.close(reader)
            with os.fdopen(writer, "w") as pipe:
                pipe.write(json.dumps(work()))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def measure_in_forks(speaker: Synthesizer, lines: list[dict[str, Any]]) -> list[int | None]:
    """Return how many samples of each line can be heard, None for a line that cannot be spoken."""
    lengths = call_in_fork(partial(measure_each_anew, speaker, lines))
    return lengths or [call_in_fork(partial(measure_line, speaker, line)) for line in lines]


def measure_lines(request: dict[str, Any]) -> None:
    """Write how long each line of a request can be heard."""
    speaker, lines = Synthesizer({**request, "variant": ""}), request["lines"]
    lengths: list[int | None] = []
    if hasattr(os, "fork"):
        for first in range(0, len(lines), LINES_PER_FORK):
            lengths += measure_in_forks(speaker, lines[first : first + LINES_PER_FORK])
    else:  # the lines share one process: lengths then vary by some milliseconds
        lengths += [measure_line(speaker, line) for line in lines]
    sys.stdout.write(json.dumps({"sample_rate_hz": speaker.rate_hz, "lengths": lengths}) + "\n")


def main() -> None:
    """Speak or measure the request on stdin and write the answer to stdout."""
    request = json.loads(sys.stdin.buffer.read())
    if "lines" in request:
        measure_lines(request)
        return
    speaker = Synthesizer(request)
    samples = bytearray()
    words: list[dict[str, int]] = []
    for run in request["runs"]:
        speaker.select_voice(run["language"])
        offset = len(samples) // 2
        run_samples, times = speak_run(speaker, run["words"])
        words += [{**time, "start": time["start"] + offset, "end": time["end"] + offset} for time in times]
        samples += run_samples
    header = {"sample_rate_hz": speaker.rate_hz, "words": words}
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + bytes(samples))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
