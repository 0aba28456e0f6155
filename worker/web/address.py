"""The address of the web process: whether it can be had, and how it is called. Nothing else of HTTP is known here."""

import errno
import os
import socket

from config import ConfigError

# The name that listens on every address is no name to call; IPv6 is not answered on IPv4's addresses.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only how it is called
_OTHER_HOST = "expected a host name or address of this machine, such as 127.0.0.1 or 0.0.0.0 (every one): set HOST"


def url(host: str, port: int) -> str:
    """The address in a URL's form, without a slash at its end; IPv6 stands in brackets."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def host_here(host: str) -> str:
    """The host as this machine calls it."""
    return _EVERYWHERE.get(host, host)


def url_here(host: str, port: int) -> str:
    """As `url`, as this machine calls it."""
    return url(host_here(host), port)


def check(host: str, port: int, setting: str = "PORT") -> None:
    """Find out whether a process could listen there, by listening for a moment.

    Args:
        setting: the setting or option that gave the port.

    Raises:
        ConfigError: it could not; the setting that is to blame, and what would do.
    """
    try:
        each = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise ConfigError(f"HOST: found '{host}', which no address is known for, {_OTHER_HOST}") from None
    for family, _, _, _, name in each:
        try:
            socket.create_server(name, family=family).close()
        except OSError as error:
            raise ConfigError(_refusal(host, port, error, setting)) from None


def _refusal(host: str, port: int, error: OSError, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        taken = f"found {port}, which another program has on {host}"
        return f"{setting}: {taken}, expected a free one: set {setting}, or stop that"
    if error.errno == errno.EACCES:
        return f"{setting}: found {port}, which only root may have, expected one from 1024 up: set {setting}"
    return f"HOST: found '{host}', where nothing can listen ({os.strerror(error.errno or 0)}), {_OTHER_HOST}"
