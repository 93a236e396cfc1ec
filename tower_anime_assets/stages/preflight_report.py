"""The one preflight: what would make a show's keyframes and clips, what is missing for that at which server, and why.

`tower doctor`, `plan`, `route`, `produce`, `workflows check` and every run ask here, so that they say the same in the
same words. Each server is asked by `routing`; the checks are those of `engines.remote.comfyui.preflight`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

from tower_anime_assets.errors import (
    EXIT_DONE,
    MAX_REPORTED,
    NotAcceptedError,
    PlanError,
    ServiceUnavailableError,
    StoryWarning,
    TowerError,
)
from tower_anime_assets.production.base_models import STAGE_OF_MEDIUM, LoraFit
from tower_anime_assets.production.learning.candidates import (
    Candidate,
    ShotRequirements,
    candidate_lora_fit,
    distance_from_usable,
    missing_lora_files,
    why_unusable,
)
from tower_anime_assets.production.learning.ranking import Ranking, leaving_out_loras, rank_candidates
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.model import Lora, Project
from tower_anime_assets.stages.routing import IMAGE, VIDEO, Router, ServerHealth, requirements_of
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.stage import EpisodeRun

_ANY_CAPABILITY: Final[Mapping[str, tuple[str, ...]]] = {
    IMAGE: ("text_to_image", "anime_generation", "image_editing"),
    VIDEO: ("image_to_video", "text_to_video"),
}
"""What shots may ask for, by medium: all of it where it is not known yet which shots there are."""

_DRAWN_HERE: Final = LoraFit(False, "the embedded engine makes them, without LoRAs")
MAX_SHOTS_NAMED: Final = 3


@dataclass(frozen=True)
class Obstacle:
    """Why some keyframes or clips cannot be made now.

    Attributes:
        stage: `keyframes` or `clips`.
        shots: Keys of the shots; () where no shots are known yet.
        message: What is missing, with what to do about it; several lines.
        is_away: Whether only servers that do not answer keep them from being made, so that waiting helps.
    """

    stage: str
    shots: tuple[str, ...]
    message: str
    is_away: bool

    def __str__(self) -> str:
        return f"{self.stage}{f' of {_named(self.shots)}' if self.shots else ''}: {self.message}"


def _named(shots: Sequence[str]) -> str:
    rest = len(shots) - MAX_SHOTS_NAMED
    return ", ".join(shots[:MAX_SHOTS_NAMED]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True)
class PreflightReport:
    """What was found before anything is made.

    Attributes:
        subject: The project, episode or shot.
        servers: The ComfyUI servers; () where none is needed.
        obstacles: What cannot be made.
        warnings: LoRAs that are left out, or used with a doubt.
        able: Lines for people by stage: which workflows each server can run, or what the nearest one lacks there.
    """

    subject: str
    servers: tuple[ServerHealth, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    warnings: tuple[StoryWarning, ...] = ()
    able: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def unasked(self) -> tuple[str, ...]:
        """What could not be asked, a sentence for each server that does not answer."""
        what = "what it has, and whether the workflows can run there, is not known"
        return tuple(f"{one.url} could not be asked ({one.detail}): {what}" for one in self.servers if not one.is_up)

    @property
    def error(self) -> TowerError | None:
        """The error that stops whoever wants to make it, with everything that is missing; None if there is a way."""
        if not self.obstacles:
            return None
        message = "\n".join([f"{self.subject} cannot be made:", *(f"  {one}" for one in self.obstacles)])
        return ServiceUnavailableError(message) if self.is_away else PlanError(message)

    @property
    def is_away(self) -> bool:
        """Whether only servers that do not answer stand in the way, so that waiting helps."""
        return bool(self.obstacles) and all(one.is_away for one in self.obstacles)

    @property
    def exit_code(self) -> int:
        """The exit code of a command that needs it made: 0, 2 where something is missing, 3 where servers are away."""
        return EXIT_DONE if self.error is None else self.error.exit_code

    def as_json(self) -> dict[str, Any]:
        """Return the report, JSON-ready."""
        servers = [
            {"url": one.url, "answers": one.is_up, "detail": one.detail, "lacks": dict(one.missing)}
            for one in self.servers
        ]
        return {
            "servers": servers,
            "unasked": list(self.unasked),
            "obstacles": [asdict(one) for one in self.obstacles],
            "warnings": [asdict(one) for one in self.warnings[:MAX_REPORTED]],
            "warning_count": len(self.warnings),
        }


def preflight_report(
    subject: str, router: Router, shots: Sequence[Shot] = (), chosen: Sequence[Shot] | None = None
) -> PreflightReport:
    """Return the report on shots, or on a project of which no shots are known yet.

    Args:
        subject: What it is about, for messages.
        router: The project's, for the current state.
        shots: The shots of the plan, in order; () while none are known.
        chosen: Those of them that it is about, None for all.
    """
    media = [medium for medium in (IMAGE, VIDEO) if medium in router.candidates and medium not in router.dormant]
    if not media:
        return PreflightReport(subject)
    shot_by_key = {shot.key: shot for shot in shots}
    following = {one.key: other for one, other in pairwise(shots) if _scene_of(one) == _scene_of(other)}
    shots = shots if chosen is None else chosen
    rankings, failures = _rank(router, media, shots, following)
    assumed = router.assuming_servers()
    lora_rankings, lora_failures = (
        (rankings, failures) if assumed is router else _rank(assumed, media, shots, following)
    )
    obstacles: dict[tuple[str, str, bool], _Group] = {}
    for (medium, key), error in failures.items():
        head, lines = _explain(router, medium, shot_by_key.get(key), error)
        group = obstacles.setdefault((medium, head, error.transient), _Group({}, {}))
        group.shots.update(dict.fromkeys([key] if key else []))
        group.lines.update(dict.fromkeys(lines))
    return PreflightReport(
        subject,
        router.servers,
        tuple(
            Obstacle(STAGE_OF_MEDIUM[medium], tuple(group.shots), "\n    ".join([head, *group.lines]), is_away)
            for (medium, head, is_away), group in obstacles.items()
        ),
        tuple(sorted(set(_lora_warnings(assumed, lora_rankings, lora_failures)))),
        {STAGE_OF_MEDIUM[medium]: tuple(_server_lines(router, medium)) for medium in media},
    )


def run_report(run: EpisodeRun) -> PreflightReport:
    """Return the report on an episode as far as its shots are known."""
    if not any(run.engines.is_routed(kind) for kind in ("keyframes", "clips")):
        return PreflightReport(run.key)
    try:
        shots: Sequence[Shot] = episode_plan(run).shots
    except NotAcceptedError:  # a service has yet to plan them
        shots = ()
    return preflight_report(run.key, run.survey, shots)


def require_way(run: EpisodeRun) -> None:
    """Raise unless there is a way to make all keyframes and clips of an episode, now or when its servers answer again.

    Raises:
        PlanError: Something is missing for keyframes or clips; everything is named.
    """
    report = run.once(run_report)
    if report.error is not None and not report.is_away:
        raise report.error


# Rankings -------------------------------------------------------------------------------------------------------------

_Key = tuple[str, str]
"""A medium, and a shot's key or the file of a LoRA."""


