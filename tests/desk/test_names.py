"""Which names a new account may have."""

import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.desk.accounts import Accounts
from supportapp.desk.likeness import like_the_desk, readings
from supportapp.desk.look_alikes import LOOK_ALIKES
from supportapp.desk.names import is_readable
from supportapp.errors import FormErrors
from supportapp.store.database import Database
from supportapp.store.users import insert_user
from tests.conftest import JOINED

PASSWORD = "correcta-1234"
ADMINS = ("admin", "Soporte", "marta", "Marta Ruiz", "elena", "Elena")
THE_DESK_S = [
    "Soporte", "SOPORTE", "El soporte", "soporte-oficial", "Equipo de Soporte", "Equipo", "Admin", "Ádmín", "Administrador",
    "Administración", "Support Team", "Staff", "Atención al cliente", "Mesa de ayuda", "Moderadora",
    "S0p0rte", "5oporte", "$oporte", "@dmin", "Adm1n", "Admln", "Equip0", "S o p o r t e", "S.o.p.o.r.t.e", "_soporte_", "so­porte",
    "Sоporte", "Ѕорогте", "аdmin", "Soporτe", "Ｓｏｐｏｒｔｅ", "𝓢𝓸𝓹𝓸𝓻𝓽𝓮", "ⓈⓄⓅⓄⓇⓉⒺ", "ꜱᴏᴘᴏʀᴛᴇ", "🆂🅾🅿🅾🆁🆃🅴", "Sopørte", "Só̈porte", "ᎪᎠᎷIN",
    "Marta Ruiz", "marta ruiz", "Marta  Ruíz", "Ruiz, Marta", "MartaRuiz", "marta.ruiz", "Marta_Ruiz!", "Мarta Ruiz", "Μarta Ru1z", "Elena",
    "ELENA", "Еlеnа", "M a r t a",
]  # fmt: skip
OTHERS_NAMES = [
    "Ana", "Luis Pérez", "Marta Ruiz García", "Marta", "Elena Gil", "Sofía Porte", "Bádminton Club", "Renée O'Neil", "Jürgen Groß", "Мария Иванова",
    "陳大文", "محمد علي", "हिन्दी", "สมชาย", "Nguyễn Văn Ệ", "Teamo", "Admir Hodžić", "Supriya", "Ana!", "Equador",
]  # fmt: skip
NOT_SEEN = [
    "", "   ", "\u3164", "\u2800", "\u00ad", "\u200b", "\u2060a", "a\ufeff", "\U000e0041x", "Ad\u034fmin", "\u115f", "a\u200db", "a\u202eb",
    "a\x00", "a\nb", "a\u2028b", "\u0301", "a\u0301\u0301\u0301", "á" + "\u0308\u0323", "a" + "\u0489" * 50, "a\u0301" * 50, "Ana\ufe0f", "\ud800",
    "x" * 101,
]  # fmt: skip


@pytest.mark.parametrize("name", THE_DESK_S)
def test_what_is_read_as_the_desk_s_is_the_desk_s(name: str) -> None:
    assert like_the_desk(name, [admin for admin in ADMINS if admin != "marta" or name.startswith("M a")])


@pytest.mark.parametrize("name", OTHERS_NAMES)
def test_people_keep_their_own_names(name: str) -> None:
    assert not like_the_desk(name, [admin for admin in ADMINS if admin != "marta"])
    assert is_readable(name)


@given(st.sampled_from(["soporte", "administrador", "equipo"]), st.data())
def test_no_letter_of_another_script_makes_it_another_word(word: str, data: st.DataObject) -> None:
    twins = {
        letter: [other for other, latin in LOOK_ALIKES.items() if latin.lower() == letter] for letter in word
    }
    spelled = "".join(data.draw(st.sampled_from([letter, letter.upper(), *twins[letter]])) for letter in word)
    assert like_the_desk(spelled, [])


@given(st.text(max_size=60))
def test_any_name_can_be_read(name: str) -> None:
    assert len(readings(name)) <= 2
    like_the_desk(name, ["Marta Ruiz"])
    is_readable(name)


@pytest.mark.parametrize("name", NOT_SEEN, ids=ascii)
def test_a_name_is_seen_whole_and_not_stacked(name: str) -> None:
    assert not is_readable(name)


@pytest.fixture
async def accounts(database: Database, people: object) -> AsyncIterator[Accounts]:
    await insert_user(database, "mruiz", "Marta Ruiz", "admin", None, JOINED)
    accounts = Accounts(database, "https://tienda.example")
    yield accounts
    accounts.close()


@pytest.mark.parametrize(
    ("usuario", "nombre", "wrong"),
    [
        ("eva", "Sоporte", {"nombre"}),
        ("eva", "Marta Ruiz", {"nombre"}),
        ("s0porte", "Eva", {"user"}),
        ("soporte@evil.example", "Eva", {"user"}),
        ("m.ruiz", "Mruiz", {"user", "nombre"}),
        ("eva@soporte.example", "Eva", set()),
    ],
)
async def test_nobody_registers_as_the_desk_but_an_admin_may_be_made(
    accounts: Accounts, usuario: str, nombre: str, wrong: set[str]
) -> None:
    if wrong:
        with pytest.raises(FormErrors) as refusal:
            await accounts.register(usuario, nombre, PASSWORD)
        assert refusal.value.fields == dict.fromkeys(wrong, "reserved")
    made = await accounts.register(usuario, nombre, PASSWORD, "admin" if wrong else "user")
    assert made.nombre == nombre


async def test_everything_that_is_wrong_is_told_at_once(accounts: Accounts) -> None:
    with pytest.raises(FormErrors) as refusal:
        await accounts.register("ANA", "Soporte", "12345678", repeated="otra")
    assert list(refusal.value.fields.items()) == [
        ("nombre", "reserved"), ("user", "taken"), ("pass", "common"), ("pass2", "mismatch"),
    ]  # fmt: skip


async def test_a_password_is_not_made_of_names(accounts: Accounts) -> None:
    for password in ("eva-2026", "EvaLópez1", "tienda2026", "lopez.eva!"):
        with pytest.raises(FormErrors) as refusal:
            await accounts.register("eva", "Eva López", password)
        assert refusal.value.fields == {"pass": "own"}
    assert (await accounts.register("eva", "Eva López", "ejemplo-de-tienda")).usuario == "eva"


async def test_no_form_takes_long_to_refuse(accounts: Accounts) -> None:
    begun = time.process_time()
    with pytest.raises(FormErrors):
        await accounts.register("a b" * 2000, "ana " * 2000, "x" * 1000, repeated="y" * 8000)
    assert time.process_time() - begun < 0.5
