from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.animatic.speech_styles import speech_style_of
from tower_anime_assets.animatic.voice import VARIANTS, EmbeddedVoice, variant_of
from tower_anime_assets.media.sound_files import read_sound
from tower_anime_assets.media.speech import synthesize_speech
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.dialogue import estimated_window_s
from tower_anime_assets.production.planning.readers import is_pause, spoken_language
from tower_anime_assets.production.planning.timing import measured_window_seconds
from tower_anime_assets.production.story.appearance import derive_appearance, derive_voice
from tower_anime_assets.production.story.model import Character, Speech, Voice
from tower_anime_assets.production.verdicts import Verdict, judge
from tower_anime_assets.quality.sound import Samples, loudness_lufs, true_peak_dbtp, voice_measures
from tower_anime_assets.quality.thresholds import VOICES
from tower_anime_assets_tests.animatic.short_lines import SHORT_LINES

LINE = VoiceBrief(
    text="Forty million people wear our arms, our legs, our eyes.",
    character="viktor",
    voice=Voice("m7", 24, 148),
    emotion="neutral",
    parenthetical="",
    lyric=False,
    window_s=8.0,
)


def made(brief: VoiceBrief, folder: Path, complaints: tuple[Verdict, ...] = (), number: int = 1) -> EngineOutput:
    folder.mkdir(exist_ok=True)
    engine = EmbeddedVoice()
    parameters = engine.plan_attempt(brief, number, complaints)
    return engine.make(brief, Attempt(number, parameters["seed"], parameters, folder))


def samples_of(take: EngineOutput) -> Samples:
    return read_sound(take.files["main"])


def centroid_hz(samples: Samples) -> float:
    power = np.abs(np.fft.rfft(samples[:, 0])) ** 2
    return float((power * np.fft.rfftfreq(len(samples), 1 / 48_000)).sum() / power.sum())


def test_a_line_passes_its_gates_with_even_loudness_and_a_tidy_start_and_end(tmp_path: Path) -> None:
    for number, text in enumerate(("Who?", "That wasn't me.", LINE.text, "I can't. It needs Kozlov's key.")):
        brief = replace(LINE, text=text)
        take = made(brief, tmp_path / str(number))
        samples = samples_of(take)
        assert samples.shape[1] == 1
        verdicts = judge(voice_measures(samples, 48_000, take.details["words"], text, brief.window_s), VOICES)
        assert all(verdict.passed for verdict in verdicts)
        assert loudness_lufs(samples, 48_000) == pytest.approx(-20, abs=0.7)
        assert true_peak_dbtp(samples, 48_000) <= -2.9
        loud = np.flatnonzero(np.abs(samples[:, 0]) > 10 ** (-45 / 20))
        assert 0.04 <= loud[0] / 48_000 <= 0.08
        assert 0.04 <= (len(samples) - loud[-1]) / 48_000 <= 0.08


def test_the_same_brief_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = made(LINE, tmp_path / "1"), made(LINE, tmp_path / "2")
    assert one.files["main"].read_bytes() == other.files["main"].read_bytes()
    assert one.details == other.details


def test_characters_sound_different(tmp_path: Path) -> None:
    voices = {"akira": Voice("m3", 46, 172), "luna": Voice("f2", 62, 166), "viktor": Voice("m7", 24, 148)}
    centres = [
        centroid_hz(samples_of(made(replace(LINE, character=name, voice=voice), tmp_path / name)))
        for name, voice in voices.items()
    ]
    assert all(abs(one - other) > 25 for one, other in itertools.combinations(centres, 2))


def test_a_character_without_a_variant_always_gets_the_same_one() -> None:
    assert variant_of("akira", Voice()) == variant_of("akira", Voice())
    assert {variant_of(f"character_{number}", Voice()) for number in range(200)} == set(VARIANTS)
    assert variant_of("akira", Voice("f5")) == "f5"


def test_a_whisper_is_softer_and_breathier_and_a_shout_louder(tmp_path: Path) -> None:
    plain = samples_of(made(LINE, tmp_path / "plain"))
    whisper = samples_of(made(replace(LINE, parenthetical="whispering"), tmp_path / "whisper"))
    shout = samples_of(made(replace(LINE, parenthetical="shouting"), tmp_path / "shout"))
    assert loudness_lufs(whisper, 48_000) < loudness_lufs(plain, 48_000) - 2.5
    assert loudness_lufs(shout, 48_000) > loudness_lufs(plain, 48_000) + 1
    assert centroid_hz(whisper) > 2 * centroid_hz(plain)


