"""How scripts in other languages introduce those who speak: "ein Roboter namens PIP", "PIPという名のロボット".

Only the words around the name that say who somebody is are taken, as written; grammar is told by the word tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tower_anime_assets.production.languages.detection import ENGLISH, language_of
from tower_anime_assets.production.languages.gloss_words import GlossWord, words_of
from tower_anime_assets.production.languages.glosses import LOOKS_NOUNS, has_gloss, read_gloss
from tower_anime_assets.production.planning.lexicon import word_set

_NAMING_BEFORE: Mapping[str, str] = {
    "de": r"namens|mit (?:dem )?Namen|genannt",
    "fr": r"(?:pré)?nommée?s?|appelée?s?|du nom de|qui s['’]appelle|surnommée?",
    "es": r"llamad[oa]s?|de nombre|que se llama|apodad[oa]",
    "it": r"chiamat[oaie]|di nome|dett[oa]|che si chiama",
    "pt": r"chamad[oa]s?|de nome|que se chama|apelidad[oa]",
    "ru": r"по имени|по прозвищу|котор(?:ого|ую) зовут|по кличке",
    "zh": r"名叫|叫做|叫作|名为|叫|被称为",
    "pl": r"o imieniu|imieniem|zwan[ya]",
    "nl": r"genaamd|met de naam|die \w+ heet",
    "sv": r"vid namn|som heter|kallad",
    "da": r"ved navn|som hedder|kaldet",
    "nb": r"ved navn|som heter|kalt",
    "cs": r"jménem|zvan[ýá]",
    "ro": r"pe nume|numită?",
    "uk": r"на ім['’ʼ]я",
    "id": r"bernama",
    "vi": r"tên là|tên",
    "ar": r"يُدعى|يدعى|تدعى|اسمه|اسمها",
    "fa": r"به نام",
    "el": r"με το όνομα|ονόματι",
    "he": r"בשם|ששמו|ששמה",
    "th": r"ชื่อ",
}
"""What stands between somebody and the name."""
_NAMING_BEHIND: Mapping[str, str] = {
    "ja": r"[」』]?(?:という名前の|という名の|という|と呼ばれる|と言う名の|って名前の)",
    "ko": r"(?:이라는|라는|이라고 하는|라고 하는|이라고 불리는|라고 불리는)(?: 이름의)?",
    "zh": r"的",
    "fi": r"[- ](?:niminen|nimisen)",
    "tr": r"\s+(?:adlı|adında|isimli|adındaki)",
    "hu": r"\s+nevű",
    "hi": r"\s+(?:नाम का|नाम की|नाम के|नामक)",
}
"""What stands between the name and somebody."""
_BEING_BEHIND: Mapping[str, str] = {
    "ja": r"は(?P<who>[^、。！？]{2,60}?)(?:だ|である|です|であった|だった)(?=[。！？])",
    "zh": r"是(?P<who>[^，。！？]{2,40})",
    "ko": r"(?:은|는)\s(?P<who>[^,.!?]{2,60}?)(?:이다|다|입니다|이었다)(?=[.!?])",
    "pt": r"\s+(?:é|era)\s+(?P<who>uma?\s[^.!?]{2,200})",
    "es": r"\s+(?:es|era)\s+(?P<who>una?\s[^.!?]{2,200})",
    "it": r"\s+(?:è|era)\s+(?P<who>un[oa]?['’ ]\s?[^.!?]{2,200})",
    "fr": r"\s+(?:est|était)\s+(?P<who>une?\s[^.!?]{2,200})",
    "de": r"\s+(?:ist|war)\s+(?P<who>eine?\s[^.!?]{2,200})",
    "ru": r"\s*[—–-]\s+(?P<who>[^.!?]{2,200})",
}
"""What says that somebody is something."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_AGE_IN_BRACKETS = re.compile(r"\s?[(（][^()（）]{0,40}\d[^()（）]{0,80}[)）]")
_UNSPACED = frozenset(("ja", "zh"))
_PHRASE_KINDS = frozenset(("noun", "thing", "adjective", "determiner", "number", "preposition"))
_ABOUT_THEM = re.compile(r"(?:/ )?(?:he|she|it|they|his|her|its)\b")
_HAVING = word_set("wears carries has is are his her its")
_MAX_FOLLOWING = 3
_MAX_SENTENCES = 400
"""Of a script, in which a name is looked for."""


class ForeignIntroductions:
    """Finds what the paragraphs of a script that are not English say of people."""

    def __init__(self, paragraphs: Sequence[str]) -> None:
        usual = language_of(" ".join(paragraphs))
        self._sentences: list[tuple[str, str]] = []  # with their languages; "" between paragraphs
        for paragraph in paragraphs:
            language = language_of(paragraph, usual)
            if language != ENGLISH:
                parts = (part.strip() for part in _SENTENCE_END.split(paragraph))
                self._sentences += [*((part, language) for part in parts if part), ("", language)]

    def named(self, name: str) -> str:
        """Return the words that introduce somebody as having a name, such as "ein Roboter namens PIP", or ""."""
        return next(self._find(name, _named), "")

    def described(self, name: str) -> str:
        """Return the words that say elsewhere who somebody is: "the old monk KENJI", "PIP is a robot", or ""."""
        return next(self._find(name, _described), "")

    def _find(self, name: str, read: Callable[[str, re.Match[str], str], str]) -> Iterator[str]:
        pattern = _pattern(name)
        found = 0
        for number, (sentence, language) in enumerate(self._sentences):
            for match in pattern.finditer(sentence):
                found += 1
                if description := read(sentence, match, language).strip():
                    full = description if description[-1] in ".!?…。！？" else description + _full_stop(language)
                    yield " ".join((full, *self._about_them(number + 1)))
            if found > _MAX_SENTENCES:
                return

    def _about_them(self, first: int) -> Iterator[str]:
        """Yield the sentences behind an introduction that go on with looks: "Sie trägt ein rotes Kleid."."""
        for sentence, language in self._sentences[first : first + _MAX_FOLLOWING]:
            if not sentence or not has_gloss(language):
                return
            gloss = read_gloss(sentence, language)
            words = {word.english for word in gloss.words}
            is_about = gloss.lacks_subject or bool(_ABOUT_THEM.match(gloss.english))
            if not (is_about and words & _HAVING and words & LOOKS_NOUNS):
                return
            yield sentence


