"""I10's checker: slow and never are found, and what was taken once is not asked for again."""

import pytest

from tests.faults.history import Client, History, Op
from tests.faults.outages import late

CLIENTS = {"ana-1": Client("ana-1", "ana"), "marta-1": Client("marta-1", "marta", admin=True)}
KEY, DESK = "0197000000000000", "http://127.0.0.1:1"
ASKED = {"client": "ana-1", "socket": "s1", "url": DESK, "id_cliente": KEY}


def history(*ops: Op) -> History:
    """The database is down from 1,000 to 9,000 ms; Ana's message is taken at 2,000."""
    always = [
        Op(0, "ana-1", "connected", socket="s1", url=DESK),
        Op(0, "marta-1", "connected", socket="s2", url=DESK),
        Op(1000, "world", "mark", mensaje="database down"),
        Op(2000, "ana-1", "typed", id_cliente=KEY, para="admin", mensaje="hola"),
        Op(2000, what="sent", **ASKED),  # type: ignore[arg-type]
        Op(2010, what="answered", estado="pendiente", **ASKED),  # type: ignore[arg-type]
        Op(9000, "world", "mark", mensaje="database up"),
    ]
    return History(CLIENTS, sorted([*always, *ops], key=lambda op: op.at), [])


def heard(at: float) -> Op:
    return Op(at, "marta-1", "heard", socket="s2", event="mensaje_recibido", id_cliente=KEY, provisional=True)


def other(at: float, socket: str = "s2") -> Op:
    """Something else comes over the socket: it is connected."""
    return Op(at, "marta-1", "heard", socket=socket, event="mensaje_recibido", id_cliente="0197000000000001")


def test_in_time_is_in_time() -> None:
    assert list(late(history(heard(2300), other(4000)))) == []


def test_who_hears_nothing_more_is_not_connected() -> None:
    assert list(late(history(other(3000)))) == []


@pytest.mark.parametrize("ops", [[heard(2700), other(4000)], [other(4000)]], ids=["late", "never"])
def test_late_and_never_are_found(ops: list[Op]) -> None:
    (violation,) = late(history(*ops))
    assert violation.promise == "I10"


def test_a_message_that_was_taken_is_not_sent_anew_by_offering_it_again() -> None:
    again = [
        other(3600),
        Op(3700, "marta-1", "connected", socket="s3", url=DESK),
        other(8000, "s3"),
        Op(4500, what="sent", **ASKED),  # type: ignore[arg-type]
        Op(4510, what="answered", error="ocupado", **ASKED),  # type: ignore[arg-type]
        Op(5000, what="sent", **ASKED),  # type: ignore[arg-type]
        Op(5010, what="answered", estado="pendiente", **ASKED),  # type: ignore[arg-type]
    ]
    assert list(late(history(heard(2300), *again))) == []
