"""Issue what rules say of a lot as a conformity credential, and say whether it is still so.

Anyone can ask the rules again, so the keeper attests no more than that they were asked. The list of
states asks them anew at the present head, by the law of the same day: it is revoked once anything
that it says would be said otherwise.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from urllib.parse import quote, unquote

from orebook.acts.draw import issuer_of
from orebook.acts.grounds import Grounds, Known
from orebook.acts.issue import Form, keeper, signed
from orebook.acts.packs import names, pack
from orebook.acts.qualify import qualify_on
from orebook.acts.see import View, pinned
from orebook.acts.state_lists import ENTRIES as PER_LIST
from orebook.acts.state_lists import FACTS, signed_list
from orebook.engines.rules import Verdict
from orebook.exchange.json_text import write as json_text
from orebook.exchange.status_list import entry_at
from orebook.exchange.untp_issue_verdict import Ruling, verdict_credential
from orebook.exchange.untp_statement import Statement
from orebook.model.entry import PUBLIC
from orebook.model.problem import NotFound, Problem, ReaderError, SenderError

PATH = "/api/credentials/verdicts"
OUTCOMES = {"proved": True, "refuted": False}
_PARTS = ("lot", "pack", "day", "state")
_STATE = re.compile(rf"(?:{'|'.join(OUTCOMES)})-[0-9a-f]{{32}}", re.ASCII)
_NEVER = "0001-01-01T00:00:00Z"  # stands for when it was asked, which is no part of what it says
_STEP = "State what is missing in this book: `orebook qualify` lists it."


def issue_verdict(view: View, lot: str, name: str, day: str, form: Form = "jwt") -> bytes:
    """The verdict of a pack on a lot as a credential by the keeper.

    Takes: what anyone may see; the pack; the day whose law is asked.
    Refuses: NotFound for a lot nobody speaks of; ReaderError for no pack or day, or one reader's
    view; SenderError where the rules cannot tell, with what is missing: unknown is never a pass.
    """
    if view.reader != PUBLIC:
        message = (
            "a verdict goes out as anyone can ask for it: from what is public, for no one reader"
        )
        raise ReaderError(message)
    here, origin = pinned(view), view.book.origin
    found = _verdict(here, lot, name, day)
    if found.outcome not in OUTCOMES:
        gaps = [(j.rule.id, gap) for j in found.rules for gap in j.gaps if j.counts]
        told = [
            Problem("cannot-be-told", rule, f"{gap.what} of {gap.about}", "nothing", _STEP)
            for rule, gap in gaps
        ]
        message = f"{lot[:200]} under {name}: cannot be told"
        raise SenderError("\n".join([message, *(one.text() for one in told)]), told)
    since = here.entry(here.head.size - 1).issued
    at = f"{quote(lot, safe='')}/{quote(name, safe='')}/{day}"
    status = entry_at(f"https://{origin}{PATH}/{at}/{_state(here, lot, found)}", 0)
    asked = f"lot={quote(lot)}&pack={quote(name)}&law={day}&head={here.head.size}"
    ident = f"https://{origin}/api/findings/rules?{asked}"
    ruling = _ruling(found, since[:10], here.head.size)
    made = verdict_credential(_said(here, lot), ruling, ident, since, status)
    if isinstance(made, list):
        raise SenderError("\n".join(problem.text() for problem in made), made)
    return signed(here, keeper(here), made, form)


def verdict_states(view: View, lot: str, name: str, day: str, state: str) -> bytes:
    """The list of states of that verdict, signed: set where it would say otherwise now.

    Refuses: NotFound for no state of a verdict, another pack or lot; ReaderError for no day.
    """
    if not _STATE.fullmatch(state):
        message = f"expected {' or '.join(OUTCOMES)} and what was said, found {state[:40]!r}"
        raise NotFound(message)
    here = pinned(replace(view, reader=PUBLIC))
    found = _verdict(here, lot, name, day)
    bits = bytearray(PER_LIST * FACTS // 8)
    bits[0] = 0 if _stands(here, lot, found, state) else 0x80
    at = "/".join(quote(part, safe="") for part in (lot, name, day, state))
    return signed_list(here, f"https://{here.book.origin}{PATH}/{at}", bytes(bits))


def issuable(view: View, lot: str, found: Verdict) -> bool:
    """Whether that verdict can go out to anyone."""
    try:
        return found.outcome in OUTCOMES and bool(_state(pinned(view), lot, found))
    except SenderError:
        return False


def _stands(view: View, lot: str, found: Verdict, state: str) -> bool:
    try:
        return found.outcome in OUTCOMES and _state(view, lot, found) == state
    except SenderError:  # it could not be issued now
        return False


def _state(view: View, lot: str, found: Verdict) -> str:
    """The outcome, and a digest of all that the credential says but for when it was asked."""
    ruling = _ruling(found, _NEVER[:10], 0)
    anywhere = entry_at(f"https://{view.book.origin}", 0)
    said = verdict_credential(_said(view, lot), ruling, "urn:any", _NEVER, anywhere)
    if isinstance(said, list):
        raise SenderError("\n".join(problem.text() for problem in said), said)
    return f"{found.outcome}-{sha256(json_text(said).encode('utf-8')).hexdigest()[:32]}"


def _said(view: View, lot: str) -> Statement:
    grounds = Grounds(Known(view), view.book.operator)
    issuer = issuer_of(grounds, view.book.operator)
    return Statement({"id": lot, "lot": lot}, issuer, issuer, view.book.origin, grounds)


def own_states(view: View, url: str) -> bytes | None:
    """The list at an address of this book's verdicts; None for any other address."""
    start = f"https://{view.book.origin}{PATH}/"
    parts = [unquote(part) for part in url.removeprefix(start).split("/")]
    if not url.startswith(start) or len(parts) != len(_PARTS) or parts[1] not in names():
        return None
    lot, name, day, state = parts
    return verdict_states(view, lot, name, day, state)


def _verdict(view: View, lot: str, name: str, day: str) -> Verdict:
    (found,) = qualify_on(view, lot, [pack(name)], day)
    return found.verdicts[0]


def _ruling(found: Verdict, asked: str, head: int) -> Ruling:
    own = found.pack
    rules = ((j.rule.id, j.rule.title, j.rule.clause, str(j.outcome)) for j in found.rules
             if j.counts)  # fmt: skip
    return Ruling(
        own.id, own.title, own.citation, own.version, found.day, asked, head,
        OUTCOMES[found.outcome], tuple(rules),
    )  # fmt: skip
