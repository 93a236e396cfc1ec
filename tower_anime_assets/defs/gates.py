"""Gates as blocking asset checks: one helper, since partitioned checks are a preview of Dagster's that may change."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.metadata import Metadata, rounded
from tower_anime_assets.defs.partitions import episodes
from tower_anime_assets.engines.generate import Outcome
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.stages.gate_results import GateResult, character_gate_results, episode_gate_results
from tower_anime_assets.stages.studio import Studio


def gates(asset: dg.AssetsDefinition, stage: str, bars: Sequence[Threshold]) -> dg.AssetChecksDefinition:
    """Return the blocking checks of a stage: one per gate in `bars`, evaluated together in one step.

    Each says which shots failed, by how much, and what to do; waived shots pass and are named.
    """
    partitioned = asset.partitions_def is not None
    reasons: dict[str, list[str]] = {}
    for bar in bars:
        reasons.setdefault(bar.gate, []).append(f"{_bar(bar)}: {bar.reason}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        specs = [
            dg.AssetCheckSpec(
                gate,
                asset=asset,
                description="\n".join(reason),
                blocking=True,
                partitions_def=episodes if partitioned else None,
            )
            for gate, reason in reasons.items()
        ]

    @dg.multi_asset_check(name=f"{asset.key.path[-1]}_gates", specs=specs, can_subset=True)
    def judged(
        context: dg.AssetCheckExecutionContext, studio: dg.ResourceParam[Studio]
    ) -> Iterator[dg.AssetCheckResult]:
        with as_failure():
            if partitioned:
                for_run = replace(studio, run_id=context.run.run_id)
                found = episode_gate_results(for_run, context.partition_key, stage)
            else:
                found = character_gate_results(studio)
        for key in sorted(context.selected_asset_check_keys, key=lambda item: item.name):
            finding = found.get(key.name, GateResult(key.name))  # no take of this episode had to meet it
            studio.listener.gate_judged(key.name, [outcome.subject for outcome, _verdict in finding.failed])
            yield _result(key, finding, studio.settings.media_url)

    return judged


def _bar(bar: Threshold) -> str:
    sides = [f"at least {bar.low:g}"] if bar.low is not None else []
    sides += [f"at most {bar.high:g}"] if bar.high is not None else []
    return f"`{bar.measure}` {' and '.join(sides)} {bar.unit}"


def _result(key: dg.AssetCheckKey, finding: GateResult, media_url: str) -> dg.AssetCheckResult:
    metadata: Metadata = {
        "judged": len(finding.judged),
        "failed": len(finding.failed),
        "waived": len(finding.waived),
    }
    for measure, values in finding.series().items():
        worst = finding.worst(measure)
        metadata[f"{measure} (worst)"] = rounded(worst.value)
        metadata[f"{measure} (mean)"] = rounded(sum(values) / len(values))
        metadata[f"{measure} (must be)"] = f"{_range(worst)} {worst.unit}"
    if finding.failed or finding.waived:
        metadata["shots"] = _table(finding)
    if finding.failed:
        metadata["what_to_do"] = finding.failed[0][1].remedy
        take = finding.failed[0][0].take
        page = f"/episodes/{take.project_id}-{take.episode_id}" if take.episode_id else "/"
        metadata["watch"] = dg.MetadataValue.url(f"{media_url}{page}")
    return dg.AssetCheckResult(
        passed=not finding.failed,
        asset_key=key.asset_key,
        check_name=key.name,
        metadata=metadata,
        description="; ".join(f"{outcome.subject}: {verdict}" for outcome, verdict in finding.failed[:5]),
    )


def _range(verdict: Verdict) -> str:
    low = "" if verdict.low is None else f">= {verdict.low:g}"
    high = "" if verdict.high is None else f"<= {verdict.high:g}"
    return f"{low} {high}".strip()


def _table(finding: GateResult) -> dg.TableMetadataValue:
    def row(outcome: Outcome, verdict: Verdict, state: str) -> dg.TableRecord:
        return dg.TableRecord(
            {
                "shot": outcome.subject,
                "state": state,
                "measure": verdict.measure,
                "measured": rounded(verdict.value),
                "threshold": _range(verdict),
                "missed by": rounded(-verdict.margin),
                "unit": verdict.unit,
            }
        )

    rows = [row(*item, "failed") for item in finding.failed] + [row(*item, "waived") for item in finding.waived]
    return dg.MetadataValue.table(rows)
