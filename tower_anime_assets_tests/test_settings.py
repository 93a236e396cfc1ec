"""What the environment may say."""

from __future__ import annotations

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import from_environment


def test_links_lead_to_the_public_url_or_to_this_machine() -> None:
    assert from_environment({"TOWER_WEB_PORT": "4000"}).web_url == "http://127.0.0.1:4000"
    assert from_environment({"TOWER_PUBLIC_URL": " https://tower.example:8443/ "}).web_url == (
        "https://tower.example:8443"
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


def test_a_public_url_below_a_path_is_refused_since_pages_and_web_ui_link_from_the_root() -> None:
    with pytest.raises(PlanError, match=r"TOWER_PUBLIC_URL has a path.*https://tower\.example"):
        from_environment({"TOWER_PUBLIC_URL": "https://tower.example/media"})


@pytest.mark.parametrize(
    ("text", "bind", "is_exposed", "url"),
    [
        ("", "127.0.0.1", False, "http://127.0.0.1:3000"),
        ("localhost", "127.0.0.1", False, "http://127.0.0.1:3000"),
        ("127.0.0.2", "127.0.0.2", False, "http://127.0.0.2:3000"),
        (" ::1 ", "::1", False, "http://[::1]:3000"),
        ("[::1]", "::1", False, "http://[::1]:3000"),
        ("::ffff:127.0.0.1", "127.0.0.1", False, "http://127.0.0.1:3000"),
        ("0.0.0.0", "0.0.0.0", True, "http://127.0.0.1:3000"),  # noqa: S104 - read, not bound
        ("::", "::", True, "http://[::1]:3000"),
        ("192.168.1.20", "192.168.1.20", True, "http://192.168.1.20:3000"),
        ("fd00::20", "fd00::20", True, "http://[fd00::20]:3000"),
    ],
)  # fmt: skip
def test_only_addresses_of_this_machine_itself_are_not_exposed(
    text: str, bind: str, is_exposed: bool, url: str
) -> None:
    settings = from_environment({"TOWER_BIND": text})
    assert (settings.bind, settings.is_exposed, settings.web_url) == (bind, is_exposed, url)


@pytest.mark.parametrize(
    ("url", "is_exposed"),
    [("http://localhost:8080", False), ("http://127.0.0.1:8080", False), ("https://tower.example", True)],
)
def test_a_public_url_is_exposure_unless_it_is_loopback(url: str, is_exposed: bool) -> None:
    assert from_environment({"TOWER_PUBLIC_URL": url}).is_exposed is is_exposed


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TOWER_BIND", "tower.example", "expected an address of this machine without a port"),
        ("TOWER_BIND", "127.0.0.1:3000", "expected an address of this machine without a port"),
        ("TOWER_BIND", "0", "expected an address of this machine without a port"),
        ("TOWER_TRUSTED_PROXY_HEADER", "Remote User", "expected the name of the header"),
        ("TOWER_TRUSTED_PROXY_HEADER", "Remote_User", "expected the name of the header"),
        ("TOWER_TRUSTED_PROXY_HEADER", "Cookie", "expected the name of the header"),
        ("TOWER_TRUSTED_PROXIES", "proxy.example", "expected addresses or networks such as"),
        ("TOWER_TRUSTED_PROXIES", "10.0.0.1/8", "expected addresses or networks such as"),
        ("TOWER_TRUSTED_PROXY_SCOPE", "root", "expected one of read, direct, spend"),
    ],
)
def test_settings_of_access_that_cannot_be_used_are_refused_by_name(name: str, value: str, told: str) -> None:
    with pytest.raises(PlanError, match=told) as refused:
        from_environment({name: value})
    assert str(refused.value).startswith(name)


def test_a_proxy_is_believed_from_loopback_and_for_reading_unless_said_otherwise() -> None:
    default = from_environment({"TOWER_TRUSTED_PROXY_HEADER": "Remote-User"})
    assert (list(map(str, default.trusted_proxies)), default.proxy_scope) == (["127.0.0.0/8", "::1/128"], "read")
    set_ = from_environment({"TOWER_TRUSTED_PROXIES": "10.0.0.5, fd00::/64", "TOWER_TRUSTED_PROXY_SCOPE": "spend"})
    assert (list(map(str, set_.trusted_proxies)), set_.proxy_scope) == (["10.0.0.5/32", "fd00::/64"], "spend")
