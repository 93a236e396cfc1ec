"""What `tower init --idea` and `tower adapt` print of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import print_note

if TYPE_CHECKING:
    from tower_anime_assets.stages.script_drafting import DraftedEpisode

MAX_LISTED_QUOTES = 12
"""Missing quotes that are printed one by one; `--json` has all."""


def print_drafted(drafted: DraftedEpisode) -> None:
    """Print a draft and its character files; to stderr, what is otherwise than asked."""
    for path in drafted.cast_files:
        print(path)
    scenes = f"{drafted.scenes} scene" + ("s" if drafted.scenes != 1 else "")
    print(f"{drafted.path}  {drafted.title}: {'drafted before' if drafted.is_found else scenes}")
    if drafted.is_found:  # it may have been edited since
        return
    for remark in drafted.remarks:
        print_note(f"warning: {drafted.key}: {remark}")
    if drafted.quotes:
        kept = drafted.quotes - len(drafted.missing)
        others = "; the others:" if drafted.missing else ""
        print_note(f"{drafted.key}: {kept} of {drafted.quotes} quoted lines are kept word for word{others}")
    for quote in drafted.missing[:MAX_LISTED_QUOTES]:
        print_note(f"  line {quote.line}: {quote.text}")
    if len(drafted.missing) > MAX_LISTED_QUOTES:
        print_note(f"  and {len(drafted.missing) - MAX_LISTED_QUOTES} more: `--json` lists all")


def drafted_as_json(drafted: DraftedEpisode) -> dict[str, Any]:
    """Return a draft as `--json` prints it."""
    return {
        "episode": str(drafted.key),
        "file": str(drafted.path),
        "title": drafted.title,
        "found": drafted.is_found,
        "scenes": drafted.scenes,
        "cast_files": [str(path) for path in drafted.cast_files],
        "quotes": drafted.quotes,
        "missing_quotes": [{"line": quote.line, "text": quote.text} for quote in drafted.missing],
        "remarks": list(drafted.remarks),
    }
