"""The parties, facilities and lots a UNTP credential names, each once, as facts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from orebook.exchange.format import Read
from orebook.exchange.json_text import Object, Value
from orebook.model.entry import Body

_PLACES = ("madeAtFacility", "fromFacility", "toFacility", "modifiedAtFacility")
_PRODUCTS = ("inputProduct", "outputProduct", "movedProduct", "modifiedProduct")


class Named:
    """What has been named so far. What is said first stays; later mentions only add."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[Body, str]] = {}

    def facts(self) -> Iterator[Read]:
        """Every party, facility and lot named, in the order of first mention."""
        for (kind, _), (body, place) in self._found.items():
            yield Read(kind, body, place)

    def note(self, kind: str, body: Body, place: str) -> None:
        """Notes one thing. What is said first stays."""
        known, _ = self._found.setdefault((kind, str(body["id"])), (body, place))
        for name, value in body.items():
            known.setdefault(name, value)

    def issuer(self, issuer: Object, place: str) -> None:
        """Notes the issuer of the credential."""
        self._party(issuer, place, issuer.get("issuerAlsoKnownAs"))

    def party(self, party: Object, place: str) -> None:
        """Notes one party."""
        self._party(party, place)

    def _party(self, party: Object, place: str, others: Value = None) -> None:
        body: Body = {"id": party["id"], "name": party["name"]}
        identifiers = [party["registeredId"]] if party.get("registeredId") else []
        for other in cast("list[Object]", others or party.get("partyAlsoKnownAs") or []):
            identifiers += [other[n] for n in ("id", "registeredId") if other.get(n)]
        known = [text for text in identifiers if isinstance(text, str) and text.strip()]
        if known:
            body["identifiers"] = list(dict.fromkeys(known))
        country = party.get("registrationCountry")
        if isinstance(country, dict):
            body["country"] = country["countryCode"]
        self.note("party", body, place)

    def _related(self, related: Value, place: str) -> None:
        for i, item in enumerate(cast("list[Object]", related or [])):
            self._party(cast("Object", item["party"]), f"{place}/relatedParty/{i}/party")

    def _facility(self, facility: Value, place: str) -> None:
        if isinstance(facility, dict):
            self.note("facility", {"id": facility["id"], "name": facility["name"]}, place)

    def product(self, product: Object, place: str) -> None:
        """Notes the parties and the facility of a passport's product."""
        self._related(product.get("relatedParty"), place)
        self._facility(product.get("producedAtFacility"), f"{place}/producedAtFacility")

    def event(self, event: Object, place: str) -> None:
        """Notes the parties, facilities and lots of an event."""
        self._related(event.get("relatedParty"), place)
        for name in _PLACES:
            self._facility(event.get(name), f"{place}/{name}")
        for name in _PRODUCTS:
            for i, item in enumerate(cast("list[Object]", event.get(name) or [])):
                self._lot(cast("Object", item["product"]), f"{place}/{name}/{i}/product")

    def _lot(self, product: Object, place: str) -> None:
        body: Body = {
            "id": product["id"],
            "material": product["name"],
            "granularity": product["idGranularity"],
        }
        if "batchNumber" in product:
            body["batch"] = product["batchNumber"]
        self.note("lot", body, place)
