"""Drafting of scripts by a language model: a show from an idea, episodes from the chapters of a novel.

What is asked is on record before it is sent, and an answer on record is never asked for again: a run that was killed
goes on where it was. Files are written by `media.script_drafts`; what is asked belongs in the director's `writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from tower_anime_assets.engines.consultations import ConsultationLog
from tower_anime_assets.engines.remote.director.answers import UnusableAnswerError
from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.script_drafts import draft_mark, find_marked, free_episode_id, write_draft
from tower_anime_assets.media.script_show import read_foreign_text, title_of_file
from tower_anime_assets.media.show_files import CHARACTERS_FOLDER, PROJECT_FILE, load_project
from tower_anime_assets.media.starter_show import check_new_show
from tower_anime_assets.production.attempt import DirectorContext
from tower_anime_assets.production.digest import digest, seed_from
from tower_anime_assets.production.story.casting import quote_yaml
from tower_anime_assets.production.story.ids import EpisodeKey, is_slug
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.writing.chapters import Novel, NovelChapter, split_chapters, split_parts
from tower_anime_assets.production.writing.drafts import DraftScene, render_fountain, spoken_lines
from tower_anime_assets.production.writing.memory import StoryMemory
from tower_anime_assets.production.writing.quotes import Quote, find_missing, find_quotes
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings
from tower_anime_assets.stages.draft_review import MISSING_LINE, DraftCast, review_scenes
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.takeless_decisions import carry_out, settle_abandoned
from tower_anime_assets.store import consultations, decisions
from tower_anime_assets.store.decisions import SCRIPT_DRAFT

if TYPE_CHECKING:  # what talks to a service is loaded where something is asked
    from tower_anime_assets.engines.remote.director.writing import DraftedScenes, OllamaWriter, PitchAnswer

T = TypeVar("T")

LOCK_WAIT_S = 2.0
Tell = Callable[[str], None]
"""Receives a sentence about what is being done."""


@dataclass(frozen=True)
class DraftedEpisode:
    """A draft.

    Attributes:
        key: The episode that it becomes if a person accepts it.
        path: Its file, or the file that an earlier run wrote.
        title: Title of the chapter or episode.
        is_found: Whether an earlier run wrote it.
        cast_files: Character files that were written for it.
        scenes: Number of scenes, 0 where it was found.
        quotes: Number of quoted lines in the chapter.
        missing: Those that are not in the draft word for word.
        remarks: What is otherwise than asked, in sentences.
    """

    key: EpisodeKey
    path: Path
    title: str
    is_found: bool = False
    cast_files: tuple[Path, ...] = ()
    scenes: int = 0
    quotes: int = 0
    missing: tuple[Quote, ...] = ()
    remarks: tuple[str, ...] = ()


def open_writer(settings: Settings) -> OllamaWriter:
    """Return the configured language model as a writer.

    Raises:
        PlanError: None is configured.
        ServiceRejectedError: Ollama lacks the model.
        ServiceUnavailableError: It does not answer.
    """
    url = settings.services.get("ollama", "")
    missing = [
        name
        for name, value in ((SERVICE_URL_VARIABLES["ollama"], url), ("OLLAMA_MODEL", settings.ollama_model))
        if not value
    ]
    if missing:
        raise PlanError(
            f"drafting needs a language model: set {' and '.join(missing)}, such as OLLAMA_URL=http://127.0.0.1:11434 "
            "and OLLAMA_MODEL=llama3.1:8b. Without one, `tower init DIR` writes a show to start from"
        )
    from tower_anime_assets.engines.remote.director.ollama import check_service
    from tower_anime_assets.engines.remote.director.writing import OllamaWriter

    check_service(url, [settings.ollama_model], settings.token_of("ollama"))
    return OllamaWriter(url, settings.ollama_model, settings.token_of("ollama"))


def draft_show(
    studio: Studio, writer: OllamaWriter, folder: Path, idea: str, language: str, tell: Tell
) -> DraftedEpisode:
    """Write a show of one drafted episode from an idea.

    Raises:
        PlanError: The folder is not new or empty, or the idea is.
        ServiceError: The model failed, or no answer could be used.
    """
    from tower_anime_assets.engines.remote.director.writing import ScenesReader, reread_pitch

    if not idea.strip():
        raise PlanError("the idea is empty: say in a sentence what the show is about")
    check_new_show(folder, folder.name)
    with _open_desk(studio, writer, folder.name, tell) as desk:
        brief = {"kind": "pitch", "idea": idea, "language": language}
        pitch = desk.answer_once(
            EpisodeKey(folder.name, "e01"),
            brief,
            lambda context: writer.pitch(idea, language, context),
            reread_pitch,
        )
        assert pitch is not None  # noqa: S101 - the model may be asked
        cast = DraftCast(Project(folder.name, pitch.title, ()))
        cast.add_described([(one.name, one.description) for one in pitch.characters])
        fields = {
            "idea": idea,
            "title": pitch.title,
            "logline": pitch.logline,
            "outline": pitch.outline,
            **StoryMemory().as_fields(cast.project.characters),
        }

        def make_reader() -> ScenesReader:
            return ScenesReader(lambda draft: review_scenes(draft, cast))

        draft = desk.answer_once(
            EpisodeKey(folder.name, "e01"),
            {"kind": "episode", "fields": fields, "language": language},
            lambda context: writer.write_scenes("episode", fields, language, make_reader(), context),
            make_reader().reread,
        )
        assert draft is not None  # noqa: S101 - likewise
        remarks = (*draft.overruled, *cast.admit(draft))
        write_atomically(folder / PROJECT_FILE, _project_text(pitch).encode(), is_shared=True)
        key = digest(writer.name, idea, language)
        page = {"Title": pitch.title, "Notes": f"Drafted by {writer.name}, {draft_mark(key)}"}
        return _write_episode(
            folder,
            1,
            page,
            draft.scenes,
            cast,
            DraftedEpisode(EpisodeKey(folder.name, "e01"), folder, pitch.title, remarks=remarks),
        )


@dataclass(frozen=True)
class NovelFile:
    """A novel in chapters.

    Attributes:
        encoding: What it was converted from, "" for UTF-8.
    """

    path: Path
    novel: Novel
    encoding: str


def read_novel(path: Path) -> NovelFile:
    """Return a novel in its chapters.

    Raises:
        StoryError: It cannot be read, is not text, or is empty.
    """
    text, _content, encoding = read_foreign_text(path, "novel", "a novel, .txt or .md")
    novel = split_chapters(text)
    if not novel.chapters:
        raise StoryError([Fault(str(path), 0, "the file has no text", "a novel", "Check that it is the right file.")])
    return NovelFile(path, novel, encoding)


def adapt_novel(
    studio: Studio,
    writer: OllamaWriter,
    folder: Path,
    file: NovelFile,
    numbers: Collection[int],
    language: str,
    tell: Tell,
) -> Iterator[DraftedEpisode]:
    """Yield a drafted episode for each of the chapters, in order; the show is written if there is none in the folder.

    Args:
        studio: The studio.
        writer: Who drafts.
        folder: The show's folder.
        file: The novel.
        numbers: The chapters to draft. Those before them are remembered as far as they were drafted.
        language: Language of the drafts, "" for that of the text.
        tell: Told before each question.

    Raises:
        StoryError: The show's files are wrong.
        ServiceError: The model failed, or no answer could be used; what was drafted before stays.
    """
    is_new = not (folder / PROJECT_FILE).exists()
    if is_new:
        check_new_show(folder, folder.name)
        project = Project(folder.name, title_of_file(file.path), ())
    else:
        if not is_slug(folder.name):
            raise PlanError(f"{folder.name!r} cannot be a project's id; rename the folder")
        project = load_project(folder.parent, folder.name)
    cast = DraftCast(project)
    memory = StoryMemory()
    part_tokens = writer.find_part_tokens()
    with _open_desk(studio, writer, folder.name, tell) as desk:
        for chapter in file.novel.chapters:
            if chapter.number > max(numbers):
                break
            drafter = _ChapterDrafter(desk, cast, chapter, language, part_tokens, may_ask=chapter.number in numbers)
            drafted = drafter.draft(memory)
            if drafted is None:
                tell(f"Chapter {chapter.number} was not drafted: the later ones are drafted without it in mind.")
                continue
            memory = drafted.memory
            if chapter.number in numbers:
                if is_new:
                    text = f"# docs/writing-a-show.md lists every key.\ntitle: {quote_yaml(project.title)}\n"
                    write_atomically(folder / PROJECT_FILE, text.encode(), is_shared=True)
                    is_new = False
                yield _write_chapter(folder, file.path, writer.name, chapter, drafted, cast, language)


@dataclass(frozen=True)
class _DraftedChapter:
    """What was drafted of a chapter, and the memory after it."""

    scenes: tuple[DraftScene, ...]
    memory: StoryMemory
    remarks: tuple[str, ...]


@dataclass
class _ChapterDrafter:
    """Drafts one chapter, part by part."""

    desk: _Desk
    cast: DraftCast
    chapter: NovelChapter
    language: str
    part_tokens: int
    may_ask: bool

    def draft(self, memory: StoryMemory) -> _DraftedChapter | None:
        """Return the chapter, None if a part of it is not on record and must not be asked for."""
        scenes: list[DraftScene] = []
        remarks: list[str] = []
        parts = split_parts(self.chapter.text, self.part_tokens)
        for number, part in enumerate(parts, start=1):
            draft = self._draft_part(part, number, len(parts), memory)
            if draft is None:
                return None
            remarks += [*draft.overruled, *self.cast.admit(draft)]
            scenes += self.cast.with_full_names(draft.scenes)
            memory = memory.after(self.cast.with_full_names(draft.scenes), draft.summary)
        kept = tuple(remark for remark in remarks if not remark.startswith(MISSING_LINE))
        return _DraftedChapter(tuple(scenes), memory, kept)

    def _draft_part(self, part: str, number: int, count: int, memory: StoryMemory) -> DraftedScenes | None:
        from tower_anime_assets.engines.remote.director.writing import ScenesReader

        quotes = find_quotes(part)

        def make_reader() -> ScenesReader:
            return ScenesReader(lambda draft: review_scenes(draft, self.cast, part, quotes))

        chapter = self.chapter
        fields = {
            **memory.as_fields(self.cast.project.characters),
            "chapter": chapter.title or f"{chapter.number}",
            "part": f"{number} of {count}",
            "text": part,
        }
        text_sha256 = sha256(part.encode()).hexdigest()
        brief = {"kind": "chapter", "part": number, "text_sha256": text_sha256, "language": self.language}
        return self.desk.answer_once(
            EpisodeKey(self.cast.project.id, f"e{chapter.number:02d}"),
            brief,
            lambda context: self.desk.writer.write_scenes("chapter", fields, self.language, make_reader(), context),
            make_reader().reread,
            name=f"chapter {chapter.number}, part {number} of {count}",
            may_ask=self.may_ask,
        )


@dataclass
class _Desk:
    """A writer whose questions and answers are on record; one process at a time drafts for a show."""

    studio: Studio
    writer: OllamaWriter
    project_id: str
    tell: Tell
    asked: int = field(default=0)

    def answer_once(
        self,
        place: EpisodeKey,
        brief: Mapping[str, Any],
        ask: Callable[[DirectorContext], T],
        reread: Callable[[str], T],
        *,
        name: str = "",
        may_ask: bool = True,
    ) -> T | None:
        """Return the answer on record, else the model's; None if it is not on record and must not be asked for."""
        from tower_anime_assets.engines.remote.director.writing import VERSION

        name = name or f"the {brief['kind']}"
        key = digest(SCRIPT_DRAFT, VERSION, self.writer.name, brief)
        state = consultations.find_draft_state(self.studio.database, self.project_id, key)
        if state.response:
            try:
                return reread(state.response)
            except UnusableAnswerError as error:
                self.tell(f"The answer on record for {name} can no longer be used: {error}.")
        if not may_ask:
            return None
        self.tell(f"Asking {self.writer.model} for {name} ...")
        self.asked += 1
        guard = Run(self.studio).spending_guard
        charged, admit = guard.charge_call(self.writer.name, self.project_id, place.episode)
        decision = decisions.record_decision(
            self.studio.database,
            decisions.NewDecision(
                project_id=self.project_id,
                episode_id=place.episode,
                decision_type=SCRIPT_DRAFT,
                parameters={"draft": dict(brief), "name": name},
                reasoning=f"A person asked for a draft: {name}.",
                engine=self.writer.name,
                engine_version=VERSION,
                brief_digest=key,
                attempt=state.attempts + 1,
                idempotency_key=f"script-draft:{uuid4()}",
                **charged,
            ),
            admit,
        )
        decisions.mark_running(self.studio.database, decision.id)
        log = ConsultationLog(self.studio.database, decision)
        context = DirectorContext(
            seed=seed_from(key, state.attempts),
            record_question=log.record,
            record_consultation=log.record,
            is_stopped=self.studio.stopped.is_set,
        )
        return carry_out(self.studio.database, decision.id, lambda: ask(context))


