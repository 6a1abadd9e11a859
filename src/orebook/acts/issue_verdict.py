"""Issue what rules say of a lot as a conformity credential, and say whether it is still so.

Anyone can ask the rules again, so the keeper attests no more than that they were asked. The list of
states asks them anew at the present head, by the law of the same day: another outcome revokes.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from orebook.acts.did import did_of
from orebook.acts.issue import Form, Signer, keeper, name_of, signed
from orebook.acts.issue_around import around
from orebook.acts.packs import names, pack
from orebook.acts.qualify import qualify_on
from orebook.acts.see import View
from orebook.acts.status import ENTRIES as PER_LIST
from orebook.acts.status import FACTS, signed_list
from orebook.engines.rules import Verdict
from orebook.exchange.status_list import entry_at
from orebook.exchange.untp_issue_verdict import Ruling, verdict_credential
from orebook.exchange.untp_statement import Issuer
from orebook.model.problem import NotFound, Problem, SenderError

PATH = "/api/credentials/verdicts"
OUTCOMES = {"proved": True, "refuted": False}
_PARTS = ("lot", "pack", "day", "outcome")
_STEP = "State what is missing in this book: `orebook qualify` lists it."


def issue_verdict(view: View, lot: str, name: str, day: str, form: Form = "jwt") -> bytes:
    """The verdict of a pack on a lot as a credential by the keeper.

    Takes: the view of who may read it; the pack; the day whose law is asked.
    Refuses: NotFound for a lot nobody speaks of; ReaderError for no pack or day; SenderError where
    the rules cannot tell, with what is missing: unknown is never a pass.
    """
    found = _verdict(view, lot, name, day)
    if found.outcome not in OUTCOMES:
        gaps = [(j.rule.id, gap) for j in found.rules for gap in j.gaps if j.counts]
        told = [
            Problem("cannot-be-told", rule, f"{gap.what} of {gap.about}", "nothing", _STEP)
            for rule, gap in gaps
        ]
        message = f"{lot[:200]} under {name}: cannot be told"
        raise SenderError("\n".join([message, *(one.text() for one in told)]), told)
    who, origin = keeper(view), view.book.origin
    issuer = Issuer(did_of(view.book), name_of(view, who.party), who.party)
    since = view.entry(view.head.size - 1).issued
    at = f"{quote(lot, safe='')}/{quote(name, safe='')}/{day}"
    status = entry_at(f"https://{origin}{PATH}/{at}/{found.outcome}", 0)
    asked = f"lot={quote(lot)}&pack={quote(name)}&law={day}&head={view.head.size}"
    ident = f"https://{origin}/api/findings/rules?{asked}"
    said = around(view, "verdict", {"id": lot, "lot": lot}, issuer, issuer, since)
    made = verdict_credential(said, _ruling(view, found), ident, since, status)
    if isinstance(made, list):
        raise SenderError("\n".join(problem.text() for problem in made), made)
    return signed(view, Signer(who.party, who.key), made, form)


def verdict_states(view: View, lot: str, name: str, day: str, outcome: str) -> bytes:
    """The list of states of that verdict, signed: set where the rules say otherwise now.

    Refuses: NotFound for another outcome, pack or lot; ReaderError for no day.
    """
    if outcome not in OUTCOMES:
        message = f"expected one of {', '.join(OUTCOMES)}, found {outcome[:40]!r}"
        raise NotFound(message)
    now = _verdict(view, lot, name, day).outcome
    bits = bytearray(PER_LIST * FACTS // 8)
    bits[0] = 0 if now == outcome else 0x80
    at = "/".join(quote(part, safe="") for part in (lot, name, day, outcome))
    return signed_list(view, f"https://{view.book.origin}{PATH}/{at}", bytes(bits))


def own_states(view: View, url: str) -> bytes | None:
    """The list at an address of this book's verdicts; None for any other address."""
    start = f"https://{view.book.origin}{PATH}/"
    parts = [unquote(part) for part in url.removeprefix(start).split("/")]
    if not url.startswith(start) or len(parts) != len(_PARTS) or parts[1] not in names():
        return None
    lot, name, day, outcome = parts
    return verdict_states(view, lot, name, day, outcome)


def _verdict(view: View, lot: str, name: str, day: str) -> Verdict:
    (found,) = qualify_on(view, lot, [pack(name)], day)
    return found.verdicts[0]


def _ruling(view: View, found: Verdict) -> Ruling:
    own = found.pack
    rules = ((j.rule.id, j.rule.title, j.rule.clause, str(j.outcome)) for j in found.rules
             if j.counts)  # fmt: skip
    return Ruling(
        own.id, own.title, own.citation, own.version, found.day, view.today, view.head.size,
        OUTCOMES[found.outcome], tuple(rules),
    )  # fmt: skip
