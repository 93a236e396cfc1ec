"""The embedded composer as an engine: brief in, stereo WAV out."""

from __future__ import annotations

import time
from typing import Any

from tower_anime_assets.animatic.composer.moods import nearest_mood, palette_for
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.verdicts import Verdict

_LENGTHS_S = (0.2, 1800.0)
_NOTE_NAMES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")


class EmbeddedComposer:
    """Composes cues by rule and plays them from a sound font; needs no service."""

    name = "embedded-composer"
    version = "2"
    lanes = LANES

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the mood and the seed: the brief's own at first, then another for each attempt."""
        seed = brief.seed if number == 1 else seed_from("music", brief.seed, number)
        return {"seed": seed, "mood": nearest_mood(brief.mood)}

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        """Compose and synthesize the cue into a stereo WAV of exactly the brief's length, to the sample.

        Raises:
            MediaError: The length is out of range, or the cue could not be synthesized or written.
        """
        from tower_anime_assets.animatic.composer.score import compose_score
        from tower_anime_assets.animatic.composer.synthesis import render_score
        from tower_anime_assets.media.sound_files import write_wav

        if not _LENGTHS_S[0] <= brief.length_s <= _LENGTHS_S[1]:
            raise MediaError(
                f"a cue of {brief.length_s:g} s cannot be composed; expected {_LENGTHS_S[0]:g} to {_LENGTHS_S[1]:g} s. "
                "Change the length of the scene"
            )
        cpu_start_s = time.thread_time()
        palette = palette_for(brief.mood, brief.words, brief.tempo_bpm)
        score = compose_score(
            palette, brief.length_s, brief.has_speech, int(attempt.parameters["seed"]), brief.show_seed
        )
        attempt.report_progress(0.2, f"{len(score.notes)} notes written")
        path = attempt.folder / "cue.wav"
        write_wav(path, render_score(score, palette))
        details = {
            "key": f"{_NOTE_NAMES[score.tonic % 12]} {palette.mode}",
            "mood": nearest_mood(brief.mood),
            "tempo_bpm": round(60 / score.form.beat_s, 2),
            "bars": score.form.bars,
            "last_chord_s": round(score.form.end_s, 3),
            "notes": len(score.notes),
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - cpu_start_s)
