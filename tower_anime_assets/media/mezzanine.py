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

TICKS_PER_FRAME = 512
"""The MP4 time scale is fps times this, so that every frame lasts a whole number of ticks."""

SAMPLE_RATE_HZ = 48_000
"""Every sound file is a 16-bit PCM WAV at this rate: voices mono, music and mixes stereo."""
