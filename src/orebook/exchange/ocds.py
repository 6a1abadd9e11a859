"""OCDS 1.1: agreements out as releases, contracts of releases in as agreements.

Out: parties with roles, the contract with its dates, value where its meaning is single, documents,
milestones from roadmap and commitments, transactions from payments; the fields of the PPP profile
that `ocds_ppp` fills. In: title, date of signature, parties, documents, value, milestones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from orebook.exchange import ocds_ppp
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.json_text import read_stream as json_read
from orebook.exchange.json_text import write as json_write
from orebook.exchange.ocds_ppp import items_of, text_of
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError, found
from orebook.model.shape import check

_STEP = "Correct it and send the document again."
_PREFIX = "ocds-orebook"
_ROLES = {
    "buyer": "buyer",
    "seller": "supplier",
    "lender": "funder",
    "payer": "payer",
    "payee": "payee",
}
_MODES = {
    "text": "contractSigned",
    "annex": "contractAnnexe",
    "amendment": "contractSigned",
    "summary": "contractSummary",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def sniff(start: bytes, name: str) -> int:
    """How sure it is that this is a release or a package of releases."""
    del name
    if b'"ocid"' in start and (b'"releases"' in start or b'"initiationType"' in start):
        return 90
    return 0


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """One release per agreement, in one package.

    Refuses: ReaderError where there is no agreement, or none with a date, for a release needs one.
    Unknown: an absent or sealed member is left out; the package names the extensions whose fields
    it uses. An amount whose meaning is unsettled is told in
    words and never as the contract's value.
    """
    told: dict[str, dict[str, Body]] = {}
    for kind, body in facts:
        told.setdefault(kind, {})[str(body.get("id"))] = body
    agreements = told.get("agreement", {})
    if not agreements:
        message = "there is no agreement to write as an OCDS release"
        raise ReaderError(message)
    releases = [_release(body, told) for body in agreements.values()]
    dates = sorted(str(r["date"]) for r in releases)
    contracts = [c for r in releases for c in cast("list[Object]", r["contracts"])]
    parties = [p for r in releases for p in cast("list[Object]", r["parties"])]
    package: Object = {
        "uri": f"urn:orebook:{_digest(*sorted(agreements))}",
        "version": "1.1",
        "extensions": ocds_ppp.extensions(contracts, parties),
        "publishedDate": dates[-1],
        "publisher": {"name": "a book of claims and agreements (Orebook)"},
        "releases": cast("Value", releases),
    }
    stream.write(json_write(package).encode() + b"\n")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:24]


def _moment(text: str) -> str:
    """A day as the date-time the standard asks for; a vaguer date is none."""
    return f"{text}T00:00:00Z" if _DAY.fullmatch(text) else ""


def _release(agreement: Body, told: dict[str, dict[str, Body]]) -> Object:
    ident = str(agreement["id"])
    signed = _moment(text_of(agreement, "signed"))
    dates = [signed, *(_moment(text_of(s, "when")) for s in items_of(agreement, "steps"))]
    known = [d for d in dates if d]
    if not known:
        message = f"{ident} has no date known to the day, which an OCDS release must have"
        raise ReaderError(message)
    parties = _parties(agreement, told)
    award = f"award-{_digest(ident)}"
    contract = _contract(agreement, award, told)
    release: Object = {
        "ocid": f"{_PREFIX}-{_digest(ident)}",
        "id": _digest(ident, max(known)),
        "date": max(known),
        "tag": ["contract"],
        "initiationType": "tender",
        "language": "en",
        "parties": cast("Value", parties),
        "awards": [{"id": award, "title": text_of(agreement, "title") or ident}],
        "contracts": [contract],
    }
    buyer = next((p for p in parties if "buyer" in cast("list[str]", p["roles"])), None)
    if buyer is not None:
        release["buyer"] = {"id": buyer["id"], "name": buyer["name"]}
    return release


def _parties(agreement: Body, told: dict[str, dict[str, Body]]) -> list[Object]:
    known = told.get("party", {})
    found_: dict[str, Object] = {}
    for role in items_of(agreement, "parties"):
        ident = text_of(role, "party")
        if not ident:
            continue
        body = known.get(ident, {})
        one = found_.setdefault(
            ident, {"id": ident, "name": text_of(body, "name") or ident, "roles": []}
        )
        word = text_of(role, "role")
        cast("list[Value]", one["roles"]).append(_ROLES.get(word, word or "party"))
        country = text_of(body, "country")
        if country:
            one["address"] = {"countryName": country}
        if holders := ocds_ppp.shareholders(body, told):
            one["shareholders"] = cast("Value", holders)
    return list(found_.values())


def _contract(agreement: Body, award: str, told: dict[str, dict[str, Body]]) -> Object:
    ident = str(agreement["id"])
    contract: Object = {
        "id": ident,
        "awardID": award,
        "title": text_of(agreement, "title") or ident,
    }
    words = (
        [f"Instrument: {text_of(agreement, 'instrument')}."]
        if text_of(agreement, "instrument")
        else []
    )
    if signed := _moment(text_of(agreement, "signed")):
        contract["dateSigned"] = signed
    words += _value(agreement, contract)
    if words:
        contract["description"] = " ".join(words)
    documents = [
        d for p in items_of(agreement, "papers") if (d := _document(p, told.get("document", {})))
    ]
    if documents:
        contract["documents"] = cast("Value", documents)
    if milestones := _milestones(agreement):
        contract["milestones"] = cast("Value", milestones)
    paid = [
        _transaction(p, told)
        for p in told.get("payment", {}).values()
        if p.get("agreement") == ident
    ]
    if transactions := [p for p in paid if p is not None]:
        contract["implementation"] = {"transactions": cast("Value", transactions)}
    ocds_ppp.fill(agreement, told, contract)
    return contract


def _value(agreement: Body, contract: Object) -> list[str]:
    """The value where its meaning is single, with the finance fields; else what is printed, in "
    "words."""
    amounts = [a for a in items_of(agreement, "amounts") if isinstance(a.get("amount"), dict)]
    amounts = [a for a in amounts if "value" in cast("Body", a["amount"])]
    meanings = list(dict.fromkeys(text_of(a, "meaning") for a in amounts))
    if len(meanings) == 1 and meanings[0]:
        money = _money(cast("Body", amounts[0]["amount"]))
        contract["value"] = money
        contract["finance"] = [{"id": "1", "title": meanings[0], "value": money}]
        return [f"The value is the {meanings[0]}."]
    if not amounts:
        return []
    told = "; ".join(
        f"{cast('Body', a['amount'])['value']} {cast('Body', a['amount'])['currency']}: "
        f"{text_of(a, 'meaning') or 'meaning not stated'}"
        for a in amounts
    )
    return [f"Printed amounts whose meaning is unsettled, not a value of this contract: {told}."]


