"""Things that a text in another language names, by the names of the `emoji` package in thirteen languages.

Exact names only, and only after an article or the like where the language has them: what is not sure is not drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from tower_anime_assets.production.planning.lexicon import word_set, word_table
from tower_anime_assets.production.planning.things import Thing, ThingMention, all_things

_VAGUE_GLYPHS = frozenset("🍳🎎🎭🎣🎿🏸🎳🎾🏓⛽🎮🛷🏕🎴🚧🏗🥘🍲🚨🧪🎨🧵🪢🛒⚽🏐🏈🥅🪧🔈🛎🌿🎋🍂🪮🐛🌸🌼🗽🎠🏎🕹🍡🍢🍥🥮")
"""Glyphs whose names in other languages also mean an activity, a festival or a whole kind of things."""

_MARKERS: Mapping[str, frozenset[str]] = {
    "en": word_set("the a an and of in on at with to his her their its from is are into by as up for it he she they"),
    "de": word_set("der die das den dem des ein eine einen einem einer und im am auf mit ist sich von zu nicht seine"),
    "fr": word_set("le la les un une des du et dans sur avec est son sa ses au aux qui il elle de se par"),
    "es": word_set("el la los las un una y en con del se su sus al que de por es hacia"),
    "it": word_set("il lo la i gli le un una e di nel nella con del della si suo sua sul sulla che da al"),
    "pt": word_set("o a os as um uma e em no na com do da se seu sua ao que de por para"),
    "id": word_set("di dan yang sebuah seekor dengan ke dari itu ini pada sang tidak"),
    "tr": word_set("bir ve ile bu da de için gibi sonra kadar çok şu"),
}
"""Words by which a language is known; those of English decide for it."""

_ARTICLES: Mapping[str, frozenset[str]] = {
    "de": word_set(
        "der die das den dem des ein eine einen einem einer seine seinen seinem seiner sein ihr ihre ihren ihrem ihrer "
        "zwei drei vier fünf mein meine dein deine"
    ),
    "fr": word_set("le la les l un une son sa ses leur leurs mon ma mes ce cet cette deux trois quatre cinq"),
    "es": word_set("el la los las un una unos unas su sus mi mis este esta dos tres cuatro cinco"),
    "it": word_set("il lo la i gli le l un uno una suo sua suoi sue mio mia questo questa due tre quattro cinque"),
    "pt": word_set("o a os as um uma uns umas seu sua seus suas meu minha este esta dois duas três quatro cinco"),
}
_ADJECTIVES_BETWEEN = {"de": 2, "fr": 1, "es": 0, "it": 1, "pt": 0}
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_KANA, _HANGUL, _HAN = re.compile("[ぁ-ヿ]"), re.compile("[가-힣]"), re.compile("[一-鿿]")
_CYRILLIC, _ARABIC, _PERSIAN = re.compile("[а-яё]", re.IGNORECASE), re.compile("[ء-ي]"), re.compile("[پچژگ]")
_LATIN, _OTHER_LETTER = re.compile("[A-Za-z]"), re.compile("[\u0370-\uffff]")
_MANY_LATIN = 2
"""With this many Latin letters to each other one, a text only quotes the other language."""

_JAPANESE_RUN = re.compile("[一-鿿々]+|[ァ-ヿ]+|[ぁ-ゖ]+")
_JAPANESE_PARTICLES = re.compile("[がはをにのでともやへ、。！？]|$|から|まで")
_KOREAN_PARTICLE = re.compile("(?:이|가|을|를|은|는|의|에|와|과|도|로|으로|에서|만|들|들이|들을)$")

_OTHER_NAMES: Mapping[str, Mapping[str, str]] = {
    "ja": word_table(
        ("lantern", "提灯 灯籠 ランタン"), ("candle", "ろうそく 蝋燭"), ("cat", "猫 子猫"), ("dog", "犬 子犬"),
        ("rabbit", "兎"), ("fox", "狐"), ("bear", "熊"), ("wolf", "狼"), ("tiger", "虎"),
        ("monkey", "猿"), ("dove", "鳩"), ("crow", "烏 カラス"), ("snake", "蛇"), ("turtle", "亀"),
        ("butterfly", "蝶"), ("spider", "蜘蛛"), ("dragon", "龍 竜"), ("ghost", "幽霊"), ("katana", "刀"),
        ("sword", "剣"), ("dagger", "短剣"), ("umbrella", "傘"), ("letter", "手紙"), ("book", "本"),
        ("key", "鍵"), ("telephone", "電話"), ("photo", "写真"), ("door", "扉 ドア"), ("clock", "時計"),
        ("bouquet", "花束"), ("cherry blossom", "桜"), ("rose", "薔薇"), ("tea bowl", "茶碗"),
        ("tea", "湯呑み お茶"), ("teapot", "急須"), ("bag", "鞄"), ("box", "箱"), ("car", "車"),
        ("train", "電車 列車"), ("motorbike", "バイク"), ("pistol", "拳銃"), ("gun", "銃"), ("ring", "指輪"),
        ("necklace", "首飾り"), ("hat", "帽子"), ("shoe", "靴"), ("spectacles", "眼鏡"), ("glass", "コップ"),
        ("bottle", "酒瓶"), ("drum", "太鼓"), ("flute", "笛"), ("bell", "鐘 鈴"), ("amulet", "お守り"),
        ("prayer beads", "数珠"), ("map", "地図"), ("screen", "画面"), ("phone", "携帯 スマホ"),
        ("computer", "パソコン"), ("bento", "弁当"), ("rice ball", "おにぎり"), ("dango", "団子"),
        ("apple", "林檎 リンゴ"), ("chair", "椅子"), ("window", "窓"), ("doll", "人形"), ("kite", "凧"),
    ),
}  # fmt: skip
"""Everyday words that the package does not have, by language: what English calls the thing."""

_JAPANESE_COLOURS = word_table(
    ("red", "赤"), ("blue", "青"), ("white", "白"), ("black", "黒"), ("green", "緑"), ("yellow", "黄"), ("gold", "金"),
    ("silver", "銀"), ("brown", "茶"), ("purple", "紫"),
)  # fmt: skip
_COLOUR_BEFORE = re.compile(f"([{''.join(_JAPANESE_COLOURS)}])(?:い|色い|色の|の)?$")


def language_of_script(text: str) -> str:
    """Return the language that most letters of a text tell, as a code of the `emoji` package; "" for Latin ones."""
    if len(_LATIN.findall(text)) > _MANY_LATIN * len(_OTHER_LETTER.findall(text)):
        return ""
    for pattern, language in ((_KANA, "ja"), (_HANGUL, "ko"), (_HAN, "zh"), (_CYRILLIC, "ru"), (_PERSIAN, "fa")):
        if pattern.search(text):
            return language
    return "ar" if _ARABIC.search(text) else ""


def language_of_words(text: str) -> str:
    """Return the language that the little words of a text in Latin letters tell, "en" where they tell no other."""
    words = {word.lower() for word in _TOKEN.findall(text)}
    counts = {language: len(words & markers) for language, markers in _MARKERS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > 1 + counts["en"] else "en"


def foreign_things_in(text: str, language: str) -> Iterator[ThingMention]:
    """Yield the things that a text in one of the package's languages names, in order.

    Their words are their writer's, with the English name in brackets: "提灯 (lantern)".
    """
    if language == "ja":
        yield from _japanese_things(text)
    elif language == "zh":
        yield from _chinese_things(text)
    else:
        yield from _spaced_things(text, language)


def _mention(words: str, colour: str, thing: Thing, start: int) -> ThingMention:
    gloss = f"{colour} {thing.name}".strip()
    return ThingMention(thing, f"{words} ({gloss})", start, start + len(words))


def _japanese_things(text: str) -> Iterator[ThingMention]:
    names = _names("ja")
    index = 0
    longest = max(map(len, names))
    while index < len(text):
        for length in range(min(longest, len(text) - index), 0, -1):
            words = text[index : index + length]
            if words in names and _stands_alone(text, index, index + length):
                colour = _COLOUR_BEFORE.search(text[:index])
                yield _mention(words, _JAPANESE_COLOURS[colour[1]] if colour else "", names[words], index)
                index += length - 1
                break
        index += 1


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether a Japanese name is no part of a longer word: other letters or a particle are beside it."""
    before = _JAPANESE_RUN.fullmatch(text[start - 1 : start + 1]) if start else None
    if before and text[start - 1] not in _JAPANESE_COLOURS and not re.match("[ぁ-ゖ]", text[start - 1]):
        return False
    if before and re.match("[ぁ-ゖ]", text[start]) and not _JAPANESE_PARTICLES.match(text[start - 1]):
        return False
    after = _JAPANESE_RUN.fullmatch(text[end - 1 : end + 1]) if end < len(text) else None
    return after is None or _JAPANESE_PARTICLES.match(text[end:]) is not None


