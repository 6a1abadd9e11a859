"""A document in parts: an upload that goes on where it broke off.

Source: IETF draft-ietf-httpbis-resumable-upload: creation, offset, append, cancellation.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import BinaryIO, cast

from orebook.acts.uploads import Upload
from orebook.model.problem import OrebookError, ReaderError
from orebook.web.api.call import Call, Reply, Unsupported
from orebook.web.api.counter import Counter, moment
from orebook.web.api.replies import plain
from orebook.web.api.resources import order_of

PART = ("application/partial-upload", "application/octet-stream")
_DIGITS_MAX = 15


def begin(counter: Counter, call: Call) -> Reply:
    """Begins an upload; what is sent along is its first part.

    One that is refused is let go of: nobody was told its name.
    """
    who = counter.require(call, "write")
    complete = _complete(call, default=False)
    upload = counter.uploads.begin(order_of(call, who.organisation))
    try:
        if call.size:
            part = cast("BinaryIO", call.body)
            upload = counter.uploads.append(who.organisation, upload.name, 0, part)
        if complete:
            return _finished(counter, call, who.organisation, upload.name)
    except BaseException:
        with suppress(OrebookError):
            counter.uploads.drop(who.organisation, upload.name)
        raise
    where = f"{call.base}/uploads/{upload.name}"
    return Reply(201, b"", "", {"Location": where, **_stand(counter, upload)})


def going(counter: Counter, call: Call) -> Reply:
    """The caller's uploads under way: how much of each has come, and how old it is."""
    who, now = counter.require(call, "write"), counter.now().astimezone(dt.UTC)
    found = counter.uploads.going(who.organisation)
    told = [
        {
            "uploadID": name,
            "name": upload.order.name if upload else None,
            "offset": upload.offset if upload else None,
            "begun": moment(begun),
            "age": max(0, int((now - begun).total_seconds())),
        }
        for name, begun, upload in found
    ]
    return plain(call, told)


def stand(counter: Counter, call: Call) -> Reply:
    """How much of an upload has come."""
    upload = counter.uploads.told(
        counter.require(call, "write").organisation, call.parts["uploadID"]
    )
    told = {
        "uploadID": upload.name,
        "name": upload.order.name,
        "offset": upload.offset,
        "complete": bool(upload.job),
        "until": moment(upload.until),
        "captureID": upload.job or None,
    }
    reply = plain(call, told)
    return Reply(200, reply.data, reply.media, {**_stand(counter, upload), **_job(call, upload)})


def append(counter: Counter, call: Call) -> Reply:
    """Puts a part behind what has come; the last part makes a capture job of it."""
    who, name = counter.require(call, "write"), call.parts["uploadID"]
    if call.media not in PART:
        message = f"Content-Type: expected {PART[0]}, found {call.media[:80] or 'none'}"
        raise Unsupported(message)
    complete = _complete(call, default=None)
    before = counter.uploads.told(who.organisation, name)
    if before.job and complete:  # the answer to the last part was lost
        return _finished(counter, call, who.organisation, name)
    part = cast("BinaryIO", call.body)
    upload = counter.uploads.append(who.organisation, name, _offset(call), part)
    if complete:
        return _finished(counter, call, who.organisation, name)
    return Reply(204, b"", "", _stand(counter, upload))


def drop(counter: Counter, call: Call) -> Reply:
    """Lets go of an upload and of what has come of it."""
    counter.uploads.drop(counter.require(call, "write").organisation, call.parts["uploadID"])
    return Reply(204, b"", "")


def _finished(counter: Counter, call: Call, organisation: str, name: str) -> Reply:
    upload = counter.uploads.finish(organisation, name, counter.jobs.take)
    return Reply(202, b"", "", {**_stand(counter, upload), **_job(call, upload)})


def _job(call: Call, upload: Upload) -> dict[str, str]:
    return {"Location": f"{call.base}/jobs/{upload.job}"} if upload.job else {}


def _stand(counter: Counter, upload: Upload) -> dict[str, str]:
    left = max(0, int((upload.until - counter.now().astimezone(dt.UTC)).total_seconds()))
    return {
        "Upload-Offset": str(upload.offset),
        "Upload-Complete": "?1" if upload.job else "?0",
        "Upload-Limit": f"max-size={counter.uploads.most}, max-age={left}",
    }


def _offset(call: Call) -> int:
    text = call.header("upload-offset").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        message = f"Upload-Offset: expected a number of bytes, found {text[:40]!r}"
        raise ReaderError(message)
    return int(text)


def _complete(call: Call, *, default: bool | None) -> bool:
    """Whether this part is the last; one that broke off is not. Refuses: ReaderError."""
    text = call.header("upload-complete").strip()
    if call.cut or (not text and default is not None):
        return False
    if text not in {"?0", "?1"}:
        message = f"Upload-Complete: expected ?1 with the last part, else ?0, found {text[:40]!r}"
        raise ReaderError(message)
    return text == "?1"
