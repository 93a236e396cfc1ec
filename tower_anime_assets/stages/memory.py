"""Memory of facts: filled from the writers' files, searched for directors and people, kept apart by project.

How facts supersede each other is `production.memory.facts`; rows are `store.facts`. Stories and their facts are written
together by `ingest`, facts about the studio by `library_mirror`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tower_anime_assets.clients.ollama import OllamaClient
from tower_anime_assets.engines.factory import service_of
from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.memory import questions, ranking
from tower_anime_assets.production.memory.extraction import (
    CHARACTER_SOURCE_PREFIX,
    EPISODE_SOURCE_PREFIX,
    PROJECT_SOURCE,
    episode_source,
    facts_of_episode,
    facts_of_project,
)
from tower_anime_assets.production.memory.facts import FILE_SOURCE_PREFIX, Fact, Statement, normalised
from tower_anime_assets.production.memory.set_up import SETUP_SOURCE, STUDIO, facts_of_setup
from tower_anime_assets.production.planning.scene_things import objects_in
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Action, Episode, Project, Scene
from tower_anime_assets.production.story.show_keys import SERVICES_BY_ROLE
from tower_anime_assets.production.story.source import did_you_mean, nearest_words
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts, story
from tower_anime_assets.store.database import Database, Transaction
from tower_anime_assets.store.facts import FactCounts

MAX_SENTENCES = 12
"""Sentences that a director gets per scene; more than a dozen would hide each other."""

EMBED_BATCH = 64
"""Facts per embedding request."""

BODY_PART = "hand"
"""What the director's table of objects calls hands and arms: worth a close-up, but not props."""

EMBED_PER_SEARCH = 512
"""Facts that a search embeds at most before it compares meanings; the asset `facts` embeds any number."""

PROJECT_SOURCES = (PROJECT_SOURCE, CHARACTER_SOURCE_PREFIX, SETUP_SOURCE)
"""Sources of the facts about a show and its cast."""

_CANDIDATES = 300
_ANSWER_CANDIDATES = 60
_MAX_NEAR_NAMES = 5


@dataclass(frozen=True)
class Embedder:
    """A model that turns texts into vectors; similar meanings give near vectors."""

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
    """What reading a project's files changed in its memory.

    Attributes:
        digest: Equal for files that state equal facts.
        embedded: Facts embedded now; 0 where search by meaning is not set up.
    """

    project: str
    statements: int
    counts: FactCounts
    embedded: int
    digest: str


@contextmanager
def embedding(settings: Settings, database: Database) -> Iterator[Embedder | None]:
    """Yield the model that embeds facts, None unless OLLAMA_URL and OLLAMA_EMBED_MODEL are set.

    Raises:
        PlanError: They are set, but the database cannot store embeddings.
    """
    url = settings.services.get("ollama", "")
    if not url or not settings.ollama_embed_model:
        yield None
        return
    if not facts.supports_embeddings(database):
        raise PlanError(
            "OLLAMA_EMBED_MODEL turns on search by meaning, which needs a database set up with pgvector 0.7 or later; "
            "this one was not. Use a database with pgvector, or unset OLLAMA_EMBED_MODEL"
        )
    with closing(OllamaClient(url, settings.token_of("ollama"))) as client:
        yield Embedder(client, settings.ollama_embed_model)


