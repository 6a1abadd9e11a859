"""One operation of a door: its address, what it takes and gives, and who answers it.

The doors are tables of these. Routing, the OpenAPI document and the tests that walk every route are
read from the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

from orebook.web.api.call import Call, Reply

# What answers a call: it is handed the counter, which tables need not know.
Handler = Callable[[Any, Call], Reply]
Schema = dict[str, object]
MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter beside the parts of the path."""

    name: str
    meaning: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    place: Literal["query", "header"] = "query"
    many: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method does at one address.

    Takes: `handler`, a module here and the name in it; `path` with named parts in braces, which may
    hold any text; `takes`, media types of what is sent, with the schema of each; `gives`, status →
    (meaning, schema name or empty, media types); `needs`, the right without which it is refused,
    or MEMBER for any token;
    `kept`, whether its answer depends on the head alone, so that it carries an ETag;
    `any_parameter`, whether names beyond `params` are read; `about`, handed to a handler that
    several operations share; `resumes`, whether what came of a body that broke off is handed over.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: str
    gives: Mapping[int, tuple[str, str, tuple[str, ...]]]
    params: tuple[Param, ...] = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    kept: bool = False
    tag: str = ""
    size_max: int = 0
    any_parameter: bool = False
    about: str = ""
    resumes: bool = False

    def load(self) -> Handler:
        """The handler, loaded now."""
        module, _, name = self.handler.partition(".")
        found: Handler = getattr(import_module(f"orebook.web.api.{module}"), name)
        return found

    @property
    def segments(self) -> tuple[str, ...]:
        """The path in its parts."""
        return tuple(self.path.strip("/").split("/")) if self.path.strip("/") else ()


@dataclass(frozen=True, slots=True)
class Route:
    """All operations at one address."""

    segments: tuple[str, ...]
    operations: Mapping[str, Operation]

    @property
    def allow(self) -> str:
        """The methods it takes, as a header says it."""
        return ", ".join(sorted({"OPTIONS", *self.operations}))


def routes(operations: Iterable[Operation]) -> tuple[Route, ...]:
    """The addresses of these operations; those with fewer named parts first."""
    found: dict[tuple[str, ...], dict[str, Operation]] = {}
    for operation in operations:
        found.setdefault(operation.segments, {})[operation.method] = operation
    order = sorted(found, key=lambda s: [part.startswith("{") for part in s])
    return tuple(Route(segments, found[segments]) for segments in order)


def match(route: Route, segments: tuple[str, ...]) -> dict[str, str] | None:
    """The named parts where the path is at this route, else None."""
    if len(route.segments) != len(segments):
        return None
    parts: dict[str, str] = {}
    for form, text in zip(route.segments, segments, strict=True):
        if form.startswith("{"):
            parts[form[1:-1]] = text
        elif form != text:
            return None
    return parts
