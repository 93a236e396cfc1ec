"""The master: the cut of accepted clips, the mix and the subtitles, compiled into one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.planning.briefs import Chapter, MasterBrief, Slate, SubtitleText
from tower_anime_assets.production.planning.cut import Cut, CutItem
from tower_anime_assets.production.planning.music_choice import music_credits
from tower_anime_assets.production.planning.shots import EpisodePlan, Framing
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages import approval_state
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.delivery import deliver
from tower_anime_assets.stages.finishing import FINISHING_STAGES, delivered_clips
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.line_windows import episode_language
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_keys, episode_plan
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.thumbnails import write_thumbnail
from tower_anime_assets.stages.voices import VOICES, lines_by_id
from tower_anime_assets.store.audit import ChainMark
from tower_anime_assets.store.takes import Take


@dataclass(frozen=True)
class Parts:
    """What a master is compiled from: the plan, accepted clips in shot order, voices in line order, the mix."""

    plan: EpisodePlan
    clips: tuple[Take, ...]
    voices: tuple[Take, ...]
    mix: Take


def cut_of(plan: EpisodePlan, clips: tuple[Take, ...]) -> Cut:
    """Return the cut: every shot's whole clip, entering as planned."""
    items = tuple(
        CutItem(shot.key, take.files["main"].sha256, 0, shot.frames, shot.transition)
        for shot, take in zip(plan.shots, clips, strict=True)
    )
    return Cut(plan.fps, items, plan.fade_out_frames)


def subtitles_of(project: Project, episode: Episode, parts: Parts) -> tuple[SubtitleText, ...]:
    """Return every line with its time on the timeline and its words' times."""
    speeches = lines_by_id(episode)
    starts = parts.plan.line_starts()
    lines = [line for scene in parts.plan.scenes for line in scene.lines]
    subtitles = []
    for line, take in zip(lines, parts.voices, strict=True):
        speech = speeches[line.line_id]
        start, window = starts[line.line_id]
        words = tuple(
            (str(word["text"]), float(word["start_s"]), float(word["end_s"])) for word in take.details["words"]
        )
        name = project.character(speech.character).name
        subtitles.append(
            SubtitleText(speech.id, name, speech.text, start, start + window, words, speech.is_off_screen, speech.dual)
        )
    return tuple(subtitles)


def chapters_of(episode: Episode, plan: EpisodePlan) -> tuple[Chapter, ...]:
    """Return a chapter per scene; each ends where the next begins."""
    starts = list(plan.scene_starts().values())
    ends = [*starts[1:], plan.frames]
    headings = {scene.id: scene.heading for scene in episode.scenes}
    return tuple(
        Chapter(f"{index + 1}. {headings[scene.scene]}", start, end)
        for index, (scene, start, end) in enumerate(zip(plan.scenes, starts, ends, strict=True))
    )


def poster_frame(plan: EpisodePlan) -> int:
    """Return the frame for the poster: the middle of the first close-up of a person, otherwise of the episode."""
    starts = plan.shot_starts()
    for shot in plan.shots:
        if shot.framing is Framing.CLOSE_UP and any(not subject.is_foreground for subject in shot.subjects):
            return starts[shot.key] + shot.frames // 2
    return plan.frames // 2


def slates_of(run: EpisodeRun, plan: EpisodePlan) -> tuple[Slate, ...]:
    """Return a mark for every shot with a take in it that is not accepted; none except in a run of the best takes."""
    reasons: dict[str, list[str]] = {}

    def add(stage: Stage[Any], shots_by_subject: Mapping[str, Sequence[str]]) -> None:
        for outcome in run.rejected(stage):
            gates = ", ".join(dict.fromkeys(verdict.gate for verdict in outcome.failed))
            for shot in shots_by_subject[outcome.subject]:
                reasons.setdefault(shot, []).append(f"{stage.name}: {gates}")

    by_shot = {shot.key: [shot.key] for shot in plan.shots}
    by_scene = {scene.scene: [shot.key for shot in scene.shots] for scene in plan.scenes}
    by_line: dict[str, list[str]] = {}
    for shot in plan.shots:
        for span in shot.speech:
            by_line.setdefault(span.line_id, []).append(shot.key)
    add(SHOT_PLANS, by_scene)
    add(KEYFRAMES, by_shot)
    add(CLIPS, by_shot)
    for stage in FINISHING_STAGES:
        add(stage, by_shot)
    add(VOICES, by_line)
    add(MUSIC, by_scene)
    add(MIXES, {run.key: list(by_shot)})
    return tuple(Slate(shot.key, "; ".join(reasons[shot.key])) for shot in plan.shots if shot.key in reasons)


