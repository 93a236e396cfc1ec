"""Everything of one shot: its plan, the shots before and after it, its takes with gates and prompts, its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.errors import UnknownKeyError
from tower_anime_assets.media.show_files import EPISODES_FOLDER, SCRIPT_SUFFIX
from tower_anime_assets.production.planning.prompt_sources import SourcedText
from tower_anime_assets.production.planning.shots import PromptPart, Setting, Shot, Transition
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Action, Scene, Speech
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.reports.attempt_trail import (
    AttemptTrail,
    PersonTrail,
    TakeTrail,
    ValueTrail,
    attempts_of,
    load_shot_trail,
)
from tower_anime_assets.reports.storyboard import ShotState, shot_standing
from tower_anime_assets.reports.take_summaries import (
    ACCEPTED,
    LOCKED,
    REJECTED,
    WAIVED,
    FileLink,
    TakeState,
    TakeSummary,
    file_links,
    outcome_summary,
    shot_alt,
    summary_of,
)
from tower_anime_assets.stages.asked_takes import shows_digest
from tower_anime_assets.stages.choices import takes_made_of
from tower_anime_assets.stages.current_episode import CurrentEpisode, read_current_episode
from tower_anime_assets.stages.registry import STAGES, stage_named
from tower_anime_assets.stages.rulings import place_version
from tower_anime_assets.stages.stage import FoundTake
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, rulings, take_requests, takes
from tower_anime_assets.store.rulings import Ruling
from tower_anime_assets.store.take_requests import TakeRequest
from tower_anime_assets.store.takes import Take


@dataclass(frozen=True)
class TakeGate:
    """What a gate measured on a take.

    Attributes:
        gate: A true sentence, such as `keyframes_are_sharp`.
        low: The smallest value that passes; null for none.
        high: The largest value that passes; null for none.
        good: From where more no longer matters; null for what counts faults.
        grade: 0.5 at the bar to 1 at `good`; null for what counts faults.
        waived: Whether a person waived the gate for this take.
    """

    gate: str
    measure: str
    value: float
    unit: str
    low: float | None
    high: float | None
    good: float | None
    grade: float | None
    passed: bool
    waived: bool
    remedy: str


@dataclass(frozen=True)
class PinnedNote:
    """What a person noted about a take, and the frame or region (left, top, width, height) that it is of."""

    who: str
    at: datetime
    reason: str
    note: str
    frame: int | None
    region: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class TakePage:
    """A take with everything that is known of it.

    Attributes:
        place: What it is of: the key of a shot or an episode, or that of a scene or a line.
        is_used: Whether it stands for its subject now.
        is_current: Whether it was made of what its subject is today, so that it can be chosen.
        failed: Gates that reject it.
        rejection: Who rejected it and why; "" if no person did.
        lock: Who locked it and why; "" if nobody did.
        parameters: What the engine was given, with where each value comes from.
        people: What people decided about it, oldest first.
        decision_id: The decision that made it.
    """

    summary: TakeSummary
    place: str
    is_used: bool
    is_current: bool
    failed: tuple[str, ...]
    rejection: str
    lock: str
    gates: tuple[TakeGate, ...]
    prompt: tuple[SourcedText, ...]
    negative: tuple[SourcedText, ...]
    is_prompt_sent: bool
    seed: str
    workflow: str
    parameters: tuple[ValueTrail, ...]
    notes: tuple[PinnedNote, ...]
    people: tuple[PersonTrail, ...]
    reasoning: str
    engine_version: str
    candidate: int | None
    seconds: float
    cpu_s: float
    gpu_s: float
    decision_id: str
    files: tuple[FileLink, ...]


@dataclass(frozen=True)
class StageTakes:
    """The takes of a shot in one stage, the one in use first, then the newest first."""

    stage: str
    title: str
    takes: tuple[TakePage, ...]


@dataclass(frozen=True)
class ShotCharacter:
    """Somebody in a shot."""

    character: str
    name: str
    emotion: str
    pose: str
    facing: str
    holds: str


@dataclass(frozen=True)
class ShotLine:
    """A line of a shot, with its time in the shot and its place in the script."""

    id: str
    character: str
    name: str
    text: str
    parenthetical: str
    on_screen: bool
    start_s: float
    end_s: float
    file: str
    line: int


@dataclass(frozen=True)
class ScriptPlace:
    """The place in the script that a shot is of; `text` is its first line there."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class ShotPlanPage:
    """The plan of a shot."""

    framing: str
    move: str
    purpose: str
    frames: int
    fps: int
    start_s: float
    duration_s: float
    cast: tuple[ShotCharacter, ...]
    lines: tuple[ShotLine, ...]
    setting: Setting
    transition: Transition
    objects: tuple[str, ...]
    effects: tuple[str, ...]
    card: str
    description: str
    reasoning: str
    prompt: str
    negative: str
    prompt_parts: tuple[PromptPart, ...]
    engines: tuple[str, ...]
    loops: bool
    script: ScriptPlace


