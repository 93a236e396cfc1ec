"""The texts that a film or sound file carries beside its streams."""

from __future__ import annotations

from pathlib import Path

import av

from tower_anime_assets.errors import MediaError

_READ_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,matroska,webm,flac,ogg,mp3"}
"""Plain containers, read from the file itself: nothing that refers to other files or servers."""


def read_tags(file: Path) -> dict[str, str]:
    """Return the tags of a container by lower-case name, and those of its streams that the container does not have.

    Files that other people made are read by `external.read_container_tags`.

    Raises:
        MediaError: It cannot be opened, or is not a film or sound file.
    """
    try:
        with av.open(str(file), options=_READ_OPTIONS, metadata_errors="replace") as container:
            tags = {name.lower(): text for name, text in container.metadata.items()}
            for stream in container.streams:
                for name, text in stream.metadata.items():
                    tags.setdefault(name.lower(), text)
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{file.name} cannot be read as a film or sound file: {error}") from error
    return tags
