"""The light of a shot: sky, haze, tint and rim light, by time of day, weather, mood and the project's palette."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter.colour import luma, mix, rgb, scale_rgb, to_hex
from tower_anime_assets.production.planning.effects import SHELTERED_KINDS
from tower_anime_assets.production.planning.shots import Setting


@dataclass(frozen=True)
class Light:
    """What light does to everything in a picture.

    Attributes:
        day_phase: "dawn", "day", "dusk" or "night".
        weather: "clear", "overcast", "rain", "storm", "snow" or "fog".
        sky: Colours of the sky from top to horizon.
        haze: Colour that distance fades into.
        haze_m: Distance at which two thirds of a colour are haze, metres.
        ambient: Multiplies the colours of a place, `#ffffff` changes nothing.
        rim: Colour of the edge light on figures.
        tint: Multiplies the colours of figures; nearly white, so that they keep theirs.
        lit: Share of windows with light behind them, 0..1.
        side: Where the key light comes from, -1 left or 1 right.
        neon: Bright colours for signs and lamps.
    """

    day_phase: str
    weather: str
    sky: tuple[str, str, str]
    haze: str
    haze_m: float
    ambient: str
    rim: str
    tint: str
    lit: float
    side: float
    neon: tuple[str, ...] = ()

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
        "night", "clear", ("#060a26", "#141c56", "#4a3a8c"), "#2c2c70", 70, "#6f7ab8", "#8fd8ff", "#d6d8f4", 0.55, -1
    ),
    "dusk": Light(
        "dusk", "clear", ("#2a3174", "#b4527f", "#ffb26a"), "#d98c86", 80, "#d09aa6", "#ffc680", "#ffe6d8", 0.4, 1
    ),
    "dawn": Light(
        "dawn", "clear", ("#4f78c0", "#c8a9cc", "#ffdcae"), "#e2c6c4", 70, "#cfbccb", "#ffe6bc", "#fdeeec", 0.15, 1
    ),
    "day": Light(
        "day", "clear", ("#2b7bd6", "#76b9f0", "#d8effb"), "#bcd9ea", 110, "#ffffff", "#ffffff", "#ffffff", 0.0, -1
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
    """Return "dawn", "day", "dusk" or "night" for a screenplay's words; "day" when none is known."""
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
    """Return the kind of weather that words and effects name; "clear" when none is known."""
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
    """Return the saturated colours of a palette as neon colours, at most four, filled up with ours to at least four."""
    colours = []
    for colour in palette:
        hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in rgb(colour)))
        if saturation > 0.35 and light > 0.2:
            red, green, blue = colorsys.hls_to_rgb(hue, min(0.66, max(0.54, light)), max(0.9, saturation))
            colours.append(to_hex(red * 255, green * 255, blue * 255))
    return tuple(colours[:4]) + _DEFAULT_NEON[: max(2, 4 - len(colours))]


def light_of(setting: Setting, effects: tuple[str, ...], palette: tuple[str, ...], saturation: float = 1.0) -> Light:
    """Return the light of a setting, with the project's palette worked into sky, haze and lamps.

    Args:
        setting: Time of day, weather, mood, and whether it is indoors.
        effects: Of the shot; some of them are weather.
        palette: The project's colours.
        saturation: The more saturated the picture is to be, the less the palette tints the sky.
    """
    light = _LIGHT_BY_DAY_PHASE[day_phase_of(setting.time_of_day)]
    light = _with_weather(light, weather_of(setting.weather, effects))
    light = _with_palette(light, palette, saturation)
    light = _with_mood(light, setting.mood.lower())
    if not setting.interior:
        return light
    lamps = {"night": 0.42, "dusk": 0.3}.get(light.day_phase, 0.15)
    return replace(light, tint=mix(light.tint, "#ffffff", 0.5), ambient=mix(light.ambient, "#fff4e8", lamps))


def light_in(
    kind: str, setting: Setting, effects: tuple[str, ...], palette: tuple[str, ...], saturation: float = 1.0
) -> Light:
    """Return the light of a setting in a kind of place: where no weather reaches, the air has colours of its own."""
    if kind not in SHELTERED_KINDS:
        return light_of(setting, effects, palette, saturation)
    light = light_of(replace(setting, weather="clear"), (), palette, saturation)
    is_night = light.day_phase == "night"
    if kind == "cave":
        ambient = _multiply_rgb(light.ambient, "#b8b4cc" if is_night else "#b4b0c8")
        return replace(light, haze="#1c2034" if is_night else "#343c54", haze_m=30, ambient=ambient, rim="#ffc88a")
    if kind == "underwater":
        haze = "#12507c" if is_night else mix("#2a9cc0", light.haze, 0.15)
        ambient = _multiply_rgb(light.ambient, "#a0dcec")
        return replace(
            light, haze=haze, haze_m=30, ambient=ambient, tint=mix(light.tint, "#a8e4f4", 0.5), rim="#d4faff"
        )
    return replace(light, haze="#101430", haze_m=160, ambient=mix(light.ambient, "#e8e4f0", 0.6), rim="#ffffff")


def _with_weather(light: Light, weather: str) -> Light:
    if weather == "clear":
        return light
    dim = (0.62 if weather == "storm" else 0.95) * (0.62 if light.day_phase == "night" else 1.0)
    grey = scale_rgb(mix(light.haze, "#8d99ac", 0.6), dim)
    top, middle, low = light.sky
    top, middle, low = mix(top, scale_rgb(grey, 0.6), 0.65), mix(middle, grey, 0.6), mix(low, grey, 0.5)
    if weather == "snow":
        top, middle, low = mix(top, "#c6d2e6", 0.25), mix(middle, "#d6dfee", 0.3), mix(low, "#e8edf6", 0.4)
    return replace(
        light,
        weather=weather,
        sky=(top, middle, low),
        haze=mix(light.haze, grey, 0.5),
        haze_m={"fog": 24.0, "snow": 45.0, "rain": 75.0, "storm": 65.0}.get(weather, light.haze_m),
        ambient=mix(light.ambient, "#9aa6bc", 0.45 if weather in ("rain", "storm") else 0.25),
        rim=mix(light.rim, "#dfeaff", 0.4),
        lit=max(0.35, light.lit) if weather == "storm" else light.lit,
    )


def _with_palette(light: Light, palette: tuple[str, ...], saturation: float) -> Light:
    neon = neon_of(palette)
    (top, middle, low), haze, rim = light.sky, light.haze, light.rim
    if palette:
        strength = 0.2 / max(0.5, saturation)
        top = mix(top, min(palette, key=luma), strength * (0.9 if light.day_phase in ("night", "dusk") else 0.25))
    if light.day_phase == "night":
        haze, low, rim = mix(haze, neon[0], 0.12), mix(low, neon[0], 0.16), mix(rim, neon[1], 0.5)
    return replace(light, sky=(top, middle, low), haze=haze, rim=rim, neon=neon)


def _with_mood(light: Light, mood: str) -> Light:
    for word, (colour, share) in _MOOD_TINTS.items():
        if word in mood:
            ambient = _multiply_rgb(light.ambient, mix("#ffffff", colour, share * 1.8))
            return replace(light, ambient=ambient, tint=_multiply_rgb(light.tint, mix("#ffffff", colour, share)))
    return light


def _multiply_rgb(one: str, other: str) -> str:
    return "#" + "".join(f"{a * b // 255:02x}" for a, b in zip(rgb(one), rgb(other), strict=True))


def apply_ambient(colour: str, light: Light) -> str:
    """Return a local colour of a place as the ambient light shows it."""
    return _multiply_rgb(colour, light.ambient)
