"""Words for weather, and where they are looked up: headings, action and notes."""

from __future__ import annotations

import re
from collections.abc import Mapping

WEATHERS = ("clear", "rain", "snow", "fog", "storm")

WEATHER_BY_WORD: Mapping[str, str] = {
    **dict.fromkeys(("storm", "stormy", "thunder", "thunderstorm", "lightning", "typhoon"), "storm"),
    **dict.fromkeys(("snow", "snowing", "snowy", "snowfall", "blizzard", "snowflakes"), "snow"),
    **dict.fromkeys(("rain", "raining", "rainy", "drizzle", "downpour", "raindrops", "rainfall"), "rain"),
    **dict.fromkeys(("fog", "foggy", "mist", "misty", "haze"), "fog"),
    **dict.fromkeys(("clear", "sunny", "cloudless", "dry"), "clear"),
    **dict.fromkeys(("gewitter", "sturm", "orage", "tempête", "tormenta", "tempestade", "tempesta", "буря"), "storm"),
    **dict.fromkeys(("gewitter", "schnee", "neige", "nieve", "neve", "снег", "雪", "吹雪", "눈"), "snow"),
    **dict.fromkeys(("regen", "pluie", "lluvia", "pioggia", "chuva", "дождь", "雨", "小雨", "大雨", "비"), "rain"),
    **dict.fromkeys(("nebel", "brouillard", "niebla", "nebbia", "névoa", "туман", "霧", "雾", "안개"), "fog"),
    **dict.fromkeys(("嵐", "雷雨", "暴风雨", "폭풍", "gewitter"), "storm"),
    **dict.fromkeys(("晴れ", "晴", "sonnig", "ensoleillé", "soleado", "맑음"), "clear"),
}
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def find_weather(text: str) -> str:
    """Return the first weather that a text mentions other than clear, or ""."""
    words = _WORD.findall(text.lower())
    return next((WEATHER_BY_WORD[word] for word in words if WEATHER_BY_WORD.get(word, "clear") != "clear"), "")


def weather_from_note(text: str) -> str:
    """Return the weather that a note names, or "" if it names none of `WEATHERS`."""
    return next((WEATHER_BY_WORD[word] for word in _WORD.findall(text.lower()) if word in WEATHER_BY_WORD), "")
