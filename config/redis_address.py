"""REDIS_URL, read once and by us, so that the Redis client and Celery cannot each understand it in its own way.

Pure: nothing is opened or looked up here. What one of the two would read differently, or pass over, is refused in words
that say what was found and how it is written instead. The words never hold a user, a password, a host or a path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

PORT = 6379
FORMS = "redis://HOST:PORT/DATABASE, rediss://… (TLS) or redis+socket:///PATH"
SOCKET_FORM = "redis+socket:///PATH?virtual_host=2"
_TCP = {"redis": False, "rediss": True}
_SOCKETS = ("redis+socket", "unix")
_FILES = {"ssl_ca_certs": "ca_file", "ssl_certfile": "cert_file", "ssl_keyfile": "key_file"}
_CHECKED = {"ssl_cert_reqs": ("required", "CERT_REQUIRED"), "ssl_check_hostname": ("true", "True", "1")}

_ONE_ADDRESS = "redis://HOST:PORT/DATABASE of one server, or of what follows the primary (docs/deploy.md, Sentinel)"
_OTHER_SCHEMES = {
    "redis+cluster": f"{_ONE_ADDRESS}: a cluster cannot be used",
    "redis+sentinel": _ONE_ADDRESS,
    "rediss+sentinel": _ONE_ADDRESS,
    "redis-sentinel": _ONE_ADDRESS,
    "sentinel": _ONE_ADDRESS,
    "sentinels": _ONE_ADDRESS,
    "valkey": "redis://",
    "valkeys": "rediss://",
    "redis+tls": "rediss://",
    "redis+ssl": "rediss://",
    "rediss+socket": "redis+socket:///PATH: a socket needs no TLS",
    "redis+unix": "redis+socket:///PATH",
    "socket": "redis+socket:///PATH",
}
_OTHER_WORDS = {
    "protocol": "nothing: which protocol is spoken is settled by us",
    "username": "redis://USER:PASSWORD@HOST:PORT/DATABASE",
    "password": "redis://:PASSWORD@HOST:PORT/DATABASE",
    "ssl": "rediss:// for TLS",
    "path": "redis+socket:///PATH",
}
_NEVER_UNCHECKED = "certificate and host name to be checked, as always; your own authority is named by ssl_ca_certs="


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where Redis is, as whom it is used, and by which certificate it is known.

    Attributes:
        host, port: empty and 0 where it is a socket.
        socket: the path of a socket, or empty.
        ca_file: the authorities that are trusted beside the system's; cert_file, key_file: our own certificate.
        prefix: what every key of ours begins with, Celery's included.
    """

    host: str = ""
    port: int = 0
    socket: str = ""
    database: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    prefix: str = ""

    def trusting(self, ca_file: Path | None) -> "RedisAddress":
        """The same with REDIS_CA_FILE. Raises ValueError where that would have no effect, or another file is named."""
        if ca_file is None:
            return self
        if not self.tls:
            raise ValueError("expected REDIS_URL to begin with rediss:// where it is set: nothing else is encrypted")
        if self.ca_file and self.ca_file != str(ca_file):
            raise ValueError("expected one source only: REDIS_URL names another file by ssl_ca_certs=")
        return replace(self, ca_file=str(ca_file))

    @property
    def files(self) -> Mapping[str, str]:
        """The files it names, by the words that name them in REDIS_URL."""
        named = {word: getattr(self, name) for word, name in _FILES.items()}
        return {word: path for word, path in named.items() if path}


def read(text: str) -> RedisAddress:
    """Read an address.

    Raises:
        ValueError: its text is what was found and what was expected, without anything that might be secret.
    """
    scheme, rest = _scheme(text)
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
    except ValueError:
        _refuse("an address whose host or port cannot be read", f"{FORMS}; in a password write / as %2F, : as %3A")
    if "#" in rest:
        _refuse("a #", "%23 where it belongs to a password")
    if "@" in parts.query:
        _refuse("a ? before the @", "%3F where it belongs to a password")
    query = _query(parts.query)
    return _tcp(scheme, parts, port, query) if scheme in _TCP else _socket(scheme, parts, query)


