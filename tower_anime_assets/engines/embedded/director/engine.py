"""The embedded director: plans by film grammar, refines prompts by rule, says in words what scores show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tower_anime_assets.engines.embedded.director.blocking import Blocking
from tower_anime_assets.engines.embedded.director.camera import set_moves, vary_framings
from tower_anime_assets.engines.embedded.director.coverage import Coverage
from tower_anime_assets.engines.embedded.director.drafts import Draft, Pace
from tower_anime_assets.engines.embedded.director.lengths import fitted
from tower_anime_assets.engines.embedded.director.sights import effects_in
from tower_anime_assets.engines.protocols import RefinedPrompt
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.ids import shot_id
from tower_anime_assets.production.plan_rules import face_is_visible
from tower_anime_assets.production.prompts import (
    character_words,
    lighting_words,
    merged_words,
    negative_prompt,
    shot_prompt,
)
from tower_anime_assets.production.shots import PlacedLine, ScenePlan, Setting, Shot, SpeechSpan, Transition
from tower_anime_assets.production.story import Character, Project, Scene

_GOOD_SCORE, _POOR_SCORE = 0.8, 0.5
_CINEMATIC: Mapping[str, tuple[str, ...]] = {
    "happy": ("soft key light",),
    "sad": ("low key light", "shallow depth of field"),
    "angry": ("hard side light", "high contrast"),
    "afraid": ("low angle shadow", "high contrast"),
    "surprised": ("wide eyes", "rim light"),
    "determined": ("rim light", "low angle"),
    "tense": ("hard side light", "shallow depth of field"),
    "tender": ("warm soft light", "shallow depth of field"),
    "smug": ("under light", "slight low angle"),
}


class EmbeddedDirector:
    """Plans scenes by rules in this process; depends on nothing but its arguments."""

    name = "embedded-director"
    version = "1"
    is_local = True

    def plan_scene(self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...]) -> ScenePlan:
        """Return the scene as shots.

        Of the scenes before, only the place and the move of the last shot are looked at: whether the place has to be
        shown again, and which move not to repeat.

        Raises:
            PlanError: Somebody in the scene is no character of the project, a note asks for a shot longer than a clip
                may be, or no clip length is legal.
        """
        cast = _cast_of(project, scene)
        pace = Pace.of(project.delivery.fps, project.delivery.max_clip_frames)
        last = earlier[-1].shots[-1] if earlier and earlier[-1].shots else None
        coverage = Coverage(scene, cast, pace, is_new_place=last is None or last.setting.place != scene.place)
        drafts = fitted(coverage.cover(), scene.target_frames, coverage.cutaway)
        vary_framings(drafts, coverage.blocking)
        set_moves(drafts, coverage.blocking, scene, last.move if last is not None else None)
        return _plan(project, scene, drafts, coverage.blocking, pace)

    def refine_prompt(
        self, project: Project, prompt: str, negative: str, character: str, emotion: str
    ) -> RefinedPrompt:
        """Return the prompt with the project's style, the character's looks and light for the emotion worked in.

        Raises:
            PlanError: The character is none of the project's.
        """
        known = {one.id: one for one in project.characters}
        if character and character not in known:
            raise PlanError(f"no character {character!r} in {project.id}; expected one of {', '.join(sorted(known))}")
        looks = [f"{known[character].name}, {character_words(known[character])}"] if character else []
        trigger = known[character].lora if character else None
        hints = [*looks, *([trigger.trigger] if trigger and trigger.trigger else [])]
        terms = _CINEMATIC.get(emotion, ())
        style = project.style
        keywords = merged_words(style.art_direction, style.positive)
        return RefinedPrompt(
            prompt=merged_words(prompt, *hints, *terms, keywords),
            negative=merged_words(negative, style.negative),
            style_keywords=tuple(keywords.split(", ")) if keywords else (),
            cinematic_terms=terms,
            consistency_hints=tuple(hints),
        )

    def learn(
        self, decision_id: str, prompt: str, scores: Mapping[str, float], tags: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return in words what the scores of a take show; nothing is kept here, the record keeps the words.

        Args:
            scores: 0 to 1 by name.
        """
        about = f" ({', '.join(tags)})" if tags else ""
        if not scores:
            return (f"decision {decision_id}{about}: no scores, nothing to learn",)
        said = [
            f"decision {decision_id}{about}: mean score {sum(scores.values()) / len(scores):.2f} over {len(scores)}"
        ]
        for name, value in sorted(scores.items(), key=lambda item: (item[1], item[0])):
            if value < _POOR_SCORE:
                said.append(f"{name} was poor at {value:.2f}: change what the prompt says about it")
            elif value >= _GOOD_SCORE:
                said.append(f"{name} was good at {value:.2f}: keep it")
        parts = len(set(filter(None, (part.strip() for part in prompt.split(",")))))
        said.append(f"the prompt had {parts} parts")
        return tuple(said)


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


def _plan(project: Project, scene: Scene, drafts: Sequence[Draft], blocking: Blocking, pace: Pace) -> ScenePlan:
    starts = [0]
    for draft in drafts:
        starts.append(starts[-1] + draft.frames)
    lines = tuple(
        PlacedLine(cue.speech.id, cue.speech.character, start + cue.start_frame, cue.window_frames)
        for draft, start in zip(drafts, starts, strict=False)
        for cue in draft.cues
    )
    setting = Setting(scene.place, scene.interior, scene.time_of_day, scene.weather, scene.mood)
    shots = []
    for number, draft in enumerate(drafts):
        transition = _transition(scene.transition, pace) if number == 0 else Transition()
        shot = _shot(scene, setting, draft, blocking, number, transition)
        shot = replace(shot, speech=tuple(_spans(shot, number, drafts, starts)))
        shots.append(
            replace(shot, prompt=shot_prompt(project, shot, draft.wishes), negative=negative_prompt(project, shot))
        )
    return ScenePlan(
        scene=scene.id,
        shots=tuple(shots),
        lines=lines,
        lighting=lighting_words(setting),
        style_keywords=_style_keywords(project, setting),
        arc=_arc(scene, drafts),
    )


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
