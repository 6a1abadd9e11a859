"""Credentials of the book at public addresses, and the lists of which stand no longer.

They hold what anyone may see, whoever asks: a credential is handed on.
"""

from __future__ import annotations

from collections.abc import Callable

from orebook.acts.issue import Form, issue
from orebook.acts.packs import names
from orebook.acts.see import View, pinned, view
from orebook.acts.state_lists import list_named
from orebook.acts.status import status_list
from orebook.exchange.vc_sign import EMBEDDED, JWT
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.web.api.answers import given
from orebook.web.api.call import JSON, Call, Reply, accepted
from orebook.web.api.counter import Counter
from orebook.web.days import day as day_of

# What a caller may ask for → the form it comes in.
_FORMS: dict[str, Form] = {JWT: "jwt", EMBEDDED: "embedded", JSON: "embedded"}
_SUFFIXES: dict[str, str] = {".jwt": JWT, ".json": EMBEDDED}
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=60",
    "Vary": "Accept",
}


def credential(counter: Counter, call: Call) -> Reply:
    """The keeper's statement of a thing as a credential, as a token or with its proof inside."""
    here, kind, ident = _public(counter), call.about, call.parts["id"]
    suffix = next((s for s in _SUFFIXES if ident.endswith(s)), "")
    if suffix and not here.places(kind, idents=[ident], limit=1):
        media, ident = _SUFFIXES[suffix], ident.removesuffix(suffix)
    else:
        media = accepted(call.header("accept"), tuple(_FORMS))
    try:
        data = _once(
            counter, here, (kind, ident, media),
            lambda: issue(here, ident, None, kind=kind, form=_FORMS[media]),
        )  # fmt: skip
    except (SenderError, ReaderError) as error:  # it may be there once the facts are
        raise NotFound(str(error), error.problems) from error
    return given(call, data, media, _HEADERS)


def listed(counter: Counter, call: Call) -> Reply:
    """A list of states, signed."""
    name = list_named(call.parts["list"].removesuffix(".jwt"))
    here = _public(counter)
    data = _once(counter, here, ("status", name.text()), lambda: status_list(here, name))
    return given(call, data, JWT, _HEADERS)


def verdict(counter: Counter, call: Call) -> Reply:
    """What rules say of a lot, as a credential by the keeper: by the law of today."""
    from orebook.acts.issue_verdict import issue_verdict

    here, lot, text = _public(counter), call.parts["id"], call.parts["pack"]
    suffix = next((one for one in _SUFFIXES if text.endswith(one)), "")
    name = _pack(text.removesuffix(suffix))
    media = _SUFFIXES.get(suffix) or accepted(call.header("accept"), tuple(_FORMS))
    try:
        data = _once(
            counter, here, ("verdict", lot, name, media),
            lambda: issue_verdict(here, lot, name, here.today, _FORMS[media]),
        )  # fmt: skip
    except (SenderError, ReaderError) as error:
        raise NotFound(str(error), error.problems) from error
    return given(call, data, media, _HEADERS)


def verdict_listed(counter: Counter, call: Call) -> Reply:
    """Whether a verdict that was issued still comes out, as a list of one."""
    from orebook.acts.issue_verdict import verdict_states

    here, day = _public(counter), day_of("law", call.parts["law"])
    asked = (call.parts["id"], _pack(call.parts["pack"]), day, call.parts["state"])
    data = _once(counter, here, ("states", *asked), lambda: verdict_states(here, *asked))
    return given(call, data, JWT, _HEADERS)


def _pack(text: str) -> str:
    """A pack that comes with the program: no caller names a folder here."""
    if text not in names():
        message = f"expected a pack, {', '.join(names())}, found {text[:60]!r}"
        raise NotFound(message)
    return text


def _public(counter: Counter) -> View:
    counter.look()
    return pinned(view(counter.book, "public", counter.today()))


def _once(counter: Counter, here: View, asked: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
    """What is signed for everyone, made once for a head and a day."""
    return counter.signed.get((here.head.root, str(here.head.size), here.today, *asked), make)
