"""The sound mix of an episode: voices, music and ambience on one timeline, with ducking, loudness and a limiter.

The mix is made in blocks of ten seconds, so memory does not grow with the episode. While the loudness is measured, the
mix is in a scratch file beside the result.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import scipy  # its submodules are loaded on first use, since importing them takes a second
from numpy.typing import NDArray

from tower_anime_assets.compile.ambience import AmbienceBed
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.dynamics import LIMITER_REACH_SAMPLES, limiter_gain, linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.prefetch import prefetch
from tower_anime_assets.media.sound_files import MezzanineSound, open_mezzanine_sound, open_wav_writer
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import SILENT_LUFS, LoudnessMeter, Samples, peak_envelope, true_peak

MUSIC_DB = -8.0
"""Level of the music relative to the voices; both arrive at about -20 LUFS."""

DUCK_DB = -9.0
DUCK_ATTACK_S, DUCK_RELEASE_S = 0.08, 0.3
DUCK_LOOKAHEAD_S = 0.12
"""How long before a word the music starts to fade; otherwise it would mask the beginning of the word."""

DUCK_HOLD_S = 0.25
"""The music stays down in shorter pauses, so that it does not pump between words."""

HEADROOM_DB = 1.0
"""Distance of the limiter from the delivery's true peak, since AAC at 192 kbit/s overshoots by up to 0.8 dB."""

LOUDNESS_TOLERANCE_LU = 0.2
MAX_PASSES = 5
MAX_SHORTFALL_S = 0.06
"""How much shorter than planned a cue may be; its gate allows 0.05 s."""

_BLOCK_SAMPLES = 10 * SAMPLE_RATE_HZ
_WORKERS, _BLOCKS_AHEAD = 2, 3
"""Threads, and blocks computed ahead of the one being measured or written."""

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
    """A cue on the timeline; overlapping fades of neighbours make an equal-power crossfade."""

    path: Path
    start_frame: int
    frames: int
    fade_in_frames: int = 0
    fade_out_frames: int = 0


@dataclass(frozen=True)
class AmbienceItem:
    """The ambience of a place over part of the timeline."""

    start_frame: int
    frames: int
    setting: Setting
    seed: int


