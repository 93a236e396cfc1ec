"""Cues cut from music files of the show: conformed, fitted to the cue's length, brought to the level of made cues."""

from __future__ import annotations

import shutil
import time
from typing import Any

from tower_anime_assets.engines.music_fitting import fit_music
from tower_anime_assets.engines.remote.sounds import DecodedSound, clipping_offset_db, decode_sound, normalize_loudness
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MUSIC_INPUT, MusicBrief
from tower_anime_assets.production.verdicts import Verdict

MAX_FILE_S = 3600.0


class MusicLibrary:
    """Makes cues of files; the same file and length give the same cue."""

    name = "music-library"
    version = "1"
    lanes = 2

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters: softer after a complaint about clipping."""
        source = brief.source
        return {
            "seed": brief.seed,
            "file_sha256": source.sha256 if source else "",
            "length_s": brief.length_s,
            "softer_db": clipping_offset_db(complaints, number),
        }

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        """Cut the cue from its file and write it as a stereo WAV at the mezzanine's rate and level.

        Raises:
            PlanError: The brief names no file.
            MediaError: The file cannot be read, has changed since it was chosen, or is too short.
        """
        if brief.source is None:
            raise PlanError("the music library makes cues of files, and this brief names none")
        cpu_start_s = time.thread_time()
        original = attempt.inputs[MUSIC_INPUT]
        copy = attempt.folder / f"source{original.suffix}"  # headers may be repaired, never in a person's file
        try:
            shutil.copyfile(original, copy)
        except OSError as error:
            raise MediaError(f"{original} cannot be read: {error.strerror}. Put it back, or name another") from error
        if sha256_of(copy) != brief.source.sha256:
            raise MediaError(f"{original} has changed since the episode was read. Run again")
        sound = decode_sound(copy, 2, MAX_FILE_S)
        copy.unlink()
        fitted = fit_music(sound.samples, round(brief.length_s * SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
        # Released music is often clipped on purpose: at the level of a cue, its tops are no longer at full scale.
        levelled = DecodedSound(fitted.samples, 0, sound.container, sound.source_rate_hz)
        samples, gain_db = normalize_loudness(levelled, float(attempt.parameters["softer_db"]))
        path = attempt.folder / "cue.wav"
        write_wav(path, samples)
        source = brief.source
        details = {
            "title": source.title,
            "composer": source.composer,
            "licence": source.licence,
            "credit": source.credit,
            "file": original.name,
            "file_sha256": source.sha256,
            "mood": brief.mood,
            "length_s": round(len(samples) / SAMPLE_RATE_HZ, 4),
            "file_length_s": round(len(sound.samples) / SAMPLE_RATE_HZ, 4),
            "fit": fitted.description,
            "joints_s": [round(joint / SAMPLE_RATE_HZ, 3) for joint in fitted.joint_samples],
            "fade_s": round(fitted.fade_samples / SAMPLE_RATE_HZ, 3),
            "gain_db": round(gain_db, 2),
            "clipped_on_arrival": sound.clipped_samples,
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - cpu_start_s)
