"""The matrix of one agreement: each item and key, its state by rule, and the claims behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orebook.engines.disclosure.yardstick import STAGES, Item, Key, items, keys, stage_of
from orebook.model.absence import Absent, Sealed, known
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.facts import Facts
from orebook.model.shipment import Shipment

VERSION = "disclosure/1"
OPEN = ("not_found", "undisclosed", "withheld", "sealed", "unknown")
_RIGHTS = {
    "size-of-concession-area",
    "term",
    "royalties",
    "income-tax-rate",
    "state-participation",
    "licence-or-title",
}


@dataclass(frozen=True, slots=True)
class Grants:
    """Does the instrument grant rights or fix terms? yes, no, or unknown, and why."""

    answer: str
    reason: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: an item or a key, its state, whether it applies, from when it is due, its claims.

    `state`: full, partial, summary, not_found, undisclosed, withheld, sealed, not_applicable,
    unknown (nobody has looked, as far as recorded), not_due. `applies`: yes, if_it_does (the text
    decides whether it grants rights or fixes terms), no.
    """

    code: str
    title: str
    group: str
    level: str
    state: str
    applies: str
    due: str
    claims: tuple[str, ...]
    reason: str
    asks: str
    weight: int = 0

    @property
    def open(self) -> bool:
        """True where it is due and not public."""
        return self.state in OPEN

    @property
    def watched(self) -> bool:
        """True where it is due only later."""
        return self.state == "not_due"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every cell of one agreement against both yardsticks."""

    agreement: str
    stage: str
    grants: Grants
    items: tuple[Cell, ...]
    keys: tuple[Cell, ...]

    def counts(self, cells: Sequence[Cell]) -> dict[str, int]:
        """How many cells stand in each state; the denominator is all of them."""
        found: dict[str, int] = {}
        for cell in cells:
            found[cell.state] = found.get(cell.state, 0) + 1
        return found


def matrix(agreement: Agreement, facts: Facts, claims: Iterable[Claim]) -> Matrix:
    """The disclosure matrix of one agreement at its stage.

    Takes: the claims that are about it. Unknown: what nobody looked for is unknown, and not a gap;
    what is due at a later stage is watched, and not failed.
    """
    listed = tuple(claims)
    grants = grants_rights(agreement)
    stage, own, reached = _stage(agreement, facts)
    terms = _terms(agreement)
    key_cells = tuple(
        _key_cell(k, terms.get(k.key, ()), grants, own)
        for k in keys().values()
        if k.listed or k.weight or k.key in terms
    )
    by_item = {c.code: c for c in key_cells}
    item_cells = tuple(_item_cell(i, agreement, listed, by_item, grants, reached) for i in items())
    return Matrix(agreement.id, stage, grants, item_cells, key_cells)


def grants_rights(agreement: Agreement) -> Grants:
    """The first test. Only the text answers it; without a public text the answer is unknown."""
    stated = known(agreement.grants_rights)
    if stated is not None:
        return Grants("yes" if stated else "no", "stated from its text", ())
    public = _is_public(agreement)
    fixed = [
        t
        for t in known(agreement.terms) or ()
        if known(t.key) in _RIGHTS and known(t.value) is not None
    ]
    fixed_keys = [
        k for c in known(agreement.clauses) or () for k in known(c.keys) or () if k in _RIGHTS
    ]
    if public and (fixed or fixed_keys):
        found = sorted({str(known(t.key)) for t in fixed} | set(fixed_keys))
        claims = tuple(c for t in fixed if (c := known(t.claim)))
        return Grants("yes", f"its text fixes {', '.join(found)}", claims)
    if public:
        return Grants("unknown", "its text is public; nobody recorded whether it grants rights", ())
    return Grants("unknown", "no text is public: only the text can say", ())


def _is_public(agreement: Agreement) -> bool:
    return known(agreement.text_public) is not None or known(agreement.clauses) is not None


def _stage(agreement: Agreement, facts: Facts) -> tuple[str, frozenset[str], frozenset[str]]:
    """The stage reached, what the instrument alone makes due, and what has begun besides.

    What is shipped was mined under some title: a shipment begins the duties of licence and export,
    whatever the instrument; the terms of the instrument itself are due by its kind alone.
    """
    stage = stage_of(known(agreement.instrument))
    own = frozenset(STAGES[: STAGES.index(stage) + 1])
    if any(known(s.agreement) == agreement.id for s in facts.all(Shipment)):
        return "export", own, own | {"licence", "export"}
    return stage, own, own


def _terms(agreement: Agreement) -> dict[str, tuple[tuple[object, str], ...]]:
    """Key → its values with the claim each rests on; clauses of a public text count as values."""
    found: dict[str, tuple[tuple[object, str], ...]] = {}
    for term in known(agreement.terms) or ():
        key = known(term.key) or ""
        found[key] = (*found.get(key, ()), (term.value, known(term.claim) or ""))
    for clause in known(agreement.clauses) or ():
        for key in known(clause.keys) or ():
            found[key] = (*found.get(key, ()), (clause.text, f"clause {known(clause.number)}"))
    return found


def _applies(grants: Grants) -> str:
    return {"yes": "yes", "no": "no"}.get(grants.answer, "if_it_does")


def _key_cell(
    key: Key, said: Sequence[tuple[object, str]], grants: Grants, reached: frozenset[str]
) -> Cell:
    claims = tuple(dict.fromkeys(c for _, c in said if c))
    state, reason = _value_state([v for v, _ in said])
    applies = _applies(grants)
    if state in {"unknown", "not_found"} and key.due not in reached:
        looked = f"; {reason}" if state == "not_found" else ""
        state, reason = "not_due", f"due at {key.due}, watched{looked}"
    elif state in OPEN and applies == "no":
        state, reason = "not_applicable", "the instrument fixes no terms"
    return Cell(
        key.key,
        key.label,
        key.group,
        "check list" if key.listed else "beside the list",
        state,
        applies,
        key.due,
        claims,
        reason,
        key.label,
        key.weight,
    )


def _value_state(values: Sequence[object]) -> tuple[str, str]:
    if any(known(v) is not None for v in values):
        return "full", "stated"
    for value in values:
        if isinstance(value, Absent):
            return value.kind, value.note or f"looked for until {value.until}"
    if any(isinstance(v, Sealed) for v in values):
        return "sealed", "sealed for named readers"
    return "unknown", "nobody has looked, as far as recorded"


def _item_cell(
    item: Item,
    agreement: Agreement,
    claims: Sequence[Claim],
    key_cells: dict[str, Cell],
    grants: Grants,
    reached: frozenset[str],
) -> Cell:
    related = [c for c in claims if _about(item, c)]
    own = [key_cells[k.key] for k in keys().values() if k.item == item.item and k.key in key_cells]
    ids = tuple(dict.fromkeys([*(c.id for c in related), *(i for k in own for i in k.claims)]))
    state, reason = _item_state(item, agreement, related, own)
    applies = "yes" if item.item == "7.1" else _applies(grants)
    if item.due not in reached and state in {"unknown", "not_found"}:
        state, reason = "not_due", f"due at {item.due}; watched"
    return Cell(
        item.item, item.title, "eiti", item.level, state, applies, item.due, ids, reason, item.asks
    )


def _item_state(
    item: Item, agreement: Agreement, claims: Sequence[Claim], own: Sequence[Cell]
) -> tuple[str, str]:
    if item.item == "2.4":
        return _text_state(agreement)
    states = {c.state for c in own} - {"not_due"}
    stated = [c for c in claims if known(c.value) is not None]
    absent = [c for c in claims if isinstance(c.value, Absent)]
    if "full" in states and states - {"full"}:
        return "partial", "some of its terms are stated"
    if "full" in states:
        return "summary", "stated by sources; the text itself is not held" if not known(
            agreement.text_public
        ) else "stated"
    if absent:
        kind = absent[0].value.kind if isinstance(absent[0].value, Absent) else "not_found"
        more = "; others speak of it without giving it" if stated else ""
        return kind, f"looked for{more}"
    open_states = [s for s in OPEN if s in states and s != "unknown"]
    if open_states:
        return open_states[0], "its terms were looked for"
    if stated:
        return "partial", "spoken of by sources, not disclosed by a party as such"
    return "unknown", "nobody has looked, as far as recorded"


def _text_state(agreement: Agreement) -> tuple[str, str]:
    public = agreement.text_public
    if isinstance(public, Absent):
        return public.kind, public.note or f"looked for until {public.until}"
    if isinstance(public, Sealed):
        return "sealed", "sealed for named readers"
    papers = known(agreement.papers) or ()
    if known(public) is None and not known(agreement.clauses):
        return "unknown", "nobody has looked, as far as recorded"
    lacking = [p for p in papers if known(p.pages_missing) or known(p.annexes_missing)]
    summaries = papers and all(known(p.role) == "summary" for p in papers)
    if summaries:
        return "summary", "only a summary is public"
    if lacking:
        return "partial", "pages or annexes are missing from the copy"
    return "full", "the text is public"


def _about(item: Item, claim: Claim) -> bool:
    topic = known(claim.property) or ""
    return any(re.search(rf"(?:^|_){re.escape(w)}(?:_|$)", topic) for w in item.evidence)
