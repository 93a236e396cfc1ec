"""The gates' measures of any picture, video or sound: a file alone, without a show, a plan or a database.

What a gate compares with a plan is measured where the caller says what was planned, else listed as not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.production.verdicts import Threshold, judge
from tower_anime_assets.quality import thresholds

if TYPE_CHECKING:
    from tower_anime_assets.quality.image import Picture
    from tower_anime_assets.quality.sound import Samples

MAX_CLIP_FRAMES = 20_000
"""14 minutes at 24 frames per second: some kilobytes are kept of every frame. A master is measured in less."""

_PICTURE_SIGNATURES = ((0, b"\x89PNG"), (0, b"\xff\xd8\xff"), (8, b"WEBP"))
_VIDEO_SIGNATURES = ((4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (8, b"AVI "))
_HEADER_BYTES = 16


class FileKind(StrEnum):
    """What a file is, by its content."""

    PICTURE = "picture"
    VIDEO = "video"
    SOUND = "sound"


class MeasuredAs(StrEnum):
    """The stage by whose bars a file is judged."""

    SHEET = "sheet"
    KEYFRAME = "keyframe"
    CLIP = "clip"
    MUSIC = "music"
    VOICE = "voice"
    MIX = "mix"
    MASTER = "master"


_STAGES_OF_KIND = {
    FileKind.PICTURE: (MeasuredAs.KEYFRAME, MeasuredAs.SHEET),
    FileKind.VIDEO: (MeasuredAs.CLIP, MeasuredAs.MASTER),
    FileKind.SOUND: (MeasuredAs.MUSIC, MeasuredAs.VOICE, MeasuredAs.MIX),
}
"""What each kind may be measured as, the default first."""

_BARS = {
    MeasuredAs.SHEET: thresholds.SHEETS,
    MeasuredAs.KEYFRAME: thresholds.KEYFRAMES,
    MeasuredAs.CLIP: thresholds.CLIPS,
    MeasuredAs.MUSIC: thresholds.MUSIC,
    MeasuredAs.VOICE: thresholds.VOICES,
    MeasuredAs.MIX: thresholds.MIX,
    MeasuredAs.MASTER: thresholds.MASTER,
}

_NEEDS = {
    "size_error_px": "--size WIDTHxHEIGHT",
    "fps_error": "--fps N",
    "frames_error": "--frames N",
    "encoding_faults": "--stage clip",
    "motion_off_range_px": "--motion LEAST,MOST",
    "start_ssim": "--keyframe PICTURE",
    "loop_gap_steps": "--loop",
    "neighbour_distance_bits": "--neighbour PICTURE",
    "length_error_s": "--seconds N",
    "overrun_s": "--seconds N",
    "loudness_error_lu": "--target-lufs N",
    "sheet_colour_share": "a character's file",
    "eye_agreement": "a vision model and a plan",
    "words_missing": "the line and its word times",
    "format_faults": "--size WIDTHxHEIGHT",
    "lines_without_subtitle": "the screenplay's lines",
    "unaccepted_shots": "the record of its takes",
}
"""What a measure needs that a file alone does not tell."""


@dataclass(frozen=True)
class Expected:
    """What a person says a file should be; None for what they leave open.

    Attributes:
        stage: As what it is measured; None for the usual of its kind.
        motion_px: Least and most mean optical flow, px per frame.
        peak_dbtp: Highest true peak.
        keyframe: The still that a clip must start from.
        sheet: A picture of the character that a still shows.
        neighbour: The still of the shot before.
        is_loop: Whether a clip's last frame must meet its first.
    """

    stage: MeasuredAs | None = None
    size_px: tuple[int, int] | None = None
    fps: float | None = None
    frames: int | None = None
    seconds: float | None = None
    motion_px: tuple[float, float] | None = None
    target_lufs: float | None = None
    peak_dbtp: float = -1.0
    keyframe: Path | None = None
    sheet: Path | None = None
    neighbour: Path | None = None
    is_loop: bool = False


@dataclass(frozen=True)
class BarResult:
    """One bar and what was measured for it; without a value, `needs` says what it takes."""

    bar: Threshold
    value: float | None
    passed: bool | None
    needs: str = ""


@dataclass(frozen=True)
class FileReport:
    """What was measured of a file.

    Attributes:
        bars: Every bar of its stage, in the order of the gates.
        others: Measures without a bar, by name.
        details: Sentences that explain values.
    """

    path: Path
    kind: FileKind
    stage: MeasuredAs
    bars: tuple[BarResult, ...]
    others: Mapping[str, float] = field(default_factory=dict)
    details: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no measured bar is missed."""
        return all(result.passed is not False for result in self.bars)


