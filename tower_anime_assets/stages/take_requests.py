"""Asking for another take of a shot: what shall be otherwise, put on record so that the next take is made of it.

A director service, where there is one, works the words into the shot's prompt once, when they are asked for: so every
later run finds the takes that were made of them. How orders follow is `asked_takes`' part.
"""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import PlanError, ServiceError
from tower_anime_assets.production.learning.feedback import BAD, reason_for
from tower_anime_assets.production.planning.asked_changes import (
    MAX_SEED,
    AskedChange,
    AskedShot,
    ask_for_motion,
    ask_for_picture,
)
from tower_anime_assets.production.planning.shots import PromptPart, Shot
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages.asked_takes import load_requests, shows_digest
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.director_desk import PromptRequest, enhance_prompt
from tower_anime_assets.stages.feedback import current_take, new_feedback, tell_director_of_feedback
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.rulings import as_seen
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import episode_plan, refined_parts
from tower_anime_assets.stages.shots import planned_shot
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import take_requests
from tower_anime_assets.store.take_requests import NewTakeRequest


@dataclass(frozen=True)
class AskedTake:
    """A request for another take, on record.

    Attributes:
        take_id: The take that another one is asked for of.
        stage: What is made of the words: "keyframe", and the clip that grows from it, or "clip" alone.
        says: What is on record and what follows, a sentence.
        version: The version of the shot with this request, see `rulings.place_version`.
        followed: What was understood of the words besides their place in prompts.
        warnings: What of the request does not reach what makes the take, a sentence each.
        learned: What the show's director says it learned; () without such a service.
    """

    key: ShotKey
    take_id: str
    stage: str
    says: str
    version: str
    followed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()

    @property
    def run_stages(self) -> tuple[str, ...]:
        """The stages of the run that makes it; () for keyframe and clip."""
        return (CLIPS.name,) if self.stage == CLIPS.name else ()

    def __str__(self) -> str:
        return self.says


def ask_for_take(
    studio: Studio,
    key: ShotKey,
    words: str,
    who: str,
    *,
    reason: str = "overall",
    stage: str = "",
    seed: int | None = None,
    quality: str = "",
    seen: str | None = None,
) -> AskedTake:
    """Record what shall be otherwise in another take of a shot; a run that makes the shot again makes it so.

    It stands until somebody asks for something else, or takes it back. Learning and the project's director are told as
    of any bad opinion.

    Args:
        studio: The studio.
        key: The shot.
        words: What shall change; may be "" where a seed is given.
        who: Who asks.
        reason: One of `production.learning.feedback.REASONS` that says what is bad.
        stage: "keyframe", with the clip that grows from it, or "clip"; "" for what the words are about.
        seed: What the first attempt is made with, 0 to `MAX_SEED`; None for any other than that of the plan.
        quality: The level of quality of the take that was looked at, "" for the project's own; what is asked holds for
            every level.
        seen: The version of the shot that the person looked at; None where that does not matter.

    Raises:
        PlanError: There is no such shot, take or reason, nothing is asked for, or the take is locked.
        ConflictError: Somebody has decided about the shot since the person looked.
        NotAcceptedError: The episode is not planned yet.
    """
    words = " ".join(words.split())
    if not words and seed is None:
        raise PlanError("say what shall change in another take, as `change` (--change TEXT), or give a `seed`")
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise PlanError(f"the seed is {seed}; expected a whole number from 0 to {MAX_SEED}")
    if not who.strip():
        raise PlanError("a request for another take needs a name: pass --who NAME")
    kind = reason_for(BAD, reason)
    place = key.position
    seen = as_seen(studio, place, seen)
    run = saved_episode(Run(studio, quality=quality), key.episode_key)
    shot = planned_shot(episode_plan(run), key)
    stage, outcome = _take_in_question(run, shot, words, kind.stage or stage)
    if outcome.lock is not None:
        raise PlanError(f"{key}: {outcome.lock_sentence}. Release it before you ask for another")
    change = AskedChange("", who.strip(), words, seed)
    refined, unrefined = _refine(run, shot, change) if words else ((), "")
    asked = _asked(run, shot, AskedChange("", who.strip(), words, seed, refined), stage)
    opinion = new_feedback(outcome.take, BAD, reason, words or f"made with the seed {seed}", who)
    request = NewTakeRequest(
        place=place,
        stage=stage,
        who=who.strip(),
        shows=shows_digest(shot),
        words=words,
        seed=seed,
        refined=refined,
    )
    version = take_requests.record_request(studio.database, request, seen, feedback=vars(opinion))
    learned, untold = tell_director_of_feedback(studio, outcome.take, opinion, ("another take is asked for",))
    warnings = tuple(filter(None, (*_unfollowed(run, asked, stage), unrefined, untold)))
    followed = f" ({'; '.join(asked.followed)})" if asked.followed else ""
    says = (
        f"{key}: another {stage} is asked for by {who.strip()}{followed}; a run that makes the shot again makes it: "
        f"`tower produce {key.episode_key} --force --shots {key.scene}-{key.shot}`"
    )
    return AskedTake(key, outcome.take.id, stage, says, version, asked.followed, warnings, learned)


