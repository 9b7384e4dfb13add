"""What `import-reference` says of what it found and did: numbers, and enough names to look for the rest."""

from collections.abc import Collection, Iterator

from supportapp.desk.imported_report import Report

NAMED = 10


def people_lines(report: Report) -> Iterator[str]:
    plan = report.plan
    yield f"{report.people:,} people and {report.total:,} messages there; {len(plan.new)} accounts are new."
    yield from named("here already under the same name, kept with password, nombre and role", plan.here)
    yield from named("removed there, but in messages: their accounts here are closed", plan.unknown)
    yield from named("called otherwise here", [f"{old} -> {new}" for old, new in plan.renamed.items()])
    yield from named(
        "without a usable name, left out", [old for old, new in plan.where.items() if new is None]
    )
    for note, count in sorted(plan.notes.items()):
        yield f"  {count:,} people: {note}"


def lines(report: Report, zone: str, *, dry_run: bool) -> Iterator[str]:
    done = "would be stored" if dry_run else "stored"
    yield f"{report.stored:,} messages {done}; {report.there:,} were here already."
    if report.first:
        yield f"  from {report.first:%Y-%m-%d %H:%M} to {report.last:%Y-%m-%d %H:%M} UTC; dates there were read as {zone}"
    for what, (count, ids) in sorted(report.odd.items()):
        more = " …" if count > len(ids) else ""
        yield f"  {count:,} {what} (id there: {', '.join(map(str, ids))}{more})"
    if report.stored and not dry_run:
        yield f"  others who wrote meanwhile waited for one transaction, {report.longest * 1000:.0f} ms at most"


def named(what: str, names: Collection[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"  {len(names)} {what}: {', '.join(sorted(names)[:NAMED])}{more}"
