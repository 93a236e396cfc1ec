"""An episode as it stands: its story and plan on record, and the takes it would be compiled from now.

Finding that out asks every stage, so it is kept with a stamp of what it rests on: the show's files, its rows, and the
newest link of the chain that can change which take is used. Decisions and jobs at servers do not, so a run that is
working makes pages read again only when a take of its is judged.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import MediaError, NotAcceptedError, PlanError, UnknownKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages import shots
from tower_anime_assets.stages.answers import Answers
from tower_anime_assets.stages.approval_state import ApprovalState
from tower_anime_assets.stages.approvals import approval_states
from tower_anime_assets.stages.opening import episode_run
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake
from tower_anime_assets.stages.studio import ROUTER_MAX_AGE_S, Studio
from tower_anime_assets.store import rulings, story
from tower_anime_assets.store.rulings import Ruling, StandingRulings

CurrentOutcomes = dict[tuple[str, str], Outcome]
"""Outcomes by stage name and subject: shot key, line id, scene id or episode key."""


def find_current_outcomes(run: EpisodeRun) -> CurrentOutcomes:
    """Return the takes an episode would be compiled from now, accepted or not; stages without orders are left out."""
    return {key: outcome for key, (_order, outcome) in find_orders(run).items() if outcome is not None}


def find_orders(run: EpisodeRun) -> dict[tuple[str, str], FoundTake]:
    """Return every order of an episode that can be formed, with the take that stands for it, by stage and subject."""
    found: dict[tuple[str, str], FoundTake] = {}
    for stage in EPISODE_STAGES:
        if stage is SHOT_PLANS:
            continue
        try:
            takes = run.find(stage, partial=True)
        except NotAcceptedError:  # what the stage builds on does not exist yet
            continue
        found |= {(stage.name, order.subject): (order, outcome) for order, outcome in takes}
    return found


@dataclass(frozen=True)
class CurrentEpisode:
    """An episode as it stands.

    Attributes:
        plan: The plan on record, None before the first.
        found: The orders that can be formed, with the takes that stand for them, by stage name and subject.
        rejections: The newest rejection by a person where no take stands, by stage name and subject.
        approvals: The approvals that the show asks for, where there is something to approve.
        standing: The rejections and locks that stand in its show.
        versions: The version of what people decided, by the place of a shot; absent before the first decision.
        made: (stage, scene, shot, line) of everything that was ever made of it.
        quality: The level of quality that its takes are of.
        levels: The levels at which something was made of it.
        problem: Why its takes cannot be told: the show asks for something that is not there. "" if nothing is wrong.
        stamp: What all this rests on.
        good_until: Until when it holds at most, on the monotonic clock.
        derived: Answers that rest on it alone, such as its storyboard as it is sent.
    """

    key: EpisodeKey
    project: Project
    episode: Episode
    plan: EpisodePlan | None
    found: Mapping[tuple[str, str], FoundTake]
    rejections: Mapping[tuple[str, str], Ruling]
    approvals: tuple[ApprovalState, ...]
    standing: StandingRulings
    versions: Mapping[tuple[str, str], str]
    made: frozenset[tuple[str, str, str, str]]
    quality: str
    levels: tuple[str, ...]
    problem: str
    stamp: str
    good_until: float = float("inf")
    derived: Answers = field(default_factory=Answers, compare=False)

    def outcome(self, stage: str, subject: str) -> Outcome | None:
        """Return the take that stands for a subject, accepted or not; None if there is none."""
        found = self.found.get((stage, subject))
        return found[1] if found is not None else None

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every planned shot, in order."""
        return self.plan.shots if self.plan is not None else ()

    @property
    def waiting(self) -> tuple[ApprovalState, ...]:
        """The approvals that it waits for."""
        return tuple(state for state in self.approvals if state.standing is None)

    def shot(self, key: ShotKey) -> Shot:
        """Return a planned shot.

        Raises:
            UnknownKeyError: There is none.
        """
        if self.plan is None:
            raise UnknownKeyError(f"{self.key} is not planned yet, so it has no shot {key}. Run it up to its plan")
        return shots.planned_shot(self.plan, key)

    def version(self, key: ShotKey) -> str:
        """Return the version of what people decided about a shot, "" before the first decision."""
        return self.versions.get((key.scene, key.shot), "")


