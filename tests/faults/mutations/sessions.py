"""The promise about sessions: what has ended has ended, at every door and in what waits."""

from tests.faults.mutations.mutant import Mutant

ACCOUNTS, SESSIONS, WRITER = (
    "tests/desk/test_accounts.py",
    "tests/realtime/test_sessions.py",
    "tests/desk/test_writer.py",
)
AWAY = "tests/realtime/test_database_away.py"
IDENTITY, BATCH, CONNECTION = (
    f"supportapp/{name}.py" for name in ("desk/identity", "desk/batch", "realtime/connection")
)

MUTANTS = (
    Mutant(
        "sessions",
        "a socket is judged only once",
        "supportapp/realtime/heartbeat.py",
        "            await self._connections.judge(some)\n",
        "",
        SESSIONS,
    ),
    Mutant(
        "sessions",
        "catching up is not judged",
        CONNECTION,
        "        await self.judge([sid])\n",
        "",
        SESSIONS,
    ),
    Mutant(
        "sessions",
        "a socket outlives its token",
        CONNECTION,
        "session.expires - time.time(), self._cut, sid",
        "86400, self._cut, sid",
        SESSIONS,
    ),
    Mutant(
        "sessions",
        "a new role moves nobody",
        CONNECTION,
        "                await self._change(sid, viewer)\n",
        "                self.viewers[sid] = viewer\n",
        SESSIONS,
    ),
    Mutant(
        "sessions",
        "a socket outlives the sign-out",
        IDENTITY,
        "None if one.key in closed else self._now",
        "self._now",
        SESSIONS,
    ),
    Mutant(
        "sessions",
        "the writer lets the signed-out write",
        BATCH,
        "            or draft.sender.sesion_clave in self.closed\n",
        "",
        WRITER,
    ),
    Mutant(
        "sessions",
        "the spool forgets whose session it was",
        "supportapp/desk/spool.py",
        "sender.sesion, sender.sesion_clave)",
        "sender.sesion, None)",
        "tests/desk/test_spool_start.py",
    ),
    Mutant(
        "sessions",
        "the writer does not compare sesiones_desde",
        BATCH,
        "return not is_before(sender.sesion, account.sesiones_desde)",
        "return True",
        f"{AWAY}::test_nor_over_http",
    ),
    Mutant(
        "sessions",
        "the writer does not compare activo",
        BATCH,
        "if not account.activo or (sender.is_admin",
        "if (sender.is_admin",
        f"{AWAY}::test_nor_over_http",
    ),
    Mutant(
        "sessions",
        "the writer does not compare rol",
        BATCH,
        ' or (sender.is_admin and account.rol != "admin")',
        "",
        "tests/realtime/test_messages.py",
    ),
    Mutant(
        "sessions",
        "a renewal is another session",
        "supportapp/desk/tokens.py",
        '(of["fin"], of["sid"]) if of else',
        '(of["fin"], secrets.token_hex(16)) if of else',
        ACCOUNTS,
    ),
    Mutant(
        "sessions",
        "a renewal moves the end",
        "supportapp/desk/tokens.py",
        '(of["fin"], of["sid"]) if of else',
        '(int(now) + longest, of["sid"]) if of else',
        ACCOUNTS,
    ),
    Mutant(
        "sessions",
        "signing out is the browser's affair",
        "supportapp/web/session.py",
        "        await desk().identity.close(request.cookies.getlist(cookies.TOKEN))\n",
        "        pass\n",
        "tests/web/test_session.py",
    ),
    Mutant(
        "sessions",
        "a token of another program renews",
        IDENTITY,
        'if not is_own(claims) or claims["fin"]',
        'if claims.get("fin", claims["exp"] + 1)',
        ACCOUNTS,
    ),
    Mutant(
        "sessions",
        "the first cookie of the name is the only one",
        IDENTITY,
        "for token in tokens[:MOST_COOKIES]:\n            with contextlib.suppress(InvalidSession):\n                return await",
        "for token in tokens[:1]:\n            with contextlib.suppress(InvalidSession):\n                return await",
        SESSIONS,
    ),
    Mutant(
        "sessions",
        "impossible times are taken",
        "supportapp/desk/tokens.py",
        "    if not is_plausible(claims, time.time(), longest):\n",
        "    if not longest:\n",
        ACCOUNTS,
    ),
    Mutant(
        "sessions",
        "an open page lets its cookie run out",
        "static/js/keeping.js",
        "20 * 60 * 1000",
        "200 * 60 * 1000",
        "tests/browser/test_sessions.py",
    ),
)
