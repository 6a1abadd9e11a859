"""Faults as a reader meets them: an HTML page for browsers, RFC 9457 for programs, never a trace.

One table maps the stable code of a fault to its HTTP status; a code that is not in it takes the
status of its branch (whose move it is).
"""

from __future__ import annotations

from http import HTTPStatus

from litestar.exceptions import HTTPException

from orebook.model.problem import OrebookError

PROBLEM_JSON = "application/problem+json"
STATUS = {
    "not-found": 404,
    "bad-question": 400,
    "bad-document": 422,
    "too-large": 413,
    "too-many-requests": 429,
    "too-many-uploads": 429,
    "no-book": 503,
    "store-failed": 503,
    "head-moved": 503,
    "outcome-unknown": 503,
}
BRANCH = {"sender": 422, "reader": 400, "keeper": 503, "tampering": 500}
NEXT = {
    "sender": "Correct the document and send it again.",
    "reader": "Check the address or the question, or start from the first page.",
    "keeper": "Nothing is wrong with your question. Try again later, or tell the book's operator.",
    "tampering": "The record does not agree with itself. Tell the operator and anyone who relies"
    " on this book; keep the head you have.",
}
# Where the branch alone does not say what to do.
NEXT_OF = {
    "too-many-uploads": "Finish one of them, or let go of it: GET /api/uploads lists them, and"
    " DELETE lets go.",
    "wrong-offset": "Ask with HEAD where the upload stands, and go on from its Upload-Offset.",
}
_LONGEST = 500


def status_of(error: Exception) -> int:
    """The HTTP status of a fault."""
    if isinstance(error, OrebookError):
        return STATUS.get(error.code, BRANCH[error.move])
    if isinstance(error, HTTPException):
        return error.status_code
    return 500


def problem(error: Exception, path: str) -> dict[str, object]:
    """The fault as RFC 9457 members. A fault that is not ours says nothing of its inside."""
    status = status_of(error)
    title = HTTPStatus(status).phrase
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if isinstance(error, OrebookError):
        keeper = error.move == "keeper"
        body["type"] = f"urn:orebook:problem:{error.code}"
        body["code"] = error.code
        # What the keeper must mend may name files of the machine; readers need not see it.
        body["detail"] = "the book cannot be read just now" if keeper else _short(str(error))
        body["next_step"] = NEXT_OF.get(error.code, NEXT[error.move])
        if error.problems and not keeper:
            body["errors"] = [p.as_json() for p in error.problems[:100]]
    elif isinstance(error, HTTPException) and status < 500:
        body["detail"] = _HTTP.get(status, title)
        body["next_step"] = _HTTP_NEXT.get(status, NEXT["reader"])
    else:
        body["detail"] = "something went wrong here that should not have"
        body["next_step"] = NEXT["keeper"]
    body["instance"] = _short(path)
    return body


_HTTP = {
    404: "there is no page at this address",
    405: "this address does not take that kind of request",
    413: "the document is larger than this page takes",
}

_HTTP_NEXT = {413: "Send it in parts, or give it to the program itself (orebook capture)."}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