def _pattern(name: str) -> re.Pattern[str]:
    words = r"[\s.#]+".join(map(re.escape, re.split(r"[\s#]+", name.strip(" #"))))
    edge = "[A-Za-zÀ-ɏЀ-ӿ]"
    return re.compile(rf"(?<!{edge}){words}(?!{edge})", re.IGNORECASE)


def _full_stop(language: str) -> str:
    return "。" if language in _UNSPACED else "."


def _named(sentence: str, match: re.Match[str], language: str) -> str:
    before, rest = sentence[: match.start()], sentence[match.end() :]
    quote = r"[\"'„«“「『]?"
    if link := re.match(_NAMING_BEHIND.get(language, r"(?!)"), rest):
        naming = re.search(rf"(?:{_NAMING_BEFORE[language]})\s*{quote}$", before) if language == "zh" else None
        if language == "zh" and naming is None:
            return ""
        lead = _phrase_before(before[: naming.start()], language, needs_noun=False) if naming is not None else ""
        start = len(before[: naming.start()]) - len(lead) if naming is not None else match.start()
        who = _phrase_behind(rest[link.end() :], language)
        if not who:
            return "" if has_gloss(language) else sentence
        return sentence[start : match.end()] + link.group() + who
    naming = re.search(rf"(?<!\w)(?:{_NAMING_BEFORE.get(language, '(?!)')})\s+{quote}$", before, re.IGNORECASE)
    if naming is None:
        return ""
    plain = before[: naming.start()].rstrip(" ,")
    lead = _phrase_before(plain, language) if has_gloss(language) else plain
    if not lead:
        return ""
    return f"{lead} {before[naming.start() :]}{match.group()}{_trailing(rest, language)}"


def _described(sentence: str, match: re.Match[str], language: str) -> str:
    before, rest = sentence[: match.start()], sentence[match.end() :]
    if being := re.match(_BEING_BEHIND.get(language, r"(?!)"), rest):
        if any(word.is_noun and word.kind != "name" for word in words_of(being["who"], language)):
            return match.group() + being.group()
        return ""
    separator = re.search(r"(?:[,，、]|の)?\s*$", before)
    plain = before[: separator.start()] if separator is not None else before
    joint = before[len(plain) :]
    lead = _phrase_before(plain, language)
    trailing = _trailing(rest, language)
    return f"{lead}{joint if lead else ''}{match.group()}{trailing}" if lead or trailing else ""


def _trailing(rest: str, language: str) -> str:
    """Return an age in brackets and the parts between commas directly behind a name that only say who somebody is."""
    bracket = _AGE_IN_BRACKETS.match(rest)
    text = bracket.group() if bracket else ""
    for part in re.finditer(r"\s*[,，、]\s*([^,，、.。!?！？—–]+)", rest):
        if part.start() < len(text):
            continue
        if part.start() != len(text):
            break
        words = [word for word in words_of(part[1], language) if word.english or word.kind == "unknown"]
        kinds = {word.kind for word in words}
        is_aged = any(word.english == "years old" for word in words)
        is_about = (is_aged or bool(kinds & {"noun", "thing", "adjective"})) and not kinds & {"verb", "name"}
        if not is_about or words[0].english in ("and", "as", "but", "who", "where"):
            break
        text = rest[: part.end()].rstrip()
    return text


def _phrase_before(before: str, language: str, *, needs_noun: bool = True) -> str:
    """Return the words at the end of a text that name somebody: behind the last verb, from their article on."""
    words = list(words_of(before, language))
    start = len(words)
    while start > 0 and _is_of_phrase(words[start - 1]):
        start -= 1
    while start < len(words) and (words[start].kind == "preposition" or not words[start].english):
        start = _next_phrase(words, start)
    phrase = words[start:]
    has_noun = any(word.kind == "noun" for word in phrase)
    return before[phrase[0].start :].strip() if phrase and (has_noun or not needs_noun) else ""


def _next_phrase(words: Sequence[GlossWord], start: int) -> int:
    """Return where the next noun phrase behind a preposition's own begins: behind "In the kitchen"."""
    articles = (at for at in range(start + 2, len(words)) if words[at].kind == "determiner")
    return next(articles, start + 1)


def _is_of_phrase(word: GlossWord) -> bool:
    return word.kind in _PHRASE_KINDS or word.english == "and" or (not word.english and word.kind == "small")


def _phrase_behind(rest: str, language: str) -> str:
    """Return the words at the beginning of a text that name somebody, up to what they do."""
    end = 0
    for word in _until_verb(words_of(rest, language)):
        if word.is_noun and word.kind != "name":
            end = word.end
    return rest[:end]


def _until_verb(words: Iterable[GlossWord]) -> Iterator[GlossWord]:
    for word in words:
        if word.kind in ("mark", "subject", "verb", "negation", "name"):
            return
        yield word
