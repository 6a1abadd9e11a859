"""A verdict that somebody without the book checks: proved, and refused when a byte is other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from referencing import Registry, Resource

from damage import LEFT_OUT, damaged, pointers
from orebook.acts import packs
from orebook.acts.see import View, view
from orebook.acts.verdict_file import Checked, check, verdict_file
from orebook.acts.verify import trust
from orebook.cli.qualify import qualify
from orebook.cli.verify import verify
from orebook.log import canon
from orebook.model.problem import NotFound
from orebook.wiring import create_book, example_files

LOT, DAY = "lot:invented/ndpr-oxide", "2027-01-02"
SCHEMAS = files("orebook.engines.rules").joinpath("schemas")


@pytest.fixture(scope="module")
def here() -> Iterator[View]:
    from orebook.acts.demo import build
    from orebook.wiring import Naming

    with create_book(None, Naming("t.example/verdicts", "T")) as book:
        build(book, example_files())
        yield view(book, "public", "2026-11-25")


@pytest.fixture(scope="module")
def data(here: View) -> bytes:
    return verdict_file(here, LOT, [packs.pack("us-dfars-7052"), packs.pack("us-uflpa")], DAY, "*")


def told(data: bytes, here: View, change: Callable[[dict[str, Any]], None]) -> Checked:
    body = json.loads(data)
    change(body)
    return check(canon.encode(body) + b"\n", trust(here.book.log_key))


def test_the_same_question_gives_the_same_bytes_in_the_shape_of_its_schema(
    here: View, data: bytes
) -> None:
    chosen = [packs.pack("us-dfars-7052"), packs.pack("us-uflpa")]
    assert verdict_file(here, LOT, chosen, DAY, "*") == data
    verdict, whole = (
        json.loads(SCHEMAS.joinpath(n).read_text()) for n in ("verdict.json", "verdict_file.json")
    )
    registry = Registry().with_resource(verdict["$id"], Resource.from_contents(verdict))
    jsonschema.Draft202012Validator(whole, registry=registry).validate(json.loads(data))


def test_a_reader_with_the_key_proves_it_and_one_without_learns_what_is_lacking(
    here: View, data: bytes
) -> None:
    proved = check(data, trust(here.book.log_key))
    assert proved.outcome == "proved"
    assert any(line.startswith("revocation") for line in proved.not_checked)
    assert f"{LOT} under us-uflpa" in proved.proved[-1]
    without = check(data, trust())
    assert without.outcome == "undecided"
    assert any("no key of the log" in line for line in without.not_checked)


def test_whatever_is_changed_is_named(here: View, data: bytes) -> None:
    def outcome(body: dict[str, Any]) -> None:
        body["answers"][0]["verdicts"][0]["outcome"] = "proved"

    def inputs(body: dict[str, Any]) -> None:
        body["answers"][1]["inputs"] = "0" * 64

    def fact(body: dict[str, Any]) -> None:
        del body["facts"][: len(body["facts"]) // 2]

    def day(body: dict[str, Any]) -> None:
        body["day"] = "2026-12-31"

    def leaf(body: dict[str, Any]) -> None:
        text = json.loads(body["receipts"][-1])
        text["leaf"] = text["leaf"][:-4] + ("AAAA" if text["leaf"][-4:] != "AAAA" else "BBBB")
        body["receipts"][-1] = canon.encode(text).decode() + "\n"

    def stray(body: dict[str, Any]) -> None:
        body["facts"].append([99_999, 0])

    def pack(body: dict[str, Any]) -> None:
        body["answers"][0]["verdicts"][0]["pack_digest"] = "1" * 64

    wanted = {
        outcome: ("refused", "/answers/0/verdicts/0/outcome comes out otherwise"),
        inputs: ("refused", "/answers/1/inputs comes out otherwise"),
        fact: ("refused", "comes out otherwise"),
        day: ("refused", "comes out otherwise"),
        leaf: ("refused", "/receipts/"),
        stray: ("refused", "no receipt in the file holds that fact"),
        pack: ("undecided", "name its folder with --rules"),
    }
    for change, (verdict, words) in wanted.items():
        found = told(data, here, change)
        assert found.outcome == verdict, change.__name__
        assert words in found.refusal, change.__name__


def test_rubbish_is_unreadable_and_never_a_crash(here: View, data: bytes) -> None:
    def wrong(name: str, value: object) -> Callable[[dict[str, Any]], None]:
        return lambda body: body.__setitem__(name, value)

    believed = trust(here.book.log_key)
    assert check(b"{", believed).outcome == "unreadable"
    assert check(data[:-200], believed).outcome == "unreadable"
    for name, value in (
        ("receipts", "x"), ("receipts", [1]), ("facts", [[1]]), ("answers", []),
        ("answers", [{}]), ("answers", [{"head": 1}]), ("lot", 1), ("file", "other"),
        ("receipts", ["{}\n"]),
    ):  # fmt: skip
        found = told(data, here, wrong(name, value))
        assert found.outcome in {"unreadable", "refused"}, (name, value)
        assert found.refusal


def test_each_member_replaced_by_rubbish_is_told(here: View) -> None:
    whole = json.loads(
        verdict_file(here, "lot:invented/soda-ash", [packs.pack("us-uflpa")], DAY)
    ) | {"doubts": [["step", "why"]], "branches": ["none"]}  # fmt: skip
    believed = trust(here.book.log_key)
    places = [p for p in pointers(whole) if "rules" not in p[4:]]
    assert len(places) > 40
    for pointer in places:
        for rubbish in (LEFT_OUT, "x", 7, None, ["x"], {"x": []}):
            found = check(canon.encode(damaged(whole, pointer, rubbish)) + b"\n", believed)
            told_ = found.outcome in {"unreadable", "refused", "undecided"} and found.refusal
            assert told_ or found.outcome == "proved", (pointer, rubbish)
    for verdicts in (["x"], [None], [[]], "x", {}, [], 1):
        found = check(canon.encode(damaged(whole, ("answers", 0, "verdicts"), verdicts)), believed)
        assert (found.outcome, "/answers/0: expected" in found.refusal) == ("unreadable", True)


def test_a_lot_nobody_speaks_of_has_no_verdict(here: View) -> None:
    with pytest.raises(NotFound, match="names the lot lot:none"):
        verdict_file(here, "lot:none", [packs.pack("us-uflpa")], DAY)


def test_an_earlier_head_is_told_from_a_later_one(here: View) -> None:
    early = replace(here, size=here.head.size - 1)
    data = verdict_file(early, LOT, [packs.pack("us-uflpa")], DAY)
    assert json.loads(data)["answers"][0]["head"]["size"] == here.head.size - 1
    assert check(data, trust(here.book.log_key)).outcome == "proved"


def test_the_command_line_writes_and_verifies_it(tmp_path: Path) -> None:
    from orebook.cli.demo import demo
    from orebook.wiring import open_book

    run = CliRunner()
    book, out = tmp_path / "book", tmp_path / "v.json"
    assert run.invoke(demo, [str(book), "--no-serve"]).exit_code == 0
    words = [LOT, "--book", str(book), "--rules", "us-uflpa", "--on", DAY, "--out", str(out)]
    assert run.invoke(qualify, words).exit_code == 3
    opened = open_book(book)
    key = opened.log_key
    opened.close()
    done = run.invoke(verify, [str(out), "--key", key])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("PROVED: the verdict comes out again")
    out.write_bytes(out.read_bytes().replace(b'"outcome":"unknown"', b'"outcome":"proved"', 1))
    assert run.invoke(verify, [str(out), "--key", key, "--json"]).exit_code == 1
