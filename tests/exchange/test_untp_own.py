"""Words of ours in a passport: each comes back, and none counts against UNTP's own members."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.exchange import untp
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import write as json_text
from orebook.exchange.status_list import entry_at
from orebook.exchange.untp_issue import credential
from orebook.exchange.untp_statement import Issuer, Statement
from orebook.model.entry import Body
from orebook.model.shape import check

ME = Issuer("did:web:t.example", "Me", "urn:me")
MILL: Body = {"id": "urn:mill", "name": "Mill", "country": "PK"}
_NUMBER = st.decimals(0, 10**6, places=3).map(lambda d: format(d, "f"))
_MASS = st.builds(
    lambda value, unit, basis: {
        "value": value,
        "unit": unit,
        **({"basis": basis} if basis else {}),
    },
    _NUMBER,
    st.sampled_from(("KGM", "TNE", "GRM")),
    st.sampled_from(("dry", "wet", "")),
)
_SHARE = st.decimals(0, 100, places=2).map(lambda d: {"value": format(d, "f"), "unit": "P1"})
_TEXT = st.text('abc é铜"\\<{', min_size=1, max_size=12).filter(str.strip)
_MATERIAL = st.fixed_dictionaries(
    {"name": _TEXT}, optional={"country": st.just("CL"), "share": _SHARE, "recycled": _SHARE}
)
LOTS = st.fixed_dictionaries(
    {"id": st.just("urn:lot"), "facility": st.just("urn:mill")},
    optional={
        "label": _TEXT,
        "material": _TEXT,
        "batch": _TEXT,
        "mass": _MASS,
        "moisture": _SHARE,
        "form": st.sampled_from(("concentrate", "ore")),
        "stage": st.sampled_from(("mine", "beneficiate")),
        "country": st.sampled_from(("PK", "CL", {"absent": "undisclosed"})),
        "owner": st.just("urn:me"),
        "made": st.sampled_from(("2025-03-01", "2025-03", "2025")),
        "granularity": st.sampled_from(("model", "batch", "item")),
        "custody_model": st.just("segregated"),
        "recycled_share": _SHARE,
        "materials": st.lists(_MATERIAL, min_size=1, max_size=3),
        "hs_code": st.just("2603.00"),
        "invented": st.booleans(),
    },
)


class Book:
    """A book that states a mill and nothing else."""

    def thing(self, kind: str, ident: str) -> Body:
        return MILL if (kind, ident) == ("facility", "urn:mill") else {}

    def holder(self, kind: str, ident: str) -> str:
        return ""

    def kind(self, ident: str) -> str:
        return ""

    def __init__(self, assays: tuple[Body, ...] = ()) -> None:
        self._assays = assays

    def assays(self, lot: str) -> tuple[Body, ...]:
        return self._assays

    def other_end(self, event: Body) -> tuple[str, str]:
        return "", ""


def issued(lot: Body, assays: tuple[Body, ...] = ()) -> Any:
    said = Statement(lot, ME, ME, "t.example", Book(assays))
    made = credential("lot", said, "https://t.example/1", "2026-01-01T00:00:00Z",
                      entry_at("https://t.example/list", 3))  # fmt: skip
    assert isinstance(made, dict), made
    return made


def lot_of(document: Any) -> Body:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    items = list(untp.read(io.BytesIO(data), Source("a.json", "doc:1")))
    assert all(isinstance(item, Read) for item in items), items
    body = next(i.body for i in items if isinstance(i, Read) and i.kind == "lot")
    assert check("lot", body) == []
    return {name: value for name, value in body.items() if name != "foreign"}


@settings(max_examples=60)
@given(LOTS)
def test_every_lot_comes_back_as_it_was(lot: Body) -> None:
    assert check("lot", lot) == []
    assert lot_of(json_text(issued(lot)).encode()) == lot


@pytest.mark.parametrize("count", [0, 100, 101])
def test_of_analyses_that_are_not_listed_the_reader_is_told(count: int) -> None:
    dated: Body = {"lot": "urn:lot", "when": "2025-03-02", "element": "Cu"}
    many = [{**dated, "id": f"urn:assay:{n}"} for n in range(count)]
    undated: Body = {**dated, "id": "urn:assay:undated", "when": "2025"}
    product = issued({"id": "urn:lot", "facility": "urn:mill"}, (undated, *many))
    product = product["credentialSubject"]
    assert len(product.get("performanceClaim", [])) == min(count, 100)
    said = "100 of its 101 dated analyses are listed" if count > 100 else None
    assert product.get("description") == said


PLAIN = {"id": "urn:lot", "material": "ore", "facility": "urn:mill", "batch": "B7",
         "mass": {"value": "12", "unit": "TNE", "basis": "dry"}}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        {"mass": {"value": "13", "unit": "TNE", "basis": "dry"}},
        {"mass": {"value": "12", "unit": "KGM", "basis": "dry"}},
        {"mass": None},
        {"mass": "12"},
        {"batch": "B8"},
        {"facility": "urn:other"},
        {"stage": "no stage"},
        {"unheard_of": "x"},
        {"note": "free text that could never be taken down"},
        {"moisture": {"value": "140", "unit": "P1"}},
        {"materials": [{"nested": [[]] * 50}]},
    ],
)
def test_words_that_disagree_or_are_unsound_do_not_count(words: Body) -> None:
    document = json.loads(json_text(issued(dict(PLAIN))))
    own = document["credentialSubject"]["characteristics"]["orebook"]["lot"]
    document["credentialSubject"]["characteristics"]["orebook"]["lot"] = {**own, **words}
    found = lot_of(document)
    assert found["mass"] == {"value": "12", "unit": "TNE"}
    assert found["batch"] == "B7"
    assert not found.keys() & {"stage", "note", "moisture", "unheard_of", "materials"}
    for other in ([], "x", {"orebook": 7}, {"orebook": {"lot": []}}):
        document["credentialSubject"]["characteristics"] = other
        if isinstance(other, dict):
            assert lot_of(document)["mass"] == {"value": "12", "unit": "TNE"}
