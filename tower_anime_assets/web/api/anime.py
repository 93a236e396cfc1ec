"""`/api/anime`: what the callers of the original system ask for: phases, single pictures and clips, episodes, jobs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from tower_anime_assets.engines.factory import service_of
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import EngineChoices
from tower_anime_assets.stages import single_takes
from tower_anime_assets.stages.described_scenes import MAX_SECONDS, SceneWords
from tower_anime_assets.stages.director_desk import MAX_SESSION_NAME_CHARACTERS
from tower_anime_assets.stages.registry import STAGES
from tower_anime_assets.store import audit
from tower_anime_assets.web.api.context import SPENDS, CallerDep, StudioDep

router = APIRouter(prefix="/anime", tags=["anime"])

Words = Annotated[str, StringConstraints(max_length=20_000)]
Name = Annotated[str, StringConstraints(max_length=200)]
Kind = Literal["image", "video"]


class AnimeHealth(BaseModel):
    """Whether there is a record, and who would make pictures and clips for a show that names no engine."""

    status: str
    record: int = Field(description="Links of the audit chain.")
    engines: dict[str, str] = Field(description="By role: `embedded`, `off` or a service's name.")


class Phase(BaseModel):
    """One stage of production."""

    number: int
    name: str
    title: str
    asset: str = Field(description="The Dagster asset that it materializes.")
    needs: list[str] = Field(description="The stages whose accepted takes it builds on.")
    makes: str = Field(description="What one take is of.")
    gates: list[str] = Field(description="What its takes have to pass.")
    approval: str = Field(
        description="What people may have to approve before the next stage begins; empty for nothing."
    )


class GenerateRequest(BaseModel):
    """One picture or clip from words."""

    prompt: Words = Field(description="What it shows: free words, or one scene in Fountain.")
    kind: Kind = "image"
    characters: list[Name] = Field([], max_length=50, description="Who is in it besides those whom the words name.")
    style: list[Words] = Field([], max_length=50, description="Words added to the show's style.")
    framing: Framing | None = None
    duration: float | None = Field(None, gt=0, le=MAX_SECONDS, description="Seconds of the scene.")
    quality: Literal["", "draft", "standard", "final"] = Field("", description="Empty for the show's own level.")
    project: Name = Field("", description="The show whose cast and style it has; empty for the only one there is.")
    session_id: Annotated[str, StringConstraints(max_length=MAX_SESSION_NAME_CHARACTERS)] = Field(
        "", description="A creative session's id or name; empty begins a new one."
    )


class JudgedMeasure(BaseModel):
    """What a gate measured, and whether it passes."""

    gate: str
    passed: bool
    says: str


class Generated(BaseModel):
    """A take, and how it was judged."""

    project: str
    key: str = Field(description="What `tower audit` finds it by.")
    kind: Kind
    take_id: str
    decision_id: str
    session_id: str
    url: str = Field(description="Where the picture or clip is.")
    thumbnail_url: str
    engine: str
    label: str = Field(description="`animatic` where an engine of ours drew it, `generated` where a model did.")
    accepted: bool = Field(description="Whether every gate passed it; what is not accepted is used nowhere.")
    score: float | None
    gates: list[JudgedMeasure]
    reused: bool = Field(description="Whether the same words had made it before.")
    prompt: str
    negative_prompt: str
    shot_number: int
    shots_left_out: list[int] = Field(description="Numbers of the scene's other shots, which were not made.")
    notes: list[str] = Field(description="What of the words was used otherwise than written, or not at all.")


@router.get("/health")
def read_anime_health(studio: StudioDep) -> AnimeHealth:
    """Return whether the record can be read (503 if it cannot), and who would make what."""
    choices = EngineChoices()
    roles = ("director", "keyframes", "clips", "voice", "music", "upscale", "interpolate")
    engines = {role: service_of(role, choices, studio.settings) for role in roles}
    return AnimeHealth(status="ok", record=audit.read_chain_mark(studio.database).seq, engines=engines)


@router.get("/phases")
def list_phases() -> list[Phase]:
    """Return the stages of production in order, each with what it needs and makes."""
    return [
        Phase(
            number=number,
            name=stage.name,
            title=stage.title,
            asset=stage.asset,
            needs=[before.name for before in stage.builds_on],
            makes=_MAKES[stage.name],
            gates=list(dict.fromkeys(bar.gate for bar in stage.thresholds)),
            approval=stage.approval,
        )
        for number, stage in enumerate(STAGES, start=1)
    ]


_MAKES = {
    "sheet": "a character's reference sheet",
    "plan": "a scene, broken into shots",
    "keyframe": "a shot's still, which its clip grows from",
    "clip": "a shot's moving picture",
    "interpolation": "a clip at the delivery's rate",
    "upscale": "a clip at the delivery's size",
    "voice": "a line, spoken",
    "music": "a scene's cue",
    "mix": "an episode's finished sound",
    "master": "an episode's compiled file, with subtitles",
}


@router.post("/generate", dependencies=[SPENDS])
def generate_take(body: GenerateRequest, studio: StudioDep, caller: CallerDep) -> Generated:
    """Return one picture or clip of what words describe, made now unless the same words made it before.

    The answer comes when it is made: with a generating model that takes minutes. Send an `Idempotency-Key`, and send
    the request again if the connection breaks.
    """
    words = SceneWords(
        body.prompt,
        tuple(body.characters),
        body.duration or 0.0,
        tuple(filter(None, body.style)),
        body.project,
        str(body.framing or ""),
    )
    made = single_takes.make_from_words(
        studio, words, body.kind, caller.name, session=body.session_id, quality=body.quality
    )
    outcome, shots = made.outcome, made.scene.plan.shots
    take = outcome.take
    files = {role: f"/media/{file.path}" for role, file in take.files.items()}
    return Generated(
        project=take.project_id,
        key=made.shot.key,
        kind=body.kind,
        take_id=take.id,
        decision_id=take.decision_id,
        session_id=made.scene.session_id,
        url=files["main"],
        thumbnail_url=files.get("thumb", ""),
        engine=take.engine,
        label="animatic" if made.is_animatic else "generated",
        accepted=outcome.accepted,
        score=take.score,
        gates=[JudgedMeasure(gate=one.gate, passed=one.passed, says=str(one)) for one in outcome.verdicts],
        reused=made.is_reused,
        prompt=made.shot.prompt,
        negative_prompt=made.shot.negative,
        shot_number=1 + [shot.key for shot in shots].index(made.shot.key),
        shots_left_out=list(made.left_out),
        notes=list(made.notes),
    )
