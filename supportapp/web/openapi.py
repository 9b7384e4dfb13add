"""The description of the JSON routes at `/openapi.json`, and the models it is made of."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel
from quart_schema import APIKeySecurityScheme, Info, OpenAPIProvider, QuartSchema
from werkzeug.routing import Rule

from supportapp import __version__
from supportapp.desk.window import DEFAULT_LIMIT, LARGEST_ID, MAX_LIMIT, Window, whole_number
from supportapp.errors import SupportError
from supportapp.web.current import Web

DOCUMENTED = frozenset({"api", "health"})
"""The blueprints of programs; pages and fragments are for browsers."""


def number(value: object) -> int | None:
    """A query argument as the other doors read it; twice the same argument is refused."""
    if not isinstance(value, str):
        raise SupportError("ventana")
    return whole_number(value)


Id = Annotated[int, BeforeValidator(number), Field(ge=0, le=LARGEST_ID)]
Limit = Annotated[int, BeforeValidator(number), Field(ge=1, le=MAX_LIMIT)]


class Page(BaseModel):
    """Without any of these the answer is everything; `antes` and `despues` exclude each other."""

    model_config = ConfigDict(hide_input_in_errors=True)

    antes: Id | None = Field(None, description="only messages with a smaller id")
    despues: Id | None = Field(None, description="only messages with a greater id")
    limite: Limit | None = Field(None, description="at most so many, 50 where antes or despues is given")

    def window(self) -> Window | None:
        """What was asked for; None for everything. Raises `SupportError("ventana")`."""
        if self.antes is not None and self.despues is not None:
            raise SupportError("ventana")
        if self.antes is self.despues is self.limite is None:
            return None
        return Window(self.antes, self.despues, self.limite or DEFAULT_LIMIT)


class PageOf(Page):
    """A page of somebody's messages."""

    con: str | None = Field(None, description="the name of the person", json_schema_extra={"required": True})


class Mensaje(BaseModel):
    """A message."""

    id: int = Field(description="its place in the one order of all messages")
    de_usuario: str
    para_usuario: str
    mensaje: str = Field(description="empty where it was erased")
    fecha: str = Field(description="ISO 8601, UTC", examples=["2026-01-15T10:30:00.000Z"])
    borrado: str | None = Field(None, description="when its text was erased; missing where it was not")


class Mensajes(RootModel[list[Mensaje]]):
    """Messages, oldest first."""


class Nombres(RootModel[list[str]]):
    """Names, latest activity first."""


class Error(BaseModel):
    """What was wrong."""

    error: str


class Texto(RootModel[str]):
    """What was wrong, as plain text."""


class Estado(BaseModel):
    """Whether all is well."""

    ok: bool
    error: str | None = None


class Provider(OpenAPIProvider):
    """Describes the programs' routes only, and tells plain text from JSON."""

    def generate_rules(self) -> Iterable[Rule]:
        return (rule for rule in super().generate_rules() if rule.endpoint.split(".")[0] in DOCUMENTED)

    def build_response_object(
        self, model: type[Any], headers_model: type[Any] | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        response, definitions = super().build_response_object(model, headers_model)
        if model is Texto:
            response["content"] = {"text/plain": response["content"]["application/json"]}
        return response, definitions


def describe(app: Web) -> None:
    """Serve `/openapi.json`; the documentation pages stay off, they load scripts from elsewhere."""
    QuartSchema(
        app,
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info=Info(title="Soporte", version=__version__, description="The JSON routes of the support chat."),
        security_schemes={"session": APIKeySecurityScheme(name="token", in_="cookie")},
        conversion_preference="pydantic",
        openapi_provider_class=Provider,
    )
