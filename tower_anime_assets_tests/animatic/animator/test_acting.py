"""Figures breathe, blink now and then, and open their mouths while they speak and only then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tower_anime_assets.animatic.animator.acting import CLOSED, HALF, OPEN, acting_of
from tower_anime_assets.production.planning.briefs import ClipBrief, MouthSpan

SPANS = st.lists(st.tuples(st.integers(-5, 130), st.integers(-5, 130)), max_size=4)


@given(spans=SPANS, seed=st.integers(0, 2**32 - 1), frames=st.integers(1, 121), fps=st.sampled_from([12, 24, 30, 60]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mouth_is_shut_outside_speech_and_at_its_end(
    brief: ClipBrief, spans: list[tuple[int, int]], seed: int, frames: int, fps: int
) -> None:
    speaking = tuple(MouthSpan("akira", start, end) for start, end in spans)
    acting = acting_of(replace(brief, frames=frames, fps=fps, speaking=speaking), "akira", seed)
    spoken = np.zeros(frames, bool)
    for start, end in spans:
        spoken[max(start, 0) : max(end, 0)] = True
    assert acting.mouth.shape == acting.eyes_closed.shape == acting.rise_px.shape == acting.sway_px.shape == (frames,)
    assert (acting.mouth[~spoken] == CLOSED).all()
    ends = [end for _, end in spans if 0 < end < frames and not spoken[end]]
    assert all(acting.mouth[end - 1] == CLOSED for end in ends)


def test_speech_shows_every_position_at_the_pace_of_syllables(brief: ClipBrief) -> None:
    acting = acting_of(replace(brief, frames=241, speaking=(MouthSpan("akira", 0, 241),)), "akira", 1)
    assert {CLOSED, HALF, OPEN} == set(acting.mouth.tolist())
    openings = np.count_nonzero((acting.mouth[1:] == OPEN) & (acting.mouth[:-1] != OPEN))
    assert 2.5 <= openings / (241 / 24) <= 8


def test_blinks_are_short_and_seconds_apart(brief: ClipBrief) -> None:
    closed = np.concatenate([acting_of(replace(brief, frames=241), "akira", seed).eyes_closed for seed in range(40)])
    lengths = [len(run) for run in "".join("1" if shut else "0" for shut in closed).split("0") if run]
    assert max(lengths) <= 4
    assert 2.0 < len(closed) / 24 / len(lengths) < 5.0


def test_everybody_acts_at_their_own_pace(brief: ClipBrief) -> None:
    one, other = (acting_of(replace(brief, frames=121), name, 1) for name in ("akira", "luna"))
    assert not np.array_equal(one.eyes_closed, other.eyes_closed)
    assert not np.allclose(one.rise_px, other.rise_px)


def test_breath_starts_at_rest_and_grows_with_activity(brief: ClipBrief) -> None:
    calm, busy = (
        acting_of(replace(brief, activity=activity, height_px=512, frames=121), "akira", 1) for activity in (0, 0.6)
    )
    assert calm.rise_px[0] == calm.sway_px[0] == 0.0
    assert 1.0 < np.abs(calm.rise_px).max() < 2.5 < np.ptp(busy.rise_px)


def test_speech_leaves_blinks_alone(brief: ClipBrief) -> None:
    silent, speaking = (
        acting_of(replace(brief, frames=121, speaking=spans), "akira", 1)
        for spans in ((), (MouthSpan("akira", 3, 99),))
    )
    assert np.array_equal(silent.eyes_closed, speaking.eyes_closed)
