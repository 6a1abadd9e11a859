"""The page of commands, made of their own help; `python -m orebook.cli.manual` prints it."""

from __future__ import annotations

from collections.abc import Iterator

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
    for context in every(whole):
        parts += [f"## {context.command_path}\n", _help(context)]
    return "\n".join(parts)


def every(above: click.Context | None = None) -> Iterator[click.Context]:
    """Each command and each command of a group, in the order of the help."""
    above = above or _context(commands, None)
    group = above.command
    for name in group.list_commands(above) if isinstance(group, click.Group) else ():
        command = group.get_command(above, name) if isinstance(group, click.Group) else None
        if command is not None:
            context = _context(command, above)
            yield context
            yield from every(context)


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