def test_a_radio_leaves_neither_bass_nor_treble(tmp_path: Path) -> None:
    def share_outside(samples: Samples) -> float:
        power = np.abs(np.fft.rfft(samples[:, 0])) ** 2
        hz = np.fft.rfftfreq(len(samples), 1 / 48_000)
        return float(power[(hz < 250) | (hz > 5000)].sum() / power.sum())

    near = samples_of(made(LINE, tmp_path / "near"))
    far = samples_of(made(replace(LINE, parenthetical="over intercom"), tmp_path / "far"))
    assert share_outside(near) > 0.1
    assert share_outside(far) < 0.02


def test_sadness_is_slower_than_anger() -> None:
    assert speech_style_of("sad", "").rate < speech_style_of("angry", "").rate
    assert speech_style_of("an unknown feeling", "") == speech_style_of("neutral", "")
    both = speech_style_of("angry", "whispering; over radio")
    assert both.over_radio
    assert both.breath > 0.5


def test_a_line_too_long_for_its_window_is_spoken_faster_but_never_more_than_a_quarter(tmp_path: Path) -> None:
    free = made(LINE, tmp_path / "free")
    fits = made(replace(LINE, window_s=free.details["speech_s"] * 0.88), tmp_path / "fits")
    assert fits.details["speech_s"] <= free.details["speech_s"] * 0.88
    over = made(replace(LINE, window_s=1.0), tmp_path / "over")
    assert over.details["rate_wpm"] == round(148 * 1.25)
    measures = voice_measures(samples_of(over), 48_000, over.details["words"], LINE.text, 1.0)
    assert measures["overrun_s"] > 1


def test_word_times_lie_where_the_words_sound(tmp_path: Path) -> None:
    take = made(replace(LINE, text="Stop. Now. Please."), tmp_path / "a")
    samples = samples_of(take)[:, 0]
    for word in take.details["words"]:
        part = samples[round(word["start_s"] * 48_000) : round(word["end_s"] * 48_000)]
        assert float(np.sqrt(np.mean(part**2))) > 0.03
    gaps = [(one["end_s"], other["start_s"]) for one, other in itertools.pairwise(take.details["words"])]
    for start_s, end_s in gaps:
        middle = round((start_s + end_s) / 2 * 48_000)
        assert float(np.abs(samples[middle - 480 : middle + 480]).max()) < 0.03


def test_a_word_that_no_voice_can_say_fails_the_gate(tmp_path: Path) -> None:
    brief = replace(LINE, text="The rune ᚠᚢᚦ glows.")
    take = made(brief, tmp_path / "a")
    assert take.details["skipped"] == ["ᚠᚢᚦ"]
    measures = voice_measures(samples_of(take), 48_000, take.details["words"], brief.text, 8.0)
    assert measures["words_missing"] == 1


@pytest.mark.parametrize("text", ["...", "—", "!?", "ᚠᚢᚦ"])
def test_a_line_without_anything_to_say_is_a_second_of_silence(tmp_path: Path, text: str) -> None:
    take = made(replace(LINE, text=text), tmp_path / "a")
    samples = samples_of(take)
    assert len(samples) == 48_000
    assert not samples.any()
    assert take.details["skipped"] == (["ᚠᚢᚦ"] if text == "ᚠᚢᚦ" else [])


def window_of(brief: VoiceBrief, length_s: float) -> float:
    speaker = Character("ada", "Ada", "", derive_appearance("Ada", ""), brief.voice)
    line = Speech("sc01-l001", "ada", brief.text, "", "", dual=False, lyric=False, line=1)
    estimate_s = estimated_window_s(line, speaker, "calm")
    return (
        0.0 if is_pause(brief.text) else measured_window_seconds(length_s, estimate_s, brief.voice.language)
    ) or estimate_s


