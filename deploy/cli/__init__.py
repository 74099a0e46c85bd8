"""`lokal`: the operators' command line. Exit status: 0 done, 1 failed, 2 misused."""

import importlib
import sys

import structlog
import typer
from rich.console import Console

app = typer.Typer(
    name="lokal",
    help="Run and operate lokal willkommen.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
errors = Console(stderr=True)

_MODULES = (
    *("run", "migrate", "status", "demo", "user", "token", "site", "archive", "events", "dead"),
    *("handover", "erase", "imports", "deletion", "partner"),
)
"""One module a verb; importing it registers its commands with `app`."""


@app.callback()
def _verbs() -> None:
    """Keeps a verb a verb: Typer takes a single command for the program itself."""


class Failed(Exception):
    """The command could not do it; the text says what is wrong and what to do."""


def main() -> None:
    """Entry point of the console script."""
    # Standard output belongs to the answer, which may be read by a program.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    # Only what is asked for: all of it takes a second and more to load, the services' libraries included.
    asked_for = [module for module in _MODULES if module in sys.argv[1:2]]
    for module in asked_for or _MODULES:
        importlib.import_module(f"deploy.cli.{module}")
    try:
        app()
    except Failed as failure:
        errors.print(f"[red]Failed:[/] {failure}", highlight=False, soft_wrap=True)
        sys.exit(1)
