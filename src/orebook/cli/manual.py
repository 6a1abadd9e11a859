"""The page of commands, made of their own help; `python -m orebook.cli.manual` prints it."""

from __future__ import annotations

import click

from orebook.cli import EXIT_CODES, commands

_WIDTH = 88


def page() -> str:
    """Every command with its help as Markdown, the same on every terminal."""
    whole = _context(commands, None)
    parts = [
        "# Commands\n",
        "Printed by `python -m orebook.cli.manual` from `--help`; a test holds this page to it.\n",
        f"{EXIT_CODES}\n",
        _help(whole),
    ]
    for name in commands.list_commands(whole):
        command = commands.get_command(whole, name)
        if command is not None:
            parts += [f"## orebook {name}\n", _help(_context(command, whole))]
    return "\n".join(parts)


def _context(command: click.Command, parent: click.Context | None) -> click.Context:
    name = "orebook" if parent is None else command.name
    settings = commands.context_settings if parent is None else command.context_settings
    return click.Context(
        command,
        parent,
        info_name=name,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=settings.get("help_option_names", ["-h", "--help"]),
    )


def _help(context: click.Context) -> str:
    return f"```text\n{context.get_help()}\n```\n"


if __name__ == "__main__":
    click.echo(page(), nl=False)
