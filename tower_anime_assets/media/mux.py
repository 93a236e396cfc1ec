"""Muxing of picture, sound, subtitles and chapters into one MP4, and reading its subtitles and sound back.

The picture is copied, the sound encoded once. The content of the streams is the callers' business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.chapters import shorten_title
from tower_anime_assets.media.frames import EMPTY_CUE_BYTES, open_container
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ, TICKS_PER_FRAME
from tower_anime_assets.production.planning.briefs import Chapter
from tower_anime_assets.quality.video_facts import EmbeddedCue

SOUND_BITS_PER_S = 192_000

MOVIE_TICKS_PER_FRAME = 1000
"""The movie's time scale, and so that of the track of chapters, is fps times this.

Left alone, ffmpeg gives that track the least common multiple of all tracks' time bases, 192,000,000 with subtitles at
24 frames per second, in which a chapter of over 11 seconds does not fit; it is dropped with a warning and exit code 0.
"""

_METADATA_ESCAPED = "=;#\\\n"

_LANGUAGES = (
    "af:afr am:amh ar:ara az:aze be:bel bg:bul bn:ben bs:bos ca:cat cmn:zho cs:ces cy:cym da:dan de:deu el:ell "
    "en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun "
    "hy:hye id:ind is:isl it:ita ja:jpn ka:kat kk:kaz km:khm kn:kan ko:kor ku:kur ky:kir la:lat lo:lao lt:lit "
    "lv:lav mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya nb:nob ne:nep nl:nld nn:nno no:nor pa:pan pl:pol "
    "ps:pus pt:por ro:ron ru:rus si:sin sk:slk sl:slv sq:sqi sr:srp sv:swe sw:swa ta:tam te:tel tg:tgk th:tha "
    "tk:tuk tr:tur tt:tat uk:ukr ur:urd uz:uzb vi:vie yue:zho zh:zho zu:zul"
)
_ISO_639_2 = dict(pair.split(":") for pair in _LANGUAGES.split())
"""BCP 47 language codes and their ISO 639-2/T codes, which MP4 tracks use."""


@dataclass(frozen=True)
class MuxInputs:
    """The streams and tags of a file.

    Attributes:
        picture: MP4 whose picture stream is copied.
        sound: MP4 whose sound stream is copied, as `encode_sound` writes it.
        subtitles: SubRip file for the soft subtitle track, or None for a film without speech.
        language: BCP 47 tag of sound and subtitles.
        fps: Rate of the picture, frames per second.
        chapters: In order.
        metadata: Tags of the file by ffmpeg's names: `title`, `show`, `episode_id`, `comment`.
    """

    picture: Path
    sound: Path
    subtitles: Path | None
    language: str
    fps: int
    chapters: Sequence[Chapter]
    metadata: Mapping[str, str]


def encode_sound(wave: Path, out: Path) -> None:
    """Encode a WAV as AAC-LC, 48 kHz, 192 kbit/s, in an MP4 of its own; the same WAV gives the same bytes.

    Args:
        wave: The WAV.
        out: The file to write; replaced if it exists, removed on failure.

    Raises:
        MediaError: The WAV cannot be read, or the file cannot be written.
    """
    codec = ["-c:a", "aac", "-profile:a", "aac_low", "-b:a", str(SOUND_BITS_PER_S), "-ar", str(SAMPLE_RATE_HZ)]
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "mp4"]
    arguments = ["-f", "wav", "-i", ffmpeg.file_url(wave), *codec, *exact, ffmpeg.file_url(out)]
    try:
        ffmpeg.run(arguments, subject=f"encode {wave.name}")
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def mux(streams: MuxInputs, out: Path) -> None:
    """Write a fast-start MP4; the same streams give the same bytes.

    Args:
        streams: The streams and tags of the file.
        out: The file to write; replaced if it exists, removed on failure.

    Raises:
        PlanError: The language is not known.
        MediaError: A stream cannot be read, or the file cannot be written.
    """
    language = track_language(streams.language)
    chapters_file = out.with_name(f".{out.stem}-chapters.txt")
    inputs = [
        *("-f", "mov", "-i", ffmpeg.file_url(streams.picture)),
        *("-f", "mov", "-i", ffmpeg.file_url(streams.sound)),
        *("-f", "ffmetadata", "-i", ffmpeg.file_url(chapters_file)),
    ]
    maps = ["-map", "0:v:0", "-map", "1:a:0", "-map_metadata:g", "-1", "-map_chapters", "2"]
    if streams.subtitles is not None:
        inputs += ["-f", "srt", "-i", ffmpeg.file_url(streams.subtitles)]
        maps += ["-map", "3:s:0", "-c:s", "mov_text", "-metadata:s:s:0", f"language={language}"]
    metadata_options = [
        option for name, value in streams.metadata.items() for option in ("-metadata", f"{name}={_single_line(value)}")
    ]
    arguments = [
        *inputs,
        *maps,
        *("-c:v", "copy", "-c:a", "copy", "-metadata:s:a:0", f"language={language}", *metadata_options),
        *("-fflags", "+bitexact", "-flags:a", "+bitexact", "-movflags", "+faststart"),
        *("-video_track_timescale", str(streams.fps * TICKS_PER_FRAME)),
        *("-movie_timescale", str(streams.fps * MOVIE_TICKS_PER_FRAME), "-f", "mp4", ffmpeg.file_url(out)),
    ]
    try:
        chapters_file.write_text(_ffmetadata(streams.chapters, streams.fps), encoding="utf-8")
        ffmpeg.run(arguments, subject=f"mux {out.name}")
    except OSError as error:
        raise MediaError(
            f"cannot write {chapters_file}: {error.strerror}. Free some space or make it writable"
        ) from error
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    finally:
        chapters_file.unlink(missing_ok=True)


def track_language(tag: str) -> str:
    """Return the ISO 639-2/T code, which MP4 tracks use, of a BCP 47 tag.

    Raises:
        PlanError: The language is unknown.
    """
    code = tag.replace("_", "-").split("-")[0].lower()
    if code in _ISO_639_2:
        return _ISO_639_2[code]
    if code in _ISO_639_2.values():
        return code
    raise PlanError(f"language {tag!r} is unknown; expected a BCP 47 tag such as en, ja or pt-BR")


def read_subtitles(path: Path) -> tuple[EmbeddedCue, ...]:
    """Return the cues of a file's first subtitle track, in order; () without such a track.

    Raises:
        MediaError: The file cannot be read, or its track is not in the MP4 text format.

    Source:
        3GPP TS 26.245, 5.17: a text sample is a length in 16 bits, that many bytes of UTF-8, then optional boxes.
    """
    with open_container(path) as container:
        if not container.streams.subtitles:
            return ()
        track = container.streams.subtitles[0]
        if track.codec_context.name != "mov_text" or track.time_base is None:
            raise MediaError(f"{path} has subtitles in {track.codec_context.name}; expected mov_text")
        cues = []
        for packet in container.demux(track):
            if packet.pts is None or packet.size <= EMPTY_CUE_BYTES:
                continue
            data = bytes(packet)
            text = data[2 : 2 + int.from_bytes(data[:2], "big")].decode("utf-8", "replace")
            end = packet.pts + (packet.duration or 0)
            cues.append(EmbeddedCue(float(packet.pts * track.time_base), float(end * track.time_base), text))
        return tuple(cues)


def read_sound_chunks(path: Path, chunk_s: float = 10.0) -> Iterator[NDArray[np.float32]]:
    """Yield a file's first sound stream in chunks, (samples, channels) float32, full scale 1.0, at its own rate.

    The encoder's priming is removed, its padding at the end is not.

    Raises:
        MediaError: While iterating: the file cannot be read, or its sound is damaged.
    """
    pending: list[NDArray[np.float32]] = []
    pending_samples = 0
    with open_container(path) as container:
        if not container.streams.audio:
            return
        stream = container.streams.audio[0]
        stream.codec_context.options = {"err_detect": "explode"}
        resampler = av.AudioResampler(format="fltp")
        for frame in container.decode(stream):
            for resampled in resampler.resample(frame):
                pending.append(np.ascontiguousarray(resampled.to_ndarray().T, np.float32))
                pending_samples += resampled.samples
            if pending_samples >= chunk_s * stream.codec_context.sample_rate:
                yield np.concatenate(pending)
                pending, pending_samples = [], 0
    if pending:
        yield np.concatenate(pending)


def chapter_title(text: str) -> str:
    """Return a chapter's title as it is written: on one line, and no longer than a chapter list can hold."""
    return shorten_title(_single_line(text))


def _single_line(text: str) -> str:
    """Return a text without line breaks and control characters, which tags cannot contain."""
    plain = "".join(" " if char.isspace() or unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(plain.split())


def _ffmetadata(chapters: Sequence[Chapter], fps: int) -> str:
    """Return chapters in ffmpeg's metadata format.

    Source:
        FFmpeg documentation, "Metadata": in values `=`, `;`, `#`, backslashes and line feeds are escaped.
    """
    blocks = [";FFMETADATA1\n"]
    for chapter in chapters:
        title = "".join(f"\\{char}" if char in _METADATA_ESCAPED else char for char in chapter_title(chapter.title))
        blocks.append(
            f"[CHAPTER]\nTIMEBASE=1/{fps}\nSTART={chapter.start_frame}\nEND={chapter.end_frame}\ntitle={title}\n"
        )
    return "".join(blocks)
