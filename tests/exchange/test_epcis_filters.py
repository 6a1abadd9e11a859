"""The table of query parameters: every name of the official documents, and what each finds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange.epcis_filters import CONTROLS, TABLE, Master, compiled, ordering, parameter
from orebook.exchange.json_text import Object, Value, read
from orebook.model.problem import ReaderError

EVENT: Object = read(  # type: ignore[assignment]
    json.dumps(
        {
            "type": "ObjectEvent",
            "eventID": "urn:uuid:1",
            "eventTime": "2025-03-01T12:00:00+05:00",
            "recordTime": "2025-03-02T00:00:00Z",
            "eventTimeZoneOffset": "+05:00",
            "action": "ADD",
            "bizStep": "shipping",
            "disposition": "in_transit",
            "readPoint": {"id": "https://mine.example/gate", "ex:shift": "night"},
            "bizLocation": {"id": "https://mine.example/site"},
            "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"],
            "quantityList": [
                {"epcClass": "urn:epc:class:lgtin:4012345.012345.A1", "quantity": 1, "uom": "TNE"},
                {"epcClass": "urn:epc:class:lgtin:4012345.012345.B1", "quantity": 12},
            ],
            "bizTransactionList": [{"type": "po", "bizTransaction": "https://po.example/7"}],
            "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
            "destinationList": [{"type": "location", "destination": "urn:x:port"}],
            "persistentDisposition": {"set": ["conformant"], "unset": ["damaged"]},
            "errorDeclaration": {
                "declarationTime": "2025-04-01T00:00:00Z",
                "reason": "incorrect_data",
                "correctiveEventIDs": ["urn:uuid:2"],
                "ex:why": "scale",
            },
            "sensorElementList": [
                {
                    "sensorMetadata": {
                        "startTime": "2025-03-01T00:00:00Z",
                        "endTime": "2025-03-01T06:00:00Z",
                        "deviceID": "urn:epc:id:giai:4000001.111",
                        "ex:rack": 4,
                    },
                    "sensorReport": [
                        {
                            "type": "Temperature",
                            "value": 30,
                            "minValue": 2.6e1,
                            "sDev": 0.5,
                            "uom": "CEL",
                            "time": "2025-03-01T03:00:00Z",
                            "ex:probe": {"ex:depth": 3},
                        },
                        {"type": "Mass", "meanValue": 1.5, "uom": "TNE", "percRank": 50},
                        {"type": "Dimensionless", "stringValue": "ok", "booleanValue": True},
                    ],
                    "ex:hall": "B",
                }
            ],
            "ilmd": {"ex:grade": 25.1, "ex:seal": {"ex:number": "S-9"}},
            "ex:crew": "blue",
            "ex:nest": {"ex:deep": "2025-01-01T00:00:00Z"},
        }
    ).encode()
)
PREFIXES = {"ex": "https://ns.example/"}
MASTER = Master(
    lambda i: (
        frozenset({i, "https://mine.example/site"}) if i.endswith("/group") else frozenset({i})
    ),
    lambda i: {"urn:geo": ("PK",)} if i == "https://mine.example/site" else {},
)
YES = {
    "eventType": "ObjectEvent",
    "GE_eventTime": "2025-03-01T07:00:00Z",
    "LT_eventTime": "2025-03-01T07:00:01Z",
    "GE_recordTime": "2025-03-02T00:00:00Z",
    "LT_recordTime": "2025-03-03T00:00:00Z",
    "EQ_action": "ADD",
    "EQ_bizStep": "urn:epcglobal:cbv:bizstep:shipping",
    "EQ_disposition": "https://ref.gs1.org/cbv/Disp-in_transit",
    "EQ_persistentDisposition_set": "conformant",
    "EQ_persistentDisposition_unset": "damaged",
    "EQ_readPoint": "https://mine.example/gate",
    "WD_bizLocation": "https://mine.example/group",
    "EQ_bizTransaction_po": "https://po.example/7",
    "EQ_source_owning_party": "urn:epc:id:pgln:4012345.00225",
    "EQ_destination_location": "urn:x:port",
    "MATCH_epc": "urn:epc:idpat:sgtin:0614141.107346.*",
    "MATCH_anyEPC": "urn:epc:id:sgtin:0614141.107346.2017",
    "MATCH_epcClass": "urn:epc:idpat:lgtin:4012345.012345.*",
    "MATCH_anyEPCClass": "urn:epc:class:lgtin:4012345.012345.B1",
    "EQ_quantity": "12",
    "EQ_quantity_KGM": "1000",
    "GE_quantity_GRM": "1000000",
    "EQ_eventID": "urn:uuid:1",
    "EXISTS_errorDeclaration": "true",
    "GE_errorDeclarationTime": "2025-04-01T00:00:00Z",
    "LT_errorDeclaration_Time": "2025-04-02T00:00:00Z",
    "EQ_errorReason": "incorrect_data",
    "EQ_correctiveEventID": "urn:uuid:2",
    "EXISTS_sensorElementList": "",
    "GE_time": "2025-03-01T03:00:00Z",
    "GE_startTime": "2025-03-01T00:00:00Z",
    "LT_endTime": "2025-03-01T06:00:01Z",
    "EQ_type": "https://gs1.org/voc/Temperature",
    "EQ_deviceID": "urn:epc:id:giai:4000001.111",
    "EQ_stringValue": "ok",
    "EQ_booleanValue": "true",
    "GE_percRank": "50",
    "EQ_value_KEL": "303.15",
    "EQ_value_FAH": "86",
    "LT_minValue_CEL": "26.5",
    "EQ_sDev_KEL": "0.5",
    "EQ_sDev_FAH": "0.9",
    "GT_meanValue_KGM": "1499.999",
    "EQ_ILMD_ex:grade": "25.1",
    "GE_ILMD_https://ns.example/grade": "25",
    "EQ_INNER_ILMD_ex:number": "S-9",
    "EXISTS_ILMD_ex:seal": "true",
    "EQ_ERROR_DECLARATION_ex:why": "scale",
    "EQ_SENSORELEMENT_ex:hall": "B",
    "EQ_SENSORMETADATA_ex:rack": "4",
    "EXISTS_SENSORREPORT_ex:probe": "true",
    "EQ_INNER_SENSORREPORT_ex:depth": "3",
    "EQ_readPoint_ex:shift": "night",
    "EQ_ex:crew": "blue",
    "EQ_https://ns.example/crew": "blue",
    "LT_INNER_ex:deep": "2025-01-02T00:00:00Z",
    "EXISTS_ex:nest": "true",
    "HASATTR_bizLocation": "urn:geo",
    "EQATTR_bizLocation_urn:geo": "PK",
    "EQ_ATTR_bizLocation_urn:geo": "PK",
}
NO = {
    "eventType": "AggregationEvent",
    "GE_eventTime": "2025-03-01T12:00:00Z",
    "EQ_bizStep": "receiving",
    "EQ_bizTransaction_inv": "https://po.example/7",
    "WD_readPoint": "https://mine.example/site",
    "MATCH_parentID": "urn:epc:id:sgtin:0614141.107346.2017",
    "MATCH_epc": "urn:epc:idpat:sgtin:0614141.1073.*",
    "EQ_quantity": "1",
    "EQ_quantity_CEL": "1",
    "GT_quantity_KGM": "1000",
    "EQ_value_CEL": "303.15",
    "LT_value_KEL": "303.15",
    "EQ_sDev_KEL": "273.65",
    "EQ_ILMD_ex:number": "S-9",
    "EQ_ex:deep": "2025-01-01T00:00:00Z",
    "EXISTS_INNER_ex:crew": "true",
    "EQ_other:crew": "blue",
    "HASATTR_readPoint": "urn:geo",
}


def passes(name: str, value: str, event: Object = EVENT) -> bool:
    return compiled({name: value.split("|")}, MASTER, PREFIXES)(event)


@pytest.mark.parametrize(("name", "value"), YES.items())
def test_each_parameter_finds_what_fits(name: str, value: str) -> None:
    assert passes(name, value)


@pytest.mark.parametrize(("name", "value"), NO.items())
def test_and_nothing_else(name: str, value: str) -> None:
    assert not passes(name, value)


@pytest.mark.parametrize("name", [name for name in YES if name != "LT_recordTime"])
def test_what_is_absent_fits_nothing(name: str) -> None:
    assert not passes(name, YES[name], {"eventTimeZoneOffset": "+05:00"})


def test_every_line_of_the_table_is_tried() -> None:
    tried = {line.form for name in YES if (found := parameter(name)) for line in [found[0]]}
    left = {line.form for line in TABLE} - tried
    assert left == {
        "EQ_transformationID",
        "MATCH_parentID",
        "MATCH_inputEPC",
        "MATCH_outputEPC",
        "MATCH_inputEPCClass",
        "MATCH_outputEPCClass",
    }
    made: Object = {
        "transformationID": "urn:t",
        "parentID": "urn:p",
        "inputEPCList": ["urn:i"],
        "outputEPCList": ["urn:o"],
        "inputQuantityList": [{"epcClass": "urn:ic"}],
        "outputQuantityList": [{"epcClass": "urn:oc"}],
    }
    values = ("urn:t", "urn:i", "urn:ic", "urn:o", "urn:oc", "urn:p")
    for name, value in zip(sorted(left), values, strict=True):
        assert passes(name, value, made), name
        assert not passes(name, "urn:nothing", made), name


def test_the_table_reads_every_parameter_of_the_official_interface(standards: Path) -> None:
    folder = standards / "epcis-gs1" / "REST_Bindings"
    api = json.loads((folder / "openapi.json").read_text("utf-8"))
    beside = {"second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"}
    beside |= {"reportIfEmpty", "stream", "initialRecordTime"}  # of subscriptions
    asked = {
        p["name"]
        for p in api["components"]["parameters"].values()
        if p["in"] == "query" and p["name"] not in beside
    }
    assert len(asked) > 50
    assert {n for n in asked if parameter(n) is None} == set(CONTROLS)
    query = json.loads((folder / "query-schema.json").read_text("utf-8"))
    shape = query["definitions"]["EPCIS-Query"]
    fixed = set(shape["properties"]) - {"@context"}
    assert {n for n in fixed if parameter(n) is None} <= set(CONTROLS)
    patterns = list(shape["patternProperties"])
    assert len(patterns) > 100
    for pattern in patterns:
        name = pattern.strip("^$").replace(r"[a-z][a-zA-Z0-9]*\\:\\w+", "ex:field")
        name = re.sub(r"\[a-z\]\[a-zA-Z0-9_\]\+", "owning_party", name)
        name = name.replace("[A-Z0-9]{2,4}", "KGM").replace(r"\\w+", "word")
        found = parameter(name)
        assert found is not None, name
        assert "field" not in name or found[1].get("field", "ex:field") == "ex:field", name


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GE_eventTime", "yesterday", "a time with offset"),
        ("GE_eventTime", "2025-01-01", "a time with offset"),
        ("EQ_quantity_KGM", "NaN", "a number"),
        ("EQ_quantity_KGM", "1|2", "one value"),
        ("EQ_action", "SELL", "ADD, OBSERVE or DELETE"),
        ("EXISTS_errorDeclaration", "maybe", "true, false"),
        ("EQ_booleanValue", "1", "true or false"),
        ("MATCH_epc", "", "a value"),
        ("GE_ILMD_ex:grade", "high", "a number or a time"),
        ("EQ_bizStpe", "shipping", "no query parameter"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_by_name(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(ReaderError, match=name) as refused:
        passes(name, value)
    assert said in str(refused.value)


@given(st.decimals(-200, 2000, places=3), st.sampled_from(["CEL", "KEL", "FAH"]))
def test_a_reading_is_found_in_any_unit_of_temperature(value: object, unit: str) -> None:
    from decimal import Decimal

    from orebook.model.units import unit as known

    figure = Decimal(str(value))
    stored = read(f'{{"value": {figure}, "uom": "CEL"}}'.encode())
    event: Object = {"sensorElementList": [{"sensorReport": [stored]}]}  # type: ignore[list-item]
    asked = known(unit).from_canonical(known("CEL").to_canonical(figure))
    text = format(asked.quantize(Decimal("1e-22")), "f")
    assert passes(f"EQ_value_{unit}", text, event)
    more = format(asked + 1, "f")[:40]
    assert not passes(f"EQ_value_{unit}", more, event)
    assert passes(f"LT_value_{unit}", more, event)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_and_no_value_breaks_the_table(name: str, value: str) -> None:
    for asked in (name, f"EQ_{name}", f"GE_ILMD_{name}", f"EXISTS_ex:{name}"):
        try:
            test = compiled({asked: [value]}, MASTER, PREFIXES)
        except ReaderError:
            continue
        assert test(EVENT) in {True, False}


def test_events_are_ordered_by_a_field_or_the_order_is_refused() -> None:
    assert ordering("eventTime")(EVENT) == "2025-03-01T12:00:00+05:00"
    crew: Value = ordering("ex:crew", PREFIXES)(EVENT)
    assert crew == "blue"
    with pytest.raises(ReaderError, match="orderBy"):
        ordering("bizStep")
