"""What stands around a statement that is put into a credential: names, authors, the other end."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.acts.did import did_of
from orebook.acts.see import View
from orebook.acts.status import latest
from orebook.exchange.untp_own import open_words
from orebook.exchange.untp_statement import Issuer, Statement
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.entry import Body
from orebook.model.hidden import clear
from orebook.model.when import BadDate, when

_NAMED = ("lot", "facility", "party")
_REFS = ("facility", "party", "lot", "owner", "operator", "laboratory")
_OTHER = {"ship": "receive", "transit": "receive", "receive": "ship"}
_ASSAYS_MAX = 100


def around(
    view: View, kind: str, body: Body, issuer: Issuer, keeper: Issuer, since: str
) -> Statement:
    """The statement with all that its credential names, as the view's reader may see it."""
    body = clear(body)
    other = _other_end(view, body) if kind == "event" else ("", "")
    things, authors = _things(view, {*_names(body), other[0]} - {""}, issuer.party)
    owners = {str(one["owner"]) for one in things.values() if isinstance(one.get("owner"), str)}
    parties = owners | set(authors.values()) | {i for i in (issuer.party,) if i}
    more, _ = _things(view, parties - things.keys(), issuer.party)
    return Statement(
        body,
        issuer,
        keeper,
        view.book.origin,
        {**more, **things},
        authors,
        _assays(view, str(body["id"]), issuer.party) if kind == "lot" else (),
        other,
        did_of(view.book, str(body["id"])) if kind == "party" else "",
        since[:10],
    )


def _names(body: Body) -> set[str]:
    """The identifiers that a fact names."""
    names = {str(body[n]) for n in _REFS if isinstance(body.get(n), str)}
    names |= {str(one) for one in _listed(body, "about") if isinstance(one, str)}
    for side in ("inputs", "outputs", "subjects"):
        names |= {str(f["lot"]) for f in _listed(body, side) if isinstance(f, dict) and "lot" in f}
    return names


def _listed(body: Body, name: str) -> list[object]:
    found = body.get(name)
    return found if isinstance(found, list) else []


def party_said(view: View, party: str) -> Body:
    """What the keeper states of a party, else the party of itself; no more than its id otherwise.

    Anyone may state anything of a party: another's word renames nobody in what is signed.
    """
    said = latest(view, "party", [party])
    for author in (view.book.operator, party):
        one = said.get((party, author))
        if one is not None and "withdrawn" not in one.body:
            return clear(one.body)
    return {"id": party}


def _things(
    view: View, names: Iterable[str], issuer: str
) -> tuple[dict[str, Body], dict[str, str]]:
    """What is stated of each thing; and of lots and facilities to whom they belong.

    The issuer's own statement goes before any other, else the latest counts.
    A lot belongs to its owner where one is stated and a facility to its operator, else to who
    states it. Under `kind:` and the identifier stands the kind of each thing.
    """
    found: dict[str, Body] = {}
    whose: dict[str, str] = {}
    wanted = sorted(names)
    for kind in _NAMED if wanted else ():
        said = latest(view, kind, wanted)
        order = sorted(
            said.items(),
            key=lambda item: (item[0][1] == issuer, item[1].position, item[1].index),
        )
        for (ident, author), one in order:
            if "withdrawn" in one.body:
                continue
            body = party_said(view, ident) if kind == "party" else clear(one.body)
            found[ident] = body
            whose[f"kind:{ident}"] = kind
            holder = body.get("owner" if kind == "lot" else "operator")
            if kind != "party":
                whose[ident] = holder if isinstance(holder, str) else author
    return found, whose


def _assays(view: View, lot: str, party: str) -> tuple[Body, ...]:
    """The analyses of a lot that the issuer states."""
    known_ = view.facts(kinds=["assay"], about=[lot]).all(Assay)
    idents = sorted({assay.id for assay in known_ if known(assay.lot) == lot})[:_ASSAYS_MAX]
    said = latest(view, "assay", idents)
    own = [(one.position, one.index, one.body) for (_, who), one in said.items() if who == party]
    return tuple(
        {"id": body["id"], **open_words("assay", body)} for _, _, body in sorted(own, key=_place)
    )


def _place(item: tuple[int, int, Body]) -> tuple[int, int]:
    return item[:2]


def _other_end(view: View, body: Body) -> tuple[str, str]:
    """Where the lots of a move came or left, as the one matching event says; else nothing.

    A shipment is matched by the receipts of the very same lots that are not earlier, a receipt by
    the shipments that are not later. Where they name more than one place, none is chosen.
    """
    wanted = _OTHER.get(str(body.get("kind")))
    lots = _lots(body)
    if wanted is None or not lots:
        return "", ""
    found: dict[str, str] = {}
    for entry, index in view.facts_at(view.places("event", lots=sorted(lots))):
        event = clear(entry.facts[index])
        place = event.get("facility")
        if event.get("kind") != wanted or "withdrawn" in event or not isinstance(place, str):
            continue
        first, second = (event, body) if wanted == "ship" else (body, event)
        if _lots(event) == lots and _not_after(first, second):
            found[place] = str(event["id"])
    return next(iter(found.items())) if len(found) == 1 else ("", "")


def _lots(body: Body) -> set[str]:
    return {str(f["lot"]) for f in _listed(body, "subjects") if isinstance(f, dict) and "lot" in f}


def _not_after(first: Body, second: Body) -> bool:
    try:
        begun, ended = when(str(first.get("when"))), when(str(second.get("when")))
    except BadDate:
        return False
    return ended.before(begun) is not True
