"""The command line: one file per noun, each loaded only when its command is called."""

from __future__ import annotations

import importlib

import click

from orebook import __version__

_COMMANDS = {
    "init": ("orebook.cli.book", "init", "Make a new, empty book."),
    "capture": ("orebook.cli.capture", "capture", "Take documents in, seal and append them."),
    "formats": ("orebook.cli.formats", "formats", "List the formats, or try documents in them."),
    "template": ("orebook.cli.sheets", "template", "Write a workbook to fill in."),
    "map": ("orebook.cli.sheets", "map_", "Draft a mapping of a sheet of your own form."),
    "papers": ("orebook.cli.papers", "papers", "Compare the papers of a shipment."),
    "paper": ("orebook.cli.papers", "paper", "Put one paper of a shipment into the book."),
    "lots": ("orebook.cli.lots", "lots", "List the lots of a book."),
    "lot": ("orebook.cli.lots", "lot", "Show one lot."),
    "trace": ("orebook.cli.lots", "trace", "Follow a lot back and forward."),
    "origin": ("orebook.cli.origin", "origin", "Say where a lot came from, in shares."),
    "reach": ("orebook.cli.reach", "reach", "List what a lot or a mine's metal went into."),
    "recall": ("orebook.cli.recall", "recall", "List all that one lot, plant or assay touches."),
    "exposure": ("orebook.cli.reach", "exposure", "Say how much of each lot a set stands behind."),
    "balance": ("orebook.cli.balance", "balance", "Say whether it adds up."),
    "contradictions": (
        "orebook.cli.contradictions",
        "contradictions",
        "List what in the record cannot all be true.",
    ),
    "claims": ("orebook.cli.claims", "claims", "Weigh a register of claims."),
    "qualify": ("orebook.cli.qualify", "qualify", "Say whether a lot meets dated rules."),
    "plausible": (
        "orebook.cli.plausible",
        "plausible",
        "Hold what lots claim against what their mines are known for.",
    ),
    "market": ("orebook.cli.market", "market", "Take official statistics into a folder."),
    "whatif": ("orebook.cli.reliance", "whatif", "Say what a new source would change."),
    "reliance": ("orebook.cli.reliance", "reliance", "Say on whom a stage depends."),
    "reconcile": ("orebook.cli.reconcile", "reconcile", "Explain what does not add up."),
    "deal": ("orebook.cli.deal", "deal", "Show an agreement, or list them."),
    "fiscal": ("orebook.cli.cases", "fiscal", "Say who gets what under terms."),
    "ladder": ("orebook.cli.cases", "ladder", "Say how much of a headline is backed."),
    "settle": ("orebook.cli.settle", "settle", "Reckon what is due for a lot under terms."),
    "reveal": ("orebook.cli.sealed", "reveal", "Open a sealed value to a party or to everyone."),
    "erase": ("orebook.cli.sealed", "erase", "Delete a value that was never published."),
    "take-down": ("orebook.cli.sealed", "take_down", "Stop serving a value, with the legal basis."),
    "keys": ("orebook.cli.keys", "keys", "Make, register, rotate, revoke and list keys."),
    "sign": ("orebook.cli.keys", "sign", "Seal and sign a document as a party, offline."),
    "export": ("orebook.cli.capture", "export", "Write facts out in a format."),
    "issue": ("orebook.cli.issue", "issue", "Write a statement as a signed UNTP credential."),
    "status-list": ("orebook.cli.issue", "status_list", "Write which credentials still stand."),
    "event-hash": ("orebook.cli.event_hash", "event_hash", "Print GS1 event hash IDs."),
    "audit": ("orebook.cli.book", "audit", "Check everything from the tiles up."),
    "receipt": ("orebook.cli.verify", "receipt", "Write what a sceptic checks an entry with."),
    "verify": ("orebook.cli.verify", "verify", "Check a receipt offline."),
    "verifier": ("orebook.cli.verify", "verifier", "Write the verifier as one file."),
    "witness": ("orebook.cli.witness", "witness", "Keep a witness, or ask those of a book."),
    "timestamp": ("orebook.cli.timestamp", "timestamp", "Have a time authority stamp the head."),
    "mirror": ("orebook.cli.mirror", "mirror", "Copy a public log, checked, and follow it."),
    "move": ("orebook.cli.book", "move", "Carry a book to another store and prove it arrived."),
    "recover": ("orebook.cli.mirror", "recover", "Bring a lost book back from its mirror."),
    "rebuild": ("orebook.cli.book", "rebuild", "Derive all views again from the leaves."),
    "member": ("orebook.cli.members", "member", "Say who may write over HTTP."),
    "token": ("orebook.cli.members", "token", "Make, list and revoke tokens."),
    "openapi": ("orebook.cli.serve", "openapi", "Print the OpenAPI document."),
    "serve": ("orebook.cli.serve", "serve", "Serve a book: portal, API, EPCIS."),
    "demo": ("orebook.cli.demo", "demo", "Build the demo book, print its findings, serve it."),
}

EXIT_CODES = """\
Exit codes: 0 done; 1 it does not add up, or a check failed; 2 the command was wrong;
3 cannot be told, facts are missing; 4 a document was refused, in whole or in part;
5 the keeper must act (disk, key, lock); 130 interrupted."""


class _Lazy(click.Group):
    """Commands by name, imported when called: `--help` loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="orebook")
def commands() -> None:
    """An open book for critical-mineral supply chains, from the deal to the delivered metal.

    It shows whether statements agree; it does not prove that the rock is the rock.
    """


def main() -> None:
    """The `orebook` program: one clean line on error, a documented exit code."""
    from orebook.cli.errors import run

    run(commands)
