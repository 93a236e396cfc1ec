"""The routes of a ComfyUI server about its model files: folders, names, headers, where they lie on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from tower_anime_assets.clients.http import HttpService, ServiceClient


@dataclass(frozen=True)
class StoredModel:
    """A model file as a server stores it.

    Attributes:
        file: Its name, as loaders list it.
        root: The folder on the server's machine that the name is relative to; "" if the server does not say.
        modified_s: When it was written, seconds since the epoch.
    """

    file: str
    root: str
    size_bytes: int
    modified_s: float


class _StoredModelResponse(BaseModel):
    name: str
    pathIndex: int  # noqa: N815 - ComfyUI's name
    size: int
    modified: float


class _ModelFolderResponse(BaseModel):
    name: str
    folders: list[str]


class ModelRoutes(ServiceClient):
    """The routes about model files; every one of them may be missing on an older or newer server.

    Args:
        service: The server.
        caches_answers: Whether each answer is requested only once: for inspecting a server, not for long runs.
    """

    def __init__(self, service: HttpService, *, caches_answers: bool = False) -> None:
        super().__init__(service)
        self._model_answers: dict[str, Any] | None = {} if caches_answers else None

    def model_folders(self) -> tuple[str, ...]:
        """Return the names of the folders of models, such as `checkpoints`; () from a server without the route."""
        body = self._get_json_or_none("/models")
        return tuple(map(str, body)) if isinstance(body, list) else ()

    def model_files(self, folder: str) -> tuple[str, ...]:
        """Return the files in a folder of models and below it; () if there is no such folder."""
        body = self._get_json_or_none(f"/models/{quote(folder, safe='')}")
        return tuple(map(str, body)) if isinstance(body, list) else ()

    def model_metadata(self, folder: str, file: str) -> Mapping[str, str]:
        """Return the `__metadata__` of a safetensors file's header; {} if it has none, or the server does not say."""
        path = f"/view_metadata/{quote(folder, safe='')}?{urlencode({'filename': file})}"
        body = self._get_json_or_none(path)
        return {str(key): str(value) for key, value in body.items()} if isinstance(body, dict) else {}

    def stored_models(self, folder: str) -> tuple[StoredModel, ...]:
        """Return where the files of a folder lie on the server's machine; () from a server that does not say.

        Source:
            ComfyUI app/model_manager.py: `GET /experiment/models` lists each folder's places on disk, and
            `GET /experiment/models/{folder}` its files with size and time. An experiment of theirs: it may go.
        """
        files = self._get_json_or_none(f"/experiment/models/{quote(folder, safe='')}")
        roots = self.model_roots().get(folder, ())
        if not isinstance(files, list) or not roots:
            return ()
        try:
            stored = [_StoredModelResponse.model_validate(item) for item in files]
            return tuple(StoredModel(item.name, roots[item.pathIndex], item.size, item.modified) for item in stored)
        except (ValidationError, IndexError):
            return ()

    def model_roots(self) -> Mapping[str, tuple[str, ...]]:
        """Return the places on the server's machine of each folder of models; {} from a server that does not say."""
        folders = self._get_json_or_none("/experiment/models")
        if not isinstance(folders, list):
            return {}
        try:
            return {item.name: tuple(item.folders) for item in map(_ModelFolderResponse.model_validate, folders)}
        except ValidationError:
            return {}

    def _get_json_or_none(self, path: str) -> Any:
        """Return the JSON that a GET answers; None where the server does not have that."""
        if self._model_answers is None:
            return self._request_json_or_none(path)
        if path not in self._model_answers:
            self._model_answers[path] = self._request_json_or_none(path)
        return self._model_answers[path]

    def _request_json_or_none(self, path: str) -> Any:
        with self._service.stream("GET", path, accepted_statuses=(200, 404)) as response:
            return self._service.read_json(response) if response.status_code == 200 else None
