"""The tools of `tower mcp`: memory to read and add to, the state of episodes and shots to read.

A server serves one project, and of others only the facts that they share with it. A call that fails is a tool error
that says what to do, never a trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from tower_anime_assets.cli.facts import fact_to_json
from tower_anime_assets.errors import PlanError, TowerError
from tower_anime_assets.production.memory.facts import CLIENT_CONFIDENCE, CLIENT_SOURCE_PREFIX, Fact, Statement
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, decisions, facts

P = ParamSpec("P")
JsonObject = dict[str, Any]

MAX_LIMIT = 100
MAX_HOURS = 24 * 366
_MAX_RECENT = 50
_MAX_REASONS = 20

INSTRUCTIONS = """\
The memory and the production record of the anime project {project}. search_memory answers questions such as "who is
Luna", get_facts lists what is known about a name, store_fact adds one (the writer's own files outrank it).
get_recent_context tells what happened lately. get_episode_status and get_shot_history only read.
"""


def build_server(studio: Studio, project: str, client: str) -> MCPServer[Any]:
    """Return the server of one project; the client's name becomes part of the source of its facts."""
    server: MCPServer[Any] = MCPServer("tower", instructions=INSTRUCTIONS.format(project=project), log_level="WARNING")
    tools = _Tools(studio, project, client)
    for tool in (
        tools.search_memory,
        tools.get_facts,
        tools.store_fact,
        tools.get_recent_context,
        tools.get_episode_status,
        tools.get_shot_history,
    ):
        only_reads = ToolAnnotations(read_only_hint=tool.__name__ != "store_fact")
        server.add_tool(_with_tool_errors(tool), name=tool.__name__, description=tool.__doc__, annotations=only_reads)
    return server


def _with_tool_errors(tool: Callable[P, JsonObject]) -> Callable[P, JsonObject]:
    """Return a tool that raises our errors as tool errors."""

    @wraps(tool)
    def wrapped(*arguments: P.args, **named: P.kwargs) -> JsonObject:
        try:
            return tool(*arguments, **named)
        except TowerError as error:
            raise ToolError(str(error)) from error

    return wrapped


