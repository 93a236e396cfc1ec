"""The note that steers one shot: what it says now, and the script with another one, before anything is saved.

A `[[shot: ...]]` note holds framing, move and length; its other words go into the shot's prompt. The text that comes of
an edit is looked at and saved by `show_edits`, as any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tower_anime_assets.errors import NotAcceptedError, PlanError, UnknownKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.media.show_edits import ShowText, in_form_of, read_script_text
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.shots import ScenePlan, Shot
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey, shot_id
from tower_anime_assets.production.story.shot_note_edit import (
    add_shot_note,
    change_shot_note,
    find_shot_note,
    split_with_shot_note,
)
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.dry_run import episode_from_files
from tower_anime_assets.stages.shot_plans import newest_plan
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import Studio


@dataclass(frozen=True)
class ShotSteering:
    """What of a script steers one shot.

    Attributes:
        file: The script, from the show's folder.
        line: Line of the action or speech that the shot begins with; 0 where it has none of its own.
        note_line: Line of its note, 0 for none.
        note: What its note asks for, such as "close-up, push in, rain on the lens"; "" for none.
        problem: Why no note can be written for it, "" where one can.
        splits: What it shows, where a note gives that sentence a paragraph of its own; "" elsewhere.
        seen: Digest of the script, as in `ShotNoteText`.
    """

    shot: str
    file: str
    line: int
    note_line: int
    note: str
    problem: str = ""
    splits: str = ""
    seen: str = ""


@dataclass(frozen=True)
class ShotNoteText:
    """A script with another note for a shot; nothing is saved yet.

    Attributes:
        shot: The shot as it is called in the script as it is.
        shot_after: As it is called with the note, which may make a shot of its own necessary or needless before it.
        text: The whole script.
        seen: Digest of the script as it is, which `show_edits.save_edit` is given back.
    """

    shot: str
    shot_after: str
    file: str
    text: str
    seen: str


def shot_steering(studio: Studio, key: ShotKey) -> ShotSteering:
    """Return what of the script steers a shot, as the files are now.

    Raises:
        UnknownKeyError: There is no such shot.
        StoryError: The files are wrong.
        MediaError: The embedded voice could not be asked for the length of a line.
    """
    return _steering(studio, key, read_script_text(studio.settings.projects, key.episode_key))


def text_with_shot_note(studio: Studio, key: ShotKey, note: str) -> ShotNoteText:
    """Return the script with a shot's note changed, added, or removed if `note` is ""; nothing is written.

    The new script is planned to see that the note steers the shot that it was written for.

    Raises:
        PlanError: There is no such shot, no note can be written for it, or the words cannot stand in a note.
        StoryError: The files are wrong.
        MediaError: The embedded voice could not be asked for the length of a line.
    """
    script = read_script_text(studio.settings.projects, key.episode_key)
    steering = _steering(studio, key, script)
    if steering.problem:
        raise PlanError(f"{key}: {steering.problem}")
    if steering.splits and not note.strip():
        text, line = script.text, 0
    elif steering.splits:
        text, line = split_with_shot_note(script.text, steering.splits, note)
    elif steering.note_line and (steering.note or not steering.line):
        text, line = change_shot_note(script.text, steering.note_line, note), steering.note_line
    else:
        text, line = add_shot_note(script.text, steering.line, note), steering.line
    if not note.strip():
        return ShotNoteText(str(key), str(key), script.file, text, script.sha256)
    text = in_form_of(script.text, text)
    planned = _planned_drafts(studio, key.episode_key, replace(script, text=text))
    steered = [
        shot
        for shot, draft in planned.items()
        if draft.note_line == line and shot.scene == key.scene and steering.splits in ("", draft.text)
    ]
    if not steered:
        raise PlanError(
            f"{key}: the note would steer no shot of its scene, or its words say nothing. Edit line {line} of "
            f"{script.display_path} by hand"
        )
    return ShotNoteText(str(key), str(steered[0]), script.file, text, script.sha256)


def _steering(studio: Studio, key: ShotKey, script: ShowText) -> ShotSteering:
    planned = _planned_drafts(studio, key.episode_key, script)
    if key not in planned:
        raise UnknownKeyError(f"{key.episode_key} has no shot {key}. {did_you_mean(str(key), map(str, planned))}")
    draft = planned[key]
    try:
        note = find_shot_note(script.text, draft.note_line) if draft.note_line else None
    except PlanError as error:
        return ShotSteering(str(key), script.file, draft.line, draft.note_line, "", str(error), "", script.sha256)
    words = note.words if note is not None else ""
    problem = ""
    splits = ""
    if not draft.line and note is None:
        problem = (
            f"no note reaches this shot ({draft.reasoning}). Only the first shot of a paragraph or speech has one: "
            "give what it shows a paragraph of its own"
        )
        if draft.text and _can_split(script.text, draft.text):
            problem, splits = "", draft.text
    return ShotSteering(str(key), script.file, draft.line, draft.note_line, words, problem, splits, script.sha256)


def _can_split(text: str, sentence: str) -> bool:
    try:
        split_with_shot_note(text, sentence, "wide")
    except PlanError:
        return False
    return True


def _planned_drafts(studio: Studio, key: EpisodeKey, script: ShowText) -> dict[ShotKey, Draft]:
    """Return what each shot of a script is planned from, in order.

    Raises:
        StoryError: The files are wrong.
        PlanError: A director service cuts a scene otherwise than the script has it.
    """
    edits = {script.file: script.text}
    story = show_files.load_episode(studio.settings.projects, key, reads_unaccepted=True, edits=edits)
    run = episode_from_files(studio, key, story=story)
    plans: tuple[ScenePlan, ...] = ()
    drafts: dict[ShotKey, Draft] = {}
    for scene in run.episode.scenes:
        board = Storyboard(run.project, scene, plans)
        plans += (board.plan(),)
        for number, draft in enumerate(board.planned_drafts, 1):
            drafts[ShotKey(key.project, key.episode, scene.id, shot_id(number))] = draft
    return drafts if run.engines.director.is_local else _as_directed(run, drafts, plans)


def _as_directed(run: EpisodeRun, drafts: dict[ShotKey, Draft], plans: tuple[ScenePlan, ...]) -> dict[ShotKey, Draft]:
    """Return the shots that a director service left at their places in the script; of the others no line is known."""
    try:
        directed = {ShotKey.parse(shot.key): shot for shot in newest_plan(run).shots}
    except NotAcceptedError:  # it has not planned this text yet
        return drafts
    planned = [shot for plan in plans for shot in plan.shots]
    here = dict(zip(drafts, planned, strict=True))
    return {
        key: drafts[key] if key in here and _is_alike(here[key], shot) else _unplaced(shot)
        for key, shot in directed.items()
    }


def _is_alike(here: Shot, directed: Shot) -> bool:
    lines = [span.line_id for span in here.speech]
    return (here.description, lines) == (directed.description, [span.line_id for span in directed.speech])


def _unplaced(shot: Shot) -> Draft:
    return Draft(shot.purpose, shot.framing, (), shot.frames, shot.frames, shot.frames, shot.reasoning)
