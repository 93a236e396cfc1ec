"""What the Director panel's pages of work and quality ask: estimates, approvals, batches, nights and figures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AT = "2026-01-01T10:00:00Z"


@dataclass
class PagesOfWork:
    """The answers; `begun` has the runs that were asked for, `decided` the approvals and batches.

    Attributes:
        episode: Key of the episode that asks for approvals.
    """

    episode: str
    begun: list[dict[str, Any]] = field(default_factory=list)
    decided: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def routes(self) -> list[Route]:
        """Return their routes."""
        return [
            Route("/api/approvals/{key}", self._approvals),
            Route("/api/episodes/{key}/approvals/{what:path}", self._decide, methods=["POST"]),
            Route("/api/estimates/{key}", self._estimate),
            Route("/api/runs", self._begin, methods=["POST"]),
            Route("/api/batch", self._batch, methods=["POST"]),
            Route("/api/nights", self._night),
            Route("/api/quality/{project}", self._quality),
        ]

    async def _approvals(self, request: Request) -> Response:
        key = request.path_params["key"]
        if key != self.episode:
            return JSONResponse({"key": key, "asked": [], "history": []})
        is_approved = any(what == "keyframes" for what, _body, _seen in self.decided)
        changes: list[dict[str, Any]] = [
            {"subject": f"{key}-sc01-sh0020", "words": "another prompt", "before_url": "/media/shot4.png"},
            {"subject": f"{key}-sc02-sh0010", "words": "new", "before_url": None},
        ]
        asked = [
            _approval("plan", "approved", "Akira", "tight, and the silence stays", takes=1),
            _approval("keyframes", "approved" if is_approved else "expired", "Luna", "", takes=28),
            _approval("mix", "not_made", None, None, takes=0),
        ]
        if not is_approved:
            asked[1]["changes"] = [
                {**change, "after_url": f"/media/shot{at + 7}.png"} for at, change in enumerate(changes)
            ]
        history = [
            {"what": "plan", "decision": "approved", "who": "Akira", "why": "tight", "at": AT},
            {"what": "keyframes", "decision": "approved", "who": "Luna", "why": "", "at": AT},
        ]
        return JSONResponse({"key": key, "asked": asked, "history": history})

    async def _decide(self, request: Request) -> Response:
        self.decided.append((request.path_params["what"], await request.json(), request.headers["if-match"]))
        return JSONResponse({"says": "It holds until it changes.", "version": "v", "learned": [], "warning": ""})

    async def _estimate(self, request: Request) -> Response:
        shots = request.query_params.getlist("shots")
        return JSONResponse(_estimate(request.path_params["key"], shots))

    async def _begin(self, request: Request) -> Response:
        self.begun.append(await request.json())
        return JSONResponse({"id": "r2"}, 202)

    async def _batch(self, request: Request) -> Response:
        body = await request.json()
        self.decided.append((body["action"], body, ""))
        items: list[dict[str, Any]] = [
            {"shot": key, "decision": {"says": f"{key} is on record.", "warning": "", "learned": []}, "problem": None}
            for key in body["shots"]
        ]
        detail = "Viktor rejected this shot a minute ago. Look at it again."
        problem = {"title": "Somebody else has decided meanwhile", "status": 412, "detail": detail}
        items[-1] |= {"decision": None, "problem": {**problem, "remedy": "Look at it again.", "exit_code": 1}}
        return JSONResponse({"done": len(items) - 1, "refused": 1, "items": items})

    async def _night(self, _request: Request) -> Response:
        cost = {"seconds": 5400.0, "gpu_s": 5100.0, "money": 1.87, "currency": "EUR", "waits_for": [], "problem": ""}
        nothing = dict.fromkeys(("takes", "seconds", "gpu_s", "money"))
        wrong = "nexus-e03.fountain:12: NOBODY is not in the cast. Add characters/nobody.yaml"
        episodes = [
            {**cost, "key": "nexus-e01", "title": "Signal in the Noise", "takes": 42, "waits_for": ["keyframes"]},
            {**cost, "key": "nexus-e02", "title": "The Long Night of the Tower", "takes": 9, "money": None},
            {**cost, **nothing, "key": "nexus-e03", "title": "Afterglow", "problem": wrong},
        ]
        return JSONResponse({"time": "23:30 Europe/Berlin", "gpu_limit_s": 7200.0, "episodes": episodes})

    async def _quality(self, request: Request) -> Response:
        return JSONResponse(_quality(request.path_params["project"]))


def _approval(what: str, state: str, who: str | None, why: str | None, takes: int) -> dict[str, Any]:
    words = {"what": what, "state": state, "version": f"{what}.1", "who": who, "why": why, "at": AT if who else None}
    return {**words, "takes": takes, "changes": []}


def _estimate(key: str, shots: list[str]) -> dict[str, Any]:
    count = 2 * len(shots) or 56
    gpu_s, money = count * 24.0, round(count * 0.009, 4)
    stage = {"stage": "keyframe", "title": "Keyframes", "engine": "comfyui:anime_keyframe", "takes": count // 2}
    made = {"jobs": count // 2, "seconds": gpu_s / 4, "gpu_s": gpu_s / 4, "money": money / 4, "at_most": 3}
    clip = {
        **stage,
        **made,
        "stage": "clip",
        "title": "Clips",
        "engine": "comfyui:ltx_2b_i2v",
        "basis": "declared pace",
    }
    cap: dict[str, Any] = {"place": "studio.yaml:14", "under_way": 0.0, "refusal": "", "says": ""}
    caps = [
        {**cap, "what": "the day's cap", "key": "caps.day.money", "unit": "EUR", "limit": 5.0, "spent": 1.2},
        {**cap, "what": "the episode's cap", "key": "caps.episode.gpu_seconds", "unit": "GPU s", "limit": 3600.0},
    ]
    caps[0] |= {"left": 3.8, "expected": money, "left_after": max(0.0, 3.8 - money)}
    caps[1] |= {"spent": 1800.0, "left": 1800.0, "expected": gpu_s, "left_after": max(0.0, 1800 - gpu_s)}
    fits = gpu_s <= 1800
    refusal = "the episode's cap of 3,600 s (studio.yaml:14) has 1,800 s left. Raise `caps.episode.gpu_seconds`"
    return {
        "episode": "-".join(key.split("-")[:2]),
        "shots": shots,
        "takes": count,
        "jobs": count,
        "seconds": None if fits else gpu_s + 80,
        "gpu_s": gpu_s,
        "money": money,
        "currency": "EUR",
        "most_gpu_s": gpu_s * 3,
        "most_money": money * 3,
        "stages": [{**stage, **made, "basis": "median of 12 jobs"}, clip],
        "caps": caps,
        "unknown": ["nobody knows how long ltx_2b_i2v takes to load"] if fits else [],
        "notes": ["not counted: 28 takes that wait until somebody approves (keyframes)"],
        "refusals": [] if fits else [refusal],
        "can_begin": True,
        "fits": fits,
    }


def _quality(project: str) -> dict[str, Any]:
    def curve(count: int, level: float) -> list[dict[str, Any]]:
        values = (level + 0.2 * math.sin(at / 7) + at / count * 0.1 for at in range(count))
        return [
            {"attempt": at + 1, "at": AT, "value": min(1.0, value), "low": None, "high": None}
            for at, value in enumerate(values)
        ]

    group = {"stage": "keyframe", "engine": "comfyui:anime_keyframe", "attempts": 30, "low": 0.4, "high": 0.9}
    figures = {"mean_score": 0.61, "rejected_most_by": "keyframes_are_sharp"}
    cost = {"takes": 60, "accepted": 44, "takes_per_accepted": 1.4, "mean_score": 0.6, "median_s": 21.0, "p95_s": 40.0}
    stages = (("keyframe", "comfyui:anime_keyframe", 24.0), ("clip", "comfyui:ltx_2b_i2v", 96.0))
    return {
        "project": project,
        "attempts": 140,
        "accepted": 0.73,
        "accepted_low": 0.65,
        "accepted_high": 0.8,
        "attempts_per_accepted": 1.37,
        "mean_score": 0.62,
        "opinions": 12,
        "measures": [
            {
                "stage": "keyframe",
                "gate": "keyframes_are_sharp",
                "measure": "edge_acuity",
                "unit": "times",
                "takes": 60,
                "passed_share": 0.85,
                "least": 2.1,
                "median": 14.0,
                "most": 31.0,
            }
        ],
        "stages": [
            {"stage": "keyframe", "acceptance": curve(80, 0.6), "scores": curve(80, 0.5)},
            {"stage": "clip", "acceptance": curve(50, 0.5), "scores": curve(50, 0.4)},
            {"stage": "voice", "acceptance": curve(20, 0.7), "scores": curve(20, 0.6)},
        ],
        "groups": [
            {**group, **figures, "by": by, "value": value, "accepted": 0.5 + at * 0.12}
            for by, values in (("character", ("akira", "luna", "viktor")), ("framing", ("wide", "medium", "close_up")))
            for at, value in enumerate(values)
        ],
        "costs": [
            {
                **cost,
                "stage": stage,
                "engine": engine,
                "cpu_s": 150.0,
                "gpu_s": gpu_s * 60,
                "cpu_s_per_accepted": 2.5,
                "gpu_s_per_accepted": gpu_s,
            }
            for stage, engine, gpu_s in stages
        ],
        "workflows": [
            {**cost, "stage": stage, "engine": engine, "runs": 60, "succeeded": 57, "gpu_s_per_accepted": gpu_s}
            for stage, engine, gpu_s in stages
        ],
        "rejections": {"keyframes_are_sharp": 9, "off-model": 7, "clips_move_smoothly": 4, "overall": 2},
        "patterns": [
            {
                "stage": "keyframe",
                "engine": "comfyui:anime_keyframe",
                "samples": 64,
                "mean_score": 0.64,
                "text": "With 30 steps, 84 % were accepted; with fewer, 61 %.",
                "conditions": {},
            }
        ],
        "lessons": [
            {
                "shot": "nexus-e01-sc01-sh0020",
                "director": "echo-brain",
                "at": AT,
                "learned": ["Rain needs contrast behind it."],
                "recommendations": ["Light Akira from behind."],
            }
        ],
    }