class _Tools:
    """The tools; their docstrings are the descriptions that a client reads."""

    def __init__(self, studio: Studio, project: str, client: str) -> None:
        self._studio = studio
        self._project = project
        self._source = f"{CLIENT_SOURCE_PREFIX}{client}"

    def search_memory(self, query: str, limit: int = 5) -> dict[str, Any]:
        """Find the facts that best answer a question, in any language; best first. A note says why there are none."""
        _check_range("limit", limit, MAX_LIMIT)
        with memory.embedding(self._studio.settings, self._studio.database) as embedder:
            matches = memory.search(self._studio.database, self._project, query, limit, embedder)
        answer: JsonObject = {"facts": [_fact_payload(fact) for fact in matches]}
        if not matches:
            answer["note"] = memory.explain_no_match(self._studio.database, self._project, query)
        return answer

    def get_facts(self, topic: str) -> dict[str, Any]:
        """List the current facts, up to 100, about a topic: a name, place, scene key (nexus-e01-sc02) or predicate."""
        if not topic.strip():
            raise PlanError("topic is empty; expected a name, place, scene key or predicate")
        matches = memory.about(self._studio.database, self._project, topic, MAX_LIMIT)
        return {"topic": topic, "facts": [_fact_payload(fact) for fact in matches]}

    def store_fact(self, subject: str, predicate: str, object: str) -> dict[str, Any]:  # noqa: A002 - the protocol's
        """Store a fact; a known fact is not stored twice, and the writer's files outrank it."""
        statement = Statement(
            subject=subject, predicate=predicate, object=object, source=self._source, confidence=CLIENT_CONFIDENCE
        )
        counts = facts.store_statements(self._studio.database, self._project, [statement])
        result = "stored" if counts.stored else "overruled" if counts.overruled else "known"
        answer: JsonObject = {"result": result, "superseded": counts.superseded}
        if result == "overruled":
            current_facts = facts.find_facts(self._studio.database, [self._project], subject, predicate)
            answer["instead"] = [_fact_payload(fact) for fact in current_facts]
        return answer

    def get_recent_context(self, hours: int = 24) -> dict[str, Any]:
        """List what was decided, made and learned in the last hours, newest first."""
        _check_range("hours", hours, MAX_HOURS)
        since = datetime.now(UTC) - timedelta(hours=hours)
        database = self._studio.database
        recent_decisions = decisions.list_recent(database, [self._project], since, _MAX_RECENT)
        recent_facts = facts.list_recent(database, memory.scope(database, self._project), since, _MAX_RECENT)
        return {
            "since": since.isoformat(timespec="seconds"),
            "decisions": [
                {
                    "at": decision.timestamp.isoformat(timespec="seconds"),
                    "of": decision.subject,
                    "what": decision.decision_type,
                    "status": decision.status,
                    "engine": decision.engine,
                    "score": decision.quality_score,
                    "score_scale": decision.score_version or 1,
                    "why": decision.error_message or decision.reasoning,
                    **({"cause": decision.cause} if decision.cause else {}),
                }
                for decision in recent_decisions
            ],
            "facts": [_fact_payload(fact) for fact in recent_facts],
        }

    def get_episode_status(self, episode: str) -> dict[str, Any]:
        """Count an episode's (nexus-e01) takes per stage that are ready, missing, rejected or waiting, and say why."""
        key = EpisodeKey.parse(episode)
        self._require_own_project(key.project)
        items = plan_takes(self._studio, key)
        stages: dict[str, Counter[str]] = {}
        for item in items:
            stages.setdefault(item.stage, Counter())[item.state] += 1
        open_takes = [item for item in items if item.state in ("rejected", "missing")]
        return {
            "episode": episode,
            "is_finished": all(item.is_ready for item in items),
            "stages": {stage: dict(states) for stage, states in stages.items()},
            "open": [f"{item.stage} {item.shot}: {item.state}, {item.why}" for item in open_takes[:_MAX_REASONS]],
            "predicted_s": round(sum(item.predicted_s for item in items), 1),
        }

    def get_shot_history(self, shot: str) -> dict[str, Any]:
        """List every decision about a shot (nexus-e01-sc02-sh0030), oldest first, with the gates' verdicts."""
        key = ShotKey.parse(shot)
        self._require_own_project(key.project)
        history = audit.load_trail(self._studio.database, key)
        if not history.decisions:
            raise PlanError(f"nothing is on record about {shot}; see get_episode_status for its episode")
        take_by_decision = {take["decision_id"]: take["id"] for take in history.takes}
        verdicts_by_take: dict[str, list[str]] = {}
        for verdict in history.verdicts:
            state = "passed" if verdict["passed"] else "waived" if verdict["waivers"] else "failed"
            measurement = f"{verdict['gate']}: {verdict['measure']} {verdict['value']:.4g} {verdict['unit']}"
            verdicts_by_take.setdefault(verdict["take_id"], []).append(f"{measurement}, {state}")
        return {
            "shot": shot,
            "decisions": [
                {
                    "at": row["timestamp"],
                    "what": row["decision_type"],
                    "attempt": row["attempt"],
                    "status": row["status"],
                    "engine": row["engine"],
                    "score": row["quality_score"],
                    "score_scale": row["score_version"] or 1,
                    "why": row["reasoning"],
                    "error": row["error_message"],
                    "verdicts": verdicts_by_take.get(take_by_decision.get(row["id"], ""), []),
                }
                for row in history.decisions
            ],
        }

    def _require_own_project(self, project: str) -> None:
        if project != self._project:
            raise PlanError(
                f"this server is for {self._project}, not for {project}: start one with --project {project}"
            )


def _check_range(name: str, value: int, maximum: int) -> None:
    if not 1 <= value <= maximum:
        raise PlanError(f"{name} is {value}; expected 1 to {maximum}")


def _fact_payload(fact: Fact) -> JsonObject:
    """Return a fact as tools answer it, with its sentence."""
    record = fact_to_json(fact)
    payload = {name: record[name] for name in ("subject", "predicate", "object", "source", "confidence", "timestamp")}
    if fact.ended_at is not None:
        payload["ended_at"] = record["ended_at"]
    return {"says": fact.sentence, "project": fact.project, **payload}
