"""Gates as blocking asset checks, built in one place: partitioned checks are a preview feature that may change."""

import warnings
from collections.abc import Sequence
from typing import Any

import dagster as dg

from tower_anime_assets.defs.metadata import Metadata, rounded
from tower_anime_assets.defs.partitions import episodes
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.reports.panel_addresses import stage_page
from tower_anime_assets.stages.approval_state import WAITING
from tower_anime_assets.stages.events import GateEvaluated
from tower_anime_assets.stages.gate_results import GateResult, gate_results
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio


def gate_specs(stage: Stage[Any]) -> list[dg.AssetCheckSpec]:
    """Return the checks of a stage's asset, one per gate."""
    reasons: dict[str, list[str]] = {}
    for threshold in stage.thresholds:
        reasons.setdefault(threshold.gate, []).append(f"{_bar(threshold)}: {threshold.reason}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                gate,
                asset=dg.AssetKey(stage.asset),
                description="\n".join(reason),
                blocking=stage.gates_block,
                partitions_def=episodes,
            )
            for gate, reason in reasons.items()
        ] + [
            dg.AssetCheckSpec(
                approval_check_name(stage),
                asset=dg.AssetKey(stage.asset),
                description=f"Whether a person has approved the {stage.approval}, where `approvals:` in project.yaml "
                f"asks for that: {WAITING[stage.approval]} must wait for it. `tower approve EPISODE {stage.approval}`",
                blocking=True,
                partitions_def=episodes,
            )
            for stage in ([stage] if stage.approval else [])
        ]


def approval_check_name(stage: Stage[Any]) -> str:
    """Return the name of the check that a person has approved what a stage has made."""
    return f"{stage.approval}_{'are' if stage.approval.endswith('s') else 'is'}_approved"


def approval_check(key: dg.AssetCheckKey, episode: EpisodeRun, stage: Stage[Any]) -> dg.AssetCheckResult:
    """Return whether a person has approved what a stage has made; passed where the show does not ask for it."""
    if stage.approval not in episode.project.approvals:
        metadata: Metadata = {"asked_for": False}
        return dg.AssetCheckResult(passed=True, asset_key=key.asset_key, check_name=key.name, metadata=metadata)
    try:
        state = episode.approval_of(stage)
    except NotAcceptedError as error:
        passed, words, metadata = False, f"there is nothing to approve yet: {error}", {"asked_for": True}
    else:
        passed, words = state.standing is not None, str(state)
        metadata = {"asked_for": True, "changed": ", ".join(state.changed), "command": state.command}
        if state.standing is not None:
            metadata |= {"who": state.standing.who, "why": state.standing.why, "when": str(state.standing.timestamp)}
    episode.studio.emit(GateEvaluated(key.name, () if passed else (episode.key,)))
    return dg.AssetCheckResult(
        passed=passed, asset_key=key.asset_key, check_name=key.name, metadata=metadata, description=words
    )


def check_results(
    report: StageReport, specs: Sequence[dg.AssetCheckSpec], studio: Studio, *, stops: bool
) -> list[dg.AssetCheckResult]:
    """Return what each gate says of a stage's takes.

    Each lists the subjects that failed, by how much, and what to do. Waived subjects pass and are listed.

    Args:
        report: How the stage ended.
        specs: Its gates.
        studio: Receives an event for each.
        stops: Whether a failed gate stops the run; if not, it is a warning.
    """
    results = gate_results(report.outcomes)
    checks = []
    for spec in sorted(specs, key=lambda spec: spec.name):
        result = results.get(spec.name, GateResult(spec.name))  # no take of this episode is subject to it
        studio.emit(GateEvaluated(spec.name, tuple(outcome.subject for outcome, _verdict in result.failed)))
        check = check_result(spec.key, result, studio.settings.web_url)
        checks.append(check if stops else check._replace(severity=dg.AssetCheckSeverity.WARN))
    return checks


def _bar(bar: Threshold) -> str:
    sides = [f"at least {bar.low:g}"] if bar.low is not None else []
    sides += [f"at most {bar.high:g}"] if bar.high is not None else []
    return f"`{bar.measure}` {' and '.join(sides)} {bar.unit}"


def check_result(key: dg.AssetCheckKey, result: GateResult, web_url: str) -> dg.AssetCheckResult:
    """Return a gate's result for the web UI: how many takes failed, by how much, the threshold, and what to do."""
    metadata: Metadata = {
        "judged": len(result.judged),
        "failed": len(result.failed),
        "waived": len(result.waived),
    }
    for measure, values in result.series().items():
        worst = result.worst(measure)
        metadata[f"{measure}_worst"] = rounded(worst.value)
        metadata[f"{measure}_mean"] = rounded(sum(values) / len(values))
        metadata[f"{measure}_must_be"] = f"{_range(worst)} {worst.unit}"
    if result.failed or result.waived:
        metadata["shots"] = _table(result)
    if result.failed:
        metadata["what_to_do"] = result.failed[0][1].remedy
        take = result.failed[0][0].take
        page = stage_page(take.stage, take.project_id, take.episode_id)
        metadata["watch"] = dg.MetadataValue.url(f"{web_url}{page}")
    return dg.AssetCheckResult(
        passed=not result.failed,
        asset_key=key.asset_key,
        check_name=key.name,
        metadata=metadata,
        description="; ".join(f"{outcome.subject}: {verdict}" for outcome, verdict in result.failed[:5]),
    )


def _range(verdict: Verdict) -> str:
    low = "" if verdict.low is None else f">= {verdict.low:g}"
    high = "" if verdict.high is None else f"<= {verdict.high:g}"
    return f"{low} {high}".strip()


def _table(result: GateResult) -> dg.TableMetadataValue:
    def row(outcome: Outcome, verdict: Verdict, state: str) -> dg.TableRecord:
        return dg.TableRecord(
            {
                "shot": outcome.subject,
                "state": state,
                "measure": verdict.measure,
                "measured": rounded(verdict.value),
                "threshold": _range(verdict),
                "missed_by": rounded(-verdict.margin),
                "unit": verdict.unit,
            }
        )

    rows = [row(*item, "failed") for item in result.failed] + [row(*item, "waived") for item in result.waived]
    return dg.MetadataValue.table(rows)
