"""The tree of commands: each name once, with the line that help shows and the module that has it.

A command's module is imported when it is called, never to list it: a command which wants neither Jira nor Redis starts
at once. The module's `command` is the command; the module of `gate list` would be gate/list.py.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """A command's help, of which the first sentence is shown in lists; its module, where that has another name.

    `group`: it has no module, only the commands below it.
    """

    help: str
    module: str = ""
    group: bool = False
    hidden: bool = False


COMMANDS = {
    "run": Entry("Run everything in one terminal; without JIRA_URL on a sandbox Jira."),
    "web": Entry("Run the web process: deliveries from Jira, the release gate, health."),
    "worker": Entry("Run a worker process: it looks at tickets and acts."),
    "beat": Entry("Run the scheduler: it asks for a sweep every SWEEP_SECONDS."),
    "sandbox": Entry(
        "Run the sandbox Jira alone. SANDBOX_TOKEN is the worker's token there; left out, a well-known one."
    ),
    "doctor": Entry("Check the whole set-up, and say how to mend it. Exit 0 all well, 1 something to mend."),
    "reconcile": Entry("Look at one ticket now, and print what is done."),
    "sweep": Entry("Find the tickets that are due for a look, now."),
    "adopt": Entry("Take on the requests since DATE that the limit held back, and set the older ones aside."),
    "failures": Entry("Tickets for which something could not be done, and why.", group=True),
    "failures list": Entry("List them, with what mends each."),
    "failures retry": Entry("Try again at once: these tickets, or all."),
    "failures drop": Entry("Take tickets off the list."),
    "webhook": Entry("The webhook in Jira that brings changes here.", group=True),
    "webhook register": Entry("Register it, or bring it up to date, and wait for a first delivery."),
    "webhook rule": Entry("Say what to enter in a rule of Jira Automation, then wait for its first request."),
    "webhook list": Entry("List the site's webhooks, and say which is ours."),
    "webhook delete": Entry("Delete ours, or those with these IDS."),
    "alive": Entry(
        "For a liveness probe: did a worker of this host say lately that it listens? Exit 0 yes, 1 no, 3 no Redis.",
        hidden=True,
    ),
    "gate": Entry("May this ship now? Exit 0 yes, 10 wait, 2 usage, 3 cannot tell.", "gate.ask"),
    "gate explain": Entry("The rule, the zone, what lies ahead and the next seven openings."),
    "gate overrides": Entry("The overrides in force."),
    "gate override": Entry("Let fixes be released against the rule; needs GATE_OVERRIDE_TOKEN."),
    "explain": Entry("Why a ticket (KEY) has its dates, or what a grade given at an instant would promise."),
    "report": Entry("Promises kept and broken, time to grade, and what is open now."),
    "preview": Entry("Every text before anybody is told: for a ticket (KEY), or for a sample."),
    "notify": Entry("Notification targets (NOTIFY_URLS).", group=True),
    "notify test": Entry(
        "Send each target a test notification. Exit 0 all took it, 1 one did not, 2 none or wrong.", "notify"
    ),
}


class Tree(click.Group):
    """A group whose commands are those of COMMANDS below `path`, "" for the root."""

    def __init__(self, *arguments: Any, path: str = "", **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.path = path

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, sorted."""
        before = f"{self.path} " if self.path else ""
        return sorted(
            name.removeprefix(before)
            for name in COMMANDS
            if name.startswith(before) and name.count(" ") == before.count(" ")
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none of that name."""
        path = f"{self.path} {cmd_name}".strip()
        entry = COMMANDS.get(path) if cmd_name in self.list_commands(ctx) else None
        if entry is None:
            return None
        if entry.group:
            return Tree(cmd_name, path=path, help=entry.help)
        module = import_module(f"worker.commands.{entry.module or path.replace(' ', '.')}")
        command: click.Command = module.command
        command.help, command.hidden = entry.help, entry.hidden
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As every group does, without importing what is listed."""
        listed = {name: COMMANDS[f"{self.path} {name}".strip()] for name in self.list_commands(ctx)}
        shown = {name: entry.help for name, entry in listed.items() if not entry.hidden}
        room = formatter.width - 6 - max(map(len, shown))
        with formatter.section("Commands"):
            lines = {name: click.Command(name, help=line).get_short_help_str(room) for name, line in shown.items()}
            formatter.write_dl(list(lines.items()))
