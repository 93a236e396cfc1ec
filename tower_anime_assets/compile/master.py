"""The master: picture, mix, subtitles and chapters of an episode in one file, with subtitle files and a poster."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tower_anime_assets.compile.picture import join_cut
from tower_anime_assets.compile.slates import mark_cut
from tower_anime_assets.compile.subtitles import SubtitleCue, build_cues, to_srt, to_webvtt
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.chapters import read_chapter_tables
from tower_anime_assets.media.frames import frame_at, luma_frames, probe
from tower_anime_assets.media.mux import (
    MuxInputs,
    chapter_title,
    encode_sound,
    mux,
    read_sound_chunks,
    read_subtitles,
    track_language,
)
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.planning.briefs import Chapter, Slate, SubtitleText
from tower_anime_assets.production.planning.cut import Cut
from tower_anime_assets.quality.master import MasterMeasures, MasterPlan, master_measures

CHAIN_COMMENT = "audit chain "
"""How the comment of a master begins; where the audit chain stood follows."""

_PICTURE_PROGRESS = 0.85  # share of the time spent on the picture, measured on 24 clips with dissolves


@dataclass(frozen=True)
class MasterJob:
    """Everything that a master is compiled from.

    Attributes:
        cut: Accepted takes in order.
        clips: Path of every clip of the cut by the SHA-256 of its file.
        mix: The sound, a WAV file.
        subtitles: Every line with the times of its words; empty without speech.
        chapters: One per scene.
        title: Title of the episode.
        show: Title of the project.
        episode: Key of the episode, such as `nexus-e01`.
        language: BCP 47 tag of the spoken language.
        chain_head: Where the audit chain stands, as text; stored in the comment of the file.
        poster_frame: Frame that becomes the poster.
        folder: Existing folder for the files.
        slates: Marks in the picture for shots whose takes are not accepted.
        credits: Whom the music is by, for the description in the file.
        progress: Called with 0..1 and a short description.
    """

    cut: Cut
    clips: Mapping[str, Path]
    mix: Path
    subtitles: tuple[SubtitleText, ...]
    chapters: tuple[Chapter, ...]
    title: str
    show: str
    episode: str
    language: str
    chain_head: str
    poster_frame: int
    folder: Path
    slates: tuple[Slate, ...] = ()
    credits: tuple[str, ...] = ()
    progress: Callable[[float, str], None] = lambda _part, _words: None


@dataclass(frozen=True)
class MasterFiles:
    """The result of `compile_master`.

    Attributes:
        master: The episode, MP4.
        srt: Its subtitles as SubRip.
        vtt: Its subtitles as WebVTT.
        poster: The poster, PNG.
        cues: Its subtitles.
        frames: Frames of the picture.
        encoded_frames: Frames that were encoded again; all others were copied.
    """

    master: Path
    srt: Path
    vtt: Path
    poster: Path
    cues: tuple[SubtitleCue, ...]
    frames: int
    encoded_frames: int


def compile_master(job: MasterJob) -> MasterFiles:
    """Compile an episode without judging it; the same job gives the same bytes.

    Incomplete files never appear in the folder.

    Raises:
        PlanError: The cut, the chapters, the poster or the language is invalid.
        MediaError: A clip or the mix cannot be read or joined, or the folder cannot be written.
    """
    _check_job(job)
    cues = build_cues(job.subtitles, job.cut.fps, job.cut.frames)
    try:
        work_folder = Path(tempfile.mkdtemp(dir=job.folder, prefix=".part-"))
    except OSError as error:
        raise MediaError(
            f"cannot write {job.folder}: {error.strerror}. Make the folder, or make it writable"
        ) from error
    try:
        files = _compile_into(work_folder, job, cues)
        return _move_to_folder(files, job.folder)
    except OSError as error:
        raise MediaError(
            f"cannot write {job.folder}: {error.strerror}. Free some space, or make it writable"
        ) from error
    finally:
        shutil.rmtree(work_folder, ignore_errors=True)


def measure_master(master: Path, plan: MasterPlan, threads: int = 0) -> MasterMeasures:
    """Return the measures of a finished file, which is decoded once.

    Args:
        master: The MP4.
        plan: What it is measured against.
        threads: Decoder threads; 0 for one per core.

    Raises:
        MediaError: The file cannot be read completely.
    """
    titled = tuple(replace(chapter, title=chapter_title(chapter.title)) for chapter in plan.chapters)
    return master_measures(
        replace(plan, chapters=titled),
        probe(master),
        read_chapter_tables(master),
        read_subtitles(master),
        luma_frames(master, threads),
        read_sound_chunks(master),
    )


def _check_job(job: MasterJob) -> None:
    frame_count = job.cut.frames
    track_language(job.language)  # raises for an unknown language before minutes of work
    if not 0 <= job.poster_frame < frame_count:
        raise PlanError(f"the poster is frame {job.poster_frame}; expected a frame from 0 to {frame_count - 1}")
    previous_end_frame = 0
    for chapter in job.chapters:
        if not previous_end_frame <= chapter.start_frame < chapter.end_frame <= frame_count:
            raise PlanError(
                f"chapter {chapter.title!r} has frames {chapter.start_frame} to {chapter.end_frame}; expected a start "
                f"from {previous_end_frame} on and an end up to {frame_count}"
            )
        previous_end_frame = chapter.end_frame


def _compile_into(folder: Path, job: MasterJob, cues: tuple[SubtitleCue, ...]) -> MasterFiles:
    fps = job.cut.fps
    picture, sound = folder / "picture.mp4", folder / "sound.mp4"
    with ThreadPoolExecutor(1) as executor:
        sound_encoding = executor.submit(encode_sound, job.mix, sound)
        cut, clips = mark_cut(job.cut, job.clips, job.slates, folder)
        joined = join_cut(
            cut, clips, picture, lambda share: job.progress(share * _PICTURE_PROGRESS, "joining the clips")
        )
        sound_encoding.result()
    poster = folder / "poster.png"
    write_png(poster, frame_at(picture, job.poster_frame))
    srt_path, vtt_path = folder / "master.srt", folder / "master.vtt"
    srt_path.write_text(to_srt(cues, fps), encoding="utf-8")
    vtt_path.write_text(to_webvtt(cues, fps), encoding="utf-8")
    job.progress(_PICTURE_PROGRESS, "adding sound and subtitles")
    master = folder / "master.mp4"
    mux(
        MuxInputs(
            picture=picture,
            sound=sound,
            subtitles=srt_path if cues else None,
            language=job.language,
            fps=fps,
            chapters=job.chapters,
            metadata={
                "title": job.title,
                "show": job.show,
                "episode_id": job.episode,
                "comment": f"{CHAIN_COMMENT}{job.chain_head}",
                **({"description": f"Music: {'; '.join(job.credits)}"} if job.credits else {}),
            },
        ),
        master,
    )
    job.progress(1.0, "compiled")
    return MasterFiles(master, srt_path, vtt_path, poster, cues, joined.frames, joined.encoded_frames)


def _move_to_folder(files: MasterFiles, folder: Path) -> MasterFiles:
    """Move the files to their final names, the master last, so that it is never there without the others."""
    srt_path, vtt_path, poster, master = (
        path.replace(folder / path.name) for path in (files.srt, files.vtt, files.poster, files.master)
    )
    return MasterFiles(master, srt_path, vtt_path, poster, files.cues, files.frames, files.encoded_frames)
