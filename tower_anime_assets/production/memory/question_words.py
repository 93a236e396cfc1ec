"""Words of questions in ten languages: which say nothing, and which ask for facts with certain predicates.

All are written as questions are compared: in lower case and without accents; see `search_words.fold_text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WHO: Final = ("described_as", "logline", "is_a", "works_as")
WHERE: Final = ("lives_in", "plays_at", "seen_at", "appears_in")
WHEN: Final = ("time_of_day",)
_AGE, _HAIR, _EYES = ("age_years",), ("hair_colour", "hair_style"), ("eye_colour",)
_CLOTHES, _VOICE, _WEATHER = ("outfit_style", "outfit_colour", "wears"), ("voice",), ("weather",)
_COLOUR: Final = (
    *("hair_colour", "eye_colour", "skin_colour", "outfit_colour", "accent_colour", "body_colour", "palette_colour"),
)

QUESTION_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("who", "whom", "wer", "wen", "quien", "quienes", "qui", "chi", "quem", "кто"), WHO),
    **dict.fromkeys(("what", "was", "que", "quoi", "cosa", "что"), WHO),
    **dict.fromkeys(("where", "wo", "donde", "ou", "dove", "onde", "где"), WHERE),
    **dict.fromkeys(("when", "wann", "cuando", "quand", "quando", "когда"), WHEN),
}
"""The predicates that answer a question, by its question word; the word itself need not be in the fact."""

UNSPACED_QUESTION_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("誰", "だれ", "どなた", "何者", "谁", "誰", "누구", "何", "なに", "什么", "무엇", "뭐"), WHO),
    **dict.fromkeys(("どこ", "何処", "哪里", "哪儿", "어디"), WHERE),
    **dict.fromkeys(("いつ", "何時", "什么时候", "언제"), WHEN),
    **dict.fromkeys(("何歳", "いくつ", "几岁", "多大", "몇 살", "몇살"), _AGE),
}
"""The same for scripts that do not separate words."""

ASKED_PREDICATES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("old", "age", "alt", "alter", "edad", "anos", "eta", "anni", "idade", "лет", "возраст"), _AGE),
    **dict.fromkeys(("年齢", "年龄", "나이"), _AGE),
    **dict.fromkeys(("hair", "haar", "haare", "pelo", "cabello", "cheveux", "capelli", "cabelo", "волосы"), _HAIR),
    **dict.fromkeys(("髪", "头发", "머리"), _HAIR),
    **dict.fromkeys(
        ("eye", "eyes", "auge", "augen", "ojos", "yeux", "occhi", "olhos", "глаза", "目", "眼睛", "눈"), _EYES
    ),
    **dict.fromkeys(("wear", "wears", "wearing", "clothes", "outfit", "dressed", "tragt", "kleidung"), _CLOTHES),
    **dict.fromkeys(
        ("ropa", "lleva", "vetements", "porte", "vestiti", "roupa", "одежда", "服", "衣服", "옷"), _CLOTHES
    ),
    **dict.fromkeys(("voice", "sound", "stimme", "voz", "voix", "voce", "голос", "声", "声音", "목소리"), _VOICE),
    **dict.fromkeys(("weather", "wetter", "clima", "meteo", "погода", "天気", "天气", "날씨"), _WEATHER),
    **dict.fromkeys(("colour", "color", "farbe", "couleur", "colore", "cor", "цвет", "色", "颜色", "색"), _COLOUR),
    **dict.fromkeys(("called", "nickname", "nicknames", "alias", "aliases", "heisst", "llama", "apodo"), ("alias",)),
    **dict.fromkeys(("about", "story", "plot", "handlung", "trama", "histoire", "historia"), ("logline", "synopsis")),
    **dict.fromkeys(("make", "makes", "made", "making"), ("is_made_with", "made_by")),
    **dict.fromkeys(("after", "next", "nach", "despues", "apres", "dopo", "depois", "после"), ("is_followed_by",)),
    **dict.fromkeys(("before", "vor", "antes", "avant", "prima", "перед"), ("follows",)),
    **dict.fromkeys(("gate", "gates"), ("has_gates",)),
    **dict.fromkeys(("port", "ports"), ("usual_port",)),
    **dict.fromkeys(("variable", "variables", "setting"), ("is_set_by",)),
    **dict.fromkeys(("afraid", "scared", "fear", "angst", "miedo", "peur", "paura", "medo", "怖", "害怕"), ("fears",)),
    **dict.fromkeys(("love", "loves", "liebt", "ama", "aime"), ("loves",)),
    **dict.fromkeys(("lives", "live", "wohnt", "vive", "habite", "mora", "живет"), ("lives_in",)),
    **dict.fromkeys(("job", "profession", "beruf", "metier", "profesion", "profissao"), ("works_as", "described_as")),
    **dict.fromkeys(("speaks", "talks", "spricht", "habla", "parle", "parla", "fala"), ("speaks_with", "speaks_in")),
}
"""The predicates that a word of a question is about, whatever words a fact states them with."""

_ENGLISH: Final = (
    *("a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does"),
    *("for", "from", "had", "has", "have", "he", "her", "here", "his", "how", "i", "in", "into", "is", "it", "its"),
    *("me", "my", "of", "on", "or", "our", "s", "she", "so", "t", "tell", "that", "the", "their", "them", "there"),
    *("they", "this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "whom", "whose"),
    *("why", "will", "with", "you", "your"),
)
_GERMAN: Final = (
    *("wer", "wen", "wem", "wessen", "wo", "wann", "wie", "warum", "welche", "welcher", "welches", "ist", "sind"),
    *("war", "hat", "haben", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "und", "oder", "von"),
    *("vom", "im", "zu", "zur", "zum", "mit", "fur", "auf", "er", "sie", "es", "ihr", "ihre", "sein", "seine"),
    *("macht", "wird", "bei"),
)
_ROMANCE: Final = (
    *("el", "la", "los", "las", "un", "una", "y", "o", "de", "del", "en", "es", "son", "esta", "estan", "ser", "que"),
    *("quien", "quienes", "donde", "cuando", "como", "cual", "cuales", "por", "para", "con", "su", "sus", "se"),
    *("le", "les", "une", "des", "du", "et", "est", "sont", "qui", "quoi", "ou", "quand", "comment", "quel", "quelle"),
    *("quels", "quelles", "dans", "avec", "pour", "sur", "il", "elle", "c", "d", "l", "qu", "ce", "cette", "son", "sa"),
    *("chi", "cosa", "dove", "quando", "come", "quale", "lo", "gli", "i", "uno", "e", "di", "della", "che", "sono"),
    *("nel", "nella", "quem", "onde", "qual", "os", "um", "uma", "do", "da", "dos", "das", "em", "no", "na", "sao"),
    *("tiene", "tienen", "ha", "a", "tem", "quantos", "cuantos", "cuantas", "ans", "hay"),
)
_RUSSIAN: Final = (
    "кто",
    "что",
    "где",
    "когда",
    "такои",
    "такая",
    "такое",
    "как",
    "какои",
    "какая",
    "и",
    "в",
    "на",
    "у",
)

_JAPANESE: Final = (
    "ですか",
    "です",
    "でしょうか",
    "とは",
    "って",
    "は",
    "の",
    "が",
    "か",
    "について",
    "教えて",
    "ください",
)

STOP_WORDS: Final = frozenset((*_ENGLISH, *_GERMAN, *_ROMANCE, *_RUSSIAN, *_JAPANESE))
"""Words of a question that are searched only if there are no others."""

LIGHT_WORDS: Final = frozenset(
    (
        *("make", "makes", "made", "use", "uses", "used", "show", "shows", "know", "known", "happen", "happens"),
        *("name", "names", "give", "list", "kind", "thing", "things", "much", "many", "comes", "come"),
        *("kommt", "viene", "vient", "vem"),
    )
)
"""Words that say little about what is asked for; they count a third of another word."""