def measure_file(path: Path, expected: Expected) -> FileReport:
    """Return what can be measured of a file.

    Raises:
        MediaError: It is no picture, video or sound, or cannot be read to its end.
        PlanError: It is asked to be measured as what its kind cannot be.
    """
    kind = kind_of(path)
    stage = expected.stage or _STAGES_OF_KIND[kind][0]
    if stage not in _STAGES_OF_KIND[kind]:
        raise PlanError(
            f"{path} is a {kind}; it cannot be measured as {stage}. Expected --stage "
            f"{' or '.join(_STAGES_OF_KIND[kind])}"
        )
    try:
        measures, details = _MEASURERS[stage](path, expected)
    except MediaError as error:
        if kind is not FileKind.SOUND or _is_container(path):
            raise
        raise MediaError(
            f"{path} is no picture, video or sound that can be read; expected PNG, JPEG or WebP, a video such as MP4, "
            "or a sound such as WAV. If it should be one, export it again"
        ) from error
    return _report(path, kind, stage, measures, details)


def is_picture(path: Path) -> bool:
    """Return whether a file says of itself that it is a picture; decodes nothing.

    Raises:
        MediaError: It cannot be read.
    """
    return _has_signature(_read_header(path), _PICTURE_SIGNATURES)


def kind_of(path: Path) -> FileKind:
    """Return what a file is, by its content.

    Raises:
        MediaError: It does not exist, is empty, or is none of the three.
    """
    from tower_anime_assets.media.frames import has_moving_picture

    if not path.is_file():
        raise MediaError(f"{path} is not a file; expected a picture, video or sound")
    header = _read_header(path)
    if not header:
        raise MediaError(f"{path} is empty; expected a picture, video or sound")
    if _has_signature(header, _PICTURE_SIGNATURES):
        return FileKind.PICTURE
    try:
        return FileKind.VIDEO if has_moving_picture(path) else FileKind.SOUND
    except MediaError:  # whether it is a sound shows when it is read
        if _has_signature(header, _VIDEO_SIGNATURES):
            raise
        return FileKind.SOUND


def _read_header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}") from error


def _has_signature(header: bytes, signatures: Iterable[tuple[int, bytes]]) -> bool:
    return any(header[at : at + len(signature)] == signature for at, signature in signatures)


def _is_container(path: Path) -> bool:
    from tower_anime_assets.media.frames import has_moving_picture

    try:
        has_moving_picture(path)
    except MediaError:
        return False
    return True


def _report(
    path: Path, kind: FileKind, stage: MeasuredAs, measures: Mapping[str, float], details: tuple[str, ...]
) -> FileReport:
    results = []
    for bar in _BARS[stage]:
        if bar.replaced_by and bar.replaced_by in measures:
            continue
        if bar.measure not in measures:
            results.append(BarResult(bar, None, None, _NEEDS.get(bar.measure, "what the file alone does not tell")))
            continue
        (verdict,) = judge(measures, [bar])
        results.append(BarResult(bar, verdict.value, verdict.passed))
    judged = {bar.measure for bar in _BARS[stage]}
    others = {name: value for name, value in measures.items() if name not in judged}
    return FileReport(path, kind, stage, tuple(results), others, details)


