"""Our own painter passes our own gates, whatever the place, the weather and the light."""

from __future__ import annotations

from tower_anime_assets_tests.animatic.gate_sweep import sample_cases


def test_no_ordinary_scene_is_rejected_by_the_gates_of_keyframes() -> None:
    rejected = {
        (case.setting.place, case.setting.weather, case.setting.time_of_day, str(case.framing)): [
            str(verdict) for verdict in failed
        ]
        for case in sample_cases(28, seed=3)
        if (failed := case.failed((576, 384)))
    }
    assert rejected == {}
