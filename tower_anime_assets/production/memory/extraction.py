"""What the writer's files say, as facts: a project and its cast, an episode's scenes, places and who speaks where.

Pure. Names of services and models may be facts; their addresses never are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from tower_anime_assets.production.memory.facts import FILES, MAX_OBJECT, MAX_SUBJECT, Statement
from tower_anime_assets.production.story.model import Character, Episode, Project, Scene, Voice

PROJECT_SOURCE = f"{FILES}project.yaml"
SET_UP_SOURCE = f"{FILES}set-up"
"""The source of facts about services and models: they come from the machine's set-up, and go with it."""


def character_source(character_id: str) -> str:
    """Return the source of what a character's file says."""
    return f"{FILES}characters/{character_id}.yaml"


def episode_source(episode_id: str) -> str:
    """Return the source of what a screenplay says."""
    return f"{FILES}episodes/{episode_id}.fountain"


def facts_of_project(project: Project) -> tuple[Statement, ...]:
    """Return what `project.yaml` and the character files say."""
    style, delivery, engines = project.style, project.delivery, project.engines
    pairs = [
        ("is_a", "show"),
        ("logline", project.logline),
        ("art_direction", style.art_direction),
        ("positive_prompt", style.positive),
        ("negative_prompt", style.negative),
        ("checkpoint", style.checkpoint),
        ("frame_size", f"{delivery.width_px}x{delivery.height_px}"),
        ("frame_rate", str(delivery.fps)),
        ("longest_clip", str(delivery.max_clip_frames)),
        ("loudness", f"{delivery.loudness_lufs:g} LUFS"),
        *(("palette_colour", colour) for colour in style.palette),
        *(("uses_lora", lora.file) for lora in style.loras),
    ]
    choices = {"plans": engines.director, "keyframes": engines.keyframes, "clips": engines.clips}
    choices |= {"voices": engines.voice, "music": engines.music}
    pairs += [("made_by", f"{what}: {engine}") for what, engine in choices.items()]
    own = _statements(project.title, pairs, PROJECT_SOURCE)
    return (*own, *(fact for one in project.characters for fact in facts_of_character(one)))


def facts_of_character(character: Character) -> tuple[Statement, ...]:
    """Return what a character's file says, with what was derived from its description."""
    look = character.appearance
    pairs = [
        ("is_a", "character"),
        ("described_as", character.description),
        ("hair_colour", look.hair_colour),
        ("hair_style", look.hair_style),
        ("skin_colour", look.skin_colour),
        ("eye_colour", look.eye_colour),
        ("outfit_colour", look.outfit_colour),
        ("outfit_style", look.outfit_style.replace("_", " ")),
        ("accent_colour", look.accent_colour),
        ("build", look.build),
        ("presents", look.presents),
        ("age_years", str(look.age_years)),
        ("voice", _voice_words(character.voice)),
        ("language", character.voice.language),
        *(("feature", feature) for feature in look.features),
        *(("alias", alias) for alias in character.aliases),
        *(("reference_picture", path) for path in character.references),
    ]
    if character.lora is not None:
        pairs += [("lora", character.lora.file), ("lora_trigger", character.lora.trigger)]
    return _statements(character.name, pairs, character_source(character.id))


def _voice_words(voice: Voice) -> str:
    name = voice.service_voice or voice.variant or "chosen from the character"
    return f"{name}, pitch {voice.pitch}, {voice.rate_wpm} words a minute"


def facts_of_set_up(project: Project, services: Sequence[str], models: Sequence[str]) -> tuple[Statement, ...]:
    """Return which services and models there are, by name.

    Args:
        services: Names such as `comfyui`; never addresses.
        models: Names such as `qwen3:8b`.
    """
    pairs = [*(("uses_service", name) for name in services), *(("uses_model", name) for name in models)]
    return _statements(project.title, pairs, SET_UP_SOURCE)


def facts_of_episode(
    project: Project, episode: Episode, props: Mapping[str, Sequence[str]] | None = None
) -> tuple[Statement, ...]:
    """Return what a screenplay says: who appears where and speaks how many lines with whom, where and when it plays.

    Args:
        props: Names of the things that the action of each scene speaks of, by scene id.
    """
    source = episode_source(episode.id)
    said = list(_statements(episode.key, [("is_a", "episode"), ("title", episode.title)], source))
    for scene in episode.scenes:
        said += _facts_of_scene(project, f"{episode.key}-{scene.id}", scene, (props or {}).get(scene.id, ()), source)
    return tuple({statement.said: statement for statement in said}.values())


def _facts_of_scene(project: Project, key: str, scene: Scene, props: Sequence[str], source: str) -> Iterator[Statement]:
    names = {character.id: character.name for character in project.characters}
    place = [("is_a", "place"), ("is_inside", "yes" if scene.interior else "no")]
    pairs = [
        ("is_a", "scene"),
        ("plays_at", scene.place),
        ("time_of_day", scene.time_of_day),
        ("weather", scene.weather),
        ("mood", scene.mood),
        ("music", scene.music),
        ("synopsis", scene.synopsis),
        *(("shows", prop) for prop in props),
    ]
    yield from _statements(key, pairs, source)
    yield from _statements(scene.place, [*place, *(("holds", prop) for prop in props)], source)
    for member in scene.cast:
        appears = [("appears_in", key), ("seen_at", scene.place)]
        yield from _statements(names.get(member, member), appears, source)
    lines = Counter(speech.character for speech in scene.speeches)
    for member, count in lines.items():
        spoken = f"{key}: {count} line{'s' if count != 1 else ''}"
        yield from _statements(names.get(member, member), [("speaks_in", spoken)], source)
    for one, other in permutations(scene.cast, 2):
        predicate = "speaks_with" if one in lines and other in lines else "shares_scene_with"
        yield from _statements(names.get(one, one), [(predicate, names.get(other, other))], source)


def _statements(subject: str, pairs: Sequence[tuple[str, str]], source: str) -> tuple[Statement, ...]:
    """Return what is said of a subject, without what is left empty; texts longer than a fact may be are cut."""
    return tuple(
        Statement(subject=subject[:MAX_SUBJECT], predicate=predicate, object=object_[:MAX_OBJECT], source=source)
        for predicate, object_ in pairs
        if object_.strip() and subject.strip()
    )
