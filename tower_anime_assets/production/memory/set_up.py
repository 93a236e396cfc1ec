"""Facts of the set-up: what makes what, the order of work and of its gates, services, and workflows.

Names of services, models and variables may be facts, and so may usual ports; addresses and tokens never are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.production.memory.facts import FILE_SOURCE_PREFIX, Statement
from tower_anime_assets.production.memory.statements import statements_about
from tower_anime_assets.production.story.model import Project

SETUP_SOURCE: Final = f"{FILE_SOURCE_PREFIX}set-up"
"""The source of facts about services and models, which change with the machine's set-up."""

WORKFLOWS_SOURCE: Final = f"{FILE_SOURCE_PREFIX}workflows"
"""The source of facts about workflows."""

STUDIO: Final = ""
"""The project of facts about the studio itself, which every project sees."""

STANDARD_WORKFLOW: Final = "ltx_2b_121_frame_workflow"
STANDARD_CLIP: Final = (
    "LTX Video 2B 0.9.8 distilled (ltxv-2b-0.9.8-distilled.safetensors) with the T5 text encoder "
    f"t5xxl_fp16.safetensors, workflow {STANDARD_WORKFLOW}: 121 frames of 768x512 at 24 fps, 5.04 s"
)
"""The standard model for clips, which ComfyUI runs."""


@dataclass(frozen=True)
class StudioService:
    """A service that a studio may have.

    Attributes:
        title: Its name for people.
        key: Its name in project.yaml and settings; "" for PostgreSQL.
        variable: The environment variable of its address.
        port: Its usual port.
        purpose: What it is for.
        otherwise: What does its work where it is not configured.
    """

    title: str
    key: str
    variable: str
    port: int
    purpose: str
    otherwise: str


SERVICES: Final = (
    StudioService(
        *("ComfyUI", "comfyui", "COMFYUI_URL", 8188, "makes keyframes and clips with image and video models"),
        "the embedded painter and animator draw an animatic",
    ),
    StudioService(
        *("Echo Brain", "echo_brain", "ECHO_BRAIN_URL", 8309),
        "the AI director: it plans the shots of scenes, refines prompts, learns from scores, and keeps facts",
        "the embedded director plans the shots",
    ),
    StudioService(
        *("Echo Voice", "echo_voice", "ECHO_VOICE_URL", 8309, "speaks the lines of the characters"),
        "the embedded voices speak",
    ),
    StudioService(
        *("Music", "music", "MUSIC_URL", 8088, "composes the music of scenes"),
        "the embedded composer writes it",
    ),
    StudioService(
        *("Ollama", "ollama", "OLLAMA_URL", 11434),
        "runs language models: one that directs (OLLAMA_MODEL), one that looks at keyframes (OLLAMA_VISION_MODEL), and "
        "one for search by meaning (OLLAMA_EMBED_MODEL)",
        "the embedded director plans the shots, and facts are found by their words",
    ),
    StudioService(
        *("PostgreSQL", "", "TOWER_DATABASE_URL", 5432),
        "the database: every decision, take, verdict and fact is on record there",
        "an embedded server is started",
    ),
)
"""Every service, in the order in which `tower doctor` checks them."""


@dataclass(frozen=True)
class WorkStep:
    """A step of the work on an episode.

    Attributes:
        name: What people call it.
        result: What exists afterwards.
        assets: Dagster assets that do it.
        stages: Stages whose gates judge it.
    """

    name: str
    result: str
    assets: tuple[str, ...]
    stages: tuple[str, ...]


STEPS: Final = (
    WorkStep(
        *("story", "the screenplay, read and broken into scenes and shots"),
        ("characters", "episodes", "scenes", "shot_plans"),
        ("sheet", "plan"),
    ),
    WorkStep("image", "a keyframe of every shot", ("keyframes",), ("keyframe",)),
    WorkStep("video", "a clip of every shot", ("ltx_clips",), ("clip",)),
    WorkStep("music", "a cue for every scene", ("music_tracks",), ("music",)),
    WorkStep("voice", "a voice take of every line", ("voice_tracks",), ("voice",)),
    WorkStep(
        *("compilation", "the mix, and the master with its subtitles"),
        ("audio_tracks", "compiled_episodes"),
        ("mix", "master"),
    ),
)
"""The order of work; between two steps stand the gates of the first."""


@dataclass(frozen=True)
class WorkflowSummary:
    """What facts say of a workflow."""

    name: str
    title: str
    medium: str
    status: str
    notes: str
    aliases: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


