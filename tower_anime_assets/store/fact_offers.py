"""Which facts were offered to which Echo Brain; nothing is offered to one twice."""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.production.memory.facts import CLIENT_SOURCE_PREFIX, Fact
from tower_anime_assets.store.database import Database, jsonb
from tower_anime_assets.store.facts import fact_from_row


def list_unoffered(database: Database, project_id: str, server: str, limit: int) -> tuple[Fact, ...]:
    """Return the current facts of a project that a server was not offered yet, oldest first, each triple once.

    Facts that programs stored over the Model Context Protocol are left out.
    """
    parameters = {"project_id": project_id, "server": server, "limit": limit, "except_prefix": CLIENT_SOURCE_PREFIX}
    return tuple(map(fact_from_row, database.fetch_all("fact_offers.list_unoffered", parameters)))


def record_offers(database: Database, server: str, answers: Mapping[str, str]) -> None:
    """Note what a server answered to the offer of facts, by fact id."""
    offers = [{"fact_id": fact_id, "answer": answer} for fact_id, answer in answers.items()]
    database.run_in_transaction(
        lambda transaction: transaction.execute(
            "fact_offers.record_offers", {"server": server, "offers": jsonb(offers)}
        )
    )
