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

from tower_anime_assets.compile.ambience import AmbienceBed
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.dynamics import LIMITER_REACH_SAMPLES, limiter_gain, linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.prefetch import prefetch
from tower_anime_assets.media.sound_files import MezzanineSound, open_mezzanine_sound, open_wav_writer
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import SILENT_LUFS, LoudnessMeter, peak_envelope, true_peak

Samples = NDArray[np.float32]

MUSIC_DB = -8.0
"""Music under pictures, against voices at their own level: both come at about -20 LUFS."""

DUCK_DB = -9.0
DUCK_ATTACK_S, DUCK_RELEASE_S = 0.08, 0.3
DUCK_LOOKAHEAD_S = 0.12
"""How long before a word the music begins to give way: an attack that began with the word would cover its start."""

DUCK_HOLD_S = 0.25
"""Pauses shorter than this keep the music down, so that it does not pump between words."""

HEADROOM_DB = 1.0
"""The limiter stands this far below the delivery's true peak: AAC at 192 kbit/s overshoots by up to 0.8 dB."""

LOUDNESS_TOLERANCE_LU = 0.2
MAX_PASSES = 5
MAX_SHORTFALL_S = 0.06
"""How much shorter than planned a cue may be: its own gate allows 0.05 s."""

_BLOCK_SAMPLES = 10 * SAMPLE_RATE_HZ
_WORKERS, _BLOCKS_AHEAD = 2, 3
"""Blocks in the making while one is measured or written: NumPy and SciPy work beside each other."""

_CONTROL_HZ = 200
_VOICED_LEVEL = linear_gain(-45.0)
_CUT_FADE_SAMPLES = round(0.02 * SAMPLE_RATE_HZ)


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


def sample_at_frame(frame: int, fps: int) -> int:
    """Return the sample at which a frame begins, to the nearest."""
    return (2 * frame * SAMPLE_RATE_HZ + fps) // (2 * fps)


def mix_episode(plan: MixPlan) -> MixReport:
    """Write the mix of an episode.

    Raises:
        PlanError: The plan has no length, or something in it lies outside the episode.
        MediaError: A file cannot be read, is not in the house encoding or is too short; there is nothing to hear; the
            loudness cannot be reached under the true-peak limit; or the result cannot be written.
    """
    _check_plan(plan)
    total_samples = sample_at_frame(plan.frames, plan.fps)
    voices = [_PlacedVoice.from_item(item, plan.fps, total_samples) for item in plan.voices]
    cues = [_PlacedCue.from_item(item, plan.fps) for item in plan.cues]
    beds = [_PlacedAmbience.from_item(item, plan.fps) for item in plan.ambience]
    duck_db = _music_duck_db(voices, total_samples)
    plan.output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=plan.output.parent) as scratch_file:
            rough = _RoughMix(scratch_file, total_samples)
            blocks = [
                (start, min(_BLOCK_SAMPLES, total_samples - start)) for start in range(0, total_samples, _BLOCK_SAMPLES)
            ]
            for block in prefetch(
                lambda span: _mix_block(*span, voices, cues, beds, duck_db), blocks, _WORKERS, _BLOCKS_AHEAD
            ):
                rough.append(block)
            level = _find_level(plan, rough)
            measures = _write_mix(plan, rough, level.gain)
    except OSError as error:
        raise MediaError(f"cannot mix into {plan.output}: {error.strerror}. Free space, then run again") from error
    return MixReport(
        samples=total_samples,
        loudness_lufs=round(level.loudness_lufs, 3),
        true_peak_dbtp=round(measures.true_peak_dbtp, 3),
        gain_db=round(20 * float(np.log10(level.gain)), 3),
        limited_db=round(measures.limited_db, 3),
        ducked_db=round(float(duck_db.min(initial=0.0)), 3),
        cut_short=tuple(voice.sound.path.name for voice in voices if voice.is_cut_short),
    )


def _check_plan(plan: MixPlan) -> None:
    if plan.frames < 1 or plan.fps < 1:
        raise PlanError(f"a mix of {plan.frames} frames at {plan.fps} fps has no length; expected both from 1 on")
    for voice in plan.voices:
        if not 0 <= voice.start_frame < plan.frames or not -1 <= voice.pan <= 1:
            raise PlanError(
                f"{voice.path.name} starts at frame {voice.start_frame}, pan {voice.pan}; expected 0 to "
                f"{plan.frames - 1}, and -1 to 1. Plan the shots again"
            )
    items: list[CueItem | AmbienceItem] = [*plan.cues, *plan.ambience]
    for item in items:
        if item.start_frame < 0 or item.frames < 1 or item.start_frame + item.frames > plan.frames:
            raise PlanError(
                f"frames {item.start_frame} to {item.start_frame + item.frames} of a scene's sound lie outside the "
                f"episode's {plan.frames}. Plan the shots again"
            )


