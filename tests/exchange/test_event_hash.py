"""Event hash IDs against the public values, in both versions of the rules and both bindings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.cli import commands
from orebook.exchange.event_hash import instant
from orebook.exchange.event_hash_file import hashes
from orebook.exchange.gs1_keys import canonical, check_digit
from orebook.model.problem import Problem

# Lines whose expected value was reworked in July 2026 (file stem: lines).
SUPERSEDED = {
    "CertificationInfoAndSensorReportWithCRS": {0},
    "ReferenceEventHashAlgorithm2": {0},
    "ReferenceEventHashAlgorithm3": {0},
    "SensorDataExamples": set(range(12)),
    "TimeStampRoundOff": {2},
    "epcisDocWithSensorDataObjectEvent": {0},
}
# SensorDataExamples.xml under both versions, as published with the rework of July 2026.
SENSOR_DATA = {
    "2.0": """
    75142d4f4b4fd06fb7ac7e3adb31e56caea4f84f2afb7ef6b564b075cd6daf68
    109406fe4d7bd0a9806188dc1b8928e98c4bbc4718d2ff97c6dc6122ce1d9596
    0061c0b9ca428f306014ba29e30a9b10564ff323ef4c64de73cb9ae5d28ee3aa
    52f7049f181d757040ee670469ba08a40a8e490209b911919df3d72ae09cf938
    7e3a42357f679a5a4ee6b5124e0d05338d41ece98899b4ccf254efb941c8d405
    59a91885337758b760429b6118f8bc697c19af6b3ae14d55b230f6c5a2ed8e97
    44a2facaf839aee4fcfce5e3c6f2a1ff922c6a00fdff143f26e7fe774fdf4890
    9955881f334598a45a5987a34b0595e1867cc7761685d892327463c18a4c1795
    45a793d01450d9d7626bf98bdca844c848e981497a871bb7394db7d255a44273
    8f6b69aca701aa9645c5d2a766012b2b0ecafb22d548cfc88f4f68af42d291e7
    e1213ac002995a3efb5febb95f624459c6a26cbed9a6ac3a54a72a299a1eaf62
    a71d10e51b15abeec8ba6962077c6fa781ef014f0dad98a0ad12d4f0c27e2d42""",
    "2.1": """
    244752f49ab24aca478f26c9987de4c4dd16b64f31920543612540d446f64774
    ec2d5799f7d97f25be243226064fcd42b8367840e3b1c9ed8e11749fe44504b8
    6e371f54dfdd73ec8b088b7e6ee14c2e8a0556a1f4d0e3106dfd4ab3186d8c46
    9a9a7ffcad058722cea980c5b3c3871d5462958c91f86caec0626be685e3c248
    3cde95e0da01f5c9ecbb532414d2b87fbbe1cf59e23362f9967a6848957aacb3
    680d8e28eaa443cc0f5ffb4e9638cb9fcf0ca74de3805048a7531cb3927797a2
    35d6f357958fd1382be086fc2623e3f164e3357532c7fb91367efb96c54e789d
    f8f82a496ab151b7169bc4786ea28699b13a83a51d05f168c828825f40bfb1ec
    c31561f9698debbb3ce47739abf22042e1294a06069f6a5e14707c0719815a32
    81a2fad99386d7c1211efc733af17c38e177f3082eb7df33ca3f125764810bdf
    20d53c58a3249f032476c5f1fc685290ccd3e8a58d15c2ad2536c02271cb14f8
    c6b9b783529666c9bef39ed59202551aba96933f50d6828988584f534d0eabe4""",
}


def ids(file: Path, version: str) -> list[str]:
    found = hashes(file.read_bytes(), version)
    assert not isinstance(found, Problem), found
    return [one.hash_id for one in found]


def _updated(folder: Path) -> dict[tuple[str, str], str]:
    lines = (folder / "updated-2026-07.txt").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith("CBV")]
    return {(version.removeprefix("CBV"), stem): id_ for version, stem, id_ in rows}


def test_every_published_value_that_stands_is_met(
    standards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = standards / "epcis-event-hash"
    updated = _updated(folder)
    met = passed_over = 0
    for file in sorted((folder / "examples").iterdir()):
        if file.suffix not in {".xml", ".jsonld"}:
            continue
        expected = file.with_suffix(".hashes").read_text("utf-8").split()
        found = ids(file, "2.0")
        assert len(found) == len(expected), file
        for line, (ours, published) in enumerate(zip(found, expected, strict=True)):
            superseded = line in SUPERSEDED.get(file.stem, ())
            theirs = updated.get(("2.0", file.stem)) if superseded else published
            if theirs:
                assert ours == theirs, (file, line)
                met += 1
            else:
                passed_over += 1
        if ("2.1", file.stem) in updated:
            assert ids(file, "2.1") == [updated["2.1", file.stem]]
            met += 1
    with capsys.disabled():
        print(
            f"\npublished event hash IDs: {met} met, {passed_over} superseded without a new value"
        )
    assert (met, passed_over) == (40, 16)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_the_reworked_sensor_examples_are_met_in_both_versions(
    standards: Path, version: str
) -> None:
    file = standards / "epcis-event-hash" / "examples" / "SensorDataExamples.xml"
    expected = [f"ni:///sha-256;{d}?ver=CBV{version}" for d in SENSOR_DATA[version].split()]
    assert ids(file, version) == expected


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_events_that_say_the_same_hash_alike(standards: Path, version: str) -> None:
    files = sorted((standards / "epcis-event-hash" / "expected_equal").iterdir())
    assert len(files) == 7
    for file in files:
        found = ids(file, version)
        assert len(found) > 1
        assert len(set(found)) == 1, file


def test_gs1s_seven_spellings_of_one_event_hash_alike_but_for_a_stated_offset(
    standards: Path,
) -> None:
    folder = standards / "epcis-gs1" / "XML" / "WithEventHashID"
    found = {file.stem[-1]: ids(file, "2.0")[0] for file in sorted(folder.iterdir())}
    # the second says another eventTimeZoneOffset, which the rules keep
    assert len({id_ for number, id_ in found.items() if number != "2"}) == 1
    assert found["2"] != found["1"]


def test_an_event_and_its_withdrawal_hash_alike(standards: Path) -> None:
    file = standards / "epcis-gs1" / "JSON" / "Example_9.6.1-ObjectEvent.jsonld"
    document = json.loads(file.read_bytes())
    first = hashes(json.dumps(document).encode(), "2.0")
    for event in document["epcisBody"]["eventList"]:
        event["errorDeclaration"] = {"declarationTime": "2026-01-01T00:00:00Z"}
        event["recordTime"] = "2026-01-01T00:00:00Z"
        event["eventID"] = "urn:x:another"
    again = hashes(json.dumps(document).encode(), "2.0")
    assert [h.hash_id for h in first] == [h.hash_id for h in again]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-02-02T12:04:03.1415+01:00", "2023-02-02T11:04:03.142Z"),
        ("2023-02-02T12:04:03.1414999+01:00", "2023-02-02T11:04:03.141Z"),
        ("2023-12-31T23:59:59.9995Z", "2024-01-01T00:00:00.000Z"),
        ("2023-02-02T11:04:03Z", "2023-02-02T11:04:03.000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_moments_are_utc_with_three_decimals_rounded_half_up(text: str, expected: str) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "/01/04012345111118/21/9876"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "/01/04012345123456/10/Lot987"),
        ("urn:epc:id:sgln:4012345.00005.0", "/414/4012345000054"),
        ("urn:epc:id:sgln:4012345.00005.122", "/414/4012345000054/254/122"),
        ("urn:epc:idpat:sgtin:4054739.099914.*", "/01/04054739999148"),
        ("urn:epc:id:pgln:999999999999.", "/417/9999999999994"),
        (
            "https://example.com/gtin/9780345418913/lot/A/21/765tz?x=1#y",
            "/01/09780345418913/21/765tz",
        ),
        ("https://id.gs1.org/01/09780345418913/22/2A/10/B", "/01/09780345418913/10/B"),
        ("urn:epc:id:sgtin:4012345.0111.9876", None),
        ("urn:epc:id:lgtin:4012345.012345.Lot987", None),
        ("urn:epc:id:sgtin:4012345..9876", None),
        ("https://example.com/01/", None),
        ("geo:50.9,6.9", None),
    ],
)
def test_a_gs1_key_has_one_canonical_link(uri: str, expected: str | None) -> None:
    assert canonical(uri) == (None if expected is None else f"https://id.gs1.org{expected}")


def test_check_digits() -> None:
    assert [check_digit(d) for d in ("629104150021", "0000000000000", "37610425002123456")] == [
        "3",
        "0",
        "9",
    ]


def test_the_command_prints_one_id_for_each_event(standards: Path) -> None:
    file = standards / "epcis-gs1" / "JSON" / "Example_9.6.1-ObjectEvent.jsonld"
    done = CliRunner().invoke(commands, ["event-hash", str(file), "--cbv", "2.1", "--json"])
    rows = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [row["hashID"] for row in rows] == ids(file, "2.1")
    assert all(row["cbv"] == "2.1" and row["place"].startswith("/epcisBody") for row in rows)
    plain = CliRunner().invoke(commands, ["event-hash", "-"], input=file.read_bytes())
    assert plain.stdout.split() == ids(file, "2.0")


@pytest.mark.parametrize(
    "data", [b"", b"[1]", b"{}", b"<a/>", b"<a>", b'{"type":"EPCISDocument"}', b"\xff\xfe", b"\xff"]
)
def test_what_holds_no_events_is_a_problem(data: bytes) -> None:
    found = hashes(data, "2.0")
    assert isinstance(found, Problem)
    assert found.next_step
