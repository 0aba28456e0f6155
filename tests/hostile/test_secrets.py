"""Secrets: a whole system with secrets that can be recognised, talkative, in good days and bad; then everything that
it said, showed or kept is searched for them.
"""

import base64
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from config import settings as configured
from sandbox import Sandbox
from sandbox.http import faults
from tests.system.conftest import System, until
from worker.alerts import outbox as notify
from worker.queue import store
from worker.run import assembly, embedded_redis

KEPT = {
    "JIRA_TOKEN": "NeedleOfJira7f3a",
    "JIRA_WEBHOOK_SECRETS": "NeedleOfOldHook81c2,NeedleOfNewHook5d9e",
    "REDIS_URL": "NeedleOfRedis4b6d",
    "GATE_TOKEN": "NeedleOfGate2e8f",
    "GATE_OVERRIDE_TOKEN": "NeedleOfOverride9a1b",
    "NOTIFY_URLS": "NeedleOfNotify6c3d",
}
PLAIN = [secret for value in KEPT.values() for secret in value.split(",")]
VOTES = ("SEV-2: one", "SEV-2: two\n\nClient: It is slow.", "SEV-2: three")


def needles(user: str) -> list[str]:
    """Every secret, and what HTTP makes of it."""
    pairs = [f"{user}:{KEPT['JIRA_TOKEN']}", f"x:{KEPT['NOTIFY_URLS']}", f":{KEPT['REDIS_URL']}"]
    return [*PLAIN, *(base64.b64encode(text.encode()).decode().rstrip("=") for text in (*pairs, *PLAIN))]


def assert_none(user: str, **places: str) -> None:
    for where, text in places.items():
        found = [
            f"…{text[max(0, at.start() - 80) : at.start()]}<{n[:10]}…>"
            for n in needles(user)
            for at in re.finditer(re.escape(n), text)
        ]
        assert not found, f"{where} shows a secret: {found[:3]}"


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def guarded(folder: Path) -> Iterator[tuple[redis.Redis, str]]:
    """A Redis that asks for a password, its address, and a client that is in already."""
    with embedded_redis.started(folder) as server, store.connect(server.url) as client:
        number = port()
        client.config_set("bind", "127.0.0.1")
        client.config_set("port", number)
        client.config_set("requirepass", KEPT["REDIS_URL"])
        inside = redis.Redis.from_url(server.url, password=KEPT["REDIS_URL"])
        yield inside, f"redis://:{KEPT['REDIS_URL']}@127.0.0.1:{number}/0"


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One whose clock runs."""
    with Sandbox(request.param) as sandbox:
        yield sandbox


@pytest.fixture
def talkative(jira: Sandbox, tmp_path: Path) -> Iterator[tuple[System, redis.Redis]]:
    """The running system, told to say everything."""
    jira.state.people.tokens["bot"] = KEPT["JIRA_TOKEN"]
    with guarded(tmp_path / "kv") as (inside, address):
        everything = KEPT | {
            "REDIS_URL": address,
            "NOTIFY_URLS": f"json://x:{KEPT['NOTIFY_URLS']}@127.0.0.1:{port()}/{KEPT['NOTIFY_URLS']}",
            "LOG_LEVEL": "DEBUG",
        }
        system = System(jira, tmp_path, **everything)
        jira.deliveries.webhooks.clear()
        jira.add_webhook(f"{system.url}/webhooks/jira", PLAIN[2])
        system.start()
        try:
            yield system, inside
        finally:
            system.stop()


def good_and_bad_days(system: System, inside: redis.Redis) -> str:
    """A round, then everything fails for a while and comes back; gives the ticket's key."""
    jira = system.jira
    key = jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    system.opened(key)
    jira.faults.add(faults.refused(account="bot", times=3))
    jira.faults.add(faults.lost_answer(account="bot", times=2))
    jira.faults.add(faults.broken(500, account="bot", times=2))
    system.vote(key, *VOTES)
    until(lambda: system.decided(key), 60)
    inside.config_set("requirepass", "another")
    inside.client_kill_filter(_type="normal", skipme=True)
    system.get("/readyz")
    second = jira.create_ticket("SUP", "Export fails", labels=["escalation-requested"])
    until(lambda: "user and password are not accepted" in system.log, 20)
    inside.config_set("requirepass", KEPT["REDIS_URL"])
    jira.state.people.tokens["bot"] = "a token that was revoked"
    jira.create_ticket("SUP", "Import fails", labels=["escalation-requested"])
    until(lambda: "401" in system.log or "redentials" in system.log or "nauthorized" in system.log, 40)
    bad = system.command("reconcile", second), system.command("doctor")
    assert all(ran.returncode for ran in bad)
    jira.state.people.tokens["bot"] = KEPT["JIRA_TOKEN"]
    return key + "\n" + "\n".join(ran.stdout + ran.stderr for ran in bad)


def pages(system: System) -> str:
    """Everything that can be asked over HTTP, with the right token, a wrong one and none."""
    headers = [{}, {"Authorization": f"Bearer {KEPT['GATE_TOKEN']}"}, {"Authorization": "Bearer wrong"}]
    paths = ("/", "/metrics", "/readyz", "/healthz", "/gate?issue=SUP-1", "/gate/override", "/nothing", "/board.json")
    answers = [requests.get(f"{system.url}{path}", headers=h, timeout=10) for path in paths for h in headers]
    return "\n".join(f"{answer.headers} {answer.text}" for answer in answers)