@contextmanager
def _open_desk(studio: Studio, writer: OllamaWriter, project_id: str, tell: Tell) -> Iterator[_Desk]:
    """Yield a desk after settling what a killed run left open; the model is unloaded at the end if it was asked."""
    desk = _Desk(studio, writer, project_id, tell)

    def note_wait() -> None:
        tell(f"Another process drafts for {project_id}; waiting for it.")

    with studio.database.lock(f"{project_id}:{SCRIPT_DRAFT}", wait_s=LOCK_WAIT_S, on_wait=note_wait):
        reason = "the process that asked has gone; asked again by the next run"
        settle_abandoned(studio.database, project_id, SCRIPT_DRAFT, reason)
        yield desk
        if desk.asked:
            writer.release()


def _project_text(pitch: PitchAnswer) -> str:
    return (
        f"# docs/writing-a-show.md lists every key.\ntitle: {quote_yaml(pitch.title)}\n"
        f"logline: {quote_yaml(_one_line(pitch.logline))}\n"
        f"style:\n  art_direction: {quote_yaml(_one_line(pitch.art_direction))}\n"
    )


def _write_chapter(
    folder: Path,
    novel: Path,
    writer_name: str,
    chapter: NovelChapter,
    drafted: _DraftedChapter,
    cast: DraftCast,
    language: str,
) -> DraftedEpisode:
    """Write a chapter's draft, unless an earlier run wrote it."""
    key = digest(writer_name, chapter.text, language)
    quotes = find_quotes(chapter.text, chapter.first_line)
    title = chapter.title or f"{cast.project.title} {chapter.number}"
    facts = DraftedEpisode(
        EpisodeKey(folder.name, f"e{chapter.number:02d}"),
        folder,
        title,
        scenes=len(drafted.scenes),
        quotes=len(quotes),
        missing=find_missing(quotes, spoken_lines(drafted.scenes)),
        remarks=drafted.remarks,
    )
    if (earlier := find_marked(folder, key)) is not None:
        episode = earlier.name.partition(".")[0]
        return replace(facts, key=EpisodeKey(folder.name, episode), path=earlier, is_found=True)
    page = {
        "Title": title,
        "Source": novel.name,
        "Notes": f"Drafted by {writer_name} from chapter {chapter.number}, {draft_mark(key)}",
    }
    return _write_episode(folder, chapter.number, page, drafted.scenes, cast, facts)


def _write_episode(
    folder: Path,
    number: int,
    page: Mapping[str, str],
    scenes: Sequence[DraftScene],
    cast: DraftCast,
    facts: DraftedEpisode,
) -> DraftedEpisode:
    """Write the character files that are new, then the draft."""
    files = []
    for character_id, text in cast.take_new_files():
        path = folder / CHARACTERS_FOLDER / f"{character_id}.yaml"
        if not path.exists():
            write_atomically(path, text.encode(), is_shared=True)
            files.append(path)
    episode_id = free_episode_id(folder, number)
    path = write_draft(folder, episode_id, render_fountain(page, cast.with_full_names(scenes)))
    return replace(
        facts,
        key=EpisodeKey(folder.name, episode_id),
        path=path,
        cast_files=tuple(files),
        scenes=len(scenes),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
