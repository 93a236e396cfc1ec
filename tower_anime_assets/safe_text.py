"""Text as it may leave the process: without secrets, and without what a terminal would obey."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

MASK = "***"

MIN_SECRET_CHARACTERS = 6
"""A shorter one is hidden in URLs and after its name only: it would be found in half of all words."""

_NOT_SECRET = frozenset({"postgres", "postgresql", "password", "secret", "tower_anime_assets"})
"""Passwords of test servers that are words which messages need; in URLs they are hidden nevertheless."""

_MIN_PART_CHARACTERS = 8
"""Length of a part of an address without a mark of a secret from which it may be one, with a digit in it."""

SECRET_PREFIX = "tower_"  # noqa: S105 - not a secret itself
"""How the secrets begin that we make, tokens and cookies; 43 characters of base64url follow."""

_IN_CONTEXT = re.compile(
    r"(?P<url>[a-z][a-z0-9+.-]{0,30}://[^\s/@:\"'<>]{0,200}:)(?!(?-i:PASSWORD)@)[^\s@\"'<>]{1,500}(?=@)"
    r"|(?P<name>\b(?:password|passwd|sslpassword)=)(?:'[^']{1,500}'|[^\s&\"'<>]{1,500})"
    r"|(?P<bearer>\bBearer\s{1,5})[\w.~+/=-]{1,4000}"
    # A secret of ours, also one that is cut off; of 24 characters one has a capital or a digit, unlike names in code.
    rf"|(?-i:(?P<ours>{SECRET_PREFIX})(?=[a-z_-]{{0,42}}[A-Z0-9])[\w-]{{24,}})",
    re.IGNORECASE,
)

# Controls but tab and line feed, line separators, the byte order mark, what turns text around, and lone surrogates.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Return text with every character that a terminal obeys as its escape, such as `\x1b` or `\u202e`.

    Line feeds and tabs stay; a carriage return before a line feed is dropped. Bidi overrides count, since they show a
    line in another order than it is in. JSON stays valid, and means the same.
    """
    if text.isascii() and text.isprintable():  # fifty times faster than the search
        return text
    return _OBEYED.sub(_escape, text.replace("\r\n", "\n"))


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x20 else f"\\u{number:04x}"  # JSON that is read as it is knows only \\u


def as_json(value: object, *, indent: int | None = 2) -> str:
    r"""Return JSON that a terminal may be sent: non-ASCII letters as they are, what it would obey as `\\uXXXX`.

    Values that JSON does not have, such as times, become text.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}" if found[0] != "\n" else "\n", text)


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return text with every secret as `***`, however it is written, and with what stands where secrets do.

    The latter are passwords in URLs, `password=...`, `Bearer ...` and tokens of ours, known or not.

    Args:
        text: Anything that is about to be shown or stored.
        secrets: Tokens and passwords in all their spellings; see `spellings` and `secrets_in_url`.
    """
    pattern = _pattern(frozenset(filter(None, secrets)))
    if pattern is not None:
        text = pattern.sub(MASK, text)
    return _IN_CONTEXT.sub(lambda found: f"{next(filter(None, found.groups()))}{MASK}", text)


@lru_cache(maxsize=64)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    # The longest first: what is left of a secret after a part of it was hidden must not be shown.
    longest_first = sorted(secrets, key=lambda one: (-len(one), one))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def clean_chain(error: BaseException, clean: Callable[[str], str]) -> BaseException | None:
    """Clean the texts of an error and of all that led to it, in place; None if one of them keeps its text to itself."""
    waiting: list[BaseException | None] = [error]
    cleaned: dict[int, BaseException] = {}
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in cleaned:
            continue
        cleaned[id(one)] = one
        one.args = tuple(clean(item) if isinstance(item, str) else item for item in one.args)
        if notes := getattr(one, "__notes__", None):
            one.__notes__ = [clean(str(note)) for note in notes]
        waiting += [one.__cause__, one.__context__]
    return error if all(clean(str(one)) == str(one) for one in cleaned.values()) else None


def spellings(secret: str) -> frozenset[str]:
    """Return a secret as programs write it: as it is, percent-encoded, decoded, in JSON, and as Python's `repr`."""
    forms = {secret, unquote(secret), unquote_plus(secret)}
    forms |= {encode(form, safe="") for form in tuple(forms) for encode in (quote, quote_plus)}
    forms |= {json.dumps(form, ensure_ascii=ascii_only)[1:-1] for form in tuple(forms) for ascii_only in (True, False)}
    forms |= {repr(form)[1:-1] for form in tuple(forms)}
    return frozenset(forms)


def long_enough(secrets: Iterable[str]) -> frozenset[str]:
    """Return those secrets that can be told from ordinary words, wherever they stand."""
    return frozenset(one for one in secrets if len(one) >= MIN_SECRET_CHARACTERS and one.lower() not in _NOT_SECRET)


def secrets_in_url(url: str) -> frozenset[str]:
    """Return every spelling of the passwords in a database's or service's URL, also in one that cannot be parsed."""
    return frozenset(form for secret in _url_passwords(url) for form in spellings(secret))


def _url_passwords(url: str) -> Iterator[str]:
    before, mark, after = url.partition("://")
    if mark and "@" in after:
        # Up to the last "@": marks of URLs that should have been percent-encoded are part of the password.
        password = after.rpartition("@")[0].partition(":")[2]
        yield password
        # A driver quotes what it takes for a host or a port then.
        yield from (part for part in re.split(r"[@/:?#&%=\s]", password) if len(part) >= MIN_SECRET_CHARACTERS)
    yield from re.findall(r"(?:^|[?&\s])(?:ssl)?password\s*=\s*'?([^&\s']+)", url)
    if not mark or not re.fullmatch(r"[a-z][a-z0-9+.-]*", before):
        yield url  # not a URL: it may be a password that was put into the wrong variable
        yield from (part for part in re.split(r"[@/:?#&=\s]", url) if _may_be_secret(part))


def secrets_in_address(address: str) -> frozenset[str]:
    """Return every spelling of what may be a secret in an address of a message, as apprise has them.

    Source:
        https://github.com/caronc/apprise/wiki - tokens are user, password, host, parts of the path or of the query.
    """
    after = address.partition("://")[2]
    parts = {part for part in re.split(r"[@/:?#&=,]", after) if _may_be_secret(part)}
    passwords = {part for part in _url_passwords(address) if part}
    with contextlib.suppress(ValueError):
        passwords |= {part for part in (urlsplit(address).password,) if part}
    return frozenset(form for secret in {address, *parts, *passwords} for form in spellings(secret))


def _may_be_secret(part: str) -> bool:
    has_digit = any(character.isdigit() for character in part)
    return len(part) >= _MIN_PART_CHARACTERS and "." not in part and (has_digit or len(part) >= 20)
