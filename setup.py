"""Builds the three folders that the chat needs besides its code into the wheel; all the rest is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
FOLDERS = ("sql", "templates", "static")


class WithData(build_py):
    """`supportapp/_data/`; config.PROJECT finds it there."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        if not (ROOT / "static" / "build.json").is_file():
            self.announce(
                "static/build/ is not there: run `supportapp assets` where the wheel is installed", 3
            )
        for folder in FOLDERS:
            target = Path(self.build_lib) / "supportapp" / "_data" / folder
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(ROOT / folder, target, ignore=shutil.ignore_patterns("node_modules"))


setup(cmdclass={"build_py": WithData})