def withdraw_request(
    studio: Studio, key: ShotKey, who: str, why: str, *, stage: str = "", seen: str | None = None
) -> AskedTake:
    """Record that what was asked of another take holds no longer: what is made next is as it is planned.

    Takes that were made of it stay, and the one in use stays in use.

    Args:
        studio: The studio.
        key: The shot.
        who: Who decides.
        why: The reason; not empty.
        stage: "keyframe" or "clip" where both were asked for.
        seen: As in `ask_for_take`.

    Raises:
        PlanError: Nothing is asked for, both are, or a reason is missing.
        ConflictError: Somebody has decided about the shot since the person looked.
        NotAcceptedError: The episode is not planned yet.
    """
    if not why.strip():
        raise PlanError("taking a request back needs a reason: pass --why TEXT")
    place = key.position
    seen = as_seen(studio, place, seen)
    run = saved_episode(Run(studio), key.episode_key)
    by_shot = load_requests(run).by_shot
    standing = [
        name
        for name in (KEYFRAMES.name, CLIPS.name)
        if stage in ("", name) and (rows := by_shot.get((str(key), name))) and not rows[0].is_withdrawal
    ]
    if not standing:
        raise PlanError(f"nobody asked for another {stage or 'take'} of {key}")
    if len(standing) > 1:
        raise PlanError(f"another keyframe and another clip of {key} are asked for: name one of them (--stage)")
    request = NewTakeRequest(place=place, stage=standing[0], who=who.strip(), why=why.strip())
    version = take_requests.record_request(studio.database, request, seen)
    take = current_take(run, str(key), standing[0])[1].take
    says = (
        f"{key}: what was asked of another {standing[0]} is taken back by {who.strip()}; what is made next is as it is "
        f"planned. `tower choose {key}` lists the takes that there are"
    )
    return AskedTake(key, take.id, standing[0], says, version)


def _take_in_question(run: EpisodeRun, shot: Shot, words: str, stage: str) -> tuple[str, Outcome]:
    """Return the take that another one is asked for of, and its stage: a clip's if the words are about motion alone."""
    name, outcome = current_take(run, shot.key, stage)
    if stage or name != CLIPS.name:
        return name, outcome
    is_about_motion = bool(words) and not ask_for_motion(run.project, shot, AskedChange("", "", words)).left
    return (name, outcome) if is_about_motion else current_take(run, shot.key, KEYFRAMES.name)


def _asked(run: EpisodeRun, shot: Shot, change: AskedChange, stage: str) -> AskedShot:
    if stage == CLIPS.name:
        return ask_for_motion(run.project, shot, change)
    return ask_for_picture(run.project, shot, change, is_drawn=not run.engines.is_routed("keyframes"))


def _unfollowed(run: EpisodeRun, asked: AskedShot, stage: str) -> tuple[str, ...]:
    """Return what of the words an animatic cannot follow, in a sentence; () where a model reads them."""
    if not asked.left or run.engines.is_routed("clips" if stage == CLIPS.name else "keyframes"):
        return ()
    words = ", ".join(map(repr, asked.left))
    picture = _asked(run, asked.shot, asked.change, KEYFRAMES.name) if stage == CLIPS.name else asked
    remedy = (
        "Ask for another keyframe: framing, faces and light are drawn there"
        if len(picture.left) < len(asked.left)
        else "It follows closer, wider, sides, faces, camera moves, slower, faster, darker and brighter; a model of "
        "ComfyUI reads all of them"
    )
    return (f"The animatic is drawn from the plan's values and cannot follow {words}. {remedy}",)


def _refine(run: EpisodeRun, shot: Shot, change: AskedChange) -> tuple[tuple[PromptPart, ...], str]:
    """Return what the show's director service makes of the words, and why it made nothing; both empty without one."""
    director = run.engines.director
    if director.is_local:
        return (), ""
    subject = next((one for one in shot.subjects if not one.is_foreground), None)
    request = PromptRequest(
        prompt=f"{shot.prompt}, {change.words}",
        negative=shot.negative,
        character=run.project.character(subject.character).name if subject is not None else "",
        emotion=subject.emotion if subject is not None else "",
        camera_angle=shot.framing,
        tags=(f"another take of {shot.key}, in which a person wants changed: {change.words}",),
        project_id=run.project.id,
    )
    try:
        enhanced = enhance_prompt(run.studio, request, change.who)
    except ServiceError as error:
        return (), f"{director.name} could not work the words into the prompt, so they stand there as they are: {error}"
    return tuple(refined_parts(enhanced.refined, shot, director.name)), ""
