"""Requests that change something, by the key that their sender chose, and how they were answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.store.database import Database, Transaction, jsonb

KEPT_HOURS: Final = 48
"""How long a request is remembered; nobody sends one again after that."""


@dataclass(frozen=True)
class StoredAnswer:
    """An answer as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class KnownRequest:
    """A request on record.

    Attributes:
        request_sha256: Digest of all that it asks for.
        server_id: The web process that carries it out, or did.
        answer: How it was answered; None while it is being carried out, or if its process ended meanwhile.
    """

    request_sha256: str
    server_id: str
    answer: StoredAnswer | None


def begin_request(
    database: Database, caller: str, key: str, request_sha256: str, server_id: str
) -> KnownRequest | None:
    """Record a request that is about to be carried out; return the one with its key if there is one already."""
    parameters = {"caller": caller, "key": key, "request_sha256": request_sha256, "server_id": server_id}

    def work(transaction: Transaction) -> KnownRequest | None:
        transaction.execute("idempotent_requests.forget_old_requests", {"hours": KEPT_HOURS})
        if transaction.fetch_one("idempotent_requests.begin_request", parameters) is not None:
            return None
        row = transaction.fetch_one("idempotent_requests.find_request", parameters)
        if row is None:  # its sender's other request has just been forgotten, since it changed nothing
            return KnownRequest(request_sha256, server_id, None)
        answer = None if row["status"] is None else StoredAnswer(row["status"], row["headers"], bytes(row["body"]))
        return KnownRequest(row["request_sha256"], row["server_id"], answer)

    return database.run_in_transaction(work)


def finish_request(database: Database, caller: str, key: str, answer: StoredAnswer) -> None:
    """Record how a request was answered."""
    parameters = {"caller": caller, "key": key, "status": answer.status, "body": answer.body}
    database.run_in_transaction(
        lambda transaction: transaction.execute(
            "idempotent_requests.finish_request", {**parameters, "headers": jsonb(dict(answer.headers))}
        )
    )


def forget_request(database: Database, caller: str, key: str) -> None:
    """Free the key of a request that changed nothing."""
    database.run_in_transaction(
        lambda transaction: transaction.execute("idempotent_requests.forget_request", {"caller": caller, "key": key})
    )
