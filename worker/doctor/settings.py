"""Doctor on what is set in the environment: each mistake is a line of its own.

What is wrong is replaced by its default, so that the other checks can go on. It shows no secret.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from config import ConfigError, environment, mistakes_in, secret_files
from config import settings as all_settings
from config.settings import Settings
from worker import running_system
from worker.doctor.finding import Finding, Group

GROUP = Group("settings")
ENV = Path(".env")
GUESSABLE = 16
RANDOM = "`openssl rand -hex 32` makes one."


def read() -> tuple[Settings | None, list[Finding]]:
    """The settings, and what is to say of them. None where not even defaults help, such as an unreadable .env."""
    try:
        found = running_system.settings()
    except ConfigError as error:
        return _healed(error), [_source(), *(_mistake(each) for each in error.mistakes)]
    return found, [_source(), *_secrets(found), *_missing(found), *_dry(found), *_open(found), *_look_alikes()]


def _source() -> Finding:
    where = f"the environment, then {ENV.resolve()}" if ENV.is_file() else f"the environment; no {ENV} here"
    beside = "; what is not set is taken from what runs in this folder" if running_system.is_here() else ""
    return GROUP.ok("read from", f"{where}{beside}")


def _secrets(settings: Settings) -> Iterator[Finding]:
    """Where each secret came from; never what it is."""
    variables = environment.variables(ENV)
    for name in sorted(secret_files.SECRET):
        if getattr(settings, name):
            where = secret_files.told(name, settings.secret_sources, variables) or "what runs in this folder"
            yield GROUP.ok(name.upper(), f"from {where}")


def _healed(error: ConfigError) -> Settings | None:
    names = {mistake.partition(":")[0].lower().removesuffix("_file") for mistake in error.mistakes}
    defaults = {name: field.default for name, field in Settings.model_fields.items() if name in names}
    file_is_read = len(defaults) == len(names)
    try:
        return all_settings.load(ENV if file_is_read else None, **defaults)
    except ConfigError:
        return None


def _mistake(mistake: str) -> Finding:
    name, _, words = mistake.partition(": ")
    if name.isupper():
        return GROUP.mend(
            name, words, f"Set {name} in the environment or in .env to what is expected, or leave it out."
        )
    return GROUP.mend(name, words, "Write the file anew, in UTF-8, one NAME=value a line.")


def _missing(settings: Settings) -> Iterator[Finding]:
    missing = mistakes_in(settings.require_jira, settings.require_intake)
    for mistake in missing:
        name, _, words = mistake.partition(": ")
        yield GROUP.mend(name, words, f"Set {name} in the environment or in .env; docs/install-*.md say to what.")
    if settings.redis_url is None:
        mend = "Nothing to do for `escalation run`, which starts its own; single processes need a REDIS_URL."
        yield GROUP.advice("REDIS_URL", "not set", mend)
    if not missing and settings.redis_url:
        yield GROUP.ok("values", "all are understood, none is missing")


def _dry(settings: Settings) -> Iterator[Finding]:
    if settings.dry_run:
        mend = "Leave DRY_RUN out when you have seen enough of its plans."
        yield GROUP.advice("DRY_RUN", "true: everything is planned and logged, nothing is written to Jira", mend)


def _open(settings: Settings) -> Iterator[Finding]:
    """What anybody who reaches the port may ask, and what they could guess."""
    if settings.gate_token is None:
        found = "not set: whoever reaches the port may ask the gate (60 reads of tickets a minute) and see the board"
        yield GROUP.advice("GATE_TOKEN", found, f"Set it to something long and random: {RANDOM}")
    secrets: dict[str, tuple[SecretStr | None, ...]] = {
        "GATE_TOKEN": (settings.gate_token,),
        "GATE_OVERRIDE_TOKEN": (settings.gate_override_token,),
    }
    for name, values in secrets.items():
        if any(value and len(value.get_secret_value()) < GUESSABLE for value in values):
            found = f"shorter than {GUESSABLE} characters, which can be guessed"
            yield GROUP.advice(name, found, f"Make it long and random: {RANDOM}")


def _look_alikes() -> Iterator[Finding]:
    """Names that are nearly ours are most likely meant to be ours."""
    for hint in all_settings.look_alikes():
        name, _, words = hint.partition(": ")
        yield GROUP.advice(name, words, f"Spell {name} as it is meant, or leave it out.")
