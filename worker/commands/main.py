"""The `escalation` command: runs the command that is named, and ends it with one line where something is wrong.

A setting or an option that is wrong ends every command with exit code 2 and one line per mistake on stderr. The
commands are listed in shared/tree.py.
"""

import io
import os
import sys
from collections.abc import Sequence

from worker.commands.shared import loading

loading.begin()

import click  # noqa: E402

from config import ConfigError  # noqa: E402
from worker.commands.shared.exits import INTERRUPTED, WRONG, end  # noqa: E402
from worker.commands.shared.tree import Tree  # noqa: E402

loading.end()

# Looking for plugins, of which there are none, would read the metadata of every installed package at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Where a developer has it, structlog would load it, for tracebacks in colour: 5 MB and a tenth of a second.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

command = click.version_option(package_name="escalation-worker", message="%(prog)s %(version)s")(
    Tree(
        "escalation",
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Run a hotfix escalation protocol in Jira. Each command's own --help tells its options and exit codes.",
    )
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    _print_what_can_be_printed()
    try:
        code = command.main(arguments, prog_name="escalation", standalone_mode=False)
    except ConfigError as error:
        end(WRONG, str(error))
    except getattr(click.exceptions, "NoArgsIsHelpError", ()) as error:
        end(WRONG, str(error.format_message()))
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "escalation"
        end(error.exit_code, f"{where}: {' '.join(error.format_message().split())} (see {where} --help)")
    except click.Abort:
        end(INTERRUPTED, "stopped")
    sys.exit(code if isinstance(code, int) else 0)


def _print_what_can_be_printed() -> None:
    """Where output is not in UTF-8 (a file on Windows, an old locale), a `?` stands for what cannot be written."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # stderr never fails: it shows such letters as numbers


if __name__ == "__main__":
    main()
