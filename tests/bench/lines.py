"""The table: what is measured, and what is to be reached."""

from tests.bench.figures import Goal, Line

RESTLESS = 0.4
"""What the rounds may differ by, as a share of the median, where a single pause of the machine shows: latencies."""


def at_least(times: float) -> Goal:
    """So many times the reference's."""
    return Goal("≥", times, relative=True)


def at_most(times: float) -> Goal:
    """So many times the reference's."""
    return Goal("≤", times, relative=True)


def load_line(part: str, title: str, figure: str, unit: str, goal: Goal | None, side: str = "chat") -> Line:
    latency = figure.endswith("_ms")
    return Line(
        part,
        title,
        figure,
        unit,
        side,
        goal=goal,
        tolerance=RESTLESS if latency else 0.25,
        fine=0.1 * latency,
    )


LINES = (
    load_line("saturated", "stored messages/s, saturated", "saturated.stored_per_s", "/s", at_least(2.5)),
    load_line("saturated", "… where an fsync takes 2 ms more", "slow.stored_per_s", "/s", at_least(15)),
    load_line("saturated", "… on SQLite", "saturated.stored_per_s", "/s", at_least(2), "sqlite"),
    load_line("saturated", "server CPU a message, saturated", "saturated.server_us", "µs", at_most(1.25)),
    load_line("saturated", "server + database CPU, saturated", "saturated.all_us", "µs", at_most(0.65)),
    load_line("steady", "server CPU a message at 1,000/s", "steady 1000.server_us", "µs", at_most(1.5)),
    load_line("steady", "p50 at 1,000/s", "steady 1000.p50_ms", "ms", Goal("≤", 1.5)),
    load_line("steady", "p99 at 1,000/s", "steady 1000.p99_ms", "ms", Goal("≤", 5)),
    load_line("steady", "database CPU a message at 1,000/s", "steady 1000.database_us", "µs", at_most(1.0)),
    load_line("steady", "server CPU a message at 100/s", "steady 100.server_us", "µs", Goal("≤", 600)),
    load_line("steady", "p50 at 100/s", "steady 100.p50_ms", "ms", Goal("≤", 1.2)),
    load_line("steady", "database CPU a message at 100/s", "steady 100.database_us", "µs", at_most(1.5)),
    load_line("steady", "SQLite: server CPU at 100/s", "steady 100.server_us", "µs", Goal("≤", 600), "sqlite"),
    load_line("steady", "SQLite: p50 at 100/s", "steady 100.p50_ms", "ms", Goal("≤", 1.2), "sqlite"),
    load_line("idle", "memory of an open socket", "idle.connection_kb", "KB", Goal("≤", 40)),
    load_line("idle", "memory at rest", "idle.rest_mb", "MB", Goal("≤", 80)),
    load_line("idle", "handshakes/s", "idle.handshakes_per_s", "/s", at_least(1.2)),
    Line("idle", "CPU of 500 silent sockets", "idle.silent_percent", "% of a core", fine=0.3),
    Line("page", "Slow 3G, cold: first paint", "page.paint_s", "s", "page", goal=Goal("≤", 4.3), fine=0.3),
    Line("page", "… usable", "page.usable_s", "s", "page", goal=Goal("≤", 5.0), fine=0.3),
    Line("page", "… live", "page.live_s", "s", "page", goal=Goal("≤", 7.0), fine=0.3),
    Line("page", "… requests until then", "page.requests", "", "page", goal=Goal("≤", 7), exact=True),
    Line("page", "… received until then", "page.received_kb", "KB", "page", exact=True),
    Line("page", "6 × slower: a user's longest task", "page.user_task_ms", "ms", "page", goal=Goal("≤", 150.0), fine=60),
    Line("page", "… an admin's", "page.admin_task_ms", "ms", "page", goal=Goal("≤", 150.0), fine=60),
)  # fmt: skip
"""All but those of `growth`, which has one for each page and database."""
