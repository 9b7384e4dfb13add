"""A robot that writes to another one through the whole chat, now and then, and knows whether it arrived."""

import asyncio
import random
import time
from functools import partial

import structlog

from supportapp.config import Settings
from supportapp.desk.audit import COMMAND_LINE, recording
from supportapp.desk.desk import Desk
from supportapp.desk.moment import utc_now
from supportapp.desk.sending import new_client_id
from supportapp.desk.viewer import ROBOT_DESK, ROBOT_USER
from supportapp.realtime.robot import Robot, robot
from supportapp.realtime.rounds import HOUR, SHARES, STAGES, Round, Rounds
from supportapp.store.database import DatabaseUnavailable, RowRefused
from supportapp.store.messages import select_stored
from supportapp.store.users import insert_user, select_users

FIRST_AFTER = 5.0
WITHIN = 10.0
"""Seconds that one round may take; what has not arrived by then did not arrive."""
MOST_OPEN = 10_000

log = structlog.get_logger("supportapp.canary")


class Canary:
    """`robot.usuario` writes to `robot.mesa` every `canary_seconds`, over the own port.

    A message is lost when it was acknowledged and does not stand in the table: at once if it was acknowledged as
    stored, after the outage if as waiting.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rounds = Rounds()
        self._open: dict[str, str] = {}
        self._told = time.monotonic()
        watch = desk.metrics.watch
        self._outcomes = desk.metrics.counter("soporte_canary_rounds", "Messages of the canary", "outcome")
        self.lost = 0
        watch(
            "soporte_canary_lost",
            "Messages that were acknowledged and are not in the table",
            lambda: self.lost,
        )
        for stage in STAGES:
            for share in SHARES:
                name = f"soporte_canary_{stage}_seconds_p{share}"
                watch(name, f"The last hour, {stage}", partial(self._rounds.percentile, stage, share))

    async def run(self) -> None:
        """Write until cancelled; nothing that goes wrong ends it."""
        await asyncio.sleep(min(FIRST_AFTER, self._desk.settings.canary_seconds))
        while True:
            try:
                await self._make_robots()
                async with asyncio.timeout(WITHIN):
                    await self._round()
            except (OSError, TimeoutError, DatabaseUnavailable, RowRefused) as error:
                self._outcomes.labels("failed").inc()
                log.warning(
                    "the canary's message was not delivered", reason=str(error) or type(error).__name__
                )
            except Exception:
                self._outcomes.labels("failed").inc()
                log.exception("the canary failed")
            await self._prove()  # above all after a round that failed
            self._tell()
            await asyncio.sleep(self._desk.settings.canary_seconds * random.uniform(0.9, 1.1))

    async def _round(self) -> None:
        settings, issue = self._desk.settings, self._desk.identity.issue
        host = loopback(settings)
        async with (
            robot(host, settings.port, issue(ROBOT_DESK, ROBOT_DESK, "admin")) as mesa,
            robot(host, settings.port, issue(ROBOT_USER, ROBOT_USER, "user")) as usuario,
        ):
            one = await self._write(usuario, mesa)
        self._rounds.add(one)
        self._outcomes.labels("delivered").inc()

    async def _write(self, usuario: Robot, mesa: Robot) -> Round:
        id_cliente, begun = new_client_id(), time.monotonic()
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def hear(event: str, arguments: list[dict[str, object]]) -> None:
            mine = event == "mensaje_recibido" and arguments[0].get("id_cliente") == id_cliente
            if mine and not arrived.done():
                arrived.set_result(time.monotonic() - begun)

        mesa.heard = hear
        draft = {"para": ROBOT_DESK, "mensaje": "canary", "id_cliente": id_cliente}
        answer = await usuario.ask("mensaje_privado", draft)
        acknowledged = time.monotonic() - begun
        if not answer.get("ok"):
            raise ConnectionError(f"refused: {answer.get('error')}")
        if len(self._open) < MOST_OPEN:
            self._open[id_cliente] = answer["estado"]
        return Round(begun, acknowledged, await arrived)

    async def _prove(self) -> None:
        """Look for every acknowledged message in the table; what is waiting in the spool is not lost yet."""
        outage = self._desk.outage
        waiting = {
            key for key, estado in self._open.items() if estado == "pendiente" and outage and outage.on
        }
        try:
            for id_cliente in [key for key in self._open if key not in waiting]:
                stored = await select_stored(self._desk.database, [(ROBOT_USER, id_cliente)])
                del self._open[id_cliente]
                if not stored:
                    self.lost += 1
                    log.error("a message of the canary is lost", id_cliente=id_cliente)
        except DatabaseUnavailable:
            return  # the next round asks again
        except Exception:
            log.exception("the canary could not prove anything")

    def _tell(self) -> None:
        """One line an hour."""
        if time.monotonic() - self._told < HOUR:
            return
        self._told = time.monotonic()
        log.info("canary", lost=self.lost, **self._rounds.figures())

    async def _make_robots(self) -> None:
        """The two accounts, without passwords, at the first round; another process may be faster."""
        database = self._desk.database
        known = await select_users(database, [ROBOT_USER, ROBOT_DESK])
        for usuario, rol in ((ROBOT_USER, "user"), (ROBOT_DESK, "admin")):
            if usuario not in known:
                async with recording(database, "alta", usuario, COMMAND_LINE, rol=rol) as connection:
                    await insert_user(connection, usuario, "Robot", rol, None, utc_now())


def loopback(settings: Settings) -> str:
    """The address of this machine at which `HOST` listens."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
