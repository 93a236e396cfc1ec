"""Which lines are cues: `ADA: Hello.` and 太郎「はい。」 become speeches, and shouted action stops being one.

Fountain knows one form of cue. Who is meant by a cue is decided in `speakers`.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tower_anime_assets.production.story.cast_names import CastNames, clean_name, loose_name
from tower_anime_assets.production.story.fountain import Element, ElementKind, parse_cue, plain_text
from tower_anime_assets.production.story.heading_lines import find_prefix
from tower_anime_assets.production.story.source import Diagnostics, shorten, strip_invisible
from tower_anime_assets.production.story.speakers import BARE_EXTENSION
from tower_anime_assets.production.story.transitions import is_lone_transition

_MAX_NAME_CHARS = 45
_MAX_NAME_WORDS = 6
_MAX_LONE_NAME_CHARS = 10  # in a script without capitals
_MAX_CUE_CHARS = 200
_REPEATED = 2  # cues from which an unlikely name is one

_IN_BRACKETS = r"(?:[(（\[](?P<extension>[^()（）\[\]]{0,40})[)）\]])?"
_LABEL = re.compile(
    rf"\s*(?P<name>[^\W\d_][^:：\n(（「]{{0,40}}?)\s{{0,9}}{_IN_BRACKETS}\s{{0,9}}[:：]\s*(?P<text>\S.*)"
)
_QUOTED = re.compile(
    rf"\s*(?P<name>[^\s「」『』（）()：:。、！？]{{1,15}})\s{{0,9}}{_IN_BRACKETS}\s{{0,9}}[「『](?P<text>\S.*)"
)
_PLAY = re.compile(
    rf"\s*(?P<name>[^\W\d_a-zß-ÿа-я][^\d_a-zß-ÿа-я:：\n()]{{1,30}}?)\s{{0,9}}{_IN_BRACKETS}\.[—–-]?\s+"
    r"(?P<text>[\"“'‘(\[_]*(?:\w?[a-zß-ÿа-я]|[IAO]\b).*)"
)
_PARENTHETICAL = re.compile(r"[(（](?P<inner>[^()（）]{1,80})[)）]\s*(?P<rest>\S.*)", re.DOTALL)
_OFF_SCREEN = re.compile(r"v\.? ?o\.?|o\.? ?[sc]\.?|cont['’]?d\.?", re.IGNORECASE)
_NO_NAMES = frozenset(
    (
        *("note", "notes", "super", "supers", "superimpose", "title", "titles", "chyron", "insert", "sfx", "fx", "vfx"),
        *("music", "sound", "caption", "subtitle", "subtitles", "sign", "text", "headline", "card", "cut", "dissolve"),
        *("fade", "smash", "match", "wipe", "int", "ext", "time", "date", "location", "place", "scene", "cast", "act"),
        *("characters", "written", "directed", "author", "draft", "contact", "copyright", "email", "phone no", "pov"),
        *("angle", "close", "closeup", "wide", "tracking", "pan", "dolly", "montage", "intercut", "flashback", "flash"),
        *("later", "moments", "continued", "omitted", "end", "fin", "back", "on", "series", "establishing", "credits"),
        *("episode", "chapter", "part", "lower", "graphic", "vo", "os", "begin", "return", "resume", "new", "another"),
        *("cu", "mcu", "ecu", "ws", "ots", "at", "in", "inside", "outside", "seen", "over", "under", "behind", "into"),
        *("through", "towards", "from", "with", "by", "and", "but", "or", "as"),
        *("favoring", "reverse", "overhead", "aerial", "extreme", "medium", "two-shot", "shot", "camera", "we"),
    )
)
"""First words of lines that look like cues or labels, and name nobody."""
_NO_NAME_ENDINGS = frozenset(
    ("shot", "shots", "scene", "scenes", "angle", "pov", "montage", "sequence", "cut", "later")
)


def read_cue_lines(elements: Sequence[Element], cast: CastNames, faults: Diagnostics) -> list[Element]:
    """Return the elements of a script with cues where cues are meant, and a warning where that was decided."""
    cue_counts = Counter(loose_name(element.text) for element in elements if element.kind is ElementKind.CHARACTER)
    has_cues = any(count >= _REPEATED or cast.find_id(name) for name, count in cue_counts.items())
    kept = _split_run_on(list(_drop_shouts(elements, cast, cue_counts, faults)), cast, cue_counts, faults)
    kept = _join_spaced(kept, cast, cue_counts, faults)
    # Above the first heading, `ADA: 34, a pilot` is a list of who is who.
    start = next((index for index, element in enumerate(kept) if element.kind is ElementKind.HEADING), 0)
    labels = [label for element in kept[start:] if _may_hold_labels(element) for label in _find_labels(element.text)]
    reader = _LabelReader(cast, labels, cue_counts, faults, has_cues=has_cues)
    split = (reader.split(element) if _may_hold_labels(element) else (element,) for element in kept[start:])
    return [*kept[:start], *itertools.chain.from_iterable(split)]


# Cues that are none ---------------------------------------------------------------------------------------------------


def _drop_shouts(
    elements: Sequence[Element], cast: CastNames, cue_counts: Counter[str], faults: Diagnostics
) -> Iterable[Element]:
    """Yield the elements, shouted action and camera directions as action with the lines below them."""
    index = 0
    while index < len(elements):
        element = elements[index]
        index += 1
        if element.kind is not ElementKind.CHARACTER or element.forced or not _is_shout(element, cast, cue_counts):
            yield element
            continue
        lines = [element.text + (f" ({element.extension})" if element.extension else "")]
        first_line = element.line
        if is_lone_transition(lines[0]):
            yield Element(ElementKind.TRANSITION, lines[0], element.line)
            lines = []
        elif not (label := _LABEL.fullmatch(lines[0])) or not cast.find_id(label["name"]):  # a label is read below
            problem = f"{shorten(lines[0])!r} looks like a name, but hardly is one"
            remedy = "Begin the line with @ if somebody of this name speaks, or with ! to say that it is action."
            faults.warn(element.line, problem, "taken as action, with the lines below it", remedy)
        while index < len(elements) and is_speech_part(elements[index]):
            part = elements[index]
            index += 1
            if part.kind is ElementKind.NOTE:
                yield part
                continue
            first_line = first_line if lines else part.line
            lines.append(f"({part.text})" if part.kind is ElementKind.PARENTHETICAL else part.text)
        if lines:
            yield Element(ElementKind.ACTION, "\n".join(lines), first_line)


def is_speech_part(element: Element) -> bool:
    """Return whether an element below a cue belongs to its speech."""
    return element.in_dialogue or element.kind in (
        ElementKind.DIALOGUE,
        ElementKind.PARENTHETICAL,
        ElementKind.NOTE,
    )


def _is_shout(element: Element, cast: CastNames, cue_counts: Counter[str]) -> bool:
    """Return whether a cue can hardly be a name: `BANG!`, `THE DOOR FLIES OPEN.`, `CLOSE ON THE KEY`."""
    written = strip_invisible(plain_text(element.text)).strip()
    name = clean_name(written)
    if not name or cast.find_id(name):
        return False
    if is_lone_transition(written):
        return True
    words = loose_name(name).split()
    if not words or words[0] in _NO_NAMES or words[-1] in _NO_NAME_ENDINGS:
        return True
    if cue_counts[loose_name(element.text)] >= _REPEATED and not name.endswith(("!", "?")):
        return False
    if " - " in BARE_EXTENSION.sub("", name[:_MAX_CUE_CHARS]) or name.endswith(("-", ")", ",", ";")):
        return True
    is_sentence = name.endswith(("!", "?", "…", "...")) or (name.endswith(".") and max(len(words), len(words[-1])) > 3)
    has_label = re.search(r"[:：]\s*\S", name) is not None
    return is_sentence or has_label or len(words) > _MAX_NAME_WORDS or len(name) > _MAX_NAME_CHARS


# Cues without an empty line above them --------------------------------------------------------------------------------


def _split_run_on(
    elements: Sequence[Element], cast: CastNames, cue_counts: Counter[str], faults: Diagnostics
) -> list[Element]:
    """Return the elements with a cue at every name that stands in the middle of a paragraph or speech."""
    cues_by_index = {
        index: cues
        for index, element in enumerate(elements)
        if element.kind in (ElementKind.ACTION, ElementKind.DIALOGUE) and not element.forced and "\n" in element.text
        if (cues := _find_inner_cues(element, elements[index + 1 : index + 2], cast, cue_counts))
    }
    counts = Counter(loose_name(cue.text) for cues in cues_by_index.values() for cue in cues)
    is_throughout = len(counts) >= 2 and counts.total() > _REPEATED
    parts: list[Element] = []
    first: Element | None = None
    for index, element in enumerate(elements):
        cues = [
            cue
            for cue in cues_by_index.get(index, ())
            if cast.find_id(cue.text)
            or cue.extension
            or cue_counts[loose_name(cue.text)]
            or (is_throughout and counts[loose_name(cue.text)] >= _REPEATED)
        ]
        first = first or (cues[0] if cues else None)
        parts += _split_at_cues(element, cues) if cues else (element,)
    if first is not None:
        problem = f"there is no empty line above {shorten(first.text)!r}" + (
            " and other names" if is_throughout else ""
        )
        instead = "it begins a speech, which ends at the next name or empty line"
        remedy = "Put an empty line above each name and below each speech, or begin the line with ! if it is action."
        faults.warn(first.line, problem, instead, remedy)
    return parts


def _find_inner_cues(
    element: Element, following: Sequence[Element], cast: CastNames, cue_counts: Counter[str]
) -> list[Element]:
    lines = element.text.split("\n")
    has_more = bool(following) and following[0].kind is ElementKind.PARENTHETICAL
    cues = []
    for number, line in enumerate(lines[1 : None if has_more else -1], 1):
        if line.strip() and (cue := parse_cue(line, element.line + number)) is not None:
            is_short = len(cue.text) <= _MAX_NAME_CHARS and cue.text[-1] not in ".,;:!?…"
            if is_short and not cue.forced and not _is_shout(cue, cast, cue_counts):
                cues.append(cue)
    return cues


def _split_at_cues(element: Element, cues: Sequence[Element]) -> list[Element]:
    lines = element.text.split("\n")
    parts = [replace(element, text="\n".join(lines[: cues[0].line - element.line]))]
    for cue, following in zip(cues, [*cues[1:], None], strict=True):
        end = following.line - element.line if following else len(lines)
        parts.append(cue)
        for number in range(cue.line - element.line + 1, end):
            text = lines[number].strip()
            if text.startswith("(") and text.endswith(")"):
                parts.append(Element(ElementKind.PARENTHETICAL, text[1:-1].strip(), element.line + number))
            elif text:
                parts.append(Element(ElementKind.DIALOGUE, text, element.line + number))
    return parts


# Cues with an empty line below them -----------------------------------------------------------------------------------


def _join_spaced(
    elements: Sequence[Element], cast: CastNames, cue_counts: Counter[str], faults: Diagnostics
) -> list[Element]:
    """Return the elements of a script that has empty lines everywhere with names and the words below them joined."""
    cue_by_index: dict[int, Element] = {}
    for index, element in enumerate(elements[:-1]):
        is_line = element.kind is ElementKind.ACTION and not element.forced and "\n" not in element.text
        if is_line and elements[index + 1].kind is ElementKind.ACTION and not elements[index + 1].forced:
            cue = parse_cue(element.text, element.line)
            if cue is not None and not cue.forced and not _is_shout(cue, cast, Counter()):
                cue_by_index[index] = cue
    counts = Counter(loose_name(cue.text) for cue in cue_by_index.values())
    repeated = [count for count in counts.values() if count >= _REPEATED]
    if len(repeated) < _REPEATED or sum(repeated) <= 3 * cue_counts.total():
        return list(elements)
    parts: list[Element] = []
    in_speech = is_told = False
    for index, element in enumerate(elements):
        found = cue_by_index.get(index)
        if found is not None and (counts[loose_name(found.text)] >= _REPEATED or cast.find_id(found.text)):
            if not is_told:
                is_told = True
                problem = f"there is an empty line below {shorten(found.text)!r} and other names"
                faults.warn(found.line, problem, "the paragraph below each name is its speech", "Delete these lines.")
            parts.append(found)
            in_speech = True
            continue
        text = element.text.strip()
        if in_speech and text.startswith("(") and text.endswith(")"):
            parts.append(Element(ElementKind.PARENTHETICAL, text[1:-1].strip(), element.line))
            continue
        parts.append(Element(ElementKind.DIALOGUE, text, element.line) if in_speech else element)
        in_speech = False
    return parts


# Action that is speech ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Label:
    """A name before the words that it speaks, in a paragraph of action.

    Attributes:
        index: Its line in the paragraph, 0-based.
        text: The words on its line; "" where they begin on the next.
        is_quoted: Whether the words are in corner brackets.
        is_play: Whether a full stop is between them, as in printed plays: `NORA. Hide it.`
    """

    index: int
    name: str
    extension: str
    text: str
    is_quoted: bool = False
    is_play: bool = False


def _may_hold_labels(element: Element) -> bool:
    return element.kind is ElementKind.ACTION and not element.forced


def _find_labels(text: str) -> list[_Label]:
    """Return what looks like a speaker's label in a paragraph, whether or not it is one."""
    labels = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        plain = strip_invisible(plain_text(line)) if not line.isascii() or "*" in line or "_" in line else line
        for pattern in (_QUOTED, _LABEL, _PLAY):
            if match := pattern.fullmatch(plain.rstrip()):
                name, extension = clean_name(match["name"]), (match["extension"] or "").strip()
                labels.append(
                    _Label(
                        index, name, extension, match["text"], is_quoted=pattern is _QUOTED, is_play=pattern is _PLAY
                    )
                )
                break
        else:
            name = plain.strip()
            if index == 0 and len(lines) > 1 and 0 < len(name) <= _MAX_NAME_CHARS and len(name.split()) <= 4:
                following = lines[1].strip()
                labels.append(_Label(index, name, "", "", is_quoted=following.startswith(("「", "『"))))
    return labels


