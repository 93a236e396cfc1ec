"""Model files: what each server has, what workflows and shows want, what is taken for what; and the map's writer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.model_disk import ModelDisk
from tower_anime_assets.engines.remote.comfyui.model_mends import with_mends
from tower_anime_assets.engines.remote.comfyui.preflight import resolve_models
from tower_anime_assets.engines.remote.comfyui.server_models import ModelRequest, choose_models
from tower_anime_assets.errors import PlanError, ServiceError, StoryError, StoryWarning
from tower_anime_assets.media import show_files
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.model_map import ModelMap, fold_file_name
from tower_anime_assets.production.story.model_map_edit import with_mapped_file
from tower_anime_assets.production.story.model_map_key import name_problem
from tower_anime_assets.production.story.source import decode_text
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.model_map_warnings import project_map_warnings, studio_map_warnings, wanted_files
from tower_anime_assets.workflows.model_choice import ModelChoice
from tower_anime_assets.workflows.model_maps import load_model_map, map_file
from tower_anime_assets.workflows.registry import load_registry_for
from tower_anime_assets.workflows.workflow import Workflow

_MAX_MAP_BYTES = 1 << 20


@dataclass(frozen=True)
class WantedModel:
    """A model file that is wanted of a server, and what was chosen there.

    Attributes:
        choice: What the server has for it.
        wanted_by: The workflows that load it, as `WORKFLOW/PLACE`, or the shows whose LoRA or checkpoint it is.
    """

    choice: ModelChoice
    wanted_by: tuple[str, ...]


@dataclass(frozen=True)
class ServerModels:
    """The model files of one server.

    Attributes:
        detail: Its version and device, or why it could not be asked.
        files: Its files by folder below `models/`; folders without any are left out.
        wanted: What is wanted of it.
    """

    url: str
    is_up: bool
    detail: str
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wanted: tuple[WantedModel, ...] = ()


@dataclass(frozen=True)
class ModelReport:
    """The model files of a studio, or of one show.

    Attributes:
        model_map: The maps in force.
        warnings: Entries of them that have no effect.
        servers: What each server has.
    """

    model_map: ModelMap
    warnings: tuple[StoryWarning, ...]
    servers: tuple[ServerModels, ...]


def report_models(
    settings: Settings, project_id: str = "", names: Sequence[str] = (), servers: Sequence[str] = ()
) -> ModelReport:
    """Return what servers have, what is wanted, and what is taken for what.

    Args:
        settings: Where servers and files are.
        project_id: The show whose map, workflows, LoRAs and checkpoint count; "" for those of all shows, and the
            studio's map alone.
        names: The workflows to report, all that may be chosen by default.
        servers: The servers to ask instead of those in the settings.

    Raises:
        StoryError: The show, a map or a workflow cannot be used; every fault is named.
        PlanError: There is no such workflow.
    """
    shows = [show_files.load_project(settings.projects, project_id)] if project_id else _readable_projects(settings)
    registry = load_registry_for(settings, project_id)
    workflows = [registry.workflow(name) for name in names] or [
        workflow for workflow in registry.all() if workflow.is_routable
    ]
    workflows = [workflow for workflow in workflows if workflow.graph]
    warnings = studio_map_warnings(settings, shows if not project_id else _readable_projects(settings))
    if project_id:
        warnings = (*warnings, *project_map_warnings(settings, shows[0]))
    wanted = _Wanted(workflows, shows if not names else [], project_id)
    urls = tuple(server.rstrip("/") for server in servers) or settings.comfyui_servers
    with ThreadPoolExecutor(max(1, len(urls))) as pool:
        reports = tuple(pool.map(lambda url: _report_server(settings, url, wanted), urls))
    return ModelReport(load_model_map(settings, project_id), warnings, reports)


def _readable_projects(settings: Settings) -> list[Project]:
    """Return the shows whose files are valid; what is wrong with the others, `tower doctor` says."""
    projects = []
    for name in show_files.list_projects(settings.projects) if settings.projects.is_dir() else ():
        try:
            projects.append(show_files.load_project(settings.projects, name))
        except StoryError:
            continue
    return projects


@dataclass(frozen=True)
class _Wanted:
    """What is wanted of every server."""

    workflows: Sequence[Workflow]
    shows: Sequence[Project]
    project_id: str

    def requests(self) -> Iterator[tuple[ModelRequest, str]]:
        """Yield each request for files, and who wants them."""
        checkpoint = self.shows[0].style.checkpoint if self.project_id and self.shows else ""
        for workflow in self.workflows:
            models = resolve_models(workflow, checkpoint if workflow.medium == "image" else "")
            yield ModelRequest(workflow, models), workflow.name
        loader = next((workflow for workflow in self.workflows if workflow.lora_after), None)
        for show in self.shows if loader is not None else ():
            files = [file for file in wanted_files(show) if file != show.style.checkpoint]
            if loader is not None and files:
                yield ModelRequest(_without_models(loader), {}, files), f"LoRAs of {show.id}"


def _without_models(workflow: Workflow) -> Workflow:
    return replace(workflow, models=())


def _report_server(settings: Settings, url: str, wanted: _Wanted) -> ServerModels:
    client = ComfyUIClient(url, settings.token_of("comfyui"), caches_node_info=True)
    try:
        stats = client.system_stats()
        disk = ModelDisk(client)
        folders = {folder: client.model_files(folder) for folder in client.model_folders()}
        by_key: dict[tuple[str, str, str, str], tuple[ModelChoice, list[str]]] = {}
        for request, owner in wanted.requests():
            choices = choose_models(client, request, stats)
            for choice in with_mends(client, request.workflow, choices, suggests=True, disk=disk):
                key = (choice.folder, fold_file_name(choice.wanted), choice.asked, choice.file)
                who = f"{owner}/{choice.place}" if choice.place else owner
                by_key.setdefault(key, (choice, []))[1].append(who)
    except ServiceError as error:
        return ServerModels(url, False, str(error))
    finally:
        client.close()
    files = {folder: names for folder, names in folders.items() if names and folder not in ("custom_nodes", "configs")}
    rows = tuple(WantedModel(choice, tuple(owners)) for choice, owners in by_key.values())
    return ServerModels(url, True, f"ComfyUI {stats.version} on {stats.device}", files, rows)


# The map's writer -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MappedResult:
    """An entry that was written.

    Attributes:
        file: The file that holds it.
        notes: What a person should know: that nothing wants the file, that no server has it.
    """

    file: str
    notes: tuple[str, ...]


def write_map_entry(settings: Settings, wanted: str, have: str, project_id: str = "") -> MappedResult:
    """Write an entry into a show's map, or into the studio's if `project_id` is "".

    Raises:
        PlanError: A name cannot be used, or the file cannot be edited.
        StoryError: There is no such show, or the file is not valid as it is.
    """
    for name in (wanted, have):
        if problem := name_problem(name):
            raise PlanError(f"{problem}. Give file names as workflows and servers list them: `tower models`")
    project = show_files.load_project(settings.projects, project_id) if project_id else None
    load_model_map(settings, project_id)
    path = map_file(settings, project_id)
    text = decode_text(path.read_bytes(), path.name, _MAX_MAP_BYTES) if path.exists() else ""
    edited = with_mapped_file(text, wanted.strip(), have.strip())
    write_atomically(path, edited.encode(), is_shared=bool(project_id))
    load_model_map(settings, project_id)
    return MappedResult(str(path), tuple(_notes_of_entry(settings, wanted, have, project)))


def _notes_of_entry(settings: Settings, wanted: str, have: str, project: Project | None) -> Iterator[str]:
    shows = [project] if project is not None else _readable_projects(settings)
    if project is not None:
        fresh = show_files.load_project(settings.projects, project.id)
        warnings = project_map_warnings(settings, fresh)
    else:
        warnings = studio_map_warnings(settings, shows)
    yield from (str(warning) for warning in warnings if f" {wanted} " in f" {warning.problem} ")
    listing = [url for url in settings.comfyui_servers if _lists(settings, url, have)]
    if settings.comfyui_servers and not listing:
        yield f"no server lists {have} now: check its name with `tower models`, or put the file there"


def _lists(settings: Settings, url: str, have: str) -> bool:
    """Return whether a server lists a file in any of its folders; False too if it does not answer."""
    client = ComfyUIClient(url, settings.token_of("comfyui"))
    try:
        return any(
            fold_file_name(file) == fold_file_name(have)
            for folder in client.model_folders()
            for file in client.model_files(folder)
        )
    except ServiceError:
        return False
    finally:
        client.close()
