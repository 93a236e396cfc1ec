"""A scene on the drawing board: covered by shots, perhaps directed, fitted, set in motion and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.action_beats import effects_in
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.camera import set_moves, vary_framings
from tower_anime_assets.production.planning.continuity import continuity_of, subjects_of
from tower_anime_assets.production.planning.coverage import Coverage
from tower_anime_assets.production.planning.drafts import REACTION, Draft, Pace
from tower_anime_assets.production.planning.lengths import fitted
from tower_anime_assets.production.planning.prompts import lighting_words, prompt_parts, with_parts
from tower_anime_assets.production.planning.rules import face_is_visible
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
        drafts: What coverage offers, in order. Whoever directs the scene changes them before `plan` is called.
        present: Ids of those who can be seen in the scene.
        blocking: Who stands on which side.
        shown: After `plan`: the drafts that became shots, in order.
    """

    def __init__(self, project: Project, scene: Scene, earlier: Sequence[ScenePlan]) -> None:
        """Cover the scene.

        Of the scenes before, the place and the move of the last shot are looked at (whether the place has to be shown
        again, and which move not to repeat), and what still shows of what happened in them.

        Raises:
            PlanError: Somebody in the scene is no character of the project, a note asks for a shot longer than a clip
                may be, or no clip length is legal.
        """
        self._project = project
        self._scene = scene
        self._earlier = earlier
        self._cast = _cast_of(project, scene)
        self.pace = Pace.of(project.delivery.fps, project.delivery.max_clip_frames)
        self._last = earlier[-1].shots[-1] if earlier and earlier[-1].shots else None
        is_new_place = self._last is None or self._last.setting.place != scene.place
        self._coverage = Coverage(scene, self._cast, self.pace, is_new_place=is_new_place)
        self.drafts = self._coverage.cover()
        self.shown: list[Draft] = []

    @property
    def present(self) -> list[str]:
        return self._coverage.present

    @property
    def blocking(self) -> Blocking:
        return self._coverage.blocking

    def fit(self) -> None:
        """Settle which drafts the scene has room for, before somebody else directs them: those are its beats."""
        self.drafts = fitted(self.drafts, self._scene.target_frames, self._coverage.cutaway)
        for draft in self.drafts:
            draft.rank = min(draft.rank, REACTION)  # what fills the scene's time now belongs to it

    def plan(self) -> ScenePlan:
        """Return the scene's plan: lengths fitted to its target, neighbours made different, moves set."""
        self.shown = fitted(self.drafts, self._scene.target_frames, self._coverage.cutaway)
        vary_framings(self.shown, self.blocking)
        set_moves(self.shown, self.blocking, self._scene, self._last.move if self._last is not None else None)
        return self._written()

    def _written(self) -> ScenePlan:
        drafts, scene, project = self.shown, self._scene, self._project
        starts = [0]
        for draft in drafts:
            starts.append(starts[-1] + draft.frames)
        lines = tuple(
            PlacedLine(cue.speech.id, cue.speech.character, start + cue.start_frame, cue.window_frames)
            for draft, start in zip(drafts, starts, strict=False)
            for cue in draft.cues
        )
        setting = Setting(scene.place, scene.interior, scene.time_of_day, scene.weather, scene.mood)
        return ScenePlan(
            scene=scene.id,
            shots=self._shots(setting, starts),
            lines=lines,
            lighting=lighting_words(setting),
            style_keywords=_style_keywords(project, setting),
            arc=_arc(scene, drafts),
        )

    def _shots(self, setting: Setting, starts: Sequence[int]) -> tuple[Shot, ...]:
        cast = [self._cast[name] for name in self._scene.cast]
        state = continuity_of(self._earlier, cast)
        shots: list[Shot] = []
        for number, draft in enumerate(self.shown):
            transition = _transition(self._scene.transition, self.pace) if number == 0 else Transition()
            shot = _shot(self._scene, setting, draft, self.blocking, number, transition)
            shot = replace(shot, speech=tuple(_spans(shot, number, self.shown, starts)))
            before = shots[-1] if shots else None
            carried = state.words(without=draft.text)
            parts = prompt_parts(self._project, shot, draft.wishes, carried=carried, before=before)
            shots.append(with_parts(shot, [*parts, PromptPart("background", *draft.background)]))
            state = state.after(draft.text, subjects_of(shot), cast)
        return tuple(shots)


def _cast_of(project: Project, scene: Scene) -> dict[str, Character]:
    known = {character.id: character for character in project.characters}
    named = dict.fromkeys([*scene.cast, *(speech.character for speech in scene.speeches)])
    strangers = [name for name in named if name not in known]
    if strangers:
        raise PlanError(
            f"{scene.id}: {', '.join(strangers)} is no character of {project.id}; "
            f"expected some of {', '.join(sorted(known)) or 'none'}: add a file to characters/ or mend the name"
        )
    outside = [name for name in named if name not in scene.cast]
    if outside:
        raise PlanError(f"{scene.id}: {', '.join(outside)} speaks but is not in the scene's cast: read the scene again")
    return known


def _transition(kind: str, pace: Pace) -> Transition:
    return Transition(kind, pace.transition if kind in ("dissolve", "fade") else 0)


def _shot(
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
        objects=draft.things,
        effects=effects_in(scene, draft.text, draft.framing, draft.activity, travels=draft.travels),
        card=draft.card,
        prompt="",
        negative="",
        description=draft.text,
        reasoning=f"{draft.why}.",
        engines=draft.engines,
    )


def _spans(shot: Shot, number: int, drafts: Sequence[Draft], starts: Sequence[int]) -> list[SpeechSpan]:
    """Return when somebody is heard during a shot, by lines that begin in it and lines that run on into it."""
    at, first = starts[number], number
    while first > 0 and drafts[first - 1].runs_on:
        first -= 1
    spans = []
    for draft, start in zip(drafts[first : number + 1], starts[first : number + 1], strict=True):
        for cue in draft.cues:
            begin = max(start + cue.start_frame - at, 0)
            end = min(start + cue.start_frame + cue.speech_frames - at, shot.frames)
            if begin < end:
                speaker = cue.speech.character
                seen = not cue.speech.is_off_screen and face_is_visible(shot, speaker)
                spans.append(SpeechSpan(cue.speech.id, speaker, begin, end, seen))
    return spans


def _style_keywords(project: Project, setting: Setting) -> tuple[str, ...]:
    words: list[Any] = [setting.mood, setting.time_of_day, setting.weather if setting.weather != "clear" else ""]
    words += project.style.art_direction.split(", ")
    return tuple(dict.fromkeys(filter(None, words)))


def _arc(scene: Scene, drafts: Sequence[Draft]) -> str:
    levels = [draft.tension for draft in drafts]
    peak = max(range(len(levels)), key=lambda index: levels[index])
    return (
        f"{scene.mood}: tension from {levels[0]:.2f} to {levels[-1]:.2f}, "
        f"highest ({levels[peak]:.2f}) in shot {peak + 1} of {len(levels)}"
    )
