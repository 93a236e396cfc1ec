"""The light of a shot: sky, haze, tint and rim light, from time of day, weather, mood and the project's palette."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter.colour import luma, mix, rgb, scale_rgb
from tower_anime_assets.production.planning.shots import Setting


@dataclass(frozen=True)
class Light:
    """What light does to everything in a picture.

    Attributes:
        hour: "dawn", "day", "dusk" or "night".
        weather: "clear", "overcast", "rain", "storm", "snow" or "fog".
        sky: Colours of the sky from top to horizon.
        haze: What distance fades into.
        haze_m: Distance at which two thirds of a colour are haze.
        ambient: Multiplies the colours of a place, `#ffffff` changes nothing.
        rim: Colour of the edge light on figures.
        tint: Multiplies the colours of figures; nearly white, so that they keep theirs.
        neon: Bright colours for signs and lamps.
        lit: Share of windows with light behind them, 0..1.
        side: Where the key light comes from, -1 left or 1 right.
    """

    day_phase: str
    weather: str
    sky: tuple[str, str, str]
    haze: str
    haze_m: float
    ambient: str
    rim: str
    tint: str
    neon: tuple[str, ...]
    lit: float
    side: float

    @property
    def is_dark(self) -> bool:
        """Whether lamps are on."""
        return self.day_phase in ("night", "dusk") or self.weather == "storm"

    @property
    def is_wet(self) -> bool:
        """Whether the ground mirrors."""
        return self.weather in ("rain", "storm")


_LIGHT_BY_DAY_PHASE = {
    "night": Light(
        "night",
        "clear",
        ("#060a26", "#141c56", "#4a3a8c"),
        "#2c2c70",
        70,
        "#6f7ab8",
        "#8fd8ff",
        "#d6d8f4",
        (),
        0.55,
        -1,
    ),
    "dusk": Light(
        "dusk", "clear", ("#2a3174", "#b4527f", "#ffb26a"), "#d98c86", 80, "#d09aa6", "#ffc680", "#ffe6d8", (), 0.4, 1
    ),
    "dawn": Light(
        "dawn", "clear", ("#4f78c0", "#c8a9cc", "#ffdcae"), "#e2c6c4", 70, "#cfbccb", "#ffe6bc", "#fdeeec", (), 0.15, 1
    ),
    "day": Light(
        "day", "clear", ("#2b7bd6", "#76b9f0", "#d8effb"), "#bcd9ea", 110, "#ffffff", "#ffffff", "#ffffff", (), 0.0, -1
    ),
}

_DEFAULT_NEON = ("#ff3d8b", "#27e0ff", "#ffb02e", "#8b5cff", "#3dffb0")

_MOOD_TINTS = {
    "tense": ("#d2dce6", 0.30),
    "dark": ("#c4c8e0", 0.35),
    "sad": ("#cfd9f2", 0.35),
    "melanchol": ("#cfd9f2", 0.35),
    "tender": ("#ffe9dc", 0.35),
    "romantic": ("#ffe0e0", 0.35),
    "warm": ("#ffecd6", 0.35),
    "happy": ("#fff4da", 0.3),
    "hope": ("#fff2da", 0.3),
    "myster": ("#d8d2f4", 0.35),
    "ominous": ("#d6ccd8", 0.4),
    "angry": ("#f6d4cc", 0.3),
    "action": ("#fff0e0", 0.2),
}


def day_phase_of(time_of_day: str) -> str:
    """Return "dawn", "day", "dusk" or "night" for a screenplay's word; day when it says nothing known."""
    text = time_of_day.lower()
    for day_phase, words in (
        ("night", ("night", "midnight", "dark")),
        ("dawn", ("dawn", "sunrise", "daybreak", "morning")),
        ("dusk", ("dusk", "sunset", "evening", "twilight", "magic hour")),
    ):
        if any(word in text for word in words):
            return day_phase
    return "day"


def weather_of(weather: str, effects: tuple[str, ...]) -> str:
    """Return the kind of weather that words and effects ask for."""
    text = f"{weather} {' '.join(effects)}".lower()
    for weather_kind, words in (
        ("storm", ("storm", "thunder", "lightning")),
        ("rain", ("rain", "drizzle", "wet")),
        ("snow", ("snow", "blizzard")),
        ("fog", ("fog", "mist", "haze", "smog")),
        ("overcast", ("overcast", "cloud", "grey", "gray")),
    ):
        if any(word in text for word in words):
            return weather_kind
    return "clear"


