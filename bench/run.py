"""Runs the benches beside this file, prints one table and writes bench/out/NAME.json."""

from __future__ import annotations

import compileall
import datetime as dt
import importlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tools"))  # the server that one bench starts
NOT_BENCHES = {"run", "rows"}


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHES)


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.processor() or "unknown")


def circumstances() -> dict[str, object]:
    """What a figure depends on besides the code."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "measured": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": git("rev-parse", "HEAD") or "unknown",
        "differs_from_commit": bool(
            git("status", "--porcelain", "-uno", ":/", ":(top,exclude)bench/out")
        ),
    }


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def show(name: str, rows: list[dict[str, object]], widths: tuple[int, int, int]) -> None:
    for row in rows:
        cells = (str(row["measure"]), figure(float(str(row["value"]))), str(row["unit"]))
        print(
            f"{name:<10} {cells[0]:<{widths[0]}} {cells[1]:>{widths[1]}} {cells[2]:<{widths[2]}} "
            f"{row['note']}".rstrip()
        )


def main(words: list[str]) -> int:
    wanted = [word.removeprefix("ONLY=") for word in words] or names()
    if unknown := sorted(set(wanted) - set(names())):
        print(
            f"no bench named {', '.join(unknown)}; there are: {', '.join(names())}", file=sys.stderr
        )
        return 2
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    compileall.compile_dir(HERE.parent / "src", quiet=1)  # as pip does when it installs
    known = circumstances()
    print(f"{known['processor']}, {known['cores']} cores, Python {known['python']}\n")
    failed = 0
    for name in wanted:
        try:
            rows = [asdict(row) for row in importlib.import_module(name).run()]
        except Exception as fault:  # noqa: BLE001 - the other benches still run, and the run fails
            print(f"{name:<10} failed: {fault!r}", file=sys.stderr)
            failed += 1
            continue
        result = {"name": name, "rows": rows, "circumstances": known}
        text = json.dumps(result, indent=2, ensure_ascii=False)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        show(name, rows, (32, 10, 12))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
