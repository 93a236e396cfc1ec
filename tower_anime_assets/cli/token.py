"""`tower token`: who may use the web server, by name, each with a token and a scope."""

from __future__ import annotations

import argparse
import getpass
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, print_exactly, print_json, print_note
from tower_anime_assets.settings import Scope, Settings

if TYPE_CHECKING:
    from tower_anime_assets.store.access_tokens import AccessToken
    from tower_anime_assets.store.database import Database

HELP = "who may use the web UI from elsewhere: add, list and revoke tokens"

_SCOPES_HELP = "read: look at everything; direct: also approve, choose, reject, note; spend: also start runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `tower token` and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add_action(name: str, help_: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=help_, description=help_, epilog=parser.epilog)

    add_parser = add_action("add", "make a token for somebody, and print it this once")
    add_parser.add_argument("name", help="whose name stands on record for what is done with it")
    add_parser.add_argument("--scope", required=True, choices=[scope.value for scope in Scope], help=_SCOPES_HELP)
    add_parser.add_argument("--expires", type=int, metavar="DAYS", help="after how many days it ends; default: never")
    add_json_option(add_action("list", "list everybody's tokens, without what they are"))
    revoke_parser = add_action("revoke", "end somebody's token and whoever signed in with it, within seconds")
    revoke_parser.add_argument("name")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do the action; a new token goes to stdout, alone.

    Raises:
        PlanError: The name, the days or the state of the tokens do not allow it.
    """
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.store import access_tokens

    with open_studio(settings) as studio:
        if arguments.action == "add":
            _add(arguments, settings, studio.database)
        elif arguments.action == "revoke":
            _revoke(arguments, settings, studio.database)
        else:
            tokens = access_tokens.list_tokens(studio.database)
            if arguments.json:
                print_json({"tokens": [_as_json(token) for token in tokens]})
            else:
                _print_tokens(tokens)
    return 0


def _add(arguments: argparse.Namespace, settings: Settings, database: Database) -> None:
    from tower_anime_assets.store import access_tokens

    scope = Scope(arguments.scope)
    token = access_tokens.add_token(database, arguments.name, scope, arguments.expires, getpass.getuser())
    until = f"ends in {arguments.expires} days" if arguments.expires else "does not expire"
    print_exactly(token)
    print_note(
        f"The token of {arguments.name.strip()} ({scope}, {until}). It is not shown again: keep it where passwords are "
        f"kept.\nSign in with it at {settings.web_url}/sign-in; programs send it in a header (docs/access.md)."
    )
    if not settings.is_exposed and len(_unrevoked(access_tokens.list_tokens(database))) == 1:
        print_note("From now on everybody needs one, also on this machine. To undo that, revoke it.")


def _revoke(arguments: argparse.Namespace, settings: Settings, database: Database) -> None:
    from tower_anime_assets.store import access_tokens

    token = access_tokens.revoke_token(database, arguments.name, getpass.getuser())
    print_note(f"The token of {token.name} ({token.scope}) is revoked; a running server refuses it within seconds.")
    if not _unrevoked(access_tokens.list_tokens(database)) and not settings.proxy_header:
        print_note(
            "It was the last one: nobody can use the web server now."
            if settings.is_exposed
            else "It was the last one: everybody on this machine can use the web server again."
        )


def _unrevoked(tokens: tuple[AccessToken, ...]) -> list[AccessToken]:
    return [token for token in tokens if token.revoked_at is None]


def _print_tokens(tokens: tuple[AccessToken, ...]) -> None:
    if not tokens:
        print_note("there are no tokens; `tower token add NAME --scope SCOPE` makes one")
        return
    width = max(len(token.name) for token in tokens)
    for token in tokens:
        end = f"until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "does not expire"
        if token.revoked_at:
            end = f"on {token.revoked_at:%Y-%m-%d %H:%M} UTC by {token.revoked_by}"
        added = f"added {token.created_at:%Y-%m-%d} by {token.created_by}"
        print(f"{token.name:<{width}}  {token.scope.value:<6}  {token.state:<7}  {end}, {added}")


def _as_json(token: AccessToken) -> dict[str, Any]:
    return {
        "name": token.name,
        "scope": token.scope.value,
        "state": token.state,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "revoked_by": token.revoked_by,
    }
