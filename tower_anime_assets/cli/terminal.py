"""The one console of rich that commands use: what it lays out is cleaned, what rich itself sends stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from tower_anime_assets.safe_text import visible
from tower_anime_assets.settings import hide_secrets


class TerminalConsole(Console):
    """A console whose texts hold no secret and nothing that a terminal obeys."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Return text as rich lays it out, cleaned first, so that its width is that of what is shown."""
        return super().render_str(visible(hide_secrets(text)), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of a renderable; those of text that came by another way than `render_str` cleaned too."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
