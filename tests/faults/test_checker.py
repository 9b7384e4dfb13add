"""The checker finds every kind of error that is put into a history without one, and nothing in that history."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.checker import check
from tests.faults.history import Client, History, Op, Restore, Row

CLIENTS = {
    client.name: client
    for client in (
        Client("ana-1", "ana"),
        Client("marta-1", "marta", admin=True),
        Client("pepe-1", "pepe", reference=True),
        Client("extrano-1", "extrano"),
    )
}
KEYS = [f"0197000000000000{number}" for number in range(5)]
ROWS = [
    Row(1, "ana", "admin", "ana-1 1", KEYS[0], 1),
    Row(2, "ana", "admin", "ana-1 2", KEYS[1], 2),
    Row(3, "marta", "ana", "marta-1 1", KEYS[2], 1),
    Row(4, "pepe", "admin", "pepe-1 1", KEYS[3], 1),
]
Change = Callable[[History], History]


def sound() -> History:
    """Ana writes twice (once while the database is away), Marta answers, Pepe's old page writes without an id."""
    ops = [
        *conversation("ana-1", "s1", ROWS[0], at=1),
        *conversation("ana-1", "s1", ROWS[1], at=2),
        Op(2, "ana-1", "answered", socket="s1", id_cliente=KEYS[1], estado="pendiente"),
        *conversation("marta-1", "s2", ROWS[2], at=4),
        Op(5, "pepe-1", "typed", para="admin", mensaje="pepe-1 1"),
        heard("marta-1", "s2", ROWS[0]),
        replace(heard("marta-1", "s2", ROWS[1]), id=None, provisional=True),
        saved("marta-1", "s2", ROWS[1]),
        heard("marta-1", "s2", ROWS[3]),
        heard("ana-1", "s1", ROWS[2]),
        view("ana-1", *ROWS[:3]),
        view("marta-1", *ROWS),
        view("extrano-1"),
    ]
    return History(CLIENTS, ops, ROWS, summaries={"ana": (3, 2), "pepe": (4, 1)})


def conversation(client: str, socket: str, row: Row, at: float) -> list[Op]:
    """Typed, offered and acknowledged."""
    common = {"socket": socket, "id_cliente": row.id_cliente}
    return [
        Op(at, client, "typed", para=row.para_usuario, mensaje=row.mensaje, id_cliente=row.id_cliente),
        Op(at, client, "sent", **common),
        Op(at + 1, client, "answered", estado="guardado", id=row.id, **common),
    ]


def heard(client: str, socket: str, row: Row, event: str = "mensaje_recibido") -> Op:
    op = Op(9, client, "heard", socket=socket, event=event, id=row.id, id_cliente=row.id_cliente)
    return replace(op, de=row.de_usuario, para=row.para_usuario, mensaje=row.mensaje)


def saved(client: str, socket: str, row: Row) -> Op:
    return replace(heard(client, socket, row, "mensaje_guardado"), mensaje=None)


def view(client: str, *rows: Row) -> Op:
    shown = tuple((row.id, row.de_usuario, row.para_usuario, row.mensaje) for row in rows)
    return Op(20, client, "view", rows=shown)


def without_row(number: int) -> Change:
    """The row is gone, and nothing else in the table tells so."""

    def change(history: History) -> History:
        kept = [row for row in history.rows if row.id != number]
        return with_rows([replace(row, id=row.id - (row.id > number)) for row in kept])(history)

    return change


def with_rows(rows: list[Row]) -> Change:
    return lambda history: History(history.clients, history.ops, rows, history.restores)


def with_ops(*more: Op) -> Change:
    return lambda history: History(
        history.clients, [*history.ops, *more], history.rows, summaries=history.summaries
    )


def without_ops(drop: Callable[[Op], bool]) -> Change:
    return lambda history: History(
        history.clients, [op for op in history.ops if not drop(op)], history.rows, summaries=history.summaries
    )


def changed(which: Callable[[Op], bool], **values: object) -> Change:
    return lambda history: History(
        history.clients,
        [replace(op, **values) if which(op) else op for op in history.ops],  # type: ignore[arg-type]
        history.rows,
        summaries=history.summaries,
    )


def only_pending(history: History) -> History:
    """Ana's second message was never confirmed, and is gone."""
    ops = [op for op in history.ops if not (op.estado == "guardado" and op.id_cliente == KEYS[1])]
    return History(history.clients, ops, [ROWS[0]])


