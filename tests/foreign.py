"""Finds what we use of other people's classes and modules beyond what they promise."""

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import supportapp

Use = tuple[str, str]
"""Whose it is (`package.module.Class`, `package.module`, or one of our files where the owner cannot be told), its name."""
PROMISED = frozenset({"_replace", "_asdict", "_abc_impl"})
"""Underscores that belong to the language."""
FOR_SUBCLASSES = ("pydantic", "click", "hypercorn.config.", "werkzeug.routing.")
"""Where a subclass is what the documentation tells people to write."""


def modules() -> list[ModuleType]:
    """Every module of the program but the one that starts it."""
    found = pkgutil.walk_packages(supportapp.__path__, "supportapp.")
    return [importlib.import_module(one.name) for one in found if not one.name.endswith("__main__")]


def is_foreign(module: str) -> bool:
    top = module.partition(".")[0]
    return not top.startswith("supportapp") and top not in sys.stdlib_module_names


def uses(module: ModuleType) -> set[Use]:
    """Everything found in a module of ours."""
    tree = parsed(module)
    found = set(replaced(tree)) | {(file_of(module), name) for name in reached(module, tree)}
    for cls in own_classes(module):
        found |= set(shared(cls))
    return {
        (owner, name)
        for owner, name in found
        if name not in PROMISED and (is_private(name) or not owner.startswith(FOR_SUBCLASSES))
    }


def shared(cls: type) -> Iterator[Use]:
    """What a class of ours redefines of a foreign base, or uses of it through `self` and `super()`."""
    foreign = [base for base in cls.__mro__ if is_foreign(base.__module__)]
    if not foreign:
        return
    ours = {
        name for base in cls.__mro__ if base.__module__.startswith("supportapp") for name in defined(base)
    }
    redefined = {name for name in defined(cls) if not is_dunder(name)}
    for name in redefined | {name for name in of_self(cls) if name not in ours} | of_super(cls):
        owner = next((base for base in foreign if name in defined(base)), None)
        if owner:
            yield f"{owner.__module__}.{owner.__qualname__}", name


def reached(module: ModuleType, tree: ast.AST) -> Iterator[str]:
    """Names with an underscore that neither this module nor one of ours that it imports defines."""
    own = names_in(tree)
    for other in imported(tree):
        if other.startswith("supportapp"):
            own |= names_in(parsed(importlib.import_module(other)))
    bases = {name for cls in own_classes(module) for base in cls.__mro__ for name in defined(base)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            known = node.attr in own | bases or ast.unparse(node.value) in sys.stdlib_module_names
            yield from [] if known else [node.attr]
        if isinstance(node, ast.ImportFrom) and is_foreign(node.module or ""):
            yield from (alias.name for alias in node.names if is_private(alias.name))


def replaced(tree: ast.AST) -> Iterator[Use]:
    """Assignments to what belongs to a foreign module: `hypercorn.asyncio.run.TCPServer = ...`."""
    known = {name for name in imported(tree) if is_foreign(name)}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            owner, _, name = ast.unparse(target).rpartition(".")
            if isinstance(target, ast.Attribute) and owner in known:
                yield owner, name


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def own_classes(module: ModuleType) -> list[type]:
    found = [cls for _, cls in inspect.getmembers(module, inspect.isclass)]
    return [cls for cls in found if cls.__module__ == module.__name__]


def of_self(cls: type) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree_of(cls))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    }


def of_super(cls: type) -> set[str]:
    found = [node for node in ast.walk(tree_of(cls)) if isinstance(node, ast.Attribute)]
    return {one.attr for one in found if ast.unparse(one.value) == "super()" and not is_dunder(one.attr)}


@cache
def defined(cls: type) -> frozenset[str]:
    """The names of a class: what stands in it, and what its methods assign to `self`."""
    return frozenset(vars(cls)) | names_in(tree_of(cls), methods=False)


def names_in(tree: ast.AST, methods: bool = True) -> frozenset[str]:
    """What is assigned to an attribute; with `methods` also functions, classes and plain names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if ast.unparse(node.value) in ("self", "cls"):
                found.add(node.attr)
        elif methods and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif methods and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found)


@cache
def tree_of(cls: type) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):  # made of C, or by a function
        return ast.parse("")


@cache
def parsed(module: ModuleType) -> ast.AST:
    return ast.parse(Path(str(module.__file__)).read_text())


def file_of(module: ModuleType) -> str:
    return module.__name__.replace(".", "/") + ".py"


def is_private(name: str) -> bool:
    return name.startswith("_") and not is_dunder(name) and name != "_"


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def looked_up(dotted: str) -> Any:
    """The module or class of this name; raises `ImportError` or `AttributeError`."""
    for at in range(dotted.count(".") + 1, 0, -1):
        parts = dotted.split(".")
        try:
            found: Any = importlib.import_module(".".join(parts[:at]))
        except ModuleNotFoundError:
            continue
        for part in parts[at:]:
            found = getattr(found, part)
        return found
    raise ImportError(dotted)


def shape(value: Any) -> str:
    """The parameters of a function, `name=` where there is a default; empty for anything else."""
    value = inspect.unwrap(value) if callable(value) else value
    if not inspect.isfunction(value):
        return ""
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    parameters = inspect.signature(value).parameters.values()
    return ", ".join(
        marks.get(one.kind, "") + one.name + ("" if one.default is one.empty else "=") for one in parameters
    )