def _without(measures: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    left_out = set(names)
    return {name: value for name, value in measures.items() if name not in left_out}


def _measure_picture(path: Path, expected: Expected) -> tuple[dict[str, float], tuple[str, ...]]:
    from tower_anime_assets.media.external import read_brought_picture
    from tower_anime_assets.quality import image
    from tower_anime_assets.quality.lettering import letter_rows, letters_share

    picture = read_brought_picture(path)
    height, width = picture.shape[:2]
    neighbour = read_brought_picture(expected.neighbour) if expected.neighbour is not None else None
    measures = image.still_measures(picture, expected.size_px or (width, height), neighbour=neighbour)
    unknown = ["sheet_colour_share"]
    unknown += ["size_error_px"] if expected.size_px is None else []
    unknown += ["neighbour_distance_bits"] if neighbour is None else []
    measures = _without(measures, unknown) | {"letters_share": letters_share(picture)}
    details = [
        f"{row.letters} letters at {row.left},{row.top}, {row.width}x{row.height} px" for row in letter_rows(picture)
    ]
    if expected.sheet is not None:
        similarity = _similarity(picture, expected.sheet)
        measures |= {"identity_similarity": similarity} if similarity is not None else {}
        details += ["too few local features for a likeness"] if similarity is None else []
    return measures, (f"{width}x{height} px", *details)


def _similarity(picture: Picture, sheet: Path) -> float | None:
    from tower_anime_assets.media.external import read_brought_picture
    from tower_anime_assets.quality.identity import identity_similarity, local_features

    return identity_similarity(local_features(read_brought_picture(sheet)), local_features(picture))


def _measure_clip(path: Path, expected: Expected) -> tuple[dict[str, float], tuple[str, ...]]:
    from tower_anime_assets.media import frames
    from tower_anime_assets.media.external import read_brought_picture
    from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, X264_OPTIONS
    from tower_anime_assets.quality import video

    facts = frames.probe(path)
    if facts.frames > MAX_CLIP_FRAMES:
        raise MediaError(
            f"{path} has {facts.frames} frames; a clip is measured up to {MAX_CLIP_FRAMES}. Measure a part of it, or "
            "all of it with --stage master"
        )

    def lumas() -> Iterable[video.Luma]:
        if frames.is_limited_planar(facts):
            return frames.luma_frames(path)
        return (video.limited_range_luma(picture) for picture in frames.rgb_frames(path, is_exact=True))

    still = read_brought_picture(expected.keyframe) if expected.keyframe else frames.frame_at(path, 0)
    motion_px = expected.motion_px or (0.0, float("inf"))
    measured = video.measure_clip(lumas(), float(facts.fps), video.limited_range_luma(still), motion_px)
    mezzanine = video.EncodingSpec("h264", X264_OPTIONS["pix_fmt"], "High", KEYFRAME_EVERY_FRAMES)
    faults = video.encoding_faults(facts, mezzanine)
    width_px, height_px = expected.size_px or (0, 0)
    measures = dict(measured.summary)
    planned = {
        "frames_error": (expected.frames, float(abs(facts.frames - (expected.frames or 0)))),
        "size_error_px": (expected.size_px, float(abs(facts.width_px - width_px) + abs(facts.height_px - height_px))),
        "fps_error": (expected.fps, abs(float(facts.fps) - (expected.fps or 0.0))),
        "encoding_faults": (expected.stage, float(len(faults))),
    }
    measures |= {name: value for name, (wanted, value) in planned.items() if wanted is not None}
    unknown = ["start_ssim"] if expected.keyframe is None else []
    unknown += ["motion_off_range_px"] if expected.motion_px is None else []
    if expected.is_loop:
        measures["loop_gap_steps"] = video.loop_gap_steps(lumas())
    shape = f"{facts.width_px}x{facts.height_px} px, {float(facts.fps):.5g} fps, {facts.frames} frames, {facts.codec}"
    unheard = ("its sound is measured by --stage master",) if facts.sound is not None else ()
    return _without(measures, unknown), (shape, *unheard, *(faults if expected.stage is not None else ()))


def _measure_master(path: Path, expected: Expected) -> tuple[dict[str, float], tuple[str, ...]]:
    from tower_anime_assets.compile.master import measure_master
    from tower_anime_assets.media.frames import probe
    from tower_anime_assets.quality.master import MasterPlan

    facts = probe(path)
    width_px, height_px = expected.size_px or (facts.width_px, facts.height_px)
    plan = MasterPlan(
        frames=expected.frames or facts.frames,
        fps=round(expected.fps or float(facts.fps)),
        width_px=width_px,
        height_px=height_px,
        loudness_lufs=expected.target_lufs or 0.0,
        true_peak_dbtp=expected.peak_dbtp,
    )
    result = measure_master(path, plan)
    unknown = ["lines_without_subtitle"]
    unknown += ["frames_error"] if expected.frames is None else []
    unknown += ["format_faults"] if expected.size_px is None else []
    unknown += ["loudness_error_lu"] if expected.target_lufs is None else []
    details = (sentence for name, told in result.details.items() if name not in unknown for sentence in told)
    return _without(result.values, unknown), tuple(details)


def _measure_music(path: Path, expected: Expected) -> tuple[dict[str, float], tuple[str, ...]]:
    from tower_anime_assets.quality import sound

    samples, rate_hz, told = _read_sound(path)
    measures = sound.music_measures(samples, rate_hz, expected.seconds or 0.0)
    return _without(measures, ["length_error_s"] if expected.seconds is None else []), told


def _measure_voice(path: Path, expected: Expected) -> tuple[dict[str, float], tuple[str, ...]]:
    from tower_anime_assets.quality import sound

    samples, rate_hz, told = _read_sound(path)
    measures = sound.voice_measures(samples, rate_hz, [], "", expected.seconds or 0.0)
    return _without(measures, ["words_missing", *(["overrun_s"] if expected.seconds is None else [])]), told


def _measure_mix(path: Path, expected: Expected) -> tuple[dict[str, float], tuple[str, ...]]:
    from tower_anime_assets.quality import sound

    samples, rate_hz, told = _read_sound(path)
    measures = sound.mix_measures(
        samples, rate_hz, expected.seconds or 0.0, expected.target_lufs or 0.0, expected.peak_dbtp
    )
    unknown = ["length_error_s"] if expected.seconds is None else []
    unknown += ["loudness_error_lu"] if expected.target_lufs is None else []
    return _without(measures, unknown), told


def _read_sound(path: Path) -> tuple[Samples, int, tuple[str, ...]]:
    from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
    from tower_anime_assets.media.sound_files import read_sound

    samples = read_sound(path, SAMPLE_RATE_HZ)
    shape = f"{len(samples) / SAMPLE_RATE_HZ:.2f} s, {samples.shape[1]} channel{'s' if samples.shape[1] > 1 else ''}"
    return samples, SAMPLE_RATE_HZ, (shape,)


_MEASURERS: Mapping[MeasuredAs, Callable[[Path, Expected], tuple[dict[str, float], tuple[str, ...]]]] = {
    MeasuredAs.SHEET: _measure_picture,
    MeasuredAs.KEYFRAME: _measure_picture,
    MeasuredAs.CLIP: _measure_clip,
    MeasuredAs.MUSIC: _measure_music,
    MeasuredAs.VOICE: _measure_voice,
    MeasuredAs.MIX: _measure_mix,
    MeasuredAs.MASTER: _measure_master,
}
