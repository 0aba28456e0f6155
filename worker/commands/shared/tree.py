"""The tree of commands: each name once, with the line that help shows and the module that has it.

A command's module is imported when it is called, never to list it: a command which wants neither Jira nor Redis starts
at once. The module's `command` is the command; the module of `gate list` would be gate/list.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import click

from worker.commands.shared import loading


@dataclass(frozen=True, slots=True)
class Entry:
    """A command's help, of which the first sentence is shown in lists; its module, where that has another name.

    `exits`: what its exit codes mean beside 0 "done" and 2 "an option or a setting is wrong". `group`: it has no
    module, only the commands below it.
    """

    help: str
    exits: Mapping[int, str] = field(default_factory=dict)
    module: str = ""
    group: bool = False

    @property
    def first_sentence(self) -> str:
        """What lists show."""
        return re.split(r"(?<=[.?]) ", self.help)[0]

    @property
    def all_exits(self) -> dict[int, str]:
        """Every exit code, in order, with what it means."""
        usual = {} if self.group else {0: "done", 2: "an option or a setting is wrong"}
        return dict(sorted({**usual, **self.exits}.items()))

    @property
    def epilog(self) -> str:
        """The exit codes as help shows them."""
        lines = [f"  {code:<3} {words}" for code, words in self.all_exits.items()]
        return "\n".join(("\b", "Exit codes:", *lines)) if lines else ""


_NO_JIRA = {3: "Jira cannot be reached"}
_NO_REDIS = {3: "Redis cannot be reached"}
_NEITHER = {3: "Jira or Redis cannot be reached"}
_STOPPED = {0: "told to stop"}
_NOT_LISTED = {2: "a setting is wrong, or a ticket is not on the list"}
_NOT_ALLOWED = {1: "Jira does not allow it"}

COMMANDS = {
    "run": Entry("Run everything in one terminal; without JIRA_URL on a sandbox Jira.", _STOPPED),
    "web": Entry("Run the web process: deliveries from Jira, the release gate, the board, health.", _STOPPED),
    "worker": Entry("Run a worker process: it looks at tickets and acts.", _STOPPED),
    "beat": Entry("Run the scheduler: it asks for a sweep every SWEEP_SECONDS.", _STOPPED),
    "sandbox": Entry(
        "Run the sandbox Jira alone. SANDBOX_TOKEN is the worker's token there; left out, a well-known one.",
        {**_STOPPED, 2: "an option is wrong, or the port is taken"},
    ),
    "doctor": Entry(
        "Check the whole set-up, and say how to mend it.",
        {0: "all well", 1: "something to mend, a wrong setting too", 2: "an option is wrong"},
    ),
    "reconcile": Entry(
        "Look at one ticket (its KEY) now, and print what is done.",
        {1: "something has to be mended first", 2: "a setting is wrong, or KEY is no ticket of ours", **_NEITHER},
    ),
    "sweep": Entry(
        "Find the tickets that are due for a look, now.",
        {3: "Jira or Redis cannot be reached, or a search did not come to its end"},
    ),
    "adopt": Entry("Take on the requests since DATE that the limit held back, and set the older ones aside.", _NEITHER),
    "failures": Entry("Tickets for which something could not be done, and why.", group=True),
    "failures list": Entry("List them, with what mends each.", _NO_REDIS),
    "failures retry": Entry("Try again at once: the tickets with these KEYS, or all.", {**_NOT_LISTED, **_NO_REDIS}),
    "failures drop": Entry("Take tickets off the list.", {**_NOT_LISTED, **_NO_REDIS}),
    "webhook": Entry("The webhook in Jira that brings changes here.", group=True),
    "webhook register": Entry(
        "Register it, or bring it up to date, and wait for a first delivery.",
        {1: "Jira does not take it, or a delivery was refused", **_NO_JIRA},
    ),
    "webhook rule": Entry(
        "Say what to enter in a rule of Jira Automation, then wait for its first request.",
        {0: "done, whether a request came or not", **_NO_JIRA},
    ),
    "webhook list": Entry("List the site's webhooks, and say which is ours.", {**_NOT_ALLOWED, **_NO_JIRA}),
    "webhook delete": Entry(
        "Delete ours, or those with these IDS.",
        {**_NOT_ALLOWED, 2: "a setting is wrong, or there is no such webhook", **_NO_JIRA},
    ),
    "alive": Entry(
        "For a liveness probe: did a worker of this host say lately that it listens?",
        {0: "yes", 1: "no", **_NO_REDIS},
    ),
    "gate": Entry(
        "May this ship now? Off-hours the clock alone answers; in business hours name the tickets.",
        {0: "it may ship", 3: "cannot tell, so it may not", 10: "it must wait", 130: "stopped (Ctrl-C)"},
        "gate.ask",
    ),
    "gate explain": Entry("The rule, the zone, what lies ahead and the next seven openings."),
    "gate overrides": Entry("The overrides in force.", _NO_REDIS),
    "gate override": Entry(
        "Let fixes be released against the rule; needs GATE_OVERRIDE_TOKEN.",
        {0: "granted, or it was already", 2: "refused", 3: "the web process cannot be reached"},
    ),
    "explain": Entry(
        "Why a ticket (its KEY) has its dates, or what a grade given at an instant would promise.",
        {2: "a setting or an option is wrong, or there is no such ticket", **_NO_JIRA},
    ),
    "report": Entry("Promises kept and broken, time to grade, and what is open now.", _NO_JIRA),
    "preview": Entry(
        "Every text before anybody is told: for a ticket (its KEY), or for a sample.",
        {2: "a setting or an option is wrong, or there is no such ticket", **_NO_JIRA},
    ),
    "notify": Entry("Notification targets (NOTIFY_URLS).", group=True),
    "notify test": Entry(
        "Send each target a test notification.",
        {0: "all took it", 1: "one did not", 2: "there is none, or an address is wrong"},
        "notify",
    ),
}


def _loaded(name: str) -> Any:
    """A command's module."""
    loading.begin()
    try:
        return import_module(name)
    finally:
        loading.end()


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
        module = _loaded(f"worker.commands.{entry.module or path.replace(' ', '.')}")
        command: click.Command = module.command
        command.help, command.epilog = entry.help, entry.epilog
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As every group does, without importing what is listed."""
        listed = {name: COMMANDS[f"{self.path} {name}".strip()] for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.first_sentence) for name, entry in listed.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As every group does; an unknown name is answered with the near one, or with those there are."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            from config.mistakes import did_you_mean  # noqa: PLC0415 - who names a command needs no near ones

            near = did_you_mean(args[0], names)
            ctx.fail(f"found {args[0][:60]!r}, expected a command{near or ': ' + ', '.join(names)}")
        return super().resolve_command(ctx, args)
