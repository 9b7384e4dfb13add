"""The rules of the house, read from the sources with `ast`: each takes the modules and tells who breaks it."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PACKAGE = "supportapp"
FLOORS: Mapping[str, int] = {
    "": 0,
    "values": 0,
    "keys": 0,
    "config": 0,
    "errors": 0,
    "logs": 0,
    "tasks": 0,
    "watchdog": 0,
    "visible": 0,
    "store": 1,
    "desk": 2,
    "realtime": 3,
    "web": 3,
    "asgi": 4,
    "incoming": 4,
    "places": 4,
    "listener": 4,
    "protocol": 5,
    "tcp": 6,
    "server": 7,
    "processes": 8,
    "cli": 9,
    "__main__": 10,
}
STRANGERS = frozenset({("realtime", "web"), ("web", "realtime")})
DRIVERS = frozenset({"databases", "sqlalchemy", "aiomysql", "pymysql", "aiosqlite", "sqlite3", "yoyo"})
SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|REPLACE\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX)\s"
    r"|ALTER\s+TABLE\s|DROP\s+TABLE\s|BEGIN(\s|$)|COMMIT\b|ROLLBACK\b|PRAGMA\s)"
)
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = frozenset({"list", "dict", "set", "defaultdict", "OrderedDict", "deque", "Counter"})
MAX_FUNCTION, MAX_MODULE, MAX_TEMPLATE = 40, 250, 45

Modules = Mapping[str, str]
"""The source of each module by its dotted name; a package's is that of its `__init__`."""
Rule = Callable[[Modules], Iterator[str]]


def read_modules(root: Path) -> Modules:
    files = sorted((root / PACKAGE).rglob("*.py"))
    return {
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file.read_text()
        for file in files
    }


def room(module: str) -> str:
    """The room of `supportapp.store.users` is `store`."""
    return module.split(".")[1] if "." in module else ""


