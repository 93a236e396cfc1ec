"""Writer of a whole show of one script, and the reading of scripts as other programs save them.

The starter show is written by `starter_show`, the cast by `cast_files`.
"""

from __future__ import annotations

import codecs
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.media.cast_files import write_missing_cast
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.show_files import EPISODES_FOLDER, PROJECT_FILE, SCRIPT_SUFFIX
from tower_anime_assets.media.starter_show import MAX_TITLE_CHARS, check_new_show
from tower_anime_assets.production.story.casting import CastFile, quote_yaml
from tower_anime_assets.production.story.fountain import parse_fountain, plain_text
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import MAX_SCRIPT_BYTES, decode_text

EPISODE = "e01"

_MARKED_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_OTHER_FORMATS = (
    (
        b"%PDF",
        "a PDF",
        "Export it from the program that wrote it as Fountain or plain text; `pdftotext -layout` helps.",
    ),
    (b"PK\x03\x04", "a Word, OpenOffice or zipped file", "Save it as plain text (.txt), encoding UTF-8."),
    (b"\xd0\xcf\x11\xe0", "an old Word file", "Save it as plain text (.txt), encoding UTF-8."),
    (b"{\\rtf", "an RTF file", "Save it as plain text (.txt), encoding UTF-8."),
    (b"<?xml", "an XML file, such as Final Draft writes", "Export it as Fountain or plain text."),
    (b"<!DOCTYPE", "a web page", "Copy the script's text into a .txt file."),
    (b"<html", "a web page", "Copy the script's text into a .txt file."),
)
_WESTERN_TEXT = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿŒœŠšŽžŸ‘’‚“”„–—…•€£§°©®™«»¡¿´`·ª º½¼¾²³†‡‰‹›ˆ˜¢¥¨¬\xad¯±µ¶¸¹¦ƒ×÷]*")
_UNLIKELY_RUN = re.compile(r"[À-ÖØ-öø-ÿ]{4}")
_MAX_ACCENTED_SHARE = 0.12


@dataclass(frozen=True)
class ScriptShow:
    """A show that was made of a script.

    Attributes:
        files: Its project file and its script.
        cast: Its character files.
        encoding: What the script was converted from; "" where its bytes were taken as they are.
    """

    files: tuple[Path, ...]
    cast: list[tuple[Path, CastFile]]
    encoding: str


def create_show_of_script(folder: Path, script: Path, title: str = "") -> ScriptShow:
    """Write a whole show of one script into a new or empty folder: the script as `e01`, and a file for each speaker.

    Args:
        folder: As in `starter_show.create_show`.
        title: Title of the show; by default the script's, else from its file name.

    Raises:
        PlanError: As in `starter_show.create_show`.
        StoryError: The script cannot be read, or is not text; nothing is written.
        MediaError: A file cannot be written.
    """
    return write_show_of_text(folder, read_foreign_text(script), script, title)


def write_show_of_text(folder: Path, script: tuple[str, bytes, str], file: Path, title: str = "") -> ScriptShow:
    """Write a whole show of one script that has been read; else as `create_show_of_script`.

    Args:
        folder: As in `starter_show.create_show`.
        script: As `decode_foreign_text` returns it.
        file: The file that it comes from, whose name is the last resort for a title.
        title: As in `create_show_of_script`.

    Raises:
        PlanError: As in `starter_show.create_show`.
        MediaError: A file cannot be written.
    """
    text, content, encoding = script
    folder, clean_title = check_new_show(folder, title or title_of_script(text, file))
    project = f"# docs/writing-a-show.md lists every key.\ntitle: {quote_yaml(clean_title)}\n"
    files = (folder / PROJECT_FILE, folder / EPISODES_FOLDER / f"{EPISODE}{SCRIPT_SUFFIX}")
    write_atomically(files[0], project.encode(), is_shared=True)
    write_atomically(files[1], content, is_shared=True)
    return ScriptShow(files, write_missing_cast(folder.parent, EpisodeKey(folder.name, EPISODE)), encoding)


def read_foreign_text(
    path: Path, what: str = "script", form: str = "a screenplay, .fountain or .txt"
) -> tuple[str, bytes, str]:
    """Return a person's text, as UTF-8, and the encoding that it was converted from, "" where it was UTF-8.

    Args:
        path: The file.
        what: What it is called in messages.
        form: What is expected instead of another format.

    Raises:
        StoryError: It cannot be read, or is not text.
    """
    try:
        with path.open("rb") as file:
            return decode_foreign_text(file.read(MAX_SCRIPT_BYTES + 1), path, form)
    except OSError as error:
        remedy = f"Give the path of {form}."
        problem = f"the {what} cannot be read: {error.strerror}"
        raise StoryError([Fault(str(path), 0, problem, "a readable text file", remedy)]) from error


def decode_foreign_text(
    data: bytes, path: Path, form: str = "a screenplay, .fountain or .txt"
) -> tuple[str, bytes, str]:
    """Return a file's text, as UTF-8, and the encoding that it was converted from; see `read_foreign_text`.

    Raises:
        StoryError: It is not text.
    """
    for start, kind, remedy in _OTHER_FORMATS:
        if data.lstrip()[: len(start)].lower() == start.lower():
            raise StoryError(
                [Fault(str(path), 0, f"this is {kind}", f"{form.partition(',')[0]} as plain text", remedy)]
            )
    text, encoding = _decode(data, path)
    content = data if not encoding else text.encode()
    return decode_text(content, str(path), MAX_SCRIPT_BYTES), content, encoding


def _decode(data: bytes, path: Path) -> tuple[str, str]:
    """Return the text that a file holds, and its encoding where it is not UTF-8."""
    for mark, name in _MARKED_ENCODINGS:
        if data.startswith(mark):
            try:
                return data.decode(name), name
            except UnicodeDecodeError as error:
                raise _encoding_error(path) from error
    for parity, name in ((1, "UTF-16-LE"), (0, "UTF-16-BE")):
        half = data[parity:4000:2]
        if len(half) > 20 and half.count(0) > len(half) * 0.8:
            try:
                return data.decode(name), name
            except UnicodeDecodeError as error:
                raise _encoding_error(path) from error
    try:
        return data.decode(), ""
    except UnicodeDecodeError as error:
        if len(data) > MAX_SCRIPT_BYTES:  # cut within a character; the size is the fault
            return "", ""
        text = _decode_western(data)
        if text is None:
            raise _encoding_error(path) from error
        return text, "Windows-1252 (Latin-1)"


def _decode_western(data: bytes) -> str | None:
    """Return the text of Windows-1252 bytes, None if they look like another encoding."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    letters = sum(char.isalpha() for char in text)
    accented = sum(char.isalpha() and not char.isascii() for char in text)
    is_western = _WESTERN_TEXT.fullmatch(text) and not _UNLIKELY_RUN.search(text)
    return text if is_western and accented <= max(2, letters * _MAX_ACCENTED_SHARE) else None


def _encoding_error(path: Path) -> StoryError:
    target = shlex.quote(f"{path.stem}-utf8{path.suffix}")
    remedy = (
        f"Save it as UTF-8, or convert it: iconv -f WINDOWS-1251 -t UTF-8 {shlex.quote(str(path))} > {target} "
        "(Japanese: SHIFT_JIS, Chinese: GB18030, Korean: CP949, Polish and Czech: WINDOWS-1250)."
    )
    problem = "the file is in an encoding that cannot be told for sure"
    return StoryError([Fault(str(path), 0, problem, "text in UTF-8, UTF-16 or Latin-1", remedy)])


def title_of_script(text: str, file: Path) -> str:
    """Return the title of a show of a script: that of its title page, else one of its file's name."""
    return _find_title(text) or title_of_file(file)


def _find_title(text: str) -> str:
    """Return the title on a script's title page, "" if there is none that can be a show's."""
    title = " ".join(plain_text(parse_fountain(text).title_values().get("title", "")).split())
    return title if len(title) <= MAX_TITLE_CHARS and title.isprintable() else ""


def title_of_file(script: Path) -> str:
    """Return a title from a file's name."""
    words = re.split(r"[\W_]+", script.stem)
    return " ".join(word[:1].upper() + word[1:] for word in words if word)[:MAX_TITLE_CHARS] or "Untitled"
