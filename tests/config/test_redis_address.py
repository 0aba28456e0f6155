"""Spellings of REDIS_URL: understood, or refused with the form that would do. That both halves of the worker then reach
the same database is tried for real in tests/queue/test_reaching.py."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ConfigError
from config.redis_address import RedisAddress, read
from config.settings import Settings, load

SECRET = "hunter2swordfish"

UNDERSTOOD = {
    "redis://127.0.0.1:6379/0": RedisAddress("127.0.0.1", 6379),
    "redis://127.0.0.1": RedisAddress("127.0.0.1", 6379),
    "redis://kv/": RedisAddress("kv", 6379),
    "redis://kv:/7": RedisAddress("kv", 6379, database=7),
    "redis://kv:1/0?": RedisAddress("kv", 1),
    "REDIS://KV:6379/2": RedisAddress("kv", 6379, database=2),
    "Redis://kv/012": RedisAddress("kv", 6379, database=12),
    "redis://[::1]:6380/1": RedisAddress("::1", 6380, database=1),
    "redis://:p%40ss@127.0.0.1:6379/3": RedisAddress("127.0.0.1", 6379, database=3, password="p@ss"),
    "redis://:p@ss@kv/3": RedisAddress("kv", 6379, database=3, password="p@ss"),
    "redis://kim:%2F%3F%23%25%3B@kv": RedisAddress("kv", 6379, user="kim", password="/?#%;"),
    "redis://kim:100%@kv": RedisAddress("kv", 6379, user="kim", password="100%"),
    "redis://kim:a+b@kv": RedisAddress("kv", 6379, user="kim", password="a+b"),
    "redis://kim@kv": RedisAddress("kv", 6379, user="kim"),
    "redis://kim:@kv": RedisAddress("kv", 6379, user="kim"),
    "redis://k%C3%AFm:p%3Aw@kv": RedisAddress("kv", 6379, user="kïm", password="p:w"),
    "rediss://kv:6380/0": RedisAddress("kv", 6380, tls=True),
    "rediss://kv/0?ssl_ca_certs=/etc/ca.pem": RedisAddress("kv", 6379, tls=True, ca_file="/etc/ca.pem"),
    "rediss://kv?ssl_cert_reqs=required&ssl_check_hostname=true": RedisAddress("kv", 6379, tls=True),
    "rediss://kv?ssl_cert_reqs=CERT_REQUIRED": RedisAddress("kv", 6379, tls=True),
    "rediss://kv?ssl_certfile=/c&ssl_keyfile=/k": RedisAddress("kv", 6379, tls=True, cert_file="/c", key_file="/k"),
    "redis+socket:///run/kv.sock": RedisAddress(socket="/run/kv.sock"),
    "unix:///run/kv.sock": RedisAddress(socket="/run/kv.sock"),
    "redis+socket:///run/kv.sock?virtual_host=2": RedisAddress(socket="/run/kv.sock", database=2),
    "redis+socket://kim:p%2Fw@/run/kv.sock": RedisAddress(socket="/run/kv.sock", user="kim", password="p/w"),
    "unix://:pw@/run/a%20b.sock": RedisAddress(socket="/run/a b.sock", password="pw"),
}

REFUSED = {
    "unix:///run/kv.sock?db=2": "redis+socket:///PATH?virtual_host=2",
    "unix:///run/kv.sock?virtual_host=3": "redis+socket:///PATH?virtual_host=3",
    "redis+socket:///run/kv.sock?db=4": "redis+socket:///PATH?virtual_host=4",
    "redis+socket:///run/kv.sock?virtual_host=two": "redis+socket:///PATH?virtual_host=2",
    "redis+socket:///run/kv.sock?virtual_host=1&virtual_host=2": "it once",
    "redis+socket://run/kv.sock": "three slashes",
    "redis+socket://": "three slashes",
    "unix:/run/kv.sock": "redis+socket:///PATH",
    "redis+unix:///run/kv.sock": "redis+socket:///PATH",
    "rediss+socket:///run/kv.sock": "redis+socket:///PATH",
    "redis://kv:6379/0?db=3": "redis://HOST:PORT/3",
    "redis://kv:6379?virtual_host=3": "redis://HOST:PORT/3",
    "redis://kv:6379/0?protocol=2": "settled by us",
    "redis://kv/0?password=": "redis://:PASSWORD@HOST",
    "redis://kv/0?username=kim": "redis://USER:PASSWORD@HOST",
    "redis://kv/0?ssl=true": "rediss://",
    "redis://kv/0?ssl_ca_certs=/etc/ca.pem": "rediss://",
    "rediss://kv/0?ssl_cert_reqs=none": "certificate and host name to be checked",
    "rediss://kv/0?ssl_check_hostname=false": "certificate and host name to be checked",
    "rediss://kv/0?ssl_ca_certs=ca.pem": "the whole path",
    "rediss://kv/0?ssl_keyfile=/k": "both",
    "redis://kv/0?socket_timeout=5": "nothing behind the ?",
    "redis://kv/0?health_check_interval=5": "nothing behind the ?",
    "redis://kv/x": "redis://HOST:PORT/0",
    "redis://kv/-1": "redis://HOST:PORT/0",
    "redis://kv/0/1": "redis://HOST:PORT/0",
    "redis://kv/0/": "redis://HOST:PORT/0",
    "redis://kv/%30": "redis://HOST:PORT/0",
    "redis://kv/\N{ARABIC-INDIC DIGIT TWO}": "redis://HOST:PORT/0",
    "redis://kv:0/0": "redis://HOST:PORT",
    "redis://kv:65536/0": "redis://HOST:PORT",
    "redis://kv:six/0": "redis://HOST:PORT",
    "redis://:6379/0": "redis://HOST:PORT",
    "redis:///0": "redis://HOST:PORT",
    "redis://[::1/0": "redis://HOST:PORT",
    "redis://one:6379,two:6379/0": "redis://HOST:PORT",
    "redis://one,two/0": "redis://HOST:PORT",
    "redis://one/0;redis://two/0": "redis://HOST:PORT/0",
    "redis+cluster://kv:6379/0": "a cluster cannot be used",
    "redis+sentinel://kv:26379/0": "what follows the primary",
    "sentinel://kv:26379/0": "what follows the primary",
    "valkey://kv:6379/0": "redis://",
    "valkeys://kv:6379/0": "rediss://",
    "kv:6379": "redis://HOST:PORT/DATABASE",
    "redis:kv": "redis://HOST:PORT/DATABASE",
    "amqp://kv": "redis://HOST:PORT/DATABASE",
    "redis://kv/0 # mine": "%20",
    "redis://kv/0#mine": "%23",
    f"redis://:{SECRET}/x@kv/0": "%2F",
    f"redis://:{SECRET}#x@kv/0": "%2F",
    f"redis://kv?{SECRET}=x@kv": "%3F",
    f"redis://kv?{SECRET}": "%3F",
    f"redis://kv/0?password={SECRET}": "redis://:PASSWORD@HOST",
    f"redis://:{SECRET}%ff@kv": "UTF-8",
    f"redis://:{SECRET} x@kv": "%20",
    f"redis://:{SECRET}\\x@kv": "%5C",
    f"{SECRET}://kv": "redis://HOST:PORT/DATABASE",
}


@pytest.mark.parametrize(("text", "address"), UNDERSTOOD.items())
def test_understood(text: str, address: RedisAddress) -> None:
    assert read(text) == address
    assert address.password is None or address.password not in repr(read(text))


@pytest.mark.parametrize(("text", "near"), REFUSED.items())
def test_refused_with_the_form_that_would_do(text: str, near: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(env_file=None, redis_url=text)
    (line,) = refusal.value.mistakes
    assert line.startswith("REDIS_URL: found ") and near in line.partition(", expected ")[2]
    assert "\n" not in line and SECRET not in line


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip), st.integers(0, 99))
def test_whatever_user_and_password_are_encoded_they_are_read(user: str, password: str, database: int) -> None:
    address = read(f"redis://{quote(user, safe='')}:{quote(password, safe='')}@kv/{database}")
    assert (address.user, address.password, address.database) == (user, password, database)


@given(st.text(alphabet="redis+sockt:/?#[]@%=&;,.0 2dbpw\\", max_size=40))
def test_anything_else_is_read_or_refused(text: str) -> None:
    try:
        read(f"redis:{text}")
    except ValueError as refusal:
        assert str(refusal).startswith("found ")


def test_an_authority_of_ones_own_by_a_setting() -> None:
    found = load(env_file=None, redis_url="rediss://kv", redis_ca_file="/etc/ca.pem").require_redis()
    assert found.ca_file == "/etc/ca.pem"


@pytest.mark.parametrize("url", ["redis://kv", "redis+socket:///run/kv.sock", "rediss://kv?ssl_ca_certs=/x", None])
def test_an_authority_that_would_have_no_effect_is_refused(url: str | None) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(env_file=None, redis_url=url, redis_ca_file=Path("/etc/ca.pem"))
    (line,) = refusal.value.mistakes
    assert line.startswith("REDIS_CA_FILE: set, expected ")


def test_a_prefix_of_keys_goes_with_the_address() -> None:
    assert Settings(redis_url="redis://kv", redis_key_prefix="sup:").require_redis().prefix == "sup:"  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="REDIS_KEY_PREFIX: found 'a\\*', expected up to 64 letters"):
        load(env_file=None, redis_key_prefix="a*")
