"""Logs: one line per event, on stderr."""

import json
import logging

import pytest
import structlog

from worker import log


@pytest.fixture(autouse=True)
def _as_it_was() -> object:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_json_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("json")
    structlog.get_logger().info("looked", issue="10040")
    logging.getLogger("celery").warning("broker %s", "gone")
    out, err = capsys.readouterr()
    ours, theirs = map(json.loads, err.splitlines())
    assert (ours["event"], ours["issue"], theirs["event"], out) == ("looked", "10040", "broker gone", "")


def test_plain_for_people_and_only_what_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("console", "WARNING")
    structlog.get_logger().info("looked")
    structlog.get_logger().warning("waiting", issue="10040")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "waiting" in lines[0] and "10040" in lines[0]


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_traceback_shows_what_a_variable_holds(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """In a process of its own structlog may have found `rich`, whose tracebacks show local variables."""
    log.set_up(form)  # type: ignore[arg-type]
    password = "".join(("hunter2", "swordfish"))
    try:
        raise ValueError(len(password))
    except ValueError as error:
        structlog.get_logger().error("look met a bug", exc_info=error)
    said = capsys.readouterr().err
    assert "ValueError" in said and password not in said
