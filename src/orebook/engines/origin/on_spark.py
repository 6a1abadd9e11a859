"""The same question on Spark: Sail through Spark Connect here, or a Spark that is running."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orebook.engines.origin.index import Index
from orebook.engines.origin.levels_parquet import export, gather, pull
from orebook.engines.origin.network import Floats


def forward(index: Index, start: Floats, *, spark: Any, folder: Path | None = None) -> Floats:
    """Per row the share of each group, computed by Spark level by level.

    Takes: `start`, source rows × groups; `spark`, a session; `folder`, where the Parquet lies and
    stays: what is there already is not run again.
    """
    with tempfile.TemporaryDirectory() as aside:
        where = folder or Path(aside)
        export(index, start, where)
        pull(where, index.levels, lambda query, out: _run(spark, where, query, out))
        return gather(where, index.rows, start.shape[1])


@contextmanager
def session(remote: str = "") -> Iterator[Any]:
    """A Spark session; without an address, of a server in this process (Sail).

    Refuses: ModuleNotFoundError without the extra `spark`.
    """
    from pyspark.sql import SparkSession

    server = None
    if not remote:
        from pysail.spark import SparkConnectServer

        logging.getLogger("pysail").setLevel(logging.ERROR)
        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        _, port = server.listening_address
        remote = f"sc://127.0.0.1:{port}"
    spark = SparkSession.builder.remote(remote).getOrCreate()
    try:
        yield spark
    finally:
        with warnings.catch_warnings():  # a session of this server ends with it, released or not
            warnings.simplefilter("ignore", DeprecationWarning)
            spark.stop()
        if server is not None:
            server.stop()


def _run(spark: Any, folder: Path, query: str, out: Path) -> None:
    done = sorted(str(p) for p in (folder / "shares").iterdir())
    spark.read.parquet(*done).createOrReplaceTempView("below")
    spark.sql(query).write.mode("overwrite").parquet(str(out))
