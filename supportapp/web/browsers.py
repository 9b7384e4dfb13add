"""What a browser calls itself, in two words."""

from functools import lru_cache

import ua_parser

UNSAID = "Other"
"""What the library says of what it does not know."""


@lru_cache(maxsize=1024)
def in_words(user_agent: str) -> tuple[str, str]:
    """The browser and the system, such as `("Firefox", "Android")`; "" for what is not known."""
    found = ua_parser.parse(user_agent)
    families = (found.user_agent and found.user_agent.family, found.os and found.os.family)
    browser, system = (family if family and family != UNSAID else "" for family in families)
    return browser, system