def chosen_project(settings: Settings, wanted: str) -> str:
    """Return the named project, or the only one if none is named.

    Raises:
        PlanError: The project does not exist, or none is named and there are several.
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
    """Return the projects whose facts a project sees: itself, and those where both sides agreed to share."""
    return (project_id, *facts.list_sharing_projects(database, project_id))


def read_files(studio: Studio, project_ids: Sequence[str] = ()) -> tuple[tuple[ProjectMemory, ...], tuple[Fault, ...]]:
    """Read projects' files into their memory; facts they no longer state are marked as ended.

    Args:
        studio: The studio.
        project_ids: Which projects; empty for all.

    Returns:
        What was read, and the faults of projects whose files are wrong; their memory is unchanged.

    Raises:
        ServiceError: Facts were stored, but could not be embedded.
    """
    faults: list[Fault] = []
    readable: list[tuple[Project, list[Episode]]] = []
    folder = studio.settings.projects
    keys = show_files.list_episodes(folder)
    for project_id in project_ids or show_files.list_projects(folder):
        try:
            project = show_files.load_project(folder, project_id)
            readable.append((project, _load_episodes(folder, [key for key in keys if key.project == project_id])))
        except StoryError as error:
            faults += error.faults
    with embedding(studio.settings, studio.database) as embedder:
        memories = tuple(_read_project(studio, project, episodes, embedder) for project, episodes in readable)
    return memories, tuple(dict.fromkeys(faults))


def _load_episodes(projects: Path, keys: Sequence[EpisodeKey]) -> list[Episode]:
    """Return a project's episodes.

    Raises:
        StoryError: Some have faults; the error lists them all.
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
    statements = [*project_statements(studio.settings, project)]
    for episode in episodes:
        statements += facts_of_episode(project, episode, props_of(episode))

    def work(transaction: Transaction) -> FactCounts:
        story.write_project(transaction, project)
        return facts.replace_in_transaction(transaction, project.id, statements, [FILE_SOURCE_PREFIX])

    counts = studio.database.run_in_transaction(work)
    embedded = embed_missing(studio.database, project.id, embedder) if embedder else 0
    return ProjectMemory(
        project.id, len(statements), counts, embedded, digest(sorted(fact.identity for fact in statements))
    )


def project_statements(settings: Settings, project: Project) -> tuple[Statement, ...]:
    """Return the facts of a show, its cast, and what it is made with."""
    models = (settings.ollama_model, settings.ollama_vision_model, settings.ollama_embed_model)
    engine_by_role = {role: service_of(role, project.engines, settings) for role in SERVICES_BY_ROLE}
    names = sorted({model for model in models if model})
    set_up = facts_of_setup(project, sorted(settings.services), names, engine_by_role)
    return (*facts_of_project(project), *set_up)


def write_project_facts(transaction: Transaction, settings: Settings, project: Project) -> FactCounts:
    """Store the facts of a show and its cast as a part of a transaction; those it no longer states end.

    Facts of screenplays that are gone end too.
    """
    statements = project_statements(settings, project)
    present = [key.episode for key in show_files.list_episodes(settings.projects) if key.project == project.id]
    facts.end_sources_except(transaction, project.id, EPISODE_SOURCE_PREFIX, [episode_source(id_) for id_ in present])
    return facts.replace_in_transaction(transaction, project.id, statements, PROJECT_SOURCES)


def write_episode_facts(transaction: Transaction, project: Project, episode: Episode) -> FactCounts:
    """Store the facts of a screenplay as a part of a transaction; those it no longer states end."""
    statements = facts_of_episode(project, episode, props_of(episode))
    return facts.replace_in_transaction(transaction, project.id, statements, [episode_source(episode.id)])


def refresh(studio: Studio, project: Project, episode: Episode) -> None:
    """Store the facts of an episode and its show where the memory lacks them; reads once where it does not.

    A record made by an earlier version has no facts, and what the show is made with follows from the environment.
    """
    statements = (*project_statements(studio.settings, project), *facts_of_episode(project, episode, props_of(episode)))
    sources = [*PROJECT_SOURCES, episode_source(episode.id)]
    if not facts.states_exactly(studio.database, project.id, statements, sources):
        facts.replace_statements(studio.database, project.id, statements, sources)


def props_of(episode: Episode) -> dict[str, tuple[str, ...]]:
    """Return the props named in the action of each scene, by scene id."""
    props = {}
    for scene in episode.scenes:
        things = (thing for beat in scene.beats if isinstance(beat, Action) for thing in objects_in(beat.text))
        props[scene.id] = tuple(dict.fromkeys(thing for thing in things if thing != BODY_PART))
    return props


