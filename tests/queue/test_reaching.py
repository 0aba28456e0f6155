"""Both halves of the worker, the Redis client and Celery, reach what REDIS_URL names, or neither does."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.exceptions import OperationalError

from config import ConfigError
from config.redis_address import RedisAddress
from config.settings import load
from tests.queue.servers import Authority, TlsDoor, behind_tls, free_port, needs_openssl, server
from worker.queue import store
from worker.run import celery_app

USER, PASSWORD = "kïm:", "p@/?#:%;ss"
WHO = "k%C3%AFm%3A:p%40%2F%3F%23%3A%25%3Bss@"

NAMED: dict[str, int] = {  # spelling: database
    "redis://127.0.0.1:{port}": 0,
    "redis://127.0.0.1:{port}/": 0,
    "redis://127.0.0.1:{port}/0": 0,
    "redis://127.0.0.1:{port}/3": 3,
    "REDIS://LOCALHOST:{port}/03": 3,
    "redis://[::1]:{port}/4": 4,
    f"redis://{WHO}127.0.0.1:{{port}}/5": 5,
    "redis+socket://{socket}": 0,
    "unix://{socket}": 0,
    "redis+socket://{socket}?virtual_host=6": 6,
    f"redis+socket://{WHO}{{socket}}?virtual_host=7": 7,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[redis.Redis, dict[str, str]]]:
    """A server by TCP, over IPv6 where there is any, and by a socket with a blank in its path; its administrator."""
    folder, port = tmp_path_factory.mktemp("a server"), free_port()
    with server(folder, "--port", str(port), "--bind", "127.0.0.1", "-::1") as admin:
        admin.acl_setuser(USER, enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], categories=["+@all"])
        path = str(folder / "kv.sock").replace(" ", "%20")
        yield admin, {"port": str(port), "socket": path}


def half_of_ours(address: RedisAddress | str) -> None:
    with store.connect(address, patience=1) as client:
        client.set("from-us", 1)


def half_of_celerys(address: RedisAddress | str) -> None:
    with celerys(address) as connection:
        celery_app.build(address).send_task("any", queue="from-celery", connection=connection, retry=False)


def celerys(address: RedisAddress | str) -> Any:
    """The connection that Celery itself would make, once tried."""
    connection = celery_app.build(address).connection_for_write()
    with suppress(OperationalError):
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    return connection


HALVES: tuple[Callable[[RedisAddress | str], None], ...] = (half_of_ours, half_of_celerys)


def databases(admin: redis.Redis) -> dict[int, set[str]]:
    """Which keys are in which database."""
    found = {int(name[2:]): set[str]() for name in admin.info("keyspace")}
    for number in found:
        with redis.Redis(unix_socket_path=path_of(admin), db=number, decode_responses=True) as client:
            found[number] = {re.sub(r"_kombu\.binding\S*", "kombu's own", key) for key in client.scan_iter()}
    return found


def path_of(admin: redis.Redis) -> str:
    return str(admin.connection_pool.connection_kwargs["path"])


@pytest.mark.parametrize("spelling", NAMED)
def test_both_reach_the_same_database(place: tuple[redis.Redis, dict[str, str]], spelling: str) -> None:
    admin, names = place
    admin.flushall()
    address = load(env_file=None, redis_url=spelling.format(**names)).require_redis()
    for half in HALVES:
        half(address)
    assert databases(admin) == {NAMED[spelling]: {"from-us", "from-celery", "kombu's own"}}


def test_with_a_prefix_every_key_begins_with_it(place: tuple[redis.Redis, dict[str, str]]) -> None:
    admin, names = place
    admin.flushall()
    url = f"redis://127.0.0.1:{names['port']}/1"
    address = load(env_file=None, redis_url=url, redis_key_prefix="sup:").require_redis()
    for half in HALVES:
        half(address)
    assert databases(admin) == {1: {"sup:from-us", "sup:from-celery", "sup:kombu's own"}}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls(
    request: pytest.FixtureRequest, place: tuple[redis.Redis, dict[str, str]], authority: Authority
) -> Iterator[TlsDoor]:
    """A TLS end whose certificate names what the test says."""
    with behind_tls(path_of(place[0]), authority.certificate("kv", request.param)) as door:
        yield door


def refuses(address: RedisAddress, door: TlsDoor) -> bool:
    """Whether neither half connects, nor sends anything."""
    for half in HALVES:
        with pytest.raises((redis.ConnectionError, OperationalError)):
            half(address)
    return door.passed_on == 0


RIGHT, WRONG = "DNS:localhost,IP:127.0.0.1", "DNS:elsewhere.example"


def at(door: TlsDoor, ca: Path | None = None, more: str = "", host: str = "localhost") -> RedisAddress:
    url = f"rediss://{WHO}{host}:{door.port}/2{more}"
    return load(env_file=None, redis_url=url, redis_ca_file=ca).require_redis()


@needs_openssl
@pytest.mark.parametrize("tls", [RIGHT], indirect=True)
def test_a_private_authority_by_setting_or_in_the_address(tls: TlsDoor, authority: Authority) -> None:
    for address in (at(tls, authority.pem), at(tls, more=f"?ssl_ca_certs={authority.pem}", host="127.0.0.1")):
        before = tls.passed_on
        for half in HALVES:
            half(address)
        assert tls.passed_on > before


@pytest.mark.slow
@needs_openssl
@pytest.mark.parametrize("tls", [RIGHT], indirect=True)
def test_a_certificate_nobody_trusts_is_refused_by_both(tls: TlsDoor) -> None:
    assert refuses(at(tls), tls)
    assert refuses(at(tls, more="?ssl_cert_reqs=required"), tls)


@pytest.mark.slow
@needs_openssl
@pytest.mark.parametrize("tls", [RIGHT], indirect=True)
def test_another_authority_is_refused_by_both(tls: TlsDoor, tmp_path: Path) -> None:
    assert refuses(at(tls, Authority(tmp_path).pem), tls)


@pytest.mark.slow
@needs_openssl
@pytest.mark.parametrize("tls", [WRONG], indirect=True)
def test_a_certificate_for_another_name_is_refused_by_both(tls: TlsDoor, authority: Authority) -> None:
    assert refuses(at(tls, authority.pem), tls)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_stops_the_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    address = load(env_file=None, redis_url="rediss://kv", redis_ca_file=path).require_redis()
    for half in HALVES:
        with pytest.raises(ConfigError, match=r"ca\.pem'.*, expected one that can be read"):
            half(address)