@dataclass(frozen=True)
class MixPlan:
    """Everything that is mixed, and the required result.

    Attributes:
        output: The WAV file to write: 48 kHz, stereo, 16 bit.
        frames: Length of the episode; the sound lasts `frames / fps` seconds, to the nearest sample.
        loudness_lufs: Integrated loudness.
        true_peak_dbtp: Upper limit of the true peak after AAC encoding.
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
    """The measured result.

    Attributes:
        gain_db: Gain between the mix before levelling and the result.
        limited_db: Lowest gain of the limiter; 0 if it did nothing.
        ducked_db: Lowest gain of the music.
        cut_short: Names of the voice files that were cut off at the end of the episode.
    """

    samples: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    limited_db: float
    ducked_db: float
    cut_short: tuple[str, ...]


def sample_at_frame(frame: int, fps: int) -> int:
    """Return the sample nearest to the start of a frame."""
    return (2 * frame * SAMPLE_RATE_HZ + fps) // (2 * fps)


def mix_episode(plan: MixPlan) -> MixReport:
    """Write the mix of an episode.

    Raises:
        PlanError: The plan has no length, or an item lies outside the episode.
        MediaError: A file cannot be read, is not in the mezzanine format or is too short; the mix is silent; the
            loudness cannot be reached below the true peak; or the result cannot be written.
    """
    _check_plan(plan)
    total_samples = sample_at_frame(plan.frames, plan.fps)
    voices = [_PlacedVoice.from_item(item, plan.fps, total_samples) for item in plan.voices]
    cues = [_PlacedCue.from_item(item, plan.fps) for item in plan.cues]
    beds = [_PlacedAmbience.from_item(item, plan.fps) for item in plan.ambience]
    duck_db = _music_duck_db(voices, total_samples)

    def mix_block(start: int) -> Samples:
        return _mix_block(start, min(_BLOCK_SAMPLES, total_samples - start), (*cues, *beds, *voices), duck_db)

    plan.output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=plan.output.parent) as scratch_file:
            rough = _RoughMix(scratch_file, total_samples)
            for block in prefetch(mix_block, range(0, total_samples, _BLOCK_SAMPLES), _WORKERS, _BLOCKS_AHEAD):
                rough.append(block)
            gain, loudness_lufs = _find_level(plan, rough)
            true_peak_dbtp, limited_db = _write_mix(plan, rough, gain)
    except OSError as error:
        raise MediaError(f"cannot mix into {plan.output}: {error.strerror}. Free space, then run again") from error
    return MixReport(
        samples=total_samples,
        loudness_lufs=round(loudness_lufs, 3),
        true_peak_dbtp=round(true_peak_dbtp, 3),
        gain_db=round(20 * float(np.log10(gain)), 3),
        limited_db=round(limited_db, 3),
        ducked_db=round(float(duck_db.min(initial=0.0)), 3),
        cut_short=tuple(voice.sound.path.name for voice in voices if voice.is_cut_short),
    )


def _check_plan(plan: MixPlan) -> None:
    if plan.frames < 1 or plan.fps < 1:
        raise PlanError(f"a mix of {plan.frames} frames at {plan.fps} fps has no length; expected at least 1 of each")
    for voice in plan.voices:
        if not 0 <= voice.start_frame < plan.frames or not -1 <= voice.pan <= 1:
            raise PlanError(
                f"{voice.path.name} starts at frame {voice.start_frame} with pan {voice.pan}; expected frame 0 to "
                f"{plan.frames - 1} and pan -1 to 1. Plan the shots again"
            )
    items: list[CueItem | AmbienceItem] = [*plan.cues, *plan.ambience]
    for item in items:
        if item.start_frame < 0 or item.frames < 1 or item.start_frame + item.frames > plan.frames:
            raise PlanError(
                f"the sound of a scene covers frames {item.start_frame} to {item.start_frame + item.frames}, which is "
                f"outside the episode of {plan.frames} frames. Plan the shots again"
            )


@dataclass(frozen=True)
class _PlacedVoice:
    """A line in samples; `gains` are for left and right."""

    start_sample: int
    length_samples: int
    sound: MezzanineSound
    gains: tuple[float, float]

    @classmethod
    def from_item(cls, item: VoiceItem, fps: int, total_samples: int) -> _PlacedVoice:
        sound = open_mezzanine_sound(item.path)
        start_sample = sample_at_frame(item.start_frame, fps)
        # A speaker at the edge of the picture is panned only half-way, so that both ears hear the voice.
        angle = (item.pan * 0.5 + 1) * np.pi / 4
        gains = (float(np.cos(angle)) * 2**0.5, float(np.sin(angle)) * 2**0.5)
        return cls(start_sample, min(sound.length_samples, total_samples - start_sample), sound, gains)

    @property
    def is_cut_short(self) -> bool:
        return self.length_samples < self.sound.length_samples

    def render(self, first: int, count: int) -> tuple[Samples, Samples]:
        """Return samples [first, first + count) of the line, and the gains by which they are to be multiplied."""
        mono = self.sound.read(first, count).mean(axis=1)
        if self.is_cut_short:
            remaining = self.length_samples - np.arange(first, first + count)
            mono = mono * np.clip(remaining / _CUT_FADE_SAMPLES, 0.0, 1.0).astype(np.float32)
        return mono[:, None], np.array(self.gains, np.float32)


@dataclass(frozen=True)
class _PlacedCue:
    """A cue in samples, with its fades."""

    start_sample: int
    length_samples: int
    sound: MezzanineSound
    fade_in_samples: int
    fade_out_samples: int

    @classmethod
    def from_item(cls, item: CueItem, fps: int) -> _PlacedCue:
        sound = open_mezzanine_sound(item.path)
        start_sample, length_samples = _sample_span(item, fps)
        if length_samples - sound.length_samples > MAX_SHORTFALL_S * SAMPLE_RATE_HZ:
            raise MediaError(
                f"{item.path.name} lasts {sound.length_samples / SAMPLE_RATE_HZ:.2f} s, but its scene lasts "
                f"{length_samples / SAMPLE_RATE_HZ:.2f} s. Make the cue again"
            )
        fades = (sample_at_frame(item.fade_in_frames, fps), sample_at_frame(item.fade_out_frames, fps))
        # A cue that is cut off before its end fades out briefly to avoid a click.
        min_fade_out_samples = _CUT_FADE_SAMPLES if sound.length_samples > length_samples else 0
        return cls(start_sample, length_samples, sound, fades[0], max(fades[1], min_fade_out_samples))

    def render(self, first: int, count: int) -> tuple[Samples, Samples]:
        """Return samples [first, first + count) of the cue, fewer after its end, and their gains."""
        samples = self.sound.read(first, count)
        stereo = np.repeat(samples, 2, axis=1) if self.sound.channels == 1 else samples
        return stereo, _fade_gain(first, len(stereo), self.length_samples, self.fade_in_samples, self.fade_out_samples)


@dataclass(frozen=True)
class _PlacedAmbience:
    """An ambience bed in samples with fades of half a second; it is synthesized when first rendered."""

    start_sample: int
    length_samples: int
    item: AmbienceItem

    @classmethod
    def from_item(cls, item: AmbienceItem, fps: int) -> _PlacedAmbience:
        return cls(*_sample_span(item, fps), item)

    def render(self, first: int, count: int) -> tuple[Samples, Samples]:
        """Return samples [first, first + count) of the bed, and their gains."""
        fade_samples = min(SAMPLE_RATE_HZ // 2, self.length_samples // 2)
        bed = AmbienceBed.for_setting(self.item.setting, self.item.seed)
        return bed.read(first, count), _fade_gain(first, count, self.length_samples, fade_samples, fade_samples)


def _sample_span(item: CueItem | AmbienceItem, fps: int) -> tuple[int, int]:
    start_sample = sample_at_frame(item.start_frame, fps)
    return start_sample, sample_at_frame(item.start_frame + item.frames, fps) - start_sample


def _fade_gain(first: int, count: int, length_samples: int, fade_in_samples: int, fade_out_samples: int) -> Samples:
    """Return the equal-power fade gain of samples [first, first + count) of an item, (samples, 1)."""
    position = np.arange(first, first + count, dtype=np.float32)
    gain = np.ones(count, np.float32)
    if fade_in_samples:
        gain *= np.sin(np.clip(position / fade_in_samples, 0, 1) * np.float32(np.pi / 2))
    if fade_out_samples:
        gain *= np.sin(np.clip((length_samples - position) / fade_out_samples, 0, 1) * np.float32(np.pi / 2))
    return gain[:, None]


def _music_duck_db(voices: Sequence[_PlacedVoice], total_samples: int) -> NDArray[np.float64]:
    """Return the gain of the music in dB, 200 values per second; it falls before a line and rises after it."""
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
    """Return where there is speech within the next `lookahead_values` or the last `hold_values`."""
    count = np.concatenate([[0], np.cumsum(spoken)])
    position = np.arange(len(spoken))
    return (
        count[np.minimum(position + lookahead_values + 1, len(spoken))] > count[np.maximum(position - hold_values, 0)]
    )


def _apply_attack_and_release(target_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain with attack and release; each covers 95 % of the change in its time."""
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
    items: Sequence[_PlacedVoice | _PlacedCue | _PlacedAmbience],
    duck_db: NDArray[np.float64],
) -> Samples:
    """Return samples [start, start + count) of the mix before levelling, (samples, 2)."""
    block = np.zeros((count, 2), np.float32)
    step_samples = SAMPLE_RATE_HZ // _CONTROL_HZ
    values = np.arange(len(duck_db)) * step_samples
    window = slice(max(0, start // step_samples - 1), (start + count) // step_samples + 3)
    decibels = np.interp(np.arange(start, start + count), values[window], duck_db[window])
    music_gain = np.power(10.0, (decibels + MUSIC_DB) / 20, dtype=np.float64).astype(np.float32)
    for item in items:
        first = max(start, item.start_sample)
        last = min(start + count, item.start_sample + item.length_samples)
        if first < last:
            samples, gains = item.render(first - item.start_sample, last - first)
            part = slice(first - start, first - start + len(samples))
            if isinstance(item, _PlacedCue):
                gains = gains * music_gain[part, None]
            block[part] += samples * gains
    return block


class _RoughMix:
    """The mix before levelling in a scratch file: float32, interleaved left and right."""

    def __init__(self, file: IO[bytes], total_samples: int) -> None:
        self.total_samples = total_samples
        self.meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        self._file = file

    def append(self, block: Samples) -> None:
        self.meter.feed(block)
        self._file.write(block.tobytes())

    def level_blocks(self, gain: float, ceiling: float) -> Iterator[tuple[Samples, float]]:
        """Yield the limited mix block by block, each with the lowest gain of the limiter.

        Each block is limited together with its surroundings as far as the limiter reaches, so that no seam is audible.
        """
        self._file.flush()
        starts = range(0, self.total_samples, _BLOCK_SAMPLES)
        yield from prefetch(lambda start: self._limit_block(start, gain, ceiling), starts, _WORKERS, _BLOCKS_AHEAD)

    def _limit_block(self, start: int, gain: float, ceiling: float) -> tuple[Samples, float]:
        margin_samples = 2 * LIMITER_REACH_SAMPLES
        first, last = max(0, start - margin_samples), min(self.total_samples, start + _BLOCK_SAMPLES + margin_samples)
        rough = np.frombuffer(os.pread(self._file.fileno(), (last - first) * 8, first * 8), np.float32).reshape(-1, 2)
        levelled = rough * np.float32(gain)
        inner = slice(start - first, start - first + min(_BLOCK_SAMPLES, self.total_samples - start))
        limiting = limiter_gain(peak_envelope(levelled, ceiling), ceiling)
        if limiting is None:
            return levelled[inner], 1.0
        return levelled[inner] * limiting[inner, None], float(limiting[inner].min())


def _limiter_ceiling(plan: MixPlan) -> float:
    return linear_gain(plan.true_peak_dbtp - HEADROOM_DB)


def _find_level(plan: MixPlan, rough: _RoughMix) -> tuple[float, float]:
    """Return the linear gain at which the limited mix has the required loudness, and its exact loudness in LUFS."""
    current_lufs = rough.meter.loudness_lufs()
    if current_lufs <= SILENT_LUFS:
        raise MediaError("the mix is silent; expected voices, music or ambience. Add a line or a cue to a scene")
    gain_db, step_db = 0.0, plan.loudness_lufs - current_lufs
    for _ in range(MAX_PASSES):
        gain_db += step_db
        meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        for block, _min_gain in rough.level_blocks(linear_gain(gain_db), _limiter_ceiling(plan)):
            meter.feed(block)
        previous_lufs, current_lufs = current_lufs, meter.loudness_lufs()
        missing_lu = plan.loudness_lufs - current_lufs
        if abs(missing_lu) <= LOUDNESS_TOLERANCE_LU:
            return linear_gain(gain_db), current_lufs
        # The limiter takes back a part of each increase, so increase the gain by more.
        response = min(max((current_lufs - previous_lufs) / step_db, 0.25), 1.0)
        step_db = missing_lu / response
    raise MediaError(
        f"the mix reaches {current_lufs:.1f} LUFS under {plan.true_peak_dbtp:g} dBTP; expected {plan.loudness_lufs:g}. "
        "Lower the delivery's `loudness`"
    )


def _write_mix(plan: MixPlan, rough: _RoughMix, gain: float) -> tuple[float, float]:
    """Write the mix, and return its true peak in dBTP and the lowest gain of the limiter in dB."""
    peak, min_gain = 1e-6, 1.0
    with open_wav_writer(plan.output) as writer:
        for block, block_min_gain in rough.level_blocks(gain, _limiter_ceiling(plan)):
            writer.write(block)
            peak, min_gain = max(peak, true_peak(block)), min(min_gain, block_min_gain)
    return 20 * float(np.log10(peak)), 20 * float(np.log10(min_gain))
