"""Speech synthesis by espeak-ng, in a process of its own, with the time of every written word.

How a character sounds, and how the sound is processed, belongs to the voice engine.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.production.planning.word_times import TimedWord

MAX_CHARACTERS = 20_000
TIMEOUT_S = 60.0
RATES_WPM = (80, 450)
"""The slowest and fastest rate that espeak-ng accepts."""

LANGUAGE_OF_SCRIPT = {
    "ARABIC": "ar",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CHEROKEE": "chr",
    "CJK": "cmn",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KANNADA": "kn",
    "KATAKANA": "ja",
    "LATIN": "en",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
}
"""The language that reads a script when the voice's own does not; other scripts cannot be spoken."""

SCRIPTS_OF_LANGUAGE = {
    "ar": {"ARABIC"}, "fa": {"ARABIC"}, "ur": {"ARABIC"}, "sd": {"ARABIC"}, "ug": {"ARABIC"},
    "hy": {"ARMENIAN"}, "bn": {"BENGALI"}, "as": {"BENGALI"}, "bpy": {"BENGALI"}, "chr": {"CHEROKEE"},
    "cmn": {"CJK"}, "zh": {"CJK"}, "yue": {"CJK"}, "hak": {"LATIN"},
    "ru": {"CYRILLIC"}, "uk": {"CYRILLIC"}, "be": {"CYRILLIC"}, "bg": {"CYRILLIC"}, "mk": {"CYRILLIC"},
    "sr": {"CYRILLIC", "LATIN"}, "kk": {"CYRILLIC"}, "ky": {"CYRILLIC"}, "tt": {"CYRILLIC"}, "ba": {"CYRILLIC"},
    "hi": {"DEVANAGARI"}, "mr": {"DEVANAGARI"}, "ne": {"DEVANAGARI"}, "kok": {"DEVANAGARI"},
    "am": {"ETHIOPIC"}, "ti": {"ETHIOPIC"}, "ka": {"GEORGIAN"}, "el": {"GREEK"}, "grc": {"GREEK"},
    "gu": {"GUJARATI"}, "pa": {"GURMUKHI"}, "ko": {"HANGUL"}, "he": {"HEBREW"}, "ja": {"HIRAGANA", "KATAKANA"},
    "kn": {"KANNADA"}, "ml": {"MALAYALAM"}, "my": {"MYANMAR"}, "or": {"ORIYA"}, "si": {"SINHALA"},
    "ta": {"TAMIL"}, "te": {"TELUGU"}, "th": {"THAI"},
}  # fmt: skip
"""Scripts that a language's voice reads, by primary subtag; every other language reads LATIN."""

_CHILD_SCRIPT = Path(__file__).with_name("espeak_child.py")
_ELLIPSIS = re.compile(r"(?:\.{2,}|…)+")


@dataclass(frozen=True)
class SynthesizedSpeech:
    """A spoken text.

    Attributes:
        samples: (samples,) float32, mono, full scale 1.0.
        words: The written words that were spoken, in order.
        skipped: The written words that no voice can speak, in order.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    words: tuple[TimedWord, ...]
    skipped: tuple[str, ...]


@functools.cache
def _espeak_folder() -> Path:
    spec = importlib.util.find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise MediaError("espeak-ng is not installed; expected the package espeakng-loader. Install the project again")
    return Path(spec.origin).parent


def _library_path(folder: Path) -> Path:
    for name in ("libespeak-ng.so", "libespeak-ng.dylib", "espeak-ng.dll"):
        if (folder / name).exists():
            return folder / name
    raise MediaError(f"{folder} has no espeak-ng library for this platform. Install espeakng-loader again")


def script_of(character: str) -> str:
    """Return the script of a letter as Unicode names it, such as LATIN or CJK; "" for other characters."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "UNKNOWN")
    return name.replace("-", " ").split()[0].removeprefix("IDEOGRAPHIC ")


def _reading_language(script: str, language: str) -> str:
    """Return the language that reads a script, or ""."""
    own_scripts = SCRIPTS_OF_LANGUAGE.get(language.lower().split("-")[0], {"LATIN"})
    return language if script in own_scripts else LANGUAGE_OF_SCRIPT.get(script, "")


