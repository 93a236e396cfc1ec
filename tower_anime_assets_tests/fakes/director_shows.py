"""A show as the Director panel sees it: its script, its cast, its memory, and what edits of its files would mean."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PROBLEM: Final = "application/problem+json"
SCRIPT_FILE: Final = "episodes/e01.fountain"
AT: Final = "2026-01-01T10:00:00Z"

SCRIPT: Final = """\
Title: Signal in the Noise

INT. SERVER ROOM - NIGHT
[[mood: mysterious]] [[music: glassy synths, slow pulse, 84 bpm]]

Rows of racks hum. Akira glorps a snood along the aisle, one cybernetic hand on the cold steel of every single door.

AKIRA
(whispering)
The tower is listening. It has been listening since before we were born.

LUNA (O.S.)
Then let it hear this.

EXT. ROOFTOP - DAWN

Luna sets down an antenna. The city wakes below her.

VIKTOR
You have no idea what you are about to wake.
"""

_NAMES: Final = {"akira": "Akira Yamamoto", "luna": "Luna Chen", "viktor": "Viktor Kozlov"}
_DESCRIPTIONS: Final = {
    "akira": "A 22-year-old street racer with spiky black hair, amber eyes, cybernetic arms and a neon blue jacket. "
    "He trusts engines more than people.",
    "luna": "An AI researcher of 29 with long silver hair, violet eyes, glowing holographic tattoos, red boots and a "
    "white lab coat.",
    "viktor": "The CEO of Nexus Corp, a broad man of 54 with slicked-back grey hair and an expensive charcoal suit.",
}
_COLOURS: Final = {
    "akira": ("#1b1b2a", "#f0c8a4", "#e09a2b", "#1f6bff", "#19e3ff"),
    "luna": ("#d5dbea", "#fae0d0", "#8a4fd0", "#f1f3f8", "#ff5fc1"),
    "viktor": ("#8b8f9b", "#e6bfa3", "#7d8fa6", "#262a36", "#c2183c"),
}


@dataclass
class DirectorShows:
    """The files of a show; `saved` has what was sent to be saved, and who saves second is refused.

    Attributes:
        files: Texts by their paths from the show's folder.
        brought: What was sent to make a show or an episode of.
    """

    files: dict[str, str] = field(default_factory=lambda: {SCRIPT_FILE: SCRIPT})
    saved: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    brought: list[dict[str, Any]] = field(default_factory=list)

    def routes(self) -> list[Route]:
        """Return the routes of what the pages Script, Cast and Memory ask."""
        return [
            Route("/api/projects", self._projects, methods=["GET"]),
            Route("/api/projects", self._bring, methods=["POST"]),
            Route("/api/projects/{project}", self._project),
            Route("/api/projects/{project}/episodes", self._bring, methods=["POST"]),
            Route("/api/projects/{project}/cast", self._cast, methods=["POST"]),
            Route("/api/projects/{project}/files/{file:path}/preview", self._preview, methods=["POST"]),
            Route("/api/projects/{project}/files/{file:path}", self._file, methods=["GET", "PUT"]),
            Route("/api/episodes/{key}", self._episode),
            Route("/api/scripts/{key}", self._script),
            Route("/api/scripts/{key}/preview", self._script_preview, methods=["POST"]),
            Route("/api/facts", self._facts),
            Route("/api/feedback", self._feedback),
            Route("/api/waivers", self._waivers),
            Route("/api/sessions", self._sessions),
        ]

    def text_of(self, file: str) -> str:
        """Return a file's text."""
        return self.files.get(file, f"# {file}\nname: Somebody\n")

    async def _projects(self, _request: Request) -> Response:
        rows = [{"id": "nexus", "title": "Nexus"}, {"id": "harbour", "title": "Harbour Lights"}]
        items = [{**row, "logline": "", "characters": 3, "episodes": 3, "faults": 0} for row in rows]
        return JSONResponse({"items": items, "next": None})

    async def _bring(self, request: Request) -> Response:
        body = await request.json()
        self.brought.append(body)
        project = request.path_params.get("project", "harbour")
        key = f"{project}-{body['id'] or 'e01'}"
        answer = {"says": "", "project": project, "episode": key, "files": [], "cast": []}
        return JSONResponse({**answer, "can_run": True, "fault_count": 0}, 201)

    async def _cast(self, _request: Request) -> Response:
        cast = [{"id": "mei", "name": "Mei", "is_described": False, "near": ""}]
        answer = {"says": "", "project": "nexus", "episode": "nexus-e01", "files": [], "cast": cast}
        return JSONResponse({**answer, "can_run": True, "fault_count": 0})

    async def _project(self, _request: Request) -> Response:
        page = {"id": "nexus", "title": "Nexus", "warnings": [], "faults": []}
        logline = "A street racer and the scientist who built his brakes have one night."
        episodes = ["nexus-e01", "nexus-e02"]
        return JSONResponse({**page, "logline": logline, "cast": [*map(_character, _NAMES)], "episodes": episodes})

    async def _episode(self, _request: Request) -> Response:
        scenes = [
            _scene(1, "INT. SERVER ROOM - NIGHT", "server room", ("akira", "luna")),
            _scene(2, "EXT. ROOFTOP - DAWN", "rooftop", ("luna", "viktor")),
            _scene(3, "INT. SERVER ROOM - LATER", "server room", ("akira",)),
        ]
        return JSONResponse({"scenes": scenes, "warnings": [], "faults": []})

    async def _script(self, _request: Request) -> Response:
        text = self.text_of(SCRIPT_FILE)
        return JSONResponse({**_understood(text), "file": SCRIPT_FILE, "text": text, "sha256": _digest(text)})

    async def _script_preview(self, request: Request) -> Response:
        return JSONResponse(_understood((await request.json())["text"]))

    async def _file(self, request: Request) -> Response:
        file = request.path_params["file"]
        held = self.text_of(file)
        if request.method == "GET":
            last = {"who": "Mei", "why": "", "at": AT}
            answer = {"project": "nexus", "file": file, "text": held, "sha256": _digest(held), "last_edit": last}
            return JSONResponse(answer, headers={"ETag": f'"{_digest(held)}"'})
        body = await request.json()
        if request.headers.get("if-match") != f'"{_digest(held)}"':
            detail = f"nexus/{file} is not as you saw it: Viktor edited it on 2026-01-01 10:00 UTC."
            problem = {"title": "Somebody else has decided meanwhile", "status": 412, "detail": detail}
            return JSONResponse(problem, 412, media_type=PROBLEM)
        self.saved.append((file, body))
        self.files[file] = _edited(held, body)
        return JSONResponse({"says": f"nexus/{file} saved by Luna"})

    async def _preview(self, request: Request) -> Response:
        file = request.path_params["file"]
        held = self.text_of(file)
        text = _edited(held, await request.json())
        lines = difflib.unified_diff(held.splitlines(), text.splitlines(), file, file, lineterm="")
        reason = {"state": "missing", "why": "its brief has changed", "seconds": 9.0}
        made = [
            {"subject": f"nexus-e01-sc01-sh00{number}0", "stage": stage, **reason}
            for number in range(1, 5)
            for stage in ("keyframe", "clip")
        ]
        replan: dict[str, object] = {
            "episode": "nexus-e01",
            "made": made,
            "found": [],
            "dropped": [],
            "notes": [],
            "waiting": [],
        }
        replan |= {"seconds_before": 12.0, "seconds_after": 84.0, "problem": "", "problem_before": ""}
        faults = _faults(text)
        answer = {"text": text, "diff": "\n".join(lines), "faults": faults, "new_faults": faults, "warnings": []}
        return JSONResponse({**answer, "episodes": ["nexus-e01"], "replans": [replan]})

    async def _facts(self, request: Request) -> Response:
        rows = [
            ("luna", "works_as", "AI researcher", "characters/luna.yaml"),
            ("luna", "has_hair", "long, silver", "characters/luna.yaml"),
            ("clips", "are_made_by", "LTX-Video, by the workflow ltx_image_to_video", "workflows/registry"),
        ]
        rest = {"confidence": 0.9, "timestamp": AT, "ended_at": None}
        items: list[dict[str, object]] = [
            {"id": str(number), "subject": row[0], "predicate": row[1], "object": row[2], "source": row[3], **rest}
            for number, row in enumerate(rows)
        ]
        if request.query_params.get("q") == "who is nobody":
            return JSONResponse({"project": "nexus", "items": [], "note": "No fact is about nobody."})
        return JSONResponse({"project": "nexus", "items": items, "note": ""})

    async def _feedback(self, _request: Request) -> Response:
        place = {"take_id": "t", "place": "nexus-e01-sc01-sh0010", "stage": "keyframe", "who": "Akira", "at": AT}
        bad = {"opinion": "bad", "reason": "anatomy", "reason_words": "Hands are deformed", "note": "six fingers"}
        good = {"opinion": "good", "reason": "overall", "reason_words": "The shot as a whole", "note": ""}
        return JSONResponse({"items": [{"id": "1", **place, **bad}, {"id": "2", **place, **good}], "next": None})

    async def _waivers(self, _request: Request) -> Response:
        waiver = {"take_id": "t", "place": "nexus-e01-sc01-sh0010", "stage": "clip", "gate": "clips_move_smoothly"}
        item = {"id": "1", **waiver, "who": "Luna", "why": "it is meant to stutter", "at": AT}
        return JSONResponse({"items": [item], "next": None})

    async def _sessions(self, _request: Request) -> Response:
        summary: dict[str, object] = {
            "id": "s1",
            "project_id": "nexus",
            "title": "Night run",
            "started_by": "Viktor",
            "started_at": AT,
        }
        summary |= {"ended_at": AT, "episode_ids": ["e01", "e02"], "decisions": 40, "takes": 38, "accepted": 35}
        summary |= {"rejected": 3, "masters": 1, "mean_score": 0.7}
        return JSONResponse({"items": [{"summary": summary, "outcome": "delivered"}]})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _edited(held: str, body: dict[str, Any]) -> str:
    if "text" in body:
        text: str = body["text"]
        return text
    return held + "".join(f"{'.'.join(change['path'])}: {change.get('value')}\n" for change in body["changes"])


