"""A take in short: what it is, how it stands, and where its files are; and the alt text of a shot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final, Literal

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.planning.shots import Framing, Move, Shot
from tower_anime_assets.production.story.model import Project, Speech
from tower_anime_assets.store.takes import Take

MAIN: Final = "main"

ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
LOCKED: Final = "locked"
WAIVED: Final = "waived"
TakeState = Literal["accepted", "rejected", "locked", "waived"]

_PICTURES: Final = ("image/png", "image/jpeg", "image/webp")
_MOVES: Final = {
    Move.STATIC: "",
    Move.PUSH_IN: "the camera pushes in",
    Move.PULL_OUT: "the camera pulls out",
    Move.PAN_LEFT: "the camera pans left",
    Move.PAN_RIGHT: "the camera pans right",
    Move.TILT_UP: "the camera tilts up",
    Move.TILT_DOWN: "the camera tilts down",
    Move.TRACK_LEFT: "the camera tracks left",
    Move.TRACK_RIGHT: "the camera tracks right",
    Move.HANDHELD: "the camera is hand-held",
}


@dataclass(frozen=True)
class FileLink:
    """A file of a take, and where to get it.

    Attributes:
        name: What it is called when it is downloaded, such as `nexus-e01-sc02-sh0030-keyframe.png`.
        url: Its address, with byte ranges; `?width=320`, `640` or `1280` gives a preview of a picture or a clip.
        download_url: The same, saved under its name.
    """

    role: str
    name: str
    url: str
    download_url: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True)
class TakeSummary:
    """A take in short.

    Attributes:
        state: "accepted", "rejected", "locked" (a person has it used whatever its gates say) or "waived".
        score: 0..1; null without one on today's scale.
        thumb_url: A small picture of it; null for sounds and text.
        attempt: From 1.
    """

    id: str
    stage: str
    state: TakeState
    score: float | None
    thumb_url: str | None
    url: str
    attempt: int
    made_at: datetime
    engine: str


def media_url(path: str) -> str:
    """Return the address of a file of the media store."""
    return f"/media/{path}"


def download_name(take: Take, role: str = MAIN) -> str:
    """Return what a file of a take is called when it is downloaded, from where it belongs in the story."""
    place = (take.line_id,) if take.line_id else (take.scene_id, take.shot_id)
    suffix = PurePosixPath(take.files[role].path).suffix
    # Players find the subtitles of a film by its name.
    what = (take.stage,) if role == MAIN or suffix == f".{role}" else (take.stage, role)
    name = "-".join(filter(None, (take.project_id, take.episode_id, *place, *what)))
    return f"{name}{suffix}"


def file_link(take: Take, role: str = MAIN) -> FileLink:
    """Return a file of a take with its addresses."""
    file = take.files[role]
    url = media_url(file.path)
    return FileLink(
        role=role,
        name=download_name(take, role),
        url=url,
        download_url=f"{url}?download={take.id}",
        media_type=file.media_type,
        size_bytes=file.size_bytes,
    )


def file_links(take: Take) -> tuple[FileLink, ...]:
    """Return every file of a take with its addresses, the take itself first."""
    roles = sorted(take.files, key=lambda role: (role != MAIN, role))
    return tuple(file_link(take, role) for role in roles)


def thumb_url(take: Take) -> str | None:
    """Return the address of a small picture of a take, None for what has none."""
    if thumb := take.files.get("thumb"):
        return media_url(thumb.path)
    main = take.files[MAIN]
    return f"{media_url(main.path)}?width=320" if main.media_type in (*_PICTURES, "video/mp4") else None


def summary_of(take: Take, state: TakeState) -> TakeSummary:
    """Return a take in short."""
    return TakeSummary(
        id=take.id,
        stage=take.stage,
        state=state,
        score=take.score,
        thumb_url=thumb_url(take),
        url=media_url(take.files[MAIN].path),
        attempt=take.attempt,
        made_at=take.created_at,
        engine=take.engine,
    )


def outcome_state(outcome: Outcome) -> TakeState:
    """Return how a take stands that is used, in a word; see `TakeSummary`."""
    if outcome.lock is not None:
        return LOCKED
    if not outcome.accepted:
        return REJECTED
    return WAIVED if outcome.waived else ACCEPTED


def outcome_summary(outcome: Outcome | None) -> TakeSummary | None:
    """Return the take that stands for something in short, None without one."""
    return summary_of(outcome.take, outcome_state(outcome)) if outcome is not None else None


def shot_alt(shot: Shot, project: Project, speeches: dict[str, Speech]) -> str:
    """Return a sentence that says what is seen and heard in a shot, from the plan, for those who do not see it."""
    names = {character.id: character.name for character in project.characters}
    seen = [
        f"{names.get(subject.character, subject.character)} ({subject.emotion}, {subject.pose.replace('-', ' ')})"
        for subject in shot.subjects
    ]
    framing = shot.framing.capitalize()
    what = framing if shot.framing is Framing.INSERT else f"{framing} shot".replace("shot shot", "shot")
    parts = [f"{what} of {_listed(seen or list(shot.objects) or ['the place'])}"]
    parts.append(f"{shot.setting.place}, {shot.setting.time_of_day}")
    if _MOVES[shot.move]:
        parts.append(_MOVES[shot.move])
    sentence = "; ".join(parts) + "."
    spoken = [
        f'{names.get(span.character, span.character)}: "{speeches[span.line_id].text}"'
        for span in shot.speech
        if span.line_id in speeches
    ]
    return " ".join([sentence, *spoken])


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
