"""Which scenes take a music file of the show, and which file; what is said of scenes that none suits."""

from __future__ import annotations

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.story.model import Episode, MusicFile, Project, Scene

_LIBRARY_CHOICES = ("auto", "library")


def choose_music_file(project: Project, scene: Scene) -> MusicFile | None:
    """Return the file that a scene's cue is cut from, None where it is made.

    A file that the script names comes first. Words for the music ask for a made cue. Of several files for a mood,
    scenes of one place take the same.
    """
    if scene.music_file is not None:
        return scene.music_file
    if project.engines.music not in _LIBRARY_CHOICES or scene.music or scene.tempo_bpm:
        return None
    suitable = [one for one in project.music if scene.mood in one.moods]
    if not suitable:
        return None
    return suitable[seed_from("music file", project.id, project.seed, scene.mood, scene.place) % len(suitable)]


def music_warnings(project: Project, episode: Episode) -> tuple[StoryWarning, ...]:
    """Return a warning for every scene of a show with a library whose mood no file has; a note where that is `auto`."""
    if project.engines.music not in _LIBRARY_CHOICES or not project.music:
        return ()
    file = f"{project.id}/episodes/{episode.id}.fountain"
    return tuple(
        StoryWarning(
            file,
            scene.line,
            f"no file of music/music.yaml is for the mood {scene.mood!r}",
            "the music of the scene is made",
            f"Add {scene.mood} to the moods of a file, or name one: [[music: file:theme.wav]].",
            is_note=project.engines.music == "auto",
        )
        for scene in episode.scenes
        if choose_music_file(project, scene) is None and not scene.music and not scene.tempo_bpm
    )


def music_credits(project: Project, episode: Episode) -> tuple[str, ...]:
    """Return whom the music files of an episode are by, a sentence for each file."""
    chosen = [one for scene in episode.scenes if (one := choose_music_file(project, scene)) is not None]
    return tuple(dict.fromkeys(credit_of(one) for one in chosen))


def credit_of(music: MusicFile) -> str:
    """Return the credit of a file: as it is written, else from title, composer and licence."""
    if music.credit:
        return music.credit
    by = f" by {music.composer}" if music.composer else ""
    return f"{music.title}{by}" + (f", {music.licence}" if music.licence else "")
