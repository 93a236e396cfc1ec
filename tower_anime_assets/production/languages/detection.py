"""Which language a text is in, told by its letters and by its little words; English wherever nothing tells another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from tower_anime_assets.production.languages.lexicons import LANGUAGES, lexicon_of
from tower_anime_assets.production.planning.lexicon import word_set

ENGLISH = "en"

LANGUAGE_NAMES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "ru": "Russian", "ja": "Japanese", "zh": "Chinese", "ko": "Korean", "ar": "Arabic", "fa": "Persian",
    "id": "Indonesian", "tr": "Turkish", "pl": "Polish", "fi": "Finnish", "nl": "Dutch", "sv": "Swedish",
    "da": "Danish", "nb": "Norwegian", "cs": "Czech", "hu": "Hungarian", "ro": "Romanian", "vi": "Vietnamese",
    "uk": "Ukrainian", "hi": "Hindi", "el": "Greek", "he": "Hebrew", "th": "Thai", "bn": "Bengali", "ta": "Tamil",
    "ka": "Georgian", "hy": "Armenian", "te": "Telugu", "pa": "Punjabi", "gu": "Gujarati",
}  # fmt: skip
"""English names of languages by their code."""

_OTHER_NAMES: Mapping[str, str] = {
    **{name.lower(): code for code, name in LANGUAGE_NAMES.items()},
    **dict.fromkeys(("deutsch", "allemand", "alemán", "tedesco"), "de"),
    **dict.fromkeys(("français", "francais", "französisch", "francés", "francese"), "fr"),
    **dict.fromkeys(("español", "espanol", "castellano", "spanisch", "espagnol"), "es"),
    **dict.fromkeys(("italiano", "italienisch", "italien"), "it"),
    **dict.fromkeys(("português", "portugues", "portugiesisch", "portugais"), "pt"),
    **dict.fromkeys(("русский", "russisch", "russe", "ruso"), "ru"),
    **dict.fromkeys(("日本語", "japanisch", "japonais", "nihongo", "jp"), "ja"),
    **dict.fromkeys(("中文", "汉语", "漢語", "普通话", "chinesisch", "cmn", "cn", "mandarin"), "zh"),
    **dict.fromkeys(("한국어", "koreanisch", "kr"), "ko"),
    **dict.fromkeys(("polski", "polnisch"), "pl"),
    **dict.fromkeys(("suomi", "finnisch"), "fi"),
    **dict.fromkeys(("türkçe", "türkisch"), "tr"),
    **dict.fromkeys(("englisch", "anglais", "inglés", "inglese", "inglês", "английский", "英語", "英语", "영어"), "en"),
    **dict.fromkeys(("no", "nn", "norsk"), "nb"),
}

_MARKERS: Mapping[str, frozenset[str]] = {
    "en": word_set("the a an and of in on at with to his her their its from is are into by as up for it he she they"),
    "de": word_set(
        "der die das den dem des ein eine einen einem einer und im am auf mit ist sich von zu nicht seine ihre"
    ),
    "fr": word_set("le la les un une des du et dans sur avec est son sa ses au aux qui il elle de se par"),
    "es": word_set("el la los las un una y en con del se su sus al que de por es hacia"),
    "it": word_set("il lo la i gli le un una e di nel nella con del della si suo sua sul sulla che da al"),
    "pt": word_set("o a os as um uma e em no na com do da se seu sua ao que de por para"),
    "id": word_set("di dan yang sebuah seekor dengan ke dari itu ini pada sang tidak"),
    "tr": word_set("bir ve ile bu da de için gibi sonra kadar çok şu"),
    "pl": word_set("się nie jest na w z i do przy obok pod przez jego jej mały stary która który leży śpi stoi"),
    "fi": word_set("ja on ei hän se joka että mutta kun pöydällä istuu nukkuu seisoo huoneessa pieni vanha"),
    "nl": word_set("de het een van en zijn haar op met niet naar hij zij uit bij voor deze"),
    "sv": word_set("och en ett är på med till den det som av för inte hans hennes från"),
    "da": word_set("og en et er på med til den det som af ikke hans hendes fra står ligger"),
    "cs": word_set("se je na v a s do pod který která sedí stojí leží vedle její jeho malý starý"),
    "hu": word_set("a az egy és van nem ül áll fekszik alszik mellett kis öreg fekete"),
    "ro": word_set("și un o este în cu pe la de din lui ei se care doarme stă lângă mic"),
    "vi": word_set("một và của là trong với trên đang có không người cái con"),
}
"""Words by which a language is known; those of English decide for it."""

_LANGUAGES_BY_MARKER: Mapping[str, tuple[str, ...]] = {
    word: tuple(language for language, markers in _MARKERS.items() if word in markers)
    for word in frozenset().union(*_MARKERS.values())
}
_FOREIGN_MARKERS = frozenset(_LANGUAGES_BY_MARKER.keys() - _MARKERS[ENGLISH])

_SHARED_WORDS = word_set("a an in as on he her")
"""Little words of English that other languages have, too."""
_ONLY_ENGLISH = frozenset(
    word for word in _MARKERS[ENGLISH] - _SHARED_WORDS if _LANGUAGES_BY_MARKER[word] == (ENGLISH,)
)

_LETTERS: Mapping[str, re.Pattern[str]] = {
    "pl": re.compile("[łąęśćźż]", re.IGNORECASE),
    "tr": re.compile("[ğış]"),
    "cs": re.compile("[řěů]", re.IGNORECASE),
    "hu": re.compile("[őű]", re.IGNORECASE),
    "ro": re.compile("[șțţ]", re.IGNORECASE),
    "vi": re.compile("[ạảấầẩẫậắằẵặẹẻẽếềểệịọỏốồổộớờởợụủứừửữựđơư]", re.IGNORECASE),
}
"""Letters that hardly another language has."""

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_KANA, _HANGUL, _HAN = re.compile("[ぁ-ヿ]"), re.compile("[가-힣]"), re.compile("[一-鿿]")
_CYRILLIC, _UKRAINIAN = re.compile("[а-яё]", re.IGNORECASE), re.compile("[іїєґ]", re.IGNORECASE)
_ARABIC, _PERSIAN = re.compile("[ء-ي]"), re.compile("[پچژگ]")
_LATIN, _OTHER_LETTER = re.compile("[A-Za-z]"), re.compile("[\u0370-\uffff]")
_MANY_LATIN = 2
"""With this many Latin letters to each other one, a text only quotes the other language."""

_SHARED_SCRIPTS = frozenset((("zh", "ja"), ("ru", "uk"), ("ar", "fa")))
"""(language, usual one): characters that both have decide nothing by themselves."""
_CLEAR_SHARE, _SURE_SHARE = 0.5, 0.75
"""With this share of its words known, a passage is in a language of which it has several little words, or one."""
_MIN_WORDS = 3

_LANGUAGE_BY_SCRIPT: Mapping[str, str] = {
    "DEVANAGARI": "hi", "GREEK": "el", "HEBREW": "he", "THAI": "th", "BENGALI": "bn", "TAMIL": "ta", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "TELUGU": "te", "GURMUKHI": "pa", "GUJARATI": "gu",
}  # fmt: skip


def language_named(text: str) -> str:
    """Return the code of a language by its name or tag, such as "Deutsch" or "de-AT"; "" for an unknown one."""
    plain = text.strip().casefold()
    tag = plain.replace("_", "-").partition("-")[0]
    return next(
        (code for code in (tag, _OTHER_NAMES.get(plain, "")) if code in LANGUAGE_NAMES), _OTHER_NAMES.get(tag, "")
    )


def language_of_script(text: str) -> str:
    """Return the language that most letters of a text tell; "" for Latin ones."""
    if text.isascii():
        return ""
    if len(_LATIN.findall(text)) > _MANY_LATIN * len(_OTHER_LETTER.findall(text)):
        return ""
    patterns = (  # the first that fits
        (_KANA, "ja"), (_HANGUL, "ko"), (_HAN, "zh"), (_UKRAINIAN, "uk"), (_CYRILLIC, "ru"), (_PERSIAN, "fa"),
        (_ARABIC, "ar"),
    )  # fmt: skip
    for pattern, language in patterns:
        if pattern.search(text):
            return language
    other = _OTHER_LETTER.search(text)
    return _LANGUAGE_BY_SCRIPT.get(unicodedata.name(other[0], "").split(" ")[0], "") if other else ""


def language_of_words(text: str) -> str:
    """Return the language that the little words of a text in Latin letters tell, "en" where they tell no other."""
    counts = _marker_counts(text)
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > 1 + counts[ENGLISH] else ENGLISH


@lru_cache(maxsize=8192)
def language_of(text: str, usual: str = ENGLISH) -> str:
    """Return the language of a paragraph.

    Args:
        text: The paragraph.
        usual: The language of the script around it, which a paragraph has unless its own words clearly say another.
    """
    if language := language_of_script(text):
        return usual if (language, usual) in _SHARED_SCRIPTS else language
    tokens = _TOKEN.findall(text)
    words = {token.lower() for token in tokens if len(token) == 1 or not token.isupper()}
    words = words or {token.lower() for token in tokens}
    if usual == ENGLISH and text.isascii() and _is_plainly_english(words):
        return usual
    languages = {language for word in words for language in _LANGUAGES_BY_MARKER.get(word, ())}
    if not text.isascii():
        languages |= {language for language, letters in _LETTERS.items() if letters.search(text)}
    candidates = [one for one in languages if one != usual and _is_told(text, words, one, usual)]
    if len(words) < _MIN_WORDS or not candidates:
        return usual
    return max(candidates, key=lambda one: (_evidence(text, words, one, usual)[0] + 3 * known_share(text, one), one))


def _is_plainly_english(words: set[str]) -> bool:
    """Return whether no other language can be told: a quick answer for most texts, the same as `_is_told` gives."""
    foreign = len(words & _FOREIGN_MARKERS)
    against = len(words & _ONLY_ENGLISH)
    return not foreign or (against > 0 and foreign < 2 + 2 * against)


def _is_told(text: str, words: set[str], language: str, usual: str) -> bool:
    """Return whether a passage is clearly in a language, and not in the usual one."""
    for_it, against = _evidence(text, words, language, usual)
    needed = 2 + 2 * against if usual == ENGLISH and against else 1 if usual == ENGLISH else against + 2
    is_clear = for_it >= needed
    if not is_clear or language == ENGLISH:
        return is_clear
    if language not in LANGUAGES:
        return for_it >= _MIN_WORDS and not against
    return known_share(text, language) >= (_CLEAR_SHARE if for_it > 1 else _SURE_SHARE)


def _evidence(text: str, words: set[str], language: str, usual: str) -> tuple[int, int]:
    """Return how many little words tell one language, and how many the usual one, without those that both have."""
    own = _MARKERS.get(usual, frozenset())
    letters = _LETTERS.get(language)
    for_it = len((words & _MARKERS[language]) - own)
    if letters is not None and letters.search(text):
        for_it += _MIN_WORDS
    return for_it, len(words & own - _MARKERS[language] - _SHARED_WORDS)


def known_share(text: str, language: str) -> float:
    """Return the share of a text's words that the tables of a language know, 0 to 1; 0 without tables."""
    if language not in LANGUAGES:
        return 0.0
    forms = lexicon_of(language).forms
    words = [word.lower() for word in _TOKEN.findall(text) if not (len(word) > 1 and word.isupper())]
    return sum(word in forms for word in words) / len(words) if words else 0.0


def language_of_description(text: str) -> str:
    """Return the language of a description that is known not to be English; "" where nothing tells it."""
    if language := language_of_script(text):
        return language
    counts = _marker_counts(text)
    most = max(count for language, count in counts.items() if language != ENGLISH)
    tied = [one for one, count in counts.items() if one != ENGLISH and count >= max(1, most - 1)]
    candidates = tied or sorted(LANGUAGES - {"ru", "ja", "zh", "ko"})
    best = max(candidates, key=lambda language: (known_share(text, language), counts[language]))
    return best if known_share(text, best) >= _CLEAR_SHARE or counts[best] > 1 else ""


def _marker_counts(text: str) -> dict[str, int]:
    words = {word.lower() for word in _TOKEN.findall(text)}
    return {language: len(words & markers) for language, markers in _MARKERS.items()}
