"""Where Redis is by the environment, read without any other setting: REDIS_URL, REDIS_CA_FILE, REDIS_KEY_PREFIX.

For commands that need Redis alone and must answer at once, whatever else is set or missing. `config.settings` reads the
same variables by the same functions. No mistake shows what is in REDIS_URL.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from config import ConfigError, mistakes_in, redis_address, secret_files
from config.redis_address import RedisAddress

URL, CA_FILE, KEY_PREFIX = "REDIS_URL", "REDIS_CA_FILE", "REDIS_KEY_PREFIX"
EXPECTED = {
    URL: f"an address: {redis_address.FORMS}",
    CA_FILE: "the path of a file of certificates (PEM)",
    KEY_PREFIX: "up to 64 letters, digits and _ . : / - such as 'escalation:'",
}


def found(variables: Mapping[str, str]) -> RedisAddress:
    """The address that these variables give.

    Raises:
        ConfigError: they give none, or one of them is wrong; one line for each.
    """
    url, prefix = _url(variables), variables.get(KEY_PREFIX, "")
    if wrong := mistakes_in(lambda: _check_url(url), lambda: _check_prefix(prefix)):
        raise ConfigError(*wrong)
    ca_file = variables.get(CA_FILE)
    check_together(url, ca_file)
    if url is None:
        raise ConfigError(f"{URL}: not set, expected {EXPECTED[URL]}")
    return together(url, Path(ca_file) if ca_file else None, prefix)


def _url(variables: Mapping[str, str]) -> str | None:
    """What REDIS_URL is, be it in a file."""
    name = URL.lower()
    lying = secret_files.find([name], variables).get(name)
    return (lying.read(name).strip() if lying else variables.get(URL)) or None


def _check_url(url: str | None) -> None:
    try:
        if url is not None:
            redis_address.read(url)
    except ValueError as error:
        raise ConfigError(f"{URL}: {error}") from None  # in words that show nothing of it


def _check_prefix(text: str) -> None:
    if not is_prefix(text):
        from config.mistakes import line  # noqa: PLC0415 - only where there is one

        raise ConfigError(line(KEY_PREFIX, text, EXPECTED[KEY_PREFIX]))


def is_prefix(text: str) -> bool:
    """Whether keys may begin with it."""
    return re.fullmatch(r"[A-Za-z0-9_.:/-]{0,64}", text) is not None


def check_together(url: object, ca_file: object) -> None:
    """Raises ConfigError where certificates are named for no address."""
    if ca_file and not url:
        raise ConfigError(f"{CA_FILE}: set, expected a {URL} beside it that begins with rediss://")


def together(url: str, ca_file: Path | None, prefix: str) -> RedisAddress:
    """The address of a `url` that is one.

    Raises:
        ConfigError: REDIS_CA_FILE does not go with it.
    """
    try:
        return replace(redis_address.read(url).trusting(ca_file), prefix=prefix)
    except ValueError as error:
        raise ConfigError(f"{CA_FILE}: set, {error}") from None
