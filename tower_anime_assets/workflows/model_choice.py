"""The choice of a model file on one server: what a workflow wants, what the server lists, what was taken and why.

Pure: the lists come from `engines.remote.comfyui.server_models`. A file is never guessed from a similar spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.story.model_map import MappedFile, base_name, fold_file_name
from tower_anime_assets.workflows.workflow import LoaderNode, ModelFile, ModelVariant, Workflow, value_at

CHECKPOINT_FOLDER: Final = "checkpoints"
"""The folder of ComfyUI/models whose file a style's `checkpoint` replaces."""

LORA_FOLDER: Final = "loras"

_MEANINGLESS_NAMES: Final = frozenset(
    f"{stem}.{ending}"
    for stem in ("model", "pytorch_model", "diffusion_pytorch_model", "adapter_model", "pytorch_lora_weights", "lora")
    for ending in ("safetensors", "bin", "ckpt", "pt", "pth", "gguf")
)
"""Names that thousands of different models have: in another folder they prove nothing."""


class How(StrEnum):
    """Why a file was chosen for a place."""

    AS_WANTED = "as wanted"
    UNLISTED = "unlisted"
    """The server does not list what its loader can load, so the name is sent as it is."""
    SAME_NAME = "same name"
    SAME_CONTENT = "same content"
    PRECISION = "precision"
    MISSING = "missing"


