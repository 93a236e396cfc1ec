"""The report of a night: what was made, what was rejected and why, what it cost, and what waits for a person."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.notifications import send_message
from tower_anime_assets.errors import MediaError, NotAcceptedError, PlanError, TowerError
from tower_anime_assets.media import show_files
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.contact_sheets import contact_sheet
from tower_anime_assets.stages.dry_run import PlannedTake, episode_from_files, plan_episode
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.night import NIGHT_USER, Night
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import nights
from tower_anime_assets.store.nights import FailedAttempt, StageWork

MAX_LISTED = 50
"""Lines of one list in the report; the record has all."""


@dataclass(frozen=True)
class EpisodeMorning:
    """How an episode stands after a night.

    Attributes:
        key: Episode key.
        work: What the night decided of it.
        takes: How many takes it needs, of which `ready` are accepted.
        rejected: Takes that gates rejected: they wait for a person.
        approvals: What waits for a person's approval, a sentence each.
        left: How many takes are still to be made.
        problems: Why its files cannot be read, or what stopped its run, a sentence each.
        sheets: Contact sheets as data URIs, by stage.
    """

    key: str
    work: tuple[StageWork, ...] = ()
    takes: int = 0
    ready: int = 0
    rejected: tuple[PlannedTake, ...] = ()
    approvals: tuple[str, ...] = ()
    left: int = 0
    problems: tuple[str, ...] = ()
    sheets: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """Whether every take of it is accepted, and nothing waits for an approval."""
        return self.takes > 0 and self.ready == self.takes and not (self.problems or self.approvals)

    @property
    def made(self) -> int:
        """Takes that the night made of it."""
        return sum(item.made for item in self.work)


@dataclass(frozen=True)
class MorningReport:
    """What a night did for all projects."""

    night: Night
    budget_s: float | None
    episodes: tuple[EpisodeMorning, ...]
    project_work: tuple[StageWork, ...]
    failures: tuple[FailedAttempt, ...]

    @property
    def work(self) -> tuple[StageWork, ...]:
        """Everything that was decided."""
        return (*self.project_work, *(item for episode in self.episodes for item in episode.work))

    @property
    def waiting(self) -> tuple[PlannedTake, ...]:
        """What waits for a person."""
        return tuple(take for episode in self.episodes for take in episode.rejected)

    @property
    def gpu_s(self) -> float:
        """GPU seconds that the night took."""
        return sum(item.gpu_s for item in self.work)

    @property
    def summary(self) -> str:
        """The night in a line."""
        made, rejected = sum(item.made for item in self.work), sum(item.rejected for item in self.work)
        budget = "" if self.budget_s is None else f" of {self.budget_s:.0f}"
        finished = sum(episode.is_finished for episode in self.episodes)
        approvals = sum(len(episode.approvals) for episode in self.episodes)
        left = sum(episode.left for episode in self.episodes)
        return (
            f"Takes made: {made}, of which rejected: {rejected}. Attempts without a take: {len(self.failures)}. "
            f"GPU seconds: {self.gpu_s:.0f}{budget}. Episodes finished: {finished} of {len(self.episodes)}. "
            f"Takes that wait for you: {len(self.waiting)}. "
            + (f"Approvals that wait for you: {approvals}. " if approvals else "")
            + f"Left to make: {left}."
        )

    @property
    def digest(self) -> str:
        """Equal for equal content."""
        return digest([self.night.tag, self.as_json()])

    def to_markdown(self, sheet_links: Mapping[tuple[str, str], str]) -> str:
        """Return the report as Markdown.

        Args:
            sheet_links: Where the contact sheets are, by episode and stage.
        """
        return "\n".join([f"# Night of {self.night.date}", "", self.summary, *self._sections(sheet_links), ""])

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-ready data, without pictures."""
        return {
            "night": self.night.date,
            "began_at": self.night.tag,
            "summary": self.summary,
            "gpu_s": round(self.gpu_s, 2),
            "budget_s": self.budget_s,
            "episodes": [
                {
                    "episode": episode.key,
                    "takes": episode.takes,
                    "ready": episode.ready,
                    "left": episode.left,
                    "rejected": [take.as_json() for take in episode.rejected],
                    "approvals": list(episode.approvals),
                    "work": [asdict(item) for item in episode.work],
                    "problems": list(episode.problems),
                }
                for episode in self.episodes
            ],
            "project_work": [asdict(item) for item in self.project_work],
            "failures": [{"subject": one.subject, **asdict(one)} for one in self.failures],
        }

    def _sections(self, sheet_links: Mapping[tuple[str, str], str]) -> Iterator[str]:
        yield from self._table()
        approvals = [f"- {words}" for episode in self.episodes for words in episode.approvals]
        yield from _section("Waiting for your approval", approvals)
        waiting = [f"- `{take.shot}` {take.stage}: {take.why}. {_remedy(take)}" for take in self.waiting]
        yield from _section("Waiting for you", waiting)
        problems = [f"- `{episode.key}`: {problem}" for episode in self.episodes for problem in episode.problems]
        problems += [f"- `{one.subject}` {one.stage} by {one.engine}: {_first_line(one)}" for one in self.failures]
        yield from _section("What went wrong", problems)
        left = [f"- `{episode.key}`: {episode.left} takes" for episode in self.episodes if episode.left]
        yield from _section("Left for the next night", left)
        sheets = [f"![{key} {stage}]({link})" for (key, stage), link in sheet_links.items()]
        yield from _section("Contact sheets", sheets)

    def _table(self) -> Iterator[str]:
        rows = [(item.key, item.stage, item.engine, item.made, item.rejected, item.failed, item.gpu_s, item.cpu_s)
                for item in self.work]  # fmt: skip
        if not rows:
            yield from ("", "Nothing was made.")
            return
        yield from ("", "| of | stage | engine | made | rejected | without a take | GPU s | CPU s |", "|---" * 8 + "|")
        for *words, gpu_s, cpu_s in rows:
            yield f"| {' | '.join(map(str, words))} | {gpu_s:.1f} | {cpu_s:.1f} |"


