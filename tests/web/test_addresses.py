"""Where a browser may be sent, and whose attempts are counted together."""

import pytest

from supportapp.web.addresses import client_address, path_of, same_site_path


@pytest.mark.parametrize(
    "path", ["/", "/soporte", "/soporte/c/ana?antes=5", "/soporte/c/%E2%82%AC", "/a//b", "/soporte#fin"]
)
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert same_site_path(path, "/inicio") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "soporte",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/soporte\r\nSet-Cookie: token=x",
        " //evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\x00/evil.example",
        "/\u2028",
        "/\ud800",
        "/" + "a" * 3000,
    ],
)
def test_another_site_is_not_gone_to(path: str | None) -> None:
    assert same_site_path(path, "/inicio") == "/inicio"


def test_the_path_of_an_address() -> None:
    assert path_of("https://chat.example/soporte?antes=3#x") == "/soporte?antes=3"
    assert path_of(None) is None
    assert path_of("http://[broken") is None


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ([], 0, "10.0.0.9"),
        (["1.1.1.1"], 0, "10.0.0.9"),
        (["1.1.1.1, 2.2.2.2"], 1, "2.2.2.2"),
        (["1.1.1.1", "2.2.2.2"], 2, "1.1.1.1"),
        (["2.2.2.2"], 2, "10.0.0.9"),
        (["forged"], 1, "10.0.0.9"),
        (["_hidden, unknown"], 1, "10.0.0.9"),
        (["1.1.1.1:4711"], 1, "1.1.1.1"),
        (["[2001:db8:1:2::5]:4711"], 1, "2001:db8:1:2::"),
        (["[2001:db8:1:2::6]"], 1, "2001:db8:1:2::"),
        (["2001:db8:1:2::7"], 1, "2001:db8:1:2::"),
        (["fe80::1%eth0"], 1, "fe80::"),
        (["1.1.1.1, 2.2.2.2:1, 3.3.3.3"], 2, "2.2.2.2"),
        ([",".join(["9.9.9.9"] * 2000), "2.2.2.2"], 1, "2.2.2.2"),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    forwarded: list[str], proxies: int, expected: str
) -> None:
    assert client_address({"client": ("10.0.0.9", 1234)}, forwarded, proxies) == expected


def test_a_client_of_ipv6_is_its_network() -> None:
    one = client_address({"client": ("2001:db8:1:2:3:4:5:6", 1)}, [], 0)
    two = client_address({"client": ("2001:db8:1:2:ffff::1", 1)}, [], 0)
    other = client_address({"client": ("2001:db8:1:3::1", 1)}, [], 0)
    assert one == two != other
    assert client_address({"client": ("::ffff:10.0.0.9", 1)}, [], 0) == "10.0.0.9"
    assert client_address({}, [], 0) == ""
