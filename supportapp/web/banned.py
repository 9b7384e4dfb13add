"""From where nobody may come in for a time: answered before anything else is looked at."""

from quart import Response, request

from supportapp.errors import N_
from supportapp.web.answers import answer
from supportapp.web.current import address, desk, text

BANNED = N_("Desde esta dirección no se puede entrar por ahora. Pregunte a quien lleva el soporte.")
FOR_MACHINES = frozenset({"health", "metrics", "arrival"})
"""They tell nobody anything of people, and whoever watches the chat must not take a ban for its end."""


async def refuse_banned() -> Response | None:
    """403 from a network that is banned; costs nothing where none is."""
    if not desk().bans.address(address()) or request.blueprint in FOR_MACHINES:
        return None
    desk().refusals.note("rechazo", address(), por="prohibicion")
    return answer(403, text(BANNED))