@dataclass(frozen=True)
class NeighbourShot:
    """The shot before or after, for hook-ups."""

    key: str
    scene: str
    alt: str
    transition: str
    keyframe: TakeSummary | None
    clip: TakeSummary | None


@dataclass(frozen=True)
class HistoryEntry:
    """Something that happened to a shot: a decision, or what a person decided.

    Attributes:
        take_id: The take that it is about; null for a decision that made none.
    """

    at: datetime
    who: str
    what: str
    why: str
    take_id: str | None


@dataclass(frozen=True)
class StandingRequest:
    """What a person asked of the shot's next take, and nobody took back.

    Attributes:
        stage: "keyframe", with the clip that grows from it, or "clip".
        words: In the person's words; "" where only a seed is asked for.
        is_used: Whether the shot still shows what the request was about.
    """

    stage: str
    who: str
    at: datetime
    words: str
    seed: int | None
    is_used: bool


@dataclass(frozen=True)
class ShotPage:
    """Everything of one shot.

    Attributes:
        version: What people decided about it, also in `ETag`.
        state: As in the storyboard.
        lock_notes: What has changed since a take of it was locked, sentences.
        asked: What its next takes are asked to be.
        problem: Why nothing can be said of its takes; "" if nothing is wrong.
        quality: The level of quality whose takes are in use.
        own_quality: The show's own level; what is of another is not used where that is made.
        levels: The levels at which something was made of the episode.
        history: Oldest first.
    """

    key: str
    episode: str
    title: str
    version: str
    state: ShotState
    score: float | None
    locked_by: str | None
    rejected_by: str | None
    lock_notes: tuple[str, ...]
    asked: tuple[StandingRequest, ...]
    problem: str
    alt: str
    plan: ShotPlanPage
    previous: NeighbourShot | None
    next: NeighbourShot | None
    stages: tuple[StageTakes, ...]
    quality: str
    own_quality: str
    levels: tuple[str, ...]
    history: tuple[HistoryEntry, ...]


def load_shot_page(studio: Studio, key: ShotKey, quality: str = "") -> ShotPage:
    """Return everything of a shot, its takes in use being those of a level of quality, "" for the show's own.

    Raises:
        UnknownKeyError: There is no such shot.
        NotAcceptedError: The screenplay of its episode has not been read yet.
    """
    version = place_version(studio, key.position)  # before what it is of
    current = read_current_episode(studio, key.episode_key, quality)
    shot = current.shot(key)
    trail = load_shot_trail(studio.database, key)
    speeches = {line.id: line for scene in current.episode.scenes for line in scene.speeches}
    standing = shot_standing(current, shot.key)
    outcomes = [one for one in (standing.clip, standing.keyframe) if one is not None]
    index = [one.key for one in current.shots].index(shot.key)
    return ShotPage(
        key=str(key),
        episode=str(key.episode_key),
        title=current.episode.title,
        version=version,
        state=standing.state,
        score=next((one.take.score for one in outcomes if one.take.score is not None), None),
        locked_by=standing.locked_by,
        rejected_by=standing.rejected_by,
        lock_notes=standing.lock_notes,
        asked=_standing_requests(studio, key, shot),
        problem=current.problem,
        alt=shot_alt(shot, current.project, speeches),
        plan=_plan_page(current, shot, speeches),
        previous=_neighbour(current, current.shots[index - 1], speeches) if index else None,
        next=_neighbour(current, current.shots[index + 1], speeches) if index + 1 < len(current.shots) else None,
        stages=_stages(studio, current, key, trail.attempts),
        quality=current.quality,
        own_quality=current.project.delivery.quality,
        levels=current.levels,
        history=tuple(sorted(_history(trail.attempts), key=lambda entry: entry.at)),
    )


def _standing_requests(studio: Studio, key: ShotKey, shot: Shot) -> tuple[StandingRequest, ...]:
    newest: dict[str, TakeRequest] = {}
    for row in take_requests.list_by_episode(studio.database, key.episode_key):
        if row.place == key.position:
            newest.setdefault(row.stage, row)
    shows = shows_digest(shot)
    return tuple(
        StandingRequest(row.stage, row.who, row.timestamp, row.words, row.seed, row.shows == shows)
        for _stage, row in sorted(newest.items(), reverse=True)
        if not row.is_withdrawal
    )


