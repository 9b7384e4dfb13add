"""The way that people's requests take: which host and how many proxies the chat sees."""

import re
import time

import jwt

from supportapp.cli.finding import Finding
from supportapp.cli.handshake import http_get
from supportapp.config import Settings

VALID_SECONDS = 60
ABOUT = "TRUSTED_PROXIES"


async def look_at_way(settings: Settings) -> Finding | None:
    """Asks the running chat through `PUBLIC_URL` how the request arrived; None where nothing answers."""
    token = jwt.encode({"camino": "doctor", "exp": time.time() + VALID_SECONDS}, settings.secrets[0], "HS256")
    headers = {"Authorization": f"Bearer {token}"}
    try:
        status, text = await http_get(settings.public_origin, "/camino", headers, most=10_000)
    except (OSError, TimeoutError):
        return None
    if status == 421:
        return Finding(
            "Host", "the proxy changes the header Host, so every page is refused; let it pass PUBLIC_URL's"
        )
    found = re.search(r'"saltos": *(\d+)', text)
    if found is None:
        return Finding(
            ABOUT, f"cannot be checked: /camino answers {status}. Has the running chat another JWT_SECRET?"
        )
    arrived, said = int(found[1]), settings.trusted_proxies
    if arrived != said:
        return Finding(
            ABOUT,
            f"is {said}, but X-Forwarded-For arrives with {arrived} addresses: "
            f"attempts are counted by the wrong one. Set TRUSTED_PROXIES={arrived}",
        )
    return Finding(ABOUT, remark=f"{said}, as many as there are")
