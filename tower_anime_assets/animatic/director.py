"""The embedded director: plans by film grammar, refines prompts by rule, puts into words what scores show."""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.attempt import NO_CONTEXT, DirectorContext
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.planning.character_words import character_words
from tower_anime_assets.production.planning.prompts import RefinedPrompt, extend_prompt, merge_prompts
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.model import Project, Scene

_GOOD_SCORE, _POOR_SCORE = 0.8, 0.5
_CINEMATIC_TERMS: Mapping[str, tuple[str, ...]] = {
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
    """Plans scenes by rules, in this process; equal arguments give equal plans."""

    name = "embedded-director"
    version = "3"
    is_local = True

    def plan_scene(
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], context: DirectorContext = NO_CONTEXT
    ) -> ScenePlan:
        """Return the scene as shots; `context` is not read.

        Raises:
            PlanError: See `Storyboard`.
        """
        return Storyboard(project, scene, earlier).plan()

    def refine_prompt(
        self,
        project: Project,
        prompt: str,
        negative: str,
        character: str,
        emotion: str,
        *,
        camera_angle: str = "",
        tags: tuple[str, ...] = (),
        spoken: tuple[str, ...] = (),
        context: DirectorContext = NO_CONTEXT,
    ) -> RefinedPrompt:
        """Return the prompt with the project's style, the character's looks and light for the emotion added.

        Camera angle, tags and lines are not read.

        Raises:
            PlanError: The character is not one of the project's.
        """
        characters_by_id = {one.id: one for one in project.characters}
        if character and character not in characters_by_id:
            known = ", ".join(sorted(characters_by_id))
            raise PlanError(f"no character {character!r} in {project.id}; expected one of {known}")
        hints = []
        if character:
            subject = characters_by_id[character]
            hints.append(f"{subject.name}, {character_words(subject)}")
            if subject.lora is not None and subject.lora.trigger:
                hints.append(subject.lora.trigger)
        terms = _CINEMATIC_TERMS.get(emotion, ())
        style = project.style
        keywords = merge_prompts(style.art_direction, style.positive)
        return RefinedPrompt(
            prompt=extend_prompt(
                ", ".join([prompt, *(hint for hint in hints if hint not in prompt)]), *terms, keywords
            ),
            negative=merge_prompts(negative, style.negative),
            style_keywords=tuple(keywords.split(", ")) if keywords else (),
            cinematic_terms=terms,
            consistency_hints=tuple(hints),
        )

    def learn(
        self,
        decision_id: str,
        prompt: str,
        scores: Mapping[str, float],
        tags: tuple[str, ...],
        *,
        feedback: str = "",
        context: DirectorContext = NO_CONTEXT,
    ) -> Lesson:
        """Return sentences about the scores of a take; nothing of it is kept.

        Args:
            decision_id: The decision that made the take.
            prompt: Its prompt.
            scores: 0 to 1 by name.
            tags: What kind of take it was.
            feedback: What a person said about it.
            context: Not read.
        """
        tags_note = f" ({', '.join(tags)})" if tags else ""
        if not scores:
            return Lesson((f"decision {decision_id}{tags_note}: no scores, nothing to learn",))
        sentences = [
            f"decision {decision_id}{tags_note}: mean score {sum(scores.values()) / len(scores):.2f} over {len(scores)}"
        ]
        for name, value in sorted(scores.items(), key=lambda item: (item[1], item[0])):
            if value < _POOR_SCORE:
                sentences.append(f"{name} was poor at {value:.2f}: change what the prompt says about it")
            elif value >= _GOOD_SCORE:
                sentences.append(f"{name} was good at {value:.2f}: keep it")
        parts = len(set(filter(None, (part.strip() for part in prompt.split(",")))))
        sentences.append(f"the prompt had {parts} parts")
        if feedback:
            sentences.append(f"a person said: {feedback}")
        return Lesson(tuple(sentences))

    def release(self) -> None:
        """Do nothing: rules hold nothing."""
