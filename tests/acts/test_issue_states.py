"""Which credentials stand: those that would be issued now as they were, and no others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.acts import keys
from orebook.acts.credential import check
from orebook.acts.issue import Signer, issue, keeper, signer_of
from orebook.acts.issued import resolver_of
from orebook.acts.reveal import erase, reveal
from orebook.acts.see import View, view
from orebook.acts.state_lists import ListName, list_named, list_place, own_list
from orebook.acts.status import bits, status_list
from orebook.log.keys import SigningKey
from orebook.model.entry import Draft, Seal
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.wiring import Naming, Sources, create_book

DAY, ORIGIN = "2026-11-23", "t.example/b"
KEEPER, LAB, RIVAL = "urn:party:k", "urn:party:lab", "urn:party:rival"
KEYS = [SigningKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3)]
ISSUED = {"urn:lot:1": "lot", "urn:mill": "facility", "urn:ship": "event", "urn:make": "event",
          "urn:claim": "claim", "urn:assay:k": "assay", "urn:assay:l": "assay",
          LAB: "party"}  # fmt: skip
FLOW, ORE = [{"lot": "urn:lot:1"}], [{"lot": "urn:lot:2"}]


def _clock() -> Callable[[], dt.datetime]:
    minutes = count()
    begun = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    return lambda: begun + dt.timedelta(minutes=next(minutes))


@pytest.fixture
def book() -> Iterator[Any]:
    with opened() as made:
        yield made


def opened() -> Any:
    return create_book(None, Naming(ORIGIN, "B", KEEPER), Sources(now=_clock()))


def here(book: Any, reader: str = "public") -> View:
    return view(book, reader, DAY)


def mill(name: str = "Mill", operator: str = KEEPER) -> dict[str, Any]:
    return {"id": "urn:mill", "name": name, "country": "PK", "operator": operator}


def lot(ident: str = "urn:lot:1", **more: Any) -> dict[str, Any]:
    return {"id": ident, "material": "ore", "facility": "urn:mill", **more}


def assay(ident: str, of: str, laboratory: str, grade: str = "1.2") -> dict[str, Any]:
    results = [{"substance": "Cu", "grade": {"value": grade, "unit": "P1"}}]
    return {"id": ident, "lot": of, "when": "2025-03-02", "laboratory": laboratory,
            "results": results}  # fmt: skip


def event(ident: str, kind: str, day: str, place: str = "urn:mill", **more: Any) -> dict[str, Any]:
    flows = {"subjects": FLOW} if kind != "concentrate" else {"inputs": ORE, "outputs": FLOW}
    return {"id": ident, "kind": kind, "when": f"2025-03-{day}T12:00:00Z", "facility": place,
            **flows, **more}  # fmt: skip


def claim(value: str = "conforms") -> dict[str, Any]:
    return {"id": "urn:claim", "subject": "lot", "about": ["urn:lot:1"], "source": "urn:s",
            "property": "conformity", "value": value, "when": "2025-03-03"}  # fmt: skip


def party(ident: str, name: str) -> dict[str, Any]:
    return {"id": ident, "name": name}


GONE = {"when": "2025-03-09T12:00:00Z", "reason": "did_not_occur"}
# What may be stated, by whom. All but the first few touch a credential, or only seem to.
STATED: list[tuple[str, dict[str, Any], str]] = [
    ("facility", mill(), KEEPER),
    ("lot", lot(owner=LAB), KEEPER),
    ("event", event("urn:ship", "ship", "03"), KEEPER),
    ("event", event("urn:came", "receive", "05", "urn:port"), RIVAL),
    ("event", event("urn:make", "concentrate", "01"), KEEPER),
    ("claim", claim(), KEEPER),
    ("assay", assay("urn:assay:k", "urn:lot:1", KEEPER), KEEPER),
    ("assay", assay("urn:assay:l", "urn:lot:1", LAB), LAB),
    ("party", party(LAB, "Lab"), LAB),
    ("facility", mill("North mill"), KEEPER),
    ("facility", mill("Rival's", RIVAL), RIVAL),
    ("facility", {"id": "urn:port", "name": "Port", "country": "PK"}, RIVAL),
    ("facility", {"id": "urn:port", "name": "The port", "country": "PK"}, LAB),
    ("lot", lot(owner=KEEPER, batch="B7"), KEEPER),
    ("lot", lot(owner=LAB), KEEPER),
    ("lot", lot(material="slag"), LAB),
    ("lot", lot("urn:lot:2"), KEEPER),
    ("party", party(LAB, "The lab"), KEEPER),
    ("party", party(LAB, "Renamed"), RIVAL),
    ("party", party(KEEPER, "Keeper"), KEEPER),
    ("party", party("urn:mill", "A party with the name of a place"), RIVAL),
    ("assay", assay("urn:assay:k", "urn:lot:2", KEEPER), KEEPER),
    ("assay", assay("urn:assay:k", "urn:lot:1", KEEPER, "2.5"), KEEPER),
    ("assay", assay("urn:assay:x", "urn:lot:1", KEEPER), KEEPER),
    ("assay", assay("urn:assay:l", "urn:lot:1", LAB, "9"), LAB),
    ("event", event("urn:came", "receive", "05", "urn:mill"), RIVAL),
    ("event", event("urn:came", "receive", "09", "urn:port"), RIVAL),
    ("event", event("urn:came", "receive", "05", "urn:port", withdrawn=GONE), RIVAL),
    ("event", event("urn:far", "receive", "07", "urn:smelter"), LAB),
    ("event", event("urn:early", "receive", "02", "urn:mine"), LAB),
    ("event", event("urn:weighed", "weigh", "04"), LAB),
    ("event", event("urn:ship", "ship", "06"), KEEPER),
    ("claim", claim("does not conform"), KEEPER),
]  # fmt: skip
_STATE = st.tuples(st.sampled_from(range(len(STATED))), st.sampled_from(("", "", "seal", "end")))
_ACT = st.sampled_from(("reveal", "erase", "key", "revoke"))
STEPS = st.lists(st.one_of(_STATE, _STATE, _STATE, _ACT), min_size=4, max_size=12)


def step(book: Any, made: list[tuple[str, str]], what: Any) -> None:
    """One more entry: a statement, or an act about values and keys; nothing where it cannot be.

    `made` holds the references to what was stated, and the pointer of a value hidden in it.
    """
    if isinstance(what, tuple):
        number, how = what
        kind, fact, author = STATED[number]
        hidden = {"lot": "/owner", "facility": "/operator", "event": "/facility"}.get(kind, "")
        hidden = "/value" if kind == "claim" else hidden if hidden[1:] in fact else ""
        seal = {0: (Seal(hidden),)} if how == "seal" and hidden and kind != "claim" else {}
        ended = (made[-1][0],) if how == "end" and made else ()
        about = f"2025-01-{len(made) + 1:02}"  # the same again is a statement of its own
        draft = Draft(kind, (fact,), author, supersedes=ended, about=about, seal=seal)
        receipt = book.append([draft])
        leaf = book.entry(receipt.first, "public").leaf
        made.append((f"{leaf}#0", hidden if seal or kind == "claim" else ""))
        return
    present = [key for key in book.party_keys() if key.until is None]
    fresh = [key for key in KEYS if key.kid not in {one.kid for one in book.party_keys()}]
    if what == "key" and fresh:
        keys.register(book, keys.request(ORIGIN, LAB, fresh[0]), "met")
    elif what == "revoke" and present:
        keys.revoke(book, present[0].kid, "lost")
    for reference, at in reversed(made) if what in {"reveal", "erase"} else ():
        try:
            if what == "reveal" and at:
                reveal(book, reference, at, "public")
            elif at:
                erase(book, reference, at, "court", DAY, take_down=at == "/value")
        except (ReaderError, NotFound):
            continue
        return


def signers(book: Any, ident: str) -> list[Signer]:
    """Who may issue it: the keeper, but the laboratory with any of its present keys."""
    if ident != "urn:assay:l":
        return [keeper(here(book))]
    present = {key.kid for key in book.party_keys() if key.until is None}
    return [signer_of(here(book), key) for key in KEYS if key.kid in present]


def issued(book: Any) -> dict[str, dict[str, Any]]:
    """Every credential that can be issued now, by its identifier."""
    found: dict[str, dict[str, Any]] = {}
    for ident, kind in ISSUED.items():
        for who in signers(book, ident):
            try:
                one = json.loads(issue(here(book), ident, who, kind=kind, form="bare"))
            except (SenderError, ReaderError, NotFound):
                continue
            assert found.setdefault(one["id"], one) == one
    return found


def state(book: Any, one: dict[str, Any], kept: dict[str, bytes]) -> int:
    """The bit of that credential in its list at the present head."""
    status = one["credentialStatus"]
    name = own_list(ORIGIN, status["statusListCredential"])
    assert name is not None
    if name.text() not in kept:
        kept[name.text()] = bits(here(book), name)
    number = status["statusListIndex"]
    return kept[name.text()][number // 8] >> (7 - number % 8) & 1


def law(steps: list[Any]) -> int:
    """A credential stands exactly where it would be issued now with that name and content."""
    ever: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, int], str] = {}
    with opened() as book:
        made: list[tuple[str, str]] = []
        for what in steps:
            step(book, made, what)
            now, kept = issued(book), dict[str, bytes]()
            for ident, one in now.items():
                assert ever.setdefault(ident, one) == one  # one name never says two things
                status = one["credentialStatus"]
                place = (status["statusListCredential"], status["statusListIndex"])
                assert places.setdefault(place, ident) == ident  # no two share a place
            for ident, one in ever.items():
                assert state(book, one, kept) == (ident not in now), (ident, what)
    return len(ever)


@settings(max_examples=8)
@given(STEPS)
def test_a_credential_stands_exactly_while_it_would_be_issued_the_same(steps: list[Any]) -> None:
    law([(number, "") for number in range(4)] + steps)


@pytest.mark.proof
@settings(max_examples=40)
@given(STEPS)
def test_a_credential_stands_exactly_so_over_many_sequences(steps: list[Any]) -> None:
    law([(number, "") for number in range(9)] + ["key", *steps])


def test_what_others_state_around_it_revokes_it_and_no_more(book: Any) -> None:
    for number in range(9):
        step(book, [], (number, ""))
    step(book, [], "key")
    first = issued(book)
    lots = next(one for one in first.values() if one["type"][0] == "DigitalProductPassport")
    assert len(first) == len(ISSUED)

    def gone(number: int) -> set[str]:
        before, kept = issued(book), dict[str, bytes]()
        step(book, [], (number, ""))
        return {one["name"] for one in before.values() if state(book, one, kept)}

    def of(*words: str) -> list[int]:
        kinds = [n for n, (kind, fact, who) in enumerate(STATED) if (kind, who) == words[:2]
                 and words[2] in json.dumps(fact)]  # fmt: skip
        assert kinds
        return kinds

    (north,) = of("facility", KEEPER, "North mill")
    assert gone(north) == {"Passport: urn:lot:1", "Facility: urn:mill", "Event: urn:ship",
                           "Event: urn:make"}  # fmt: skip
    (rival,) = of("facility", RIVAL, "Rival's")
    (renamed,) = of("party", RIVAL, "Renamed")
    (posing,) = of("party", RIVAL, "name of a place")
    (weighed,) = of("event", LAB, "weigh")
    (early,) = of("event", LAB, "urn:early")
    (far,) = of("event", LAB, "urn:far")
    for number in (rival, renamed, posing, weighed, early, far):
        assert gone(number) == set()  # no third party stops what another has signed
    (amended,) = of("assay", KEEPER, '"2.5"')
    assert gone(amended) == {"Passport: urn:lot:1", "Analysis: urn:assay:k"}
    (named,) = of("party", KEEPER, "The lab")
    assert "Passport: urn:lot:1" in gone(named)  # its owner
    resolver = resolver_of(here(book))
    resolver.day = DAY
    token = issue(here(book), "urn:lot:1", None)
    assert check(token, resolver).outcome == "stands"
    assert lots["id"] not in issued(book)


def test_what_is_kept_for_one_reader_shows_in_no_name_date_or_state(book: Any) -> None:
    book.append([Draft("facility", (mill(),), KEEPER), Draft("party", (party(LAB, "L"),), KEEPER)])
    seal: dict[int, Any] = {0: (Seal("/owner", ("owner",)), Seal("/batch", ("owner",)))}
    place = book.append([Draft("lot", (lot(owner=LAB, batch="B7"),), KEEPER, seal=seal)]).first
    reference = book.entry(place, "public").leaf
    public = issue(here(book), "urn:lot:1", None)
    bare = json.loads(issue(here(book), "urn:lot:1", None, form="bare"))
    before = json.loads(issue(here(book, LAB), "urn:lot:1", None, form="bare"))
    states = bits(here(book), list_place((place, 0), place).list)
    reveal(book, reference, "/owner", LAB)
    after = json.loads(issue(here(book, LAB), "urn:lot:1", None, form="bare"))
    assert issue(here(book), "urn:lot:1", None) == public
    assert bits(here(book), list_place((place, 0), place).list) == states
    assert len({bare["id"], before["id"], after["id"]}) == 3
    lists = [one["credentialStatus"]["statusListCredential"] for one in (bare, before, after)]
    assert len(set(lists)) == 3
    assert "relatedParty" not in before["credentialSubject"]
    assert after["credentialSubject"]["relatedParty"][0]["party"]["id"] == LAB
    assert issue(here(book, LAB), "urn:lot:1", None, form="bare") == issue(
        here(book, LAB), "urn:lot:1", None, form="bare"
    )
    for reader in ("public", LAB, "owner"):  # one list, whoever asks for it
        assert {state(book, one, {}) for one in (bare, before, after)} == {0}
        assert bits(here(book, reader), list_place((place, 0), place).list) == states
    book.append([Draft("party", (party(LAB, "Renamed"),), KEEPER)])
    assert {state(book, one, {}) for one in (bare, before, after)} == {0}  # its owner is sealed
    book.append([Draft("facility", (mill("North mill"),), KEEPER)])
    assert {state(book, one, {}) for one in (bare, before, after)} == {1}


def test_an_event_whose_kind_one_reader_may_see_is_issued_to_them_and_stands(book: Any) -> None:
    book.append([Draft("facility", (mill(),), KEEPER), Draft("party", (party(LAB, "L"),), KEEPER)])
    book.append([Draft("lot", (lot(),), KEEPER)])
    body = {"id": "urn:make", "kind": "concentrate", "when": "2025-03-01T08:00:00Z",
            "facility": "urn:mill", "inputs": ORE, "outputs": FLOW}  # fmt: skip
    seal: dict[int, Any] = {0: (Seal("/kind", ("owner", LAB)),)}
    book.append([Draft("event", (body,), KEEPER, seal=seal)])
    with pytest.raises(ReaderError, match="sealed from who reads"):
        issue(here(book), "urn:make", None)
    made = json.loads(issue(here(book, LAB), "urn:make", None, form="bare"))
    assert made["credentialSubject"][0]["type"][0] == "MakeEvent"
    assert state(book, made, {}) == 0
    book.append([Draft("party", (party(RIVAL, "Rival"),), KEEPER)])
    assert state(book, made, {}) == 0
    book.append([Draft("facility", (mill("North mill"),), KEEPER)])
    assert state(book, made, {}) == 1


def test_keys_registered_by_one_entry_have_a_place_each(book: Any) -> None:
    parties = [f"urn:party:{n}" for n in range(3)]
    asked = [keys.request(ORIGIN, who, key) for who, key in zip(parties, KEYS, strict=True)]
    names = ("public_key", "possession")
    facts = [
        {"id": key.kid, "party": one["party"], "reason": "met", **{n: one[n] for n in names}}
        for key, one in zip(KEYS, asked, strict=True)
    ]
    book.append([Draft("key", tuple(facts), KEEPER)])
    book.append([Draft("party", tuple(party(who, who) for who in parties), KEEPER)])
    made = [json.loads(issue(here(book), who, None, form="bare")) for who in parties]
    assert len({json.dumps(one["credentialStatus"]) for one in made}) == 3
    assert len({one["id"] for one in made}) == 3
    keys.revoke(book, KEYS[1].kid, "lost")
    assert [state(book, one, {}) for one in made] == [0, 1, 0]


def test_a_key_that_ended_takes_what_its_party_issued_with_it(book: Any) -> None:
    for number in (0, 1, 7):
        step(book, [], (number, ""))
    keys.register(book, keys.request(ORIGIN, LAB, KEYS[0]), "met")
    old = issue(here(book), "urn:assay:l", signer_of(here(book), KEYS[0]))
    keys.register(book, keys.request(ORIGIN, LAB, KEYS[1], KEYS[0]))
    new = issue(here(book), "urn:assay:l", signer_of(here(book), KEYS[1]))
    resolver = resolver_of(here(book))
    resolver.day = DAY
    found = check(old, resolver)
    assert found.outcome == "refused"
    assert found.status.startswith("revoked")
    assert f"{KEYS[0].kid} was replaced by entry" in found.proof
    assert check(new, resolver).outcome == "stands"


@given(st.tuples(st.integers(0, 200), st.integers(0, 16_383), st.integers(0, 300)),
       st.tuples(st.integers(0, 200), st.integers(0, 16_383), st.integers(0, 300)))  # fmt: skip
def test_no_two_credentials_share_an_entry_of_a_list(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    """A leaf of 65,535 bytes holds fewer facts than a list keeps entries for each of its leaves."""
    places = [list_place((p, i), rests) for p, i, rests in (one, other)]
    assert (places[0] == places[1]) == (one == other)
    for place in places:
        assert place.number < 131_072
        assert list_named(place.list.text()) == place.list
        assert own_list(ORIGIN, place.list.url(ORIGIN)) == place.list


@pytest.mark.parametrize("name", ["0", "0-", "-1-2", "00-1", "0-01", "1-2", "0-99", "9-80", "0-1-x",
                                  f"0-1-{'A' * 32}", "0-1\n", "٠-1", "1" * 16 + "-1"])  # fmt: skip
def test_a_list_that_is_none_is_refused(book: Any, name: str) -> None:
    with pytest.raises(NotFound):
        status_list(here(book), list_named(name))
    assert own_list(ORIGIN, f"https://else.example/{name}") is None
    assert ListName(0, 1).text() == "0-1"


def test_a_list_of_our_own_is_made_once_in_a_run_and_never_asked_of_a_host(book: Any) -> None:
    for number in (0, 1):
        step(book, [], (number, ""))
    resolver, made = resolver_of(here(book)), list[str]()
    resolver.day, resolver.online, own = DAY, True, resolver.own_list
    resolver.lookup = lambda host, _port: pytest.fail(f"{host} was asked")

    def counted(url: str) -> bytes | str | None:
        made.append(url)
        return own(url)

    resolver.own_list = counted
    token = issue(here(book), "urn:lot:1", None)
    assert {check(token, resolver).outcome for _ in range(3)} == {"stands"}
    assert len(made) == 1
    beyond = f"https://{ORIGIN}/api/credentials/status/0-99"
    assert "has no list 0-99" in str(resolver.find_list(beyond))


def test_a_list_of_the_same_keeper_for_another_address_decides_nothing(book: Any) -> None:
    """Else whoever stands between could hand over a list in which the bit is clear."""
    for number in (0, 1):
        step(book, [], (number, ""))
    token = issue(here(book), "urn:lot:1", None)
    book.append([Draft("facility", (mill("North mill"),), KEEPER)])
    resolver = resolver_of(here(book))
    resolver.day = DAY
    assert check(token, resolver).outcome == "refused"
    now = json.loads(issue(here(book), "urn:lot:1", None, form="bare"))["credentialStatus"]
    name = own_list(ORIGIN, now["statusListCredential"])
    assert name is not None
    other = resolver_of(here(book))
    other.day, other.own_list = DAY, lambda _url: status_list(here(book), name)
    found = check(token, other)
    assert found.outcome == "undecided"
    assert f'is the one of "{name.url(ORIGIN)}"' in found.status
