"""Where the parts of a book lie, as `book.toml` says it: here in its folder, or in PostgreSQL."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orebook.book.errors import MissingFile
from orebook.model.problem import ReaderError

HERE = "here"
POSTGRESQL = "postgresql"
PARTS = ("entries", "head", "tiles", "vault")
_ADDRESSES = ("postgresql://", "postgres://")
_SCHEMA = re.compile("[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A schema of a PostgreSQL database.

    `conninfo` is libpq's (`service=NAME`, a URL, or empty: the PG* environment says all). It never
    holds a password: that comes from the environment, a password file or the service file.
    """

    conninfo: str
    schema: str


@dataclass(frozen=True, slots=True)
class Where:
    """For each part `here` or `postgresql`, and which database that is."""

    entries: str = HERE
    head: str = HERE
    tiles: str = HERE
    vault: str = HERE
    database: Postgres | None = None

    @classmethod
    def in_database(cls, database: Postgres) -> Where:
        """Every part in that database."""
        return cls(POSTGRESQL, POSTGRESQL, POSTGRESQL, POSTGRESQL, database)

    def lines(self) -> list[str]:
        """The lines of `book.toml` that say so."""
        lines = ["", "[where]", *(f'{part} = "{getattr(self, part)}"' for part in PARTS)]
        if self.database is not None:
            lines += ["", f"[{POSTGRESQL}]"]
            lines.append(f"conninfo = {json.dumps(self.database.conninfo)}")
            lines.append(f"schema = {json.dumps(self.database.schema)}")
        return lines

    @classmethod
    def read(cls, data: Mapping[str, Any], path: object) -> Where:
        """What a parsed `book.toml` says. Refuses: MissingFile naming the line that is wrong."""
        where = data.get("where", {})
        said = [where.get(part) for part in PARTS]
        for part, place in zip(PARTS, said, strict=True):
            if place not in {HERE, POSTGRESQL}:
                message = (
                    f'{path}: expected where.{part} = "{HERE}" or "{POSTGRESQL}", found {place!r}'
                )
                raise MissingFile(message)
        if POSTGRESQL not in said:
            return cls()
        told = data.get(POSTGRESQL, {})
        conninfo, schema = told.get("conninfo"), told.get("schema")
        if not isinstance(conninfo, str) or not _SCHEMA.fullmatch(str(schema)):
            message = (
                f"{path}: expected [{POSTGRESQL}] with conninfo and schema (a-z, 0-9, _),"
                f" found {told!r}"
            )
            raise MissingFile(message)
        entries, head, tiles, vault = map(str, said)
        return cls(entries, head, tiles, vault, Postgres(conninfo, str(schema)))


def schema_of(origin: str) -> str:
    """The schema a book of that origin gets when none is named."""
    name = re.sub("[^a-z0-9]+", "_", origin.casefold()).strip("_")
    return f"book_{name}"[:60]


def where_of(store: str, origin: str, schema: str = "") -> Where:
    """Where a new book lies, from one word or connection.

    Takes: `here`; `postgres` (the PG* environment says which server); or a libpq connection such as
    `service=team` or `postgresql://host/database`. `schema` for one with a name of its own.
    Refuses: ReaderError for anything else.
    """
    if store in {"", HERE, "sqlite"} and not schema:
        return Where()
    conninfo = "" if store in {"postgres", POSTGRESQL} else store
    if conninfo and "=" not in conninfo and not conninfo.startswith(_ADDRESSES):
        expected = "here, postgres, or a connection such as service=team"
        message = f'--store: expected {expected}, found "{store}"'
        raise ReaderError(message)
    schema = schema or schema_of(origin)
    if not _SCHEMA.fullmatch(schema):
        message = f'--schema: expected a name of a-z, 0-9 and _, found "{schema}"'
        raise ReaderError(message)
    return Where.in_database(Postgres(conninfo, schema))
