"""Episodes as people see them: how far each has come and what it waits for, and everything that one of them has."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import MAX_REPORTED, Fault, NotAcceptedError, StoryError, StoryWarning
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Speech
from tower_anime_assets.reports.storyboard import newest_master, shot_standing
from tower_anime_assets.reports.take_summaries import (
    FileLink,
    TakeSummary,
    file_link,
    file_links,
    media_url,
    outcome_summary,
)
from tower_anime_assets.stages.approval_state import ApprovalState, approval_version
from tower_anime_assets.stages.approvals import differences
from tower_anime_assets.stages.current_episode import (
    CurrentEpisode,
    files_stamp,
    read_current_episode,
    read_stamps,
    require_episode,
)
from tower_anime_assets.stages.delivery import delivery_paths
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store import approvals
from tower_anime_assets.store.takes import Take

EpisodeState = Literal["not_made", "partly", "rejected", "out_of_date", "waiting_approval", "ready"]
ApprovalStanding = Literal["waiting", "approved", "expired", "not_made"]

_PAGE_MAX_AGE_S: Final = 60.0
"""How long a page serves: its warnings compare the show with workflows, whose files nobody watches."""


@dataclass(frozen=True)
class ShotCounts:
    """How many shots an episode has, and how they stand; the three others make `total`."""

    total: int = 0
    accepted: int = 0
    rejected: int = 0
    missing: int = 0


@dataclass(frozen=True)
class EpisodeSummary:
    """An episode in short.

    Attributes:
        state: "not_made", "partly", "rejected" (something of it is), "out_of_date" (it has changed since its master
            was made), "waiting_approval" or "ready".
        poster_url: Null before there is a picture of it.
        master_url: The newest master; null before the first.
        waits_for: What it waits for, sentences.
        duration_s: As planned; 0 before that.
    """

    key: str
    project: str
    title: str
    state: EpisodeState
    poster_url: str | None
    master_url: str | None
    shots: ShotCounts
    waits_for: tuple[str, ...]
    duration_s: float


@dataclass(frozen=True)
class SceneLine:
    """A line of a scene.

    Attributes:
        start_s: When it begins in the episode; null before it is planned.
        voice: The take that speaks it; null before it is made.
        line: In the script.
    """

    id: str
    character: str
    name: str
    text: str
    parenthetical: str
    is_off_screen: bool
    line: int
    start_s: float | None
    voice: TakeSummary | None


@dataclass(frozen=True)
class ScenePage:
    """A scene of an episode, with its lines and its music; `music_credit` names who made a piece of a library."""

    id: str
    number: int
    heading: str
    place: str
    time_of_day: str
    weather: str
    mood: str
    cast: tuple[str, ...]
    synopsis: str
    line: int
    shots: int
    lines: tuple[SceneLine, ...]
    music: TakeSummary | None
    music_credit: str


@dataclass(frozen=True)
class ChangedThing:
    """What differs from what was approved: in words, and as it was and is."""

    subject: str
    words: str
    before_url: str | None
    after_url: str | None


@dataclass(frozen=True)
class ApprovalPage:
    """An approval that a show asks for, or may be given.

    Attributes:
        what: "plan", "keyframes", "mix" or "master".
        state: "waiting", "approved", "expired" (what was approved has changed) or "not_made" (nothing to approve yet).
        version: What there is to approve and what people have decided about it, to be given back in `If-Match`.
        words: The state as a sentence, with what to do.
        who: Who approved what there is, or what there was; null if nobody did.
        takes: How many takes the approval is of.
    """

    what: str
    state: ApprovalStanding
    version: str
    words: str
    who: str | None
    why: str | None
    at: datetime | None
    takes: int
    changes: tuple[ChangedThing, ...] = ()


@dataclass(frozen=True)
class ApprovalEntry:
    """An approval or a withdrawal on record."""

    what: str
    decision: str
    who: str
    why: str
    at: datetime


@dataclass(frozen=True)
class EpisodeApprovals:
    """The approvals of an episode: what it waits for, and what was decided, oldest first."""

    key: str
    asked: tuple[ApprovalPage, ...]
    history: tuple[ApprovalEntry, ...]


@dataclass(frozen=True)
class EpisodePage:
    """Everything that an episode has besides its shots.

    Attributes:
        faults: What keeps the files as they are now from being used.
        mix: The whole sound.
        deliverables: The files of the newest master, with the names that they are downloaded under.
        delivered: Paths of the files that were delivered and are there.
    """

    summary: EpisodeSummary
    scenes: tuple[ScenePage, ...]
    warnings: tuple[StoryWarning, ...]
    faults: tuple[Fault, ...]
    mix: TakeSummary | None
    master: TakeSummary | None
    approvals: tuple[ApprovalPage, ...]
    deliverables: tuple[FileLink, ...]
    delivered: tuple[str, ...]


@dataclass(frozen=True)
class _OnDisk:
    """What an episode's files say now: its title, everything wrong with them, and their story, None if it is wrong."""

    title: str
    faults: tuple[Fault, ...]
    story: tuple[Any, Any] | None


