"""A record of many years: decisions, takes, verdicts, workflow runs and the chain over all of them, as it would stand.

Rows go in by COPY, past the triggers and without indexes, which are built afterwards: through the guards a thousand
decisions take a second or two. The digests are those that the triggers would have written, which `find_chain_problems`
confirms.
"""

from __future__ import annotations

import json
import queue
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import psycopg
from psycopg import sql

YEARS: Final = 5
PROJECTS: Final = 40
DECISIONS_OF_EPISODE: Final = 2_000
DECISIONS_OF_SHOT: Final = 8
"""Four attempts at its keyframe, then four at its clip."""
BATCH: Final = 20_000
TEMPLATE_SHA256: Final = sha256(b'{"3":{"inputs":{"seed":0}}}').hexdigest()

_MARK = "\0"
_PARAMETERS: Final = {
    "brief": {
        "frames": 97, "framing": "medium", "width_px": 768, "height_px": 512,
        "prompt": "a courier runs along the quay while the last train leaves, rain on the lamps, cel shading",
    },
    "attempt": {"seed": _MARK, "steps": 20},
}  # fmt: skip
_TEMPLATE: Final = '{"3":{"inputs":{"seed":0}}}'


class _Shape:
    """Rows of one kind: in COPY's text format, and as the jsonb text whose digest is in the chain."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        """Take constant values by column; those that are `_MARK`, or contain it, are put in for each row."""
        self.columns = tuple(columns)
        self._copied = "\t".join(_copy_cell(value) for value in columns.values()) + "\n"
        present = {name: value for name, value in columns.items() if value is not None}
        order = sorted(present, key=lambda name: (len(name), name.encode()))  # as jsonb keeps its keys
        self._digested = "{" + ", ".join(f'"{name}": {_jsonb(present[name])}' for name in order) + "}"
        positions: dict[str, list[int]] = {}
        for name, value in columns.items():
            first = sum(map(len, positions.values()))
            positions[name] = list(range(first, first + _copy_cell(value).count(_MARK)))
        self._positions = [at for name in order for at in positions[name]]
        self._copied, self._digested = (
            text.replace("%", "%%").replace(_MARK, "%s") for text in (self._copied, self._digested)
        )

    def row(self, *values: object) -> tuple[str, str]:
        """Return a row for COPY, and its digest; numbers stand unquoted."""
        text = self._digested % tuple(values[at] for at in self._positions)
        return self._copied % values, sha256(text.encode()).hexdigest()


class _Number(str):
    """A mark for a number: it stands without quotes in JSON."""

    __slots__ = ()


_NUMBER: Final = _Number(_MARK)


def _copy_cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, dict | list):
        return _jsonb(value)
    return str(value)


def _jsonb(value: Any) -> str:
    """Return JSON as PostgreSQL writes jsonb."""
    if isinstance(value, _Number):
        return _MARK
    if isinstance(value, dict):
        order = sorted(value, key=lambda name: (len(name), name.encode()))
        return "{" + ", ".join(f'"{name}": {_jsonb(value[name])}' for name in order) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jsonb, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\\u0000", _MARK)


def _decision_shape(**changes: Any) -> _Shape:
    usual: dict[str, Any] = {
        "id": _MARK, "project_id": _MARK, "episode_id": _MARK, "scene_id": "sc01", "shot_id": _MARK, "line_id": "",
        "decision_type": _MARK, "parameters": {**_PARAMETERS, "attempt": {"seed": _NUMBER, "steps": 20}},
        "reasoning": "the plan asks for it", "alternatives": [], "timestamp": _MARK, "status": "pending",
        "quality_score": None, "created_by": "bench", "idempotency_key": _MARK, "engine": _MARK, "engine_version": "1",
        "brief_digest": _MARK, "attempt": _NUMBER, "run_id": _MARK, "prompt_id": _MARK,
        "server": "http://127.0.0.1:8188", "template_sha256": TEMPLATE_SHA256, "started_at": None, "finished_at": None,
        "duration_s": None, "cpu_s": None, "gpu_s": None, "error_message": None, "cause": None, "score_version": None,
    }  # fmt: skip
    return _Shape({**usual, **changes})


_PENDING: Final = _decision_shape()
_RUNNING: Final = _decision_shape(status="running", started_at=_MARK)
_ENDED: Final = {"started_at": _MARK, "finished_at": _MARK, "duration_s": _NUMBER, "gpu_s": _NUMBER}
_SUCCEEDED: Final = _decision_shape(status="succeeded", quality_score=_NUMBER, score_version=2, **_ENDED)
_FAILED: Final = _decision_shape(
    status="failed", error_message="RenderFailed: out of memory", cause="out_of_memory", **_ENDED
)
_TAKE: Final = _Shape(
    {
        "id": _MARK, "decision_id": _MARK, "stage": _MARK, "brief_digest": _MARK, "project_id": _MARK,
        "episode_id": _MARK, "scene_id": "sc01", "shot_id": _MARK, "line_id": "", "files": {"main": {
            "path": f"{_MARK}.png", "sha256": _MARK, "size_bytes": 1000, "media_type": "image/png",
        }},
        "measured": {"sharpness_var": 310}, "details": {}, "created_at": _MARK,
    }
)  # fmt: skip
_VERDICT: Final = _Shape(
    {
        "id": _NUMBER, "take_id": _MARK, "gate": "keyframes_are_sharp", "measure": "sharpness_var", "value": _NUMBER,
        "low": 120, "unit": "grey levels squared", "passed": _NUMBER, "remedy": "", "thresholds_digest": "",
        "timestamp": _MARK,
    }
)  # fmt: skip
_RUN: Final = _Shape(
    {
        "id": _MARK, "decision_id": _MARK, "template_sha256": TEMPLATE_SHA256, "workflow_json": {
            "3.inputs.seed": _NUMBER
        },
        "workflow_sha256": _MARK, "execution_time": _NUMBER, "success": True, "timestamp": _MARK,
        "idempotency_key": _MARK, "part": 0, "prompt_id": _MARK, "server": "http://127.0.0.1:8188",
    }
)  # fmt: skip
_CHAIN_COLUMNS: Final = ("seq", "table_name", "row_id", "event", "row_sha256", "chain_sha256", "at")


@dataclass(frozen=True)
class FilledRecord:
    """What was filled in.

    Attributes:
        links: Of the chain.
        since: When the first decision was made.
        shot: A shot of the middle of the record, `(project, episode, scene, shot)`.
    """

    decisions: int
    links: int
    since: datetime
    shot: tuple[str, str, str, str]


def fill(url: str, decisions: int, *, projects: int = PROJECTS, step_s: float = 0.0) -> FilledRecord:
    """Fill an empty, migrated database with this many decisions, the last one now, and analyze it.

    The role must be a superuser, since triggers are passed by.

    Args:
        url: The database.
        decisions: How many.
        projects: Of how many projects, an episode of each by turns.
        step_s: Seconds from one to the next; 0 to have all of them made in five years.
    """
    until = datetime.now(UTC)
    step_s = step_s or timedelta(days=365 * YEARS).total_seconds() / decisions
    since = (until - timedelta(seconds=decisions * step_s)).replace(microsecond=0)
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO video_workflow_templates (sha256, name, template) VALUES (%s, 'bench', %s)",
            [TEMPLATE_SHA256, _TEMPLATE],
        )
        ids = [f"p{number:02}" for number in range(projects)]
        connection.execute(
            "INSERT INTO projects (id, title, story) SELECT id, id, '{}' FROM unnest(%s::text[]) AS id", [ids]
        )
        definitions = _drop_indexes(connection)
        _copy_all(url, _batches(decisions, since, step_s, projects))
        row = connection.execute("SELECT max(seq) FROM audit_chain").fetchone()
        links = int(row[0]) if row else 0
        _say(f"{decisions:,} decisions, {links:,} links copied in {time.perf_counter() - began:.0f} s")
        connection.execute("SET maintenance_work_mem = '1GB'")
        for definition in definitions:
            connection.execute(definition.encode())
        connection.execute("SELECT setval(pg_get_serial_sequence('verdicts', 'id'), max(id)) FROM verdicts")
        connection.execute("VACUUM (ANALYZE)")
    _say(f"indexes built and analyzed after {time.perf_counter() - began:.0f} s")
    project, episode, shot = _place(decisions // 2, projects)
    return FilledRecord(decisions, links, since, (project, episode, "sc01", shot))


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drop the indexes and the unique keys that rows do not fill in order; return how to make them again."""
    tables = ["generation_decisions", "takes", "verdicts", "workflow_history", "audit_chain"]
    rows = connection.execute(
        "SELECT pg_class.relname, pg_get_indexdef(indexrelid), coalesce(pg_constraint.conname, '') "
        "FROM pg_index INNER JOIN pg_class ON pg_class.oid = indexrelid "
        "LEFT JOIN pg_constraint ON conindid = indexrelid AND contype IN ('p', 'u') "
        "WHERE indrelid = ANY(%s::regclass[]) AND (conname IS NULL OR conname LIKE '%%idempotency_key%%')",
        [tables],
    ).fetchall()
    definitions = []
    for name, definition, constraint in rows:
        if constraint:
            table = constraint.removesuffix("_idempotency_key_key")
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            connection.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
            definitions.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (idempotency_key)")
        else:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
            definitions.append(definition)
    return definitions


