"""What the end of a child process means: one that somebody stopped has not failed."""

from __future__ import annotations

import signal

from tower_anime_assets.errors import StoppedError

STOP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""What `timeout`, systemd and a closed terminal send to a whole group: a child may die of it before we are told."""

FFMPEG_STOPPED_CODE = 255
"""How ffmpeg ends after one of these signals, which it catches. Source: ffmpeg, fftools/ffmpeg.c: main."""


def refuse_if_stopped_by_signal(code: int | None, program: str, subject: str) -> None:
    """Raise if a child was ended by a signal that asks to stop.

    Args:
        code: As `subprocess` gives it: negative for a signal.
        program: The child's name.
        subject: What it was doing, such as "join 24 clips".

    Raises:
        StoppedError: It was: its take is not made, and is cancelled rather than failed.
    """
    if code is not None and -code in STOP_SIGNALS:
        raise StoppedError(
            f"{program} was stopped from outside ({signal.Signals(-code).name}) before it could {subject}; run again "
            "to go on from here"
        )
