"""The mix: every voice and music cue of an episode on one timeline, as one finished sound file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import plain_data, seed_from
from tower_anime_assets.production.planning.briefs import MixAmbience, MixBrief, MixCue, MixVoice
from tower_anime_assets.production.planning.shots import EpisodePlan, Framing
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import approval_state
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_keys, episode_plan
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store.takes import Take

SCENE_FADE_S = 0.75
"""Length of music fades at a scene's start and end; a longer dissolve lengthens it."""


def screen_sides(plan: EpisodePlan) -> dict[str, float]:
    """Return where each line's speaker stands in the picture, -1 (left) to 1 (right), by line id; 0 when unseen."""
    sides: dict[str, float] = {}
    for shot in plan.shots:
        if shot.framing is Framing.INSERT:
            continue
        at = {subject.character: subject.x for subject in shot.subjects}
        for span in shot.speech:
            if span.on_screen:
                sides.setdefault(span.line_id, at.get(span.character, 0.0))
    return sides


def _orders(run: EpisodeRun) -> list[Order[MixBrief]]:
    plan, project, media = episode_plan(run), run.project, run.studio.media
    voices, cues = run.accepted(VOICES), run.accepted(MUSIC)
    brief = _brief(project, plan, voices, cues)
    return [
        Order(
            stage=MIXES.name,
            subject=plan.episode,
            position=StoryPosition(project.id, run.episode.id),
            brief=brief,
            engine=Mixer(),
            measure=partial(_measure, brief),
            thresholds=MIXES.thresholds_for(project),
            reasoning=(
                f"{len(voices)} lines over {len(cues)} cues, music ducked under speech, "
                f"to {brief.loudness_lufs:g} LUFS."
            ),
            inputs={take.files["main"].sha256: media.path_of(take.files["main"].path) for take in (*voices, *cues)},
        )
    ]


def _brief(project: Project, plan: EpisodePlan, voices: Sequence[Take], cues: Sequence[Take]) -> MixBrief:
    """Return the brief of the mix; takes come in the order of their stages' orders."""
    starts = plan.line_starts()
    sides = screen_sides(plan)
    lines = [line for scene in plan.scenes for line in scene.lines]
    return MixBrief(
        fps=plan.fps,
        frames=plan.frames,
        loudness_lufs=project.delivery.loudness_lufs,
        true_peak_dbtp=project.delivery.true_peak_dbtp,
        voices=tuple(
            MixVoice(take.files["main"].sha256, starts[line.line_id][0], round(sides.get(line.line_id, 0.0), 3))
            for line, take in zip(lines, voices, strict=True)
        ),
        cues=tuple(_cues(plan, cues)),
        ambience=tuple(
            MixAmbience(start, scene.frames, scene.shots[0].setting, seed_from(scene.shots[0].setting, project.seed))
            for scene, start in zip(plan.scenes, plan.scene_starts().values(), strict=True)
        ),
    )


def _cues(plan: EpisodePlan, cues: Sequence[Take]) -> list[MixCue]:
    starts = plan.scene_starts()
    fade = round(SCENE_FADE_S * plan.fps)
    mix_cues = []
    for index, (scene, take) in enumerate(zip(plan.scenes, cues, strict=True)):
        last = index == len(plan.scenes) - 1
        after = 0 if last else plan.scenes[index + 1].shots[0].transition.frames
        fade_in = max(fade // 3, scene.shots[0].transition.frames)
        fade_out = plan.fade_out_frames if last else max(fade, after)
        sha256 = take.files["main"].sha256
        mix_cues.append(MixCue(sha256, starts[scene.scene], scene.frames, fade_in, fade_out))
    return mix_cues


def _measure(brief: MixBrief, output: EngineOutput) -> Measurement:
    from tower_anime_assets.media import sound_files
    from tower_anime_assets.quality import sound

    samples = sound_files.read_sound(output.files["main"], SAMPLE_RATE_HZ, channels=2)
    planned_s = brief.frames / brief.fps
    return Measurement(
        sound.mix_measures(samples, SAMPLE_RATE_HZ, planned_s, brief.loudness_lufs, brief.true_peak_dbtp)
    )


@dataclass(frozen=True)
class Mixer:
    """The mixer as an engine: the take is the episode's finished sound."""

    name: str = "house-mixer"
    version: str = "1"
    lanes: int = 1

    def plan_attempt(self, brief: MixBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters; a mixer has nothing to vary."""
        return {"seed": 0, "attempt": number, "frames": brief.frames, "complaints": [str(c) for c in complaints]}

    def make(self, brief: MixBrief, attempt: Attempt) -> EngineOutput:
        """Mix the episode into the attempt's folder."""
        from tower_anime_assets.compile.sound import AmbienceItem, CueItem, MixPlan, VoiceItem, mix_episode

        paths = attempt.inputs
        plan = MixPlan(
            output=attempt.folder / "mix.wav",
            fps=brief.fps,
            frames=brief.frames,
            loudness_lufs=brief.loudness_lufs,
            true_peak_dbtp=brief.true_peak_dbtp,
            voices=tuple(VoiceItem(paths[voice.sha256], voice.start_frame, voice.pan) for voice in brief.voices),
            cues=tuple(
                CueItem(paths[cue.sha256], cue.start_frame, cue.frames, cue.fade_in_frames, cue.fade_out_frames)
                for cue in brief.cues
            ),
            ambience=tuple(AmbienceItem(bed.start_frame, bed.frames, bed.setting, bed.seed) for bed in brief.ambience),
        )
        report = mix_episode(plan)
        return EngineOutput({"main": plan.output}, plain_data(report))


MIXES: Stage[EpisodeRun] = Stage(
    name="mix",
    asset="audio_tracks",
    title="Mix",
    thresholds=thresholds.MIX,
    subjects=episode_keys,
    orders=_orders,
    engine_name=lambda _run: Mixer.name,
    prior_s=3.0,
    builds_on=(SHOT_PLANS, VOICES, MUSIC),
    is_deterministic=True,
    approval=approval_state.MIX,
)