def _scene_of(shot: Shot) -> str:
    return ShotKey.parse(shot.key).scene


def _rank(
    router: Router, media: Sequence[str], shots: Sequence[Shot], following: Mapping[str, Shot]
) -> tuple[dict[_Key, Ranking], dict[_Key, TowerError]]:
    return _rank_shots(router, media, shots, following) if shots else _rank_project(router, media)


class _Group(NamedTuple):
    """Shots that cannot be made for the same reason, and everything that is missing for them, in order."""

    shots: dict[str, None]
    lines: dict[str, None]


def _explain(router: Router, medium: str, shot: Shot | None, error: TowerError) -> tuple[str, list[str]]:
    """Return what is to be said of a failed ranking: the workflow that lacks least, and a line for each thing."""
    if shot is None:
        requirements, subject = _any_requirements(router.project, medium, None), router.project.id
    else:
        requirements, subject = requirements_of(router.project, shot, medium), shot.key
    message = str(error).removeprefix(f"{subject}: ")
    if "\n" not in message:  # a pin that cannot be kept, or no workflow at all
        return message, []
    if error.transient:
        away = "; ".join(f"{server.url}: {server.detail}" for server in router.servers if not server.is_up)
        return f"{message.splitlines()[0]}: {away or 'set COMFYUI_URL'}", []
    rules = router.project.routing
    without_loras = leaving_out_loras(router.candidates[medium], requirements, rules)
    here = [one for one in router.candidates[medium] if not one.only_if_pinned and one.name not in without_loras]
    nearest = min(here, key=lambda one: (*distance_from_usable(one, requirements, rules), one.name), default=None)
    if nearest is None:
        return message, []
    installed = replace(nearest, missing_on_servers=())
    others = why_unusable(installed, requirements, rules, with_lora_files=False)
    lines = [*([others] if others else []), *nearest.missing_on_servers, *missing_lora_files(nearest, requirements)]
    return f"no workflow can make them; {nearest.name} lacks least:", lines


