"""What all of these suites need."""

import logging

import pytest


@pytest.fixture(autouse=True)
def silent() -> None:
    """The sandbox's server would print a traceback for every caller that died."""
    logging.getLogger("uvicorn.error").addFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False
