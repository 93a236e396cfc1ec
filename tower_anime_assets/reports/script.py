"""What was understood of a screenplay: scenes with their set-up, lines with their places in time, and what was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from tower_anime_assets.engines import factory
from tower_anime_assets.engines.protocols import MeasuringVoice
from tower_anime_assets.errors import MAX_REPORTED, Fault, StoryWarning
from tower_anime_assets.media import show_files
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Action, Episode, Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.ingest import threshold_faults
from tower_anime_assets.stages.line_windows import measure_lines, unspeakable_faults, with_windows
from tower_anime_assets.stages.story_warnings import story_warnings


@dataclass(frozen=True)
class ScriptReport:
    """What was understood of an episode.

    Attributes:
        duration_s: Length of the episode as the embedded director plans it; 0 if there are faults.
        scenes: Each scene as `--json` prints it.
        is_unaccepted: Whether it is a draft that nobody has accepted.
    """

    episode: str
    title: str
    duration_s: float
    scenes: tuple[dict[str, Any], ...]
    faults: tuple[Fault, ...]
    warnings: tuple[StoryWarning, ...]
    is_unaccepted: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the report as `--json` prints it."""
        return {
            "episode": self.episode,
            "title": self.title,
            "duration_s": self.duration_s,
            "is_draft": self.is_unaccepted,
            "scenes": list(self.scenes),
            "faults": [asdict(fault) for fault in self.faults[:MAX_REPORTED]],
            "fault_count": len(self.faults),
            "warnings": [asdict(warning) for warning in self.warnings[:MAX_REPORTED]],
            "warning_count": len(self.warnings),
        }


def read_script(settings: Settings, key: EpisodeKey, edits: Mapping[str, str] | None = None) -> ScriptReport:
    """Return what was understood of an episode as its files are now; starts no service and writes no record.

    Args:
        settings: Where the files are.
        key: The episode.
        edits: Texts that are read instead of files, by their paths from the show's folder: what is not saved yet.

    Raises:
        StoryError: There is no such project.
        MediaError: The embedded voice could not be asked for the length of a line.
    """
    return replace(_read(settings, key, edits), is_unaccepted=show_files.is_unaccepted(settings.projects, key))


def _read(settings: Settings, key: EpisodeKey, edits: Mapping[str, str] | None) -> ScriptReport:
    draft = show_files.draft_episode_files(settings.projects, key, reads_unaccepted=True, edits=edits)
    project, episode = draft.project, draft.episode
    faults = (*draft.faults, *threshold_faults(project))
    if episode is None:
        return ScriptReport(str(key), key.episode, 0.0, (), faults, project.warnings)
    warnings = story_warnings(project, episode, settings)
    if faults:
        return ScriptReport(str(key), episode.title, 0.0, tuple(_scenes_as_json(episode, {}, 1)), faults, warnings)
    fps = project.delivery.fps
    voice = _voice_of(project, settings)
    lengths_s = measure_lines(project, episode, voice, settings.home) if voice is not None else {}
    faults = tuple(unspeakable_faults(project, episode, lengths_s))
    episode = with_windows(project, episode, lengths_s)
    frames, line_starts = _place_lines(project, episode)
    scenes = tuple(_scenes_as_json(episode, line_starts, fps, is_measured=bool(lengths_s)))
    return ScriptReport(str(key), episode.title, round(frames / fps, 3), scenes, faults, warnings)


def _voice_of(project: Project, settings: Settings) -> MeasuringVoice | None:
    """Return the voice that can be asked how long lines are; None for a service, whose windows are estimates."""
    if not factory.is_embedded("voice", project.engines, settings):
        return None
    voice = factory.build_voice(factory.EMBEDDED, settings)
    return voice if isinstance(voice, MeasuringVoice) else None


def _place_lines(project: Project, episode: Episode) -> tuple[int, dict[str, tuple[int, int]]]:
    """Return the episode's length, and each line's start and window by its id, frames, as film grammar plans them.

    A director service may place them otherwise; it cannot be asked without making a decision.
    """
    plans: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        plans += (Storyboard(project, scene, plans).plan(),)
    plan = assemble_episode(project, episode, plans)
    return plan.frames, plan.line_starts()


def _scenes_as_json(
    episode: Episode, line_starts: dict[str, tuple[int, int]], fps: int, *, is_measured: bool = False
) -> list[dict[str, Any]]:
    """Return the scenes; lines without a start have null for their times."""
    return [
        {
            "id": scene.id,
            "heading": scene.heading,
            "place": scene.place,
            "time_of_day": scene.time_of_day,
            "interior": scene.interior,
            "weather": scene.weather,
            "mood": scene.mood,
            "cast": list(scene.cast),
            "actions": [beat.text for beat in scene.beats if isinstance(beat, Action)],
            "lines": [
                {
                    "id": speech.id,
                    "character": speech.character,
                    "text": speech.text,
                    "start_s": round(line_starts[speech.id][0] / fps, 3) if speech.id in line_starts else None,
                    "window_s": round(line_starts[speech.id][1] / fps, 3) if speech.id in line_starts else None,
                    "measured": is_measured,
                }
                for speech in scene.speeches
            ],
        }
        for scene in episode.scenes
    ]
