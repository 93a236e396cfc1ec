"""The panel offers the reasons that stages take."""

from __future__ import annotations

from tower_anime_assets.production.learning.feedback import BAD, REASONS, reason_for
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets_tests.web.api.conftest import client_of


def test_every_reason_is_listed_and_those_that_reject_are_taken(studio: Studio) -> None:
    told = client_of(studio, scope=Scope.READ).get("/api/reasons").json()
    assert [item["kind"] for item in told["items"]] == list(REASONS)
    for item in told["items"]:
        assert item["text"]
        if item["may_reject"]:
            assert reason_for(BAD, item["kind"]).stage == item["stage"]
