"""Schemathesis against our OpenAPI document: no input gives a 500, and answers are as promised."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig

from orebook.web.api.openapi import document
from orebook.web.serve import listen
from orebook.wiring import Naming, create_book

CONFIG = SchemathesisConfig()
SCHEMA = schemathesis.openapi.from_dict(document(), config=CONFIG)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Where a served book answers on this machine, and an owner's header."""
    book = create_book(None, Naming("example.org/fuzzed", "Fuzzed", "party:keeper"))
    for served in request.getfixturevalue("serving")(book):
        served.capture(served.document(*(served.event(f"{n}") for n in range(3))))
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(
            uvicorn.Config(served.client.app, log_level="error", lifespan="off")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", served.tokens["keeper"]
        server.should_exit = True
        thread.join(10)
        listener.close()
    book.close()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_no_input_breaks_an_operation(
    operation: Any, address: tuple[str, dict[str, str]], count: Callable[[int, int], int]
) -> None:
    base, owner = address

    @settings(
        max_examples=count(2, 15),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def tried(case: Any) -> None:
        answer = case.call(base_url=base, headers=owner)
        if answer.status_code != 501:  # subscriptions say that they are not built
            case.validate_response(answer, headers=owner, checks=[not_a_server_error])
        text = answer.content
        assert b"Traceback" not in text
        told = operation.definition.raw["responses"]
        assert str(answer.status_code) in told or answer.status_code in {405, 431}, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"]
            assert json.loads(text)["status"] == answer.status_code

    tried()