def _rank_shots(
    router: Router, media: Sequence[str], shots: Sequence[Shot], following: Mapping[str, Shot]
) -> tuple[dict[_Key, Ranking], dict[_Key, TowerError]]:
    """Return the rankings and the failures of shots; those that ask for the same are ranked once."""
    rankings: dict[_Key, Ranking] = {}
    failures: dict[_Key, TowerError] = {}
    first_like: dict[tuple[str, ShotRequirements], str] = {}
    for medium in media:
        for shot in shots:
            alike = (
                medium,
                replace(requirements_of(router.project, shot, medium, following.get(shot.key)), subject="", position=0),
            )
            first = first_like.setdefault(alike, shot.key)
            if (medium, first) in rankings:
                rankings[medium, shot.key] = rankings[medium, first]
            elif (medium, first) in failures:
                failures[medium, shot.key] = _renamed(failures[medium, first], first, shot.key)
            else:
                try:
                    rankings[medium, shot.key] = router.try_rank(shot, medium, following.get(shot.key))
                except (PlanError, ServiceUnavailableError) as error:
                    failures[medium, shot.key] = error
    return rankings, failures


def _renamed(error: TowerError, first: str, key: str) -> TowerError:
    return type(error)(str(error).replace(f"{first}: ", f"{key}: ", 1))


def _rank_project(router: Router, media: Sequence[str]) -> tuple[dict[_Key, Ranking], dict[_Key, TowerError]]:
    """Return the rankings of a project's pictures in general, one for each LoRA, or the failures."""
    rankings: dict[_Key, Ranking] = {}
    failures: dict[_Key, TowerError] = {}
    for medium in media:
        for lora in router.project.loras or (None,):
            wanted = _any_requirements(router.project, medium, lora)
            try:
                rankings[medium, lora.file if lora else ""] = rank_candidates(
                    wanted, router.candidates[medium], {}, router.project.routing, router.now
                )
            except (PlanError, ServiceUnavailableError) as error:
                failures.setdefault((medium, ""), error)
    return rankings, failures


def _any_requirements(project: Project, medium: str, lora: Lora | None) -> ShotRequirements:
    """Return what a project's pictures ask for at least."""
    width_px, height_px = project.delivery.working_px
    return ShotRequirements(
        subject=project.id,
        medium=medium,
        capabilities=_ANY_CAPABILITY[medium],
        shot_type="",
        width_px=width_px,
        height_px=height_px,
        fps=project.delivery.fps,
        loras=(lora,) if lora is not None else (),
    )


# LoRAs ----------------------------------------------------------------------------------------------------------------


def _lora_warnings(
    router: Router, rankings: Mapping[_Key, Ranking], failures: Mapping[_Key, TowerError]
) -> Iterator[StoryWarning]:
    """Yield what is to be said of each LoRA: that it is left out, or what is not certain about its use.

    A warning that does not concern every shot that asks for the LoRA names those that it does.
    """
    shots_by_file: dict[str, list[str]] = {}
    shots_by_warning: dict[tuple[str, StoryWarning], list[str]] = {}
    for key in dict.fromkeys(key for _medium, key in rankings):
        if any((medium, key) in failures for medium in (IMAGE, VIDEO)):
            continue  # whether it is used is not decided yet
        by_medium = {medium: rankings.get((medium, key)) for medium in (IMAGE, VIDEO)}
        loras = next(ranking.requirements.loras for ranking in by_medium.values() if ranking is not None)
        for lora in loras:
            shots_by_file.setdefault(lora.file, []).append(key)
            fits = {medium: _fit_in(ranking, lora) for medium, ranking in by_medium.items()}
            for warning in _warnings_of(router.project, lora, fits):
                shots_by_warning.setdefault((lora.file, warning), []).append(key)
    for (file, warning), keys in shots_by_warning.items():
        is_everywhere = len(keys) == len(shots_by_file[file])
        problem = warning.problem if is_everywhere else f"{warning.problem} in {_named(keys)}"
        yield replace(warning, problem=problem)