def _chinese_things(text: str) -> Iterator[ThingMention]:
    names = {name: thing for name, thing in _names("zh").items() if len(name) > 1}
    for match in re.finditer("|".join(map(re.escape, sorted(names, key=len, reverse=True))), text):
        yield _mention(match[0], "", names[match[0]], match.start())


def _spaced_things(text: str, language: str) -> Iterator[ThingMention]:
    names, articles = _names(language), _ARTICLES.get(language)
    tokens = list(_TOKEN.finditer(text))
    index = 0
    while index < len(tokens):
        for length in range(min(4, len(tokens) - index), 0, -1):
            start, end = tokens[index].start(), tokens[index + length - 1].end()
            words = re.sub(r"\s+", " ", text[start:end].lower())
            if language == "ko":
                words = _KOREAN_PARTICLE.sub("", words) if words not in names else words
            thing = names.get(words)
            if thing is not None and (articles is None or _has_article(tokens, index, articles, language)):
                yield _mention(words, "", thing, start)
                index += length - 1
                break
        index += 1


def _has_article(tokens: list[re.Match[str]], index: int, articles: frozenset[str], language: str) -> bool:
    between = _ADJECTIVES_BETWEEN[language]
    return any(token[0].lower() in articles for token in tokens[max(0, index - 1 - between) : index])


@cache
def _names(language: str) -> Mapping[str, Thing]:
    """Return the things by their names in a language, in lower case; the package's data is read on the first call."""
    import emoji  # it reads its data when it is imported, which only texts in other languages need

    emoji.config.load_language(language)
    things = all_things()
    names: dict[str, Thing] = {
        word: things[name] for word, name in _OTHER_NAMES.get(language, {}).items() if name in things
    }
    for thing in things.values():
        if not thing.glyph or thing.glyph in _VAGUE_GLYPHS:
            continue
        entry = emoji.EMOJI_DATA.get(thing.glyph) or emoji.EMOJI_DATA.get(f"{thing.glyph}\ufe0f") or {}
        name = str(entry.get(language, "")).strip(":").replace("_", " ").lower()
        for ending in ("の顔", " 얼굴"):  # "face of a wolf": the drawing shows the head alone
            name = name.removesuffix(ending)
        if name:
            names.setdefault(name, thing)
    return names
