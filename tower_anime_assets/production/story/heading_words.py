"""Words of scene headings in many languages: inside and outside, times of day, and what may stand beside a time.

Tables only; every word is folded by `fold_word` as the words of a script are, so capitals and accents do not matter.
Words that are also places in English scripts are left out: `DEN` (Czech: day), `SUITE` (French: continued).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_KANA_MARKS = frozenset("\u3099\u309a")


@lru_cache(maxsize=4096)
def fold_word(word: str) -> str:
    """Return a word in capitals, without accents and with plain apostrophes."""
    if word.isascii():
        return word.upper()
    capitals = unicodedata.normalize("NFKC", word).upper().replace("’", "'")
    parts = unicodedata.normalize("NFD", capitals)
    kept = "".join(char for char in parts if not unicodedata.combining(char) or char in _KANA_MARKS)
    return unicodedata.normalize("NFC", kept)


def _folded(*texts: str) -> frozenset[str]:
    return frozenset(fold_word(word) for text in texts for word in text.split())


def _table(rows: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return meaning by folded phrase; the phrases of a row are separated by commas."""
    return {
        " ".join(fold_word(word) for word in phrase.split()): meaning
        for meaning, phrases in rows
        for phrase in phrases.split(",")
    }


SHORT_INTERIOR_WORDS = _folded("INT ИНТ ІНТ")
SHORT_EXTERIOR_WORDS = _folded("EXT НАТ ЭКСТ ЕКСТ")
"""Abbreviations; they begin a heading with or without a mark behind them."""

LONG_INTERIOR_WORDS = _folded(
    "INTERIOR INTERIORS INNEN INTÉRIEUR INTERNO INTERNI BINNEN INTERIEUR INTERIÖR INTERIØR INDENDØRS INTERIÉR",
    "WNĘTRZE ИНТЕРЬЕР ПАВИЛЬОН ІНТЕР'ЄР ΕΣΩΤΕΡΙΚΟ SISÄLLÄ BELSŐ 室内 屋内 内景 실내 내부 داخلي פנים",
)
LONG_EXTERIOR_WORDS = _folded(
    "EXTERIOR EXTERIORS AUSSEN EXTÉRIEUR ESTERNO ESTERNI BUITEN EXTERIEUR EXTERIÖR EXTERIØR UDENDØRS EXTERIÉR",
    "PLENER НАТУРА ЭКСТЕРЬЕР ЕКСТЕР'ЄР ΕΞΩΤΕΡΙΚΟ ULKONA KÜLSŐ 室外 屋外 外景 野外 실외 외부 야외 خارجي חוץ",
)
"""Whole words: without a mark behind them the line must be in capitals, if its writing system has any."""

MARKED_INTERIOR_WORDS = _folded("INNE INDE WN WEWN WNĘTRZ İÇ ΕΣΩΤ SIS SISÄ INTR 内")
MARKED_EXTERIOR_WORDS = _folded("EST UTE UDE PL ZEWN DIŞ ΕΞΩΤ ULK ULKO EXTR 外")
"""Words that mean it only with a mark behind them, such as `EST.`, and only in capitals, if there are any."""

INTERIOR_WORDS = SHORT_INTERIOR_WORDS | LONG_INTERIOR_WORDS | MARKED_INTERIOR_WORDS
EXTERIOR_WORDS = SHORT_EXTERIOR_WORDS | LONG_EXTERIOR_WORDS | MARKED_EXTERIOR_WORDS

MISSPELT_PREFIXES: Mapping[str, str] = {
    **dict.fromkeys(("INY", "INR", "IMT", "IBT", "ITN", "INTT", "IINT", "INNT", "NIT", "INF", "UNT", "ONT"), "INT"),
    **dict.fromkeys(("EXY", "EXR", "ECT", "ETX", "EXXT", "EXTT", "EEXT", "XET", "EZT"), "EXT"),
}
"""Slips of the finger, and what was meant."""

SCENE_WORDS = _folded("SCENE SC SZENE SCÈNE SCENA ESCENA CENA SCÈNE BILD SEQUENCE СЦЕНА シーン 场景 場景 场次 씬 장면")

