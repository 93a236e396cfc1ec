"""The finished sound of an episode: voices, music and ambience on one timeline, ducked, levelled and limited.

Works in blocks of ten seconds, so that memory does not grow with the episode. The rough mix is kept in a scratch file
beside the result while its loudness is measured; only the last pass is written for keeps.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.compile.ambience import Bed
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.dynamics import LIMITER_REACH, gain_of, limiter_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.prefetch import ahead
from tower_anime_assets.media.sound_files import HouseSound, open_house_sound, writing
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import SILENT_LUFS, LoudnessMeter, peak_envelope, true_peak

Samples = NDArray[np.float32]

MUSIC_DB = -8.0
"""Music under pictures, against voices at their own level: both come at about -20 LUFS."""

DUCK_DB = -9.0
DUCK_ATTACK_S, DUCK_RELEASE_S = 0.08, 0.3
DUCK_AHEAD_S = 0.12
"""How long before a word the music begins to give way: an attack that began with the word would cover its start."""

DUCK_HOLD_S = 0.25
"""Pauses shorter than this keep the music down, so that it does not pump between words."""

HEADROOM_DB = 1.0
"""The limiter stands this far below the delivery's true peak: AAC at 192 kbit/s overshoots by up to 0.8 dB."""

LOUDNESS_TOLERANCE_LU = 0.2
MAX_PASSES = 5
MAX_SHORTFALL_S = 0.06
"""How much shorter than planned a cue may be: its own gate allows 0.05 s."""

_BLOCK = 10 * SAMPLE_RATE_HZ
_WORKERS, _AHEAD = 2, 3
"""Blocks in the making while one is measured or written: NumPy and SciPy work beside each other."""

_CONTROL_HZ = 200
_VOICED = gain_of(-45.0)
_CUT_EASE = round(0.02 * SAMPLE_RATE_HZ)


@dataclass(frozen=True)
class VoiceItem:
    """A line on the timeline; `pan` is -1 (left edge of the picture) to 1 (right edge)."""

    path: Path
    start_frame: int
    pan: float = 0.0


@dataclass(frozen=True)
class CueItem:
    """A cue on the timeline; overlapping fades of neighbours make a crossfade of even power."""

    path: Path
    start_frame: int
    frames: int
    fade_in_frames: int = 0
    fade_out_frames: int = 0


@dataclass(frozen=True)
class AmbienceItem:
    """What a place sounds like over a stretch of the timeline."""

    start_frame: int
    frames: int
    setting: Setting
    seed: int


@dataclass(frozen=True)
class MixPlan:
    """Everything that is mixed, and what the result must be.

    Attributes:
        output: The WAV to write: 48 kHz, stereo, 16 bit.
        frames: Length of the episode; the sound is exactly `frames / fps` seconds, to the nearest sample.
        loudness_lufs: Integrated loudness wanted.
        true_peak_dbtp: True peak that must not be passed after AAC encoding.
    """

    output: Path
    fps: int
    frames: int
    loudness_lufs: float
    true_peak_dbtp: float
    voices: tuple[VoiceItem, ...]
    cues: tuple[CueItem, ...]
    ambience: tuple[AmbienceItem, ...] = ()


@dataclass(frozen=True)
class MixReport:
    """What came out.

    Attributes:
        gain_db: Gain that the rough mix got.
        limited_db: How far the limiter pulled down at most; 0 when it had nothing to do.
        ducked_db: How far the music was pulled down at most.
        cut_short: Names of the voice files that ran past the episode's end and were cut there.
    """

    samples: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    limited_db: float
    ducked_db: float
    cut_short: tuple[str, ...]


def samples_at(frame: int, fps: int) -> int:
    """Return the sample at which a frame begins, to the nearest."""
    return (2 * frame * SAMPLE_RATE_HZ + fps) // (2 * fps)


