"""One table over every file of the official collections: in and out unchanged, or why not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from orebook.exchange import return_trip

# Family → the files that are documents of it, as a pattern of their path.
FAMILIES = {
    "EPCIS 2.0 JSON (GS1)": r"epcis-gs1/JSON/.*\.jsonld|epcis-gs1/XML/.*\.json",
    "EPCIS 2.0 JSON (OpenEPCIS)": r"epcis-openepcis-tests/2\.0/EPCIS/JSON/(?!.*Invalid).*\.json",
    "EPCIS 2.0 JSON, made invalid": r"epcis-openepcis-tests/2\.0/EPCIS/JSON/.*Invalid/.*\.json",
    "EPCIS 2.0 JSON (event hash)": r"epcis-event-hash/.*\.json(ld)?",
    "EPCIS 2.0 JSON (sanitised)": r"epcis-sanitised/.*\.json(ld)?",
    "EPCIS 2.0 XML (GS1)": r"epcis-gs1/XML/.*\.xml",
    "EPCIS 2.0 XML (OpenEPCIS)": r"epcis-openepcis-tests/2\.0/EPCIS/XML/(?!.*Invalid).*\.xml",
    "EPCIS 2.0 XML, made invalid": r"epcis-openepcis-tests/2\.0/EPCIS/XML/.*Invalid/.*\.xml",
    "EPCIS 2.0 XML (event hash)": r"epcis-event-hash/.*\.xml",
    "EPCIS 2.0 XML (sanitised)": r"epcis-sanitised/.*\.xml",
    "EPCIS 1.2 XML (OpenEPCIS)": r"epcis-openepcis-tests/1\.2/.*\.xml",
    "UNTP 0.7.0 passport": r"untp-0\.7\.0/samples.*/DigitalProductPassport.*",
    "UNTP 0.7.0 traceability event": r"untp-0\.7\.0/samples.*/DigitalTraceabilityEvent.*",
    "UNTP 0.7.0 facility record": r"untp-0\.7\.0/samples.*/DigitalFacilityRecord.*",
    "UNTP 0.7.0 conformity": r"untp-0\.7\.0/samples.*/ConformityCredential_.*",
    "UNTP 0.7.0 identity anchor": r"untp-0\.7\.0/samples.*/DigitalIdentityAnchor.*",
    "UNTP 0.7.0 permit, signed": r"untp-0\.7\.0/bc-mines-act-permit/sample\.json",
    "UNTP 0.7.0 vocabulary": r"untp-0\.7\.0/samples.*/cvc/.*",
    "UNTP 0.6.1 trust graph": r"untp-trust-graph/.*\.json",
    "UNTP 0.6.0 credential": r"untp-0\.6\.0/untp-\w+/untp-\w+-instance\.json",
    "UNTP 0.6.0 part of one": r"untp-0\.6\.0/.*[A-Z]\w+-instance\.json",
    "UNTP 0.5.0 credential": r"untp-crm-bcmine/.*\.json",
    "metals certificate 0.1.1": r"metals-certificate/fixtures/.*\.json",
    "W3C credential, other types": r"w3c-vcdm-2\.0/.*\.json|w3c-vc-di-eddsa/.*signed.*\.json",
    "W3C credential as token": r"w3c-vc-jose-cose/.*\.(txt|json)",
    "Catena-X payload": r"catena-x-models/.*(?<!-schema)\.json",
    "battery passport payload": r"batterypass-1\.2\.0/.*(?<!-schema)\.json",
}
# What is no document of a chain: never handed in by anyone, read by the tests of what it is for.
OTHER = {
    "schemas and vocabularies": r".*[Ss]chema.*\.json|.*/schema/.*|.*\.xsd|.*context.*"
    r"|.*Ontology/.*|.*/vocabulary/.*|epcis-gs1/(JSON-LD-Context|JSON-Schema|REST_Bindings)/.*",
    "descriptions": r".*README\.md|.*DISCLAIMER\.txt",
    "inputs and outcomes of tests": r"epcis-event-hash/.*\.(hashes|prehashes|txt)|jcs-rfc8785/.*"
    r"|untp-0\.7\.0/bc-mines-act-permit/payload\.json|w3c-vc-di-eddsa/.*|w3c-vc-jose-cose/.*",
    "signatures, logs, status lists": r"(cose-receipts-ietf|scitt-cose-v1|sd-jwt-cases|status-lists"
    r"|signature-vectors|tlog-rfc6962-proofs|tlog-tiles-tessera-log)/.*",
}

# Documents, unchanged, read in part, refused; and the first fault of each that is not unchanged.
EXPECTED = {
    "EPCIS 2.0 JSON (GS1)": (27, 26, 0, 1, "unknown-word"),
    "EPCIS 2.0 JSON (OpenEPCIS)": (31, 29, 2, 0, "unknown-word"),
    "EPCIS 2.0 JSON, made invalid": (
        13,
        0,
        1,
        12,
        "bad-date, missing-member, unknown-member, unknown-word, wrong-type",
    ),
    "EPCIS 2.0 JSON (event hash)": (18, 18, 0, 0, ""),
    "EPCIS 2.0 JSON (sanitised)": (4, 0, 0, 4, "bad-json, missing-member, wrong-type"),
    "EPCIS 2.0 XML (GS1)": (28, 26, 0, 2, "unknown-document"),
    "EPCIS 2.0 XML (OpenEPCIS)": (34, 30, 0, 4, "bad-date, missing-member, wrong-order"),
    "EPCIS 2.0 XML, made invalid": (
        8,
        0,
        0,
        8,
        "bad-date, missing-member, unknown-member, unknown-word, wrong-order",
    ),
    "EPCIS 2.0 XML (event hash)": (19, 18, 1, 0, "wrong-order"),
    "EPCIS 2.0 XML (sanitised)": (2, 2, 0, 0, ""),
    "EPCIS 1.2 XML (OpenEPCIS)": (9, 7, 0, 2, "bad-date, wrong-type"),
    "UNTP 0.7.0 passport": (2, 2, 0, 0, ""),
    "UNTP 0.7.0 traceability event": (2, 2, 0, 0, ""),
    "UNTP 0.7.0 facility record": (2, 2, 0, 0, ""),
    "UNTP 0.7.0 conformity": (4, 4, 0, 0, ""),
    "UNTP 0.7.0 identity anchor": (3, 3, 0, 0, ""),
    "UNTP 0.7.0 permit, signed": (1, 1, 0, 0, ""),
    "UNTP 0.7.0 vocabulary": (4, 0, 0, 4, "missing-member, no-credential"),
    "UNTP 0.6.1 trust graph": (5, 5, 0, 0, ""),
    "UNTP 0.6.0 credential": (3, 3, 0, 0, ""),
    "UNTP 0.6.0 part of one": (6, 0, 0, 6, "missing-member"),
    "UNTP 0.5.0 credential": (7, 6, 0, 1, "missing-member"),
    "metals certificate 0.1.1": (14, 14, 0, 0, ""),
    "W3C credential, other types": (80, 0, 0, 80, "no-credential, unread-credential"),
    "W3C credential as token": (
        27,
        0,
        0,
        27,
        (
            "bad-algorithm, bad-json, missing-member, no-credential, not-a-credential, "
            "unknown-format, unread-credential"
        ),
    ),
    "Catena-X payload": (11, 0, 0, 11, "missing-member"),
    "battery passport payload": (3, 0, 0, 3, "bad-encoding"),
}


def family(path: str, among: dict[str, str]) -> str:
    return next((name for name, form in among.items() if re.fullmatch(form, path)), "")


def files(standards: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(standards.rglob("*")):
        if path.is_file():
            yield path.relative_to(standards).as_posix(), path


@pytest.fixture(scope="module")
def trips(standards: Path) -> dict[str, list[return_trip.Trip]]:
    found: dict[str, list[return_trip.Trip]] = {name: [] for name in FAMILIES}
    for name, path in files(standards):
        kind = family(name, FAMILIES)
        if kind:
            found[kind].append(return_trip.return_trip(path.read_bytes(), path.name))
    return found


def test_every_official_document_is_in_the_table(
    trips: dict[str, list[return_trip.Trip]], capsys: pytest.CaptureFixture[str]
) -> None:
    rows: dict[str, tuple[int, int, int, int, str]] = {}
    for name, told in trips.items():
        came = Counter(trip.outcome for trip in told)
        assert not came[return_trip.CHANGED], name  # what is read whole comes out as it was
        assert not came[return_trip.NOT_WRITTEN], name
        why = {trip.problems[0].code for trip in told if trip.problems}
        outcomes = (return_trip.UNCHANGED, return_trip.IN_PART, return_trip.REFUSED)
        unchanged, part, refused = (came[outcome] for outcome in outcomes)
        rows[name] = (len(told), unchanged, part, refused, ", ".join(sorted(why)))
    total = [sum(row[i] for row in rows.values()) for i in range(4)]
    with capsys.disabled():
        head = ("documents", "unchanged", "in part", "refused")
        print(f"\n{'official documents, in and out':<32}" + "".join(f"{h:>10}" for h in head))
        for name, row in rows.items():
            print(f"{name:<32}" + "".join(f"{n:>10}" for n in row[:4]) + f"  {row[4]}")
        print(f"{'all':<32}" + "".join(f"{n:>10}" for n in total))
    assert rows == EXPECTED


def test_whatever_is_refused_says_where_what_and_what_to_do(
    trips: dict[str, list[return_trip.Trip]],
) -> None:
    faults = [fault for told in trips.values() for trip in told for fault in trip.problems]
    assert len(faults) > 100
    for fault in faults:
        assert fault.code
        assert fault.expected
        assert fault.found
        assert fault.next_step


def test_no_official_file_is_passed_over(standards: Path) -> None:
    """A file is a document of one family, or is named as what it is instead."""
    strange = [n for n, _ in files(standards) if not (family(n, FAMILIES) or family(n, OTHER))]
    assert strange == []
