"""`/administracion`: the list of people, and what is done to one of them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType

from quart import Blueprint, Response, redirect, request, url_for
from quart.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from supportapp.desk import access, bans, links, people, roles
from supportapp.desk.access import LastAdmin, LastManager
from supportapp.desk.viewer import Viewer
from supportapp.errors import N_
from supportapp.store.audit import Filter, select_entries
from supportapp.store.database import Database
from supportapp.store.people import Search
from supportapp.web.banning import spans, until
from supportapp.web.current import address, desk, render, text
from supportapp.web.managing import Unsure, acting, managers_only
from supportapp.web.words import DEEDS, details

blueprint = Blueprint("people", __name__)

SHOWN_OF_AUDIT = 10
LAST = N_("Sin esta cuenta nadie podría responder: es la del soporte, o la última que puede entrar.")
LAST_MANAGER = N_("Es la última cuenta que puede administrar: dé antes ese permiso a otra.")
YOURSELF = N_("Es su propia cuenta. Márquelo si de verdad quiere quedarse fuera.")
DONE: Mapping[str, str] = MappingProxyType(
    {
        "rol": N_("El rol se ha cambiado."),
        "cierre": N_("La cuenta está cerrada y sus páginas abiertas han terminado."),
        "apertura": N_("La cuenta vuelve a estar abierta."),
        "sesiones": N_("Todas sus sesiones se han cerrado."),
        "prohibicion": N_("Esta persona no puede entrar hasta entonces."),
        "fin_prohibicion": N_("Esta persona puede volver a entrar."),
    }
)
CUTS = frozenset({"rol", "cierre", "sesiones", "prohibicion"})
"""What cuts somebody off, and is confirmed."""
ROLES = MappingProxyType({"user": ("user", False), "admin": ("admin", False), "administra": ("admin", True)})
How = Callable[..., Awaitable[object]]


@blueprint.get("/administracion")
@managers_only
async def listed(viewer: Viewer) -> ResponseReturnValue:
    search = Search(request.args.get("buscar", "")[:100], request.args.get("rol", "")[:10])
    page = await people.people(desk().database, search, request.args.get("desde", ""))
    return render("administracion/personas.html", page=page, search=search)


@blueprint.get("/administracion/p/<nombre:usuario>")
@managers_only
async def person(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    return await draw(viewer, usuario, done=DONE.get(request.args.get("hecho", ""), ""))


@blueprint.post(
    "/administracion/p/<nombre:usuario>/"
    "<any(rol, cierre, apertura, sesiones, enlace_clave, prohibicion, fin_prohibicion):accion>"
)
@managers_only
async def change(viewer: Viewer, usuario: str, accion: str) -> ResponseReturnValue:
    """Do `accion` to this person, for a reason; what cuts somebody off is confirmed."""
    form = await request.form
    try:
        actor = acting(viewer, form, sure=accion in CUTS)
        if accion == "prohibicion" and usuario == viewer.usuario and not form.get("forzar"):
            raise Unsure(YOURSELF, force=True)
        done = await how(accion, form)(desk().database, usuario, actor=actor)
    except Unsure as missing:
        return await draw(viewer, usuario, accion, missing, form, status=422)
    except LastAdmin as refused:
        desk().refusals.note("rechazo", address(), quien=viewer.usuario, a_quien=usuario, por="ultima")
        sentence = LAST_MANAGER if isinstance(refused, LastManager) else LAST
        return await draw(viewer, usuario, accion, Unsure(sentence), form, status=409)
    desk().identity.changed()
    if accion == "enlace_clave":  # it is in no address but its own
        return await draw(viewer, usuario, link=f"{desk().settings.public_origin}/clave/{done}")
    return redirect(url_for("people.person", usuario=usuario, hecho=accion), 303)


def how(accion: str, form: MultiDict[str, str]) -> How:
    """What does it; raises `Unsure` where the form does not say what."""
    if accion == "rol":
        rol, administra = ROLES.get(form.get("rol", ""), ("", False))
        if not rol:
            raise Unsure(N_("Elija un rol."))
        return partial(roles.set_role, rol=rol, administra=administra)
    if accion == "prohibicion":
        return partial(bans.ban_person, hasta=until(form))
    return SIMPLE[accion]


SIMPLE: Mapping[str, How] = MappingProxyType(
    {
        "cierre": access.deactivate,
        "apertura": access.activate,
        "sesiones": access.end_sessions,
        "enlace_clave": links.reset_link,
        "fin_prohibicion": bans.unban_person,
    }
)


async def draw(
    viewer: Viewer,
    usuario: str,
    accion: str = "",
    wrong: Unsure | None = None,
    form: MultiDict[str, str] | None = None,
    *,
    done: str = "",
    link: str = "",
    status: int = 200,
) -> Response:
    """The person's page; `accion` stays open with what was typed and what was `wrong`."""
    database: Database = desk().database
    found = await people.person(database, viewer, usuario)
    page = render(
        "administracion/persona.html",
        person=found,
        sessions=await desk().sessions.of(Viewer(found.usuario, found.nombre, found.rol)),
        entries=await select_entries(database, Filter(persona=usuario), limit=SHOWN_OF_AUDIT),
        deeds=DEEDS,
        details=details,
        spans=spans(),
        open=accion,
        wrong=text(wrong.sentence) if wrong else "",
        force=bool(wrong and wrong.force),
        typed=(form or MultiDict()).get("motivo", "")[:200],
        done=text(done) if done else "",
        link=link,
    )
    return Response(page, status)