def test_every_short_line_of_the_list_fits_its_planned_window_which_is_hardly_longer(tmp_path: Path) -> None:
    engine = EmbeddedVoice()
    voice = Voice("m3", 46, 172)
    briefs = [
        replace(LINE, text=text, voice=replace(voice, language=spoken_language(text, language)))
        for text, language in SHORT_LINES
    ]
    lengths_s = engine.measure_lines(briefs)
    assert None not in lengths_s

    def failures_of(number: int) -> list[object]:
        brief = replace(briefs[number], window_s=window_of(briefs[number], lengths_s[number] or 0.0))
        take = made(brief, tmp_path / str(number))
        samples = samples_of(take)
        measures = voice_measures(samples, 48_000, take.details["words"], brief.text, brief.window_s)
        if is_pause(brief.text):
            measures["speech_share"] = 1.0 - measures["speech_share"]
        length_s = len(samples) / 48_000
        is_slack = brief.window_s > 1.3 * length_s + 0.4
        failed = [verdict for verdict in judge(measures, VOICES) if not verdict.passed]
        return [brief.text, brief.window_s, length_s, *failed] if failed or is_slack or take.details["skipped"] else []

    with ThreadPoolExecutor(2) as pool:
        assert [found for found in pool.map(failures_of, range(len(briefs))) if found] == []


def test_a_measured_length_is_that_of_the_take() -> None:
    briefs = [replace(LINE, text=text) for text in ("Call 555-0199.", LINE.text, "大丈夫です、ありがとう。")]
    engine = EmbeddedVoice()
    together = engine.measure_lines(briefs)
    assert together == [engine.measure_lines([brief])[0] for brief in briefs]
    for brief, length_s in zip(briefs, together, strict=True):
        spoken = synthesize_speech(brief.text, "m7", 24, 148)
        assert length_s == pytest.approx(audible_s(spoken.samples, spoken.sample_rate_hz) + 0.2, abs=0.09)


def audible_s(samples: Samples, rate_hz: int) -> float:
    loud = np.flatnonzero(np.abs(samples) > 10 ** (-55 / 20))
    return float(loud[-1] - loud[0]) / rate_hz


def fundamental_hz(samples: Samples, rate_hz: int) -> float:
    """Return the median fundamental of the loud frames, by autocorrelation."""
    length = rate_hz // 20
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    loud = frames[np.sqrt((frames**2).mean(axis=1)) > 0.4 * np.sqrt((samples**2).mean())]
    low, high = rate_hz // 600, rate_hz // 60
    found = []
    for frame in loud:
        power = np.abs(np.fft.rfft(frame * np.hanning(length), 4 * length)) ** 2
        curve = np.fft.irfft(power)[:high] / np.linspace(1, 0.4, high)
        peak = low + int(curve[low:high].argmax())
        if curve[peak] > 0.5 * curve[0]:
            half = peak // 2
            found.append(rate_hz / (half if half > low and curve[half] > 0.9 * curve[peak] else peak))
    return float(np.median(found))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_children_have_a_childs_fundamental_and_the_grown_up_their_own(language: str) -> None:
    text = {"en": "I never knew where you would go, but we are all here now.", "ja": "私はあなたを知りませんでした。"}
    fundamentals = {}
    for who in (
        "a boy of 6 years",
        "a girl of 6 years",
        "a boy of 12 years",
        "a woman of 30 years",
        "a man of 30 years",
    ):
        voice = derive_voice("Tim", derive_appearance("Tim", who))
        spoken = synthesize_speech(
            text[language], voice.variant, voice.pitch, voice.rate_wpm, language, vocal_tract=voice.vocal_tract
        )
        fundamentals[who] = fundamental_hz(spoken.samples, spoken.sample_rate_hz)
    boy, girl, older, woman, man = fundamentals.values()
    assert 235 < boy < 320
    assert 235 < girl < 330
    assert 220 < older < boy + 10
    assert 150 < woman < 260
    assert 80 < man < 140


def test_the_next_attempt_is_faster_after_an_overrun_and_softer_after_clipping() -> None:
    overrun = Verdict("lines_fit_their_window", "overrun_s", 0.4, None, 0.0, "s", False, "")
    clipped = Verdict("lines_do_not_clip", "clipped_samples", 9.0, None, 0.0, "samples", False, "")
    engine = EmbeddedVoice()
    assert engine.plan_attempt(LINE, 1, ())["rate_scale"] == 1.0
    assert 1.0 < engine.plan_attempt(LINE, 2, (overrun,))["rate_scale"] <= 1.25
    assert engine.plan_attempt(LINE, 2, (clipped,))["gain_db"] == -3.0
    assert engine.plan_attempt(LINE, 2, ()) == engine.plan_attempt(LINE, 2, ())
