"""The storyboard: a scene from its coverage to its plan. Every director starts from one, and may change its drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.camera import set_moves, vary_framings
from tower_anime_assets.production.planning.continuity import cast_members, continuity_of, subject_ids
from tower_anime_assets.production.planning.coverage import Coverage
from tower_anime_assets.production.planning.drafts import Draft, Pace, Priority
from tower_anime_assets.production.planning.effects import effects_in
from tower_anime_assets.production.planning.lengths import fit_to_target
from tower_anime_assets.production.planning.prompts import lighting_words, prompt_parts, with_prompt_parts
from tower_anime_assets.production.planning.readings import SceneReading
from tower_anime_assets.production.planning.rules import is_face_visible
from tower_anime_assets.production.planning.shots import (
    PlacedLine,
    PromptPart,
    ScenePlan,
    Setting,
    Shot,
    SpeechSpan,
    Transition,
)
from tower_anime_assets.production.story.ids import shot_id
from tower_anime_assets.production.story.model import Character, Project, Scene


class Storyboard:
    """One scene from its coverage to its plan; use once.

    Attributes:
        pace: Shot lengths for the project's delivery.
        present_ids: Ids of those who can be seen in the scene.
        blocking: Who stands on which side.
        drafts: What coverage offers, in order. A director may change them before calling `plan`.
        planned_drafts: After `plan`: the drafts that became shots, in order.
    """

    def __init__(self, project: Project, scene: Scene, earlier: Sequence[ScenePlan]) -> None:
        """Cover the scene.

        Of the scenes before, three things matter: whether the place is new, the last move, which is not repeated, and
        what still shows of what happened in them.

        Raises:
            PlanError: Somebody in the scene is not a character of the project, a note asks for a shot longer than a
                clip may be, or no clip length is legal.
        """
        self._project = project
        self._scene = scene
        self._earlier = earlier
        self._cast = _characters_by_id(project, scene)
        self.pace = Pace.for_delivery(project.delivery.fps, project.delivery.max_clip_frames)
        self._previous_shot = earlier[-1].shots[-1] if earlier and earlier[-1].shots else None
        is_new_place = self._previous_shot is None or self._previous_shot.setting.place != scene.place
        self._coverage = Coverage(scene, self._cast, self.pace, is_new_place=is_new_place)
        self.drafts = self._coverage.cover()
        self.present_ids, self.blocking = self._coverage.present_ids, self._coverage.blocking
        self.planned_drafts: list[Draft] = []

    def fit(self) -> None:
        """Decide which drafts the scene has room for, before a director service is asked about them."""
        self.drafts = self._fitted_drafts()
        for draft in self.drafts:
            draft.priority = min(draft.priority, Priority.REACTION)  # shots that fill time are now part of the scene

    def _fitted_drafts(self) -> list[Draft]:
        """Return the drafts fitted to the scene's target, which dissolves between them shorten."""
        overlap_frames = sum(_transition(draft.transition, self.pace).overlap_frames for draft in self.drafts)
        target_frames = self._scene.target_frames + overlap_frames if self._scene.target_frames else 0
        return fit_to_target(self.drafts, target_frames, self._coverage.make_cutaway)

    def plan(self) -> ScenePlan:
        """Return the scene's plan: lengths fitted to its target, neighbours made different, moves set."""
        previous_move = self._previous_shot.move if self._previous_shot is not None else None
        self.planned_drafts = self._fitted_drafts()
        vary_framings(self.planned_drafts, self.blocking)
        set_moves(self.planned_drafts, self.blocking, self._scene, previous_move)
        return self._build_plan()

    def _build_plan(self) -> ScenePlan:
        drafts, scene, project = self.planned_drafts, self._scene, self._project
        start_frames = [0]
        for draft, next_draft in zip(drafts, [*drafts[1:], None], strict=True):
            overlap_frames = _transition(next_draft.transition, self.pace).overlap_frames if next_draft else 0
            start_frames.append(start_frames[-1] + draft.frames - overlap_frames)
        lines = tuple(
            PlacedLine(cue.speech.id, cue.speech.character, start + cue.start_frame, cue.window_frames)
            for draft, start in zip(drafts, start_frames, strict=False)
            for cue in draft.cues
        )
        setting = Setting(scene.place, scene.interior, scene.time_of_day, scene.weather, scene.mood)
        return ScenePlan(
            scene=scene.id,
            shots=self._build_shots(setting, start_frames),
            lines=lines,
            lighting=lighting_words(setting),
            style_keywords=_style_keywords(project, setting),
            arc=_describe_arc(scene, drafts),
        )

    def _build_shots(self, setting: Setting, start_frames: Sequence[int]) -> tuple[Shot, ...]:
        cast = [self._cast[name] for name in self._scene.cast]
        continuity, members = continuity_of(self._earlier, cast), cast_members(cast)
        shots: list[Shot] = []
        reading = SceneReading(self._scene, cast)
        for number, draft in enumerate(self.planned_drafts):
            text = reading.english(draft.text)
            transition = _transition(draft.transition if number else self._scene.transition, self.pace)
            shot = _build_shot(self._scene, setting, draft, self.blocking, number, transition)
            effects = effects_in(self._scene, text, draft.framing, draft.activity, travels=draft.travels)
            shot = replace(shot, effects=effects)
            shot = replace(shot, speech=tuple(_speech_spans(shot, number, self.planned_drafts, start_frames)))
            previous_shot = shots[-1] if shots else None
            phrases_by_character = continuity.phrases_by_character(shot_text=text)
            parts = prompt_parts(
                self._project, shot, draft.wishes, continuity=phrases_by_character, previous_shot=previous_shot
            )
            shots.append(with_prompt_parts(shot, [*parts, PromptPart("background", *draft.background)]))
            continuity = continuity.after_shot(text, subject_ids(shot), members)
        return tuple(shots)