TIMES: Mapping[str, str] = _table(
    (
        ("dawn", "DAWN,SUNRISE,SUN UP,SUNUP,SUN-UP,DAYBREAK,BREAK OF DAY,CRACK OF DAWN,PRE-DAWN,PREDAWN,PRE DAWN"),
        ("dawn", "FIRST LIGHT,FIRST LIGHT OF DAY,EARLY MORNING,EARLY IN THE MORNING,BEFORE SUNRISE"),
        ("dawn", "BLUE HOUR MORNING"),
        ("dawn", "MORGENGRAUEN,MORGENDÄMMERUNG,TAGESANBRUCH,SONNENAUFGANG,FRÜHMORGENS,FRÜHER MORGEN,FRÜHMORGEN"),
        ("dawn", "AUBE,AURORE,LEVER DU JOUR,LEVER DU SOLEIL,LEVER DE SOLEIL,PETIT MATIN,POINT DU JOUR"),
        ("dawn", "AMANECER,ALBA,AMANHECER,ALVORADA,AURORA,NASCER DO SOL,SALIDA DEL SOL,PRIMERA LUZ,PRIMO MATTINO"),
        ("dawn", "DAGERAAD,ZONSOPGANG,ŚWIT,GRYNING,DAGGRY,SOLUPPGÅNG,SVÍTÁNÍ,ÚSVIT,HAJNAL,ŞAFAK,ΑΥΓΗ,AAMUNKOITTO"),
        ("dawn", "РАССВЕТ,НА РАССВЕТЕ,СВІТАНОК,РАННЕЕ УТРО,فجر,שחר,भोर"),
        ("dawn", "早朝,夜明け,夜明け前,明け方,未明,払暁,清晨,黎明,拂晓,破晓,晨,天亮,새벽,동틀녘,이른 아침"),
        ("day", "DAY,DAYTIME,DAY-TIME,DAY TIME,DAYLIGHT,MORNING,MID-MORNING,MIDMORNING,LATE MORNING,FORENOON,NOON"),
        ("day", "MIDDAY,MID-DAY,HIGH NOON,NOONTIME,LUNCHTIME,LUNCH TIME,BREAKFAST TIME,AFTERNOON,LATE AFTERNOON"),
        ("day", "MID-AFTERNOON,MIDAFTERNOON,EARLY AFTERNOON,MIDDLE OF THE DAY,BROAD DAYLIGHT,TEATIME"),
        ("day", "TAG,TAGSÜBER,MORGEN,MORGENS,VORMITTAG,VORMITTAGS,MITTAG,MITTAGS,NACHMITTAG,NACHMITTAGS"),
        ("day", "JOUR,JOURNÉE,MATIN,MATINÉE,MIDI,APRÈS-MIDI,APRÈS MIDI,PLEIN JOUR,FIN D'APRÈS-MIDI"),
        ("day", "DÍA,MAÑANA,MEDIODÍA,TARDE,DIA,MANHÃ,MEIO-DIA,MEIO DIA,GIORNO,MATTINA,MATTINO,MEZZOGIORNO"),
        ("day", "POMERIGGIO"),
        ("day", "DAG,OCHTEND,MIDDAG,NAMIDDAG,DZIEŃ,RANEK,RANO,POŁUDNIE,POPOŁUDNIE,MORGON,FÖRMIDDAG,EFTERMIDDAG"),
        ("day", "FORMIDDAG,ETTERMIDDAG,PÄIVÄ,AAMU,RÁNO,ODPOLEDNE,NAPPAL,REGGEL,GÜN,GÜNDÜZ,SABAH,ΜΕΡΑ,ΗΜΕΡΑ,ΠΡΩΙ"),
        ("day", "ДЕНЬ,ДНЕМ,ДНЁМ,УТРО,УТРОМ,ПОЛДЕНЬ,РАНОК,نهار,صباح,ظهر,יום,בוקר,צהריים,दिन,सुबह,दोपहर"),
        (
            "day",
            "昼,昼間,日中,昼過ぎ,昼前,朝,翌朝,正午,午前,午後,日,天,白天,早上,早晨,上午,中午,下午,午后,白昼,낮,대낮,아침,오전,오후,정오",
        ),
        ("dusk", "DUSK,SUNSET,SUN SET,SUNDOWN,SUN DOWN,EVENING,EARLY EVENING,LATE EVENING,TWILIGHT,GLOAMING"),
        ("dusk", "NIGHTFALL"),
        ("dusk", "GOLDEN HOUR,MAGIC HOUR,BLUE HOUR,MAGIC TIME,END OF DAY,DINNERTIME,EVE"),
        ("dusk", "ABEND,ABENDS,DÄMMERUNG,ABENDDÄMMERUNG,SONNENUNTERGANG,FEIERABEND"),
        (
            "dusk",
            "SOIR,SOIRÉE,CRÉPUSCULE,COUCHER DU SOLEIL,COUCHER DE SOLEIL,TOMBÉE DE LA NUIT,TOMBÉE DU JOUR,HEURE DORÉE",
        ),
        ("dusk", "ATARDECER,ANOCHECER,CREPÚSCULO,OCASO,PUESTA DE SOL,PUESTA DEL SOL,ENTARDECER,ANOITECER,PÔR DO SOL"),
        ("dusk", "PÔR-DO-SOL,FIM DE TARDE,SERA,TRAMONTO,CREPUSCOLO,IMBRUNIRE,TARDO POMERIGGIO"),
        ("dusk", "AVOND,SCHEMERING,ZONSONDERGANG,WIECZÓR,ZMIERZCH,ZACHÓD SŁOŃCA,KVÄLL,KVELD,AFTEN,SKYMNING,SKUMRING"),
        ("dusk", "SOLNEDGANG,SOLNEDGÅNG,ILTA,VEČER,SOUMRAK,ALKONYAT,AKŞAM,ΒΡΑΔΥ,ΣΟΥΡΟΥΠΟ,ΔΕΙΛΙΝΟ,ВЕЧЕР,ВЕЧЕРОМ"),
        ("dusk", "ЗАКАТ,СУМЕРКИ,ВЕЧІР,СУТІНКИ,مساء,غروب,ערב,שקיעה,शाम"),
        ("dusk", "夕方,夕,夕暮れ,夕刻,夕暮,黄昏,日没,日暮れ,薄暮,傍晚,日落,저녁,해질녘,황혼,노을,석양"),
        ("night", "NIGHTFALL,LATE EVENING"),
        ("night", "NIGHT,NIGHTTIME,NIGHT-TIME,NIGHT TIME,TONIGHT,LATE NIGHT,LATE-NIGHT,LATE AT NIGHT,MIDNIGHT"),
        ("night", "MID-NIGHT,DEAD OF NIGHT,DEAD OF THE NIGHT,MIDDLE OF THE NIGHT,SMALL HOURS,WEE HOURS"),
        ("night", "WITCHING HOUR"),
        ("night", "AFTER DARK,AFTER MIDNIGHT,AFTER SUNSET,MOONLIGHT,OVERNIGHT,ALL NIGHT,BEDTIME"),
        ("night", "NACHT,NACHTS,MITTERNACHT,HEUTE NACHT,TIEFE NACHT,SPÄTABENDS,SPÄTER ABEND,NUIT,MINUIT,PLEINE NUIT"),
        ("night", "NOCHE,MEDIANOCHE,MADRUGADA,NOITE,MEIA-NOITE,MEIA NOITE,NOTTE,MEZZANOTTE,TARDA SERA,MIDDERNACHT"),
        ("night", "NOC,PÓŁNOC,NATT,NAT,MIDNATT,MIDNAT,YÖ,KESKIYÖ,PŮLNOC,ÉJSZAKA,ÉJJEL,ÉJFÉL,GECE,GECE YARISI,ΝΥΧΤΑ"),
        ("night", "ΜΕΣΑΝΥΧΤΑ,НОЧЬ,НОЧЬЮ,ПОЛНОЧЬ,ГЛУБОКАЯ НОЧЬ,НІЧ,ПІВНІЧ,ليل,لیل,ליל,לילה,חצות,रात"),
        (
            "night",
            "夜,深夜,夜中,真夜中,夜更け,夜半,今夜,昨夜,同夜,晩,今晩,晚,夜晚,晚上,午夜,半夜,凌晨,夜里,밤,한밤,한밤중,심야,자정",
        ),
    )
)
"""Time of day by word or phrase."""

