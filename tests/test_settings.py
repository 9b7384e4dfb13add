"""What a production that is not safe is told at its start, and which secrets count as chance."""

import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from supportapp.config import ConfigError, load_settings
from supportapp.keys import strong_secret
from tests.forked import Forked, supportapp
from tests.processes import ROOT, SECRET, sqlite_settings

REAL = {"ENVIRONMENT": "production", "JWT_SECRET": SECRET}


def refusal(**more: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load_settings(REAL | more)
    return "\n".join(refused.value.lines)


def test_production_needs_the_address_that_people_open() -> None:
    assert "PUBLIC_URL is missing: set the address" in refusal()
    assert "PUBLIC_URL is missing" in refusal(PUBLIC_URL="", ALLOW_HTTP="1")
    assert load_settings({"JWT_SECRET": SECRET}).public_url is None  # not to try it


def test_of_several_secrets_each_must_be_one() -> None:
    other = secrets.token_urlsafe(48)
    named = REAL | {"PUBLIC_URL": "https://chat.example"}
    assert load_settings(named | {"JWT_SECRET": f"{other}, {SECRET}"}).secrets == (other, SECRET)
    for weak in (f"{other},", f",{other}", f"{other},short", f"{'a' * 64},{other}", ","):
        assert "JWT_SECRET: missing or weak" in refusal(JWT_SECRET=weak)


@pytest.mark.parametrize("setting", ["MESSAGE_LIMIT", "SIGN_IN_LIMIT", "READ_LIMIT"])
def test_a_rate_lets_somebody_through(setting: str) -> None:
    named = {"PUBLIC_URL": "https://chat.example"}
    assert f"{setting}: must let at least one through" in refusal(**named, **{setting: "0/second"})
    for wrong in ("-1/second", "fast", "5/eon"):
        assert f"{setting}: must read like 300/15 seconds" in refusal(**named, **{setting: wrong})


@pytest.mark.parametrize(
    "url", ["http://chat.example", "http://10.0.0.5:8000", "http://localhost.evil.example"]
)
def test_production_needs_https_unless_it_is_told_otherwise(url: str) -> None:
    assert "ALLOW_HTTP=1" in refusal(PUBLIC_URL=url)
    assert load_settings(REAL | {"PUBLIC_URL": url, "ALLOW_HTTP": "1"}).public_origin == url
    for safe in (
        "https://chat.example",
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://[::1]:8000",
    ):
        assert load_settings(REAL | {"PUBLIC_URL": safe}).public_origin == safe


@pytest.mark.parametrize(
    "secret",
    [
        "", "short", "a" * 64, "ab" * 32, "abcdefgh" * 8, "0123456789abcdef" * 3, "abcdefghijklmnopqrstuvwxyz0123456789",
        "qwertyuiopasdfghjklzxcvbnm0123456789", "passwordpasswordpasswordpassword", "12345678901234567890123456789012",
        "ChangeMe-ChangeMe-Please-And-Not-Later-Ok", "your-secret-key-goes-here-7fjw93kf02",
        "aaaaaaaabbbbbbbbccccccccddddddddeeee", "98765432109876543210zyxwvutsrqponmlkjihg",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["development", "production"])
def test_a_secret_that_can_be_guessed_is_refused(kind: str, secret: str, tmp_path: Path) -> None:
    wanted = {"ENVIRONMENT": kind, "PUBLIC_URL": "https://chat.example", "INSTANCE_DIR": str(tmp_path)}
    if not secret and kind == "development":
        assert load_settings(wanted).jwt_secret.get_secret_value()  # made at the first start
        return
    with pytest.raises(ConfigError) as refused:
        load_settings(wanted | {"JWT_SECRET": secret})
    assert "JWT_SECRET: missing or weak" in str(refused.value)
    assert not secret or secret not in str(refused.value)


def test_chance_is_never_refused() -> None:
    for _ in range(500):
        assert strong_secret(secrets.token_hex(16))
        assert strong_secret(secrets.token_urlsafe(24))


def test_what_the_chat_keeps_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Whatever the shell allows: migrated, served, and with the secret that it made."""
    home = tmp_path / "instance"
    env = sqlite_settings(home)
    del env["JWT_SECRET"]
    open_to_all = f"umask 000; exec {sys.executable} -m supportapp migrate"
    assert subprocess.run(["sh", "-c", open_to_all], cwd=ROOT, env=env, check=False).returncode == 0
    with Forked(env) as chat:
        chat.wait_until_it_answers("/readyz")
        found = [home, *home.rglob("*")]
        assert {"soporte.db", "jwt_secret"} <= {path.name for path in found}
        assert [path for path in found if path.stat().st_mode & 0o077] == []
        assert "ok    files" in supportapp("doctor", env=env).stdout
        (home / "soporte.db").chmod(0o644)
        result = supportapp("doctor", env=env)
        assert result.returncode == 1
        assert f"chmod go-rwx {home}/soporte.db" in result.stdout


class Proxy(BaseHTTPRequestHandler):
    """Stands in front of the chat as a proxy would, with a word about where the request comes from."""

    def do_GET(self) -> None:
        sent = {"X-Forwarded-For": "203.0.113.9", "Host": self.server.host or self.headers["Host"]}  # type: ignore[attr-defined]
        request = urllib.request.Request(f"{self.server.chat}{self.path}", headers={**self.headers, **sent})  # type: ignore[attr-defined]
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.mark.parametrize(
    ("proxies", "host", "wanted"),
    [
        (1, "", None),
        (0, "", "Set TRUSTED_PROXIES=1"),
        (2, "", "Set TRUSTED_PROXIES=1"),
        (1, "upstream", "WRONG Host"),
    ],
)
def test_the_doctor_sees_what_the_proxy_does(
    tmp_path: Path, proxies: int, host: str, wanted: str | None
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        env = sqlite_settings(
            tmp_path, TRUSTED_PROXIES=proxies, PUBLIC_URL=f"http://127.0.0.1:{proxy.server_address[1]}"
        )
        proxy.chat, proxy.host = f"http://127.0.0.1:{env['PORT']}", host  # type: ignore[attr-defined]
        Thread(target=proxy.serve_forever, daemon=True).start()
        with Forked(env) as chat:
            chat.wait_until_it_answers()
            lines = supportapp("doctor", env=env).stdout.splitlines()
        proxy.shutdown()
    (line,) = [line for line in lines if "TRUSTED_PROXIES" in line or "Host" in line]
    assert wanted in line if wanted else line.startswith("ok")
