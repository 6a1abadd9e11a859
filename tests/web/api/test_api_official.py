"""The official openapi.json of EPCIS 2.0, walked: every operation, parameter, header and status.

What differs is named here, and in docs/reference/api.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree

from orebook.web.api import epcis_table
from orebook.web.api.call import Limits

Served = Any
# A single collection has no form in XML (the standard gives no schema), nor has the event that was
# just sent; questions are told from events by their own limit; a WebSocket is a subscription.
DIFFERS = {
    ("GET", "/", "200", "application/xml"),
    ("POST", "/events", "201", "application/json"),
    ("GET", "/queries/{queryName}", "413", ""),
    ("GET", "/queries/{queryName}/events", "101", ""),
    ("GET", "/queries/{queryName}/events", "400", "application/json"),
    ("GET", "/queries/{queryName}/events", "400", "application/xml"),
    ("DELETE", "/nextPageToken/{token}", "501", ""),
}
PARTS = {
    "captureID": "",
    "eventID": "urn:uuid:a",
    "eventType": "ObjectEvent",
    "epc": "urn:epc:class:lgtin:4012345.012345.a",
    "bizStep": "shipping",
    "token": "t",
    "bizLocation": "https://mine.example/yard",
    "readPoint": "https://mine.example/gate",
    "disposition": "active",
    "queryName": "all",
    "subscriptionID": "none",
}


@pytest.fixture
def official(standards: Path) -> Any:
    return json.loads((standards / "epcis-gs1/REST_Bindings/openapi.json").read_text("utf-8"))


def resolved(whole: Any, value: Any) -> Any:
    while "$ref" in value:
        found = whole
        for step in value["$ref"].split("/")[1:]:
            found = found[step.replace("~1", "/")]
        value = found
    return value


def walked(whole: Any) -> Iterator[tuple[str, str, Any, Any]]:
    """Method, path, operation and its parameters; subscriptions are left out."""
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "delete", "options"} and "subscriptions" not in path:
                listed = [*item.get("parameters", []), *operation.get("parameters", [])]
                yield method.upper(), path, operation, [resolved(whole, p) for p in listed]


def test_every_operation_parameter_status_and_media_type_is_in_our_table(official: Any) -> None:
    ours = {(o.method, o.path): o for o in epcis_table.operations(Limits())}
    checked = 0
    for method, path, operation, params in walked(official):
        if method == "OPTIONS":
            continue
        mine = ours[method, path]
        known = {p.name for p in mine.params} | {"Upgrade", "Connection"}
        missing = {p["name"] for p in params if p["in"] != "path"} - known
        assert not missing, (method, path, missing)
        for status, told in operation["responses"].items():
            if (method, path, status, "") in DIFFERS:
                continue
            assert int(status) in mine.gives, (method, path, status)
            for media in resolved(official, told).get("content", {}):
                if (method, path, status, media) not in DIFFERS:
                    assert media in mine.gives[int(status)][2], (method, path, status, media)
            checked += 1
    assert checked > 190


def test_every_header_of_an_answer_is_there(served: Served, official: Any) -> None:
    where = {"id": "https://mine.example/gate"}, {"id": "https://mine.example/yard"}
    more = {"disposition": "active", "readPoint": where[0], "bizLocation": where[1]}
    job = served.capture(
        served.document(
            served.event("a", **more),
            served.event("b", readPoint=where[1], bizLocation=where[0]),
        )
    )
    for name in ("all", "more"):
        served.post("/epcis/queries", json={"name": name, "query": {}})
    sent = {
        "/capture": served.document(served.event("c")),
        "/events": {"@context": served.context, **served.event("d")},
        "/queries": {"name": "third", "query": {}},
    }
    served.capture(served.document(served.event("e")))
    parts, checked = {**PARTS, "captureID": job["captureID"]}, 0
    for method, path, operation, params in walked(official):
        names = {p["name"] for p in params}
        address = path
        for name, value in parts.items():
            address = address.replace(f"{{{name}}}", quote(value, safe=""))
        address = f"/epcis{address}".rstrip("/")
        answer = served.client.request(
            method,
            address + ("?perPage=1" if method == "GET" and "perPage" in names else ""),
            headers=served.tokens["mine"],
            **({"json": sent[path]} if method == "POST" else {}),
        )
        status = str(answer.status_code)
        told = resolved(official, operation["responses"].get(status, {}))
        assert told, (method, path, answer.text)
        for name in told.get("headers", {}):
            if name in {"Link", "GS1-Next-Page-Token-Expires"} and "next" not in answer.links:
                continue
            assert name.lower() in answer.headers, (method, path, name)
            checked += 1
    assert checked > 300
    paged = served.client.get("/epcis/events?perPage=1").headers
    assert paged["gs1-next-page-token-expires"] == "9999-12-31T23:59:59Z"


def test_versions_are_agreed_on_or_refused(served: Served) -> None:
    ask = served.client.get
    for good in ("1.0.0", "2.0", "2", "2.0.0"):
        assert ask("/epcis/events", headers={"gs1-epcis-min": good}).status_code == 200
    assert ask("/epcis/events", headers={"gs1-cbv-max": "2.1"}).status_code == 200
    tries = [{"gs1-epcis-max": "1.2"}, {"gs1-epcis-min": "2.0.1"}, {"gs1-cbv-max": "1.2.2"}]
    for headers in (*tries, {"gs1-cbv-min": "3"}, {"gs1-epcis-min": "newest"}):
        for address in ("/epcis", "/epcis/events", "/epcis/bizSteps", "/epcis/queries"):
            refused = ask(address, headers=headers)
            assert refused.status_code == 406, (address, headers)
            assert refused.json()["type"] == "epcisException:NotAcceptableException"
    body = served.document(served.event("a"))
    for version, status in (("2.0.0", 202), ("1.2", 406), ("2.1", 406)):
        answer = served.post("/epcis/capture", json=body, headers={"gs1-epcis-version": version})
        assert answer.status_code == status, version


def test_words_of_cbv_go_out_in_xml_in_the_form_asked_for(served: Served, standards: Path) -> None:
    word = "https://ns.example/step/crush"
    served.capture(
        served.document(
            served.event(
                "a",
                disposition="active",
                bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:1"}],
                persistentDisposition={"set": ["completeness_verified"]},
            ),
            served.event("b", bizStep=word),
        )
    )
    folder = standards / "epcis-gs1" / "XSD"
    schema = etree.XMLSchema(file=str(folder / "EPCglobal-epcis-query-2_0.xsd"))
    begin = {
        "Always_URN": "urn:epcglobal:cbv:bizstep:",
        "Always_Web_URI": "https://ref.gs1.org/cbv/BizStep-",
    }
    tags = set()
    for form, prefix in begin.items():
        headers = {"accept": "application/xml", "gs1-cbv-xml-format": form}
        answer = served.client.get("/epcis/events", headers=headers)
        assert answer.headers["gs1-cbv-xml-format"] == form
        tags.add(answer.headers["etag"])
        root = etree.fromstring(answer.content)
        assert schema.validate(root), schema.error_log
        assert [e.text for e in root.iter("bizStep")] == [f"{prefix}shipping", word]
        urn = form == "Always_URN"
        (kind,) = [e.get("type") for e in root.iter("bizTransaction")]
        assert kind == ("urn:epcglobal:cbv:btt:po" if urn else "https://ref.gs1.org/cbv/BTT-po")
        (lasting,) = [e.text for e in root.iter("set")]
        assert lasting.startswith("urn:epcglobal:cbv:disp:" if urn else "https://ref.gs1.org/")
    assert len(tags) == 2
    odd = served.client.get("/epcis/events", headers={"gs1-cbv-xml-format": "Latin"})
    assert odd.status_code == 406


def test_a_job_is_told_in_xml_by_the_official_schema(served: Served, standards: Path) -> None:
    folder = standards / "epcis-gs1" / "XSD"
    schema = etree.XMLSchema(file=str(folder / "EPCglobal-epcis-2_0.xsd"))
    jobs = [
        served.capture(served.document(served.event("a"))),
        served.capture(served.document(served.event("b", action="SELL\x07"))),
    ]
    headers = {**served.tokens["mine"], "accept": "application/xml"}
    for job in jobs:
        answer = served.client.get(f"/epcis/capture/{job['captureID']}", headers=headers)
        assert answer.headers["content-type"] == "application/xml"
        root = etree.fromstring(answer.content)
        assert schema.validate(root), schema.error_log
        assert root.get("success") == str(job["success"]).lower()
        assert len(root.findall("errors/error")) == len(job["errors"])
    assert jobs[1]["errors"]


def test_what_would_be_a_subscription_is_not_built(served: Served) -> None:
    served.post("/epcis/queries", json={"name": "all", "query": {}})
    address = "/epcis/queries/all/events"
    for question in ("stream=true", "second=0", "initialRecordTime=2025-01-01T00:00:00Z"):
        answer = served.get(f"{address}?{question}", "mine")
        assert (answer.status_code, answer.json()["status"]) == (501, 501)
    text = served.post("/epcis/queries", content=b"<x/>", headers={"content-type": "text/xml"})
    assert text.status_code == 415