SAME_TIMES: Mapping[str, str] = _table(
    (
        ("same", "CONTINUOUS,CONT'D,CONTINUED,CONTINUING,LATER,MOMENTS LATER,SECONDS LATER,MINUTES LATER"),
        ("same", "HOURS LATER"),
        ("same", "SAME,SAME TIME,AT THE SAME TIME,THE SAME,MOMENTS AFTER,MEANWHILE,SIMULTANEOUS"),
        ("same", "SPÄTER,KURZ DARAUF,KURZ DANACH,FORTLAUFEND,FORTSETZUNG,GLEICHZEITIG,ANSCHLIESSEND,WEITER"),
        ("same", "CONTINU,PLUS TARD,EN CONTINU,AU MÊME MOMENT,PEU APRÈS,MÊME TEMPS"),
        (
            "same",
            "MÁS TARDE,CONTINUO,CONTINÚA,CONTINUA,MOMENTOS DESPUÉS,LUEGO,DEPOIS,MAIS TARDE,CONTÍNUO,DOPO,PIÙ TARDI",
        ),
        (
            "same",
            "POCO DOPO,LATER DIE DAG,VERVOLG,PÓŹNIEJ,CIĄG DALSZY,SENARE,SENERE,ПОЗЖЕ,ПРОДОЛЖЕНИЕ,ТОГДА ЖЕ,ПІЗНІШЕ",
        ),
        ("same", "続き,同時刻,同,しばらく後,数分後,少し後,稍后,连续,同时,接上,계속,잠시 후,같은 시간,얼마 후"),
    )
)
"""Phrases that keep the time of the scene before."""

