"""Edits of a show's files: what a changed text would mean, before it is saved, and saving it with a name on record.

The files stay the truth: a preview reads the text in a file's place and writes nothing, neither of the show nor of the
record. Notes that steer one shot belong in `shot_notes`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from tower_anime_assets.engines import factory
from tower_anime_assets.engines.protocols import MeasuringVoice
from tower_anime_assets.errors import ConflictError, Fault, PlanError, StoryError, StoryWarning
from tower_anime_assets.media import show_files
from tower_anime_assets.media.show_edits import (
    ShowText,
    diff_of,
    encode_text,
    in_form_of,
    read_show_text,
    save_show_text,
)
from tower_anime_assets.production.digest import digest, plain_data
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.yaml_edit import YamlChange, edit_yaml
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import EpisodeForecast, PlannedTake, plan_episode
from tower_anime_assets.stages.ingest import threshold_faults
from tower_anime_assets.stages.line_windows import measure_lines, unspeakable_faults
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import show_edits
from tower_anime_assets.store.show_edits import NewShowEdit

Story = tuple[Project, Episode]

MAX_AGE_S: Final = 60.0
"""How long a forecast of the files as they are serves: servers and media files may change without a word on record."""


@dataclass(frozen=True)
class Replan:
    """What an edit changes in the plan of an episode.

    Attributes:
        made: Takes that a run would make because of the edit, with why and the predicted seconds: those that are ready
            now, and new ones.
        found: Takes that a run would make now and that are found after the edit, such as those of an earlier wording.
        dropped: Takes that the episode needs now, and not after the edit; they stay on record.
        seconds_before: What a run takes as the files are.
        seconds_after: What it takes after the edit.
        notes: What people decided that counts for more, and what the prediction leaves out, a sentence each.
        waiting: The approvals that the episode then waits for, a sentence each.
        problem: Why it cannot be planned with the edit, "" where it can.
        problem_before: Why it cannot be planned as the files are, likewise.
    """

    episode: str
    made: tuple[PlannedTake, ...] = ()
    found: tuple[PlannedTake, ...] = ()
    dropped: tuple[PlannedTake, ...] = ()
    seconds_before: float = 0.0
    seconds_after: float = 0.0
    notes: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    problem: str = ""
    problem_before: str = ""

    @property
    def added_s(self) -> float:
        """Seconds that a run takes longer because of the edit, below 0 where it takes less."""
        return self.seconds_after - self.seconds_before

    def __str__(self) -> str:
        if self.problem:
            return f"{self.episode}: {self.problem}"
        counts = ((len(self.made), "to make"), (len(self.found), "found again"), (len(self.dropped), "not needed"))
        told = ", ".join(f"{count} {words}" for count, words in counts if count) or "nothing changes"
        return f"{self.episode}: {told}; a run takes about {self.seconds_after:.0f} s, now {self.seconds_before:.0f} s"


@dataclass(frozen=True)
class EditPreview:
    """What a new text of a show's file would mean.

    Attributes:
        before: The file as it is; its `sha256` is what `save_edit` is given back as `seen`.
        text: The text that would be saved: with the file's own line ends.
        diff: Unified diff, "" if nothing changes.
        faults: Everything that is wrong with the show's files then, by file and line.
        new_faults: Those among them that the edit brings: all of its own file, and others that there are not now.
        warnings: What is used otherwise than written then, by file and line.
        episodes: The episodes that it touches.
        replans: What it changes in their plans.
    """

    before: ShowText
    text: str
    diff: str
    faults: tuple[Fault, ...]
    new_faults: tuple[Fault, ...]
    warnings: tuple[StoryWarning, ...]
    episodes: tuple[EpisodeKey, ...]
    replans: tuple[Replan, ...] = ()

    @property
    def changes_something(self) -> bool:
        """Whether the text differs from the file, if only in line ends."""
        return self.text != self.before.text or not self.before.exists


@dataclass(frozen=True)
class SavedEdit:
    """A file that was saved.

    Attributes:
        diff: What changed, "" if nothing did: then nothing was written or recorded.
        faults: What is wrong with it, knowingly saved.
    """

    file: ShowText
    diff: str
    who: str
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        if not self.diff:
            return f"{self.file.display_path} says so already; nothing was written"
        count = len(self.faults)
        faults = f", with {count} fault{'s' if count != 1 else ''}: its episodes wait until they are corrected"
        return f"{self.file.display_path} saved by {self.who}{faults if count else ''}"


def text_with_changes(settings: Settings, project: str, file: str, changes: Sequence[YamlChange]) -> str:
    """Return the text of one of a show's YAML files after changes of single values; nothing is written.

    Raises:
        PlanError: There is no such file, it is a screenplay, or its layout does not allow a change.
        StoryError: The file is no text.
    """
    held = read_show_text(settings.projects, project, file)
    if held.is_script:
        raise PlanError(f"{held.display_path} is a screenplay: it has no values to set, so its text is edited")
    return edit_yaml(held.text, changes)


# Looking --------------------------------------------------------------------------------------------------------------


def preview_edit(
    studio: Studio,
    project: str,
    file: str,
    text: str,
    *,
    quality: str = "",
    plan_for: Sequence[EpisodeKey] | None = None,
    known: KnownForecasts | None = None,
) -> EditPreview:
    """Return what a new text of a show's file would mean; nothing of the show or of the record is changed.

    Args:
        studio: The studio.
        project: The show.
        file: Path from the show's folder, such as "episodes/e01.fountain"; there need not be such a file yet.
        text: The new text.
        quality: The level of quality that is planned for, "" for the project's own.
        plan_for: The episodes whose plans are looked at, of those that the edit touches; None for all of them.
        known: What earlier previews found of the files as they are; a panel that asks at every pause keeps one.

    Raises:
        PlanError: There is no such show, the file may not be edited, or the text cannot be saved.
        StoryError: The text is too large, or holds control characters.
        MediaError: A file cannot be read, or the embedded voice could not be asked for the length of a line.
    """
    reading = _read_edit(studio.settings, project, file, text)
    wanted = reading.touched if plan_for is None else [key for key in reading.touched if key in plan_for]
    known = known if known is not None else KnownForecasts()
    replans = [_replan(studio, reading, key, quality, known) for key in wanted]
    return replace(reading.preview, replans=tuple(replans))


@dataclass(frozen=True)
class _EpisodeReading:
    """An episode as far as its files can be read, with what is to be said of them."""

    project: Project
    episode: Episode | None
    faults: tuple[Fault, ...]
    warnings: tuple[StoryWarning, ...]

    @property
    def story(self) -> Story | None:
        """The project and the episode, None if there are faults."""
        return (self.project, self.episode) if self.episode is not None and not self.faults else None

    @property
    def essence(self) -> tuple[Any, ...]:
        """What of the show's files the episode is made from."""
        if self.episode is None:
            return (None, self.faults)
        cast = {name for scene in self.episode.scenes for name in scene.cast}
        characters = tuple(one for one in self.project.characters if one.id in cast)
        project = replace(self.project, characters=characters, warnings=())
        return project, self.project.loras, replace(self.episode, warnings=()), self.faults