def _copy_all(url: str, batches: Iterator[Mapping[str, Sequence[str]]]) -> None:
    """Copy batches of rows by table, a connection for each."""
    columns = {
        "generation_decisions": _PENDING.columns, "takes": _TAKE.columns, "verdicts": _VERDICT.columns,
        "workflow_history": _RUN.columns, "audit_chain": _CHAIN_COLUMNS,
    }  # fmt: skip
    waiting: dict[str, queue.Queue[str | None]] = {table: queue.Queue(2) for table in columns}

    def copy(table: str) -> None:
        command = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns[table]))
        )
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET synchronous_commit = off")
            with connection.cursor() as cursor, cursor.copy(command) as copying:
                while (block := waiting[table].get()) is not None:
                    copying.write(block)

    def put(table: str, block: str | None) -> None:
        while not copies[table].done():
            try:
                waiting[table].put(block, timeout=1)
                break
            except queue.Full:
                continue

    with ThreadPoolExecutor(len(columns)) as pool:
        copies = {table: pool.submit(copy, table) for table in columns}
        try:
            for batch in batches:
                for table, rows in batch.items():
                    put(table, "".join(rows))
        finally:
            for table in columns:
                put(table, None)
        for each in copies.values():
            each.result()


def _place(number: int, projects: int) -> tuple[str, str, str]:
    """Return project, episode and shot of a decision by its number: shows are made by turns, an episode at a time."""
    episode, within = divmod(number, DECISIONS_OF_EPISODE)
    turn, project = divmod(episode, projects)
    return f"p{project:02}", f"e{turn + 1:02}", f"sh{within // DECISIONS_OF_SHOT + 1:03}0"


