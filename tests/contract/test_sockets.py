"""C10-C20 of the contract (docs/protocol.md): a client of the reference system works unchanged."""

import json
import time

import pytest

from supportapp.store.database import Database
from supportapp.store.messages import select_messages_after
from tests.clients.people import silence, token
from tests.clients.running import RunningDesk
from tests.waiting import eventually


async def texts(database: Database, usuario: str) -> list[str]:
    return [message.mensaje for message in await select_messages_after(database, usuario, 0, 500)]


@pytest.mark.parametrize(
    ("cookie", "refusal"),
    [
        (None, "No autenticado"),
        ("lang=es", "Token no proporcionado"),
        ("xtoken=something", "Token no proporcionado"),
        ("token=", "Token no proporcionado"),
        ("token=forged", "Token inválido"),
    ],
)
async def test_c10_a_refusal_reaches_the_client_in_its_words(
    desk: RunningDesk, cookie: str | None, refusal: str
) -> None:
    person, result = await desk.connect("ana", cookie)
    assert result == {"ok": False, "message": refusal}
    assert person.all("connect_error") == [refusal]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 10},
        {"exp": None},
        {"user": None},
        {"name": None},
        {"rol": None},
        {"user": 7},
        {"user": "nadie"},
        {"user": "ANA"},
    ],
)
async def test_c10_a_token_that_is_not_right_is_refused(desk: RunningDesk, claims: dict[str, object]) -> None:
    _, result = await desk.connect("ana", desk.cookie("ana", **claims))
    assert result == {"ok": False, "message": "Token inválido"}


async def test_c10_a_token_of_another_key_is_refused(desk: RunningDesk) -> None:
    forged = token("another key, which is long enough to be one", "ana")
    _, result = await desk.connect("ana", f"token={forged}")
    assert result == {"ok": False, "message": "Token inválido"}


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_c10_both_transports_let_the_same_cookie_in(desk: RunningDesk, transports: list[str]) -> None:
    ana = await desk.enter("ana", transports=transports)
    assert (await ana.send("admin", "hola"))["ok"]


async def test_c11_two_tabs_are_two_sockets_and_both_hear(desk: RunningDesk) -> None:
    first, second, ana = await desk.enter("luis"), await desk.enter("luis"), await desk.enter("ana")
    await ana.send("luis", "hola")
    await silence(first, second)
    assert first.texts() == second.texts() == ["hola"]


async def test_c11_the_role_is_the_accounts_and_not_the_tokens(desk: RunningDesk) -> None:
    luis, result = await desk.connect("luis", desk.cookie("luis", rol="admin"))
    assert result["ok"]
    ana = await desk.enter("ana")
    await ana.send("admin", "secreto")
    assert await luis.heard() == []


async def test_c11_a_client_cannot_name_a_room(desk: RunningDesk) -> None:
    luis, ana = await desk.enter("luis"), await desk.enter("ana")
    for event in ("join", "enter_room", "unirse", "room"):
        await luis.emit(event, "user:admin")
        await luis.emit(event, "admins")
    await ana.send("admin", "secreto")
    assert await luis.heard() == []


