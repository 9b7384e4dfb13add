"""Reads a history as Jepsen's set and queue checkers do, and tells every promise that was broken.

Each check takes the history and yields what is wrong, as `Violation`s. The promises are those of
docs/reliability.md, by their numbers.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.faults.history import LIVE, History, Op, Row, may_read

TRY_AGAIN = ("limite", "ocupado", "sesion")
PROMISES = tuple(f"I{number}" for number in range(1, 14))


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, what kind of break it is, and the case."""

    promise: str
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.promise} {self.kind}: {self.detail}"


Check = Callable[[History], Iterator[Violation]]


def check(history: History) -> list[Violation]:
    """Everything that is wrong with `history`."""
    return [violation for one in CHECKS for violation in one(history)]


def acknowledged(history: History) -> Iterator[Violation]:
    """I1: `guardado` means one row, with this id and this text."""
    rows = by_key(history)
    texts = {(usuario, op.id_cliente): op for op, usuario in history.typed()}
    for op in history.all("answered"):
        if op.estado != "guardado" or history.excused(op, op.id):
            continue
        key = (history.usuario(op), op.id_cliente or "")
        row = rows.get(key)
        if row is None:
            yield Violation("I1", "lost", f"{op.client} heard guardado {op.id} for {op.id_cliente}, no row")
        elif row.id != op.id:
            yield Violation("I1", "other id", f"{op.client} heard {op.id}, stored as {row.id}")
        elif key in texts and row.mensaje != texts[key].mensaje:
            yield Violation("I1", "other text", f"{row.id}: {row.mensaje!r}, typed {texts[key].mensaje!r}")


def pending(history: History) -> Iterator[Violation]:
    """I2: `pendiente` means one row in the end, or a failure that was shown."""
    rows, settled = by_key(history), failures(history).keys() | history.taken()
    for op in history.all("answered"):
        if op.estado != "pendiente" or op.id_cliente in settled:
            continue
        if (history.usuario(op), op.id_cliente or "") not in rows:
            yield Violation("I2", "lost", f"{op.client} heard pendiente for {op.id_cliente}, no row")


def shown(history: History) -> Iterator[Violation]:
    """I2: what somebody was shown is stored in the end, or its failure was shown; also of clients without ids."""
    rows, settled = by_key(history), failures(history).keys() | history.taken()
    reported = set()
    for op in history.all("heard"):
        key = (op.de or "", op.id_cliente or "")
        if op.event in LIVE and not (key in rows or key in reported or op.id_cliente in settled):
            reported.add(key)
            yield Violation("I2", "shown and absent", f"{op.client} saw {op.mensaje!r} of {op.de}")


def doubled(history: History) -> Iterator[Violation]:
    """I3: no `(de, id_cliente)` twice, and no text twice (every text of the workload is its own)."""
    for key, count in Counter(row.key for row in history.rows).items():
        if count > 1:
            yield Violation("I3", "doubled", f"{key} stands {count} times")
    for text, count in Counter((row.de_usuario, row.mensaje) for row in history.rows).items():
        if count > 1:
            yield Violation("I3", "doubled", f"{text} stands {count} times")


def finished(history: History) -> Iterator[Violation]:
    """I4: all that was typed with an outbox ends stored or visibly failed."""
    rows, settled = by_key(history), failures(history).keys() | history.taken()
    for op, usuario in history.typed():
        key = (usuario, op.id_cliente or "")
        if not (history.clients[op.client].reference or key in rows or op.id_cliente in settled):
            yield Violation(
                "I4", "unfinished", f"{op.client} typed {op.mensaje!r}: neither stored nor failed"
            )


def sent(history: History) -> Iterator[Violation]:
    """I5: nobody's row: each was typed, by this sender, to this recipient, with this text."""
    typed = {(usuario, op.para, op.mensaje): op for op, usuario in history.typed()}
    for row in history.rows:
        op = typed.get((row.de_usuario, row.para_usuario, row.mensaje))
        if op is None:
            yield Violation("I5", "never sent", f"row {row.id} {row.key}: {row.mensaje!r}")
        elif op.id_cliente and op.id_cliente != row.id_cliente:
            yield Violation("I5", "other key", f"row {row.id} {row.key}, typed as {op.id_cliente}")


def counted(history: History) -> Iterator[Violation]:
    """I6: ids are 1..N without holes, and so are each sender's numbers; the summaries follow."""
    ids = sorted(row.id for row in history.rows)
    if ids != list(range(1, len(ids) + 1)):
        yield Violation("I6", "holes", f"{len(ids)} rows, greatest id {ids[-1]}")
    numbers: dict[str, int] = defaultdict(int)
    latest: dict[str, int] = {}
    for row in sorted(history.rows, key=lambda row: row.id):
        numbers[row.de_usuario] += 1
        latest[row.de_usuario] = latest[row.para_usuario] = row.id
        if row.numero != numbers[row.de_usuario]:
            yield Violation("I6", "number", f"row {row.id} is number {row.numero} of {row.de_usuario}")
    for usuario, (ultimo_id, recibidos) in (history.summaries or {}).items():
        if (latest.get(usuario, 0), numbers[usuario]) != (ultimo_id, recibidos):
            yield Violation("I6", "summary", f"{usuario}: last {ultimo_id}, {recibidos} of them")


