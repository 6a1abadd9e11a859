"""The EPCIS door: capture jobs, single events, questions, pages, named queries, refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

Served = Any  # what the fixture gives; tests/web/api/conftest.py
INVALID = "epcis-openepcis-tests/2.0/EPCIS/JSON/Capture"


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [e["eventID"].removeprefix("urn:uuid:") for e in found]


def test_a_document_is_captured_by_a_job_and_its_events_are_found(served: Served) -> None:
    job = served.capture(served.document(served.event("a"), served.event("b", bizStep="receiving")))
    assert (job["success"], job["errors"]) == (True, [])
    assert job["appended"]["event"] == 2
    assert ids(served.events()) == ["a", "b"]
    assert ids(served.events("?EQ_bizStep=receiving%7Cpacking")) == ["b"]
    assert ids(served.events("?EQ_quantity_KGM=1000&MATCH_anyEPCClass=" + served.lot + "a")) == [
        "a"
    ]
    (one,) = served.events(base="/epcis/events/urn%3Auuid%3Aa")
    assert one["quantityList"] == [{"epcClass": f"{served.lot}a", "quantity": 1, "uom": "TNE"}]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", one["recordTime"])
    (entry,) = served.get("/api/events/urn%3Auuid%3Aa").json()["items"]
    assert entry["author"] == "party:mine"


def test_one_fault_refuses_all_or_its_own_event(served: Served) -> None:
    bad = served.document(served.event("good"), served.event("bad", action="SELL"))
    refused = served.capture(bad)
    assert not refused["success"]
    assert refused["captureErrorBehaviour"] == "rollback"
    (fault,) = refused["errors"]
    assert fault["type"] == "epcisException:ValidationException"
    assert fault["place"] == "/epcisBody/eventList/1/action"
    assert served.events() == []
    kept = served.capture(bad, **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert (kept["success"], kept["appended"]["event"]) == (False, 1)
    assert ids(served.events()) == ["good"]


def test_a_document_sent_again_is_not_written_again(served: Served) -> None:
    first = served.capture(served.document(served.event("a")))
    size = served.book.head.size
    again = served.capture(served.document(served.event("a")))
    assert first["appended"]["event"] == 1
    assert again["alreadyInTheBook"] >= 1
    assert again["success"]
    served.book.refresh()
    assert served.book.head.size == size


def test_an_event_whose_id_was_taken_a_moment_ago_is_refused(served: Served) -> None:
    for n in range(3):  # before the views have it
        event = {"@context": served.context, **served.event(f"now-{n}")}
        other = {**event, "bizStep": "receiving"}
        wrong = {**event, "errorDeclaration": {"declarationTime": "2025-03-02T00:00:00Z"}}
        said = [served.post("/epcis/events", json=sent) for sent in (event, other, event, wrong)]
        assert [answer.status_code for answer in said] == [201, 409, 409, 201]
        assert len({answer.headers["location"] for answer in said}) == 1


def test_one_event_is_created_once_and_then_declared_erroneous(served: Served) -> None:
    sent = {"@context": served.context, **served.event("a")}
    made = served.post("/epcis/events", json=sent)
    assert made.status_code == 201
    assert len(served.listed(served.get(made.headers["location"]))) == 1
    again = served.post("/epcis/events", json=sent)
    assert again.status_code == 409
    assert again.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert again.headers["location"] == made.headers["location"]
    wrong = {**sent, "errorDeclaration": {"declarationTime": "2025-04-01T00:00:00Z"}}
    assert served.post("/epcis/events", json=wrong).status_code == 201
    served.book.refresh()
    assert len(served.events(base="/epcis/events/urn%3Auuid%3Aa")) == 2
    assert len(served.events("?EXISTS_errorDeclaration=true")) == 1
    nameless = {k: v for k, v in sent.items() if k != "eventID"}
    made = served.post("/epcis/events", json=nameless)
    (found,) = served.listed(served.get(made.headers["location"]))
    assert found["eventID"].startswith("document:")


def test_pages_are_pinned_to_the_head_they_began_at(served: Served) -> None:
    served.capture(served.document(*(served.event(f"{n:03}") for n in range(25))))
    answer = served.get("/epcis/events?perPage=10&EQ_bizStep=shipping")
    seen = ids(served.listed(answer))
    served.capture(served.document(served.event("late")))
    while "next" in answer.links:
        answer = served.get(answer.links["next"]["url"])
        seen += ids(served.listed(answer))
    assert seen == [f"{n:03}" for n in range(25)]
    token = served.get("/epcis/events?perPage=10").links["next"]["url"].partition("Token=")[2]
    for bad in (f"EQ_action=ADD&nextPageToken={token}", "nextPageToken=AAAA", "perPage=0"):
        refused = served.get(f"/epcis/events?{bad}")
        assert refused.status_code == 400, bad
        assert refused.json()["type"] == "epcisException:QueryParameterException"


def test_order_and_limits(served: Served) -> None:
    times = ["2025-03-01T12:00:00+05:00", "2025-03-01T11:00:00Z", "2025-03-01T09:00:00Z"]
    sent = [served.event(str(n), eventTime=at) for n, at in enumerate(times)]
    served.capture(served.document(*sent))
    assert ids(served.events("?orderBy=eventTime&orderDirection=ASC")) == ["0", "2", "1"]
    assert ids(served.events("?orderBy=eventTime")) == ["1", "2", "0"]
    assert ids(served.events("?orderBy=eventTime&eventCountLimit=1")) == ["1"]
    first = served.get("/epcis/events?orderBy=eventTime&perPage=2")
    assert ids(served.listed(first)) == ["1", "2"]
    assert ids(served.listed(served.get(first.links["next"]["url"]))) == ["0"]
    assert len(served.events("?maxEventCount=3")) == 3
    over = served.get("/epcis/events?maxEventCount=2")
    assert (over.status_code, over.json()["type"]) == (413, "epcisException:QueryTooLargeException")
    for bad in ("eventCountLimit=1", "orderBy=eventTime&eventCountLimit=1&maxEventCount=1"):
        assert served.get(f"/epcis/events?{bad}").status_code == 400


def test_what_can_be_browsed(served: Served) -> None:
    gate = {"id": "https://mine.example/gate"}
    epcs = ["urn:epc:id:sgtin:0614141.107346.2017"]
    served.capture(
        served.document(
            served.event("a", readPoint=gate, bizStep="https://ns.example/step/crush"),
            served.event("b", epcList=epcs, disposition="active"),
        )
    )
    assert "events" in served.get("/epcis").json()["member"]
    assert served.get("/epcis/readPoints").json()["member"] == [gate["id"]]
    assert set(served.get("/epcis/epcs").json()["member"]) == {
        f"{served.lot}a",
        f"{served.lot}b",
        "urn:epc:id:sgtin:0614141.107346.2017",
    }
    steps = served.get("/epcis/bizSteps?perPage=1000")
    found = steps.json()["member"]
    while "next" in steps.links:
        steps = served.get(steps.links["next"]["url"])
        found += steps.json()["member"]
    assert len(set(found)) == len(found) == 42
    assert "https://ns.example/step/crush" in found
    epc = "urn%3Aepc%3Aid%3Asgtin%3A0614141.107346.2017"
    assert ids(served.events(base=f"/epcis/epcs/{epc}/events")) == ["b"]
    assert ids(served.events("?EQ_action=ADD", base=f"/epcis/epcs/{epc}/events")) == []
    gates = "/epcis/readPoints/https%3A%2F%2Fmine.example%2Fgate"
    assert served.get(gates).json()["member"] == ["events"]
    assert ids(served.events(base=f"{gates}/events")) == ["a"]
    assert ids(served.events(base="/epcis/dispositions/active/events")) == ["b"]
    assert ids(served.events(base="/epcis/eventTypes/ObjectEvent/events")) == ["a", "b"]
    missing = served.get("/epcis/bizLocations/urn%3Anowhere")
    assert missing.status_code == 404
    assert missing.json()["type"] == "epcisException:NoSuchResourceException"


def test_named_queries_are_kept_beside_the_book(served: Served) -> None:
    size = served.book.head.size
    body = {"name": "shipped", "query": {"EQ_bizStep": ["shipping"], "GE_quantity_KGM": 999.9}}
    assert served.post("/epcis/queries", "", json=body).status_code == 401
    made = served.post("/epcis/queries", json=body)
    assert (made.status_code, made.headers["location"]) == (201, "/epcis/queries/shipped")
    assert served.post("/epcis/queries", json=body).status_code == 409
    assert served.get("/epcis/queries/shipped", "mine").json() == body
    assert served.get("/epcis/queries/shipped").status_code == 404  # it is the mine's own
    served.post("/epcis/queries", "keeper", json={"name": "all", "query": {}})
    assert [q["name"] for q in served.get("/epcis/queries").json()] == ["all"]
    assert [q["name"] for q in served.get("/epcis/queries", "mine").json()] == ["all", "shipped"]
    assert served.book.head.size == size
    served.capture(served.document(served.event("a"), served.event("b", bizStep="packing")))
    below = "/epcis/queries/shipped"
    assert ids(served.events(base=f"{below}/events", who="mine")) == ["a"]
    for query in ({"EQ_nothing": 1}, {"GE_eventTime": "soon"}, [1], {"perPage": 3}):
        bad = served.post("/epcis/queries", json={"name": "bad", "query": query})
        assert bad.json()["type"] == "epcisException:QueryValidationException", query
    not_built = served.post(f"{below}/subscriptions", json=body)
    assert not_built.status_code == 501
    assert "not built" in not_built.json()["detail"]
    assert served.client.delete(below, headers=served.tokens["rival"]).status_code == 404
    assert served.client.delete(below, headers=served.tokens["mine"]).status_code == 204
    assert served.get(below, "mine").status_code == 404


def test_refusals_have_the_official_types_and_statuses(served: Served) -> None:
    xml = {"content-type": "text/csv"}
    whole = served.document(served.event("a"))
    tries = [
        (served.get("/epcis/events", ""), 200, ""),
        (served.get("/epcis/nothing"), 404, "NoSuchResourceException"),
        (served.post("/epcis/capture", "", json={}), 401, "SecurityException"),
        (served.post("/epcis/capture", "rival", json={}), 403, "SecurityException"),
        (served.post("/epcis/capture", content=b"a", headers=xml), 415, "UnsupportedMedia"),
        (served.post("/epcis/capture", json={}), 400, "ValidationException"),
        (served.post("/epcis/capture", content=b"{", headers=_json()), 400, "Validation"),
        (
            served.post("/epcis/events", json=whole),
            400,
            "ValidationException",
        ),
        (served.get("/epcis/events?" + "a" * 20_000), 414, "URITooLongException"),
        (served.client.get("/epcis/events", headers={"accept": "image/png"}), 406, "NotAccept"),
        (served.client.put("/epcis/events"), 405, "ImplementationException"),
        (served.get("/epcis/queries/none"), 404, "NoSuchResourceException"),
    ]
    for answer, status, kind in tries:
        assert answer.status_code == status, answer.text
        if kind:
            assert answer.headers["content-type"] == "application/problem+json"
            told = answer.json()
            assert told["type"].startswith(f"epcisException:{kind}")
            assert told["status"] == status
            assert "Traceback" not in answer.text
    settings = served.client.options("/epcis/capture").headers
    assert settings["gs1-epcis-capture-limit"] == "50000"
    assert settings["gs1-capture-error-behaviour"] == "all"
    assert set(settings["allow"].split(", ")) == {"GET", "OPTIONS", "POST"}


def _json() -> dict[str, str]:
    return {"content-type": "application/json"}


def test_every_invalid_official_document_is_refused_by_the_field(
    served: Served, standards: Path
) -> None:
    files = sorted((standards / INVALID / "Documents" / "Invalid").glob("*.json"))
    files += sorted((standards / INVALID).rglob("Invalid/*.json"))
    assert files
    for path in dict.fromkeys(files):
        sent = served.post("/epcis/capture", content=path.read_bytes(), headers=_json())
        if sent.status_code == 202:
            errors = served.job(sent.headers["location"])["errors"]
        else:
            assert sent.status_code == 400, path.name
            errors = sent.json()["errors"]
        assert errors, path.name
        assert all(e["place"].startswith("/") for e in errors), (path.name, errors)
    assert served.events() == []


def test_official_documents_come_back_equal_but_for_the_time_of_record(
    served: Served, standards: Path
) -> None:
    count = 0
    for path in sorted((standards / "epcis-gs1" / "JSON").rglob("*.jsonld")):
        text = json.loads(path.read_text("utf-8"))
        body = text.get("epcisBody", {})
        sent = (body.get("queryResults", {}).get("resultsBody") or body).get("eventList", [])
        if not sent or any("errorDeclaration" in e for e in sent):
            continue
        job = served.capture(text)
        assert job["success"], (path.name, job["errors"])
        for one in sent:
            if "eventID" not in one:
                continue
            found = served.events("?EQ_eventID=" + one["eventID"].replace("?", "%3F"))
            same = [{k: v for k, v in f.items() if k != "recordTime"} for f in found]
            known = {k: v for k, v in one.items() if k != "recordTime"}
            assert known in [{k: v for k, v in f.items() if k in known} for f in same], path.name
            count += 1
    assert count > 15


def test_a_prefix_that_means_two_things_stays_told_apart(served: Served) -> None:
    one, other = {"ex": "https://one.example/"}, {"ex": "https://other.example/"}
    served.capture(served.document(served.event("a", **{"ex:crew": "blue"}), context=[one]))
    served.capture(served.document(served.event("b", **{"ex:crew": "blue"}), context=[other]))
    answer = served.get("/epcis/events").json()
    first, second = answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert one in answer["@context"]
    assert other not in answer["@context"]
    assert "@context" not in first
    assert other in second["@context"]
    assert ids(served.events("?EQ_https://one.example/crew=blue")) == ["a"]
    assert ids(served.events("?EQ_https://other.example/crew=blue")) == ["b"]
    assert ids(served.events("?EQ_ex:crew=blue")) == ["a", "b"]


def test_xml_comes_in_and_goes_out_by_its_official_schema(served: Served, standards: Path) -> None:
    from lxml import etree

    folder = standards / "epcis-gs1"
    samples = folder / "XML" / "WithFullCombinationOfFields"
    xml = {"content-type": "application/xml"}
    names = ("object", "aggregation", "transaction", "transformation")
    for name in names:
        path = samples / f"{name}_event_all_possible_fields.xml"
        sent = served.post("/epcis/capture", content=path.read_bytes(), headers=xml)
        assert sent.status_code == 202, sent.text
        job = served.job(sent.headers["location"])
        assert job["success"], job
    answer = served.client.get("/epcis/events", headers={"accept": "application/xml"})
    assert answer.headers["content-type"] == "application/xml"
    root = etree.fromstring(answer.content)
    schema = etree.XMLSchema(file=str(folder / "XSD" / "EPCglobal-epcis-query-2_0.xsd"))
    assert schema.validate(root), schema.error_log
    found = [e.tag for e in root.find(".//EventList")]
    assert found == [f"{name.capitalize()}Event" for name in names]
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"
    sent = served.post("/epcis/capture", content=bomb, headers=xml)
    assert not served.job(sent.headers["location"])["success"]


def test_identifiers_go_out_as_digital_links_where_that_is_asked_for(served: Served) -> None:
    more = {
        "epcList": ["urn:epc:id:sgtin:4012345.012345.77", "urn:example:own"],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
    }
    served.capture(served.document(served.event("a", **more)))
    asked = "/epcis/events?EQ_eventID=urn:uuid:a"
    plain = served.get(asked)
    assert plain.headers["gs1-epc-format"] == "Never_Translates"
    assert served.listed(plain)[0]["epcList"] == more["epcList"]
    header = {"gs1-epc-format": "Always_GS1_Digital_Link"}
    linked = served.client.get(asked, headers=header)
    assert linked.headers["gs1-epc-format"] == "Always_GS1_Digital_Link"
    assert linked.headers["etag"] != plain.headers["etag"]
    (event,) = served.listed(linked)
    link = "https://id.gs1.org/01/04012345123456/21/77"
    assert event["epcList"] == [link, "urn:example:own"]
    assert event["readPoint"]["id"] == "https://id.gs1.org/414/4012345000016"
    assert event["quantityList"][0]["epcClass"].startswith("https://id.gs1.org/01/")
    xml = served.client.get(asked, headers={**header, "accept": "application/xml"})
    assert link in xml.text
    for room in ("epcs", "readPoints"):  # a link that was given leads to the events it names
        for one in served.client.get(f"/epcis/{room}", headers=header).json()["member"]:
            assert len(served.events(base=f"/epcis/{room}/{quote(one, safe='')}/events")) == 1
    assert len(served.events(f"?MATCH_epc={quote(link, safe='')}")) == 1
    for form in ("Always_EPC_URN", "Sometimes"):
        refused = served.client.get(asked, headers={"gs1-epc-format": form})
        assert refused.status_code == 406
        assert refused.json()["type"] == "epcisException:NotAcceptableException"


def test_a_fault_is_xml_for_a_caller_who_takes_xml_alone(served: Served) -> None:
    from lxml import etree

    for accept in (
        "application/xml",
        "application/problem+xml",
        "text/xml, application/json;q=0.1",
    ):
        answer = served.client.get("/epcis/events/none", headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (
            404,
            "application/problem+xml",
        )
        root = etree.fromstring(answer.content)
        assert root.tag == "{urn:ietf:rfc:7807}problem"
        told = {etree.QName(one).localname: one.text for one in root}
        assert told["type"] == "epcisException:NoSuchResourceException"
        assert told["status"] == "404"
    for accept in ("", "*/*", "application/json", "image/png"):
        answer = served.client.get("/epcis/events/none", headers={"accept": accept})
        assert answer.headers["content-type"] == "application/problem+json"
    event = {"@context": served.context, **served.event("a", action="NO\x07")}
    sent = served.post("/epcis/events", json=event, headers={"accept": "application/xml"})
    assert sent.status_code == 400
    faults = etree.fromstring(sent.content).findall("{*}errors/{*}i/{*}place")
    assert [one.text for one in faults] == ["/action"]
    assert (
        served.get("/api/lots/none", "mine").headers["content-type"] == "application/problem+json"
    )