@dataclass(frozen=True)
class _EditReading:
    """A preview before anything is planned, and the stories of the episodes that it touches."""

    preview: EditPreview
    before: dict[EpisodeKey, _EpisodeReading]
    after: dict[EpisodeKey, _EpisodeReading]

    @property
    def touched(self) -> tuple[EpisodeKey, ...]:
        """The episodes that the edit touches."""
        return self.preview.episodes


def _read_edit(settings: Settings, project: str, file: str, text: str) -> _EditReading:
    before = read_show_text(settings.projects, project, file)
    text = in_form_of(before.text, text)
    encode_text(file, text)
    keys = _episodes_of(settings, before)
    readings = {key: _read_episode(settings, key, before) for key in keys if before.exists or not before.is_script}
    after = {key: _read_episode(settings, key, replace(before, text=text), is_edited=True) for key in keys}
    touched = tuple(
        key
        for key in keys
        if text != before.text and (key not in readings or readings[key].essence != after[key].essence)
    )
    known = {fault for reading in readings.values() for fault in reading.faults}
    faults = sorted({fault for reading in after.values() for fault in reading.faults})
    own_faults = [fault for fault in faults if fault.file == before.display_path or fault not in known]
    warnings = sorted({warning for reading in after.values() for warning in reading.warnings})
    preview = EditPreview(
        before, text, diff_of(before, text), tuple(faults), tuple(own_faults), tuple(warnings), touched
    )
    return _EditReading(preview, readings, after)


