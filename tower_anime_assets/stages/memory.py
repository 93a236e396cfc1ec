"""Memory of facts: filled from the writers' files, kept apart by project, recalled by whoever needs it.

What is compared and superseded how is `production.facts`; rows are `store.facts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tower_anime_assets.clients.ollama import OllamaClient
from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.memory import ranking
from tower_anime_assets.production.memory.extraction import (
    episode_source,
    facts_of_episode,
    facts_of_project,
    facts_of_setup,
)
from tower_anime_assets.production.memory.facts import FILE_SOURCE_PREFIX, Fact, Statement
from tower_anime_assets.production.planning.action_beats import objects_in
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Action, Episode, Project, Scene
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts, story
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.facts import FactCounts

MAX_SENTENCES = 12
"""Sentences that a director hears of a scene: more than a dozen only hide each other."""

EMBED_BATCH = 64
"""Facts that a model is asked to embed at a time."""

BODY_PART = "hand"
"""What the director's table of things calls hands and arms: worth a close look, but no prop."""

_CANDIDATES = 300


@dataclass(frozen=True)
class Embedder:
    """A model that turns texts into vectors whose nearness is likeness of meaning."""

    client: OllamaClient
    model: str

    def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector per text.

        Raises:
            ServiceError: Ollama does not answer, or refuses.
        """
        return self.client.embed(self.model, list(texts))


@dataclass(frozen=True)
class ProjectMemory:
    """What reading a project's files did to its memory.

    Attributes:
        digest: Equal for files that say equal things.
        embedded: Facts embedded now; 0 where search by meaning is not set up.
    """

    project: str
    statements: int
    counts: FactCounts
    embedded: int
    digest: str


@contextmanager
def embedding(settings: Settings, database: Database) -> Iterator[Embedder | None]:
    """Give the model that embeds facts, None unless OLLAMA_URL and OLLAMA_EMBED_MODEL are set.

    Raises:
        PlanError: They are, but the database cannot keep embeddings.
    """
    url = settings.services.get("ollama", "")
    if not url or not settings.ollama_embed_model:
        yield None
        return
    if not facts.supports_embeddings(database):
        raise PlanError(
            "OLLAMA_EMBED_MODEL asks for search by meaning, which needs a database set up with pgvector 0.7 or later; "
            "this one was not. Use one that has it, or unset OLLAMA_EMBED_MODEL"
        )
    with closing(OllamaClient(url, settings.auth_token)) as client:
        yield Embedder(client, settings.ollama_embed_model)


def chosen_project(settings: Settings, wanted: str) -> str:
    """Return the project that is meant: the one that is named, or the only one there is.

    Raises:
        PlanError: There is no such project, or several and none is named.
    """
    known = show_files.list_projects(settings.projects)
    if wanted in known:
        return wanted
    if wanted:
        raise PlanError(f"there is no project {wanted!r} in {settings.projects}. {did_you_mean(wanted, known)}")
    if len(known) != 1:
        raise PlanError(f"name the project with --project. {did_you_mean('', known)}")
    return known[0]


def scope(database: Database, project_id: str) -> tuple[str, ...]:
    """Return whose facts a project sees: its own, and those of projects with which it shares, if they say so too."""
    return (project_id, *facts.list_sharing_projects(database, project_id))


def read_files(studio: Studio) -> tuple[tuple[ProjectMemory, ...], tuple[Fault, ...]]:
    """Read what every project's files say into its memory; what they no longer say is marked as ended.

    Returns:
        What was read, and the faults of projects that were left as they are because their files are wrong.

    Raises:
        ServiceError: Facts were stored, but could not be embedded.
    """
    faults: list[Fault] = []
    readable: list[tuple[Project, list[Episode]]] = []
    folder = studio.settings.projects
    keys = show_files.list_episodes(folder)
    for project_id in show_files.list_projects(folder):
        try:
            project = show_files.load_project(folder, project_id)
            readable.append((project, _episodes(folder, [key for key in keys if key.project == project_id])))
        except StoryError as error:
            faults += error.faults
    with embedding(studio.settings, studio.database) as embedder:
        memories = tuple(_read_project(studio, project, episodes, embedder) for project, episodes in readable)
    return memories, tuple(dict.fromkeys(faults))


def _episodes(projects: Path, keys: Sequence[EpisodeKey]) -> list[Episode]:
    """Return a project's episodes.

    Raises:
        StoryError: Some have faults; all of them are named.
    """
    episodes: list[Episode] = []
    faults: list[Fault] = []
    for key in keys:
        try:
            episodes.append(show_files.load_episode(projects, key)[1])
        except StoryError as error:
            faults += error.faults
    if faults:
        raise StoryError(faults)
    return episodes


def _read_project(
    studio: Studio, project: Project, episodes: Sequence[Episode], embedder: Embedder | None
) -> ProjectMemory:
    said = [*facts_of_project(project), *_set_up(studio.settings, project)]
    for episode in episodes:
        said += facts_of_episode(project, episode, props_of(episode))
    story.save_project(studio.database, project)
    tally = facts.replace_statements(studio.database, project.id, said, [FILE_SOURCE_PREFIX])
    embedded = embed_missing(studio.database, project.id, embedder) if embedder else 0
    return ProjectMemory(project.id, len(said), tally, embedded, digest(sorted(fact.identity for fact in said)))


def _set_up(settings: Settings, project: Project) -> tuple[Statement, ...]:
    named = (settings.ollama_model, settings.ollama_vision_model, settings.ollama_embed_model)
    return facts_of_setup(project, sorted(settings.services), sorted({model for model in named if model}))


def props_of(episode: Episode) -> dict[str, tuple[str, ...]]:
    """Return the things that the action of each scene speaks of, by scene id."""
    props = {}
    for scene in episode.scenes:
        things = (thing for beat in scene.beats if isinstance(beat, Action) for thing in objects_in(beat.text))
        props[scene.id] = tuple(dict.fromkeys(thing for thing in things if thing != BODY_PART))
    return props


def store_episode_facts(database: Database, project: Project, episode: Episode) -> FactCounts:
    """Read what one screenplay says into its project's memory, and end what it no longer says.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    said = facts_of_episode(project, episode, props_of(episode))
    return facts.replace_statements(database, project.id, said, [episode_source(episode.id)])