def report_night(studio: Studio, night: Night, run_problems: Mapping[str, Sequence[str]]) -> MorningReport:
    """Return the report of a night, with every episode as it stands now.

    Args:
        studio: The studio.
        night: Which night.
        run_problems: What stopped the night's runs, a sentence each, by episode key.
    """
    work = nights.list_work(studio.database, night.began_at, NIGHT_USER)
    keys = [str(key) for key in show_files.list_episodes(studio.settings.projects)]
    return MorningReport(
        night,
        studio.settings.overnight_gpu_s,
        tuple(_look_at_episode(studio, key, work, run_problems.get(key, ())) for key in keys),
        tuple(item for item in work if item.key not in keys),
        tuple(nights.list_failures(studio.database, night.began_at, NIGHT_USER)),
    )


def save_report(settings: Settings, report: MorningReport) -> Path:
    """Write a report with its contact sheets into TOWER_HOME/reports, and return the Markdown file."""
    folder = settings.home / "reports"
    links: dict[tuple[str, str], str] = {}
    for episode in report.episodes:
        for stage, uri in episode.sheets.items():
            links[episode.key, stage] = name = f"{report.night.date}-{episode.key}-{stage}.webp"
            write_atomically(folder / name, base64.b64decode(uri.partition(",")[2]))
    write_atomically(folder / f"{report.night.date}.json", json.dumps(report.as_json(), indent=2, default=str).encode())
    path = folder / f"{report.night.date}.md"
    write_atomically(path, report.to_markdown(links).encode())
    return path


def notify(settings: Settings, report: MorningReport, path: Path) -> list[str]:
    """Send a report's summary to the addresses in TOWER_NOTIFY, and return what could not be sent."""
    waiting = [f"- {words}" for episode in report.episodes for words in episode.approvals][:10]
    waiting += [f"- {take.shot} {take.stage}: {take.why}" for take in report.waiting[:10]]
    text = "\n".join([report.summary, "", *waiting, "", f"{settings.web_url} - {path}"])
    return send_message(settings.notify, f"Night of {report.night.date}", text)


def find_newest_report(settings: Settings, date: str = "") -> Path:
    """Return the Markdown file of the newest report, or of a night's.

    Raises:
        PlanError: There is none.
    """
    found = sorted((settings.home / "reports").glob(f"{date or '????-??-??'}.md"))
    if not found:
        which = f"of {date}" if date else "yet"
        raise PlanError(
            f"there is no morning report {which} in {settings.home / 'reports'}: `tower up --overnight HH:MM` makes "
            "one after every night"
        )
    return found[-1]


def _look_at_episode(
    studio: Studio, key: str, work: Sequence[StageWork], run_problems: Sequence[str]
) -> EpisodeMorning:
    own = tuple(item for item in work if item.key == key)
    try:
        forecast = plan_episode(studio, EpisodeKey.parse(key))
        planned = forecast.takes
        sheets = dict(_contact_sheets(studio, key)) if own else {}
    except TowerError as error:
        return EpisodeMorning(key, own, problems=(*run_problems, str(error)))
    rejected = tuple(take for take in planned if take.state == "rejected")
    ready = sum(take.is_ready for take in planned)
    left = len(planned) - ready - len(rejected)
    approvals = tuple(map(str, forecast.waiting))
    return EpisodeMorning(key, own, len(planned), ready, rejected, approvals, left, tuple(run_problems), sheets)


def _contact_sheets(studio: Studio, key: str) -> Iterator[tuple[str, str]]:
    """Yield the contact sheet of each stage with pictures, as far as there are takes to show."""
    run = episode_from_files(studio, EpisodeKey.parse(key))
    for stage in (KEYFRAMES, CLIPS):
        try:
            outcomes = [outcome for _order, outcome in run.find(stage, partial=True) if outcome is not None]
            sheet = contact_sheet(studio, StageReport(stage.name, key, outcomes, 0.0))
        except (NotAcceptedError, PlanError, MediaError):  # told with the episode's takes
            continue
        if sheet is not None:
            yield stage.name, sheet


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"## {title}", "", *lines[:MAX_LISTED])
        if len(lines) > MAX_LISTED:
            yield f"- ... and {len(lines) - MAX_LISTED} more: `tower plan`, `tower audit`"


def _remedy(take: PlannedTake) -> str:
    gate = take.why.partition(":")[0]
    waive = f'`tower waive {take.shot} {gate} --why "..."`'
    return f"`tower choose {take.shot}`, or {waive}" if take.stage in (KEYFRAMES.name, CLIPS.name) else waive


def _first_line(failure: FailedAttempt) -> str:
    return (failure.error_message or "no reason was recorded").splitlines()[0]
