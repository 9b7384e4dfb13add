"""Bodies that are too large: refused before they are read to the end or taken apart."""

import asyncio
import time
from urllib.parse import urlsplit

import pytest

from supportapp.web.current import Web
from tests.web.serving import listening
from tests.web.visitors import PASSWORD, visit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=b"}
SIGN_IN = f"user=ana&pass={PASSWORD}"
SMALL = ("/auth", "/registro", "/soporte/leido")


def parts(count: int, size: int = 1) -> str:
    one = 'Content-Disposition: form-data; name="f"\r\n\r\n' + "x" * size
    return "".join(f"--b\r\n{one}\r\n" for _ in range(count)) + "--b--\r\n"


@pytest.mark.parametrize("path", SMALL)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, "user=" + "a" * 8200),
        (FORM, "a&" * 125_000),
        (FORM, "&".join("ab") + "&a" * 60),
        (FORM, "%41=%41&" * 31_000),
        (PARTS, parts(60)),
        (PARTS, parts(900)),
        (PARTS, parts(1, 9000)),
    ],
    ids=["long", "many, empty", "a few too many", "many, in code", "60 parts", "900 parts", "a long part"],
)
async def test_a_body_beyond_its_form_is_refused_with_what_to_do(
    web: Web, path: str, headers: dict[str, str], body: str
) -> None:
    answer = await visit(web, "ana").page(path, "POST", data=body, headers=headers)
    assert answer.status == 413
    assert "acorte el texto" in answer.text
    assert PASSWORD not in answer.text


async def test_fifty_fields_and_8_kb_are_a_form(web: Web) -> None:
    body = SIGN_IN + "&a=" * 48
    body += "x" * (8192 - len(body))
    assert (await visit(web).page("/auth", "POST", data=body, headers=FORM)).status == 303


async def test_a_form_in_parts_is_read(web: Web) -> None:
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("user", "ana"), ("pass", PASSWORD))
    )
    assert (await visit(web).page("/auth", "POST", data=body + "--b--\r\n", headers=PARTS)).status == 303


async def test_a_message_has_few_fields_too_and_a_long_one_comes_back(web: Web) -> None:
    ana = visit(web, "ana")
    many = await ana.page("/soporte/mensajes", "POST", data="a&" * 125_000, headers=FORM)
    assert many.status == 413
    long = await ana.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "ñ" * 40_000})
    assert long.status == 422
    assert "ñ" * 40_000 in long.text


async def test_bodies_without_a_length_end_at_the_limit_as_well(web: Web) -> None:
    """In pieces, as nobody can refuse them by a header: the connection hears 413 while it is still sending."""
    async with listening(web) as url:
        for kind in (FORM, PARTS):
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            head = f"POST /auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind['Content-Type']}\r\n"
            writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            piece = b"1000\r\n" + parts(1, 4096 - len(parts(1, 0))).encode()[:4096] + b"\r\n"
            for _ in range(6):
                writer.write(piece)
                await writer.drain()
            line = await asyncio.wait_for(reader.readline(), 5)
            assert b"413" in line
            writer.close()


async def test_refusing_costs_next_to_nothing(web: Web) -> None:
    begun = time.process_time()
    for _ in range(20):
        await visit(web).page("/auth", "POST", data="a&" * 125_000, headers=FORM)
    assert (time.process_time() - begun) / 20 < 0.02  # taken apart: 150 ms
