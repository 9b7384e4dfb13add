"""Draws docs/img/: starts the chat on its own data, fills it with the demo and takes pictures with Chromium."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parents[1]
PICTURES = PROJECT / "docs" / "img"
SUPPORTAPP = [sys.executable, "-m", "supportapp"]


@contextmanager
def chat(folder: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a running chat, and the demo's passwords by name."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"PORT": str(port), "INSTANCE_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/soporte.db"}
    environment = {**os.environ, **settings}
    server = subprocess.Popen([*SUPPORTAPP, "serve"], env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        said = subprocess.run(
            [*SUPPORTAPP, "demo"], env=environment, cwd=PROJECT, capture_output=True, text=True, check=True
        )
        yield (
            f"http://127.0.0.1:{port}",
            dict(re.findall(r"^\s+(demo\.\w+)\s+(\S+)", said.stdout, re.MULTILINE)),
        )
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address)  # noqa: S310
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the chat did not start")


def draw(
    browser: Browser, address: str, who: str, password: str, name: str, width: int, height: int, path: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="es-ES")
    page = context.new_page()
    page.goto(f"{address}/login?next={path}")
    page.fill("[name=user]", who)
    page.fill("[name=pass]", password)
    page.press("[name=pass]", "Enter")
    page.wait_for_selector("#mensaje")
    page.wait_for_timeout(800)
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with (
        tempfile.TemporaryDirectory() as folder,
        chat(folder) as (address, passwords),
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        marta, ana = passwords["demo.marta"], passwords["demo.ana"]
        draw(browser, address, "demo.marta", marta, "admin", 1200, 720, "/soporte/c/demo.ana")
        draw(browser, address, "demo.ana", ana, "phone", 360, 640, "/soporte")
        browser.close()


main()
