"""From an exception to one clean line and an exit code. One table, walked by a test."""

from __future__ import annotations

import os
import sys

import click

OK, FALSE, USAGE, UNKNOWN, REFUSED, KEEPER, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# Whose move it is → exit code; the HTTP statuses of the same moves stand in web/problems.py.
BY_MOVE = {"sender": REFUSED, "reader": USAGE, "keeper": KEEPER, "tampering": FALSE}


def run(command: click.Command, words: list[str] | None = None) -> None:
    """Run a command; every error becomes one line on stderr and an exit code.

    Takes: `words` in place of those of the command line.
    """
    try:
        code = command.main(words, standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("orebook: interrupted; nothing half-written stands in the book", err=True)
        code = INTERRUPTED
    except click.ClickException as wrong:
        wrong.show()
        code = USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except Exception as error:  # noqa: BLE001 - the last door: no traceback reaches a user
        code = _tell(error)
    sys.exit(code if isinstance(code, int) else OK)


def _tell(error: Exception) -> int:
    from orebook.log.errors import LogError
    from orebook.model.problem import OrebookError

    if os.environ.get("OREBOOK_DEBUG"):
        raise error
    if isinstance(error, OrebookError):
        click.echo(f"orebook: {error}", err=True)
        return BY_MOVE[error.move]
    if isinstance(error, LogError):
        click.echo(f"orebook: the record does not verify: {error}", err=True)
        return FALSE
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        click.echo(f"orebook: {error.strerror or 'the system refused'}{where}", err=True)
        return KEEPER
    kind = type(error).__name__
    click.echo(
        f"orebook: a fault of the program ({kind}); run again with OREBOOK_DEBUG=1 and report it",
        err=True,
    )
    return KEEPER
