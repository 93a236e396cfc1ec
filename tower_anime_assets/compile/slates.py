"""The slates of a cut: which of its clips are marked, and the cut that uses the marked ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.slate import write_slated_clip
from tower_anime_assets.production.planning.briefs import Slate
from tower_anime_assets.production.planning.cut import Cut

MARK = "NOT ACCEPTED"


def mark_cut(cut: Cut, clips: Mapping[str, Path], slates: Sequence[Slate], folder: Path) -> tuple[Cut, dict[str, Path]]:
    """Return the cut with a marked clip for every slate, and the paths of its clips.

    Args:
        cut: The cut.
        clips: Path of every clip by the SHA-256 of its file.
        slates: At most one for a shot.
        folder: Existing folder for the marked clips.

    Raises:
        PlanError: A slate is of a shot that the cut does not have.
        MediaError: A clip cannot be read or written.
    """
    text_by_shot = {slate.shot: slate.text for slate in slates}
    if unknown := text_by_shot.keys() - {item.shot for item in cut.items}:
        raise PlanError(f"slates of {', '.join(sorted(unknown))}, which the cut does not have")
    marked_clips = dict(clips)
    items = []
    for number, item in enumerate(cut.items):
        if item.shot in text_by_shot:
            key = f"slate-{number}"
            marked_clips[key] = folder / f"{key}.mp4"
            short_key = "-".join(item.shot.split("-")[-2:])
            text = f"{MARK}  {short_key}  {text_by_shot[item.shot]}"
            write_slated_clip(clips[item.clip_sha256], marked_clips[key], text, cut.fps)
            item = replace(item, clip_sha256=key)
        items.append(item)
    return replace(cut, items=tuple(items)), marked_clips