@dataclass(frozen=True)
class ModelChoice:
    """What was chosen for one model file that a job wants, on one server.

    Attributes:
        place: Where the workflow's graph names it, such as `ckpt.inputs.ckpt_name`; "" for a LoRA that is inserted.
        folder: Folder below ComfyUI's `models/`.
        wanted: What the graph, the style or the LoRA names.
        asked: The same after the map; equal to `wanted` where the map does not name it.
        file: What is sent; "" if the server has nothing that serves.
        how: Why it is this one.
        why: The same in words, with the map's file and line; "" where `wanted` is sent as it is.
        loader: The node that loads it instead of the graph's own, for a precision that needs another.
        same_name: Files of the name in other folders, of which none is taken because there are several.
        suggestions: Files that the loader lists and that may serve for a missing one, best first; see `model_mends`.
        mends: What to do about a missing file, the shortest first; each is complete as it stands.
    """

    place: str
    folder: str
    wanted: str
    asked: str
    file: str
    how: How
    why: str = ""
    loader: LoaderNode | None = None
    same_name: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    mends: tuple[str, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether the server has nothing that serves."""
        return self.how is How.MISSING

    @property
    def is_other(self) -> bool:
        """Whether another file is sent than the one that is wanted, or by another loader."""
        return not self.is_missing and (self.file != self.wanted or self.loader is not None)

    def __str__(self) -> str:
        if self.is_missing:
            return f"{self.wanted}: missing"
        return f"{self.wanted}: taken {self.file} ({self.why})" if self.is_other else self.wanted

    def as_record(self) -> dict[str, Any]:
        """Return the choice as an attempt's parameters keep it, JSON-ready."""
        record = {"place": self.place, "wanted": self.wanted, "file": self.file, "how": str(self.how), "why": self.why}
        return {**record, **({"loader": plain_data(self.loader)} if self.loader else {})}


@dataclass(frozen=True)
class Shelf:
    """The model files of one server, as far as a choice needs them.

    Attributes:
        list_files: Returns what an input of a node class can load; None if the server does not have the class, or does
            not list it.
        card_bytes: Memory of its graphics card; 0 without a card, or if it is not known.
        digests: Returns the known SHA-256 of files, by name, of a folder below `models/`.
    """

    list_files: Callable[[str, str], Sequence[str] | None]
    card_bytes: int = 0
    digests: Callable[[str], Mapping[str, str]] = lambda _folder: {}


@dataclass(frozen=True)
class AskedModel:
    """The file that is asked of every server for one place, before any server is known.

    Attributes:
        wanted: What the graph or the style names.
        file: The same after the map.
        mapped: The entry of the map, None if there is none.
    """

    place: str
    wanted: str
    file: str
    mapped: MappedFile | None = None

    def __str__(self) -> str:
        return f"{self.wanted}: mapped to {self.file} ({self.mapped})" if self.mapped else self.file


# What is asked --------------------------------------------------------------------------------------------------------


def asked_models(workflow: Workflow, checkpoint: str = "") -> tuple[AskedModel, ...]:
    """Return the file that is asked of every server for each place of a workflow.

    A project's entry for the place comes first, then the style's checkpoint, then the map, then the graph's own file.

    Args:
        workflow: The workflow, with the map in force.
        checkpoint: The checkpoint that a style names, "" for none.
    """
    return tuple(_asked_model(workflow, item, checkpoint) for item in workflow.models)


def _asked_model(workflow: Workflow, item: ModelFile, checkpoint: str) -> AskedModel:
    is_pinned = item.mapped is not None and item.mapped in workflow.model_map.project and item.mapped.workflow_place
    if checkpoint and item.folder == CHECKPOINT_FOLDER and not is_pinned:
        entry = workflow.model_map.for_file(checkpoint)
        return AskedModel(item.place, checkpoint, entry.file if entry else checkpoint, entry)
    return AskedModel(item.place, graph_file(workflow, item), item.file, item.mapped)


def graph_file(workflow: Workflow, item: ModelFile) -> str:
    """Return the file that a workflow's graph names at a model's place."""
    return str(value_at(workflow.graph, item.place))


def asked_lora(workflow: Workflow, file: str) -> AskedModel:
    """Return the file that is asked of every server for a LoRA."""
    entry = workflow.model_map.for_file(file)
    return AskedModel("", file, entry.file if entry else file, entry)


# The choice -----------------------------------------------------------------------------------------------------------


def choose_file(workflow: Workflow, item: ModelFile, asked: AskedModel, shelf: Shelf) -> ModelChoice:
    """Return the choice for one place of a workflow on one server.

    Args:
        workflow: The workflow.
        item: The model file of the place.
        asked: What is asked for there: the graph's own file stands for every precision that the workflow lists; one of
            the listed files for itself and those after it.
        shelf: What the server has.
    """
    precisions = _precisions_from(item, asked)
    if precisions:
        return _choose_precision(workflow, item, asked, precisions, shelf)
    sha256 = item.sha256 if asked.file == item.file and asked.mapped is None else ""
    return _choose_same(asked, item.folder, shelf.list_files(*_own_loader(workflow, item)), sha256, shelf)


def choose_lora(asked: AskedModel, loader_class: str, shelf: Shelf) -> ModelChoice:
    """Return the choice for a LoRA that is inserted."""
    return _choose_same(asked, LORA_FOLDER, shelf.list_files(loader_class, "lora_name"), "", shelf)


def _own_loader(workflow: Workflow, item: ModelFile) -> tuple[str, str]:
    node, _inputs, name = item.place.split(".", 2)
    return str(workflow.graph[node]["class_type"]), name


def _choose_same(asked: AskedModel, folder: str, files: Sequence[str] | None, sha256: str, shelf: Shelf) -> ModelChoice:
    """Return the choice among files that are the asked one: by name, by name in another folder, by content.

    Several of the same name are told apart by their content only; otherwise none is taken.
    """
    mapped_why = f"mapped by {asked.mapped}" if asked.mapped else ""
    if files is None:
        return ModelChoice(asked.place, folder, asked.wanted, asked.file, asked.file, How.UNLISTED, mapped_why)
    if asked.file in files:
        return ModelChoice(asked.place, folder, asked.wanted, asked.file, asked.file, How.AS_WANTED, mapped_why)
    matches = same_name_files(asked.file, files)
    if len(matches) == 1:
        why = "; ".join(filter(None, (mapped_why, _difference(asked.file, matches[0]))))
        return ModelChoice(asked.place, folder, asked.wanted, asked.file, matches[0], How.SAME_NAME, why)
    if sha256:
        known = shelf.digests(folder)
        same = next((file for file in files if known.get(file) == sha256), "")
        if same:
            return ModelChoice(
                asked.place,
                folder,
                asked.wanted,
                asked.file,
                same,
                How.SAME_CONTENT,
                f"the same content, sha256 {sha256[:12]}…",
            )
    return ModelChoice(asked.place, folder, asked.wanted, asked.file, "", How.MISSING, mapped_why, same_name=matches)


def same_name_files(wanted: str, files: Sequence[str]) -> tuple[str, ...]:
    """Return the files that are the wanted one in another folder, or written in another case or with backslashes.

    Several are returned where the name alone does not tell which; none for a name that many models share, unless
    its folder is the same too.
    """
    folded = fold_file_name(wanted)
    exact = tuple(file for file in files if fold_file_name(file) == folded)
    if exact:
        return exact[:1]
    if base_name(wanted) in _MEANINGLESS_NAMES:
        return ()
    same = [file for file in files if base_name(file) == base_name(wanted)]
    shared = {file: _shared_folders(folded, fold_file_name(file)) for file in same}
    most = max(shared.values(), default=0)
    return tuple(file for file in same if shared[file] == most)


def _shared_folders(one: str, other: str) -> int:
    """Return how many folders next to the file two names share."""
    count = 0
    for mine, theirs in zip(reversed(one.split("/")[:-1]), reversed(other.split("/")[:-1]), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _difference(wanted: str, file: str) -> str:
    if fold_file_name(wanted) == fold_file_name(file):
        return "the same name, written otherwise"
    folder = PurePosixPath(file.replace("\\", "/")).parent
    return "the same name, in the folder itself" if str(folder) == "." else f"the same name, in {folder}/"


@dataclass(frozen=True)
class _Precision:
    """One precision of a model that a server has: the file, how it was found, what the card must hold."""

    choice: ModelChoice
    variant: ModelVariant
    is_own: bool


def _choose_precision(
    workflow: Workflow, item: ModelFile, asked: AskedModel, precisions: Sequence[ModelVariant], shelf: Shelf
) -> ModelChoice:
    """Return the first precision that the server has and its card holds, else the smallest that it has."""
    there = [one for one in _found_precisions(workflow, item, asked, precisions, shelf) if not one.choice.is_missing]
    if not there:
        return _choose_same(asked, item.folder, shelf.list_files(*_own_loader(workflow, item)), item.sha256, shelf)
    fitting = [one for one in there if not shelf.card_bytes or one.variant.min_vram_bytes <= shelf.card_bytes]
    smallest = min(there, key=lambda one: (one.variant.min_vram_bytes, one.variant.size_bytes))
    chosen = fitting[0] if fitting else smallest
    if chosen.is_own:
        return chosen.choice
    card = f"{shelf.card_bytes / 1e9:.1f} GB card"
    if not fitting:
        why = f"the smallest precision that the server has; its {card} moves parts of it to main memory"
    elif chosen is there[0]:
        why = "the precision that the server has"
    else:
        why = f"the largest precision that the server has and its {card} holds"
    taken = chosen.choice
    why = "; ".join(filter(None, (why, taken.why)))
    return ModelChoice(
        asked.place, taken.folder, asked.wanted, asked.file, taken.file, How.PRECISION, why, chosen.variant.loader
    )


def _precisions_from(item: ModelFile, asked: AskedModel) -> tuple[ModelVariant, ...]:
    """Return the precisions that an asked file stands for, the preferred first; () if it stands for itself alone."""
    if not item.variants or asked.mapped is not None:
        return ()
    precisions = precisions_of(item)
    if asked.file == item.file:
        return precisions
    numbers = [number for number, variant in enumerate(precisions) if variant.file == asked.file]
    return precisions[numbers[0] :] if numbers else ()


def precisions_of(item: ModelFile) -> tuple[ModelVariant, ...]:
    """Return a model's precisions, the preferred first; the graph's own file is first unless the list names it."""
    own = ModelVariant(item.file, item.size_bytes, item.min_vram_bytes, item.folder, item.source, item.url)
    own = replace(own, licence=item.licence, sha256=item.sha256)
    is_listed = any(base_name(variant.file) == base_name(item.file) for variant in item.variants)
    return item.variants if is_listed else (own, *item.variants)


def lower_precisions(workflow: Workflow, taken: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """Return the files by place of each step down in precision, the highest first; () if there is none.

    Args:
        workflow: The workflow.
        taken: The file by place that is used now; the graph's own where a place is left out.
    """
    rest: dict[str, list[str]] = {}
    for item in workflow.models:
        if item.variants and item.mapped is None:
            files = [variant.file for variant in precisions_of(item)]
            now = base_name(taken.get(item.place, item.file))
            number = next((number for number, file in enumerate(files) if base_name(file) == now), 0)
            rest[item.place] = files[number + 1 :]
    steps = max(map(len, rest.values()), default=0)
    return tuple(
        {place: files[min(step, len(files) - 1)] for place, files in rest.items() if files} for step in range(steps)
    )


def _found_precisions(
    workflow: Workflow, item: ModelFile, asked: AskedModel, precisions: Sequence[ModelVariant], shelf: Shelf
) -> list[_Precision]:
    own_loader = _own_loader(workflow, item)
    found = []
    for variant in precisions:
        loader = (variant.loader.class_type, variant.loader.input) if variant.loader else own_loader
        files = shelf.list_files(*loader)
        if files is None and variant.loader is not None:
            files = ()  # a node pack that is not installed
        one = AskedModel(asked.place, asked.wanted, variant.file)
        choice = _choose_same(one, variant.folder or item.folder, files, variant.sha256, shelf)
        found.append(_Precision(choice, variant, base_name(variant.file) == base_name(item.file)))
    return found
