"""Facts offered to a configured Echo Brain, each once; a server that is away is offered them the next time."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from tower_anime_assets.clients.echo_brain_facts import EchoBrainFactsClient, FactRefusedError, FactsNotSupportedError
from tower_anime_assets.errors import ServiceError
from tower_anime_assets.production.memory.facts import Fact
from tower_anime_assets.stages.events import Waiting
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import fact_offers

OFFER_BUDGET_S = 20.0
"""How long a run offers facts at most; the others are offered in the next."""

REFUSED, WITHHELD = "refused", "withheld: it contains TOWER_AUTH_TOKEN"
"""Answers on record for facts that Echo Brain did not take, or was not offered."""

_BATCH = 25


@dataclass(frozen=True)
class FactOffers:
    """What became of the facts that Echo Brain was not offered yet.

    Attributes:
        offered: Facts that it took.
        refused: Facts that it refused; they are not offered again.
        problem: Why not all were offered, for a person; "" if they were, or no Echo Brain is configured.
        is_expected: Whether that is how this Echo Brain is, and no reason for a warning in every run.
    """

    offered: int = 0
    refused: int = 0
    problem: str = ""
    is_expected: bool = False


def offer_facts(studio: Studio, project_id: str, budget_s: float = OFFER_BUDGET_S) -> FactOffers:
    """Offer a project's facts to the configured Echo Brain, as far as it was not offered them yet.

    It never stops a run: what Echo Brain remembers is a copy, and facts on record are offered the next time. Whoever
    follows the studio is told of it.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    offers = _offer_facts(studio, project_id, budget_s)
    if offers.problem and not offers.is_expected:
        studio.emit(Waiting("", f"warning: {offers.problem}"))
    return offers


def _offer_facts(studio: Studio, project_id: str, budget_s: float) -> FactOffers:
    server = studio.settings.services.get("echo_brain", "")
    list_unoffered = partial(fact_offers.list_unoffered, studio.database, project_id, server, _BATCH)
    if not server or not (facts := list_unoffered()):
        return FactOffers()
    token, deadline_s = studio.settings.token_of("echo_brain"), time.monotonic() + budget_s
    offers = FactOffers()
    with closing(EchoBrainFactsClient(server, token)) as client:
        while facts and not offers.problem:
            answers: dict[str, str] = {}
            try:
                for fact in facts:
                    answers[fact.id] = _offer_fact(client, fact, token)
            except FactsNotSupportedError as error:
                offers = replace(offers, problem=str(error), is_expected=True)
            except ServiceError as error:
                offers = replace(offers, problem=f"facts are offered to Echo Brain the next time: {error}")
            finally:
                fact_offers.record_offers(studio.database, server, answers)
            refused = sum(answer.startswith(REFUSED) for answer in answers.values())
            withheld = sum(answer == WITHHELD for answer in answers.values())
            offered = len(answers) - refused - withheld
            offers = replace(offers, offered=offers.offered + offered, refused=offers.refused + refused)
            facts = list_unoffered()
            if facts and not offers.problem and time.monotonic() > deadline_s:
                problem = f"Echo Brain took {offers.offered} facts in {budget_s:.0f} s; others are offered next time"
                offers = replace(offers, problem=problem)
    return offers


def _offer_fact(client: EchoBrainFactsClient, fact: Fact, token: str) -> str:
    """Return what Echo Brain answers to a fact, or why it was not offered or taken."""
    if token and any(token in text for text in (fact.subject, fact.predicate, fact.object)):
        return WITHHELD
    try:
        return client.store_fact(fact.subject, fact.predicate, fact.object)
    except FactRefusedError as error:
        return f"{REFUSED}: {error}"