def load_take_page(studio: Studio, take_id: str) -> TakePage:
    """Return a take with everything that is known of it.

    Raises:
        UnknownKeyError: There is no such take.
    """
    take = next(iter(takes.find_by_prefix(studio.database, take_id)), None) if _is_id(take_id) else None
    if take is None:
        raise UnknownKeyError(f"there is no take {take_id}. `/api/shots/KEY` lists those of a shot")
    if take.shot_id:
        key = ShotKey(take.project_id, take.episode_id, take.scene_id, take.shot_id)
        current = read_current_episode(studio, key.episode_key)
        pages = _stages(studio, current, key, load_shot_trail(studio.database, key).attempts)
        return next(page for group in pages for page in group.takes if page.summary.id == take.id)
    trail = audit.load_decision_trail(studio.database, take.decision_id)
    key_of_episode = EpisodeKey(take.project_id, take.episode_id)
    (attempt,) = attempts_of(studio.database, trail, key_of_episode)
    own = next(one for one in attempt.takes if one.id == take.id)
    is_used = False
    if take.episode_id:
        current = read_current_episode(studio, key_of_episode)
        is_used = any(found is not None and found.take.id == take.id for _order, found in current.found.values())
    standing = rulings.load_standing(studio.database, take.project_id)
    return _take_page(take, own, attempt, rulings.list_by_takes(studio.database, [take.id]), standing, is_used=is_used)


def _is_id(text: str) -> bool:
    return takes.TAKE_ID.fullmatch(text) is not None


def _plan_page(current: CurrentEpisode, shot: Shot, speeches: Mapping[str, Speech]) -> ShotPlanPage:
    assert current.plan is not None  # noqa: S101 - the shot is of it
    fps = current.plan.fps
    names = {character.id: character.name for character in current.project.characters}
    file = f"{current.key.project}/{EPISODES_FOLDER}/{current.key.episode}{SCRIPT_SUFFIX}"
    lines = []
    for span in shot.speech:
        speech = speeches.get(span.line_id)
        if speech is not None:
            lines.append(
                ShotLine(
                    id=speech.id,
                    character=speech.character,
                    name=names.get(speech.character, speech.character),
                    text=speech.text,
                    parenthetical=speech.parenthetical,
                    on_screen=span.on_screen,
                    start_s=round(span.start_frame / fps, 3),
                    end_s=round(span.end_frame / fps, 3),
                    file=file,
                    line=speech.line,
                )
            )
    return ShotPlanPage(
        framing=shot.framing.value,
        move=shot.move.value,
        purpose=shot.purpose.value,
        frames=shot.frames,
        fps=fps,
        start_s=round(current.plan.shot_starts()[shot.key] / fps, 3),
        duration_s=round(shot.frames / fps, 3),
        cast=tuple(
            ShotCharacter(
                one.character,
                names.get(one.character, one.character),
                one.emotion.value,
                one.pose.value,
                one.facing.value,
                one.holds,
            )
            for one in shot.subjects
        ),
        lines=tuple(lines),
        setting=shot.setting,
        transition=shot.transition,
        objects=shot.objects,
        effects=shot.effects,
        card=shot.card,
        description=shot.description,
        reasoning=shot.reasoning,
        prompt=shot.prompt,
        negative=shot.negative,
        prompt_parts=shot.prompt_parts,
        engines=shot.engines,
        loops=shot.loops,
        script=_script_place(current, shot, file, lines),
    )


def _script_place(current: CurrentEpisode, shot: Shot, file: str, lines: list[ShotLine]) -> ScriptPlace:
    """Return where the script has what a shot shows: its action, else its first line, else its scene's heading."""
    scene = next(scene for scene in current.episode.scenes if scene.id == shot.scene)
    action = _action_of(scene, shot.description)
    if action is not None:
        return ScriptPlace(file, action.line, action.text)
    if lines:
        return ScriptPlace(file, lines[0].line, lines[0].text)
    return ScriptPlace(file, scene.line, scene.heading)


def _action_of(scene: Scene, description: str) -> Action | None:
    words = " ".join(description.split())
    actions = [beat for beat in scene.beats if isinstance(beat, Action)]
    return next((beat for beat in actions if words and words in " ".join(beat.text.split())), None)


def _neighbour(current: CurrentEpisode, shot: Shot, speeches: dict[str, Speech]) -> NeighbourShot:
    standing = shot_standing(current, shot.key)
    return NeighbourShot(
        key=shot.key,
        scene=shot.scene,
        alt=shot_alt(shot, current.project, speeches),
        transition=shot.transition.kind,
        keyframe=outcome_summary(standing.keyframe),
        clip=outcome_summary(standing.clip),
    )


