"""Tables of what the gates measured and what takes cost, over an episode or a whole show."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from tower_anime_assets.store import statistics
from tower_anime_assets.store.database import Database

MEASURE_COLUMNS = ["stage", "gate", "measure", "unit", "takes", "passed_share", "least", "median", "most"]
COST_COLUMNS = [
    *(
        "stage",
        "engine",
        "takes",
        "accepted",
        "takes_per_accepted",
        "mean_score",
        "median_s",
        "p95_s",
        "cpu_s",
        "gpu_s",
    ),
]


def measure_table(database: Database, project_id: str, episode_id: str = "") -> pd.DataFrame:
    """Return one row per stage and measure over all takes; no rows without takes.

    Returns:
        Columns `MEASURE_COLUMNS`; `passed_share` is 0..1, the values are in the row's unit.
    """
    rows = pd.DataFrame([asdict(row) for row in statistics.list_measures(database, project_id, episode_id)])
    if rows.empty:
        return pd.DataFrame(columns=MEASURE_COLUMNS)
    grouped = rows.groupby(["stage", "gate", "measure", "unit"], sort=True)
    table = grouped.agg(
        takes=("value", "size"),
        passed_share=("passed", "mean"),
        least=("value", "min"),
        median=("value", "median"),
        most=("value", "max"),
    )
    return table.reset_index()[MEASURE_COLUMNS]


def cost_table(database: Database, project_id: str, episode_id: str = "") -> pd.DataFrame:
    """Return one row per stage and engine; no rows without takes.

    Returns:
        Columns `COST_COLUMNS`; `median_s` and `p95_s` are wall-clock seconds per take, `cpu_s` and `gpu_s` are sums.
        `mean_score` is of takes with a score on today's scale. What is unknown is NaN.
    """
    rows = pd.DataFrame([asdict(row) for row in statistics.list_scores(database, project_id, episode_id)])
    if rows.empty:
        return pd.DataFrame(columns=COST_COLUMNS)
    rows["score"] = pd.to_numeric(rows["score"])
    grouped = rows.groupby(["stage", "engine"], sort=True)
    table = grouped.agg(
        takes=("accepted", "size"),
        accepted=("accepted", "sum"),
        mean_score=("score", "mean"),
        median_s=("duration_s", "median"),
        p95_s=("duration_s", lambda values: values.quantile(0.95)),
        cpu_s=("cpu_s", "sum"),
        gpu_s=("gpu_s", "sum"),
    )
    table["takes_per_accepted"] = table["takes"] / table["accepted"].where(table["accepted"] > 0)
    return table.reset_index()[COST_COLUMNS]