async def test_c12_the_sender_is_the_tokens_whatever_the_payload_says(
    desk: RunningDesk, database: Database
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    await ana.send("marta", "soy yo", user="luis", usuario="luis", de_usuario="luis")
    heard = await marta.wait_for("mensaje_recibido")
    assert heard[0]["de"] == "ana"
    # A page says whose it is, so that what Ana typed never leaves in the session of whoever signed in after her.
    assert await ana.send("marta", "soy otro", de="luis") == {"ok": False, "error": "sesion"}
    assert (await ana.send("marta", "soy yo", de="ana"))["ok"]
    assert await marta.heard() == ["soy yo", "soy yo"]
    assert (await select_messages_after(database, "luis", 0, 10)) == []


async def test_c13_every_admin_hears_a_user_once(desk: RunningDesk) -> None:
    ana, marta, elena, admin = [await desk.enter(name) for name in ("ana", "marta", "elena", "admin")]
    await ana.send("marta", "hola")  # marta stands in both rooms
    await silence(ana, marta, elena, admin)
    assert marta.texts() == elena.texts() == admin.texts() == ["hola"]
    assert ana.texts() == []


async def test_c13_an_admins_answer_goes_to_the_user_and_not_to_the_admins(desk: RunningDesk) -> None:
    ana, marta, elena, luis = [await desk.enter(name) for name in ("ana", "marta", "elena", "luis")]
    await marta.send("ana", "dígame")
    await silence(ana, marta, elena, luis)
    assert ana.texts() == ["dígame"]
    assert marta.texts() == elena.texts() == luis.texts() == []
    for admin in (elena, marta):
        assert admin.texts("mensaje_enviado") == ["dígame"]  # ours: all admins see every answer


async def test_c13_admin_to_admin_is_heard_once_by_each(desk: RunningDesk) -> None:
    marta, elena, admin = [await desk.enter(name) for name in ("marta", "elena", "admin")]
    await marta.send("elena", "¿puedes?")
    await silence(elena, admin)
    assert (elena.texts(), elena.texts("mensaje_enviado")) == (["¿puedes?"], [])
    assert (admin.texts(), admin.texts("mensaje_enviado")) == ([], ["¿puedes?"])


async def test_c13_the_payload_has_the_references_keys_and_more(desk: RunningDesk) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    ack = await ana.send("admin", "hola", id_cliente="0123456789abcdef")
    (payload,) = await marta.wait_for("mensaje_recibido")
    assert payload == {
        "de": "ana",
        "mensaje": "hola",
        "para": "admin",
        "id": ack["id"],
        "fecha": ack["fecha"],
        "id_cliente": "0123456789abcdef",
    }
    assert ack["fecha"].endswith("Z")


async def test_c14_users_may_write_to_anybody_and_admins_read_it_all(desk: RunningDesk) -> None:
    ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]
    assert (await ana.send("luis", "hola"))["ok"]
    await silence(luis, marta)
    assert luis.texts() == marta.texts() == ["hola"]


@pytest.mark.parametrize("para", ["nadie", "LUIS", "luis ", "ádmin", "ADMIN", "user:luis", "admins", "ana"])
async def test_c14_names_are_exact_and_the_unknown_is_refused(
    desk: RunningDesk, database: Database, para: str
) -> None:
    ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]
    assert await ana.send(para, "hola") == {"ok": False, "error": "destinatario"}
    await silence(luis, marta)
    assert luis.texts() == marta.texts() == []
    assert await texts(database, "ana") == []


async def test_c15_a_message_to_somebody_offline_is_there_later(
    desk: RunningDesk, database: Database
) -> None:
    ana = await desk.enter("ana")
    await ana.send("luis", "para luego")
    assert await texts(database, "luis") == ["para luego"]


NASTY = [
    "'); DROP TABLE mensajes; --",
    "<script>alert(1)</script>",
    "👩‍👩‍👧‍👦 4 bytes 🎉",
    "שלום עולם، مرحبا",
    "línea 1\nlínea 2\ttab",
    "100 % de :nombre y %(nombre)s",
    " espacios ",
]


async def test_c16_any_text_is_stored_and_delivered_unchanged(desk: RunningDesk, database: Database) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    for text in NASTY:
        assert (await ana.send("admin", text))["estado"] == "guardado"
    assert await marta.heard() == NASTY
    assert await texts(database, "ana") == NASTY


async def test_c16_an_acknowledgement_comes_after_the_commit(desk: RunningDesk, database: Database) -> None:
    ana = await desk.enter("ana")
    ack = await ana.send("admin", "hola")
    stored = await select_messages_after(database, "ana", 0, 10)
    assert [(row.id, row.mensaje) for row in stored] == [(ack["id"], "hola")]


BAD_PAYLOADS = [
    ([], "formato"),
    ([None], "formato"),
    (["hola"], "formato"),
    ([["admin", "hola"]], "formato"),
    ([{}], "formato"),
    ([{"para": "admin"}], "formato"),
    ([{"mensaje": "hola"}], "formato"),
    ([{"para": 1, "mensaje": "hola"}], "formato"),
    ([{"para": "admin", "mensaje": 7}], "formato"),
    ([{"para": "admin", "mensaje": None}], "formato"),
    ([{"para": "admin", "mensaje": {"a": 1}}], "formato"),
    ([{"para": "admin", "mensaje": "a\x00b"}], "formato"),
    ([{"para": "admin", "mensaje": "a\x1bb"}], "formato"),
    ([{"para": "admin", "mensaje": "a\ud800b"}], "formato"),
    ([{"para": "admin", "mensaje": ""}], "vacio"),
    ([{"para": "admin", "mensaje": " \n\t "}], "vacio"),
    ([{"para": "admin", "mensaje": "x" * 4001}], "largo"),
    ([{"para": "admin", "mensaje": "語" * 3000}], "largo"),
    ([{"para": "", "mensaje": "hola"}], "destinatario"),
    ([{"para": "x" * 1000, "mensaje": "hola"}], "destinatario"),
    ([{"para": "ad\x00min", "mensaje": "hola"}], "destinatario"),
    ([{"para": "admin", "mensaje": "hola", "id_cliente": "short"}], "formato"),
    ([{"para": "admin", "mensaje": "hola", "id_cliente": 12}], "formato"),
    ([{"para": "admin", "mensaje": "hola", "id_cliente": "x" * 65}], "formato"),
]


