"""Constants of the mezzanine format: how every clip and WAV is stored, so that clips are joined without re-encoding."""

from __future__ import annotations

KEYFRAME_EVERY_FRAMES = 12
"""Closed GOPs of half a second at 24 fps: a cut anywhere re-encodes at most 11 frames."""

X264_OPTIONS: dict[str, str] = {
    "preset": "veryfast",
    "crf": "18",
    "profile:v": "high",
    "level": "4.1",
    "pix_fmt": "yuv420p",
    "g": str(KEYFRAME_EVERY_FRAMES),
    "keyint_min": str(KEYFRAME_EVERY_FRAMES),
    "sc_threshold": "0",
    "bf": "2",
    "refs": "2",
    "x264-params": "stitchable=1:open-gop=0:rc-lookahead=12",
}
"""ffmpeg output options of libx264; BT.709 is set by the filter `setparams`, since FFmpeg 9 ignores the flags."""

_BLOCK_PX = 16
_LARGE_PIXELS = 1_000_000
_LEVELS = (("4.1", 8_192, 245_760), ("4.2", 8_704, 522_240), ("5.1", 36_864, 983_040), ("5.2", 36_864, 2_073_600))
"""Level of H.264, most blocks of 16x16 px in a picture, most of them in a second.

Source:
    ITU-T H.264, table A-1: MaxFS and MaxMBPS.
"""


def encoding_options(width_px: int, height_px: int, fps: int) -> dict[str, str]:
    """Return `X264_OPTIONS` for pictures of a size: the level that allows them, and a faster preset for large ones.

    Large pictures are scaled from smaller ones and so have little detail for their size: `superfast` takes two thirds
    of the time and a third more bytes at 1920x1080, at the same quality.
    """
    blocks = -(-width_px // _BLOCK_PX) * -(-height_px // _BLOCK_PX)
    fitting = (name for name, most, most_per_s in _LEVELS if blocks <= most and blocks * fps <= most_per_s)
    level = next(fitting, _LEVELS[-1][0])
    preset = "superfast" if width_px * height_px > _LARGE_PIXELS else X264_OPTIONS["preset"]
    return {**X264_OPTIONS, "preset": preset, "level": level}


TICKS_PER_FRAME = 512
"""The MP4 time scale is fps times this, so that every frame lasts a whole number of ticks."""

SAMPLE_RATE_HZ = 48_000
"""Every sound file is a 16-bit PCM WAV at this rate: voices mono, music and mixes stereo."""