def _time(at: datetime) -> str:
    return at.isoformat()


def _batches(decisions: int, since: datetime, step_s: float, projects: int) -> Iterator[dict[str, list[str]]]:
    """Yield the rows of each table, in the order of time."""
    link, seq, verdict_id = "", 0, 0
    chain: list[str] = []

    def chained(table: str, row_id: str, event: str, digest: str, at: str) -> None:
        nonlocal link, seq
        seq += 1
        stamp = at[:26]
        head = f"{seq}|{table}|{row_id}|{event}|{digest}|{stamp}"
        link = sha256(f"{link}|{head}".encode()).hexdigest()
        chain.append(f"{seq}\t{table}\t{row_id}\t{event}\t{digest}\t{link}\t{at}\n")

    for first in range(0, decisions, BATCH):
        rows: dict[str, list[str]] = {
            "generation_decisions": [], "takes": [], "verdicts": [], "workflow_history": [], "audit_chain": chain,
        }  # fmt: skip
        for number in range(first, min(first + BATCH, decisions)):
            key = sha256(b"%d" % number).hexdigest()
            brief = sha256(b"brief %d" % (number // 4)).hexdigest()
            project, episode, shot = _place(number, projects)
            stage = "keyframe" if number // 4 % 2 == 0 else "clip"
            decided = since + timedelta(seconds=int(number * step_s), microseconds=100_001)
            times = [_time(decided + timedelta(microseconds=100_000 * later)) for later in range(6)]
            # Time-ordered (UUID version 7), as `new_id` makes them; the row's number breaks ties.
            stem = f"{int(decided.timestamp() * 1000):012x}"
            tail = f"7{number % 4096:03x}-8{key[:3]}-{key[3:15]}"
            decision_id, take_id, run_id = (f"{stem[:8]}-{stem[8:]}-{tail[:-1]}{end}" for end in "0ab")
            engine = f"comfyui:w{number // 4 % 20}"
            same = (decision_id, project, episode, shot, stage, number, times[0], key, engine, brief)
            run = f"run-{number // DECISIONS_OF_EPISODE}"
            attempt = number % 4 + 1
            prompt_id = f"{key[15:23]}-{key[23:27]}-4{key[27:30]}-8{key[30:33]}-{key[33:45]}"
            later = (attempt, run, prompt_id)
            chained("generation_decisions", decision_id, "insert", _PENDING.row(*same, *later)[1], times[0])
            chained("generation_decisions", decision_id, "running", _RUNNING.row(*same, *later, times[1])[1], times[1])
            seconds = 60 + number % 61
            if number % 10 == 9:
                row, digest = _FAILED.row(*same, *later, times[1], times[2], seconds, seconds)
                rows["generation_decisions"].append(row)
                chained("generation_decisions", decision_id, "failed", digest, times[2])
                continue
            if number % 10 == 1:
                graph = sha256(b'{"3":{"inputs":{"seed":%d}}}' % number).hexdigest()
                row, digest = _RUN.row(
                    run_id, decision_id, number, graph, seconds, times[2], f"{decision_id}:0", prompt_id
                )
                rows["workflow_history"].append(row)
                chained("workflow_history", run_id, "insert", digest, times[2])
            score = f"0.{300 + number % 600}".rstrip("0")
            row, digest = _SUCCEEDED.row(*same[:7], score, *same[7:], *later, times[1], times[2], seconds, seconds)
            rows["generation_decisions"].append(row)
            chained("generation_decisions", decision_id, "succeeded", digest, times[2])
            row, digest = _TAKE.row(take_id, decision_id, stage, brief, project, episode, shot, key, key, times[3])
            rows["takes"].append(row)
            chained("takes", take_id, "insert", digest, times[3])
            verdict_id += 1
            passed = "true" if number % 4 == 3 or number % 3 == 0 else "false"
            row, digest = _VERDICT.row(verdict_id, take_id, 100 + number % 400, passed, times[4])
            rows["verdicts"].append(row)
            chained("verdicts", str(verdict_id), "insert", digest, times[4])
        yield rows
        chain.clear()
        if (first // BATCH + 1) % 25 == 0:
            _say(f"{first + BATCH:,} decisions")


def _say(words: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {words}", file=sys.stderr, flush=True)