def mix_episode(plan: MixPlan) -> MixReport:
    """Write the mix of an episode.

    Raises:
        PlanError: The plan has no length, or something in it lies outside the episode.
        MediaError: A file cannot be read, is not in the house encoding or is too short; there is nothing to hear; the
            loudness cannot be reached under the true-peak limit; or the result cannot be written.
    """
    _check(plan)
    total = samples_at(plan.frames, plan.fps)
    voices = [_Voice.opened(item, plan.fps, total) for item in plan.voices]
    cues = [_Cue.opened(item, plan.fps) for item in plan.cues]
    beds = [_Background.made(item, plan.fps) for item in plan.ambience]
    duck = _ducking(voices, total)
    plan.output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=plan.output.parent) as file:
            rough = _Rough(file, total)
            blocks = [(start, min(_BLOCK, total - start)) for start in range(0, total, _BLOCK)]
            for block in ahead(lambda at: _rough_block(*at, voices, cues, beds, duck), blocks, _WORKERS, _AHEAD):
                rough.append(block)
            level = _found_level(plan, rough)
            written = _write(plan, rough, level.gain)
    except OSError as error:
        raise MediaError(f"cannot mix into {plan.output}: {error.strerror}. Free space, then run again") from error
    return MixReport(
        samples=total,
        loudness_lufs=round(level.loudness_lufs, 3),
        true_peak_dbtp=round(written.true_peak_dbtp, 3),
        gain_db=round(20 * float(np.log10(level.gain)), 3),
        limited_db=round(written.limited_db, 3),
        ducked_db=round(float(duck.min(initial=0.0)), 3),
        cut_short=tuple(voice.sound.path.name for voice in voices if voice.is_cut),
    )


def _check(plan: MixPlan) -> None:
    if plan.frames < 1 or plan.fps < 1:
        raise PlanError(f"a mix of {plan.frames} frames at {plan.fps} fps has no length; expected both from 1 on")
    for voice in plan.voices:
        if not 0 <= voice.start_frame < plan.frames or not -1 <= voice.pan <= 1:
            raise PlanError(
                f"{voice.path.name} starts at frame {voice.start_frame}, pan {voice.pan}; expected 0 to "
                f"{plan.frames - 1}, and -1 to 1. Plan the shots again"
            )
    stretches: list[CueItem | AmbienceItem] = [*plan.cues, *plan.ambience]
    for item in stretches:
        if item.start_frame < 0 or item.frames < 1 or item.start_frame + item.frames > plan.frames:
            raise PlanError(
                f"frames {item.start_frame} to {item.start_frame + item.frames} of a scene's sound lie outside the "
                f"episode's {plan.frames}. Plan the shots again"
            )


@dataclass(frozen=True)
class _Voice:
    """A line in samples; `gains` are for left and right."""

    sound: HouseSound
    start: int
    length: int
    gains: tuple[float, float]

    @classmethod
    def opened(cls, item: VoiceItem, fps: int, total: int) -> _Voice:
        sound = open_house_sound(item.path)
        start = samples_at(item.start_frame, fps)
        # the picture's edge is only half of the way to one ear: a voice must be heard by both
        angle = (item.pan * 0.5 + 1) * np.pi / 4
        gains = (float(np.cos(angle)) * 2**0.5, float(np.sin(angle)) * 2**0.5)
        return cls(sound, start, min(sound.samples, total - start), gains)

    @property
    def is_cut(self) -> bool:
        return self.length < self.sound.samples

    def add_to(self, block: Samples, start: int) -> None:
        first, last = max(start, self.start), min(start + len(block), self.start + self.length)
        if first >= last:
            return
        mono = self.sound.read(first - self.start, last - first).mean(axis=1)
        if self.is_cut:
            left = self.start + self.length - np.arange(first, last)
            mono = mono * np.clip(left / _CUT_EASE, 0.0, 1.0).astype(np.float32)
        block[first - start : last - start] += mono[:, None] * np.array(self.gains, np.float32)


@dataclass(frozen=True)
class _Cue:
    """A cue in samples, with its fades."""

    sound: HouseSound
    start: int
    length: int
    fade_in: int
    fade_out: int

    @classmethod
    def opened(cls, item: CueItem, fps: int) -> _Cue:
        sound = open_house_sound(item.path)
        start = samples_at(item.start_frame, fps)
        length = samples_at(item.start_frame + item.frames, fps) - start
        if length - sound.samples > MAX_SHORTFALL_S * SAMPLE_RATE_HZ:
            raise MediaError(
                f"{item.path.name} plays {sound.samples / SAMPLE_RATE_HZ:.2f} s where its scene lasts "
                f"{length / SAMPLE_RATE_HZ:.2f} s. Make the cue again"
            )
        fades = (samples_at(item.fade_in_frames, fps), samples_at(item.fade_out_frames, fps))
        # a cue that is cut off before its own end is eased out, or it would click
        least_out = _CUT_EASE if sound.samples > length else 0
        return cls(sound, start, length, fades[0], max(fades[1], least_out))

    def add_to(self, block: Samples, start: int, gain: Samples) -> None:
        first, last = max(start, self.start), min(start + len(block), self.start + self.length)
        if first >= last:
            return
        found = self.sound.read(first - self.start, last - first)
        stereo = np.repeat(found, 2, axis=1) if self.sound.channels == 1 else found
        faded = _fades(first - self.start, len(stereo), self.length, self.fade_in, self.fade_out)
        at = first - start
        block[at : at + len(stereo)] += stereo * (faded * gain[at : at + len(stereo)])[:, None]


