"""The model files of a server as this machine can read them: its own folders if it runs here, or a named folder.

A file counts only if it has the size that the server lists, so that a tunnel to another machine is not taken for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.clients.comfyui_models import StoredModel
from tower_anime_assets.media.model_files import SafetensorsHeader, read_header

_OLD_NAMES: Final = {"diffusion_models": ("unet",), "text_encoders": ("clip",), "controlnet": ("t2i_adapter",)}
"""Folders below `models/` under their older names; ComfyUI reads both."""

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class ModelDisk:
    """The model files of one server, found on this machine.

    Args:
        client: The server.
        models_folder: Its `models/` as this machine sees it; None for where the server says, if it runs here.
    """

    def __init__(self, client: ComfyUIClient, models_folder: Path | None = None) -> None:
        self._client = client
        self._models_folder = models_folder
        self._stored: dict[str, dict[str, StoredModel]] = {}
        self._headers: dict[tuple[str, str], SafetensorsHeader] = {}

    @property
    def is_reachable(self) -> bool:
        """Whether any of its folders may be on this machine."""
        return self._models_folder is not None or urlsplit(self._client.url).hostname in _LOOPBACK

    def stored(self, folder: str) -> dict[str, StoredModel]:
        """Return what the server stores in a folder below `models/`, by name."""
        if folder not in self._stored:
            self._stored[folder] = {item.file: item for item in self._client.stored_models(folder)}
        return self._stored[folder]

    def root_of(self, folder: str) -> str:
        """Return where the server's machine keeps a folder below `models/`; the usual place if it does not say."""
        roots = self._client.model_roots().get(folder, ())
        named = (root for root in roots if root.replace("\\", "/").rpartition("/")[2] == folder)
        return next(named, roots[0] if roots else f"ComfyUI/models/{folder}")

    def path_of(self, folder: str, file: str) -> Path | None:
        """Return where a file is on this machine, None if it is not here."""
        if not self.is_reachable:
            return None
        stored = self.stored(folder).get(file)
        name = file.replace("\\", "/")
        if self._models_folder is not None:
            paths = [self._models_folder / each / name for each in (folder, *_OLD_NAMES.get(folder, ()))]
        else:
            paths = [Path(stored.root) / name] if stored is not None and stored.root else []
        path: Path
        for path in paths:
            try:
                if path.is_file() and (stored is None or path.stat().st_size == stored.size_bytes):
                    return path
            except OSError:  # not readable is not here
                continue
        return None

    def header_of(self, folder: str, file: str) -> SafetensorsHeader:
        """Return what a file says of itself: its whole header if it is here, else what the server tells of it."""
        if (folder, file) not in self._headers:
            path = self.path_of(folder, file)
            self._headers[folder, file] = (
                read_header(path) if path else SafetensorsHeader(dict(self._client.model_metadata(folder, file)))
            )
        return self._headers[folder, file]