def embed_missing(database: Database, project_id: str, embedder: Embedder) -> int:
    """Embed every current fact of a project that this model has not embedded yet; return how many.

    Raises:
        ServiceError: Ollama does not answer or refuses; what was embedded before is kept.
    """
    count = 0
    while missing := facts.list_unembedded(database, [project_id], embedder.model, EMBED_BATCH):
        vectors = embedder.vectors([fact.sentence for fact in missing])
        facts.save_embeddings(
            database, embedder.model, {fact.id: vector for fact, vector in zip(missing, vectors, strict=True)}
        )
        count += len(missing)
    return count


def search(
    database: Database, project_id: str, text: str, limit: int, embedder: Embedder | None = None
) -> tuple[Fact, ...]:
    """Return the facts that answer a query best: by their words and, with an embedder, by their meaning too.

    Raises:
        PlanError: The query holds no words, or `limit` is below 1.
        ServiceError: Ollama does not answer or refuses.
    """
    if not text.strip() or limit < 1:
        raise PlanError(f"a search needs words and a limit of at least 1; found {text!r} and {limit}")
    projects = scope(database, project_id)
    by_words = [found.fact for found in facts.search_words(database, projects, text, limit)]
    if embedder is None:
        return tuple(by_words)
    (vector,) = embedder.vectors([text])
    near = facts.search_meaning(database, projects, embedder.model, vector, limit)
    return ranking.fuse_rankings([by_words, [found.fact for found in near]], limit)


def about(database: Database, project_id: str, topic: str, limit: int = 100) -> tuple[Fact, ...]:
    """Return the current facts in which a topic is subject, object or predicate; () when it is none of them."""
    projects = scope(database, project_id)
    found = [
        *facts.find_facts(database, projects, subject=topic, limit=limit),
        *facts.list_by_object(database, projects, topic, limit=limit),
        *facts.find_facts(database, projects, predicate=topic, limit=limit),
    ]
    return tuple({fact.id: fact for fact in found}.values())[:limit]


def facts_for_scene(database: Database, project: Project, scene: Scene, limit: int = MAX_SENTENCES) -> tuple[str, ...]:
    """Return at most `limit` sentences of the facts that matter most to a scene, best first, for its director.

    Left out is what a director is told anyway: how the cast looks and sounds, and the show's style.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    projects = scope(database, project.id)
    names = ranking.scene_name_weights(project, scene)
    candidates = {
        found.fact.id: (found.fact, found.score)
        for found in facts.search_words(database, projects, ranking.scene_search_text(scene), _CANDIDATES)
    }
    for fact in facts.list_for_subjects(
        database, projects, names, except_predicates=ranking.UNWEIGHTED_PREDICATES, limit=_CANDIDATES
    ):
        candidates.setdefault(fact.id, (fact, 0.0))
    return ranking.relevant_sentences(candidates, names, limit)