def _faults(text: str) -> list[dict[str, Any]]:
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line == "AKIRO"]
    fault = {"file": f"nexus/{SCRIPT_FILE}", "problem": "nobody is called AKIRO", "expected": "a name of the cast"}
    return [{**fault, "line": line, "remedy": "Did you mean AKIRA?"} for line in lines]


def _understood(text: str) -> dict[str, Any]:
    """Return what the panel is told of a text: its headings, its cues, and one verb that nobody knows."""
    lines = text.splitlines()
    scenes: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        if line.startswith(("INT.", "EXT.")):
            place, _dash, time = line[5:].partition(" - ")
            scenes.append(
                {"id": f"sc{len(scenes) + 1:02}", "heading": line, "place": place.lower(), "time_of_day": time.lower()}
                | {"weather": "rain", "mood": "mysterious", "cast": [], "actions": [], "lines": []}
            )
        elif scenes and line.isupper() and number + 1 < len(lines):
            name = line.split()[0].lower()
            speech = lines[number + 2] if lines[number + 1].startswith("(") else lines[number + 1]
            scenes[-1]["cast"] = sorted({*scenes[-1]["cast"], name})
            spoken = {"id": f"l{number}", "character": name, "text": speech, "start_s": number / 2, "window_s": 2}
            scenes[-1]["lines"].append(spoken)
        elif scenes and line.endswith(".") and not lines[number - 1]:
            scenes[-1]["actions"].append(line)
    warnings = [
        {"file": f"nexus/{SCRIPT_FILE}", "line": number, "problem": 'the verb "glorps" is not understood'}
        | {"instead": "Akira stands there", "remedy": "Write a plainer verb.", "is_note": False}
        for number, line in enumerate(lines, 1)
        if "glorps" in line
    ]
    note = {"file": f"nexus/{SCRIPT_FILE}", "line": 4, "problem": "no length is written", "is_note": True}
    notes = [{**note, "instead": "the scene is as long as its lines need", "remedy": "Write [[duration: 20]]."}]
    faults = _faults(text)
    return {
        "episode": "nexus-e01",
        "title": "Signal in the Noise",
        "duration_s": 65.0,
        "is_draft": False,
        "scenes": scenes,
        "faults": faults,
        "fault_count": len(faults),
        "warnings": [*warnings, *notes],
        "warning_count": len(warnings) + 1,
    }


