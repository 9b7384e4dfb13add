"""The web addresses in people's texts."""

import re
import time
from html import unescape

import pytest

from supportapp.web.filters import enlaces
from supportapp.web.links import MAX_LINKS

E = "https://example.org"
CASES: list[tuple[str, str | list[str]]] = [
    (f"{E}/wiki/Devil's_advocate", f"{E}/wiki/Devil's_advocate"),
    (f"vea '{E}/a'", f"{E}/a"),
    (f"'mire esto: {E}/a'", f"{E}/a"),
    (f"'{E}/Devil's_advocate'", f"{E}/Devil's_advocate"),
    (f"['{E}/a','{E}/b']", [f"{E}/a", f"{E}/b"]),
    (f"{E}/?list[]", f"{E}/?list[]"),
    (f"{E}/?list[]=1&list[]=2", f"{E}/?list[]=1&list[]=2"),
    (f"{E}/{{id}}", f"{E}/{{id}}"),
    (f"{{{E}/a}}", f"{E}/a"),
    (f"{E}/name_", f"{E}/name_"),
    (f"_{E}/name_", f"{E}/name"),
    (f"_{E}/a_b_c_", f"{E}/a_b_c"),
    (f"*{E}/a*", f"{E}/a"),
    (f"**{E}/a**.", f"{E}/a"),
    (f"**vea {E}/a**", f"{E}/a"),
    (f"~~{E}/a~~", f"{E}/a"),
    (f"{E}/*", f"{E}/*"),
    (f"mi_nombre {E}/name_", f"{E}/name_"),
    (f"|{E}/a|{E}/b|", [f"{E}/a", f"{E}/b"]),
    (f"{E}/a…", f"{E}/a"),
    (f"{E}/a...", f"{E}/a"),
    (f"{E}/a。", f"{E}/a"),
    (f"{E}/a。谢谢", f"{E}/a"),
    (f"{E}/a，{E}/b", [f"{E}/a", f"{E}/b"]),
    (f"`{E}/a`", f"{E}/a"),
    (f"{E}/a\u200b", f"{E}/a"),
    (f"{E}/a\u200bb", f"{E}/a"),
    (f"\u202b{E}/a\u202c", f"{E}/a"),
    (f"\ufeff{E}/a\ufeff", f"{E}/a"),
    (f"{E}/a\u2060.", f"{E}/a"),
    ("http://[::1]:8000/x", "http://[::1]:8000/x"),
    ("[http://[::1]:8000/x]", "http://[::1]:8000/x"),
    ("http://[2001:db8::1]", "http://[2001:db8::1]"),
    ("http://127.0.0.1:8000.", "http://127.0.0.1:8000"),
    ("http://localhost:", "http://localhost"),
    (f"(vea {E}/a)", f"{E}/a"),
    (f"({E}/a_(b))", f"{E}/a_(b)"),
    (f"({E}/a).", f"{E}/a"),
    (f"{E}/a_(b)_(c)", f"{E}/a_(b)_(c)"),
    (f"{E}/a(", f"{E}/a"),
    (f"[texto]({E}/a)", f"{E}/a"),
    (f"[texto]({E}/a_(b)), y más", f"{E}/a_(b)"),
    (f"[{E}/a]({E}/b)", [f"{E}/a", f"{E}/b"]),
    (f"<{E}/a>", f"{E}/a"),
    (f'"{E}/a"', f"{E}/a"),
    (f'{{"url":"{E}/a","b":"{E}/b"}}', [f"{E}/a", f"{E}/b"]),
    (f"«{E}/a»", f"{E}/a"),
    (f"“{E}/a”", f"{E}/a"),
    (f"‘{E}/a’", f"{E}/a"),
    (f"„{E}/a“", f"{E}/a"),
    (f"‹{E}/a›", f"{E}/a"),
    (f"「{E}/a」", f"{E}/a"),
    (f"（{E}/a）", f"{E}/a"),
    (f"【{E}/a】", f"{E}/a"),
    (f"{E}/a！", f"{E}/a"),
    (f"{E}/a？", f"{E}/a"),
    (f"¿{E}/a?", f"{E}/a"),
    (f"¡{E}/a!", f"{E}/a"),
    (f"{E}/a؟", f"{E}/a"),
    (f"{E}/a،", f"{E}/a"),
    (f"{E}/a।", f"{E}/a"),
    (f"—{E}/a—", f"{E}/a"),
    (f"{E}/a-", f"{E}/a-"),
    (f"{E}/a&gt;", f"{E}/a"),
    (f"{E}/?a=1&amp;b=2", f"{E}/?a=1&amp;b=2"),
    (f"{E}/?a=1&b=2;", f"{E}/?a=1&b=2"),
    (f"{E}/#a:~:text=b,c", f"{E}/#a:~:text=b,c"),
    (f"{E}/@a/b;c=1,2", f"{E}/@a/b;c=1,2"),
    ("https://ana:clave@example.org/a", "https://ana:clave@example.org/a"),
    ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ("https://bücher.example/ä", "https://bücher.example/ä"),
    ("https://例え.テスト/道", "https://例え.テスト/道"),
    ("https://💩.example/", "https://💩.example/"),
    (f"{E}/👩‍👩‍👧", f"{E}/👩‍👩‍👧"),
    (f"{E}/❤\ufe0f.", f"{E}/❤\ufe0f"),
    (f"{E}/cafe\u0301", f"{E}/cafe\u0301"),
    (f"请看{E}/a", f"{E}/a"),
    (f"انظر {E}/a الآن", f"{E}/a"),
    (f"{E},{E}/b", [E, f"{E}/b"]),
    (f"{E}\n{E}/b", [E, f"{E}/b"]),
    (f"{E}/a\u3000b", f"{E}/a"),
    (f"https://web.example/2020/{E}/a", f"https://web.example/2020/{E}/a"),
    (f"{E}/%20%C3%B1+$=!x", f"{E}/%20%C3%B1+$=!x"),
    ("HTTPS://Example.ORG/A", "HTTPS://Example.ORG/A"),
    ("http://…", []),
    ("http://", []),
    ("https://...", []),
    ("http:///a", []),
    ("ftp://example.org javascript:alert(1)", []),
]


