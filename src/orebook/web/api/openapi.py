"""The OpenAPI 3.1 document of both doors, written from their tables and the types they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
import orjson

import orebook
from orebook.exchange.epcis_filters import TABLE
from orebook.web.api import epcis_table, table
from orebook.web.api.call import XML, Call, Limits, Reply
from orebook.web.api.counter import Counter
from orebook.web.api.forms import CSV, FORMAT, LINES, has_forms
from orebook.web.api.operation import Operation, Param
from orebook.web.api.shapes import SHAPES

_ABOUT = """\
Everything a reader may see of this book, and the door by which documents come in. `/epcis` is the
REST binding of EPCIS 2.0, `/api` has our own resources; pages of the portal come as data too, at
their own addresses with .json, .csv or .jsonl behind them.

Every list and thing that is JSON is CSV and JSON Lines too, by `format` or `Accept`.

Without a token a caller sees what is public. A token (`orebook token create`) is sent as
`Authorization: Bearer TOKEN`. Faults are RFC 9457 bodies. Pages go on by the Link header with
rel="next"; a token of a page pins the head, so that appends move nothing.
"""


def document(limits: Limits | None = None) -> dict[str, Any]:
    """The OpenAPI document. Source: OpenAPI Specification 3.1.0."""
    limits = limits or Limits()
    paths: dict[str, dict[str, Any]] = {}
    for base, operations in (
        (epcis_table.BASE, epcis_table.operations(limits)),
        (table.BASE, table.operations(limits)),
    ):
        for operation in operations:
            path = f"{base}{operation.path}".rstrip("/")
            paths.setdefault(path, {})[operation.method.lower()] = _operation(base, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orebook",
            "version": orebook.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def served(counter: Counter, call: Call) -> Reply:
    """The document of a served book."""
    del call
    return Reply(200, _written(counter.limits))


@cache
def _written(limits: Limits) -> bytes:
    return orjson.dumps(document(limits), option=orjson.OPT_INDENT_2)


def _schemas() -> dict[str, Any]:
    _, found = msgspec.json.schema_components(SHAPES, ref_template="#/components/schemas/{name}")
    return dict(found)


def _operation(base: str, operation: Operation) -> dict[str, Any]:
    name = f"{base.strip('/')}_{operation.name}"
    said: dict[str, Any] = {
        "operationId": name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {
            str(status): _response(*told) for status, told in sorted(operation.gives.items())
        },
    }
    if operation.any_parameter and operation.kept:
        said["description"] = _others()
    params = [_path_param(part) for part in _parts(operation.segments)]
    params += [_param(param) for param in operation.params]
    if has_forms(operation):
        params.append(_param(FORMAT))
        content = said["responses"]["200"]["content"]
        content |= {media: {"schema": _schema("text")} for media in (CSV, LINES)}
    if params:
        said["parameters"] = params
    if operation.takes:
        content = {media: {"schema": _schema(name)} for media, name in operation.takes.items()}
        said["requestBody"] = {"required": True, "content": content}
    said["security"] = [{"token": []}] if operation.needs else [{}, {"token": []}]
    return said


def _response(meaning: str, schema: str, media: Iterable[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"description": meaning or "a problem, as an RFC 9457 body"}
    if schema:
        said["content"] = {one: {"schema": _schema(_as(schema, one))} for one in media}
    return said


def _as(name: str, media: str) -> str:
    """XML is told as text: its schemas are those of EPCIS."""
    return "text" if media in XML else name


def _schema(name: str) -> dict[str, Any]:
    if name == "binary":
        return {"type": "string", "format": "binary"}
    if name == "text":
        return {"type": "string"}
    if name == "any":
        return {}
    if name.startswith("["):
        return {"type": "array", "items": _schema(name.strip("[]"))}
    return {"$ref": f"#/components/schemas/{name}"}


def _parts(segments: Iterable[str]) -> list[str]:
    return [part[1:-1] for part in segments if part.startswith("{")]


def _path_param(name: str) -> dict[str, Any]:
    schema: Mapping[str, object] = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _param(param: Param) -> dict[str, Any]:
    said: dict[str, Any] = {"name": param.name, "in": param.place}
    if param.meaning:
        said["description"] = param.meaning
    if param.many:
        item = {**param.schema, "minLength": 1}
        schema: Mapping[str, object] = {"type": "array", "items": item, "minItems": 1}
        return {**said, "schema": schema, "style": "pipeDelimited", "explode": False}
    return {**said, "schema": param.schema}


def _others() -> str:
    """The names that are no fixed ones: patterns of the table of parameters."""
    rows = [f"| `{line.form}` | {line.meaning} |" for line in TABLE]
    return "\n".join(
        (
            "Every parameter of the SimpleEventQuery of EPCIS 2.0 is read, by these patterns:",
            "",
            "| name | asks for |",
            "|---|---|",
            *(row.replace("(?P<", "(<").replace("|", "\\|", 0) for row in rows),
        )
    )
