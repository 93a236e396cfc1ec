"""Facts of the writer's files: a project and its cast, an episode's scenes, places, and who speaks where.

What they are made with, and in which order, is `set_up`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from tower_anime_assets.production.memory.facts import FILE_SOURCE_PREFIX, Statement
from tower_anime_assets.production.memory.statements import statements_about
from tower_anime_assets.production.planning.character_words import is_human_shaped
from tower_anime_assets.production.story.model import Character, Episode, Project, Scene, Voice

PROJECT_SOURCE = f"{FILE_SOURCE_PREFIX}project.yaml"
CHARACTER_SOURCE_PREFIX = f"{FILE_SOURCE_PREFIX}characters/"
EPISODE_SOURCE_PREFIX = f"{FILE_SOURCE_PREFIX}episodes/"


def character_source(character_id: str) -> str:
    """Return the source of facts from a character's file."""
    return f"{CHARACTER_SOURCE_PREFIX}{character_id}.yaml"


def episode_source(episode_id: str) -> str:
    """Return the source of facts from a screenplay."""
    return f"{EPISODE_SOURCE_PREFIX}{episode_id}.fountain"


def facts_of_project(project: Project) -> tuple[Statement, ...]:
    """Return the facts of `project.yaml` and the character files."""
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
    engine_by_role = {"plans": engines.director, "keyframes": engines.keyframes, "clips": engines.clips}
    engine_by_role |= {"voices": engines.voice, "music": engines.music}
    pairs += [("made_by", f"{role}: {engine}") for role, engine in engine_by_role.items()]
    show_facts = statements_about(project.title, pairs, PROJECT_SOURCE)
    return (*show_facts, *(fact for character in project.characters for fact in facts_of_character(character)))


def facts_of_character(character: Character) -> tuple[Statement, ...]:
    """Return the facts of a character's file, including what was derived from its description."""
    appearance = character.appearance
    pairs = [
        ("is_a", "character"),
        ("described_as", character.description),
        *_body_facts(character),
        ("eye_colour", appearance.eye_colour),
        ("accent_colour", appearance.accent_colour),
        ("build", appearance.build),
        ("presents", appearance.presents),
        ("age_years", str(appearance.age_years)),
        ("voice", _describe_voice(character.voice)),
        ("language", character.voice.language),
        *(("feature", feature) for feature in appearance.features),
        *(("alias", alias) for alias in character.aliases),
        *(("reference_picture", path) for path in character.references),
    ]
    if character.lora is not None:
        pairs += [("lora", character.lora.file), ("lora_trigger", character.lora.trigger)]
    pairs += [("uses_lora", lora.file) for lora in character.loras]
    return statements_about(character.name, pairs, character_source(character.id))


def _body_facts(character: Character) -> list[tuple[str, str]]:
    """Return hair, skin and clothes of who is shaped like a human, the body's colour of anybody else."""
    appearance = character.appearance
    kind = [("kind", appearance.kind), ("species", appearance.species or appearance.kind)]
    if not is_human_shaped(character):
        return [*kind, ("body_colour", appearance.skin_colour)]
    return [
        *(kind if appearance.kind != "human" else []),
        ("hair_colour", appearance.hair_colour),
        ("hair_style", appearance.hair_style),
        ("skin_colour", appearance.skin_colour),
        ("outfit_colour", appearance.outfit_colour),
        ("outfit_style", appearance.outfit_style.replace("_", " ")),
    ]


def _describe_voice(voice: Voice) -> str:
    name = voice.service_voice or voice.variant or "chosen from the character"
    return f"{name}, pitch {voice.pitch}, {voice.rate_wpm} words a minute"


def facts_of_episode(
    project: Project, episode: Episode, props: Mapping[str, Sequence[str]] | None = None
) -> tuple[Statement, ...]:
    """Return the facts of a screenplay: where and when it plays, who appears, and who speaks how much with whom.

    Args:
        props: Names of the things in each scene's action, by scene id.
    """
    source = episode_source(episode.id)
    statements = list(statements_about(episode.key, [("is_a", "episode"), ("title", episode.title)], source))
    for scene in episode.scenes:
        statements += _facts_of_scene(
            project, f"{episode.key}-{scene.id}", scene, (props or {}).get(scene.id, ()), source
        )
    return tuple({statement.identity: statement for statement in statements}.values())


def _facts_of_scene(project: Project, key: str, scene: Scene, props: Sequence[str], source: str) -> Iterator[Statement]:
    name_by_id = {character.id: character.name for character in project.characters}
    place_pairs = [("is_a", "place"), ("is_inside", "yes" if scene.interior else "no")]
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
    yield from statements_about(key, pairs, source)
    yield from statements_about(scene.place, [*place_pairs, *(("holds", prop) for prop in props)], source)
    for character_id in scene.cast:
        appearance_pairs = [("appears_in", key), ("seen_at", scene.place)]
        yield from statements_about(name_by_id.get(character_id, character_id), appearance_pairs, source)
    line_counts = Counter(speech.character for speech in scene.speeches)
    for character_id, count in line_counts.items():
        line_summary = f"{key}: {count} line{'s' if count != 1 else ''}"
        yield from statements_about(name_by_id.get(character_id, character_id), [("speaks_in", line_summary)], source)
    for first_id, second_id in permutations(scene.cast, 2):
        predicate = "speaks_with" if first_id in line_counts and second_id in line_counts else "shares_scene_with"
        yield from statements_about(
            name_by_id.get(first_id, first_id), [(predicate, name_by_id.get(second_id, second_id))], source
        )