def _orders(run: EpisodeRun) -> list[Order[MasterBrief]]:
    # The head of the audit chain is written into the file but is not in the brief, since it always grows. It is read
    # first: the master does not vouch for anything recorded after this point.
    chain = run.studio.chain_mark
    project, episode, media = run.project, run.episode, run.studio.media
    (mix,) = run.accepted(MIXES)
    parts = Parts(episode_plan(run), delivered_clips(run), run.accepted(VOICES), mix)
    brief = MasterBrief(
        title=episode.title,
        cut=cut_of(parts.plan, parts.clips),
        mix_sha256=parts.mix.files["main"].sha256,
        subtitles=subtitles_of(project, episode, parts),
        chapters=chapters_of(episode, parts.plan),
        language=episode_language(project, episode),
        delivery=project.delivery,
        poster_frame=poster_frame(parts.plan),
        slates=slates_of(run, parts.plan),
        credits=music_credits(project, episode),
    )
    return [
        Order(
            stage=MASTERS.name,
            subject=episode.key,
            position=StoryPosition(project.id, episode.id),
            brief=brief,
            engine=Compiler(project.title, episode.key, chain),
            measure=partial(_measure, brief),
            thresholds=MASTERS.thresholds_for(project),
            reasoning=f"{len(parts.clips)} clips, {brief.cut.frames} frames at {brief.cut.fps} fps.",
            inputs={
                take.files["main"].sha256: media.path_of(take.files["main"].path) for take in (*parts.clips, parts.mix)
            },
        )
    ]


@dataclass(frozen=True)
class Compiler:
    """The compiler as an engine: the take is the master, with subtitles and poster beside it.

    Attributes:
        show: Title of the project.
        chain: Where the audit chain stands.
    """

    show: str
    episode: str
    chain: ChainMark
    name: str = "house-compiler"
    version: str = "2"  # 2: chapters of any length
    lanes: int = 1

    def plan_attempt(self, brief: MasterBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters; a compiler has nothing to vary."""
        return {"seed": 0, "attempt": number, "frames": brief.cut.frames, "complaints": [str(c) for c in complaints]}

    def make(self, brief: MasterBrief, attempt: Attempt) -> EngineOutput:
        """Compile the episode into the attempt's folder."""
        from tower_anime_assets.compile.master import MasterJob, compile_master

        job = MasterJob(
            cut=brief.cut,
            clips=attempt.inputs,
            mix=attempt.inputs[brief.mix_sha256],
            subtitles=brief.subtitles,
            chapters=brief.chapters,
            title=brief.title,
            show=self.show,
            episode=self.episode,
            language=brief.language,
            chain_head=str(self.chain),
            poster_frame=brief.poster_frame,
            folder=attempt.folder,
            slates=brief.slates,
            credits=brief.credits,
            progress=attempt.report_progress,
        )
        files = compile_master(job)
        return EngineOutput(
            {"main": files.master, "srt": files.srt, "vtt": files.vtt, "poster": files.poster},
            {
                "cut": plain_data(brief.cut),
                "chain_head": self.chain.head_sha256,
                "encoded_frames": files.encoded_frames,
                "cues": len(files.cues),
                **({"credits": list(brief.credits)} if brief.credits else {}),
            },
        )


def _measure(brief: MasterBrief, output: EngineOutput) -> Measurement:
    from tower_anime_assets.compile.master import measure_master
    from tower_anime_assets.compile.picture import planned_black_ranges
    from tower_anime_assets.media import pictures
    from tower_anime_assets.quality.master import MasterPlan

    path = output.files["main"]
    delivery = brief.delivery
    plan = MasterPlan(
        frames=brief.cut.frames,
        fps=brief.cut.fps,
        width_px=delivery.width_px,
        height_px=delivery.height_px,
        loudness_lufs=delivery.loudness_lufs,
        true_peak_dbtp=delivery.true_peak_dbtp,
        dark=planned_black_ranges(brief.cut),
        lines=brief.subtitles,
        chapters=brief.chapters,
    )
    measures = measure_master(path, plan)
    values = {**measures.values, "unaccepted_shots": float(len(brief.slates))}
    thumbnail = write_thumbnail(path, pictures.read_picture(output.files["poster"]))
    return Measurement(values, {"findings": plain_data(measures.details)}, thumbnail)


MASTERS: Stage[EpisodeRun] = Stage(
    name="master",
    asset="compiled_episodes",
    title="Master",
    version="2",
    thresholds=thresholds.MASTER,
    subjects=episode_keys,
    orders=_orders,
    engine_name=lambda _run: Compiler.name,
    prior_s=8.0,
    builds_on=(SHOT_PLANS, CLIPS, *FINISHING_STAGES, VOICES, MIXES),
    is_deterministic=True,
    deliver=deliver,
    approval=approval_state.MASTER,
)