def summarise_episodes(studio: Studio, keys: Sequence[EpisodeKey]) -> list[EpisodeSummary]:
    """Return episodes in short; from memory, after one look at the record, where nothing about them has changed.

    Raises:
        UnknownKeyError: There is no such episode.
    """
    stamps = read_stamps(studio, keys)
    return [studio.summaries.get(str(key), stamps[key], partial(_find_summary, studio, key)) for key in keys]


def _find_summary(studio: Studio, key: EpisodeKey) -> tuple[EpisodeSummary, float]:
    """Return an episode in short, and until when that holds at most, on the monotonic clock."""
    on_disk = _read_files(studio, key)
    try:
        current = read_current_episode(studio, key)
    except NotAcceptedError:
        require_episode(studio, key)
        waits = tuple(map(str, on_disk.faults[:5]))
        unread = EpisodeSummary(str(key), key.project, on_disk.title, "not_made", None, None, ShotCounts(), waits, 0.0)
        return unread, float("inf")
    return _summarise(studio, current, on_disk), current.good_until


def _summarise(studio: Studio, current: CurrentEpisode, on_disk: _OnDisk) -> EpisodeSummary:
    outcome, newest = _masters(studio, current)
    counts = count_shots(current)
    waits = (
        *(str(state) for state in current.waiting),
        *((current.problem,) if current.problem else ()),
        *map(str, on_disk.faults[:5]),
    )
    return EpisodeSummary(
        key=str(current.key),
        project=current.key.project,
        title=current.episode.title,
        state=_state(current, outcome, newest, on_disk, counts),
        poster_url=_poster_url(current, newest),
        master_url=media_url(newest.files["main"].path) if newest is not None else None,
        shots=counts,
        waits_for=waits,
        duration_s=round(current.plan.frames / current.plan.fps, 3) if current.plan is not None else 0.0,
    )


def count_shots(current: CurrentEpisode) -> ShotCounts:
    """Return how the shots of an episode stand."""
    standings = [shot_standing(current, shot.key) for shot in current.shots]
    accepted = sum(one.is_usable for one in standings)
    rejected = sum(one.state == "rejected" for one in standings)
    return ShotCounts(len(standings), accepted, rejected, len(standings) - accepted - rejected)


def load_episode_page(studio: Studio, key: EpisodeKey) -> EpisodePage:
    """Return everything that an episode has besides its shots.

    Raises:
        UnknownKeyError: There is no such episode.
    """
    (summary,) = summarise_episodes(studio, [key])
    faults = _read_files(studio, key).faults[:MAX_REPORTED]
    try:
        current = read_current_episode(studio, key)
    except NotAcceptedError:
        return EpisodePage(summary, (), (), faults, None, None, (), (), ())
    _outcome, newest = _masters(studio, current)
    paths = tuple(delivery_paths(studio.settings, str(key), newest).values()) if newest is not None else ()
    delivered = tuple(str(path) for path in paths if path.is_file())

    def compute() -> tuple[EpisodePage, float]:
        page = EpisodePage(
            summary=summary,
            scenes=tuple(_scene_pages(current)),
            warnings=story_warnings(current.project, current.episode, studio.settings)[:MAX_REPORTED],
            faults=faults,
            mix=outcome_summary(current.outcome(MIXES.name, str(key))),
            master=outcome_summary(current.outcome(MASTERS.name, str(key))),
            approvals=approval_pages(studio, current, has_changes=False),
            deliverables=file_links(newest) if newest is not None else (),
            delivered=delivered,
        )
        return page, time.monotonic() + _PAGE_MAX_AGE_S

    return current.derived.get("page", (summary, faults, delivered), compute)


def load_approvals(studio: Studio, key: EpisodeKey, quality: str = "") -> EpisodeApprovals:
    """Return the approvals of an episode, with how what there is differs from what was approved.

    Args:
        studio: The studio.
        key: The episode.
        quality: The level of quality whose takes are approved, "" for the show's own.

    Raises:
        UnknownKeyError: There is no such episode.
        NotAcceptedError: Its screenplay has not been read yet.
    """
    current = read_current_episode(studio, key, quality)
    history = tuple(
        ApprovalEntry(one.what, one.decision, one.who, one.why, one.timestamp)
        for one in approvals.list_by_episode(studio.database, key)
    )
    return EpisodeApprovals(str(key), approval_pages(studio, current), history)


def approval_pages(studio: Studio, current: CurrentEpisode, *, has_changes: bool = True) -> tuple[ApprovalPage, ...]:
    """Return the approvals that a show asks for, in its order; with what has changed, where that is wanted."""
    states = {state.what: state for state in current.approvals}
    pages = []
    for what in current.project.approvals:
        state = states.get(what)
        if state is None:
            pages.append(_unmade_page(studio, current.key, what))
            continue
        page = _approval_page(state)
        pages.append(replace(page, changes=_changes(studio, state)) if has_changes else page)
    return tuple(pages)


