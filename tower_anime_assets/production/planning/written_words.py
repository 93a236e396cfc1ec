"""Whether a picture's words name something that is written, so that letters belong in it."""

from __future__ import annotations

import re

_WRITTEN_THINGS = (
    "banner", "billboard", "blackboard", "book", "bookshop", "brochure", "caption",
    "card", "chalkboard", "chart", "computer", "contract", "diary", "display", "document", "envelope",
    "flyer", "graffiti", "gravestone", "handwriting", "headline", "hologram", "keyboard", "label", "laptop",
    "lettering", "letter", "license", "logo", "magazine", "manuscript", "map", "market", "menu", "message", "monitor",
    "monument", "neon", "newspaper", "note", "notebook", "page", "paper", "placard", "plaque",
    "plate", "poster", "receipt", "rune", "screen", "scroll", "shop", "sign", "signboard", "signpost", "slogan",
    "speech bubble", "spreadsheet", "station", "sticker", "storefront", "store", "street", "subtitle", "tablet",
    "tattoo", "telegram", "television", "text", "ticket", "title", "tv", "typography", "word", "writing", "written",
)  # fmt: skip
_NAMES_WRITING = re.compile(rf"\b(?:{'|'.join(_WRITTEN_THINGS)})(?:e?s)?\b|[\"“«「『]", re.IGNORECASE)


def names_writing(words: str) -> bool:
    """Return whether words quote something, or name a thing on which letters are expected, such as a sign."""
    return _NAMES_WRITING.search(words) is not None
