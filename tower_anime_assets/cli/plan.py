"""`tower plan`: a dry run of one episode, or of all."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tower_anime_assets.cli.estimate import estimate_as_json, summary_of
from tower_anime_assets.cli.output import (
    add_json_option,
    add_quality_option,
    add_strict_option,
    print_all_warnings,
    print_error,
    print_json,
    print_note,
    print_warnings,
    warnings_as_json,
)
from tower_anime_assets.errors import EXIT_DONE, PlanError, StoryError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.dry_run import PlannedTake

HELP = "what would be made, why, and how long it takes; makes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower plan`."""
    parser.add_argument(
        "episode", nargs="?", default="", help="an episode key such as nexus-e01; every episode if omitted"
    )
    add_quality_option(parser)
    add_strict_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a summary per episode, and for a named episode a line per take to make."""
    from tower_anime_assets.media import show_files
    from tower_anime_assets.production.story.quality import run_notes
    from tower_anime_assets.stages.dry_run import episode_from_files, forecast_episode
    from tower_anime_assets.stages.estimates import estimate_forecast
    from tower_anime_assets.stages.ingest import check_episode
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.story_warnings import story_warnings, without_notes

    keys = [EpisodeKey.parse(arguments.episode)] if arguments.episode else show_files.list_episodes(settings.projects)
    if not keys:
        raise PlanError(f"{settings.projects} holds no episode; `tower init DIR` writes a show to start from")
    stories = {key: check_episode(settings, key, strict=arguments.strict, reads_unaccepted=True) for key in keys}
    warnings = {key: story_warnings(project, episode, settings) for key, (project, episode) in stories.items()}
    notes = {key: run_notes(project, arguments.quality) for key, (project, _episode) in stories.items()}
    with open_studio(settings) as studio:
        runs = {key: episode_from_files(studio, key, arguments.quality, stories[key]) for key in keys}
        forecasts = {key: forecast_episode(run) for key, run in runs.items()}
        estimates = {key: estimate_forecast(runs[key], forecasts[key]) for key in keys}
    reports = {key: forecast.preflight for key, forecast in forecasts.items()}
    doubts = {warning for report in reports.values() for warning in without_notes(report.warnings)}
    if arguments.strict and doubts:
        raise StoryError([warning.as_fault() for warning in sorted(doubts)])
    code = max((report.exit_code for report in reports.values() if not report.is_away), default=EXIT_DONE)
    if arguments.json:
        shots = [take.as_json() for forecast in forecasts.values() for take in forecast.takes]
        told = {str(key): warnings_as_json((*warnings[key], *notes[key])) for key in keys}
        counts = {str(key): len(warnings[key]) + len(notes[key]) for key in keys}
        preflights = {str(key): report.as_json() for key, report in reports.items()}
        print_json(
            {
                "episodes": [str(key) for key in keys],
                "shots": shots,
                "warnings": told,
                "warning_counts": counts,
                "preflight": preflights,
                "waiting": {str(key): list(map(str, forecast.waiting)) for key, forecast in forecasts.items()},
                "notes": {str(key): list(forecast.notes) for key, forecast in forecasts.items()},
                "estimates": {str(key): estimate_as_json(estimate) for key, estimate in estimates.items()},
            }
        )
        return code
    for line in dict.fromkeys(line for report in reports.values() for line in report.unasked):
        print_note(line)
    for key, forecast in forecasts.items():
        planned = forecast.takes
        if show_files.is_unaccepted(settings.projects, key):
            print_note(f"{key} is a draft: it is not produced before `tower accept {key}`")
        print_warnings(str(key), warnings[key])
        print_all_warnings(notes[key])
        print_all_warnings(reports[key].warnings)
        for note in forecast.notes:
            print_note(f"note: {note}")
        for state in forecast.waiting:
            print_note(str(state))
        todo = [take for take in planned if not take.is_ready]
        predicted_s = sum(take.predicted_s for take in todo)
        print(f"{key}: {len(planned) - len(todo)} takes ready, {len(todo)} to make, about {predicted_s:.0f} s")
        if summary := summary_of(estimates[key]):
            print(f"  {summary}: tower estimate {key}")
        if arguments.episode and todo:  # in one piece: each is searched for secrets before it is printed
            print("\n".join(_line_of(take) for take in todo))
        if (error := reports[key].error) is not None and not reports[key].is_away:
            print_error(str(error))
    return code


def _line_of(take: PlannedTake) -> str:
    return f"  {take.stage:<13} {take.shot:<28} {take.state:<9} {take.predicted_s:6.1f} s  {take.why}"