def _character(character: str) -> dict[str, Any]:
    hair, skin, eyes, outfit, accent = _COLOURS[character]
    number = list(_NAMES).index(character)
    appearance = {"hair_colour": hair, "skin_colour": skin, "eye_colour": eyes, "outfit_colour": outfit}
    appearance |= {"accent_colour": accent, "hair_style": "long", "outfit_style": "lab_coat", "build": "slim"}
    undrawn = ["red boots"] if character == "luna" else []
    file = f"nexus/characters/{character}.yaml"
    warning = {"file": file, "line": 3, "problem": "not drawn: red boots", "instead": "they are left out"}
    sheet = {"id": character, "state": "accepted", "score": 0.8, "url": f"/media/sheet{number}.png"}
    return {
        "id": character,
        "name": _NAMES[character],
        "description": _DESCRIPTIONS[character],
        "aliases": ["Dr Chen"] if character == "luna" else [],
        "appearance": appearance
        | {"presents": "neutral", "age_years": 29, "features": ["holographic tattoos"], "undrawn": undrawn},
        "voice": {"variant": "f2", "pitch": 62, "rate_wpm": 166, "language": "en", "service_voice": ""},
        "loras": [
            {"file": f"{character}_v2.safetensors", "base_model": "SDXL", "strength_model": 0.8}
            | {"strength_clip": 0.8, "trigger": f"{character}person"}
        ]
        if character == "akira"
        else [],
        "references": ["references/akira_front.png"] if character == "akira" else [],
        "sheet": None if character == "viktor" else {**sheet, "thumb_url": sheet["url"]},
        "warnings": [{**warning, "remedy": "State them under appearance.", "is_note": False}] if undrawn else [],
    }


def _scene(number: int, heading: str, place: str, cast: tuple[str, ...]) -> dict[str, Any]:
    voice = {"state": "accepted", "score": 0.7, "thumb_url": None, "url": "/media/film.mp4"}
    lines = [
        {"id": f"sc0{number}-{one}", "character": one, "name": _NAMES[one], "text": "Then let it hear this."}
        | {"start_s": 1.0, "voice": None if one == "viktor" else {"id": f"v-{one}", **voice}}
        for one in cast
    ]
    scene = {"id": f"sc0{number}", "number": number, "heading": heading, "place": place, "time_of_day": "night"}
    scene |= {"weather": "rain", "mood": "mysterious", "cast": list(cast), "synopsis": "Somebody listens."}
    return {**scene, "line": number * 3, "shots": 7, "lines": lines, "music": None}
