"""Every setting, read once from the environment and refused at start when it is wrong."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from supportapp.keys import development_secret, parts, strong_secret
from supportapp.values import (
    host_in_url,
    is_local,
    is_private_address,
    normal_database_url,
    origin,
    rate,
    redis_address,
)

PACKAGE = Path(__file__).resolve().parent
PROJECT = PACKAGE / "_data" if (PACKAGE / "_data").is_dir() else PACKAGE.parent
"""Where `sql/`, `templates/` and `static/` are: in the checkout, or in a wheel, into which they were built."""
AUDIT_DAYS = 30
"""For which nobody deletes what stands in the audit: SQLite itself refuses."""
ADDON_VARIABLES = ("JAWSDB_URL", "JAWSDB_MARIA_URL", "CLEARDB_DATABASE_URL")


class ConfigError(Exception):
    """One line for each setting that is wrong."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Settings(BaseSettings):
    """The settings; docs and README describe each by its environment name."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True, populate_by_name=True
    )

    environment: Literal["development", "production"] = "development"
    database_url: Annotated[str, AfterValidator(normal_database_url)] = "sqlite:///instance/soporte.db"
    database_pool: int = Field(5, ge=2, le=50)
    commit_deadline_ms: int = Field(400, ge=50, le=60_000)
    spool_dir: Path | None = None
    spool_max_mb: int = Field(64, ge=1, le=10_000)
    heartbeat_seconds: float = Field(25, gt=0, le=300)
    redis_url: Annotated[str, AfterValidator(redis_address)] | None = None
    redis_verify: bool = True
    metrics_token: SecretStr | None = Field(None, min_length=16)
    canary: bool = False
    canary_seconds: float = Field(60, gt=0, le=3600)
    jwt_secret: SecretStr = SecretStr("")
    data_key: SecretStr = SecretStr("")
    admin_second_factor: Literal["optional", "required"] = "optional"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: Annotated[str, AfterValidator(origin)] | None = None
    allow_http: bool = False
    processes: int = Field(1, ge=1, le=100)
    trusted_proxies: int = Field(0, ge=0, le=10)
    connections_per_address: int = Field(500, ge=10)
    users_may_write_to: Literal["anyone", "admins"] = "admins"
    open_registration: bool = True
    session_max_hours: int = Field(720, ge=1, le=8760)
    session_idle_hours: int = Field(720, ge=1, le=8760)
    admin_session_max_hours: int = Field(12, ge=1, le=720)
    admin_session_idle_minutes: int = Field(60, ge=5, le=43_200)
    site_tokens: Literal["all", "users"] = "all"
    site_token_max_hours: int = Field(24, ge=1, le=720)
    retain_messages_days: int = Field(0, ge=0, le=36_500)
    retain_sessions_days: int = Field(30, ge=0, le=36_500)
    retain_addresses_days: int = Field(30, ge=0, le=36_500)
    retain_audit_days: int = Field(0, ge=0, le=36_500)
    message_limit: Annotated[str, AfterValidator(rate)] = "300/15 seconds"
    sockets_per_person: int = Field(90, ge=1, le=10_000)
    sign_in_limit: Annotated[str, AfterValidator(rate)] = "10/5 minutes"
    read_limit: Annotated[str, AfterValidator(rate)] = "60/second"
    log_format: Literal["text", "json"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    instance_dir: Path = Path("instance")
    allow_ephemeral_sqlite: bool = False
    dyno: str = ""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # `load_settings` hands over the environment: one reader, also in tests

    @model_validator(mode="after")
    def check_together(self) -> Self:
        if self.dyno and self.dialect == "sqlite" and not self.allow_ephemeral_sqlite:
            raise ValueError(
                "DATABASE_URL: this machine's disk is ephemeral, SQLite would lose every message at the next restart; "
                "set a mysql:// URL (or ALLOW_EPHEMERAL_SQLITE=1 to try it anyway)"
            )
        if self.processes > 1 and self.dialect == "sqlite":
            raise ValueError(
                "PROCESSES: SQLite is served by one process; set DATABASE_URL to a mysql:// database, or PROCESSES=1"
            )
        if self.dyno and not self.production:
            raise ValueError("ENVIRONMENT: set it to production, this is a deployed machine (DYNO is set)")
        if not all(strong_secret(secret) for secret in self.secrets):
            raise ValueError(
                "JWT_SECRET: missing or weak; use at least 32 random characters, for example the output of: "
                "python -c 'import secrets; print(secrets.token_urlsafe(48))' "
                "(several, the one to sign with first, are separated by commas)"
            )
        if not all(strong_secret(key) for key in self.data_keys):
            raise ValueError(
                "DATA_KEY: weak; make it as JWT_SECRET is made, and keep it: what it sealed needs it"
            )
        if self.admin_second_factor == "required" and not self.data_keys:
            raise ValueError(
                "ADMIN_SECOND_FACTOR: nobody can get a second factor without DATA_KEY; set it, too"
            )
        if 0 < self.retain_audit_days < AUDIT_DAYS:
            raise ValueError(f"RETAIN_AUDIT_DAYS: must be 0 (for ever) or at least {AUDIT_DAYS}")
        if self.production:
            check_public_url(self.public_url, self.allow_http)
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """What tokens may be signed with. The first signs; the others are on their way in or out."""
        return parts(self.jwt_secret)

    @property
    def data_keys(self) -> tuple[str, ...]:
        """What the secrets of second factors are sealed with: the first seals, all open; none where nobody has one."""
        return parts(self.data_key) if self.data_key.get_secret_value() else ()

    @property
    def dialect(self) -> Literal["mysql", "sqlite"]:
        return "sqlite" if self.database_url.startswith("sqlite") else "mysql"

    @property
    def spool_folder(self) -> Path:
        """Where messages wait that the database could not take yet; a disk that survives this process."""
        return self.spool_dir or self.instance_dir / "spool"

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def public_origin(self) -> str:
        """The origin that people's browsers see; links and origin checks use nothing else."""
        everywhere = self.host in {"", "0.0.0.0", "::"}  # noqa: S104  # recognised, not bound
        return (
            self.public_url or f"http://{'localhost' if everywhere else host_in_url(self.host)}:{self.port}"
        )

    @property
    def origins(self) -> list[str]:
        """The origins a browser may come from; in development the names of this machine are one."""
        if self.public_url or self.production:
            return [self.public_origin]
        return sorted(
            {
                self.public_origin,
                *(f"http://{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")),
            }
        )

    def admits(self, origin: str | None, host: str) -> bool:
        """Whether a browser may come from `origin`; `host`: how it names this chat.

        None is what a program and a page's own GET send.
        To try it from a phone, in development a machine of the local network may come by the chat's address.
        """
        if origin is None or origin.lower() in self.origins:
            return True
        parts = urlsplit(f"//{host}")
        return (
            not (self.public_url or self.production)
            and origin.lower() == f"http://{host.lower()}"
            and host.rpartition(":")[2] == str(self.port)
            and is_private_address(parts.hostname or "")
        )

    @property
    def logs_as_json(self) -> bool:
        return (self.log_format or ("json" if self.production else "text")) == "json"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of `environ` (default: the process environment).

    Raises `ConfigError` with one line for each setting that is wrong. In development a missing
    `JWT_SECRET` is made once and kept in `INSTANCE_DIR`, so that sessions survive a restart.
    """
    source = dict(os.environ if environ is None else environ)
    values = {
        name: source[name.upper()] for name in Settings.model_fields if source.get(name.upper(), "") != ""
    }
    if "database_url" not in values:
        addon = next((source[name] for name in ADDON_VARIABLES if source.get(name)), None)
        values |= {"database_url": addon} if addon else {}
    if values.get("environment", "development") == "development":
        instance = Path(values.get("instance_dir", "instance"))
        try:
            for name in ("jwt_secret", "data_key"):
                values[name] = values.get(name) or development_secret(instance / name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ConfigError(
                [f"INSTANCE_DIR: {error.filename} cannot be written or read: {reason}"]
            ) from None
    try:
        return Settings(**values)  # type: ignore[arg-type]  # strings, as the environment has them
    except ValidationError as error:
        raise ConfigError(
            [describe(item) for item in error.errors(include_input=False, include_url=False)]
        ) from None


def check_public_url(url: str | None, allow_http: bool) -> None:
    """Links, cookies and origin checks rest on it, and without https anybody on the way reads along."""
    if url is None:
        raise ValueError(
            "PUBLIC_URL is missing: set the address that people open, such as https://chat.example.org"
        )
    if not (url.startswith("https:") or allow_http or is_local(url)):
        raise ValueError(
            "PUBLIC_URL: must be https, or everybody on the way can read along and take sessions over "
            "(or set ALLOW_HTTP=1 where nobody is on the way)"
        )


def keep_private() -> None:
    """From now on the files of this process are its owner's alone: messages, spool, secret."""
    os.umask(0o077)


def describe(item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{str(item['loc'][0]).upper()}: {message}" if item["loc"] else message
