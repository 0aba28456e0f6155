"""Where notifications go: the addresses in NOTIFY_URLS, each sent to by the `apprise` package, an optional extra.

The only place that knows that package. It is imported when there is a target and not before, because it takes its time.
An address holds secrets nearly everywhere, so none is ever shown: people are told its place in NOTIFY_URLS, its scheme,
and its host where that is a host.
"""

import hashlib
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from config import ConfigError

INSTALL = f"{sys.executable} -m pip install apprise"
_STATUS = re.compile(r"error\s*[=:]\s*(\d{3})|\b([45]\d\d)\b")


@dataclass(frozen=True, slots=True)
class Target:
    """One address: `name` is what may be shown of it, `id` names it in Redis."""

    id: str
    name: str
    service: Any = field(repr=False)

    def send(self, title: str, body: str) -> str:
        """Sends one message; gives nothing, or what was wrong in a few words that hold no secret."""
        with _overheard() as heard:
            try:
                taken = self.service.notify(title=title, body=body)
            except Exception as error:  # a hundred services, each with failures of its own
                return f"failed with {type(error).__name__}"
        return "" if taken else _trouble(heard)


def targets(urls: Sequence[SecretStr]) -> tuple[Target, ...]:
    """The targets at these addresses, in their order.

    Raises:
        ConfigError: the extra is not installed, or an address is none; it is named by its place alone.
    """
    if not urls:
        return ()
    service = _services()
    found = [service(url.get_secret_value()) for url in urls]
    wrong = [place for place, each in enumerate(found, 1) if each is None]
    if wrong:
        raise ConfigError(*(_wrong(place) for place in wrong))
    return tuple(_target(place, url, each) for place, (url, each) in enumerate(zip(urls, found, strict=True), 1))


def _services() -> Any:
    """What makes a service of an address, or None where it knows none."""
    try:
        import apprise  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            f"NOTIFY_URLS: found addresses, but what sends to them is not installed; expected: {INSTALL}"
        ) from None
    logging.getLogger("apprise").propagate = False  # it quotes addresses; what matters of its words is in `_trouble`
    for wire in ("urllib3", "requests", "httpx"):  # at DEBUG they tell the paths of the calls, which are secrets here
        logging.getLogger(wire).setLevel(max(logging.INFO, logging.getLogger(wire).level))
    asset = apprise.AppriseAsset(
        app_id="Escalation worker", app_desc="", app_url="", image_url_mask="", image_url_logo="", async_mode=False
    )
    return lambda url: apprise.Apprise.instantiate(url, asset=asset)


def _wrong(place: int) -> str:
    return (
        f"NOTIFY_URLS: found an address at place {place} that is not shown and that no service knows, "
        "expected one such as slack://…, mailtos://… or json://…, commas inside it written as %2C"
    )


def _target(place: int, url: SecretStr, service: Any) -> Target:
    secret = url.get_secret_value()
    scheme = secret.partition("://")[0].lower()
    host = service.host if "host" in service.template_tokens else None  # elsewhere its place is taken by a token
    id = hashlib.sha256(secret.encode()).hexdigest()[:16]
    return Target(id, f"{place} ({scheme}://{host or '…'})", service)


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What the package says while it sends; nobody else hears it."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear, logger = Ear(logging.WARNING), logging.getLogger("apprise")
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)


def _trouble(heard: Sequence[str]) -> str:
    words = " ".join(heard)
    status = _STATUS.search(words)
    if status:
        return f"answered {status[1] or status[2]}"
    if re.search("connection|timed? ?out|unreachable|resolve", words, re.IGNORECASE):
        return "could not be reached"
    return "did not take the message"