def read_current_episode(studio: Studio, key: EpisodeKey, quality: str = "") -> CurrentEpisode:
    """Return an episode as it stands; from memory if nothing that it rests on has changed.

    Args:
        studio: The studio.
        key: The episode.
        quality: The level whose takes are meant, "" for the show's own.

    Raises:
        UnknownKeyError: There is no such episode, in files or on record.
        NotAcceptedError: Its screenplay has not been read yet.
    """
    stamp = read_stamp(studio, key)

    def compute() -> tuple[CurrentEpisode, float]:
        current = _find_current(studio, key, quality, stamp)
        return current, current.good_until

    return studio.answers.get(f"episode {key} {quality}", stamp, compute)


def read_stamp(studio: Studio, key: EpisodeKey) -> str:
    """Return what tells whether anything has changed on which an episode's takes rest."""
    return read_stamps(studio, [key])[key]


def read_stamps(studio: Studio, keys: Iterable[EpisodeKey]) -> dict[EpisodeKey, str]:
    """Return the same of several episodes; the record is asked once for all of them."""
    keys = tuple(keys)
    projects = studio.settings.projects
    casts = {project: show_files.cast_fingerprint(projects, project) for project in {key.project for key in keys}}
    stamps = story.read_stamps(studio.database, keys)
    return {key: f"{show_files.episode_fingerprint(projects, key)} {casts[key.project]} {stamps[key]}" for key in keys}


def files_stamp(studio: Studio, key: EpisodeKey) -> str:
    """Return the digests of the files of an episode and its show."""
    projects = studio.settings.projects
    return f"{show_files.episode_fingerprint(projects, key)} {show_files.cast_fingerprint(projects, key.project)}"


def require_episode(studio: Studio, key: EpisodeKey) -> None:
    """Refuse a key that nothing has.

    Raises:
        UnknownKeyError: There is no such episode, in files or on record.
    """
    known = list_episode_keys(studio)
    if key not in known:
        raise UnknownKeyError(f"there is no episode {key}. {did_you_mean(str(key), list(map(str, known)))}")


def list_episode_keys(studio: Studio) -> list[EpisodeKey]:
    """Return the keys of every episode, in files or on record, in order."""
    on_record = (EpisodeKey.parse(key) for key, _title in story.list_titles(studio.database))
    return sorted({*show_files.list_episodes(studio.settings.projects), *on_record})


def _find_current(studio: Studio, key: EpisodeKey, quality: str, stamp: str) -> CurrentEpisode:
    database = studio.database
    project, episode = story.load_project(database, key.project), story.load_episode(database, key)
    if project is None or episode is None:
        require_episode(studio, key)
        raise NotAcceptedError(f"the screenplay of {key} has not been read yet: `tower produce {key}` reads it")
    standing = rulings.load_standing(database, key.project)
    found: dict[tuple[str, str], FoundTake] = {}
    rejections: dict[tuple[str, str], Ruling] = {}
    states: list[ApprovalState] = []
    problem, good_until = "", float("inf")
    try:
        run = episode_run(Run(studio, quality=quality), project, episode, is_dry=True)  # reads, and plans in memory
        if run.engines.is_routed("keyframes") or run.engines.is_routed("clips"):
            good_until = time.monotonic() + ROUTER_MAX_AGE_S
        found = find_orders(run)
        unmade = {key: order for key, (order, outcome) in found.items() if outcome is None}
        for stage in dict.fromkeys(name for name, _subject in unmade):
            orders = [order for (name, _subject), order in unmade.items() if name == stage]
            rejected = run.run.find_rejections(orders)
            rejections |= {(stage, subject): ruling for subject, ruling in rejected.items()}
        states = approval_states(run)
    except (PlanError, MediaError) as error:  # its shots can be looked at all the same
        problem, good_until = str(error), time.monotonic() + ROUTER_MAX_AGE_S
    return CurrentEpisode(
        key=key,
        project=project,
        episode=episode,
        plan=story.load_plan(database, key),
        found=found,
        rejections=rejections,
        approvals=tuple(states),
        standing=standing,
        versions=rulings.list_versions(database, key),
        made=story.list_made_places(database, key),
        quality=quality or project.delivery.quality,
        levels=story.list_made_levels(database, key),
        problem=problem,
        stamp=stamp,
        good_until=good_until,
    )
