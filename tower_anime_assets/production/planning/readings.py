"""A scene's action as the word tables read it: English as it stands, other languages as English words."""

from __future__ import annotations

from collections.abc import Sequence

from tower_anime_assets.production.languages.detection import ENGLISH, language_of
from tower_anime_assets.production.languages.glosses import Gloss, read_gloss
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.model import Action, Character, Scene


def english_of(text: str) -> str:
    """Return a passage whose scene is not at hand as the tables read it."""
    language = language_of(text)
    return text if language == ENGLISH else read_gloss(text, language).english


class SceneReading:
    """Reads the action of one scene, paragraph by paragraph in its own language."""

    def __init__(self, scene: Scene, cast: Sequence[Character], names: CastNames | None = None) -> None:
        self._cast = cast
        self._names = names
        text = " ".join(beat.text for beat in scene.beats if isinstance(beat, Action))
        self._usual = scene.language or language_of(text)

    def language(self, text: str) -> str:
        """Return the language of a paragraph."""
        return language_of(text, self._usual)

    def gloss(self, text: str, language: str = "") -> Gloss | None:
        """Return a passage as English words, None where it is English.

        Args:
            text: The passage.
            language: That of its paragraph; "" to tell it by the passage.
        """
        language = language or self.language(text)
        if language == ENGLISH:
            return None
        self._names = self._names or CastNames(self._cast)
        spans = tuple((mention.start, mention.end) for mention in self._names.locate_mentions(text))
        return read_gloss(text, language, spans)

    def english(self, text: str) -> str:
        """Return a passage as the tables read it."""
        gloss = self.gloss(text)
        return text if gloss is None else gloss.english
