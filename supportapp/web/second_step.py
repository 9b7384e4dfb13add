"""Signing in, for who has a second factor: the code after the password."""

import structlog
from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk.sealing import SealBroken
from supportapp.errors import FIELD_SENTENCES, N_
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.users import fold
from supportapp.web.current import address, desk, render, text, web
from supportapp.web.session import AWAY, BANNED, TOO_MANY, attempt_keys, form_response, signed_in_response
from supportapp.web.step import STEP, end_step, in_step

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("second_step", __name__)

COST = 2
"""A code is shorter than a password: half as many attempts."""
SEALED = N_("Ahora mismo no se puede comprobar el código: avise a quien lleva el soporte.")


@blueprint.get(STEP)
async def second_step() -> ResponseReturnValue:
    if await in_step() is None:
        return redirect("/login", 303)
    return form("")


@blueprint.post(STEP)
async def check_code() -> ResponseReturnValue:
    try:
        found = await in_step()
        if found is None:
            return redirect("/login", 303)
        user, target, at = found
        keys = attempt_keys("segundo", fold(user.usuario), from_everywhere=1)
        if wait := web().attempts.count(*keys, cost=COST, address=address()):
            return form(TOO_MANY, 429, wait)
        right = await desk().factors.check(user.usuario, (await request.form).get("codigo", ""))
    except DatabaseUnavailable:
        return form(AWAY, 503)
    except SealBroken:
        log.error("the second factor cannot be opened; set the DATA_KEY that it was sealed with")
        return form(SEALED, 503)
    if not right:
        log.info("wrong code", usuario=user.usuario, address=address())
        desk().refusals.note("entrada_fallida", address(), a_quien=user.usuario, por="codigo")
        return form(FIELD_SENTENCES["wrong_code"], 401)
    if desk().bans.person(user.usuario):
        return form(BANNED, 403)
    for _ in range(COST):
        web().attempts.give_back(*keys)
    response = signed_in_response(user, target, "factor", at)
    end_step(response)
    return response


def form(error: str, status: int = 200, wait: int = 0) -> Response:
    errors = {"codigo": text(error)} if error else {}
    return form_response(render("factor/segundo.html", errors=errors), status, wait)