def store_episode_facts(database: Database, project: Project, episode: Episode) -> FactCounts:
    """Read one screenplay into its project's memory; facts it no longer states are marked as ended.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    return database.run_in_transaction(lambda transaction: write_episode_facts(transaction, project, episode))


def embed_missing(database: Database, project_id: str, embedder: Embedder, limit: int | None = None) -> int:
    """Embed the current facts of a project that this model has not embedded yet, at most `limit`; return how many.

    Raises:
        ServiceError: Ollama does not answer or refuses; facts embedded before that are kept.
    """
    count = 0
    while (limit is None or count < limit) and (
        missing := facts.list_unembedded(database, [project_id], embedder.model, EMBED_BATCH)
    ):
        vectors = embedder.vectors([fact.sentence for fact in missing])
        facts.save_embeddings(
            database, embedder.model, {fact.id: vector for fact, vector in zip(missing, vectors, strict=True)}
        )
        count += len(missing)
    return count


def search(
    database: Database, project_id: str, text: str, limit: int, embedder: Embedder | None = None
) -> tuple[Fact, ...]:
    """Return the facts that match a query best: by words and, with an embedder, by meaning too.

    Raises:
        PlanError: The query is empty, or `limit` is below 1.
        ServiceError: Ollama does not answer or refuses.
    """
    if not text.strip() or limit < 1:
        raise PlanError(f"a search needs words and a limit of at least 1; found {text!r} and {limit}")
    projects = searched_projects(database, project_id)
    answers = _answers(database, projects, questions.read_question(text), text, limit)
    if embedder is None:
        return answers
    for searched in projects:
        embed_missing(database, searched, embedder, EMBED_PER_SEARCH)
    (vector,) = embedder.vectors([text])
    near = facts.search_meaning(database, projects, embedder.model, vector, limit)
    return ranking.fuse_rankings([answers, [match.fact for match in near]], limit)


def searched_projects(database: Database, project_id: str) -> tuple[str, ...]:
    """Return the projects whose facts answer a project's questions: those in its scope, and the studio."""
    return (*scope(database, project_id), STUDIO)


def _answers(
    database: Database, projects: Sequence[str], question: questions.MemoryQuestion, text: str, limit: int
) -> tuple[Fact, ...]:
    """Return the facts that answer a question best: by its words, and by the names in it."""
    named = facts.list_named_subjects(database, projects, question.names)
    if question.sounds:
        cast = [fact.subject for fact in facts.list_by_object(database, projects, "character")]
        for subject, called in questions.names_by_sound(question, dict.fromkeys(cast)).items():
            named[subject] = (*named.get(subject, ()), *called)
    weights = question.predicate_weights
    pool = max(limit, _ANSWER_CANDIDATES)
    candidates = [match.fact for match in facts.search_words(database, projects, text, pool, weights)]
    if named:
        candidates += facts.list_about_subjects(database, projects, named, weights, pool)
    return ranking.rank_answers(question, candidates, named, limit)


def explain_no_match(database: Database, project_id: str, text: str) -> str:
    """Return why a search found nothing, and what to do: the memory is empty, or has no such words but near names."""
    projects = scope(database, project_id)
    if not facts.has_facts(database, projects):
        return (
            f"the memory of {project_id} is empty: `tower facts read --project {project_id}` fills it from the files "
            "of the show, and so does making an episode"
        )
    near = nearest_words(text, facts.list_names(database, projects), _MAX_NEAR_NAMES)
    hint = f"Names like it: {', '.join(near)}" if near else "`tower facts export` lists everything that is known"
    return f"nothing that {project_id} remembers has a word of {text!r}. {hint}"


def about(database: Database, project_id: str, topic: str, limit: int = 100) -> tuple[Fact, ...]:
    """Return the current facts whose subject, object or predicate is the topic, those that say most about it first."""
    projects = searched_projects(database, project_id)
    weights = questions.read_question(topic).predicate_weights
    names = facts.list_named_subjects(database, projects, [normalised(topic)])
    matches = [
        *facts.list_about_subjects(database, projects, names or [topic], weights, limit),
        *facts.list_by_object(database, projects, topic, limit=limit),
        *facts.find_facts(database, projects, predicate=topic, limit=limit),
    ]
    return tuple({fact.id: fact for fact in matches}.values())[:limit]


def facts_for_scene(database: Database, project: Project, scene: Scene, limit: int = MAX_SENTENCES) -> tuple[str, ...]:
    """Return at most `limit` sentences of the facts that matter most to a scene, best first, for its director.

    What a director is told anyway is left out: the cast's looks and voices, and the show's style.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    projects = scope(database, project.id)
    names = ranking.scene_name_weights(project, scene)
    candidates = {
        match.fact.id: (match.fact, match.score)
        for match in facts.search_words(database, projects, ranking.scene_search_text(scene), _CANDIDATES)
    }
    for fact in facts.list_for_subjects(
        database, projects, names, except_predicates=ranking.UNWEIGHTED_PREDICATES, limit=_CANDIDATES
    ):
        candidates.setdefault(fact.id, (fact, 0.0))
    return ranking.relevant_sentences(candidates, names, limit)
