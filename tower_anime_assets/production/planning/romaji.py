"""Romaji: names in Latin letters, such as Mia or Akira, in the kana that a Japanese voice reads."""

from __future__ import annotations

_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ", "t": "タチツテト",
    "d": "ダヂヅデド", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ",
    "r": "ラリルレロ", "l": "ラリルレロ",
}  # fmt: skip
_GLIDES = {"ky": "キ", "gy": "ギ", "sh": "シ", "j": "ジ", "jy": "ジ", "ch": "チ", "ny": "ニ", "hy": "ヒ", "by": "ビ",
           "py": "ピ", "my": "ミ", "ry": "リ", "ly": "リ"}  # fmt: skip
_SMALL_Y = {"a": "ャ", "u": "ュ", "o": "ョ"}
_SYLLABLES = {
    consonant + vowel: kana for consonant, row in _ROWS.items() for vowel, kana in zip("aiueo", row, strict=True)
}
_SYLLABLES |= {glide + vowel: kana + small for glide, kana in _GLIDES.items() for vowel, small in _SMALL_Y.items()}
_SYLLABLES |= {
    "shi": "シ", "chi": "チ", "tsu": "ツ", "ji": "ジ", "fu": "フ", "ya": "ヤ", "yu": "ユ", "yo": "ヨ", "wa": "ワ",
    "she": "シェ", "che": "チェ", "je": "ジェ", "fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ", "ye": "イェ",
    "wi": "ウィ", "we": "ウェ", "wo": "ヲ", "va": "ヴァ", "vi": "ヴィ", "vu": "ヴ", "ve": "ヴェ", "vo": "ヴォ",
}  # fmt: skip


def kana_of(name: str) -> str:
    """Return a capitalized name in katakana, "" if it cannot be a Japanese reading of one.

    Args:
        name: ASCII letters.
    """
    if not (name.isascii() and name[:1].isupper() and name[1:].islower()):
        return ""
    kana, rest = "", name.lower().removesuffix("h")
    while rest:
        if syllable := _longest_syllable(rest):
            kana, rest = kana + _SYLLABLES[syllable], rest[len(syllable) :]
        elif rest[0] == "n" and rest[1:2] != "y":
            kana, rest = kana + "ン", rest[1:]
        elif rest[0] == rest[1:2]:  # Hotta is hot-ta, Emma only e-ma
            kana, rest = kana + ("ッ" if rest[0] in "kstpgdbzjc" else ""), rest[1:]
        else:
            return ""
    return kana


def _longest_syllable(text: str) -> str:
    return next((text[:length] for length in (3, 2, 1) if text[:length] in _SYLLABLES), "")