def neon_of(palette: tuple[str, ...]) -> tuple[str, ...]:
    """Return the bright colours of a project's palette, made brilliant; at least three."""
    colours = []
    for colour in palette:
        hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in rgb(colour)))
        if saturation > 0.35 and light > 0.2:
            red, green, blue = colorsys.hls_to_rgb(hue, min(0.66, max(0.54, light)), max(0.9, saturation))
            colours.append("#" + "".join(f"{round(channel * 255):02x}" for channel in (red, green, blue)))
    return tuple(colours[:4]) + _DEFAULT_NEON[: max(2, 4 - len(colours))]


def light_of(setting: Setting, effects: tuple[str, ...], palette: tuple[str, ...], saturation: float = 1.0) -> Light:
    """Return the light of a setting, with the project's palette worked into sky, haze and lamps."""
    light = _LIGHT_BY_DAY_PHASE[day_phase_of(setting.time_of_day)]
    weather = weather_of(setting.weather, effects)
    neon = neon_of(palette)
    sky, haze, haze_m, ambient, rim, tint = light.sky, light.haze, light.haze_m, light.ambient, light.rim, light.tint
    if weather in ("rain", "overcast", "storm", "snow", "fog"):
        dim = {"storm": 0.62}.get(weather, 0.95) * (0.62 if light.day_phase == "night" else 1.0)
        grey = scale_rgb(mix(light.haze, "#8d99ac", 0.6), dim)
        sky = (mix(sky[0], scale_rgb(grey, 0.6), 0.65), mix(sky[1], grey, 0.6), mix(sky[2], grey, 0.5))
        ambient = mix(ambient, "#9aa6bc", 0.45 if weather in ("rain", "storm") else 0.25)
        haze = mix(haze, grey, 0.5)
        haze_m = {"fog": 24.0, "snow": 45.0, "rain": 75.0, "storm": 65.0}.get(weather, haze_m)
        rim = mix(rim, "#dfeaff", 0.4)
    if weather == "snow":
        sky = (mix(sky[0], "#c6d2e6", 0.25), mix(sky[1], "#d6dfee", 0.3), mix(sky[2], "#e8edf6", 0.4))
    strength = 0.2 / max(0.5, saturation)
    palette_by_luma = sorted(palette, key=luma)
    if palette_by_luma:
        sky = (mix(sky[0], palette_by_luma[0], strength * (0.9 if light.is_dark else 0.25)), sky[1], sky[2])
    if light.day_phase == "night":
        haze = mix(haze, neon[0], 0.12)
        sky = (sky[0], sky[1], mix(sky[2], neon[0], 0.16))
        rim = mix(rim, neon[1 % len(neon)], 0.5)
    mood = setting.mood.lower()
    for word, (colour, share) in _MOOD_TINTS.items():
        if word in mood:
            ambient = _multiply_rgb(ambient, mix("#ffffff", colour, share * 1.8 if share < 0.5 else 1.0))
            tint = _multiply_rgb(tint, mix("#ffffff", colour, share))
            break
    lit = 0.35 if weather == "storm" and light.lit < 0.35 else light.lit
    if setting.interior:
        # somebody switched the lamps on
        tint = mix(tint, "#ffffff", 0.5)
        ambient = mix(ambient, "#fff4e8", {"night": 0.42, "dusk": 0.3}.get(light.day_phase, 0.15))
    return replace(
        light,
        weather=weather,
        sky=sky,
        haze=haze,
        haze_m=haze_m,
        ambient=ambient,
        rim=rim,
        tint=tint,
        neon=neon,
        lit=lit,
    )


def _multiply_rgb(one: str, other: str) -> str:
    return "#" + "".join(f"{a * b // 255:02x}" for a, b in zip(rgb(one), rgb(other), strict=True))


def apply_ambient(colour: str, light: Light) -> str:
    """Return a local colour of a place under the ambient light."""
    return _multiply_rgb(colour, light.ambient)