def _episodes_of(settings: Settings, text: ShowText) -> list[EpisodeKey]:
    """Return the episodes that a file may have a part in: its own, or all of the show."""
    if text.episode is None:
        return [key for key in show_files.list_episodes(settings.projects) if key.project == text.project]
    is_draft = text.file.endswith(show_files.DRAFT_SUFFIX)
    is_unaccepted = show_files.is_unaccepted(settings.projects, text.episode)
    return [text.episode] if is_draft is is_unaccepted or not text.exists else []


def _read_episode(settings: Settings, key: EpisodeKey, text: ShowText, *, is_edited: bool = False) -> _EpisodeReading:
    edits = {text.file: text.text} if is_edited else {}
    draft = show_files.draft_episode_files(settings.projects, key, reads_unaccepted=True, edits=edits)
    project, episode = draft.project, draft.episode
    faults = (*draft.faults, *threshold_faults(project))
    if episode is None:
        return _EpisodeReading(project, None, faults, project.warnings)
    warnings = story_warnings(project, episode, settings)
    if not faults and factory.is_embedded("voice", project.engines, settings):
        voice = factory.build_voice(factory.EMBEDDED, settings)
        if isinstance(voice, MeasuringVoice):
            lengths_s = measure_lines(project, episode, voice, settings.home)
            faults = tuple(unspeakable_faults(project, episode, lengths_s))
    return _EpisodeReading(project, episode, faults, warnings)


# Planning -------------------------------------------------------------------------------------------------------------


@dataclass
class KnownForecasts:
    """Forecasts of episodes as their files are, while neither files nor record change and they are not old.

    Attributes:
        by_episode: The newest of each episode, with when it was made and what it rests on.
    """

    by_episode: dict[EpisodeKey, tuple[float, str, tuple[EpisodeForecast | None, str]]] = field(default_factory=dict)

    def plan(
        self, studio: Studio, key: EpisodeKey, reading: _EpisodeReading, quality: str
    ) -> tuple[EpisodeForecast | None, str]:
        """Return an episode's plan, or None and why there is none."""
        rests_on = digest([studio.chain_head, quality, plain_data(reading.essence)])
        made_at, known_rests_on, forecast = self.by_episode.get(key, (0.0, "", (None, "")))
        if known_rests_on != rests_on or time.monotonic() - made_at > MAX_AGE_S:
            forecast = _plan(studio, key, reading, quality)
            self.by_episode[key] = (time.monotonic(), rests_on, forecast)
        return forecast


def _replan(studio: Studio, reading: _EditReading, key: EpisodeKey, quality: str, forecasts: KnownForecasts) -> Replan:
    studio = replace(studio, routers=dict(studio.routers))  # rankings of shows that may never be saved are not kept
    known = reading.before.get(key)
    before, problem_before = (
        (None, "there is no such script yet") if known is None else forecasts.plan(studio, key, known, quality)
    )
    after, problem = _plan(studio, key, reading.after[key], quality)
    if after is None:
        seconds = _seconds(before.takes) if before is not None else 0.0
        return Replan(str(key), seconds_before=seconds, problem=problem, problem_before=problem_before)
    made, found, dropped = _differences(before.takes if before is not None else (), after.takes)
    notes = list(after.notes)
    if known is not None and known.project.models != reading.after[key].project.models:
        notes.append("The map of model files is used once it is saved; until then the saved one is planned with.")
    return Replan(
        str(key),
        made,
        found,
        dropped,
        _seconds(before.takes) if before is not None else 0.0,
        _seconds(after.takes),
        tuple(notes),
        tuple(map(str, after.waiting)),
        "",
        problem_before,
    )


def _plan(
    studio: Studio, key: EpisodeKey, reading: _EpisodeReading, quality: str
) -> tuple[EpisodeForecast | None, str]:
    """Return an episode's plan, or None and why there is none."""
    if reading.story is None:
        count = len(reading.faults)
        return None, f"{count} fault{'s' if count != 1 else ''} to correct before it can be planned"
    try:
        return plan_episode(studio, key, quality, reading.story), ""
    except PlanError as error:  # such as an engine that is not configured: told in the preview, with the rest of it
        return None, str(error)


