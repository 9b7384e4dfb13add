"""The promises I1-I13 of docs/reliability.md."""

from tests.faults.mutations.mutant import SCHEDULES, Mutant

EXCHANGE = "tests/store/test_exchange.py"
MUTANTS = (
    Mutant(
        "I1", "guardado is said before the commit", "supportapp/desk/committer.py",
        "        except DatabaseUnavailable:\n            self._fails()\n",
        "        except DatabaseUnavailable:\n            from supportapp.desk.outcomes import Saved\n"
        "            for offer in offers:\n"
        "                offer.answer(Saved(1, self._last, offer.draft.id_cliente, offer.draft.huella))\n",
    ),
    Mutant(
        "I1", "the answers of a packet are not counted", "supportapp/store/mysql_session.py",
        "if len(results) != len(statements):", "if not results:", EXCHANGE,
    ),
    Mutant(
        "I1", "what was given up is committed later", "supportapp/store/sqlite_session.py",
        "        if self._given_up:\n", "        if self._given_up and not sql:\n", EXCHANGE,
    ),
    Mutant(
        "I5", "a quote ends a text", "supportapp/store/mysql_session.py",
        "{name: self.escape(value) for", "{name: f\"'{value}'\" if isinstance(value, str) else self.escape(value) for",
        EXCHANGE,
    ),
    Mutant(
        "I13", "every connection takes several statements at once", "supportapp/store/mysql_session.py",
        "        if not several:\n", "        if several is None:\n", EXCHANGE,
    ),
    Mutant(
        "I2", "nobody adopts the spool of a killed process", "supportapp/desk/spool.py",
        "        return await self.adopt()\n", "        return 0\n",
    ),
    Mutant(
        "I2", "pendiente without anything on the disk", "supportapp/desk/spool.py",
        "        self._opened.add([row_of(draft) for draft in drafts])\n", "        self._opened.add([])\n",
    ),
    Mutant(
        "I3", "every offer gets a key of its own", "supportapp/desk/sending.py",
        "id_cliente or new_client_id()", "new_client_id()",
    ),
    Mutant(
        "I4", "the writer is not told of what is queued", "supportapp/desk/writer.py",
        "        self._queue.append(Waiting(draft, future, time.monotonic()))\n        self._filled.set()\n",
        "        self._queue.append(Waiting(draft, future, time.monotonic()))\n",
    ),
    Mutant(
        "I5", "another text is stored", "supportapp/desk/batch.py",
        "mensaje=draft.mensaje,", "mensaje=draft.mensaje.title(),",
    ),
    Mutant(
        "I6", "ids have holes", "supportapp/desk/batch.py",
        "id=self.head + len(self.rows) + 1,", "id=self.head + 2 * len(self.rows) + 2,", f"{SCHEDULES}[mid_commit]",
    ),
    Mutant(
        "I6", "a sender's numbers have holes", "supportapp/desk/batch.py",
        "self.numbers.get(sender.usuario, sender.numero) + 1", "self.numbers.get(sender.usuario, sender.numero) + 2",
    ),
    Mutant(
        "I7", "newcomers overtake the spool", "supportapp/desk/writer.py",
        "if self._outage and not await self._outage.over():", "if self._outage and self._outage.on and not batch:",
    ),
    Mutant(
        "I8", "what other processes store is not handed on", "supportapp/desk/dispatcher.py",
        "            await self._follow(place.head)\n", "            self._stand_at(await select_place(self._database, place.head), place.head)\n",
    ),
    Mutant(
        "I9", "what was shown before it was stored is forgotten", "supportapp/desk/provisional.py",
        "shown = key in self._shown", "shown = False",
    ),
    Mutant(
        "I10", "a database that hangs is waited for", "supportapp/desk/desk.py",
        "settings.commit_deadline_ms / 1000", "settings.commit_deadline_ms / 400", f"{SCHEDULES}[database_stopped]",
    ),
    Mutant(
        "I11", "pendiente is called guardado", "supportapp/desk/wire.py",
        '"estado": "pendiente"', '"estado": "guardado"',
    ),
    Mutant(
        "I11", "a stored message is said to have failed", "supportapp/desk/spool.py",
        "replace(draft, given=True)", "draft", "tests/desk/test_outage.py",
    ),
    Mutant(
        "I12", "catching up gives everybody everything", "supportapp/desk/catching_up.py",
        "    if viewer.is_admin:\n", "    if viewer:\n",
    ),
    Mutant(
        "I12", "an admin's answer goes to all", "supportapp/desk/audience.py",
        'return f"user:{usuario}"', 'return "user:"',
    ),
    Mutant(
        "I13", "a defect ends live delivery", "supportapp/desk/follower.py",
        "            except Exception:", "            except ZeroDivisionError:", "tests/desk/test_dispatcher.py",
    ),
    Mutant(
        "I13", "connections that say nothing stay", "supportapp/realtime/server.py",
        "call_later(SILENT_SECONDS, self._cut_if_silent, session)", "call_later(SILENT_SECONDS, repr, session)",
        "tests/realtime/test_hostile.py",
    ),
    Mutant(
        "I13", "what a reader does not read piles up", "supportapp/realtime/outgoing.py",
        "return len(self._waiting) < MAX_OUTGOING and self.held < MAX_OUTGOING_BYTES", "return True", "tests/realtime/test_hostile.py",
    ),
)  # fmt: skip
