"""What the processes say about themselves: one line per event on stderr, JSON for machines or plain for people.

Standard output belongs to the commands' answers, so nothing is ever logged there. Secrets never reach a log: settings
hold them as SecretStr, and no event carries headers or text from a ticket.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def set_up(form: Literal["json", "console"] | None = None, level: str = "INFO") -> None:
    """Send our own and the libraries' logs to stderr; without a `form` people at a terminal get the plain one."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(form or ("console" if sys.stderr.isatty() else "json")))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)
    for chatty in ("celery.worker.strategy", "celery.app.trace"):  # two lines per doorbell, which carries no news
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # what nobody will read is not put together
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _formatter(form: str) -> logging.Formatter:
    end: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if form == "console":
        # Where `rich` is installed the default one shows local variables, and with them secrets.
        plain = structlog.dev.plain_traceback
        end = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=processors)
