"""A witness as a small server: one call to cosign a head, one address per log to read it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from orebook.book.witness_store import WitnessStore, system_seconds
from orebook.log.cosignature import CosigningKey
from orebook.log.witness import REQUEST_MAX, TEXT_TYPE, Logs
from orebook.model.problem import KeeperError, OrebookError

STOP_WITHIN = 5
_SHORT = "public, max-age=5"


def create_app(
    store: WitnessStore,
    keys: Sequence[CosigningKey],
    logs: Logs,
    now: Callable[[], int] = system_seconds,
) -> Litestar:
    """The witness as an application. Source: C2SP tlog-witness."""
    prefixes = {sha256(origin.encode()).hexdigest(): origin for origin in logs}
    vkeys = "".join(f"{key.verifier.vkey}\n" for key in keys)

    @post("/add-checkpoint", status_code=200, request_max_body_size=REQUEST_MAX)
    async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[str]:
        data = await request.body()
        # On the loop itself: one writer at a time is what the protocol asks for.
        answer = store.add_checkpoint(data, logs, keys, now())
        # Said as a header, because a media type would be given a charset that this one has not.
        kind = {"content-type": answer.media_type}
        return Response(answer.body, status_code=answer.status, headers=kind)

    @get("/{origin_hash:str}/checkpoint", sync_to_thread=False)
    def checkpoint(origin_hash: FromPath[str]) -> Response[str]:
        origin = prefixes.get(origin_hash)
        seen = store.seen(origin) if origin is not None else None
        if seen is None:
            return Response(
                "this witness has never cosigned such a log\n",
                status_code=404,
                media_type=TEXT_TYPE,
            )
        return Response(seen.note.decode(), media_type=TEXT_TYPE, headers={"cache-control": _SHORT})

    @get("/", sync_to_thread=False)
    def front() -> Response[str]:
        known = "".join(f"{hashed}/checkpoint  {name}\n" for hashed, name in prefixes.items())
        text = f"A witness (c2sp.org/tlog-witness). Its keys:\n{vkeys}\nThe logs it knows:\n{known}"
        return Response(text, media_type=TEXT_TYPE)

    return Litestar(
        [add_checkpoint, checkpoint, front],
        exception_handlers={Exception: _refused},
        openapi_config=None,
        logging_config=None,
    )


def serve(
    store: WitnessStore,
    keys: Sequence[CosigningKey],
    logs: Logs,
    host: str,
    port: int,
    announce: Callable[[str], None],
) -> None:
    """Serves the witness until interrupted; `announce` is told the address once it listens.

    Refuses: KeeperError where the address cannot be listened on.
    """
    import uvicorn

    from orebook.web.serve import listen

    listener = listen(host, port)
    config = uvicorn.Config(
        create_app(store, keys, logs),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN,
        server_header=False,
    )
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{listener.getsockname()[1]}/")
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # Ctrl-C is how it is meant to end
    finally:
        listener.close()


def _refused(_request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """One line, whatever went wrong; a store that failed has signed nothing that left the house."""
    if isinstance(error, HTTPException):
        return Response(f"{error.detail}\n", status_code=error.status_code, media_type=TEXT_TYPE)
    kept = "the witness could not keep this head, so it signs nothing"
    text = kept if isinstance(error, KeeperError | OrebookError) else "a fault of the witness"
    return Response(f"{text}\n", status_code=503, media_type=TEXT_TYPE)