def _split_by_script(word: str, language: str) -> list[tuple[str, str]]:
    """Return a word as (language, text) parts, one for each run of one script and the marks around it.

    Letters of scripts that no voice reads are left out. Kanji, which Japanese voices cannot read, are read as Chinese.
    """
    parts: list[tuple[str, str]] = []
    for character in word:
        script = script_of(character)
        reading_language = _reading_language(script, language) if script else (parts[-1][0] if parts else language)
        if not reading_language:
            continue
        if parts and parts[-1][0] == reading_language:
            parts[-1] = (reading_language, parts[-1][1] + character)
        else:
            parts.append((reading_language, character))
    return parts


def _is_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _language_runs(tokens: Sequence[str], language: str) -> list[dict[str, Any]]:
    """Return the request's runs; parts with a letter or digit have their token's index, others -1."""
    runs: list[dict[str, Any]] = []
    for index, token in enumerate(tokens):
        plain = _ELLIPSIS.sub(",", unicodedata.normalize("NFKC", token))
        for part_language, text in _split_by_script(plain, language):
            if not runs or runs[-1]["language"] != part_language:
                runs.append({"language": part_language, "words": []})
            runs[-1]["words"].append({"index": index if _is_word(text) else -1, "text": text})
    return runs


def synthesize_speech(
    text: str,
    voice_name: str,
    pitch: int,
    rate_wpm: int,
    language: str = "en",
    pitch_range: int = 50,
    timeout_s: float = TIMEOUT_S,
) -> SynthesizedSpeech:
    """Return a text spoken by espeak-ng, with the time of every written word.

    A word is a run of non-space characters with a letter or digit. Words in a script that the language's voice does not
    read are read by a voice of that script, in the same variant.

    Args:
        text: At most 20,000 characters; runs of dots become a pause.
        voice_name: Variant such as "f2" or "m7"; "" for the language's default voice.
        pitch: 0..99.
        rate_wpm: Words per minute, clamped to 80..450.
        language: BCP 47 tag; a region that espeak-ng does not know is dropped.
        pitch_range: 0 (monotonous)..99 (lively).
        timeout_s: How long espeak-ng may take.

    Raises:
        MediaError: The language or variant is unknown, the text is too long, or espeak-ng failed or hung.
    """
    if len(text) > MAX_CHARACTERS:
        raise MediaError(f"the line has {len(text)} characters; expected at most {MAX_CHARACTERS}. Split it")
    tokens = text.split()
    folder = _espeak_folder()
    request = {
        "library": str(_library_path(folder)),
        "data": str(folder),
        "variant": voice_name,
        "rate_wpm": min(max(rate_wpm, RATES_WPM[0]), RATES_WPM[1]),
        "pitch": min(max(pitch, 0), 99),
        "pitch_range": min(max(pitch_range, 0), 99),
        "runs": _language_runs(tokens, language) or [{"language": language, "words": []}],
    }
    header, data = _run_espeak(request, text, timeout_s)
    rate_hz = int(header["sample_rate_hz"])
    times: dict[int, tuple[float, float]] = {}
    for word in header["words"]:  # a token of several scripts has several parts
        start_s, end_s = times.get(word["index"], (word["start"] / rate_hz, 0.0))
        times[word["index"]] = (start_s, max(end_s, word["end"] / rate_hz))
    words = tuple(TimedWord(tokens[index], *times[index]) for index in sorted(times))
    skipped = tuple(token for index, token in enumerate(tokens) if _is_word(token) and index not in times)
    samples = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
    return SynthesizedSpeech(samples, rate_hz, words, skipped)


def _run_espeak(request: dict[str, Any], text: str, timeout_s: float) -> tuple[dict[str, Any], bytes]:
    excerpt = text if len(text) <= 60 else text[:57] + "..."
    try:
        child = subprocess.run(  # kills the child on a timeout and on any other exception
            [sys.executable, "-I", "-S", str(_CHILD_SCRIPT)],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MediaError(f"espeak-ng did not finish {excerpt!r} within {timeout_s:g} s. Shorten the line") from error
    except OSError as error:
        raise MediaError(f"cannot start {sys.executable} to speak {excerpt!r}: {error.strerror}") from error
    if child.returncode:
        last_lines = child.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it gave no reason"]
        raise MediaError(f"cannot speak {excerpt!r}: espeak-ng ended with code {child.returncode}: {last_lines[0]}")
    line, _newline, data = child.stdout.partition(b"\n")
    header = json.loads(line)
    if "error" in header:
        raise MediaError(f"cannot speak {excerpt!r}: {header['error']}. Change the character's `voice`")
    return header, data
