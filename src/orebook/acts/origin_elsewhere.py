"""Origin on another engine, and the tables that engine reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from orebook.acts.origin_list import Run
from orebook.engines.origin import levels_parquet, on_spark, sweep
from orebook.engines.origin.index import Index
from orebook.engines.origin.network import Floats
from orebook.engines.origin.sweep import forward
from orebook.model.problem import ReaderError


@contextmanager
def running(on: str, export: Path | None) -> Iterator[Run]:
    """The sweep that answers: of this process, or of Spark; each question's tables kept if asked.

    Takes: `export`, a folder that gets `question-K/` with the edges and shares by level.
    Refuses: ReaderError where an extra is not installed.
    Unknown: lots whose masses are known within bounds only are always answered here.
    """
    _need(on, export)
    if on != "spark" and export is None:
        yield forward
        return
    count = iter(range(1, 1_000_000))

    def folder() -> Path | None:
        return None if export is None else export / f"question-{next(count)}"

    if on != "spark":

        def written(index: Index, start: Floats) -> Floats:
            where = folder()
            assert where is not None
            levels_parquet.export(index, start, where)
            return sweep.forward(index, start)

        yield written
        return
    with on_spark.session() as spark:

        def pulled(index: Index, start: Floats) -> Floats:
            return on_spark.forward(index, start, spark=spark, folder=folder())

        yield pulled


def _need(on: str, export: Path | None) -> None:
    wanted: dict[str, tuple[str, ...]] = (
        {"spark": ("pyspark", "pysail", "pyarrow")} if on == "spark" else {}
    )
    if export is not None:
        wanted["parquet"] = ("pyarrow",)
    for extra, modules in wanted.items():
        if any(find_spec(m) is None for m in modules):
            message = f"this needs the extra {extra}: pip install 'orebook[{extra}]'"
            raise ReaderError(message)