@dataclass(frozen=True)
class _Background:
    """An ambience bed in samples, made when it is first heard; it is eased in and out over half a second."""

    item: AmbienceItem
    start: int
    length: int

    @classmethod
    def made(cls, item: AmbienceItem, fps: int) -> _Background:
        start = samples_at(item.start_frame, fps)
        length = samples_at(item.start_frame + item.frames, fps) - start
        return cls(item, start, length)

    def add_to(self, block: Samples, start: int) -> None:
        first, last = max(start, self.start), min(start + len(block), self.start + self.length)
        if first >= last:
            return
        ease = min(SAMPLE_RATE_HZ // 2, self.length // 2)
        faded = _fades(first - self.start, last - first, self.length, ease, ease)
        bed = Bed.of(self.item.setting, self.item.seed)
        block[first - start : last - start] += bed.read(first - self.start, last - first) * faded[:, None]


def _fades(at: int, count: int, length: int, fade_in: int, fade_out: int) -> Samples:
    """Return the gain of samples [at, at + count) of something `length` long, even in power at both fades."""
    position = np.arange(at, at + count, dtype=np.float32)
    gain = np.ones(count, np.float32)
    if fade_in:
        gain *= np.sin(np.clip(position / fade_in, 0, 1) * np.float32(np.pi / 2))
    if fade_out:
        gain *= np.sin(np.clip((length - position) / fade_out, 0, 1) * np.float32(np.pi / 2))
    return gain


def _ducking(voices: Sequence[_Voice], total: int) -> NDArray[np.float64]:
    """Return the music's gain over time, dB, at 200 values per second; it falls before a line and rises after it."""
    step = SAMPLE_RATE_HZ // _CONTROL_HZ
    spoken = np.zeros(total // step + 2, bool)
    for voice in voices:
        mono = voice.sound.read(0, voice.length).mean(axis=1)
        starts = np.arange(0, len(mono), step)
        level = np.sqrt(np.add.reduceat(np.square(mono), starts) / step) if len(mono) else np.zeros(0)
        at = voice.start // step
        spoken[at : at + len(level)] |= level > _VOICED
    ahead, hold = round(DUCK_AHEAD_S * _CONTROL_HZ), round(DUCK_HOLD_S * _CONTROL_HZ)
    wanted = np.where(_widened(spoken, ahead, hold), DUCK_DB, 0.0)
    return _eased(wanted)


def _widened(spoken: NDArray[np.bool_], ahead: int, hold: int) -> NDArray[np.bool_]:
    """Return where something is spoken within `ahead` values from now or within `hold` values before."""
    count = np.concatenate([[0], np.cumsum(spoken)])
    at = np.arange(len(spoken))
    return count[np.minimum(at + ahead + 1, len(spoken))] > count[np.maximum(at - hold, 0)]


def _eased(wanted_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain with its attack and release; each reaches 95 % of its way in its time."""
    fall, rise = (1 - np.exp(-3 / (time_s * _CONTROL_HZ)) for time_s in (DUCK_ATTACK_S, DUCK_RELEASE_S))
    edges = np.flatnonzero(np.diff(wanted_db)) + 1
    made = np.empty_like(wanted_db)
    now = 0.0
    for start, end in zip([0, *edges], [*edges, len(wanted_db)], strict=True):
        goal = wanted_db[start]
        share = fall if goal < now else rise
        stretch = scipy.signal.lfilter([share], [1, share - 1], np.full(end - start, goal), zi=[(1 - share) * now])[0]
        made[start:end] = stretch
        now = float(stretch[-1])
    return made


def _rough_block(
    start: int,
    count: int,
    voices: Sequence[_Voice],
    cues: Sequence[_Cue],
    beds: Sequence[_Background],
    duck: NDArray[np.float64],
) -> Samples:
    """Return samples [start, start + count) of the mix before levelling, (samples, 2)."""
    block = np.zeros((count, 2), np.float32)
    step = SAMPLE_RATE_HZ // _CONTROL_HZ
    values = np.arange(len(duck)) * step
    near = slice(max(0, start // step - 1), (start + count) // step + 3)
    decibels = np.interp(np.arange(start, start + count), values[near], duck[near])
    music = np.power(10.0, (decibels + MUSIC_DB) / 20, dtype=np.float64).astype(np.float32)
    for cue in cues:
        cue.add_to(block, start, music)
    for bed in beds:
        bed.add_to(block, start)
    for voice in voices:
        voice.add_to(block, start)
    return block


class _Rough:
    """The mix before levelling, in a scratch file: for each sample left and right, float32."""

    def __init__(self, file: IO[bytes], total: int) -> None:
        self.total = total
        self.meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        self._file = file

    def append(self, block: Samples) -> None:
        self.meter.feed(block)
        self._file.write(block.tobytes())

    def finished(self, gain: float, ceiling: float) -> Iterator[tuple[Samples, float]]:
        """Give the mix block by block at its final level, each with the smallest gain the limiter took in it.

        Blocks are limited with their surroundings, as far as the limiter reaches, so that they join without a seam.
        """
        self._file.flush()
        starts = range(0, self.total, _BLOCK)
        yield from ahead(lambda start: self._limited(start, gain, ceiling), starts, _WORKERS, _AHEAD)

    def _limited(self, start: int, gain: float, ceiling: float) -> tuple[Samples, float]:
        around = 2 * LIMITER_REACH
        first, last = max(0, start - around), min(self.total, start + _BLOCK + around)
        read = np.frombuffer(os.pread(self._file.fileno(), (last - first) * 8, first * 8), np.float32).reshape(-1, 2)
        data = read * np.float32(gain)
        kept = slice(start - first, start - first + min(_BLOCK, self.total - start))
        eased = limiter_gain(peak_envelope(data, ceiling), ceiling)
        if eased is None:
            return data[kept], 1.0
        return data[kept] * eased[kept, None], float(eased[kept].min())


@dataclass(frozen=True)
class _Level:
    """A gain, linear, and the loudness that the limited mix has with it."""

    gain: float
    loudness_lufs: float


@dataclass(frozen=True)
class _Written:
    """What was measured while the mix was written."""

    true_peak_dbtp: float
    limited_db: float


def _ceiling(plan: MixPlan) -> float:
    return gain_of(plan.true_peak_dbtp - HEADROOM_DB)


def _found_level(plan: MixPlan, rough: _Rough) -> _Level:
    """Return the gain at which the limited mix has the wanted loudness, found by measuring."""
    now_lufs = rough.meter.loudness_lufs()
    if now_lufs <= SILENT_LUFS:
        raise MediaError("the mix is silent; expected voices, music or ambience. Give a scene a line or a cue")
    gain_db, step_db = 0.0, plan.loudness_lufs - now_lufs
    for _ in range(MAX_PASSES):
        gain_db += step_db
        meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        for block, _least in rough.finished(gain_of(gain_db), _ceiling(plan)):
            meter.feed(block)
        before_lufs, now_lufs = now_lufs, meter.loudness_lufs()
        missing_lu = plan.loudness_lufs - now_lufs
        if abs(missing_lu) <= LOUDNESS_TOLERANCE_LU:
            return _Level(gain_of(gain_db), now_lufs)
        # the more is limited, the less of a gain arrives as loudness: ask for more by as much
        arrives = min(max((now_lufs - before_lufs) / step_db, 0.25), 1.0)
        step_db = missing_lu / arrives
    raise MediaError(
        f"the mix reaches {now_lufs:.1f} LUFS under {plan.true_peak_dbtp:g} dBTP; expected {plan.loudness_lufs:g}. "
        "Lower the delivery's `loudness`"
    )


def _write(plan: MixPlan, rough: _Rough, gain: float) -> _Written:
    top, least = 1e-6, 1.0
    with writing(plan.output) as out:
        for block, block_least in rough.finished(gain, _ceiling(plan)):
            out.write(block)
            top, least = max(top, true_peak(block)), min(least, block_least)
    return _Written(20 * float(np.log10(top)), 20 * float(np.log10(least)))
