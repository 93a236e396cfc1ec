"""`tower estimate`: what making an episode or a shot would cost, before it is made."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, add_quality_option, print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, EXIT_GATE, PlanError
from tower_anime_assets.production.spending import show_amount
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.estimates import CostEstimate

HELP = "seconds, GPU seconds and money that making an episode or a shot takes, and what caps say; makes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower estimate`."""
    parser.add_argument("key", help="an episode or a shot, such as nexus-e01 or nexus-e01-sc02-sh0030")
    parser.add_argument("--again", action="store_true", help="of a shot: one more take of it, although there is one")
    add_quality_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what would be made, what it costs and rests on, and each cap; return 1 where a cap has no room for all.

    Raises:
        PlanError: The key is neither an episode nor a shot.
        StoryError: The files of the show are wrong, or those with prices and caps.
    """
    from tower_anime_assets.stages.estimates import estimate_episode, estimate_shot
    from tower_anime_assets.stages.opening import open_studio

    is_shot = arguments.key.count("-") > 1
    if arguments.again and not is_shot:
        raise PlanError("--again is for a shot, such as nexus-e01-sc02-sh0030")
    with open_studio(settings) as studio:
        if is_shot:
            shot = ShotKey.parse(arguments.key)
            estimate = estimate_shot(studio, shot, is_again=arguments.again, quality=arguments.quality)
        else:
            estimate = estimate_episode(studio, EpisodeKey.parse(arguments.key), arguments.quality)
    if arguments.json:
        print_json(estimate_as_json(estimate))
    else:
        print("\n".join(_lines_of(estimate, arguments.key)))
        for note in estimate.notes:
            print_note(f"note: {note}")
    return EXIT_DONE if estimate.fits else EXIT_GATE


def estimate_as_json(estimate: CostEstimate) -> dict[str, Any]:
    """Return an estimate as `--json` prints it."""
    return {**asdict(estimate), "refusals": list(estimate.refusals)}


def summary_of(estimate: CostEstimate) -> str:
    """Return what work at services costs in a few words, "" where there is none."""
    if not estimate.jobs:
        return ""
    money = _amount(estimate.money, estimate.currency) if estimate.currency else "no prices are set"
    summary = f"{estimate.jobs} jobs at services, {_amount(estimate.gpu_s, 'GPU s')} of GPU, {money}"
    return summary if estimate.fits else f"{summary}; a cap has no room for all of it"


def _lines_of(estimate: CostEstimate, key: str) -> Iterator[str]:
    yield f"{key}: {estimate.takes} takes to make, {estimate.jobs} jobs at services"
    currency = estimate.currency
    columns = ("stage", "engine", "takes", "jobs", "time", "GPU", "money", "rests on")
    rows = [columns]
    for one in estimate.stages:
        figures = (_amount(one.seconds, "GPU s"), _amount(one.gpu_s, "GPU s"), _amount(one.money, currency))
        rows.append((one.stage, one.engine or "?", str(one.takes), str(one.jobs), *figures, one.basis))
    figures = (
        _amount(estimate.seconds, "GPU s"), _amount(estimate.gpu_s, "GPU s"), _amount(estimate.money, currency)
    )  # fmt: skip
    rows.append(("total", "", str(estimate.takes), str(estimate.jobs), *figures, ""))
    if estimate.jobs and (estimate.most_gpu_s, estimate.most_money) != (estimate.gpu_s, estimate.money):
        most = (_amount(estimate.most_gpu_s, "GPU s"), _amount(estimate.most_money, currency))
        rows.append(("at most", "", "", "", "", *most, "where gates reject every take but the last"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if estimate.takes:
        for row in rows:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for reason in estimate.unknown:
        yield f"unknown: {reason}"
    for use in estimate.caps:
        yield f"cap: {use}"
    for refusal in estimate.refusals:
        yield f"refused: {refusal}"
    if not estimate.fits:
        yield "a run makes what fits, and stops there" if estimate.can_begin else "a run makes nothing at a service"


def _amount(amount: float | None, unit: str) -> str:
    if amount is None or not unit:
        return "unknown" if unit else "-"
    return show_amount(amount, unit)