@pytest.mark.parametrize(("text", "right"), CASES, ids=lambda value: ascii(value)[:40])
def test_an_address_ends_where_the_reader_sees_it_end(text: str, right: str | list[str]) -> None:
    drawn = str(enlaces(text))
    addresses = [unescape(found) for found in re.findall(r'href="([^"]*)"', drawn)]
    assert addresses == ([right] if isinstance(right, str) else right)
    assert unescape(re.sub(r"<[^>]*>", "", drawn)) == text


def test_the_first_twenty_addresses_of_a_message_are_links() -> None:
    assert str(enlaces("http://a.example " * 360)).count("<a ") == MAX_LINKS == 20


HOSTILE = [
    "https://a" + ")" * 3980, "https://a" + "(" * 3980, "https://a" + "()" * 1990, "https://a.b)" * 330,
    "https://a" + "." * 3980, "https://a" + "'" * 3980, "https://a" + "*" * 3980, "https://a" + "&gt;" * 990,
    "http://" * 570, "http://a,http://" * 250, "http://a.b " * 360, "*http://a*" * 400, "'http://a " * 400,
    "_" * 3900 + "http://a_", "* " * 1900 + "http://a*" * 20, "http://[" * 500, "(http://a" * 440,
    "<&>\"'" * 790, "palabra " * 490, "\u0301" * 2000, "http://a~" * 440, "http://a;" * 440, "https://a|" * 400,
    ("https://a/" + "()" * 90 + " ") * 20,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:16]))
def test_no_text_is_slow_to_draw(text: str) -> None:
    """280 of them take a tenth of a second, twice that where the machine is busy."""
    taken = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(20):
            enlaces(text[:4000])
        taken.append((time.process_time() - begun) / 20)
    assert min(taken) * 280 < 0.2, f"{min(taken) * 280 * 1000:.0f} ms"


def test_addresses_become_links() -> None:
    drawn = enlaces("Mire https://a.example/b?c=1&d=2.")
    assert drawn == (
        'Mire <a href="https://a.example/b?c=1&amp;d=2" rel="noopener nofollow ugc" target="_blank">'
        "https://a.example/b?c=1&amp;d=2</a>."
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(vea http://a.example)", "http://a.example"),
        ("http://a.example/x_(y)", "http://a.example/x_(y)"),
        ("¿http://a.example/?", "http://a.example/"),
        ("HTTPS://A.example!", "HTTPS://A.example"),
        ("«https://a.example»", "https://a.example"),
    ],
)
def test_the_punctuation_around_an_address_is_not_part_of_it(text: str, address: str) -> None:
    assert f'href="{address}"' in enlaces(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        'http://a.example/"onmouseover="alert(1)',
        "javascript:alert(1)",
        "<img src=x onerror=alert(1)>",
        "http://a.example/<b>",
        "http://",
        "https://...",
    ],
)
def test_what_a_person_typed_stays_text(text: str) -> None:
    drawn = str(enlaces(text))
    without_links = drawn.replace("<a href=", "").replace("</a>", "")
    assert "<" not in without_links
    assert 'onmouseover="' not in drawn
    assert 'href="javascript' not in drawn
