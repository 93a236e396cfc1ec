"""What the environment may say."""

from __future__ import annotations

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import from_environment


def test_links_lead_to_the_public_url_or_to_this_machine() -> None:
    assert from_environment({"TOWER_MEDIA_PORT": "4000"}).media_url == "http://127.0.0.1:4000"
    assert from_environment({"TOWER_PUBLIC_URL": " https://tower.example:8443/media/ "}).media_url == (
        "https://tower.example:8443/media"
    )


@pytest.mark.parametrize(
    "url",
    ["tower.example", "ftp://tower.example", "http://", "http://u:secret@tower.example", "http://tower.example?a=secret",
     "http://tower.example#x", "http://tower.example:0", "http://a, http://b", "http://tower.example/)", "http://[::1"],
)  # fmt: skip
def test_a_public_url_that_links_cannot_use_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(PlanError, match=r"TOWER_PUBLIC_URL is not a valid URL; expected .*https://HOST") as refused:
        from_environment({"TOWER_PUBLIC_URL": url})
    assert url not in str(refused.value)