WEEKDAYS = _folded(
    "MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY MON TUE TUES WED THU THURS FRI SAT SUN",
    "MONTAG DIENSTAG MITTWOCH DONNERSTAG FREITAG SAMSTAG SONNABEND SONNTAG",
    "LUNDI MARDI MERCREDI JEUDI VENDREDI SAMEDI DIMANCHE LUNES MARTES MIÉRCOLES JUEVES VIERNES SÁBADO DOMINGO",
    "LUNEDÌ MARTEDÌ MERCOLEDÌ GIOVEDÌ VENERDÌ SABATO DOMENICA SEGUNDA-FEIRA TERÇA-FEIRA QUARTA-FEIRA QUINTA-FEIRA",
    "SEXTA-FEIRA ПОНЕДЕЛЬНИК ВТОРНИК СРЕДА ЧЕТВЕРГ ПЯТНИЦА СУББОТА ВОСКРЕСЕНЬЕ",
    "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 周一 周二 周三 周四 周五 周六 周日 星期一 星期二 星期三 星期四",
    "星期五 星期六 星期日 월요일 화요일 수요일 목요일 금요일 토요일 일요일",
    "PROM WEDDING OPENING ELECTION GRADUATION VALENTINE'S JUDGEMENT JUDGMENT SCHOOL BOXING NOEL WEIHNACHTEN",
    "NAVIDAD NATALE",
    "YESTERDAY TODAY TOMORROW CHRISTMAS EASTER HALLOWEEN THANKSGIVING SUMMER WINTER AUTUMN FALL SPRING",
)
"""Days and seasons: with them a part of a heading speaks of when, though not of the time of day."""

MARKERS = _folded(
    "FLASHBACK FLASH-BACK FLASHFORWARD FLASH-FORWARD PRESENT PAST FUTURE ESTABLISHING INTERCUT MONTAGE DREAM",
    "FANTASY MEMORY RÜCKBLENDE TRAUM RÊVE SUEÑO SOGNO SONHO СОН 回想 回忆 梦 회상 DAYS WEEKS MONTHS YEARS",
)
"""What kind of scene it is, and spans of time; they are no part of a place."""