def _fit_in(ranking: Ranking | None, lora: Lora) -> LoraFit:
    """Return whether the chosen workflow is run with a LoRA."""
    if ranking is None:
        return _DRAWN_HERE
    return next(fit for one, fit in ranking.lora_fits if one.file == lora.file)


def _warnings_of(project: Project, lora: Lora, fits: Mapping[str, LoraFit]) -> Iterator[StoryWarning]:
    file = _file_of(project, lora)
    used = {medium: fit for medium, fit in fits.items() if fit.is_used}
    if not used:
        reasons = "; ".join(f"{STAGE_OF_MEDIUM[medium]}: {fit.reason}" for medium, fit in fits.items())
        remedy = (
            "Use a LoRA of one of these models, correct its `base_model`, or add a workflow of its own: "
            "`tower workflows add FILE`."
        )
        problem = f"LoRA {lora.file} is used for neither keyframes nor clips"
        yield StoryWarning(file, 0, problem, f"{reasons}; pictures are made without it", remedy)
    for medium, fit in used.items():
        if fit.doubt:
            problem = f"LoRA {lora.file}: {fit.doubt}"
            remedy = (
                "Write its `base_model`, such as SDXL 1.0 or LTX Video 2B, or `stage: keyframes` or `stage: clips`."
            )
            instead = f"it is used for {STAGE_OF_MEDIUM[medium]}"
            yield StoryWarning(file, 0, problem, instead, remedy, is_note=not lora.base_model)


def _file_of(project: Project, lora: Lora) -> str:
    """Return the file that names a LoRA, as its writer knows it."""
    owner = next((one.id for one in project.characters if lora.file in {own.file for own in one.all_loras}), "")
    return f"{project.id}/characters/{owner}.yaml" if owner else f"{project.id}/project.yaml"


# Servers --------------------------------------------------------------------------------------------------------------


def _server_lines(router: Router, medium: str) -> Iterator[str]:
    """Yield a line for each server: what it can run of a medium, or what the workflow that lacks least lacks there."""
    wanted = _any_requirements(router.project, medium, None)
    installable = [
        one
        for one in router.candidates[medium]
        if one.engine.startswith("comfyui:") and _is_suitable(one, wanted, router)
    ]
    for server in router.servers:
        if not server.is_up:
            continue
        able = [one for one in installable if not server.missing.get(one.name)]
        if able:
            large = [
                f"{one.name} ({one.vram_bytes / 1e9:.1f} GB)" for one in able if one.vram_bytes > server.card_bytes > 0
            ]
            slower = f"; slower there, because larger than the card: {', '.join(large)}" if large else ""
            yield f"{server.url}: {', '.join(one.name for one in able)}{slower}"
        elif installable:
            nearest = min(installable, key=lambda one: (one.status != "proven", len(server.missing[one.name])))
            lacking = "\n  ".join(server.missing[nearest.name])
            yield f"{server.url}: nothing yet; {nearest.name} lacks\n  {lacking}"
        for lora in router.project.loras:
            is_used = any(candidate_lora_fit(one, lora).is_used for one in able or installable)
            if is_used and lora.file in server.missing_loras:
                yield f"{server.url}: {server.missing_loras[lora.file]}"


def _is_suitable(candidate: Candidate, wanted: ShotRequirements, router: Router) -> bool:
    """Return whether a workflow would do for a project's pictures wherever it is installed."""
    installed = replace(candidate, missing_on_servers=(), down_reason="")
    return not why_unusable(installed, wanted, router.project.routing)
