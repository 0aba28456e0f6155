"""The `escalation` command. Each command only reads its options and calls an ordinary function.

A setting or an option that is wrong ends every command with exit code 2 and one line per mistake on stderr. Modules
are imported where they are needed, so that a command which wants neither Jira nor Redis starts at once.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from config import ConfigError
from worker.commands.exits import INTERRUPTED, WRONG, end

if TYPE_CHECKING:
    from config.settings import Settings
    from sandbox.http.authority import Tls

# Looking for plugins, of which there are none, would read the metadata of every installed package at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def escalation() -> None:
    """Run a hotfix escalation protocol in Jira."""


@escalation.command()
def run() -> None:
    """Run everything in one terminal; without JIRA_URL on a sandbox Jira."""
    from config import settings  # noqa: PLC0415
    from worker.run import supervisor  # noqa: PLC0415

    sys.exit(supervisor.run(settings.load()))


@escalation.command()
def web() -> None:
    """Run the web process: deliveries from Jira, the release gate, health."""
    from config import settings  # noqa: PLC0415
    from worker.run import processes  # noqa: PLC0415

    processes.serve_web(settings.load())


@escalation.command()
def worker() -> None:
    """Run a worker process: it looks at tickets and acts."""
    from config import settings  # noqa: PLC0415
    from worker.run import processes  # noqa: PLC0415

    sys.exit(processes.work(settings.load()))


@escalation.command()
def beat() -> None:
    """Run the scheduler: it asks for a sweep every SWEEP_SECONDS."""
    from config import settings  # noqa: PLC0415
    from worker.run import processes  # noqa: PLC0415

    processes.beat(settings.load())


@escalation.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="0: any that is free.")
@click.option("--flavour", type=click.Choice(["cloud", "dc"]), default="cloud", show_default=True)
@click.option("--webhook-url", help="Where deliveries go, signed with SANDBOX_WEBHOOK_SECRET.")
@click.option("--quiet", is_flag=True, help="Do not say where it is and how to use it.")
@click.option("--service-account", is_flag=True, help="The worker may log in as a service account (OAuth 2.0).")
@click.option("--scoped-token", is_flag=True, help="Its API token has scopes: only the gateway takes it (Cloud).")
@click.option("--tls", is_flag=True, help="Serve https, with a certificate authority of its own.")
@click.option("--tls-clients", is_flag=True, help="Ask for a client certificate as well.")
def sandbox(*, host: str, port: int, flavour: str, webhook_url: str | None, quiet: bool, **walls: bool) -> None:
    """Run the sandbox Jira alone. SANDBOX_TOKEN is the worker's token there; left out, a well-known one."""
    from sandbox.process import PortTaken, introduce, serve  # noqa: PLC0415

    webhooks = [(webhook_url, os.environ.get("SANDBOX_WEBHOOK_SECRET", ""))] if webhook_url else []
    token = os.environ.get("SANDBOX_TOKEN")
    tokens = {"bot": token} if token else None
    try:
        serve(
            host,
            port,
            "dc" if flavour == "dc" else "cloud",
            webhooks,
            tokens=tokens,
            service_account=walls["service_account"],
            scoped_token=walls["scoped_token"],
            tls=_own_authority(host, walls["tls_clients"]) if walls["tls"] or walls["tls_clients"] else None,
            ready=None if quiet else introduce,
        )
    except PortTaken as taken:
        raise ConfigError(str(taken)) from None


def _own_authority(host: str, ask_clients: bool) -> "Tls":
    """Certificates for a sandbox that serves https; they stay until the next start makes new ones."""
    from pathlib import Path  # noqa: PLC0415

    from sandbox.http import authority  # noqa: PLC0415

    return authority.make(Path(".state", "tls").resolve(), *{host, *authority.HOSTS}, ask_clients=ask_clients)


def _settings() -> "Settings":
    """For a command that an operator runs beside a running system: its settings, and only warnings on the terminal."""
    from worker import log, running_system  # noqa: PLC0415

    found = running_system.settings()
    log.set_up(found.log_format, "WARNING")
    return found


