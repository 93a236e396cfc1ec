"""What is to be said of lines that cannot be spoken as they are written."""

from __future__ import annotations

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.readers import is_pause, unreadable_words
from tower_anime_assets.production.planning.timing import PAUSE_S
from tower_anime_assets.production.story.model import Episode, Speech
from tower_anime_assets.production.story.source import shorten

_PAUSE_MARKS = frozenset(".…—–-―‥・。 \t\n")


def line_warnings(episode: Episode) -> tuple[StoryWarning, ...]:
    """Return a note for every pause, and a warning for every line with words or signs that no voice reads."""
    file = f"{episode.project}/episodes/{episode.id}.fountain"
    lines = (speech for scene in episode.scenes for speech in scene.speeches)
    return tuple(warning for speech in lines if (warning := _warning_of(speech, file)) is not None)


def _warning_of(speech: Speech, file: str) -> StoryWarning | None:
    if words := unreadable_words(speech.text):
        instead = f"{'the line is' if is_pause(speech.text) else 'they are'} silent and only in the subtitles"
        remedy = "Write it in letters that the embedded voice reads, or have a voice service speak the lines."
        problem = f"no voice reads {', '.join(map(repr, map(shorten, words[:4])))}"
        return StoryWarning(file, speech.line, problem, instead, remedy)
    if not is_pause(speech.text):
        return None
    excerpt = shorten(speech.text)
    if set(speech.text) <= _PAUSE_MARKS:
        instead = f"{PAUSE_S:g} s of silence are kept for it"
        return StoryWarning(file, speech.line, f"the line {excerpt!r} is a pause", instead, is_note=True)
    instead = f"it is a pause of {PAUSE_S:g} s, and in the subtitles"
    remedy = "Write the sound in letters to have it heard, such as `Huh?`."
    return StoryWarning(file, speech.line, f"the line {excerpt!r} has no words", instead, remedy)
