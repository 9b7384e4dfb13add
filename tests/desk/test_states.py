"""How far a message has come: only what its recipient's side has reached, never more."""

from datetime import datetime

import pytest

from supportapp.config import Settings
from supportapp.desk import reading
from supportapp.desk.claims import Claim, write_claims
from supportapp.desk.desk import Desk
from supportapp.desk.states import Marks
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import Window
from supportapp.store.marks import Reached
from supportapp.store.messages import Message

ANA, LUIS = Viewer("ana", "Ana", "user"), Viewer("luis", "Luis", "user")
MARTA, ELENA = Viewer("marta", "Marta", "admin"), Viewer("elena", "Elena", "admin")


def message(number: int, de: str = "ana", para: str = "admin", *, para_admin: bool = True) -> Message:
    moment = datetime(2026, 1, 1)
    return Message(
        number, de, para, "hola", moment, not para_admin, number, "c" * 16, de, para, para_admin=para_admin
    )


@pytest.mark.parametrize(
    ("number", "state"), [(3, "leido"), (4, "entregado"), (5, "entregado"), (6, "guardado")]
)
def test_the_mark_decides(number: int, state: str) -> None:
    reached = Reached(entregado_hasta=5, leido_hasta=3)
    assert Marks({"ana": reached}, {}).state(message(number)) == state
    assert Marks({}, {"luis": reached}).state(message(number, para="luis", para_admin=False)) == state


def test_the_marks_of_others_say_nothing() -> None:
    far = Reached(99, 99)
    assert Marks({"luis": far}, {"ana": far, "admin": far}).state(message(1)) == "guardado"
    marks = Marks({"ana": far, "luis": far}, {"ana": far})
    assert marks.state(message(1, para="luis", para_admin=False)) == "guardado"


@pytest.fixture
async def desk(settings: Settings, people: object):  # type: ignore[no-untyped-def]
    desk = Desk(settings)
    await desk.start()
    yield desk
    await desk.stop()


async def states(desk: Desk, viewer: Viewer, con: str | None = None) -> dict[str, str]:
    """The states of the viewer's own messages, by their texts."""
    history = await reading.history(desk.database, viewer, con, Window())
    own = [message for message in history.messages if message.de_usuario == viewer.usuario]
    return {message.mensaje: history.state(message) for message in own}


async def claim(desk: Desk, lector: Viewer, con: str, *, entregado: int = 0, leido: int = 0) -> None:
    await write_claims(desk.database, {(lector.usuario, con): Claim(entregado, leido)})


async def test_a_message_to_the_desk_has_come_as_far_as_with_the_furthest_admin(desk: Desk) -> None:
    for text in ("uno", "dos", "tres"):
        await desk.send(ANA, {"para": "marta", "mensaje": text})
    assert await states(desk, ANA) == {"uno": "guardado", "dos": "guardado", "tres": "guardado"}
    await claim(desk, ANA, "ana", leido=3)  # the sender's own screen proves nothing
    assert (await states(desk, ANA))["uno"] == "guardado"
    await claim(desk, MARTA, "ana", entregado=2)
    await claim(desk, ELENA, "ana", leido=1)
    assert await states(desk, ANA) == {"uno": "leido", "dos": "entregado", "tres": "guardado"}


async def test_an_answer_has_come_as_far_as_with_its_user_and_colleagues_do_not_count(desk: Desk) -> None:
    await desk.send(MARTA, {"para": "ana", "mensaje": "uno"})
    await desk.send(MARTA, {"para": "ana", "mensaje": "dos"})
    await claim(desk, ELENA, "ana", leido=2)
    await claim(desk, ELENA, "marta", leido=2)
    assert await states(desk, MARTA, "ana") == {"uno": "guardado", "dos": "guardado"}
    await claim(desk, ANA, "ana", entregado=2, leido=1)
    assert await states(desk, MARTA, "ana") == {"uno": "leido", "dos": "entregado"}
    assert await states(desk, MARTA) == {"uno": "leido", "dos": "entregado"}


async def test_between_users_the_recipients_own_mark_counts_and_no_admins(desk: Desk) -> None:
    await desk.send(ANA, {"para": "luis", "mensaje": "a Luis"})
    await desk.send(ANA, {"para": "admin", "mensaje": "a la mesa"})
    await claim(desk, MARTA, "ana", leido=2)
    await claim(desk, MARTA, "luis", leido=2)
    assert await states(desk, ANA) == {"a Luis": "guardado", "a la mesa": "leido"}
    await claim(desk, LUIS, "luis", leido=2)
    assert await states(desk, ANA) == {"a Luis": "leido", "a la mesa": "leido"}


async def test_between_admins_the_senders_own_reading_does_not_count(desk: Desk) -> None:
    await desk.send(ANA, {"para": "marta", "mensaje": "para que Marta lea algo"})
    await desk.send(MARTA, {"para": "elena", "mensaje": "oye"})
    await desk.send(ELENA, {"para": "marta", "mensaje": "dime"})
    await claim(desk, MARTA, "marta", leido=3)
    assert await states(desk, MARTA) == {"oye": "guardado"}
    await claim(desk, ELENA, "marta", leido=3)
    assert await states(desk, MARTA) == {"oye": "leido"}