def imports(module: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported; `from a import b` counts as `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def own_imports(modules: Modules) -> Iterator[tuple[str, int, str]]:
    """Module, line and imported module, within the package."""
    for module, source in modules.items():
        for line, name in imports(module, source):
            while name.startswith(PACKAGE) and name not in modules and "." in name:
                name = name.rpartition(".")[0]
            if name.split(".")[0] == PACKAGE:
                yield module, line, name


def import_from_above(modules: Modules) -> Iterator[str]:
    """A module imports from lower floors or its own room only."""
    for module, line, target in own_imports(modules):
        mine, theirs = room(module), room(target)
        if mine not in FLOORS or theirs not in FLOORS:
            yield f"{module}:{line} a room without a floor: {mine or theirs}"
        elif mine != theirs and (FLOORS[theirs] > FLOORS[mine] or (mine, theirs) in STRANGERS):
            yield f"{module}:{line} imports {target}"


def import_in_circle(modules: Modules) -> Iterator[str]:
    """No module imports, over others, itself."""
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for module, _, target in own_imports(modules):
        if target != module and target in graph:
            graph[module].add(target)
    for start, targets in graph.items():
        seen: set[str] = set()
        todo = list(targets)
        while todo:
            step = todo.pop()
            if step == start:
                yield f"{start} imports itself over others"
                break
            if step not in seen:
                seen.add(step)
                todo += graph[step]


def import_relative(modules: Modules) -> Iterator[str]:
    """Imports name modules absolutely."""
    for module, node in nodes(modules):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{module}:{node.lineno}"


def import_in_function(modules: Modules) -> Iterator[str]:
    """Imports stand at the top."""
    for module, function in functions(modules):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{module}:{node.lineno}"


def sql_outside_store(modules: Modules) -> Iterator[str]:
    """Statements and drivers stay in `store`."""
    for module, source in modules.items():
        if room(module) == "store":
            continue
        tree = ast.parse(source)
        papers = set(docstrings(tree))
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in papers)
        for text in texts:
            if isinstance(text.value, str) and SQL.match(text.value):
                yield f"{module}:{text.lineno} {text.value[:40]!r}"
        for line, name in imports(module, source):
            if name.split(".")[0] in DRIVERS:
                yield f"{module}:{line} imports {name}"


def emit_outside_hub(modules: Modules) -> Iterator[str]:
    """Only the hub talks to sockets."""
    for module, node in nodes(modules):
        if (
            isinstance(node, ast.Call)
            and name_of(node.func) == "emit"
            and module != f"{PACKAGE}.realtime.hub"
        ):
            yield f"{module}:{node.lineno}"


def drawing_outside_web(modules: Modules) -> Iterator[str]:
    """Only the HTTP door draws templates."""
    for module, node in nodes(modules):
        drawn = isinstance(node, ast.Call) and name_of(node.func) in {
            "render_template",
            "stream_template",
            "get_template",
        }
        if drawn and room(module) != "web":
            yield f"{module}:{getattr(node, 'lineno', 0)}"


def environment_outside_config(modules: Modules) -> Iterator[str]:
    """Only `config` reads the environment."""
    for module, node in nodes(modules):
        read = isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
        if read and name_of(node.value) == "os" and room(module) != "config":
            yield f"{module}:{node.lineno}"
    for module, source in modules.items():
        for line, name in imports(module, source):
            if name in {"os.environ", "os.environb", "os.getenv"} and room(module) != "config":
                yield f"{module}:{line}"


def state_in_module(modules: Modules) -> Iterator[str]:
    """A module holds constants, nothing that changes."""
    for module, source in modules.items():
        for node in ast.parse(source).body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            called = isinstance(value, ast.Call) and name_of(value.func) in MUTABLE_CALLS
            exported = isinstance(node, ast.Assign) and name_of(node.targets[0]) == "__all__"
            if (isinstance(value, MUTABLE) or called) and not exported:
                yield f"{module}:{node.lineno}"
    for module, node in nodes(modules):
        if isinstance(node, ast.Global):
            yield f"{module}:{node.lineno} global {', '.join(node.names)}"


def function_too_long(modules: Modules) -> Iterator[str]:
    for module, function in functions(modules):
        if lines(function) > MAX_FUNCTION:
            yield f"{module}:{function.lineno} {function.name} has {lines(function)} lines"


def module_too_long(modules: Modules) -> Iterator[str]:
    for module, source in modules.items():
        if source.count("\n") > MAX_MODULE:
            yield f"{module} has {source.count(chr(10))} lines"


def templates_too_long(templates: Mapping[str, str]) -> Iterator[str]:
    for name, source in templates.items():
        if source.count("\n") > MAX_TEMPLATE:
            yield f"{name} has {source.count(chr(10))} lines"


def module_without_sentence(modules: Modules) -> Iterator[str]:
    """A module opens with what it is for."""
    for module, source in modules.items():
        if source.strip() and not ast.get_docstring(ast.parse(source)):
            yield module


def text_without_encoding(modules: Modules) -> Iterator[str]:
    """A text file names its encoding: the locale's may lack our letters."""
    for module, node in nodes(modules):
        if not isinstance(node, ast.Call) or any(keyword.arg == "encoding" for keyword in node.keywords):
            continue
        called = name_of(node.func).split(".")[-1]
        modes = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        opens = called == "fdopen" and not any("b" in mode for mode in modes)
        if opens or called in {"read_text", "write_text"}:
            yield f"{module}:{node.lineno} {called} without an encoding"


RULES: tuple[Rule, ...] = (
    text_without_encoding,
    import_from_above,
    import_in_circle,
    import_relative,
    import_in_function,
    sql_outside_store,
    emit_outside_hub,
    drawing_outside_web,
    environment_outside_config,
    state_in_module,
    function_too_long,
    module_too_long,
    module_without_sentence,
)


def nodes(modules: Modules) -> Iterator[tuple[str, ast.AST]]:
    for module, source in modules.items():
        yield from ((module, node) for node in ast.walk(ast.parse(source)))


def functions(modules: Modules) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, node in nodes(modules):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield module, node


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def docstrings(tree: ast.Module) -> Iterator[int]:
    """The identities of bare strings: papers, not statements."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
