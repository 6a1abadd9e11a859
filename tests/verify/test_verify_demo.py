"""The demo's last step, believed by nobody's word: the revealed price checked with no book at all.

The receipts of the sealed agreement and of the entry that opens it go to the one file, run by
itself, and to the page in a browser whose network is cut.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import orebook
from orebook.acts import receipt as act
from orebook.acts.demo import STORIES, build
from orebook.acts.demo_reveal import open_agreement
from orebook.acts.see import view
from orebook.acts.standalone import NAME, standalone
from orebook.wiring import Naming, create_book, example_files

_STATIC = Path(orebook.__file__).parent / "web" / "static"
DAY = "2026-11-23"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a reader takes away before and after the reveal, and the key on a slip."""
    folder = tmp_path_factory.mktemp("demo")
    files = folder / "examples"
    shutil.copytree(example_files(), files)
    for story in STORIES:  # the fourth story is what is looked at; the others take their time
        for path in (files / story).iterdir():
            if story != "offtake-agreement" and path.is_file():
                path.unlink()
    with create_book(None, Naming("example.org/demo", "Demo", "party:keeper")) as book:
        build(book, files)
        owner, public = (view(book, reader, DAY) for reader in ("owner", "public"))
        from orebook.model.agreement import Agreement

        stated = owner.facts(kinds=["agreement"]).get(Agreement, "agreement:invented/offtake")
        assert stated is not None
        at = str(stated.ref.position)
        told: dict[str, Any] = {"key": book.log_key, "sealed": act.receipt(public, at)}
        opened = open_agreement(owner)
        told["revealed"] = act.receipt(view(book, "public", DAY), at)
        last = str(book.head.size - 2)  # the entry that opens, before the clock
        told["reveal"] = act.receipt(view(book, "public", DAY), last)
        told["opened"] = len(opened)
        yield told


def _spoilt(data: bytes) -> bytes:
    """The receipt with one letter of a disclosure changed."""
    body = json.loads(data)
    text = body["disclosures"][-1]
    body["disclosures"][-1] = text[:30] + ("A" if text[30] != "A" else "B") + text[31:]
    return (
        json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    )


def _cases(taken: dict[str, Any]) -> list[tuple[str, bytes, str, bool]]:
    """Name, receipt, outcome, whether the price can be read in what is told."""
    return [
        ("sealed", taken["sealed"], "proved", False),
        ("revealed", taken["revealed"], "proved", True),
        ("the entry that opens it", taken["reveal"], "proved", False),
        ("revealed, a letter changed", _spoilt(taken["revealed"]), "refused", False),
    ]


def _price(taken: dict[str, Any]) -> str:
    body = json.loads(taken["revealed"])
    from orebook.log import b64

    parts = [json.loads(b64.decode(text)) for text in body["disclosures"]]
    (amount,) = [value for *_, name, value in parts if name == "amount" and "value" in value]
    return f'"value":"{amount["value"]}"'


def test_the_one_file_proves_the_revealed_price_by_itself(
    taken: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / NAME).write_text(standalone(), "utf-8")
    assert taken["opened"] == 3  # the price, the clause that names it, the digest of the text
    assert taken["sealed"] != taken["revealed"]
    for name, data, outcome, shows in _cases(taken):
        (tmp_path / "receipt.json").write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-I", NAME, "receipt.json", "--key", taken["key"], "--json"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = json.loads(done.stdout)
        assert told["outcome"] == outcome, (name, told)
        assert done.returncode == {"proved": 0, "refused": 1}[outcome]
        said = json.dumps(told["statement"], separators=(",", ":"))
        assert (_price(taken) in said) == shows, name


@pytest.mark.browser
def test_the_page_proves_the_revealed_price_with_the_network_cut(
    taken: dict[str, Any], demo_site: str, browser: Any
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(demo_site, wait_until="networkidle")
    context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, data, outcome, shows in _cases(taken):
        page.evaluate("() => { delete document.getElementById('answer').dataset.outcome; }")
        page.set_input_files(
            "#file", {"name": "r.json", "mimeType": "application/json", "buffer": data}
        )
        page.fill("#key", taken["key"])
        page.click("button")
        page.wait_for_selector("#answer[data-outcome]")
        assert page.get_attribute("#answer", "data-outcome") == outcome, name
        assert (_price(taken) in page.inner_text("#answer")) == shows, name
    assert asked == []
    context.close()


@pytest.fixture
def demo_site() -> Iterator[str]:
    """The page as a portal serves it, with the portal's own headers."""
    import functools
    import http.server
    import threading

    from orebook.web.headers import HEADERS

    class Files(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            for name, value in HEADERS.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    handler = functools.partial(Files, directory=str(_STATIC))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/verify.html"
        server.shutdown()
        thread.join(10)
