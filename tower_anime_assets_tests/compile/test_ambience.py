from __future__ import annotations

import itertools

import numpy as np
import pytest

from tower_anime_assets.compile.ambience import LOOP_S, AmbienceBed, ambience_layers
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import loudness_lufs, true_peak_dbtp

PLACES = [
    Setting(place, interior, time, weather, "calm")
    for place, interior, (time, weather) in itertools.product(
        ("LABORATORY", "FOREST"), (True, False), (("day", "clear"), ("night", "storm"))
    )
]


def test_every_place_in_every_weather_sounds_of_something() -> None:
    for interior, time, weather in itertools.product(
        (True, False), ("dawn", "day", "dusk", "night"), ("clear", "rain", "snow", "fog", "storm")
    ):
        assert ambience_layers(Setting("PLACE", interior, time, weather, ""))


@pytest.mark.parametrize("setting", PLACES, ids=lambda setting: f"{setting.place}-{setting.interior}-{setting.weather}")
def test_a_bed_is_quiet_stereo_and_runs_on_without_a_seam(setting: Setting) -> None:
    bed = AmbienceBed.for_setting(setting, 3)
    period = LOOP_S * 48_000
    samples = bed.read(period - 24_000, 48_000)
    assert samples.shape == (48_000, 2)
    assert not np.array_equal(samples[:, 0], samples[:, 1])
    assert -55 < loudness_lufs(bed.loop, 48_000) < -34
    assert true_peak_dbtp(bed.loop, 48_000) < -15
    steps = np.abs(np.diff(samples, axis=0)).max(axis=1)
    assert float(steps[23_990:24_010].max()) <= 1.5 * float(steps.max())
    assert float(steps[23_990:24_010].max()) <= 3 * float(np.quantile(steps, 0.99))


def test_the_same_seed_gives_the_same_bed_and_another_seed_another() -> None:
    AmbienceBed.for_setting.cache_clear()
    one = AmbienceBed.for_setting(PLACES[0], 1).loop.copy()
    AmbienceBed.for_setting.cache_clear()
    assert np.array_equal(AmbienceBed.for_setting(PLACES[0], 1).loop, one)
    assert not np.array_equal(AmbienceBed.for_setting(PLACES[0], 2).loop, one)


def test_rain_is_brighter_outside_than_behind_a_window() -> None:
    def centroid_hz(interior: bool) -> float:
        loop = AmbienceBed.for_setting(Setting("LABORATORY", interior, "night", "rain", ""), 1).loop[:, 0]
        power = np.abs(np.fft.rfft(loop)) ** 2
        return float((power * np.fft.rfftfreq(len(loop), 1 / 48_000)).sum() / power.sum())

    assert centroid_hz(interior=False) > 2 * centroid_hz(interior=True)