def _differences(
    before: Sequence[PlannedTake], after: Sequence[PlannedTake]
) -> tuple[tuple[PlannedTake, ...], tuple[PlannedTake, ...], tuple[PlannedTake, ...]]:
    """Return the takes that are made, found again, and not needed after a change."""
    were = {(take.stage, take.shot): take for take in before}
    are = {(take.stage, take.shot): take for take in after}
    made = [take for place, take in are.items() if not take.is_ready and (place not in were or were[place].is_ready)]
    found = [take for place, take in are.items() if take.is_ready and place in were and not were[place].is_ready]
    return tuple(made), tuple(found), tuple(take for place, take in were.items() if place not in are)


def _seconds(takes: Sequence[PlannedTake]) -> float:
    return sum(take.predicted_s for take in takes if not take.is_ready)


# Saving ---------------------------------------------------------------------------------------------------------------


def save_edit(
    studio: Studio,
    project: str,
    file: str,
    text: str,
    who: str,
    why: str = "",
    *,
    seen: str,
    even_with_faults: bool = False,
) -> SavedEdit:
    """Write a new text to a show's file and record who did, when and why.

    Args:
        studio: The studio.
        project: The show.
        file: As in `preview_edit`.
        text: The new text.
        who: Who edits.
        why: The reason, "" for none.
        seen: `ShowText.sha256` of what the person looked at, "" if there was no file.
        even_with_faults: Whether it is saved although the edit brings faults: the files are people's.

    Raises:
        ConflictError: The file has changed since the person looked; where it was edited here, it says by whom.
        StoryError: The edit brings faults, and `even_with_faults` is not set; or no reader would take the text.
        PlanError: It does not say who, there is no such show, or the file may not be edited.
        MediaError: The file cannot be written.
    """
    reading = _read_edit(studio.settings, project, file, text)
    preview, projects = reading.preview, studio.settings.projects
    if not preview.changes_something:
        return SavedEdit(preview.before, "", who.strip())
    if preview.before.sha256 != seen:
        raise _conflict(studio, preview.before)
    if preview.new_faults and not even_with_faults:
        error = StoryError(preview.new_faults)
        error.add_note("Nothing was saved. Correct this, or say that it is to be saved even with faults.")
        raise error
    lines = preview.diff.split("\n")[2:]  # below the names of the files
    new = NewShowEdit(
        project_id=project,
        episode_id=preview.before.episode.episode if preview.before.episode is not None else "",
        file=file,
        before_sha256=seen,
        after_sha256=_digest(file, preview.text),
        lines_added=sum(line.startswith("+") for line in lines),
        lines_removed=sum(line.startswith("-") for line in lines),
        diff=preview.diff,
        faults=len(preview.new_faults),
        who=who,
        why=why,
    )
    try:
        show_edits.record_edit(
            studio.database, new, partial(save_show_text, projects, project, file, preview.text, seen)
        )
    except ConflictError as error:
        raise _conflict(studio, read_show_text(projects, project, file)) from error
    saved = ShowText(project, file, preview.text, new.after_sha256)
    return SavedEdit(saved, preview.diff, who.strip(), preview.new_faults)


@contextmanager
def telling_newer_edits(studio: Studio, project: str, file: str, seen: str | None) -> Iterator[None]:
    """Have what cannot be done to a file that has changed since a person looked told as that, and not as their mistake.

    Args:
        studio: The studio.
        project: The show.
        file: As in `preview_edit`.
        seen: `ShowText.sha256` of what the person looked at; None where that does not matter.

    Raises:
        ConflictError: The block was left by an error about the text, and the file has changed.
    """
    try:
        yield
    except (PlanError, StoryError) as error:
        if seen is None or isinstance(error, ConflictError):
            raise
        held = read_show_text(studio.settings.projects, project, file)
        if held.sha256 == seen:
            raise
        raise _conflict(studio, held) from error


def _digest(file: str, text: str) -> str:
    return hashlib.sha256(encode_text(file, text)).hexdigest()


def _conflict(studio: Studio, held: ShowText) -> ConflictError:
    """Return that a file is not as a person saw it, and who changed it where that is on record."""
    newest = show_edits.find_newest(studio.database, held.project, held.file)
    if newest is not None and newest.after_sha256 == held.sha256:
        why = f" ({newest.why})" if newest.why else ""
        what = f"{newest.who} edited it on {newest.timestamp:%Y-%m-%d %H:%M} UTC{why}"
    else:
        what = "it was changed by another program" if held.exists else "it is not there any more"
    words = f"{held.display_path} is not as you saw it: {what}. Look at it again, then edit it"
    return ConflictError(words, held.sha256)