def facts_of_setup(
    project: Project, services: Sequence[str], models: Sequence[str], engine_by_role: Mapping[str, str]
) -> tuple[Statement, ...]:
    """Return what a project is made with.

    Args:
        project: The show.
        services: Names of the configured services, such as `comfyui`; never addresses.
        models: Names such as `qwen3:8b`.
        engine_by_role: `embedded` or a service's name by role, such as `clips`.
    """
    pairs = [*(("uses_service", name) for name in services), *(("uses_model", name) for name in models)]
    statements = [*statements_about(project.title, pairs, SETUP_SOURCE)]
    made_with = {
        "clips": _clips_made_with(project, engine_by_role["clips"], services),
        "keyframes": _pictures_made_with(engine_by_role["keyframes"]),
        "voices": _made_with(engine_by_role["voice"], "the embedded voices, no model"),
        "music": _made_with(engine_by_role["music"], "the embedded composer, no model"),
        "shot plans": _made_with(engine_by_role["director"], "the embedded director, no model"),
    }
    for subject, words in made_with.items():
        statements += statements_about(subject, [("is_made_with", words)], SETUP_SOURCE)
    return tuple(statements)


def _made_with(engine: str, embedded: str) -> str:
    titles = {service.key: service.title for service in SERVICES}
    return embedded if engine == "embedded" else titles.get(engine, engine)


def _pictures_made_with(engine: str) -> str:
    if engine == "embedded":
        return "the embedded painter, no model"
    return "ComfyUI: a workflow and its model are chosen for each shot, see `tower route`"


def _clips_made_with(project: Project, engine: str, services: Collection[str]) -> str:
    delivery, (width_px, height_px) = project.delivery, project.delivery.working_px
    form = f"at most {delivery.max_clip_frames} frames of {width_px}x{height_px} at {delivery.fps} fps"
    if engine == "embedded":
        reason = "project.yaml says so" if "comfyui" in services else "COMFYUI_URL is not set"
        return (
            f"the embedded animator, which draws an animatic ({form}) and uses no model, because {reason}. With "
            f"ComfyUI, the standard model that makes clips is {STANDARD_CLIP}"
        )
    routing = project.routing
    chosen = f"chosen for each shot by the strategy {routing.strategy}, see `tower route`"
    pins = "".join(f"; {place} is pinned to {name}" for place, name in sorted(routing.pins.items()))
    return f"ComfyUI ({form}): the workflow and its model are {chosen}{pins}. The standard model is {STANDARD_CLIP}"


def facts_of_studio(
    services: Collection[str],
    has_own_database: bool,
    gates_by_stage: Mapping[str, Sequence[str]],
    workflows: Sequence[WorkflowSummary],
) -> tuple[Statement, ...]:
    """Return what is true of the studio whatever the show: the order of work, its gates, services and workflows.

    Args:
        services: Names of the configured services.
        has_own_database: Whether the database is one that TOWER_DATABASE_URL names.
        gates_by_stage: The gates of each stage.
        workflows: Every workflow.
    """
    configured = {*services, *([""] if has_own_database else [])}
    statements = [*_facts_of_order(gates_by_stage)]
    for service in SERVICES:
        state = "configured here" if service.key in configured else f"not configured here, so {service.otherwise}"
        pairs = [
            ("is_a", "service"),
            ("described_as", f"{service.purpose}. {state[0].upper()}{state[1:]}"),
            ("usual_port", str(service.port)),
            ("is_set_by", f"the variable {service.variable}"),
        ]
        statements += statements_about(service.title, pairs, SETUP_SOURCE)
    for workflow in workflows:
        statements += _facts_of_workflow(workflow)
    return tuple(statements)


def _facts_of_order(gates_by_stage: Mapping[str, Sequence[str]]) -> list[Statement]:
    names = [step.name for step in STEPS]
    order = (
        f"{' -> '.join(names)}. Each step is judged by its gates before the next one begins; music and voice need only "
        "the story"
    )
    statements = [*statements_about("order of work", [("described_as", order)], SETUP_SOURCE)]
    for number, step in enumerate(STEPS):
        gates = dict.fromkeys(gate for stage in step.stages for gate in gates_by_stage.get(stage, ()))
        pairs = [
            ("is_a", "step of the work"),
            ("described_as", f"step {number + 1} of {len(STEPS)}: {step.result} (assets {', '.join(step.assets)})"),
            ("has_gates", ", ".join(gates)),
            *([("follows", names[number - 1])] if number else []),
            *([("is_followed_by", names[number + 1])] if number + 1 < len(names) else []),
        ]
        statements += statements_about(step.name, pairs, SETUP_SOURCE)
    return statements


def _facts_of_workflow(workflow: WorkflowSummary) -> tuple[Statement, ...]:
    status = (
        "deprecated, so it is listed but not used: it is never routed to"
        if workflow.status == "deprecated"
        else workflow.status
    )
    models = f" Models: {', '.join(workflow.models)}." if workflow.models else ""
    pairs = [
        ("is_a", f"{workflow.medium} workflow"),
        ("described_as", f"{workflow.title}; {status}.{models} {workflow.notes}".strip()),
        *(("alias", alias) for alias in workflow.aliases),
    ]
    return statements_about(workflow.name, pairs, WORKFLOWS_SOURCE)
