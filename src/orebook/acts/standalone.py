"""The verifier as one file: the log's own modules, word for word, behind a loader of a few lines.

Made from the sources that run here, so that it can never say anything else than they do.
"""

from __future__ import annotations

import ast
from hashlib import sha256
from importlib.resources import files

from orebook import __version__

NAME = "orebook_verify.py"
_PROGRAM = "acts/verify"
_FENCE = "'''"

_HEADER = '''\
"""Checks a receipt of an Orebook log offline. One file; needs Python 3.11 and PyNaCl.

    python -I {name} receipt.json --key 'VERIFIER KEY OF THE LOG'

Version {version}. Below stand these modules of the project, word for word, with their SHA-256;
compare them with the release whose sources you have read:

{sources}
"""

import hashlib
import sys
import types

sys.modules["orjson"] = None  # type: ignore[assignment]  # the standard library alone writes JSON
sys.modules["vodozemac"] = None  # type: ignore[assignment]  # and libsodium alone verifies


def _package(name: str) -> types.ModuleType:
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = []
    return module


def _module(name: str, digest: str, source: str) -> types.ModuleType:
    if hashlib.sha256(source.encode()).hexdigest() != digest:
        raise SystemExit(name + ": this file is not as it was made")
    room, _, short = name.rpartition(".")
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
    setattr(sys.modules[room], short, module)
    return module


for _name in ("orebook", "orebook.log", "orebook.acts"):
    _package(_name)
'''

_SECTION = """
# {rule}
# {name}
# {rule}
_module({module!r}, {digest!r}, r'''{source}''')
"""

_FOOTER = """
if __name__ == "__main__":
    sys.exit(sys.modules["orebook.acts.verify"].main())
"""


def standalone() -> str:
    """Gives the text of the one file, the same for the same sources."""
    sources = {name: _source(name) for name in _ordered()}
    sums = {name: sha256(text.encode()).hexdigest() for name, text in sources.items()}
    table = "\n".join(f"  {digest}  orebook/{name}.py" for name, digest in sums.items())
    parts = [_HEADER.format(name=NAME, version=__version__, sources=table)]
    for name, text in sources.items():
        if _FENCE in text or text.endswith("\\"):
            message = f"{name}: expected no {_FENCE} in it, which would end its section"
            raise ValueError(message)
        module = f"orebook.{name.replace('/', '.')}"
        section = {"name": f"orebook/{name}.py", "module": module, "digest": sums[name]}
        parts.append(_SECTION.format(rule="-" * 70, source=text, **section))
    return "".join([*parts, _FOOTER])


def _source(name: str) -> str:
    room, _, module = name.partition("/")
    return (files("orebook") / room / f"{module}.py").read_text("utf-8")


def _ordered() -> list[str]:
    """The program and all it imports of the log, each after what it imports."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        for needed in _imports(_source(name)):
            visit(needed)
        order.append(name)

    visit(_PROGRAM)
    return order


def _imports(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module == "orebook.log":
            found += [f"log/{alias.name}" for alias in node.names]
        elif node.module.startswith("orebook.log."):
            found.append(f"log/{node.module.removeprefix('orebook.log.')}")
    return found