class _LabelReader:
    """Splits paragraphs of action that hold speeches."""

    def __init__(
        self,
        cast: CastNames,
        labels: Sequence[_Label],
        cue_counts: Counter[str],
        faults: Diagnostics,
        *,
        has_cues: bool,
    ) -> None:
        self._cast = cast
        self._counts = cue_counts + Counter(loose_name(label.name) for label in labels)
        self._faults = faults
        self._has_cues = has_cues
        upper_labels = [label for label in labels if label.text and not label.is_play and label.name.isupper()]
        self._is_throughout = not has_cues and len(upper_labels) >= _REPEATED
        play_names = {loose_name(label.name) for label in labels if label.is_play}
        self._is_play = not has_cues and sum(self._counts[name] >= _REPEATED for name in play_names) >= _REPEATED

    def split(self, element: Element) -> Sequence[Element]:
        """Return a paragraph as action and speeches."""
        labels = [label for label in _find_labels(element.text) if self._is_speaker(label, element)]
        if not labels:
            return (element,)
        lines = element.text.split("\n")
        parts: list[Element] = []
        if labels[0].index:
            parts.append(replace(element, text="\n".join(lines[: labels[0].index])))
        for label, following in zip(labels, [*labels[1:], None], strict=True):
            end = following.index if following else len(lines)
            first = label.index + (0 if label.text else 1)
            texts = [label.text] if label.text else []
            texts += lines[label.index + 1 : end]
            parts.append(
                Element(ElementKind.CHARACTER, label.name, element.line + label.index, extension=label.extension)
            )
            parts += _speech_elements("\n".join(texts), element.line + first, is_quoted=label.is_quoted)
        return parts

    def _is_speaker(self, label: _Label, element: Element) -> bool:
        """Return whether a label names a speaker; add a warning where that is not sure."""
        name = label.name
        words = loose_name(name).split()
        if not words or words[0] in _NO_NAMES or words[-1] in _NO_NAME_ENDINGS or find_prefix(name + "."):
            return False
        is_known = bool(self._cast.find_id(name))
        is_caseless = name == name.upper() == name.lower()
        is_upper = name.isupper()
        if label.is_play:
            return self._is_play and (is_known or self._is_repeated(name))
        if not label.text:  # a name on a line of its own; in capitals the parser takes it as a cue
            if is_caseless:
                is_plain = all(char.isalnum() or char in " ・'’-" or unicodedata.combining(char) for char in name)
                if is_known or (is_plain and self._is_repeated(name)):
                    return True
                if is_plain and len(name) <= _MAX_LONE_NAME_CHARS:  # an action's first line is a sentence
                    self._warn(element, label, f"{shorten(name)!r} stands above words like a name")
                    return True
                return False
            if not is_known or name.islower() or not self._cast.is_full_name(name):
                return False
            problem = f"{shorten(name)!r} stands above words like a cue, but not in capitals"
            self._warn(element, label, problem)
            return True
        if is_known and (is_upper or is_caseless):
            return True
        if is_known and not name.islower() and self._cast.is_full_name(name):
            if not self._is_throughout:
                self._warn(element, label, f"{shorten(name + ': ' + label.text)!r} is written like a speech in a play")
            return True
        if is_known:
            return False
        if self._is_repeated(name) and (is_upper or is_caseless or label.is_quoted or not self._has_cues):
            return is_upper or is_caseless or name[:1].isupper()
        if is_upper and (self._is_throughout or _OFF_SCREEN.fullmatch(label.extension)):
            return True
        if is_upper and len(words) <= 3:
            problem = f"{shorten(name + ': ' + label.text)!r} may be a speech of somebody who speaks only here"
            remedy = "Write the name on a line of its own above the words if somebody speaks."
            self._faults.warn(element.line + label.index, problem, "taken as action", remedy)
        return False

    def _is_repeated(self, name: str) -> bool:
        return self._counts[loose_name(name)] >= _REPEATED

    def _warn(self, element: Element, label: _Label, problem: str) -> None:
        remedy = "Begin the line with ! if it is action."
        self._faults.warn(element.line + label.index, problem, "taken as a speech", remedy)


def _speech_elements(text: str, line: int, *, is_quoted: bool) -> list[Element]:
    """Return the parenthetical and the words of a speech."""
    elements = []
    plain = text.strip()
    if match := _PARENTHETICAL.fullmatch(plain):
        elements.append(Element(ElementKind.PARENTHETICAL, match["inner"].strip(), line))
        plain = match["rest"].strip()
    if is_quoted:
        plain = plain.lstrip("「『").rstrip("」』 ")
    elements.append(Element(ElementKind.DIALOGUE, plain, line))
    return elements
