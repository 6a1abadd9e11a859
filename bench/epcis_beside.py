"""EPCIS capture beside a public repository: the same EPCIS 1.2 XML documents of 100 events."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from io import BytesIO
from pathlib import Path

from orebook.acts.capture import capture
from orebook.wiring import Naming, create_book
from rows import Row

DOCUMENTS, EVENTS = 5, 100
PYTHON = "OREBOOK_QUARTET_PYTHON"
_EVENT = (
    "<ObjectEvent><eventTime>2026-01-01T12:00:00Z</eventTime>"
    "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset>"
    "<epcList><epc>urn:epc:id:sgtin:4012345.012345.{}</epc></epcList><action>OBSERVE</action>"
    "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>"
    "<disposition>urn:epcglobal:cbv:disp:in_transit</disposition>"
    "<readPoint><id>urn:epc:id:sgln:4012345.00001.0</id></readPoint></ObjectEvent>"
)
# Run by the other repository's own Python: its models in SQLite, one transaction a document.
_OTHER = """
import sys, time, django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth",
                    "quartet_capture", "quartet_epcis"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=True, SECRET_KEY="bench",
)
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import transaction
from quartet_epcis.models.events import Event
from quartet_epcis.parsing.parser import QuartetParser
begun = time.perf_counter()
for path in sys.argv[2:]:
    with transaction.atomic(), open(path, "rb") as stream:
        QuartetParser(stream).parse()
print(Event.objects.count(), time.perf_counter() - begun)
"""


def documents() -> list[bytes]:
    """Documents whose every event both read."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><epcis:EPCISDocument'
        ' xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"'
        ' creationDate="2026-01-01T12:00:00Z"><EPCISBody><EventList>'
    )
    tail = "</EventList></EPCISBody></epcis:EPCISDocument>"
    return [
        (head + "".join(_EVENT.format(d * EVENTS + e) for e in range(EVENTS)) + tail).encode()
        for d in range(DOCUMENTS)
    ]


def run() -> list[Row]:
    made = documents()
    note = f"{DOCUMENTS} documents of {EVENTS} events, EPCIS 1.2 XML, one after another, durable"
    with tempfile.TemporaryDirectory() as folder:
        with create_book(Path(folder) / "book", Naming("bench.example/b", "B", "party:b")) as book:
            begun = time.perf_counter()
            for number, data in enumerate(made):
                assert not capture(book, BytesIO(data), f"{number}.xml").problems
            ours = time.perf_counter() - begun
        rows = [Row("events captured, Orebook (SQLite)", len(made) * EVENTS / ours, "per s", note)]
        return [*rows, *_beside(made, Path(folder), note)]


def _beside(made: list[bytes], folder: Path, note: str) -> list[Row]:
    python = os.environ.get(PYTHON)
    if not python:
        return []
    paths = []
    for number, data in enumerate(made):
        path = folder / f"{number}.xml"
        path.write_bytes(data)
        paths.append(str(path))
    words = [python, "-c", _OTHER, str(folder / "other.sqlite3"), *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    count, seconds = done.stdout.split()
    assert int(count) == len(made) * EVENTS
    told = f"{note}; quartet-epcis on Django, its own defaults, no signature and no log"
    return [
        Row("events captured, quartet-epcis (SQLite)", int(count) / float(seconds), "per s", told)
    ]