@dataclass(frozen=True)
class _PlacedVoice:
    """A line in samples; `gains` are for left and right."""

    sound: MezzanineSound
    start_sample: int
    length_samples: int
    gains: tuple[float, float]

    @classmethod
    def from_item(cls, item: VoiceItem, fps: int, total_samples: int) -> _PlacedVoice:
        sound = open_mezzanine_sound(item.path)
        start_sample = sample_at_frame(item.start_frame, fps)
        # the picture's edge is only half of the way to one ear: a voice must be heard by both
        angle = (item.pan * 0.5 + 1) * np.pi / 4
        gains = (float(np.cos(angle)) * 2**0.5, float(np.sin(angle)) * 2**0.5)
        return cls(sound, start_sample, min(sound.length_samples, total_samples - start_sample), gains)

    @property
    def is_cut_short(self) -> bool:
        return self.length_samples < self.sound.length_samples

    def add_to(self, block: Samples, block_start: int) -> None:
        first, last = (
            max(block_start, self.start_sample),
            min(block_start + len(block), self.start_sample + self.length_samples),
        )
        if first >= last:
            return
        mono = self.sound.read(first - self.start_sample, last - first).mean(axis=1)
        if self.is_cut_short:
            remaining = self.start_sample + self.length_samples - np.arange(first, last)
            mono = mono * np.clip(remaining / _CUT_FADE_SAMPLES, 0.0, 1.0).astype(np.float32)
        block[first - block_start : last - block_start] += mono[:, None] * np.array(self.gains, np.float32)


@dataclass(frozen=True)
class _PlacedCue:
    """A cue in samples, with its fades."""

    sound: MezzanineSound
    start_sample: int
    length_samples: int
    fade_in_samples: int
    fade_out_samples: int

    @classmethod
    def from_item(cls, item: CueItem, fps: int) -> _PlacedCue:
        sound = open_mezzanine_sound(item.path)
        start_sample = sample_at_frame(item.start_frame, fps)
        length_samples = sample_at_frame(item.start_frame + item.frames, fps) - start_sample
        if length_samples - sound.length_samples > MAX_SHORTFALL_S * SAMPLE_RATE_HZ:
            raise MediaError(
                f"{item.path.name} plays {sound.length_samples / SAMPLE_RATE_HZ:.2f} s where its scene lasts "
                f"{length_samples / SAMPLE_RATE_HZ:.2f} s. Make the cue again"
            )
        fades = (sample_at_frame(item.fade_in_frames, fps), sample_at_frame(item.fade_out_frames, fps))
        # a cue that is cut off before its own end is eased out, or it would click
        min_fade_out_samples = _CUT_FADE_SAMPLES if sound.length_samples > length_samples else 0
        return cls(sound, start_sample, length_samples, fades[0], max(fades[1], min_fade_out_samples))

    def add_to(self, block: Samples, block_start: int, gain: Samples) -> None:
        first, last = (
            max(block_start, self.start_sample),
            min(block_start + len(block), self.start_sample + self.length_samples),
        )
        if first >= last:
            return
        samples = self.sound.read(first - self.start_sample, last - first)
        stereo = np.repeat(samples, 2, axis=1) if self.sound.channels == 1 else samples
        fade_gain = _fade_gain(
            first - self.start_sample, len(stereo), self.length_samples, self.fade_in_samples, self.fade_out_samples
        )
        offset = first - block_start
        block[offset : offset + len(stereo)] += stereo * (fade_gain * gain[offset : offset + len(stereo)])[:, None]


