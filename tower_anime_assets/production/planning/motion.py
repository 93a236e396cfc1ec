"""How fast a planned camera moves, and how much motion a clip of such a plan may show; `quality` measures it."""

from __future__ import annotations

from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.effects import WEATHER_EFFECTS
from tower_anime_assets.production.planning.shots import Framing, Move

TRAVEL_PER_FRAME: dict[Move, float] = {
    Move.PAN_LEFT: 0.00085,
    Move.PAN_RIGHT: 0.00085,
    Move.TILT_UP: 0.00065,
    Move.TILT_DOWN: 0.00065,
    Move.TRACK_LEFT: 0.00095,
    Move.TRACK_RIGHT: 0.00095,
}
"""Mean travel of the subjects across the frame, as a share of its width: a tenth of it in five seconds."""

ZOOM_PER_FRAME: dict[Move, float] = {Move.PUSH_IN: 0.0012, Move.PULL_OUT: -0.0011}
"""Mean change of scale per frame: an eighth closer in five seconds, as a dolly in a dialogue scene."""

_FRAMING_GAIN: dict[Framing, float] = {
    Framing.WIDE: 1.0,
    Framing.MEDIUM: 0.9,
    Framing.TWO_SHOT: 0.85,
    Framing.CLOSE_UP: 0.75,
    Framing.OVER_SHOULDER: 0.8,
    Framing.INSERT: 0.8,
}


def camera_gain(framing: Framing, activity: float) -> float:
    """Return the factor on the usual speed of a move: close framings are slower, a chase is faster."""
    return _FRAMING_GAIN[framing] * (0.75 + 0.6 * min(max(activity, 0.0), 1.0))


_MARGIN_SHARE = 0.12
"""A camera over a drawn picture travels at most this share of its width, so it moves slower in long clips."""

_ZOOM_FLOW_SHARE = 0.27
"""Mean distance of a 3:2 frame's pixels from its middle, as a share of its width: how far a zoom moves them."""

_EFFECT_FLOW_PX: dict[str, float] = {
    "rain": 12.0,
    "speed-lines": 8.0,
    "screen-glow": 6.0,
    "neon-flicker": 6.0,
    "snow": 3.0,
    "fog": 4.0,
    "petals": 2.5,
    "traffic": 2.5,
    "embers": 2.0,
    "sparks": 2.0,
    "dust": 1.0,
}
"""Flow that an effect may add to the mean, px per frame at 768 px: twice what drawn clips measured."""

_REFERENCE_WIDTH_PX = 768


def expected_motion_px(brief: ClipBrief) -> tuple[float, float]:
    """Return the (least, most) mean optical flow of a clip that moves as planned, px per frame of the finished clip.

    The lower bound catches a still picture under a camera move, the upper one a picture that boils instead of resting.
    Between them is room for every engine: a generated figure moves more than a drawn one.

    Source:
        Clips of the embedded animator over drawn keyframes, measured by DIS optical flow at quarter size.
    """
    width_px = brief.width_px * brief.magnification
    scale = width_px / _REFERENCE_WIDTH_PX
    gain = camera_gain(brief.framing, brief.activity)
    travel_per_frame = min(TRAVEL_PER_FRAME.get(brief.move, 0.0) * gain, _MARGIN_SHARE / max(brief.frames, 1))
    travel_px = travel_per_frame * width_px
    zoom_px = abs(ZOOM_PER_FRAME.get(brief.move, 0.0)) * gain * _ZOOM_FLOW_SHARE * width_px
    effects = set(brief.effects)
    if not brief.setting.interior and brief.setting.weather in WEATHER_EFFECTS:
        effects.add(WEATHER_EFFECTS[brief.setting.weather])
    strongest_effect_px = max((_EFFECT_FLOW_PX.get(effect, 2.0) for effect in effects), default=0.0)
    allowance_px = strongest_effect_px + 0.5 * len(effects) + 1.5 + 3.0 * brief.activity
    if brief.move is Move.HANDHELD:
        allowance_px += 2.0
    # Flow reads low over flat tones, and over a still a camera that pulls out has little room.
    min_px = 0.02 * scale + 0.4 * travel_px + 0.25 * zoom_px if brief.frames > 1 else 0.0
    return min_px, allowance_px * scale + 4.0 * (travel_px + zoom_px)