def _scheme(text: str) -> tuple[str, str]:
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        _refuse("a blank or a backslash", "%20 or %5C where it belongs to a password")
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", text, re.DOTALL)
    if not found:
        _refuse("no scheme", FORMS)
    scheme = found[1].lower()
    if scheme not in _TCP and scheme not in _SOCKETS:
        words = _OTHER_SCHEMES.get(scheme)
        _refuse(f"{scheme}://" if words else "another scheme", words or FORMS)
    return scheme, found[2]


def _query(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        _refuse("the same word twice behind the ?", "it once")
    return dict(pairs)


def _tcp(scheme: str, parts: SplitResult, port: int | None, query: dict[str, str]) -> RedisAddress:
    tls = _TCP[scheme]
    if not parts.hostname or "," in parts.netloc.rpartition("@")[2]:
        _refuse("no host" if not parts.hostname else "several hosts", f"{scheme}://HOST:PORT/DATABASE")
    if port == 0:
        _refuse("port 0", f"{scheme}://HOST:PORT/DATABASE")
    files = _tls_words(query, f"{scheme}://HOST:PORT", tls=tls)
    user, password = _who(parts)
    database = _database(scheme, parts.path)
    return RedisAddress(_text(parts.hostname), port or PORT, "", database, user, password, tls, **files)


def _database(scheme: str, path: str) -> int:
    number = path.removeprefix("/")
    if not re.fullmatch(r"[0-9]{0,6}", number):
        _refuse("a path that is no database's number", f"{scheme}://HOST:PORT/0; in a password write / as %2F")
    return int(number or 0)


def _tls_words(query: dict[str, str], form: str, *, tls: bool) -> dict[str, str]:
    for word, value in query.items():
        _check_word(word, value, form, tls=tls)
    if ("ssl_certfile" in query) != ("ssl_keyfile" in query):
        _refuse("one of ssl_certfile= and ssl_keyfile=", "both")
    return {_FILES[word]: value for word, value in query.items() if word in _FILES}


def _check_word(word: str, value: str, form: str, *, tls: bool) -> None:
    known = word in _FILES or word in _CHECKED
    if known and not tls:
        _refuse(f"?{word}=", "rediss:// with it: redis:// is not encrypted")
    if word in _FILES and not value.startswith("/"):
        _refuse(f"?{word}=", "the whole path of a file")
    if word in _CHECKED and value not in _CHECKED[word]:
        _refuse(f"?{word}=", _NEVER_UNCHECKED)
    if not known:
        _refuse_word(word, value, f"{form}/{_number(value)}")


def _socket(scheme: str, parts: SplitResult, query: dict[str, str]) -> RedisAddress:
    if parts.hostname or len(parts.path) < 2 or parts.path.endswith("/"):
        _refuse("no path of a socket", "three slashes before it: redis+socket:///PATH")
    number = query.pop("virtual_host", "0") if scheme == "redis+socket" else "0"
    if not re.fullmatch(r"[0-9]{1,6}", number):
        _refuse("?virtual_host= without a number", SOCKET_FORM)
    for word, value in query.items():
        _refuse_word(word, value, f"redis+socket:///PATH?virtual_host={_number(value)}")
    user, password = _who(parts)
    return RedisAddress(socket=_text(parts.path), database=int(number), user=user, password=password)


def _refuse_word(word: str, value: str, with_database: str) -> NoReturn:
    """What stands behind the ? and is none of our words; only what is surely no secret is repeated."""
    if word in ("db", "database", "virtual_host", "vhost"):
        _refuse(f"?{word}=", f"the database as in {with_database}")
    if word in _OTHER_WORDS:
        _refuse(f"?{word}=", _OTHER_WORDS[word])
    named = f"?{word}=" if re.fullmatch(r"[a-z][a-z_]{0,30}", word) and value else "a word that is not known"
    _refuse(named, f"nothing behind the ? but {', '.join(_FILES)}; a ? in a password is written %3F")


def _number(value: str) -> str:
    return value if re.fullmatch(r"[0-9]{1,6}", value) else "2"


def _who(parts: SplitResult) -> tuple[str | None, str | None]:
    """User and password; an empty one is none."""
    user, password = (_text(part or "") or None for part in (parts.username, parts.password))
    return user, password


def _text(part: str) -> str:
    """What a part says that may be percent-encoded."""
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        _refuse("percent-encoding that is no UTF-8", "each character as its bytes in UTF-8, such as %C3%A9")


def _refuse(found: str, expected: str) -> NoReturn:
    raise ValueError(f"found {found}, expected {expected}")