def _unmade_page(studio: Studio, key: EpisodeKey, what: str) -> ApprovalPage:
    """Return the page of what is not there; an approval that it had before can be withdrawn all the same."""
    own = [one for one in approvals.list_by_episode(studio.database, key) if one.what == what]
    version = approval_version("", own[-1].id) if own else ""
    return ApprovalPage(
        what, "not_made", version, f"{key}: there is no accepted {what} to approve yet.", None, None, None, 0
    )


def _approval_page(state: ApprovalState) -> ApprovalPage:
    decided = state.standing or state.expired
    return ApprovalPage(
        what=state.what,
        state="approved" if state.standing is not None else "expired" if state.expired is not None else "waiting",
        version=state.version,
        words=str(state),
        who=decided.who if decided is not None else None,
        why=decided.why if decided is not None else None,
        at=decided.timestamp if decided is not None else None,
        takes=len(state.seen),
    )


def _changes(studio: Studio, state: ApprovalState) -> tuple[ChangedThing, ...]:
    if state.standing is not None:
        return ()
    root = studio.media.root

    def url_of(path: Path | None) -> str | None:
        return media_url(path.relative_to(root).as_posix()) if path is not None else None

    return tuple(
        ChangedThing(one.subject, one.words, url_of(one.before), url_of(one.after))
        for one in differences(studio, state)
    )


def _masters(studio: Studio, current: CurrentEpisode) -> tuple[Outcome | None, Take | None]:
    """Return the master of the episode as it is, and the newest of all."""
    outcome = current.outcome(MASTERS.name, str(current.key))
    return outcome, outcome.take if outcome else newest_master(studio, current)


def _state(
    current: CurrentEpisode, outcome: Outcome | None, newest: Take | None, on_disk: _OnDisk, counts: ShotCounts
) -> EpisodeState:
    if current.waiting:
        return "waiting_approval"
    has_changed = on_disk.story is not None and on_disk.story != (current.project, current.episode)
    if outcome is not None and outcome.accepted:
        return "out_of_date" if has_changed else "ready"
    outcomes = [found for _order, found in current.found.values() if found is not None]
    if counts.rejected or current.rejections or any(not found.accepted for found in outcomes):
        return "rejected"
    if newest is not None:
        return "out_of_date"
    return "partly" if outcomes or current.made else "not_made"


def _poster_url(current: CurrentEpisode, newest: Take | None) -> str | None:
    if newest is not None and "poster" in newest.files:
        return media_url(newest.files["poster"].path)
    keyframes = (current.outcome(KEYFRAMES.name, shot.key) for shot in current.shots)
    return next((file_link(found.take).url for found in keyframes if found is not None and found.accepted), None)


def _scene_pages(current: CurrentEpisode) -> list[ScenePage]:
    plan = current.plan
    shots = {scene.scene: len(scene.shots) for scene in plan.scenes} if plan is not None else {}
    starts = {line: frame / plan.fps for line, (frame, _) in plan.line_starts().items()} if plan is not None else {}
    return [
        ScenePage(
            id=scene.id,
            number=scene.number,
            heading=scene.heading,
            place=scene.place,
            time_of_day=scene.time_of_day,
            weather=scene.weather,
            mood=scene.mood,
            cast=scene.cast,
            synopsis=scene.synopsis,
            line=scene.line,
            shots=shots.get(scene.id, 0),
            lines=tuple(_scene_line(current, speech, starts.get(speech.id)) for speech in scene.speeches),
            music=outcome_summary(music := current.outcome(MUSIC.name, scene.id)),
            music_credit=str(music.take.details.get("credit", "")) if music is not None else "",
        )
        for scene in current.episode.scenes
    ]


def _scene_line(current: CurrentEpisode, speech: Speech, start_s: float | None) -> SceneLine:
    names = {character.id: character.name for character in current.project.characters}
    return SceneLine(
        id=speech.id,
        character=speech.character,
        name=names.get(speech.character, speech.character),
        text=speech.text,
        parenthetical=speech.parenthetical,
        is_off_screen=speech.is_off_screen,
        line=speech.line,
        start_s=round(start_s, 3) if start_s is not None else None,
        voice=outcome_summary(current.outcome(VOICES.name, speech.id)),
    )


def _read_files(studio: Studio, key: EpisodeKey) -> _OnDisk:
    """Return what an episode's files say now; read again only once they have changed."""
    projects = studio.settings.projects

    def read() -> tuple[_OnDisk, float]:
        try:
            draft = show_files.draft_episode_files(projects, key, reads_unaccepted=True)
        except StoryError as error:  # the whole show is gone or wrong
            return _OnDisk(str(key), error.faults, None), float("inf")
        title = draft.episode.title if draft.episode is not None else str(key)
        story = (draft.project, draft.episode) if draft.episode is not None and not draft.faults else None
        return _OnDisk(title, draft.faults, story), float("inf")

    return studio.answers.get(f"files {key}", files_stamp(studio, key), read)
