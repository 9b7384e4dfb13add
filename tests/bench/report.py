"""What a run has found, for the terminal and for docs/performance.md; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench import table
from tests.bench.figures import Line, Row, Samples, row

HEADS = ("", "reference", "chat", "ratio", "to reach", "")
PAPER = """# Performance

Written by `make bench WRITE=1`: figures of one run on one machine, of which the ratios travel and the rest does not. {machine}

{first}

{second}
{notes}
## What the lines mean
- Each side runs alone on the same machine, in turn, three rounds: the figure is their median, the ratio the median of the rounds' own. Where the
  rounds differ too much it says *not measurable*, with the lowest and the highest.
- 500 people and one admin over WebSockets, messages of 80 characters to the desk. The chat runs as one whole process with `ENVIRONMENT=production`; MariaDB
  as it comes (`innodb_flush_log_at_trx_commit=1`, no binary log), SQLite with `synchronous=FULL`.
- *Saturated*: 200 messages on their way at any time, counted until the last one is in the database. *An fsync takes 2 ms more*: as disks in the
  cloud do. CPU is user and system time of the processes, read from `/proc`.
- *p50, p99*: from sending until the sender knows that the message is committed; the reference's until it is shown, which there is before it is stored.
- *At 10,000, at 1,000,000 messages*: how long a page takes then, with a person for each hundred of them, one of whom has a hundredth of all. *Statements*: how many
  the database is asked for all these pages. *Tables read whole*: plans that have no index to go by.
- *Slow 3G*: Chromium with nothing cached, 50 KB/s and 2 s until something comes back. *Usable*: what is typed can be sent; *live*: it says so.
  `make phone` asserts these, and that with a sixth of the CPU no task of an opening page takes longer than 150 ms.

`make bench` prints the table in less than ten minutes; `PARTS="saturated steady idle growth page"` and `DATABASES="mariadb sqlite"` choose,
`REFERENCE="command"` names a program that serves the [contract](contract.md) on `PORT`, with `DB_HOST`, `DB_PORT`, `DB_USER`, `DB_PASS`, `DB_NAME` and
`JWT_SECRET` in its environment. `PARTS="storm roll delivery crowded"` asks what [scaling](scaling.md) tells: who comes back how soon.
"""


@dataclass(frozen=True, slots=True)
class Report:
    """`machine`: what it was and who else used it; `grown`: how many messages; `notes`: what a table has no room for."""

    machine: str
    grown: tuple[int, int]
    rows: Sequence[Row]
    notes: Sequence[str]

    def text(self) -> str:
        tables = [table.text(heads, rows) for heads, rows in self._tables()]
        return "\n\n".join([*tables, "\n".join([*self.notes, self.machine])])

    def paper(self) -> str:
        first, second = (table.markdown(heads, rows) for heads, rows in self._tables())
        notes = "".join(f"\n- {note}" for note in self.notes)
        return PAPER.format(
            machine=self.machine, first=first, second=second, notes=f"{notes}\n" * bool(notes)
        )

    def _tables(self) -> list[tuple[Sequence[str], list[Row]]]:
        grown = ("", *(f"at {messages:,} messages" for messages in self.grown), *HEADS[3:])
        both = ((HEADS, "growth", False), (grown, "growth", True))
        found = [
            (heads, [one for one in self.rows if (one.line.part == part) is own]) for heads, part, own in both
        ]
        return [(heads, rows) for heads, rows in found if rows]


def rows(
    lines: Iterable[Line], samples: Samples, parts: Sequence[str], databases: Sequence[str]
) -> list[Row]:
    """The lines of these parts, but for those of a database that nobody asked for."""
    missing = {"chat": "mariadb", "sqlite": "sqlite"}
    return [
        row(line, samples)
        for line in lines
        if line.part in parts and missing.get(line.side, databases[0]) in databases
    ]
