"""Readers of transitions: how one scene or shot leads to the next, and the lines with which scripts end."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tower_anime_assets.production.story.heading_words import fold_word

_CUT_WORDS = frozenset(
    (
        *("CUT", "CUTS", "BACK", "INTERCUT", "FLASHBACK", "FLASHFORWARD", "FLASH", "JUMP", "MATCH", "TIME", "RETURN"),
        *("END", "STRAIGHT", "HARD", "SCHNITT", "COUPE", "CORTE", "CORTA", "STACCO", "TAGLIO", "切至", "切"),
    )
)
_FADE_WORDS = (
    *("FADE", "FADES", "FADEIN", "FADEOUT", "AUFBLENDE", "ABBLENDE", "FONDU", "FUNDIDO", "ЗТМ", "ЗАТЕМНЕНИЕ"),
    *("暗転", "溶暗", "淡入", "淡出"),
)
_DISSOLVE_WORDS = (
    *("DISSOLVE", "DISSOLVES", "CROSSFADE", "ÜBERBLENDUNG", "ENCHAÎNÉ", "DISSOLVENZA", "ENCADENADO", "叠化"),
)
_COLOURS = frozenset(
    ("WHITE", "RED", "PINK", "BLUE", "GREEN", "YELLOW", "GREY", "GRAY", "ORANGE", "GOLD", "SILVER", "PURPLE")
)
_LONE_TRANSITIONS: Mapping[str, str] = {
    **dict.fromkeys(("FADE IN", "FADE UP", "FADE IN FROM BLACK", "FADE UP FROM BLACK", "FADE FROM BLACK"), "fade"),
    **dict.fromkeys(("FADE OUT", "FADE TO BLACK", "FADE TO WHITE", "SLOW FADE OUT", "SLOW FADE TO BLACK"), "fade"),
    **dict.fromkeys(("AUFBLENDE", "ABBLENDE", "ABBLENDE INS SCHWARZ", "FONDU AU NOIR", "FONDU", "OUVERTURE"), "fade"),
    **dict.fromkeys(("FUNDIDO A NEGRO", "FUNDIDO", "ABRE DE NEGRO", "DISSOLVENZA IN NERO", "ЗТМ", "ИЗ ЗТМ"), "fade"),
    **dict.fromkeys(("暗転", "溶暗", "溶明", "フェードイン", "フェードアウト", "F.I", "F.O", "淡入", "淡出"), "fade"),
    **dict.fromkeys(("페이드 인", "페이드 아웃", "암전"), "fade"),
    **dict.fromkeys(("CUT TO BLACK", "CUT", "HARD CUT", "JUMP CUT", "MATCH CUT", "CUT BACK"), "cut"),
    **dict.fromkeys(("SCHNITT", "SCHNITT AUF", "COUPE", "COUPE SUR", "CORTE A", "CORTA PARA", "STACCO", "切至"), "cut"),
    **dict.fromkeys(("SMASH CUT", "SMASH CUT TO BLACK", "SMASH TO BLACK"), "smash-cut"),
    **dict.fromkeys(
        ("DISSOLVE", "CROSS DISSOLVE", "LAP DISSOLVE", "FONDU ENCHAINE", "UBERBLENDUNG", "叠化"), "dissolve"
    ),
}
_ENDINGS = frozenset(
    (
        *("THE END", "END", "FIN", "LA FIN", "ENDE", "DAS ENDE", "FINE", "FIM", "EINDE", "KONIEC", "КОНЕЦ", "КІНЕЦЬ"),
        *("終", "終わり", "おわり", "完", "剧终", "全剧终", "끝", "SLUT", "LOPPU", "KONEC", "ΤΕΛΟΣ", "THE END?"),
        *("TO BE CONTINUED", "END OF EPISODE", "END OF SHOW", "END OF FILM", "END OF PART ONE", "FINIS", "END CREDITS"),
        *("ROLL CREDITS", "END TITLES", "CREDITS ROLL"),
    )
)
_FOLDED_ENDINGS = frozenset(" ".join(fold_word(word) for word in ending.split()) for ending in _ENDINGS)
_FOLDED_LONE = {" ".join(fold_word(word) for word in text.split()): kind for text, kind in _LONE_TRANSITIONS.items()}
_FOLDED_FADES = frozenset(map(fold_word, _FADE_WORDS))
_FOLDED_DISSOLVES = frozenset(map(fold_word, _DISSOLVE_WORDS))
_STRUCTURE = re.compile(
    r"(?:END OF )?(?:ACT|PART|CHAPTER|TEASER|COLD OPEN|COLD OPENING|TAG|PROLOGUE|EPILOGUE|SEQUENCE|EPISODE)"
    r"(?: (?:[0-9]{1,3}|[IVX]{1,5}|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN))?"
    r"|\(?(?:CONTINUED|MORE|CONT'D)\)?|(?:PAGE )?[0-9]{1,3}(?: OF [0-9]{1,3})?|CONTINUED: ?\([0-9]{1,3}\)"
    r"|(?:[0-9]{1,4}[A-Z]?[.)]? )?(?:SCENES? )?(?:[0-9]{1,4}[A-Z]? )?OMITTED(?: [0-9]{1,4}[A-Z]?)?"
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_MAX_LINE_CHARS = 60


def transition_kind(text: str) -> str:
    """Return "cut", "dissolve", "fade" or "smash-cut"; "" for a transition that is none of them, such as a wipe."""
    if kind := _FOLDED_LONE.get(_fold_line(text)):
        return kind
    words = {fold_word(word) for word in _WORD.findall(text)}
    if words & {"WIPE", "IRIS", "SWIPE"}:
        return ""
    if words & _FOLDED_DISSOLVES or {"CROSS", "FADE"} <= words:
        return "dissolve"
    if "SMASH" in words:
        return "smash-cut"
    if words & _FOLDED_FADES:
        return "fade"
    return "cut" if words & _CUT_WORDS else ""


def names_colour(text: str) -> bool:
    """Return whether a fade goes to another colour than black, such as white."""
    return any(fold_word(word) in _COLOURS for word in _WORD.findall(text))


def fades_in(text: str) -> bool:
    """Return whether a fade brings a picture instead of taking one away."""
    words = {fold_word(word) for word in _WORD.findall(text)}
    return bool(words & {"IN", "UP", "FROM", "FADEIN", "AUFBLENDE", "淡入", "溶明", "フェードイン"})


def is_lone_transition(text: str) -> bool:
    """Return whether a paragraph of action is a transition that writers leave unmarked, such as `FADE IN:`."""
    return not any(char.islower() for char in text) and _fold_line(text) in _FOLDED_LONE


def is_closing_line(text: str) -> bool:
    """Return whether a paragraph is the line that ends a script, such as `THE END`."""
    return not any(char.islower() for char in text) and _fold_line(text) in _FOLDED_ENDINGS


def is_structure_line(text: str) -> bool:
    """Return whether a paragraph is about the script as a document: an act, `(CONTINUED)`, a page's number."""
    plain = text.strip().rstrip(".:").upper().replace("’", "'")
    return (
        len(plain) <= _MAX_LINE_CHARS and not any(char.islower() for char in text) and bool(_STRUCTURE.fullmatch(plain))
    )


def _fold_line(text: str) -> str:
    if len(text) > _MAX_LINE_CHARS:
        return ""
    return " ".join(fold_word(word) for word in text.strip().strip("()-–—*.:!。：…").split())
