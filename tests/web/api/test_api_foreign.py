"""Foreign tools take our OpenAPI document: a validator, and a generator of clients that work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from orebook.web.api import table
from orebook.web.api.openapi import document
from orebook.web.serve import listen


@pytest.mark.proof
def test_the_openapi_validator_finds_the_document_sound() -> None:
    from openapi_spec_validator import validate

    validate(document())  # type: ignore[arg-type]


@pytest.mark.proof
def test_a_generated_client_captures_and_finds(served: Any, tmp_path: Path) -> None:
    source = tmp_path / "openapi.json"
    source.write_text(json.dumps(document()), "utf-8")
    programs = Path(sys.executable).parent
    done = subprocess.run(
        [programs / "openapi-python-client", "generate", "--path", source, "--output-path", "out"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}:{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # The generator has no XML bodies and no signed tokens; it leaves these out, says so, and misses
    # nothing else.
    told = (done.stdout + done.stderr).splitlines()
    tokens = [line for line in told if "Unsupported content_type application/vc+jwt" in line]
    assert len(tokens) == len(table.CREDENTIALS) + 3
    told = [line for line in told if line not in tokens and "within credentials." not in line]
    assert {line for line in told if "Unsupported" in line} == {
        "Unsupported content type application/xml",
        "Unsupported content type text/xml",
    }
    assert {line for line in told if "WARNING" in line} == {
        "WARNING parsing POST /epcis/capture within epcis_capture."
    }
    assert not any("ERROR" in line for line in told)
    assert (tmp_path / "out/orebook_client/api/epcis_capture/epcis_capture.py").is_file()
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(served.client.app, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    script = f"""
import json, sys
sys.path.insert(0, "out")
from orebook_client import AuthenticatedClient
from orebook_client.api.epcis_capture import epcis_capture_event as capture
from orebook_client.api.epcis_query import epcis_events as events
from orebook_client.models import Event
client = AuthenticatedClient(
    "http://127.0.0.1:{listener.getsockname()[1]}", sys.argv[1], raise_on_unexpected_status=True)
made = capture.sync_detailed(client=client, body=Event.from_dict(json.loads(sys.argv[2])))
print(made.status_code.value, made.headers["location"])
"""
    event = json.dumps({"@context": served.context, **served.event("a")})
    token = served.tokens["mine"]["authorization"].removeprefix("Bearer ")
    ran = subprocess.run(
        [sys.executable, "-c", script, token, event],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    server.should_exit = True
    thread.join(10)
    listener.close()
    assert ran.stdout.split() == ["201", "/epcis/events/urn%3Auuid%3Aa"], ran.stderr