@escalation.command()
@click.option("--project", "projects", multiple=True, metavar="KEY", help="Only this Jira project; once for each.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doctor(projects: tuple[str, ...], as_json: bool) -> None:
    """Check the whole set-up, and say how to mend it. Exit 0 all well, 1 something to mend."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from worker.commands import doctor as cli_doctor  # noqa: PLC0415

    sys.exit(cli_doctor.doctor(projects, datetime.now(UTC), as_json=as_json))


@escalation.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Print the plan, write nothing.")
def reconcile(key: str, dry_run: bool) -> None:
    """Look at one ticket now, and print what is done."""
    from worker.commands import tickets  # noqa: PLC0415

    tickets.reconcile(_settings(), key, dry_run=dry_run)


@escalation.command()
@click.option("--dry-run", is_flag=True, help="Print what a sweep and its looks would do, write nothing.")
def sweep(dry_run: bool) -> None:
    """Find the tickets that are due for a look, now."""
    from worker.commands import sweep as cli_sweep  # noqa: PLC0415

    cli_sweep.sweep_now(_settings(), dry_run=dry_run)


@escalation.command()
@click.option("--since", required=True, metavar="DATE", help="A day, or an instant with the offset from UTC.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, write nothing.")
def adopt(since: str, dry_run: bool) -> None:
    """Take on the requests since DATE that the limit held back, and set the older ones aside."""
    from worker.commands import sweep as cli_sweep  # noqa: PLC0415

    cli_sweep.adopt(_settings(), since, dry_run=dry_run)


@escalation.group()
def failures() -> None:
    """Tickets for which something could not be done, and why."""


@failures.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """List them, with what mends each."""
    from worker.commands import tickets  # noqa: PLC0415

    tickets.list_failures(_settings(), as_json=as_json)


@failures.command()
@click.argument("keys", nargs=-1)
def retry(keys: tuple[str, ...]) -> None:
    """Try again at once: these tickets, or all."""
    from worker.commands import tickets  # noqa: PLC0415

    tickets.retry_failures(_settings(), keys)


@failures.command()
@click.argument("keys", nargs=-1, required=True)
def drop(keys: tuple[str, ...]) -> None:
    """Take tickets off the list."""
    from worker.commands import tickets  # noqa: PLC0415

    tickets.drop_failures(_settings(), keys)


@escalation.group()
def webhook() -> None:
    """The webhook in Jira that brings changes here."""


@webhook.command()
@click.option("--url", help="Where Jira reaches web; left out, PUBLIC_URL or http://HOST:PORT.")
@click.option("--dry-run", is_flag=True, help="Show what would be registered.")
def register(url: str | None, dry_run: bool) -> None:
    """Register it, or bring it up to date, and wait for a first delivery."""
    from worker.commands import webhook as cli_webhook  # noqa: PLC0415

    cli_webhook.register(_settings(), url, dry_run=dry_run)


@webhook.command("rule")
@click.option("--url", help="Where Jira reaches web; left out, PUBLIC_URL or http://HOST:PORT.")
@click.option("--show-secret", is_flag=True, help="Print the secret where it has to be entered.")
def webhook_rule(url: str | None, show_secret: bool) -> None:
    """Say what to enter in a rule of Jira Automation, then wait for its first request."""
    from worker.commands import webhook_rule as cli_rule  # noqa: PLC0415

    cli_rule.rule(_settings(), url, show_secret=show_secret)


@webhook.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_webhooks(as_json: bool) -> None:
    """List the site's webhooks, and say which is ours."""
    from worker.commands import webhook as cli_webhook  # noqa: PLC0415

    cli_webhook.list_(_settings(), as_json=as_json)


@webhook.command("delete")
@click.argument("ids", nargs=-1)
def delete_webhooks(ids: tuple[str, ...]) -> None:
    """Delete ours, or those with these IDS."""
    from worker.commands import webhook as cli_webhook  # noqa: PLC0415

    cli_webhook.delete(_settings(), ids)


@escalation.command(hidden=True)
def alive() -> None:
    """For a liveness probe: did a worker of this host say lately that it listens? Exit 0 yes, 1 no, 3 no Redis."""
    from worker.commands import alive as cli_alive  # noqa: PLC0415

    sys.exit(cli_alive.here(_settings()))


class GateGroup(click.Group):
    """A group whose own options ask the question; an issue that is given without its option is explained."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As every group does; what looks like an issue key gets its own hint."""
        if args and args[0] not in self.commands and any(letter.isdigit() for letter in args[0]):
            ctx.fail(f"found {args[0][:60]!r}, expected options; did you mean --issue {args[0][:60]}?")
        return super().resolve_command(ctx, args)


@escalation.group(cls=GateGroup, invoke_without_command=True)
@click.option("--issue", "issues", multiple=True, metavar="KEY", help="A ticket whose fix is released; once for each.")
@click.option("--duration", metavar="20m", help="How long the release takes: all of it must fit.")
@click.option("--at", metavar="TIMESTAMP", help="Rehearse another instant.")
@click.option("--wait", metavar="MAX", help="Ask until it may ship, for at most so long (2h).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def gate(
    ctx: click.Context,
    *,
    issues: tuple[str, ...],
    duration: str | None,
    at: str | None,
    wait: str | None,
    as_json: bool,
) -> None:
    """May this ship now? Exit 0 yes, 10 wait, 2 usage, 3 cannot tell."""
    if ctx.invoked_subcommand is None:
        from worker.commands import gate as cli_gate  # noqa: PLC0415

        sys.exit(cli_gate.ask(issues, duration, at, wait, as_json=as_json))
    elif issues or duration or at or wait or as_json:
        ctx.fail(f"options go behind the command: escalation gate {ctx.invoked_subcommand} …")


@gate.command("explain")
@click.option("--project", metavar="KEY", help="The rule of one Jira project.")
@click.option("--at", metavar="TIMESTAMP", help="As of another instant.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def gate_explain(project: str | None, at: str | None, as_json: bool) -> None:
    """The rule, the zone, what lies ahead and the next seven openings."""
    from worker.commands import gate as cli_gate  # noqa: PLC0415

    sys.exit(cli_gate.explain(at, project, as_json=as_json))


@gate.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def overrides(as_json: bool) -> None:
    """The overrides in force."""
    from worker.commands import gate as cli_gate  # noqa: PLC0415

    sys.exit(cli_gate.list_overrides(as_json=as_json))


@gate.command()
@click.option("--issue", "issues", multiple=True, required=True, metavar="KEY", help="A ticket; once for each.")
@click.option("--reason", required=True, help="Why; it is noted on the tickets.")
@click.option("--for", "length", metavar="2h", help="How long it holds, at most 24h.")
@click.option("--until", metavar="TIMESTAMP", help="Until when it holds.")
@click.option("--by", help="Who overrides; left out, the user of this machine.")
@click.option("--url", help="Where the web process is; left out, http://HOST:PORT.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def override(
    *,
    issues: tuple[str, ...],
    reason: str,
    length: str | None,
    until: str | None,
    by: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Let fixes be released against the rule; needs GATE_OVERRIDE_TOKEN."""
    from worker.commands import gate as cli_gate  # noqa: PLC0415

    asked = {"issues": list(issues), "reason": reason, "by": by or _this_user(), "for": length, "until": until}
    given = {name: value for name, value in asked.items() if value is not None}
    sys.exit(cli_gate.override(given, url, as_json=as_json))


def _this_user() -> str | None:
    import getpass  # noqa: PLC0415

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


@escalation.command()
@click.argument("key", required=False)
@click.option("--grade", metavar="SEV-2", help="The grade.")
@click.option("--graded-at", metavar="TIMESTAMP", help="When it was given, with the offset from UTC.")
@click.option("--project", metavar="KEY", help="By the rules of this Jira project.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def explain(key: str | None, grade: str | None, graded_at: str | None, project: str | None, as_json: bool) -> None:
    """Why a ticket (KEY) has its dates, or what a grade given at an instant would promise."""
    from worker.commands import explain as cli_explain  # noqa: PLC0415

    if key and (grade or graded_at or project):
        raise click.UsageError("expected either a ticket's key, or --grade and --graded-at, and not both")
    if key:
        sys.exit(cli_explain.ticket(key, as_json=as_json))
    if not grade or not graded_at:
        raise click.UsageError("expected a ticket's key, or --grade together with --graded-at")
    sys.exit(cli_explain.grade(grade, graded_at, project, as_json=as_json))


@escalation.command()
@click.option("--since", metavar="DATE", help="From this day on; left out, the last four weeks.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--html", metavar="FILE", help="As a web page, into this file.")
def report(since: str | None, as_json: bool, html: str | None) -> None:
    """Promises kept and broken, time to grade, and what is open now."""
    from pathlib import Path  # noqa: PLC0415

    from worker.commands import report as cli_report  # noqa: PLC0415

    if as_json and html:
        raise click.UsageError("expected either --json or --html FILE, and not both")
    sys.exit(cli_report.report(_settings(), since, json_wanted=as_json, html=Path(html) if html else None))


@escalation.command()
@click.argument("key", required=False)
@click.option("--project", metavar="KEY", help="The sample by the rules of this Jira project.")
@click.option("--language", metavar="de", help="In this language instead of the protocol's.")
@click.option("--html", metavar="FILE", help="As a web page, into this file.")
def preview(key: str | None, project: str | None, language: str | None, html: str | None) -> None:
    """Every text before anybody is told: for a ticket (KEY), or for a sample."""
    from pathlib import Path  # noqa: PLC0415

    from worker.commands import preview as cli_preview  # noqa: PLC0415

    if key and project:
        raise click.UsageError("expected either a ticket's key or --project, and not both")
    sys.exit(cli_preview.preview_texts(key, project, language, Path(html) if html else None))


@escalation.group()
def notify() -> None:
    """Notification targets (NOTIFY_URLS)."""


@notify.command("test")
def notify_test() -> None:
    """Send each target a test notification. Exit 0 all took it, 1 one did not, 2 none or wrong."""
    from worker.commands import notify as cli_notify  # noqa: PLC0415

    sys.exit(cli_notify.test(_settings()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    try:
        code = escalation.main(arguments, prog_name="escalation", standalone_mode=False)
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


if __name__ == "__main__":
    main()
