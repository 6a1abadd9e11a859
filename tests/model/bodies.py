"""Sound bodies of every kind, drawn from the attribute table itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from orebook.model.pseudonym import is_pseudonym
from orebook.model.shape import shapes
from orebook.model.units import unit
from orebook.model.vocabulary import table, words

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda t: bool(t.strip())
)
# A pseudonym is no party; the constants of our own sources are among what is drawn.
IDS = TEXTS.map(str.strip).filter(lambda ident: not is_pseudonym(ident))
CODES: dict[str, list[str]] = {}
for _row in table("units"):
    CODES.setdefault(_row["dimension"], []).append(_row["code"])
DAYS = st.dates().map(lambda d: d.isoformat())
SHORT_DAYS = st.tuples(DAYS, st.sampled_from([4, 7, 10])).map(lambda p: p[0][: p[1]])
TIMES = DAYS.map(lambda d: f"{d}T06:00:00Z").filter(lambda t: "0001" < t[:4] < "9999")
SUBSTANCES = st.sampled_from(["Cu", "Nd2O3", "TREO", "CaMg(CO3)2"])


@st.composite
def decimals(draw: Any, most: int = 10**6, least: int = 0) -> str:
    places = draw(st.integers(0, 6))
    return format(draw(st.decimals(least, most, allow_nan=False, places=places)), "f")


@st.composite
def figures(draw: Any, dimension: str) -> dict[str, object]:
    body: dict[str, object] = {}
    most = 10**6
    if dimension == "money":
        body["currency"] = draw(st.sampled_from(["USD", "PKR", "EUR"]))
    else:
        body["unit"] = draw(st.sampled_from(CODES[dimension]))
        if dimension == "fraction":
            most = int(1 / unit(str(body["unit"])).factor)
    body["value"] = value = draw(decimals(most))
    if dimension == "mass":
        basis = draw(st.sampled_from([None, "wet", "dry", "unstated", "contained"]))
        body |= {"basis": basis} if basis else {}
        body |= {"of": draw(SUBSTANCES)} if basis == "contained" else {}
    kind = draw(st.sampled_from([None, "exact", "range", "normal", "lognormal", "unstated"]))
    spread = format(draw(st.decimals("0.001", 9, places=3)), "f")
    more: dict[str, dict[str, str]] = {
        "range": {"low": "0", "high": str(max(Decimal(value), Decimal(most)))},
        "normal": {"sd": spread},
        "lognormal": {"sigma": spread},
    }
    if kind:
        body["doubt"] = {"kind": kind, **more.get(kind, {})}
    if draw(st.booleans()):
        body["cause"] = draw(TEXTS)
    return body


ABSENCES = st.fixed_dictionaries(
    {"absent": st.sampled_from(sorted(words("absence")))},
    optional={"until": SHORT_DAYS, "where": TEXTS, "note": TEXTS},
)


def values(type_: str) -> st.SearchStrategy[Any]:
    """Sound values of one type word of the table; an unknown word fails here."""
    head, _, rest = type_.partition(":")
    if head == "list":
        return st.lists(values(rest), max_size=3)
    if head == "record":
        return bodies(rest)
    if head == "word":
        return st.sampled_from(sorted(words(rest)))
    simple: dict[str, st.SearchStrategy[Any]] = {
        "id": IDS,
        "ref": IDS,
        "text": TEXTS,
        "integer": st.integers(0, 2**53 - 1),
        "bool": st.booleans(),
        "decimal": decimals(least=-(10**6)),
        "date": SHORT_DAYS,
        "time": TIMES,
        "when": SHORT_DAYS | TIMES,
        "country": st.sampled_from(["PK", "US", "CN"]),
        "substance": SUBSTANCES,
        "mass": figures("mass"),
        "fraction": figures("fraction"),
        "money": figures("money"),
    }
    return simple[head]


@st.composite
def bodies(draw: Any, kind: str) -> dict[str, object]:
    body: dict[str, object] = {}
    for attribute in shapes()[kind].values():
        choice = draw(st.sampled_from("vva" if attribute.required else "vvva---"))
        if choice == "a" and attribute.type != "id":
            body[attribute.name] = draw(ABSENCES)
        elif choice in "va":
            body[attribute.name] = draw(values(attribute.type))
    return body
