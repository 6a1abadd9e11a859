"""What a sceptic takes away: receipts, two verifiers, and the keys of parties as DIDs."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import orjson
from litestar import Request, Response, get

from orebook.acts import did, receipt, standalone
from orebook.web.desk import Desk

_ENTRY = "/receipts/{reference:str}"
_PARTY = "/party/{rest:path}"
_DID = "/did.json"


def check_handlers(desk: Desk) -> list[Any]:
    """Handlers for `/verify`, `/receipts/ENTRY` and the did:web documents.

    Source: did:web method specification, "Read (Resolve)".
    """

    @get("/verify", name="verify", status_code=302, sync_to_thread=False)
    def verify() -> Response[bytes]:
        headers = {"location": "/static/verify.html"}
        return Response(b"", status_code=302, media_type="text/plain", headers=headers)

    @get("/verify/orebook_verify.py", name="verifier", sync_to_thread=True)
    def verifier() -> Response[bytes]:
        return _file(standalone.standalone().encode(), "text/x-python", "orebook_verify.py")

    @get(_ENTRY, name="receipt", sync_to_thread=True)
    def one(request: Request[Any, Any, Any]) -> Response[bytes]:
        reference = str(request.path_params["reference"])
        with desk.lock:
            here = desk.view({})
            data = receipt.receipt(here, reference)
            name = receipt.name(here, reference)
        return _file(data, "application/json", name)

    @get("/.well-known/did.json", name="did", sync_to_thread=True)
    def keeper() -> Response[bytes]:
        return _did(desk, "")

    @get(_DID, name="did below a path", sync_to_thread=True)
    def keeper_below() -> Response[bytes]:
        return _did(desk, "")

    @get(_PARTY, name="party did", sync_to_thread=True)
    def party(request: Request[Any, Any, Any]) -> Response[bytes]:
        raw = request.scope.get("raw_path") or b""
        rest = raw.decode("ascii", "replace").removeprefix("/party/").removesuffix(_DID)
        return _did(desk, unquote(rest))

    return [verify, verifier, one, keeper, keeper_below, party]


def _did(desk: Desk, party: str) -> Response[bytes]:
    with desk.lock:
        desk.view({})
        found = did.document(desk.book, party)
    headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=60"}
    return Response(orjson.dumps(found), media_type="application/did+json", headers=headers)


def _file(data: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-cache"}
    return Response(data, media_type=media_type, headers=headers)