MONTHS = _folded(
    "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER",
    "JANUAR FEBRUAR MÄRZ MAI JUNI JULI OKTOBER DEZEMBER JANVIER FÉVRIER MARS AVRIL JUIN JUILLET AOÛT SEPTEMBRE",
    "OCTOBRE NOVEMBRE DÉCEMBRE ENERO FEBRERO MARZO ABRIL MAYO JUNIO JULIO AGOSTO OCTUBRE NOVIEMBRE DICIEMBRE",
)

FILLERS = _folded(
    "THE NEXT THAT THIS A AN AT IN ON OF OR AND TO WITH HEAVY LIGHT EARLY VERY BEFORE AFTER JUST NEAR NEARLY ABOUT",
    "ANOTHER BIT WHILE LITTLE",
    "MOMENTS MOMENT SECONDS MINUTES MINUTE HOURS HOUR WEEK MONTH YEAR FEW SEVERAL SAME FOLLOWING",
    "PREVIOUS LAST FIRST",
    "SECOND THIRD FINAL DEAD MIDDLE END LATER LATE POURING FALLING ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN",
    "TWELVE SHORT LONG TIME O'CLOCK FORWARD BACK LIVE CIRCA AD BC HOT COLD WARM DARK BRIGHT MOONLIT",
    "STARRY CLOUDY OVERCAST GREY GRAY WINTRY SUMMERY SPRING SUMMER WINTER AUTUMN HRS HRS. APPROX UNTIL",
    "DER DIE DAS DEN DEM AM IM IN NÄCHSTER NÄCHSTE NÄCHSTEN FOLGENDER SPÄTER SPÄTE FRÜHER FRÜHE SELBER TIEFE TAGE",
    "LE LA LES L' DE DU UN UNE LENDEMAIN SUIVANT SUIVANTE MÊME FIN DÉBUT JOURS ANS",
    "EL LOS LAS UNO UNA SIGUIENTE MISMO MISMA DEL AL POR DÍAS AÑOS O OS DO DA SEGUINTE MESMO NO NA",
    "IL LO GLI STESSO STESSA PRIMA SEGUENTE DOPO INOLTRATA НА СЛЕДУЮЩИЙ СЛЕДУЮЩЕЕ СЛЕДУЮЩАЯ ТОТ ТА РАННЕЕ ПОЗДНИЙ",
    "ПОЗДНЯЯ ДНЕЙ ЛЕТ ЧЕРЕЗ ГЛУБОКАЯ 翌日 次日 第二天 当天 那天 同日 その その日 다음 다음날 그날 같은 날",
)
"""Words beside a time in a heading that name no place."""

BARE_MODIFIERS = _folded("LATE EARLY NEXT SAME THAT RAINY STORMY SNOWY FOGGY MISTY SUNNY MOONLIT STARRY HOT COLD WARM")
"""Words that may precede a time that no mark divides from the place, as in `INT. X LATE NIGHT`."""

BARE_SAME_TIMES = frozenset({"CONTINUOUS", "LATER", "MOMENTS LATER"})
"""Phrases of `SAME_TIMES` that need no mark before them."""

AMBIGUOUS_BARE_TIMES = _folded(
    "TAG DIA SERA JOUR MIDI TARDE MORGEN ALBA AURORE AURORA NAT DAG EVE LATE MAÑANA AUBE NOC NATT GÜN AFTEN 日 天 同 晨"
)
"""Times that are something else in English; where no mark divides them from the place, they are part of it."""

HYPHEN_PARTNERS = _folded(
    "HALF ALL MID PRE LATE FORT WEEK HOLI EVERY ONE TWO FIRST GOOD SEMI MULTI SEVEN ALL-DAY DAY NIGHT"
)
"""Words that make one with a time behind a hyphen: `HALF-DAY`."""

CJK_TIME_ENDINGS = tuple(
    sorted((word for word in TIMES if not word.isascii() and ord(word[0]) >= 0x3000), key=len, reverse=True)
)
"""Times in writing without spaces, the longest first; a part of a heading may end with one: `第二天夜`."""