def _money(body: Body) -> Object:
    return {"amount": Number(str(body["value"])), "currency": str(body["currency"])}


def _document(paper: Body, known: dict[str, Body]) -> Object | None:
    ident = text_of(paper, "document")
    held = known.get(ident, {})
    one: Object = {
        "id": ident,
        "documentType": _MODES.get(text_of(paper, "role"), "contractSigned"),
    }
    if name := text_of(held, "name"):
        one["title"] = name
    if media := text_of(held, "media_type"):
        one["format"] = media
    if public := _moment(text_of(paper, "public")):
        one["datePublished"] = public
    return one if ident else None


def _milestones(agreement: Body) -> list[Object]:
    found_: list[Object] = []
    for name, kind in (("roadmap", "delivery"), ("commitments", "financing")):
        for n, stage in enumerate(items_of(agreement, name), 1):
            one: Object = {"id": f"{name}-{n}", "title": text_of(stage, "text"), "type": kind}
            if kind == "financing" and text_of(stage, "topic") != "investment":
                one["type"] = "delivery"
            if due := _moment(text_of(stage, "due")):
                one["dueDate"] = due
            found_.append(one)
    return found_


def _transaction(payment: Body, told: dict[str, dict[str, Body]]) -> Object | None:
    amount = payment.get("amount")
    if not isinstance(amount, dict) or "value" not in amount:
        return None
    one: Object = {"id": str(payment["id"]), "value": _money(amount)}
    if on := _moment(text_of(payment, "when")):
        one["date"] = on
    for name in ("payer", "payee"):
        if ident := text_of(payment, name):
            body = told.get("party", {}).get(ident, {})
            one[name] = {"id": ident, "name": text_of(body, "name") or ident}
    return one


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """One agreement per contract of each release, and one party per organisation.

    Refuses: what is no release, by its place; a contract without an id. Unknown: what we have no
    word for is left out and told once per document.
    """
    value = json_read(stream)
    if isinstance(value, Problem):
        yield value.within("", source.name)
        return
    releases = _releases(value)
    if isinstance(releases, Problem):
        yield releases.within("", source.name)
        return
    for place, release in releases:
        for item in _facts(release, place):
            yield item.within("", source.name) if isinstance(item, Problem) else item