COMMANDS = [
    ("doctor",), ("sweep", "--dry-run"), ("sweep",), ("failures", "list"), ("gate", "--issue", "KEY"),
    ("gate", "--issue", "KEY", "--json"), ("gate", "explain"), ("gate", "overrides"), ("explain", "KEY"),
    ("reconcile", "KEY"), ("reconcile", "KEY", "--dry-run"), ("report",), ("preview",), ("notify", "test"),
    ("webhook", "list"), ("adopt", "--since", "2026-01-01", "--dry-run"),
]  # fmt: skip
WRONG = [
    {"REDIS_URL": f"ftp://:{KEPT['REDIS_URL']}@127.0.0.1/0"},
    {"REDIS_URL": f"redis://:{KEPT['REDIS_URL']}@127.0.0.1:1/0"},
    {"NOTIFY_URLS": KEPT["NOTIFY_URLS"]},
    {"NOTIFY_URLS": f"nonsense://{KEPT['NOTIFY_URLS']}@x"},
    {"GATE_OVERRIDE_TOKEN": KEPT["GATE_TOKEN"]},
    {"JIRA_URL": f"https://x:{KEPT['JIRA_TOKEN']}@127.0.0.1:1"},
    {"JIRA_URL": "http://127.0.0.1:1"},
    {"PROTOCOL_FILE": "/nowhere/protocol.toml"},
    {"SWEEP_SECONDS": "soon"},
]


def said_by_commands(system: System, key: str) -> str:
    """Every command in order, then one with each setting that may be wrong."""
    ran = [system.command(*(key if word == "KEY" else word for word in line)) for line in COMMANDS]
    whole = dict(system.environment)
    for wrong in WRONG:
        system.environment = whole | wrong
        ran.append(system.command(*(("failures", "list") if "REDIS_URL" in wrong else ("doctor",))))
    system.environment = whole
    return "\n".join(each.stdout + each.stderr for each in ran)


def kept_in(inside: redis.Redis) -> str:
    """Every key and every value."""
    read: dict[bytes, Any] = {
        b"none": lambda name: "",  # it expired meanwhile
        b"string": inside.get,
        b"hash": inside.hgetall,
        b"set": inside.smembers,
        b"list": lambda name: inside.lrange(name, 0, -1),
        b"zset": lambda name: inside.zrange(name, 0, -1),
        b"stream": inside.xrange,
    }
    names: Any = list(inside.scan_iter("*"))
    assert len(names) > 5, "there is something to search"
    return "\n".join(f"{name} {read[inside.type(name)](name)}" for name in names)  # type: ignore[index]


def files_of(folder: Path) -> str:
    """What lies in the folder it ran in, but for Redis's own, which is searched from inside, and for the note by which
    commands find the running system: that is for its owner's eyes, as long as it runs."""
    note = folder / ".state" / "running.env"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    files = [path for path in folder.rglob("*") if path.is_file() and "kv" not in path.parts and path != note]
    return "\n".join(path.read_text(errors="replace") for path in files)


def reprs(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """How the things that hold secrets show themselves to a debugger or a traceback."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = configured.load(None)
    built = assembly.build(found)
    outbox = notify.outbox(found, built.store, built.queue, built.site)
    shown = [found, found.model_dump(), found.require_jira(), built, built.site, built.reconciler, outbox, built.store]
    shown += [vars(built.site), vars(outbox), built.settings.jira_webhook_secrets]
    return "\n".join(f"{thing!r} {thing!s}" for thing in shown)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("jira", ["cloud"], indirect=True)  # whose credentials are a pair, which could show in two ways
def test_no_secret_is_ever_shown(
    talkative: tuple[System, redis.Redis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, inside = talkative
    user = system.environment.get("JIRA_USER", "")
    key, failed = good_and_bad_days(system, inside).split("\n", 1)
    assert_none(user, bad_commands=failed, commands=said_by_commands(system, key), pages=pages(system))
    assert_none(user, redis=kept_in(inside), files=files_of(tmp_path))
    assert_none(user, reprs=reprs(system.environment, monkeypatch))
    said = system.log
    assert "debug" in said and len(said) > 5_000, "it was talkative"
    assert_none(user, log=said)


def test_a_secret_would_be_found() -> None:
    """Else the test above would prove nothing."""
    pair = base64.b64encode(f"bot@x:{KEPT['JIRA_TOKEN']}".encode()).decode()
    for text in (f"Authorization: Basic {pair}", f"redis://:{KEPT['REDIS_URL']}@x", PLAIN[1]):
        with pytest.raises(AssertionError, match="shows a secret"):
            assert_none("bot@x", somewhere=text)


# -- what we depend on

LOCKS = sorted((Path(__file__).parents[2] / "locks").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_dependency_is_pinned_to_a_version_and_its_hashes(lock: Path) -> None:
    text = lock.read_text()
    pinned = [part.strip() for part in re.split(r"\n(?=\S)", text) if part.strip()]
    assert len(pinned) > 20
    for one in pinned:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+( ;[^\n\\]+)? \\\n", one), one
        hashes = re.findall(r"--hash=(\S+)", one)
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), one


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_an_address(lock: Path) -> None:
    assert not re.search(r"://|index-url|find-links|trusted-host|@ |^-e", lock.read_text(), re.MULTILINE)


def test_what_runs_is_among_what_is_tested() -> None:
    run, test = ({line.split(" ")[0] for line in path.read_text().splitlines() if "==" in line} for path in LOCKS[:2])
    assert LOCKS[0].name == "run.txt" and run <= test
