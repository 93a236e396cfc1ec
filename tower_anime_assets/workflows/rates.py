"""Frame rates of workflows: the one at which a clip for a delivery is made."""

from __future__ import annotations

from typing import Final

from tower_anime_assets.workflows.workflow import Workflow

RETIMED_SHARE: Final = 0.1
"""Clips of a rate this near to the delivery's are shown frame for frame, a little faster or slower, as films are on
television: interpolation would touch every frame to correct what nobody sees."""

_FILE_WRITERS: Final = frozenset({"CreateVideo", "SaveWEBM", "SaveAnimatedWEBP", "SaveAnimatedPNG", "VHS_VideoCombine"})
"""Nodes whose rate is only the file's: it does not change what the model makes."""


def made_rate(workflow: Workflow, fps: int) -> int:
    """Return the rate at which a workflow makes a clip for a delivery, frames per second.

    It is the delivery's where the model is told the rate, and where the model's own is near to it and the file's can be
    set. Otherwise it is the model's own, as long as that is in whole frames: at 24 frames per second everything that a
    model of 16 makes would move half as fast again.
    """
    lengths = workflow.lengths
    if lengths is None or lengths.fps == fps or lengths.fps != int(lengths.fps):
        return fps
    places = workflow.bindings.get("fps", ())
    classes = {workflow.graph[place.split(".")[0]]["class_type"] for place in places}
    is_told = not classes <= _FILE_WRITERS
    is_near = bool(places) and abs(lengths.fps / fps - 1) <= RETIMED_SHARE
    return fps if is_told or is_near else int(lengths.fps)