SEEDED: dict[str, tuple[str, str, Change]] = {
    "an acknowledged message is gone": ("I1", "lost", without_row(1)),
    "the acknowledgement told another id": (
        "I1", "other id", changed(lambda op: op.estado == "guardado" and op.id == 1, id=7),
    ),
    "another text was stored": (
        "I1", "other text", with_rows([replace(ROWS[0], mensaje="ana-1 l"), *ROWS[1:]]),
    ),
    "a waiting message is gone": ("I2", "lost", only_pending),
    "a message of an old page was shown and is gone": ("I2", "shown and absent", without_row(4)),
    "one message stands twice": (
        "I3", "doubled", with_rows([*ROWS, replace(ROWS[1], id=5, numero=3)]),
    ),
    "a text of an old page stands twice": (
        "I3", "doubled", with_rows([*ROWS, replace(ROWS[3], id=5, numero=2, id_cliente=KEYS[4])]),
    ),
    "a typed message came to no end": (
        "I4", "unfinished", with_ops(Op(6, "ana-1", "typed", id_cliente=KEYS[4], para="admin", mensaje="ana-1 3")),
    ),
    "a row nobody typed": (
        "I5", "never sent", with_rows([*ROWS, Row(5, "ana", "admin", "¿quién?", KEYS[4], 3)]),
    ),
    "a row that went to somebody else": (
        "I5", "never sent", with_rows([*ROWS[:3], replace(ROWS[3], para_usuario="luis")]),
    ),
    "a row under another key": (
        "I5", "other key", with_rows([replace(ROWS[0], id_cliente=KEYS[4]), *ROWS[1:]]),
    ),
    "a hole in the ids": ("I6", "holes", with_rows([*ROWS[:3], replace(ROWS[3], id=5)])),
    "a hole in a sender's numbers": (
        "I6", "number", with_rows([ROWS[0], replace(ROWS[1], numero=3), *ROWS[2:]]),
    ),
    "a summary that stayed behind": (
        "I6", "summary", lambda history: History(CLIENTS, history.ops, ROWS, summaries={"ana": (3, 1)}),
    ),
    "a sender's messages changed places": (
        "I7", "out of order", with_rows([replace(ROWS[1], id=1, numero=1), replace(ROWS[0], id=2, numero=2), *ROWS[2:]]),
    ),
    "a client that never became quiet": (
        "I8", "no view", without_ops(lambda op: op.client == "ana-1" and op.what == "view"),
    ),
    "a client that misses one": ("I8", "view", with_ops(view("marta-1", *ROWS[:3]))),
    "a client that shows one too many": ("I8", "view", with_ops(view("ana-1", *ROWS[:3], replace(ROWS[0], id=9)))),
    "a client that shows one twice": ("I8", "view", with_ops(view("ana-1", *ROWS[:3], ROWS[2]))),
    "a client with another order": ("I8", "view", with_ops(view("ana-1", ROWS[1], ROWS[0], ROWS[2]))),
    "a message shown twice on a socket": ("I9", "twice", with_ops(heard("ana-1", "s1", ROWS[2]))),
    "shown before it was stored and again after": (
        "I9", "twice", with_ops(heard("marta-1", "s2", ROWS[1])),
    ),
    "by both events to one socket": (
        "I9", "twice", with_ops(heard("marta-1", "s2", ROWS[0], "mensaje_enviado")),
    ),
    "events out of order": (
        "I9", "order", with_ops(heard("ana-1", "s9", ROWS[1], "mensaje_enviado"), heard("ana-1", "s9", ROWS[0], "mensaje_enviado")),
    ),
    "said to be stored under another id": ("I11", "untrue", with_ops(replace(saved("ana-1", "s1", ROWS[1]), id=3))),
    "said to be stored and is not": (
        "I11", "untrue", with_ops(replace(saved("ana-1", "s1", ROWS[1]), id_cliente=KEYS[4])),
    ),
    "shown with another text": (
        "I11", "other text", with_ops(replace(heard("marta-1", "s3", ROWS[1]), mensaje="otra cosa")),
    ),
    "failed and stored all the same": (
        "I11", "failed and stored", with_ops(Op(6, "ana-1", "failed", id_cliente=KEYS[1], error="destinatario")),
    ),
    "a stranger hears": ("I12", "overheard", with_ops(heard("extrano-1", "s7", ROWS[0]))),
    "a stranger catches up": ("I12", "overheard", with_ops(replace(heard("extrano-1", "s7", ROWS[0]), what="row"))),
    "a stranger's page shows it": ("I12", "overheard", with_ops(view("extrano-1", ROWS[0]))),
}  # fmt: skip


def test_nothing_is_wrong_with_a_sound_history() -> None:
    assert check(sound()) == []


@pytest.mark.parametrize("case", SEEDED)
def test_every_seeded_error_is_found(case: str) -> None:
    promise, kind, change = SEEDED[case]
    found = {(violation.promise, violation.kind) for violation in check(change(sound()))}
    assert (promise, kind) in found


def test_what_a_restore_took_is_not_lost_but_what_it_left_is() -> None:
    history = History(CLIENTS, sound().ops, ROWS[:1], restores=[Restore(at=10, head=1)])
    assert {v.promise for v in check(history)} == {"I8"}  # the views of before the restore are old
    history = History(CLIENTS, sound().ops, [], restores=[Restore(at=10, head=1)])
    assert ("I1", "lost") in {(v.promise, v.kind) for v in check(history)}
    later = [replace(op, at=op.at + 10) for op in sound().ops]
    history = History(CLIENTS, later, ROWS[:1], restores=[Restore(at=10, head=1)])
    assert ("I1", "lost") in {(v.promise, v.kind) for v in check(history)}


def test_a_refusal_to_be_tried_again_is_no_failure() -> None:
    again = Op(6, "ana-1", "heard", event="mensaje_fallido", id_cliente=KEYS[1], error="ocupado")
    assert check(with_ops(again)(sound())) == []
