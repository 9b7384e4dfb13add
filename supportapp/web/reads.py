"""How fast one person, or one address of strangers, may read."""

from quart import request
from werkzeug.exceptions import TooManyRequests

from supportapp.desk.window import DEFAULT_LIMIT, Window
from supportapp.errors import SupportError
from supportapp.web.attempts import Key
from supportapp.web.current import web


def count_read(noun: str, name: str) -> None:
    """Count a GET of `name`, a long page as several; 429 where it is too fast."""
    if request.method != "GET":
        return
    wait = web().reads.count(Key("leer", noun, name), cost=weight(), **{noun: name})
    if wait:
        raise TooManyRequests(retry_after=wait)


def weight() -> int:
    """One for each page of the usual length that the answer is long."""
    try:
        return -(-Window.parse(request.args).limite // DEFAULT_LIMIT)
    except SupportError:
        return 1
