"""`/administracion/prohibiciones`: from where nobody may come in, and who may not."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from supportapp.desk.bans import ban_network, unban_network
from supportapp.desk.moment import utc_now
from supportapp.desk.networks import Network, Networks, is_everybody, network_of
from supportapp.desk.viewer import Viewer
from supportapp.errors import N_
from supportapp.store.bans import select_bans
from supportapp.web.current import address, desk, render, text
from supportapp.web.managing import Unsure, acting, managers_only

blueprint = Blueprint("banning", __name__)

SPANS: Mapping[str, tuple[timedelta, str]] = MappingProxyType(
    {
        "1h": (timedelta(hours=1), N_("1 hora")),
        "24h": (timedelta(hours=24), N_("24 horas")),
        "7d": (timedelta(days=7), N_("7 días")),
        "30d": (timedelta(days=30), N_("30 días")),
        "365d": (timedelta(days=365), N_("1 año")),
    }
)
NO_SPAN = N_("Elija por cuánto tiempo.")
NO_NETWORK = N_("Escriba una dirección o una red, como 192.0.2.7 o 192.0.2.0/24.")
EVERYBODY = N_(
    "{red} puede ser todo el mundo: es muy grande, o es la red de este servidor, donde están los proxys."
)
YOURS = N_("{red} es desde donde está usted. Márquelo si de verdad quiere quedarse fuera.")
DONE: Mapping[str, str] = MappingProxyType(
    {
        "red": N_("Desde esa red no puede entrar nadie hasta entonces."),
        "fin": N_("Desde esa red se puede volver a entrar."),
    }
)


@blueprint.get("/administracion/prohibiciones")
@managers_only
async def listed(viewer: Viewer) -> ResponseReturnValue:
    return await draw_bans(red=request.args.get("red", "")[:64])


@blueprint.post("/administracion/prohibiciones")
@managers_only
async def ban(viewer: Viewer) -> ResponseReturnValue:
    """Nobody comes in from a network for a time; one's own, or one that may be everybody, only when confirmed again."""
    form = await request.form
    red = form.get("red", "")[:64]
    try:
        network, actor = read(red), acting(viewer, form, sure=True)
        hasta = until(form)
        if not form.get("forzar"):
            refuse_own(network)
    except Unsure as missing:
        return await draw_bans(missing, form, red=red)
    await ban_network(desk().database, network, hasta, actor)
    desk().identity.changed()
    return redirect("/administracion/prohibiciones?hecho=red", 303)


@blueprint.post("/administracion/prohibiciones/fin")
@managers_only
async def unban(viewer: Viewer) -> ResponseReturnValue:
    form = await request.form
    try:
        network, actor = read(form.get("red", "")), acting(viewer, form, sure=False)
    except Unsure as missing:
        return await draw_bans(missing, form)
    await unban_network(desk().database, network, actor)
    desk().identity.changed()
    return redirect("/administracion/prohibiciones?hecho=fin", 303)


def read(red: str) -> Network:
    try:
        return network_of(red)
    except ValueError:
        raise Unsure(NO_NETWORK) from None


def refuse_own(network: Network) -> None:
    if Networks([network]).having(address()):
        raise Unsure(text(YOURS).format(red=network), force=True)
    if is_everybody(network):
        raise Unsure(text(EVERYBODY).format(red=network), force=True)


def until(form: MultiDict[str, str]) -> datetime:
    """When a ban of that form ends; raises `Unsure`."""
    if form.get("plazo") not in SPANS:
        raise Unsure(NO_SPAN)
    return utc_now() + SPANS[form["plazo"]][0]


def spans() -> list[tuple[str, str]]:
    return [(code, text(words)) for code, (_, words) in SPANS.items()]


async def draw_bans(
    wrong: Unsure | None = None, form: MultiDict[str, str] | None = None, *, red: str = ""
) -> Response:
    holding = await select_bans(desk().database, utc_now())
    done = DONE.get(request.args.get("hecho", ""), "")
    shown = {"bans": holding, "red": red, "spans": spans(), "done": done and text(done)}
    return draw("prohibiciones", wrong, form, **shown)


def draw(name: str, wrong: Unsure | None, form: MultiDict[str, str] | None, **more: object) -> Response:
    """One of the pages with a list and a form, in which what was typed stays where something was `wrong`."""
    page = render(
        f"administracion/{name}.html",
        wrong=text(wrong.sentence) if wrong else "",
        force=bool(wrong and wrong.force),
        typed=(form or MultiDict()).get("motivo", "")[:200],
        **more,
    )
    return Response(page, 422 if wrong else 200)
