"""Who wrote a message, so that nobody passes for the desk."""

import re

from supportapp.store.users import insert_user
from supportapp.web.current import Web
from tests.conftest import JOINED
from tests.web.visitors import Visitor, visit, write


async def senders(reader: Visitor, path: str = "/soporte") -> list[str]:
    """What stands above each message, as a reader sees it."""
    page = (await reader.page(path)).text.partition("<main")[2].partition("<template")[0]
    lines = re.findall(r'<p class="message-from".*?</p>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


async def test_only_what_an_admin_sent_carries_the_mark(web: Web) -> None:
    await insert_user(web.desk.database, "falsa", "Marta", "user", None, JOINED)
    await write(web.desk, "ana", "admin", "hola")
    await write(web.desk, "marta", "ana", "soy Marta")
    await write(web.desk, "falsa", "ana", "soy Marta también")
    assert await senders(visit(web, "ana")) == [
        "Tú", "Marta Equipo de soporte", "Marta falsa · no es del equipo",
    ]  # fmt: skip
    assert await senders(visit(web, "elena"), "/soporte/c/ana") == [
        "Ana", "Marta Equipo de soporte", "Marta falsa → ana",
    ]  # fmt: skip
    assert await senders(visit(web, "marta"), "/soporte/c/ana") == ["Ana", "Tú", "Marta falsa → ana"]


async def test_the_mark_is_that_of_the_time_when_it_was_sent(web: Web) -> None:
    await write(web.desk, "marta", "ana", "como admin")
    await web.desk.database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'marta'")
    await write(web.desk, "marta", "ana", "ya no")
    assert await senders(visit(web, "ana")) == ["Marta Equipo de soporte", "Marta marta · no es del equipo"]
    page = (await visit(web, "ana").page("/soporte")).text.partition("<main")[2].partition("<template")[0]
    assert "message-continued" not in page  # under the name with the mark it would seem to have it


async def test_a_name_that_is_markup_or_runs_the_other_way_ends_where_it_ends(web: Web) -> None:
    await insert_user(web.desk.database, "mala", "</bdi><span class=message-team>", "user", None, JOINED)
    await write(web.desk, "mala", "ana", "hola")
    page = (await visit(web, "ana").page("/soporte")).text
    assert '<bdi class="message-name">&lt;/bdi&gt;' in page
    assert 'class="message-team"' not in page