def _releases(value: Value) -> list[tuple[str, Object]] | Problem:
    expected = "an OCDS release with an ocid, or a package of releases"
    if isinstance(value, dict) and "releases" in value:
        listed = value["releases"]
        if not isinstance(listed, list) or not all(isinstance(r, dict) for r in listed):
            return Problem("wrong-type", "/releases", "a list of releases", found(listed), _STEP)
        return [(f"/releases/{n}", cast("Object", r)) for n, r in enumerate(listed)]
    if isinstance(value, dict) and "ocid" in value:
        return [("", value)]
    return Problem("not-ocds", "", expected, found(value), _STEP)


def _facts(release: Object, place: str) -> Iterator[Read | Problem]:
    if not isinstance(release.get("ocid"), str):
        yield Problem(
            "missing-attribute", f"{place}/ocid", "an ocid", found(release.get("ocid")), _STEP
        )
        return
    names: dict[str, str] = {}
    for n, party in _objects(release, "parties"):
        ident, name = party.get("id"), party.get("name")
        if not isinstance(ident, str) or not isinstance(name, str):
            yield Problem(
                "missing-attribute",
                f"{place}/parties/{n}",
                "an id and a name",
                "neither or one",
                _STEP,
            )
            continue
        names[ident] = name
        yield Read("party", {"id": ident, "name": name}, f"{place}/parties/{n}")
    for n, contract in _objects(release, "contracts"):
        at = f"{place}/contracts/{n}"
        body = _agreement(release, contract)
        if body is None:
            yield Problem(
                "missing-attribute", f"{at}/id", "an id", found(contract.get("id")), _STEP
            )
            continue
        faults = check("agreement", body)
        if faults:
            yield from (p.within(at) for p in faults)
            continue
        yield Read("agreement", body, at)


def _objects(holder: Object, name: str) -> list[tuple[int, Object]]:
    value = holder.get(name)
    items = value if isinstance(value, list) else []
    return [(n, v) for n, v in enumerate(items) if isinstance(v, dict)]


def _agreement(release: Object, contract: Object) -> Body | None:
    ident = contract.get("id")
    if not isinstance(ident, str | Number):
        return None
    own = ident if isinstance(ident, str) else ident.text
    title = contract.get("title")
    body: Body = {
        "id": own,
        "title": title if isinstance(title, str) and title else own,
        "instrument": "contract",
    }
    signed = contract.get("dateSigned")
    if isinstance(signed, str):
        body["signed"] = (
            signed[:10] if signed.endswith(("T00:00:00Z", "T00:00:00+00:00")) else signed
        )
    roles = [
        {"party": party["id"], "role": _role(role)}
        for _, party in _objects(release, "parties")
        if isinstance(party.get("id"), str)
        for role in cast("list[Value]", party.get("roles") or [])
        if isinstance(role, str)
    ]
    if roles:
        body["parties"] = roles
    value = contract.get("value")
    if (
        isinstance(value, dict)
        and isinstance(value.get("amount"), Number)
        and isinstance(value.get("currency"), str)
    ):
        money = {"value": cast("Number", value["amount"]).text, "currency": value["currency"]}
        body["amounts"] = [
            {"amount": money, "meaning": "value of the contract (OCDS contracts/value)"}
        ]
    stages = [
        {"stage": n + 1, "text": m["title"]} | _due(m)
        for n, m in _objects(contract, "milestones")
        if isinstance(m.get("title"), str) and m["title"]
    ]
    if stages:
        body["roadmap"] = stages
    return body


def _role(role: str) -> str:
    return next((ours for ours, theirs in _ROLES.items() if theirs == role), role)


def _due(milestone: Object) -> Body:
    due = milestone.get("dueDate")
    return {"due": due[:10]} if isinstance(due, str) and len(due) >= 10 else {}


OCDS = Format(
    name="ocds",
    title="OCDS 1.1 release package (JSON)",
    media_types=("application/json",),
    suffixes=(".json",),
    sniff=sniff,
    read=read,
    write=write,
)
