"""The promises about the Socket.IO door: one way in, whose session it is, ends, bounds."""

from tests.faults.mutations.mutant import Mutant

DOORS, GHOSTS, BOUNDS, FRAMES, WRITES = (
    f"tests/realtime/test_{name}.py" for name in ("doors", "ghosts", "bounds", "frames", "websocket")
)

MUTANTS = (
    Mutant(
        "doors", "a sid is enough", "supportapp/realtime/guard.py",
        ' or session.caller.person != scope["caller"].person', "", DOORS,
    ),
    Mutant(
        "doors", "JSONP is answered", "supportapp/realtime/guard.py",
        'if "j" in query:', 'if query.get("j") == ["?"]:', DOORS,
    ),
    Mutant(
        "doors", "other sites may read", "supportapp/realtime/guard.py",
        "if not OWN_SITE.issuperset(", 'if scope["type"] == "?" and not OWN_SITE.issuperset(', DOORS,
    ),
    Mutant(
        "doors", "a path below the door is the door", "supportapp/realtime/guard.py",
        'scope["path"] in PATHS:', 'scope["path"].startswith("/socket.io"):', DOORS,
    ),
    Mutant(
        "doors", "the library reads the client's spelling", "supportapp/realtime/guard.py",
        "not in RESPELLED]", 'not in {b"cookie"}]', DOORS,
    ),
    Mutant(
        "ghosts", "who leaves while being let in stays", "supportapp/realtime/server.py",
        "if sid and (session.leaving or session.over or session.closed or not stays):", "if sid and not stays:", GHOSTS,
    ),
    Mutant(
        "ghosts", "a session that is closed stays in the table", "supportapp/realtime/session.py",
        "            self.server.forget(self)", "            self._gone = True", GHOSTS,
    ),
    Mutant(
        "bounds", "what waits is counted in packets", "supportapp/realtime/outgoing.py",
        " and self.held < MAX_OUTGOING_BYTES", "", BOUNDS,
    ),
    Mutant(
        "bounds", "answers are as large as they get", "supportapp/desk/catching_up.py",
        "or (rows and size > MAX_BYTES)", "", BOUNDS,
    ),
    Mutant(
        "bounds", "catching up again before the answer is written", "supportapp/realtime/events.py",
        "answer(said, over=lambda: self._synchronised(sid, viewer, cursor))",
        "answer(said)\n            self._synchronised(sid, viewer, cursor)", BOUNDS,
    ),
    Mutant(
        "bounds", "strangers open as many sessions as they like", "supportapp/realtime/admission.py",
        'return "too many strangers"', "pass", BOUNDS,
    ),
    Mutant(
        "bounds", "a person opens as many sockets as they like", "supportapp/realtime/admission.py",
        'return "too many sockets of one person"', "pass", BOUNDS,
    ),
    Mutant(
        "bounds", "frames without end", "supportapp/realtime/session.py",
        'self.cut("too many frames")', "pass", BOUNDS,
    ),
    Mutant(
        "writes", "every packet leaves by itself", "supportapp/realtime/websocket.py",
        "asyncio.get_running_loop().call_soon(self._write)", "self._write()", WRITES,
    ),
    Mutant(
        "writes", "a slow client is written to all the same", "supportapp/realtime/websocket.py",
        "            if not self._way.write(packets):\n", "            if not self._way.write(packets) and not packets:\n", WRITES,
    ),
    Mutant(
        "writes", "more follows the goodbye", "supportapp/realtime/websocket.py",
        "        else:\n            self._pressing = None\n", "        self._pressing = None\n", WRITES,
    ),
    Mutant(
        "bounds", "who waits as long as told is refused again", "supportapp/desk/sending.py",
        "1 + int(wait * 1000)", "int(wait * 900)", "tests/desk/test_sending.py",
    ),
    Mutant(
        "frames", "bodies are not looked at", "supportapp/realtime/frames.py",
        "return all(text[:1] in POLLED_TYPES for text in packets)", "return bool(packets)", FRAMES,
    ),
    Mutant(
        "frames", "what is no Engine.IO is read on", "supportapp/realtime/websocket.py",
        "if not is_frame(text):", "if text is None:", FRAMES,
    ),
    Mutant(
        "frames", "two WebSockets for one session", "supportapp/realtime/session.py",
        "if self.upgrading or self.upgraded:", "if self.upgraded:", FRAMES,
    ),
)  # fmt: skip