@dataclass(frozen=True)
class _PlacedAmbience:
    """An ambience bed in samples, made when it is first heard; it is eased in and out over half a second."""

    item: AmbienceItem
    start_sample: int
    length_samples: int

    @classmethod
    def from_item(cls, item: AmbienceItem, fps: int) -> _PlacedAmbience:
        start_sample = sample_at_frame(item.start_frame, fps)
        length_samples = sample_at_frame(item.start_frame + item.frames, fps) - start_sample
        return cls(item, start_sample, length_samples)

    def add_to(self, block: Samples, block_start: int) -> None:
        first, last = (
            max(block_start, self.start_sample),
            min(block_start + len(block), self.start_sample + self.length_samples),
        )
        if first >= last:
            return
        fade_samples = min(SAMPLE_RATE_HZ // 2, self.length_samples // 2)
        fade_gain = _fade_gain(first - self.start_sample, last - first, self.length_samples, fade_samples, fade_samples)
        bed = AmbienceBed.for_setting(self.item.setting, self.item.seed)
        block[first - block_start : last - block_start] += (
            bed.read(first - self.start_sample, last - first) * fade_gain[:, None]
        )


def _fade_gain(first: int, count: int, length_samples: int, fade_in_samples: int, fade_out_samples: int) -> Samples:
    """Return the gain of samples [at, at + count) of something `length` long, even in power at both fades."""
    position = np.arange(first, first + count, dtype=np.float32)
    gain = np.ones(count, np.float32)
    if fade_in_samples:
        gain *= np.sin(np.clip(position / fade_in_samples, 0, 1) * np.float32(np.pi / 2))
    if fade_out_samples:
        gain *= np.sin(np.clip((length_samples - position) / fade_out_samples, 0, 1) * np.float32(np.pi / 2))
    return gain


def _music_duck_db(voices: Sequence[_PlacedVoice], total_samples: int) -> NDArray[np.float64]:
    """Return the music's gain over time, dB, at 200 values per second; it falls before a line and rises after it."""
    step_samples = SAMPLE_RATE_HZ // _CONTROL_HZ
    spoken = np.zeros(total_samples // step_samples + 2, bool)
    for voice in voices:
        mono = voice.sound.read(0, voice.length_samples).mean(axis=1)
        starts = np.arange(0, len(mono), step_samples)
        level = np.sqrt(np.add.reduceat(np.square(mono), starts) / step_samples) if len(mono) else np.zeros(0)
        first_value = voice.start_sample // step_samples
        spoken[first_value : first_value + len(level)] |= level > _VOICED_LEVEL
    lookahead_values, hold_values = round(DUCK_LOOKAHEAD_S * _CONTROL_HZ), round(DUCK_HOLD_S * _CONTROL_HZ)
    target_db = np.where(_widen_speech(spoken, lookahead_values, hold_values), DUCK_DB, 0.0)
    return _apply_attack_and_release(target_db)


def _widen_speech(spoken: NDArray[np.bool_], lookahead_values: int, hold_values: int) -> NDArray[np.bool_]:
    """Return where something is spoken within `ahead` values from now or within `hold` values before."""
    count = np.concatenate([[0], np.cumsum(spoken)])
    position = np.arange(len(spoken))
    return (
        count[np.minimum(position + lookahead_values + 1, len(spoken))] > count[np.maximum(position - hold_values, 0)]
    )


def _apply_attack_and_release(target_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain with its attack and release; each reaches 95 % of its way in its time."""
    fall, rise = (1 - np.exp(-3 / (time_s * _CONTROL_HZ)) for time_s in (DUCK_ATTACK_S, DUCK_RELEASE_S))
    edges = np.flatnonzero(np.diff(target_db)) + 1
    gain_db = np.empty_like(target_db)
    current_db = 0.0
    for start, end in zip([0, *edges], [*edges, len(target_db)], strict=True):
        goal_db = target_db[start]
        coefficient = fall if goal_db < current_db else rise
        stretch = scipy.signal.lfilter(
            [coefficient], [1, coefficient - 1], np.full(end - start, goal_db), zi=[(1 - coefficient) * current_db]
        )[0]
        gain_db[start:end] = stretch
        current_db = float(stretch[-1])
    return gain_db


def _mix_block(
    start: int,
    count: int,
    voices: Sequence[_PlacedVoice],
    cues: Sequence[_PlacedCue],
    beds: Sequence[_PlacedAmbience],
    duck_db: NDArray[np.float64],
) -> Samples:
    """Return samples [start, start + count) of the mix before levelling, (samples, 2)."""
    block = np.zeros((count, 2), np.float32)
    step_samples = SAMPLE_RATE_HZ // _CONTROL_HZ
    values = np.arange(len(duck_db)) * step_samples
    window = slice(max(0, start // step_samples - 1), (start + count) // step_samples + 3)
    decibels = np.interp(np.arange(start, start + count), values[window], duck_db[window])
    music_gain = np.power(10.0, (decibels + MUSIC_DB) / 20, dtype=np.float64).astype(np.float32)
    for cue in cues:
        cue.add_to(block, start, music_gain)
    for bed in beds:
        bed.add_to(block, start)
    for voice in voices:
        voice.add_to(block, start)
    return block


class _RoughMix:
    """The mix before levelling, in a scratch file: for each sample left and right, float32."""

    def __init__(self, file: IO[bytes], total_samples: int) -> None:
        self.total = total_samples
        self.meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        self._file = file

    def append(self, block: Samples) -> None:
        self.meter.feed(block)
        self._file.write(block.tobytes())

    def level_blocks(self, gain: float, ceiling: float) -> Iterator[tuple[Samples, float]]:
        """Give the mix block by block at its final level, each with the smallest gain the limiter took in it.

        Blocks are limited with their surroundings, as far as the limiter reaches, so that they join without a seam.
        """
        self._file.flush()
        starts = range(0, self.total, _BLOCK_SAMPLES)
        yield from prefetch(lambda start: self._limit_block(start, gain, ceiling), starts, _WORKERS, _BLOCKS_AHEAD)

    def _limit_block(self, start: int, gain: float, ceiling: float) -> tuple[Samples, float]:
        margin_samples = 2 * LIMITER_REACH_SAMPLES
        first, last = max(0, start - margin_samples), min(self.total, start + _BLOCK_SAMPLES + margin_samples)
        rough = np.frombuffer(os.pread(self._file.fileno(), (last - first) * 8, first * 8), np.float32).reshape(-1, 2)
        levelled = rough * np.float32(gain)
        inner = slice(start - first, start - first + min(_BLOCK_SAMPLES, self.total - start))
        limiting = limiter_gain(peak_envelope(levelled, ceiling), ceiling)
        if limiting is None:
            return levelled[inner], 1.0
        return levelled[inner] * limiting[inner, None], float(limiting[inner].min())


@dataclass(frozen=True)
class _MixLevel:
    """A gain, linear, and the loudness that the limited mix has with it."""

    gain: float
    loudness_lufs: float


@dataclass(frozen=True)
class _MixMeasures:
    """What was measured while the mix was written."""

    true_peak_dbtp: float
    limited_db: float


def _limiter_ceiling(plan: MixPlan) -> float:
    return linear_gain(plan.true_peak_dbtp - HEADROOM_DB)


def _find_level(plan: MixPlan, rough: _RoughMix) -> _MixLevel:
    """Return the gain at which the limited mix has the wanted loudness, found by measuring."""
    current_lufs = rough.meter.loudness_lufs()
    if current_lufs <= SILENT_LUFS:
        raise MediaError("the mix is silent; expected voices, music or ambience. Give a scene a line or a cue")
    gain_db, step_db = 0.0, plan.loudness_lufs - current_lufs
    for _ in range(MAX_PASSES):
        gain_db += step_db
        meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        for block, _min_gain in rough.level_blocks(linear_gain(gain_db), _limiter_ceiling(plan)):
            meter.feed(block)
        previous_lufs, current_lufs = current_lufs, meter.loudness_lufs()
        missing_lu = plan.loudness_lufs - current_lufs
        if abs(missing_lu) <= LOUDNESS_TOLERANCE_LU:
            return _MixLevel(linear_gain(gain_db), current_lufs)
        # the more is limited, the less of a gain arrives as loudness: ask for more by as much
        response = min(max((current_lufs - previous_lufs) / step_db, 0.25), 1.0)
        step_db = missing_lu / response
    raise MediaError(
        f"the mix reaches {current_lufs:.1f} LUFS under {plan.true_peak_dbtp:g} dBTP; expected {plan.loudness_lufs:g}. "
        "Lower the delivery's `loudness`"
    )


def _write_mix(plan: MixPlan, rough: _RoughMix, gain: float) -> _MixMeasures:
    peak, min_gain = 1e-6, 1.0
    with open_wav_writer(plan.output) as writer:
        for block, block_min_gain in rough.level_blocks(gain, _limiter_ceiling(plan)):
            writer.write(block)
            peak, min_gain = max(peak, true_peak(block)), min(min_gain, block_min_gain)
    return _MixMeasures(20 * float(np.log10(peak)), 20 * float(np.log10(min_gain)))