def _stages(
    studio: Studio, current: CurrentEpisode, key: ShotKey, attempts: tuple[AttemptTrail, ...]
) -> tuple[StageTakes, ...]:
    """Return every take that was ever made of a shot, by stage."""
    found: dict[str, FoundTake] = {
        stage.name: current.found[stage.name, str(key)]
        for stage in STAGES
        if stage.is_by_shot and (stage.name, str(key)) in current.found
    }
    usable = {row.take.id: row for row in takes_made_of(studio, key, found)}
    made = takes.list_by_shot(studio.database, key)
    ruled: dict[str, list[Ruling]] = {}
    for ruling in rulings.list_by_takes(studio.database, [take.id for take in made]):
        ruled.setdefault(ruling.take_id, []).append(ruling)
    trails = {take.id: (take, attempt) for attempt in attempts for take in attempt.takes}
    pages: dict[str, list[TakePage]] = {}
    for take in reversed(made):
        own, attempt = trails[take.id]
        row = usable.get(take.id)
        outcome = found.get(take.stage, (None, None))[1]
        page = _take_page(
            take,
            own,
            attempt,
            ruled.get(take.id, ()),
            current.standing,
            is_used=outcome is not None and outcome.take.id == take.id,
            is_current=row is not None,
            thresholds=stage_named(take.stage).thresholds_for(current.project),
        )
        pages.setdefault(take.stage, []).append(page)
    names = [stage.name for stage in STAGES]
    return tuple(
        StageTakes(name, stage_named(name).title, tuple(sorted(pages[name], key=lambda page: not page.is_used)))
        for name in sorted(pages, key=names.index)
    )


def _take_page(
    take: Take,
    own: TakeTrail,
    attempt: AttemptTrail,
    ruled: Sequence[Ruling],
    standing: rulings.StandingRulings,
    *,
    is_used: bool,
    is_current: bool | None = None,
    thresholds: tuple[Threshold, ...] = (),
) -> TakePage:
    rejection = standing.rejection_of(take)
    lock = next((one for one in standing.locks.values() if one.take_id == take.id), None)
    failed = tuple(dict.fromkeys(one.gate for one in own.failed if one.gate not in own.waived))
    state: TakeState
    if rejection is not None:
        state = REJECTED
    elif lock is not None:
        state = LOCKED
    elif not own.accepted:
        state = REJECTED
    else:
        state = WAIVED if any(one.gate in own.waived for one in own.failed) else ACCEPTED
    return TakePage(
        summary=summary_of(take, state),
        place=str(take.position),
        is_used=is_used,
        is_current=is_used if is_current is None else is_current,
        failed=() if own.accepted else failed,
        rejection=rulings.rejection_sentence(rejection) if rejection is not None else "",
        lock=f"locked by {lock.who}: {lock.note}" if lock is not None else "",
        gates=tuple(_gate_result(verdict, own.waived, thresholds) for verdict in own.verdicts),
        prompt=attempt.prompt,
        negative=attempt.negative,
        is_prompt_sent=attempt.is_prompt_sent,
        seed=attempt.seed,
        workflow=attempt.workflow,
        parameters=attempt.values,
        notes=tuple(
            PinnedNote(one.who, one.timestamp, one.reason, one.note, one.frame, one.region)
            for one in ruled
            if one.ruling == rulings.REJECTED
        ),
        people=own.people,
        reasoning=take.reasoning,
        engine_version=take.engine_version,
        candidate=take.candidate_rank,
        seconds=take.duration_s,
        cpu_s=take.cpu_s,
        gpu_s=take.gpu_s,
        decision_id=take.decision_id,
        files=file_links(take),
    )


def _gate_result(verdict: Verdict, waived: tuple[str, ...], thresholds: tuple[Threshold, ...]) -> TakeGate:
    bars = (bar for bar in thresholds if (bar.gate, bar.measure) == (verdict.gate, verdict.measure))
    good = next((bar.good for bar in bars), None)
    graded = Verdict(**{**vars(verdict), "good": good})
    return TakeGate(
        gate=verdict.gate,
        measure=verdict.measure,
        value=verdict.value,
        unit=verdict.unit,
        low=verdict.low,
        high=verdict.high,
        good=good,
        grade=graded.grade,
        passed=verdict.passed,
        waived=verdict.gate in waived,
        remedy=verdict.remedy,
    )


def _history(attempts: tuple[AttemptTrail, ...]) -> Iterator[HistoryEntry]:
    for attempt in attempts:
        what = f"{attempt.stage}, attempt {attempt.number} by {attempt.engine}: {attempt.state}"
        first = attempt.takes[0].id if attempt.takes else None
        yield HistoryEntry(attempt.decided_at, attempt.created_by, what, attempt.error or attempt.reasoning, first)
        for take in attempt.takes:
            for person in take.people:
                yield HistoryEntry(person.at, person.who, person.what, person.why, take.id)
