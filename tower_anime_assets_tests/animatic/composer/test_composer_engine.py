from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.animatic.composer import EmbeddedComposer
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.sound_files import read_sound
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality.sound import Samples, music_measures, true_peak_dbtp
from tower_anime_assets.quality.thresholds import MUSIC

CUE = MusicBrief(
    mood="tense", words="", tempo_bpm=0, length_s=12.0, time_of_day="night", has_speech=True, seed=1
)  # fmt: skip
NAMES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")


def made(brief: MusicBrief, folder: Path) -> EngineOutput:
    folder.mkdir(exist_ok=True)
    engine = EmbeddedComposer()
    parameters = engine.plan_attempt(brief, 1, ())
    return engine.make(brief, Attempt(1, parameters["seed"], parameters, folder))


def chroma(samples: Samples) -> list[str]:
    """Return the three strongest pitch classes between 200 Hz and 2 kHz."""
    mono = samples.mean(axis=1)
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    hz = np.fft.rfftfreq(len(mono), 1 / 48_000)
    heard = (hz > 200) & (hz < 2000)
    classes = np.zeros(12)
    np.add.at(classes, np.round(69 + 12 * np.log2(hz[heard] / 440)).astype(int) % 12, power[heard])
    return [NAMES[index] for index in np.argsort(classes)[::-1][:3]]


@pytest.mark.parametrize(
    ("mood", "words"),
    [("action", "synthwave, driving, 132 bpm"), ("ominous", "drone, heartbeat, 66 bpm"), ("calm", "solo piano"),
     ("comic", ""), ("mysterious", "glassy synths"), ("triumphant", "choir")],
)  # fmt: skip
def test_a_cue_passes_its_gates_and_ends_at_home(tmp_path: Path, mood: str, words: str) -> None:
    take = made(replace(CUE, mood=mood, words=words, length_s=14.37), tmp_path / "a")
    samples = read_sound(take.files["main"])
    measures = music_measures(samples, 48_000, 14.37)
    assert all(verdict.passed for verdict in judge(measures, MUSIC))
    assert measures["loudness_lufs"] == pytest.approx(-20, abs=0.5)
    assert true_peak_dbtp(samples, 48_000) <= -2.9
    end = samples[round(take.details["last_chord_s"] * 48_000) :]
    assert take.details["key"].rpartition(" ")[0] in chroma(end)
    assert float(np.abs(samples[-5:]).max()) < 0.002
    ringing = samples[-round(48_000 * 1.5) : -48_000]
    assert float(np.sqrt(np.mean(ringing**2))) > 10 ** (-60 / 20)


@pytest.mark.parametrize("length_s", [0.2, 0.75, 1.999979, 3.3, 61.04])
def test_odd_lengths_come_out_to_the_sample(tmp_path: Path, length_s: float) -> None:
    samples = read_sound(made(replace(CUE, length_s=length_s), tmp_path / "a").files["main"])
    assert samples.shape == (round(length_s * 48_000), 2)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, same = made(CUE, tmp_path / "1"), made(CUE, tmp_path / "2")
    assert one.files["main"].read_bytes() == same.files["main"].read_bytes()
    other = made(replace(CUE, seed=2), tmp_path / "3")
    assert one.files["main"].read_bytes() != other.files["main"].read_bytes()


def test_a_cue_is_stereo_and_neither_side_leads(tmp_path: Path) -> None:
    samples = read_sound(made(CUE, tmp_path / "a").files["main"])
    left, right = (float(np.sqrt(np.mean(samples[:, side] ** 2))) for side in (0, 1))
    assert 0.7 < left / right < 1.4
    assert not np.array_equal(samples[:, 0], samples[:, 1])


def test_a_second_attempt_has_another_seed_and_the_same_one_each_time() -> None:
    engine = EmbeddedComposer()
    first, second = engine.plan_attempt(CUE, 1, ()), engine.plan_attempt(CUE, 2, ())
    assert first["seed"] == CUE.seed != second["seed"]
    assert engine.plan_attempt(CUE, 2, ()) == second


@pytest.mark.parametrize("length_s", [0.0, -3.0, 1e9, float("nan")])
def test_a_length_that_no_cue_can_have_is_an_error(tmp_path: Path, length_s: float) -> None:
    with pytest.raises(MediaError, match="cannot be composed"):
        made(replace(CUE, length_s=length_s), tmp_path / "a")
