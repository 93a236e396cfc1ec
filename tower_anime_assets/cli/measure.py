"""`tower measure`: the gates' measures of any picture, video or sound."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, console, print_error, print_json
from tower_anime_assets.errors import EXIT_DONE, EXIT_GATE, EXIT_INPUT, MediaError, PlanError
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.file_measures import BarResult, Expected, FileReport

HELP = "the gates' measures of any picture, video or sound, without a show or a database"

_DESCRIPTION = (
    "What a file is, is told by its content. A measure that needs to know what was planned is taken where an option "
    "says so, and listed as not measured elsewhere. Exit code 1: a bar is missed; 2: a file cannot be read."
)
_COLUMNS = ("gate", "measure", "value", "bar", "good", "unit")
_STAGES = ("keyframe", "sheet", "clip", "master", "music", "voice", "mix")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower measure`."""
    parser.description = f"{HELP}. {_DESCRIPTION}"
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="pictures, videos and sounds")
    parser.add_argument("--stage", choices=_STAGES, help="by whose bars; default: keyframe, clip or music")
    parser.add_argument("--size", metavar="WxH", help="the planned size, such as 768x512")
    parser.add_argument("--fps", type=float, metavar="N", help="the planned rate")
    parser.add_argument("--frames", type=int, metavar="N", help="the planned length of a video")
    parser.add_argument("--seconds", type=float, metavar="N", help="the planned length of a sound, a line's window")
    parser.add_argument("--motion", metavar="LEAST,MOST", help="the planned mean motion, px per frame, such as 0.3,4")
    parser.add_argument("--keyframe", type=Path, metavar="PICTURE", help="the still that a clip must start from")
    parser.add_argument("--loop", action="store_true", help="the clip's last frame must meet its first")
    parser.add_argument("--sheet", type=Path, metavar="PICTURE", help="a picture of the character that a still shows")
    parser.add_argument("--neighbour", type=Path, metavar="PICTURE", help="the still of the shot before")
    parser.add_argument("--target-lufs", type=float, metavar="N", help="the planned loudness of a mix or master")
    parser.add_argument("--peak-dbtp", type=float, default=-1.0, metavar="N", help="highest true peak; default: -1")
    add_json_option(parser)


def run(arguments: argparse.Namespace, _settings: Settings) -> int:
    """Measure every file; one that cannot be read does not keep the others from being measured."""
    from tower_anime_assets.stages.file_measures import measure_file

    expected = _expected(arguments)
    reports: list[FileReport] = []
    errors: dict[str, str] = {}
    for path in arguments.files:
        try:
            report = measure_file(path, expected)
        except (MediaError, PlanError) as error:
            errors[str(path)] = str(error)
            print_error(f"tower measure: {error}")
            continue
        reports.append(report)
        if not arguments.json:
            _print_report(report)
    code = EXIT_INPUT if errors else EXIT_DONE if all(report.passed for report in reports) else EXIT_GATE
    if arguments.json:
        print_json({"code": code, "files": [_as_json(report) for report in reports], "errors": errors})
    return code


def _expected(arguments: argparse.Namespace) -> Expected:
    from tower_anime_assets.stages.file_measures import Expected, MeasuredAs

    size = _numbers("--size", arguments.size, "x", "768x512")
    return Expected(
        stage=MeasuredAs(arguments.stage) if arguments.stage else None,
        size_px=(round(size[0]), round(size[1])) if size else None,
        fps=arguments.fps,
        frames=arguments.frames,
        seconds=arguments.seconds,
        motion_px=_numbers("--motion", arguments.motion, ",", "0.3,4"),
        target_lufs=arguments.target_lufs,
        peak_dbtp=arguments.peak_dbtp,
        keyframe=arguments.keyframe,
        sheet=arguments.sheet,
        neighbour=arguments.neighbour,
        is_loop=arguments.loop,
    )


def _numbers(option: str, text: str | None, separator: str, example: str) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.lower().split(separator))
    except ValueError:
        raise PlanError(f"{option} is {text!r}; expected two numbers such as {example}") from None
    return first, second


def _print_report(report: FileReport) -> None:
    from rich.markup import escape

    out = console(highlight=False)
    told = "; ".join(report.details)
    out.print(f"[bold]{escape(str(report.path))}[/]  {report.kind}, measured as {report.stage}: {escape(told)}")
    measured = [result for result in report.bars if result.value is not None]
    rows = [_COLUMNS, *(_cells(result) for result in measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS) - 1)]
    for row, result in zip(rows, [None, *measured], strict=True):
        mark = "    " if result is None else "[green]pass[/]" if result.passed else "[red]miss[/]"
        cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        out.print(f"{mark}  {cells}  {row[-1]}", style="dim" if result is None else None)
    for result in report.bars:
        if result.passed is False:
            out.print(f"[red]miss[/] {result.bar.measure}: {escape(result.bar.remedy)}")
    for result in report.bars:
        if result.value is None:
            out.print(f"[dim]not measured: {result.bar.measure}, needs {escape(result.needs)}[/]")
    if report.others:
        out.print("[dim]without a bar: " + ", ".join(f"{name} {value:.4g}" for name, value in report.others.items()))
    out.print()


def _cells(result: BarResult) -> tuple[str, ...]:
    bar = result.bar
    good = "" if bar.good is None else f"{bar.good:g}"
    return bar.gate, bar.measure, f"{result.value:.4g}", _bounds(result), good, bar.unit


def _bounds(result: BarResult) -> str:
    low, high = result.bar.low, result.bar.high
    return " and ".join(
        [*([f">= {low:g}"] if low is not None else []), *([f"<= {high:g}"] if high is not None else [])]
    )


def _as_json(report: FileReport) -> dict[str, Any]:
    return {
        "file": str(report.path),
        "kind": report.kind,
        "stage": report.stage,
        "passed": report.passed,
        "details": list(report.details),
        "bars": [
            {
                "gate": result.bar.gate,
                "measure": result.bar.measure,
                "value": result.value,
                "low": result.bar.low,
                "high": result.bar.high,
                "good": result.bar.good,
                "unit": result.bar.unit,
                "passed": result.passed,
                "needs": result.needs,
            }
            for result in report.bars
        ],
        "others": dict(report.others),
    }
