"""Connections: nobody holds what others need, and who is left is heard out."""

from tests.faults.mutations.mutant import Mutant

TESTS = "tests/test_connections.py"
STRANGER = f"{TESTS}::test_no_stranger_holds_a_connection"

MUTANTS = (
    Mutant(
        "connections",
        "a head without end is waited for",
        "supportapp/incoming.py",
        "return HEAD_SECONDS if self.their_state is h11.IDLE and begun else None",
        "return None",
        STRANGER,
    ),
    Mutant(
        "connections",
        "a body without end is waited for",
        "supportapp/incoming.py",
        "            return BODY_SECONDS\n",
        "            return None\n",
        STRANGER,
    ),
    Mutant(
        "connections",
        "a refused handshake stays open",
        "supportapp/protocol.py",
        "        await self.send(StreamClosed(stream_id=self.stream_id))\n",
        "",
        STRANGER,
    ),
    Mutant(
        "connections",
        "who goes on sending after the goodbye stays",
        "supportapp/tcp.py",
        "        self._expect(LINGER_SECONDS, self._part)\n",
        "        self._expect(None)\n",
        STRANGER,
    ),
    Mutant(
        "connections",
        "an answer that nobody reads is kept",
        "supportapp/tcp.py",
        "asyncio.timeout(UNREAD_SECONDS + self._unread(event.data) / SLOWEST)",
        "asyncio.timeout(None)",
        f"{TESTS}::test_who_does_not_read_an_answer_is_left",
    ),
    Mutant(
        "connections",
        "two lengths are taken",
        "supportapp/incoming.py",
        '(b"content-length" in names or request.http_version != b"1.1")',
        'request.http_version != b"1.1"',
        f"{TESTS}::test_what_another_would_read_differently_is_refused_with_all_that_follows",
    ),
    Mutant(
        "connections",
        "there is room for any number",
        "supportapp/places.py",
        "if len(self._all) >= self.limit and not self._make_room():",
        "if not self.limit:",
        f"{TESTS}::test_idle_connections_make_room_and_those_inside_go_on",
    ),
    Mutant(
        "connections",
        "whoever came last goes first",
        "supportapp/places.py",
        "            for connection in group:\n",
        "            for connection in reversed(group):\n",
        f"{TESTS}::test_whoever_keeps_us_waiting_goes_first_and_the_oldest_of_them",
    ),
    Mutant(
        "connections",
        "what is on its way at the end is lost",
        "supportapp/realtime/engine.py",
        "            session.queue.end()\n        end = time.monotonic() + timeout\n",
        "            session.queue.end()\n            await session.close()\n        end = time.monotonic() + timeout\n",
        "tests/test_server_restart.py::test_what_is_on_its_way_when_the_server_leaves_is_stored",
    ),
)
