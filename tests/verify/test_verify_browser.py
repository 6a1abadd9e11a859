"""The page that checks a receipt in the reader's browser, the network cut once it is loaded."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import orebook
from orebook.web.headers import HEADERS

_STATIC = Path(orebook.__file__).parent / "web" / "static"
_SCRIPTS = ("verify.js", "verify_page.js", "verify_policy.js")
_NODE = shutil.which("node")
_RUN = """
const { readFileSync } = require("node:fs");
globalThis.crypto ??= require("node:crypto").webcrypto;
require("node:vm").runInThisContext(readFileSync(process.argv[1], "utf8"));
(async () => {
  for (const [data, key, author] of JSON.parse(readFileSync(0, "utf8"))) {
    const trust = await OrebookVerify.readTrust(key, author);
    const verdict = await OrebookVerify.check(Uint8Array.from(Buffer.from(data, "hex")), trust);
    console.log(JSON.stringify(verdict));
  }
})();
"""


class _Files(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing: the test's own output is what counts."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    handler = functools.partial(_Files, directory=str(_STATIC))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/verify.html"
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def page(site: str, browser: Any) -> Iterator[Any]:
    """The page, loaded, and then without a network."""
    context = browser.new_context()
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda told: faults.append(told.text))
    opened.goto(site, wait_until="networkidle")
    context.set_offline(True)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.asked, opened.faults = asked, faults
    yield opened
    context.close()


def _ask(page: Any, case: Any) -> dict[str, Any]:
    page.evaluate("() => { const it = document.getElementById('answer').dataset;"
                  " delete it.verdict; delete it.outcome; }")  # fmt: skip
    buffer = {"name": "r.json", "mimeType": "application/json", "buffer": case.data}
    page.set_input_files("#file", buffer)
    page.fill("#key", case.key)
    page.fill("#author", case.author)
    page.click("button")
    page.wait_for_selector("#answer[data-outcome]")
    return dict(json.loads(page.get_attribute("#answer", "data-verdict")))


def _agrees(verdict: dict[str, Any], case: Any) -> None:
    place = (verdict["refusal"] or {"place": ""})["place"]
    assert verdict["outcome"] == case.outcome, (case.name, verdict)
    assert place.startswith(case.place), (case.name, verdict)
    assert bool(place) == bool(case.place), case.name
    if case.place:
        code = "log.tampered" if case.outcome == "refused" else "log.malformed"
        assert verdict["refusal"]["code"] == code
        assert (verdict["proved"], verdict["statement"]) == ([], None)


@pytest.mark.browser
def test_the_page_says_of_every_receipt_what_the_book_says(
    page: Any, all_cases: Any, count: Callable[[int, int], int]
) -> None:
    for case in all_cases[:: count(5, 1)]:
        _agrees(_ask(page, case), case)
        if case.place:
            assert case.place in page.inner_text("#answer")
    assert page.asked == []
    assert page.faults == []


@pytest.mark.browser
def test_the_page_shows_what_is_proved_and_what_is_not(page: Any, all_cases: Any) -> None:
    verdict = _ask(page, all_cases[1])
    text = page.inner_text("#answer")
    assert text.startswith("Proved")
    assert "no policy was given (1 signature(s) not looked at)" in text
    assert "2 digest(s) not opened" in text
    assert '"price":"9"' not in text
    assert json.loads(verdict["statement"]["payload"])["facts"][0]["mass"] == "12.5"
    assert "shown and not trusted" in text
    page.fill("#key", "books.example/demo+00000000+AQ==")
    page.click("button")
    page.wait_for_selector("#answer[data-outcome=key]")
    assert "Ed25519 public key" in page.inner_text("#answer")
    assert page.asked == []


@pytest.mark.browser
def test_a_receipt_can_be_dropped_on_the_page(page: Any, all_cases: Any) -> None:
    page.fill("#key", all_cases[0].key)
    page.evaluate(
        "(text) => { const carried = new DataTransfer(); carried.items.add(new File([text], 'r'));"
        " delete document.getElementById('answer').dataset.outcome;"
        " document.body.dispatchEvent(new DragEvent('drop',"
        " { bubbles: true, cancelable: true, dataTransfer: carried })); }",
        all_cases[0].data.decode(),
    )
    page.wait_for_selector("#answer[data-outcome=proved]")
    assert page.inner_text("#answer").startswith("Proved")


@pytest.mark.browser
def test_a_browser_without_ed25519_says_so_and_counts_hashes_only(
    page: Any, all_cases: Any
) -> None:
    page.evaluate(
        "() => { const real = crypto.subtle.importKey; crypto.subtle.importKey = () =>"
        " Promise.reject(new DOMException('none', 'NotSupportedError')); window.back = () =>"
        " { crypto.subtle.importKey = real; }; }"
    )
    try:
        verdict = _ask(page, all_cases[0])
        assert verdict["outcome"] == "undecided"
        assert all("signed" not in line for line in verdict["proved"])
        assert sum("this browser has no Ed25519" in line for line in verdict["notChecked"]) == 2
        changed = next(case for case in all_cases if case.name == "hash changed")
        assert _ask(page, changed)["outcome"] == "refused"
    finally:
        page.evaluate("() => window.back()")


@pytest.mark.skipif(_NODE is None, reason="Node.js is not installed (apt-get install -y nodejs)")
def test_the_script_alone_says_what_the_book_says(all_cases: Any) -> None:
    given = json.dumps([[case.data.hex(), case.key, case.author] for case in all_cases])
    done = subprocess.run(
        [str(_NODE), "--no-warnings", "-e", _RUN, str(_STATIC / "verify.js")],
        input=given, capture_output=True, text=True, check=True,
    )  # fmt: skip
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(all_cases)
    for verdict, case in zip(verdicts, all_cases, strict=True):
        _agrees(verdict, case)


def test_the_scripts_are_small_and_ask_no_server() -> None:
    texts = [(_STATIC / name).read_text("utf-8") for name in _SCRIPTS]
    assert all(
        len(text.encode()) < most for text, most in zip(texts, (30_000, 3_000, 9_000), strict=True)
    )
    for word in ("fetch(", "XMLHttpRequest", "import(", "WebSocket", "sendBeacon", "http://"):
        assert not any(word in text for text in texts), word