def _characters_by_id(project: Project, scene: Scene) -> dict[str, Character]:
    characters = {character.id: character for character in project.characters}
    named_ids = dict.fromkeys([*scene.cast, *(speech.character for speech in scene.speeches)])
    unknown_ids = [name for name in named_ids if name not in characters]
    if unknown_ids:
        raise PlanError(
            f"{scene.id}: {', '.join(unknown_ids)} is not a character of {project.id}; "
            f"expected some of {', '.join(sorted(characters)) or 'none'}: add a file to characters/ or correct the name"
        )
    outside_cast = [name for name in named_ids if name not in scene.cast]
    if outside_cast:
        raise PlanError(
            f"{scene.id}: {', '.join(outside_cast)} speaks but is not in the scene's cast: read the scene again"
        )
    return characters


def _transition(kind: str, pace: Pace) -> Transition:
    return Transition(kind or "cut", pace.transition_frames if kind in ("dissolve", "fade") else 0)


def _build_shot(
    scene: Scene, setting: Setting, draft: Draft, blocking: Blocking, number: int, transition: Transition
) -> Shot:
    return Shot(
        key=f"{scene.id}-{shot_id(number + 1)}",
        scene=scene.id,
        purpose=draft.purpose,
        framing=draft.framing,
        move=draft.move,
        subjects=blocking.subjects(draft),
        setting=setting,
        frames=draft.frames,
        transition=transition,
        speech=(),
        activity=draft.activity,
        objects=draft.objects,
        effects=(),
        card=draft.card,
        prompt="",
        negative="",
        description=draft.text,
        reasoning=f"{draft.reasoning}.",
        engines=draft.engines,
        loops=draft.loops,
    )


def _speech_spans(shot: Shot, number: int, drafts: Sequence[Draft], start_frames: Sequence[int]) -> list[SpeechSpan]:
    """Return when somebody is heard during a shot: lines that begin in it, and lines that continue in it."""
    shot_start_frame, first_draft = start_frames[number], number
    while first_draft > 0 and drafts[first_draft - 1].runs_on:
        first_draft -= 1
    spans = []
    for draft, start in zip(drafts[first_draft : number + 1], start_frames[first_draft : number + 1], strict=True):
        for cue in draft.cues:
            start_frame = max(start + cue.start_frame - shot_start_frame, 0)
            end_frame = min(start + cue.start_frame + cue.speech_frames - shot_start_frame, shot.frames)
            if start_frame < end_frame:
                speaker = cue.speech.character
                on_screen = not cue.speech.is_off_screen and is_face_visible(shot, speaker)
                spans.append(SpeechSpan(cue.speech.id, speaker, start_frame, end_frame, on_screen))
    return spans


def _style_keywords(project: Project, setting: Setting) -> tuple[str, ...]:
    words: list[Any] = [setting.mood, setting.time_of_day, setting.weather if setting.weather != "clear" else ""]
    words += project.style.art_direction.split(", ")
    return tuple(dict.fromkeys(filter(None, words)))


def _describe_arc(scene: Scene, drafts: Sequence[Draft]) -> str:
    levels = [draft.tension for draft in drafts]
    peak = max(range(len(levels)), key=lambda index: levels[index])
    return (
        f"{scene.mood}: tension from {levels[0]:.2f} to {levels[-1]:.2f}, "
        f"highest ({levels[peak]:.2f}) in shot {peak + 1} of {len(levels)}"
    )
