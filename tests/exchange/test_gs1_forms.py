"""A GS1 key is one thing in whichever form it stands: EPC URI, canonical or other Digital Link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orebook.exchange.gs1_forms import every_form, forms
from orebook.exchange.gs1_keys import canonical

EPCS = (
    "urn:epc:id:sgtin:0614141.107346.2017",
    "urn:epc:class:lgtin:4012345.012345.998877",
    "urn:epc:id:sscc:0614141.1234567890",
    "urn:epc:id:sgln:0614141.07346.1234",
    "urn:epc:id:sgln:0614141.00888.0",
    "urn:epc:id:pgln:4000001.00001",
    "urn:epc:id:grai:4012345.55555.987",
    "urn:epc:id:gdti:0614141.12345.400",
    "urn:epc:id:giai:4000001.12345",
    "urn:epc:id:gsrn:0614141.0000010253",
    "urn:epc:id:ginc:0614141.xyz47%2F11",
    "urn:epc:id:gsin:0614141.123456789",
    "urn:epc:id:cpi:0614141.5PQ7%2FZ43.12345",
    "urn:epc:id:sgcn:4012345.67890.04711",
    "urn:epc:id:upui:1234567.089456.51qIgY)%3C%26Jp3*j7'SDB",
    "urn:epc:id:sgtin:0614141.812345.A!b(c)",
)


@pytest.mark.parametrize("epc", EPCS)
def test_a_link_is_every_epc_that_reads_back_as_it(epc: str) -> None:
    link = canonical(epc)
    assert link
    found = forms(link)
    assert epc in found
    assert {canonical(one) for one in found} == {link}
    assert set(forms(epc)) == {epc, link}
    other = link.replace("https://id.gs1.org", "https://shop.example/x")
    assert {other, link, epc} <= set(forms(other))


def test_what_is_no_key_of_gs1_has_no_other_form() -> None:
    for text in ("lot:7", "urn:uuid:1", "https://id.gs1.org/01/1", "", "urn:epc:idpat:sgtin:*.*.*"):
        assert forms(text) == (text,)
    assert every_form([EPCS[0], EPCS[0]]) == forms(EPCS[0])


def test_every_key_in_the_official_documents_is_found_by_its_link(standards: Path) -> None:
    named: set[str] = set()
    for file in (standards / "epcis-gs1").rglob("*.json*"):
        named |= set(re.findall(r'"(urn:epc:(?:id|class):[^"*]+)"', file.read_text("utf-8")))
    keys = {epc: canonical(epc) for epc in named}
    tried = {epc: link for epc, link in keys.items() if link}
    assert len(tried) > 40
    assert [epc for epc, link in tried.items() if epc not in forms(link)] == []
