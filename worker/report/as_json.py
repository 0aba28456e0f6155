"""The report as JSON. Its keys are documented in docs/report.md and stay as they are: programs read them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worker.escalation.dates.calendar import elapsed
from worker.escalation.views.outcomes import Standing
from worker.report.figures import Figures, Row


def as_json(figures: Figures) -> dict[str, Any]:
    """Instants as RFC 3339 with the offset of the protocol's zone, lengths of time in seconds, null for nothing."""
    zone = figures.zone
    return {
        "since": _instant(figures.since, zone),
        "until": _instant(figures.until, zone),
        "timezone": zone.key,
        "total": _row(figures.total),
        "grades": [{"grade": row.grade, **_row(row)} for row in figures.grades],
        "weeks": [{"week": row.week, "grade": row.grade, **_row(row)} for row in figures.by_week],
        "breaches": [
            {"key": each.key, "round": each.round, "grade": each.grade, "at": _instant(each.at, zone)}
            for each in figures.breaches
        ],
        "at_risk": _standing(figures.at_risk, zone),
        "waiting": _waiting(figures),
        "graded_open": _standing(figures.graded_open, zone),
        "ended_without_grade": [{"reason": reason, "keys": list(keys)} for reason, keys in figures.ended],
        "stalled": list(figures.stalled),
        "answers": {
            "sent": sum(each.sent for each in figures.answers),
            "without_reasons": [each.key for each in figures.answers if each.reasons is False],
            "by_request": [
                {"key": each.key, "grade": each.grade, "sent": each.sent, "requests": list(each.requests)}
                | {"reasons": each.reasons}
                for each in figures.answers
            ],
        },
        "overrides": None if figures.overrides is None else [each.to_json() for each in figures.overrides],
        "client_not_told": _standing(figures.untold, zone),
        "unreadable": figures.unreadable,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "graded": row.graded,
        "timed": row.timed,
        "median_seconds": _seconds(row.median),
        "p90_seconds": _seconds(row.p90),
        "kept": row.kept,
        "broken": row.broken,
        "open": row.open,
    }


def _waiting(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "key": each.key,
            "evaluation": each.evaluation,
            "seat": each.seat,
            "person": each.person or None,
            "since": _instant(each.since, figures.zone),
            "seconds": _seconds(elapsed(each.since, figures.until)),
        }
        for each in figures.waiting
    ]


def _standing(tickets: Sequence[Standing], zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {
            "key": each.key,
            "grade": each.grade,
            "graded_at": _instant(each.graded_at, zone),
            "breaks_at": _instant(each.breaks_at, zone),
        }
        for each in tickets
    ]


def _instant(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())  # cut off, as in words
