"""Digests of model files on a server's own machine, compared with the published ones; each file is read only once.

What was measured is kept in `TOWER_HOME/model_hashes.json`, so that a file of another name but with the published
content is taken from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.model_disk import ModelDisk
from tower_anime_assets.engines.remote.comfyui.preflight import resolve_models
from tower_anime_assets.engines.remote.comfyui.server_models import ModelRequest, choose_models
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import sha256_of, write_atomically
from tower_anime_assets.production.story.model_map import base_name
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.model_choice import ModelChoice, precisions_of
from tower_anime_assets.workflows.model_hashes import HASHES_FILE, FileHash, hashes_as_json, read_hashes
from tower_anime_assets.workflows.workflow import ModelFile, ModelVariant, Workflow

MATCHES = "matches"
DIFFERS = "differs"
UNPUBLISHED = "no published digest"
NOT_HERE = "not on this machine"
MISSING = "missing"
SAME_CONTENT = "same content"

_SIZE_TOLERANCE = 0.05
"""Sizes in workflow.yaml are rounded: a file of the same content differs from them by less than this share."""


@dataclass(frozen=True)
class DigestCheck:
    """How one model file of a workflow compares with what was published.

    Attributes:
        status: One of the constants of this module.
        file: The server's file, "" if it has none.
        sha256: Its digest, "" if it was not measured.
        published: The published digest, "" if there is none.
    """

    workflow: str
    place: str
    wanted: str
    status: str
    file: str = ""
    sha256: str = ""
    published: str = ""


def check_digests(
    settings: Settings,
    server: str,
    workflows: Sequence[Workflow],
    models_folder: Path | None = None,
    on_reading: Callable[[Path, int], None] = lambda _path, _size_bytes: None,
) -> tuple[DigestCheck, ...]:
    """Compare the model files that workflows take at a server with their published digests.

    Args:
        settings: Where digests are kept.
        server: The server.
        workflows: The workflows.
        models_folder: The server's `models/` as this machine sees it; None where the server runs here.
        on_reading: Called with each file that is read, and its size.

    Raises:
        PlanError: The server's files are not on this machine, and no folder was named; or the folder does not exist.
        MediaError: A file cannot be read.
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: The server does not answer like ComfyUI.
    """
    if models_folder is not None and not models_folder.is_dir():
        raise PlanError(f"there is no folder {models_folder}; name the server's ComfyUI/models as this machine sees it")
    client = ComfyUIClient(server, settings.token_of("comfyui"), caches_node_info=True)
    try:
        measured = _Measured(settings, client.url, ModelDisk(client, models_folder), on_reading)
        if not measured.disk.is_reachable:
            raise PlanError(
                f"the model files of {server} are on another machine: run this there, or name its ComfyUI/models as "
                "this machine sees it with --models-folder"
            )
        stats = client.system_stats()
        checks = []
        for workflow in workflows:
            choices = choose_models(client, ModelRequest(workflow, resolve_models(workflow)), stats)
            for item, choice in zip(workflow.models, choices, strict=False):
                listed = client.input_options(*_loader_of(workflow, item)) or ()
                checks.append(_check(workflow, item, choice, listed, measured))
    finally:
        client.close()
    return tuple(checks)


def _loader_of(workflow: Workflow, item: ModelFile) -> tuple[str, str]:
    node, _inputs, name = item.place.split(".", 2)
    return str(workflow.graph[node]["class_type"]), name


class _Measured:
    """The digests of one server's files: those that are known, and those that are measured now."""

    def __init__(self, settings: Settings, url: str, disk: ModelDisk, on_reading: Callable[[Path, int], None]) -> None:
        self.disk = disk
        self._home = settings.home
        self._hashes = read_hashes(settings.home)
        self._files = self._hashes.setdefault(url, {})
        self._on_reading = on_reading

    def digest_of(self, folder: str, file: str) -> str:
        """Return the digest of a file, "" if it is not on this machine; it is read if it has changed since."""
        path = self.disk.path_of(folder, file)
        if path is None:
            return ""
        stored = self.disk.stored(folder).get(file)
        status = path.stat()
        size_bytes = stored.size_bytes if stored is not None else status.st_size
        modified_s = stored.modified_s if stored is not None else status.st_mtime
        known = self._files.get(folder, {}).get(file)
        if known is None or not known.is_of(size_bytes, modified_s):
            self._on_reading(path, size_bytes)
            known = FileHash(size_bytes, modified_s, sha256_of(path))
            self._files.setdefault(folder, {})[file] = known
            self._home.mkdir(parents=True, exist_ok=True)
            write_atomically(self._home / HASHES_FILE, hashes_as_json(self._hashes).encode())
        return known.sha256

    def sizes(self, folder: str) -> Mapping[str, int]:
        """Return the size of each file of a folder, bytes."""
        return {file: stored.size_bytes for file, stored in self.disk.stored(folder).items()}


def _check(
    workflow: Workflow, item: ModelFile, choice: ModelChoice, listed: Sequence[str], measured: _Measured
) -> DigestCheck:
    def result(status: str, file: str = "", sha256: str = "", published: str = "") -> DigestCheck:
        return DigestCheck(workflow.name, item.place, choice.wanted, status, file, sha256, published)

    if choice.is_missing:
        for file in _files_of_size(item, listed, measured) if item.sha256 else ():
            if measured.digest_of(item.folder, file) == item.sha256:
                return result(SAME_CONTENT, file, item.sha256, item.sha256)
        return result(MISSING, published=item.sha256)
    published = _published(item, choice)
    if not published:
        return result(UNPUBLISHED, choice.file)
    sha256 = measured.digest_of(choice.folder, choice.file)
    if not sha256:
        return result(NOT_HERE, choice.file, published=published)
    return result(MATCHES if sha256 == published else DIFFERS, choice.file, sha256, published)


def _published(item: ModelFile, choice: ModelChoice) -> str:
    """Return the published digest of the precision that was taken; "" for a file that a map chose."""
    if item.mapped is not None:
        return ""
    offers: tuple[ModelVariant, ...] = precisions_of(item)
    of_file = next((offer.sha256 for offer in offers if base_name(offer.file) == base_name(choice.file)), "")
    return of_file or (item.sha256 if choice.asked == item.file and choice.loader is None else "")


def _files_of_size(item: ModelFile, listed: Sequence[str], measured: _Measured) -> Iterator[str]:
    """Yield the files that a missing one's loader lists and that may be it by their size."""
    sizes = measured.sizes(item.folder)
    for file in listed:
        size_bytes = sizes.get(file)
        if (
            size_bytes is None
            or not item.size_bytes
            or abs(size_bytes - item.size_bytes) <= _SIZE_TOLERANCE * item.size_bytes
        ):
            yield file