def ordered(history: History) -> Iterator[Violation]:
    """I7: what one client typed stands in the order in which it was typed."""
    ids = {row.key: row.id for row in history.rows}
    for client in history.clients.values():
        if client.reference:
            continue
        before = 0
        for op in history.of(client.name, "typed"):
            place = ids.get((client.usuario, op.id_cliente or ""), before)
            if place < before:
                yield Violation(
                    "I7", "out of order", f"{client.name}: {op.mensaje!r} is {place}, after {before}"
                )
            before = max(before, place)


def viewed(history: History) -> Iterator[Violation]:
    """I8: when it is quiet every client shows what the database holds for it, in the same order."""
    rows = sorted(history.rows, key=lambda row: row.id)
    for client in history.clients.values():
        views = list(history.of(client.name, "view"))
        if client.reference:
            continue
        if not views:
            yield Violation("I8", "no view", f"{client.name} never became quiet")
            continue
        there = [row for row in rows if may_read(client, row.de_usuario, row.para_usuario)]
        wanted = [(row.id, row.de_usuario, row.para_usuario, row.mensaje) for row in there]
        if list(views[-1].rows) != wanted:
            yield Violation("I8", "view", f"{client.name}: {difference(list(views[-1].rows), wanted)}")


def once(history: History) -> Iterator[Violation]:
    """I9: no socket is shown a message twice, and committed ones come in the order of their ids.

    What was withdrawn (`mensaje_fallido`) may be shown again; a restored database begins again.
    """
    seen: set[tuple[str | None, str | None]] = set()
    last: dict[str | None, int] = defaultdict(int)
    for op in history.all("heard") if not history.restores else ():
        key = (op.socket, op.id_cliente)
        if op.event == "mensaje_fallido":
            seen.discard(key)
        if op.event not in LIVE:
            continue
        if key in seen:
            yield Violation(
                "I9", "twice", f"{op.client} was shown {op.mensaje!r} of {op.de} twice on a socket"
            )
        seen.add(key)
        if op.id is not None:
            if op.id <= last[op.socket]:
                yield Violation("I9", "order", f"{op.client} heard {op.id} after {last[op.socket]}")
            last[op.socket] = op.id


def true_states(history: History) -> Iterator[Violation]:
    """I11: `mensaje_guardado` and the ids of events are those of the rows; what failed is not stored."""
    rows = by_key(history)
    for op in history.all("heard"):
        row = rows.get((op.de or "", op.id_cliente or ""))
        if op.id is None or history.excused(op, op.id):
            continue
        if row is None or row.id != op.id:
            yield Violation("I11", "untrue", f"{op.client} heard {op.event} {op.id} of {op.id_cliente}")
        elif op.mensaje is not None and op.mensaje != row.mensaje:
            yield Violation("I11", "other text", f"{op.client} heard {op.mensaje!r} for {row.mensaje!r}")
    failed = failures(history)
    for row in history.rows:
        if row.id_cliente in failed:
            yield Violation("I11", "failed and stored", f"{row.key} is row {row.id}")


def strangers(history: History) -> Iterator[Violation]:
    """I12: nobody hears, is read out or shows what they may not read."""
    for op in history.all("heard", "row"):
        if op.de and op.para and not may_read(history.clients[op.client], op.de, op.para):
            yield Violation("I12", "overheard", f"{op.client} got {op.mensaje!r} of {op.de} to {op.para}")
    for op in history.all("view"):
        for _, de, para, mensaje in op.rows:
            if not may_read(history.clients[op.client], de, para):
                yield Violation("I12", "overheard", f"{op.client} shows {mensaje!r} of {de} to {para}")


CHECKS: tuple[Check, ...] = (
    acknowledged,
    pending,
    shown,
    doubled,
    finished,
    sent,
    counted,
    ordered,
    viewed,
    once,
    true_states,
    strangers,
)


def by_key(history: History) -> Mapping[tuple[str, str], Row]:
    return {row.key: row for row in history.rows}


def failures(history: History) -> dict[str | None, Op]:
    """What was said to have failed for good, by `id_cliente`: to its sender, or to those who had seen it."""
    failed: dict[str | None, Op] = {op.id_cliente: op for op in history.all("failed")}
    for op in history.all("heard"):
        if op.event == "mensaje_fallido" and op.error not in TRY_AGAIN:
            failed[op.id_cliente] = op
    return failed


def difference(shown: list[tuple[object, ...]], wanted: list[tuple[object, ...]]) -> str:
    """In few words, how a view differs from the database."""
    missing, extra = set(wanted) - set(shown), set(shown) - set(wanted)
    if missing or extra:
        samples = f"{sorted(missing, key=str)[:2]} {sorted(extra, key=str)[:2]}"
        return f"{len(missing)} missing, {len(extra)} that are not there: {samples}"
    twice = [row for row, count in Counter(shown).items() if count > 1]
    return f"shown twice: {twice[:3]}" if twice else "the same rows in another order"