@pytest.mark.parametrize(("arguments", "error"), BAD_PAYLOADS)
async def test_c18_a_bad_payload_is_refused_and_leaves_nothing(
    desk: RunningDesk, database: Database, arguments: list[object], error: str
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    assert await ana.ask("mensaje_privado", *arguments) == {"ok": False, "error": error}
    assert await marta.heard() == []
    assert await texts(database, "ana") == []
    assert (await ana.send("admin", "sigo aquí"))["ok"]


async def test_c18_nan_is_refused_and_harms_nobody(desk: RunningDesk) -> None:
    raw, marta = await desk.raw("ana"), await desk.enter("marta")
    await desk.driver.do("frame", socket=raw.socket, data="40")
    await raw.wait_for("frame", 2)
    await desk.driver.do(
        "frame", socket=raw.socket, data='420["mensaje_privado",{"para":"admin","mensaje":NaN}]'
    )
    frames = await raw.wait_for("frame", 3)
    assert json.loads(frames[2][3:]) == [{"ok": False, "error": "formato"}]
    assert await marta.heard() == []
    assert marta.all("disconnect") == []


async def test_c18_extra_arguments_are_ignored(desk: RunningDesk) -> None:
    ana = await desk.enter("ana")
    assert (await ana.ask("mensaje_privado", {"para": "admin", "mensaje": "hola"}, "de más"))["ok"]


async def test_c19_connects_disconnects_and_stored_messages_are_logged_with_the_name(
    desk: RunningDesk, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = await desk.enter("ana")
    await ana.send("admin", "texto privado")
    await ana.leave()
    said: list[str] = []

    def left() -> bool:
        said.extend(capfd.readouterr())
        return "disconnected" in "".join(said)

    await eventually(left)
    out = "".join(said)
    for event in ("connected", "messages stored", "disconnected"):
        assert any(event in line and "ana" in line for line in out.splitlines()), out
    assert "texto privado" not in out


async def test_c19_a_disconnected_person_hears_nothing(desk: RunningDesk) -> None:
    luis, ana = await desk.enter("luis"), await desk.enter("ana")
    await luis.leave()
    await ana.send("luis", "¿estás?")
    assert await luis.heard() == []


async def test_c20_a_client_without_acknowledgements_works(desk: RunningDesk, database: Database) -> None:
    ana, marta = await desk.enter("ana", transports=["polling", "websocket"]), await desk.enter("marta")
    for number in range(20):
        await ana.emit("mensaje_privado", {"para": "admin", "mensaje": str(number)})
    await marta.wait_for("mensaje_recibido", 20)
    assert await marta.heard() == [str(number) for number in range(20)]
    assert await texts(database, "ana") == [str(number) for number in range(20)]


async def test_c20_it_hears_of_a_refusal_by_an_event(desk: RunningDesk) -> None:
    ana = await desk.enter("ana")
    await ana.emit("mensaje_privado", {"para": "nadie", "mensaje": "hola", "id_cliente": "0123456789abcdef"})
    assert await ana.wait_for("mensaje_fallido") == [
        {"id_cliente": "0123456789abcdef", "error": "destinatario"}
    ]


async def test_c01_the_account_admin_always_exists_and_hears_its_users(
    desk: RunningDesk, database: Database
) -> None:
    row = await database.fetch_one(
        "SELECT usuario, nombre, rol, activo FROM usuarios WHERE usuario = 'admin'"
    )
    assert row is not None
    assert (row["usuario"], row["rol"], bool(row["activo"])) == ("admin", "admin", True)
    admin, ana = await desk.enter("admin"), await desk.enter("ana")
    await ana.send("admin", "hola")
    assert await admin.heard() == ["hola"]
