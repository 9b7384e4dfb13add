"""How much of a request's body is read: as much as its form can need, in as many fields as a form has."""

from typing import Any

from quart import Request
from quart.formparser import FormDataParser
from quart.wrappers.request import Body
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

MOST_BYTES = 256 * 1024
"""A text that is far too long comes back to its author in the form."""
FEW_BYTES = 8 * 1024
MOST_FIELDS = 50

LONG_FORMS = frozenset({"/soporte/mensajes"})

Parsed = tuple[MultiDict[str, str], MultiDict[str, FileStorage]]


class FewFields(FormDataParser):
    """Reads the whole body, which ends at its limit, and counts the fields before it takes them apart."""

    async def parse(
        self, body: Body, mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Parsed:
        read = await body  # taken in pieces, the library's limit would begin anew with each
        if mimetype != "multipart/form-data" and read.count(b"&") >= MOST_FIELDS:
            raise RequestEntityTooLarge
        whole = Body(None, None)
        whole.set_result(read)
        return await super().parse(whole, mimetype, content_length, options)


class BoundedRequest(Request):
    """A request whose body ends, for us, where that of its route must have ended; the rest is 413."""

    form_data_parser_class = FewFields

    def __init__(self, method: str, scheme: str, path: str, *more: Any, **options: Any) -> None:
        options["max_content_length"] = MOST_BYTES if path in LONG_FORMS else FEW_BYTES
        super().__init__(method, scheme, path, *more, **options)
        self.max_form_parts = MOST_FIELDS
