"""What is kept from one process for the next: found only as long as everything it depends on is as it was, believed
only where nobody else can have written it, and never missed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ConfigError, protocol_file, public_holidays, values
from config.checking import parser
from config.kept import results as kept
from config.kept.plain import decoded, encoded
from config.protocol import FINDERS, TABLES, Protocol
from config.public_holidays import Holiday, Year

ROOT = Path(__file__).parents[2]
DEFAULT = (ROOT / "config" / "protocol.toml").read_text(encoding="utf-8")
EXPLAIN = ("explain", "--grade", "SEV-2", "--graded-at", "2026-11-25T15:00-05:00", "--json")
GATE = ("gate", "--at", "2026-11-24T22:00:00-05:00", "--json")


class Shelf:
    """A folder for what is kept, and a protocol file; each reading is as that of a new process."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch, self.checked = folder / "caches" / "escalation-worker", patch, 0
        self.file = folder / "protocol.toml"
        self.file.write_text(DEFAULT, encoding="utf-8")
        patch.setenv("XDG_CACHE_HOME", str(self.folder.parent))
        really = parser.parse

        def counted(source: str, *, beside: Path) -> Protocol:
            self.checked += 1
            return really(source, beside=beside)

        patch.setattr(parser, "parse", counted)

    def read(self) -> Protocol:
        """The protocol, as a process that has just been started reads it."""
        protocol_file._known.cache_clear()
        kept._basis.cache_clear()
        return protocol_file.load(self.file)

    def checks(self) -> int:
        """How often the file is checked by two processes, one after the other."""
        before = self.checked
        assert self.read() == self.read() == parser.parse(DEFAULT, beside=self.file.parent)
        return self.checked - before - 1

    @property
    def entry(self) -> Path:
        """The one thing that is kept."""
        (entry,) = self.folder.iterdir()
        return entry


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    kept._basis.cache_clear()
    yield Shelf(tmp_path, monkeypatch)
    kept._basis.cache_clear()


# it is found


def test_what_was_checked_is_not_checked_again(shelf: Shelf) -> None:
    assert (shelf.checks(), shelf.checks()) == (1, 0)
    assert (shelf.folder.stat().st_mode & 0o777, shelf.entry.stat().st_mode & 0o777) == (0o700, 0o600)


def test_what_a_calendar_says_of_a_year_is_kept_and_so_are_its_names(shelf: Shelf) -> None:
    asked: list[Callable[[], object]] = [
        lambda: public_holidays.of_year.__wrapped__("DE", 2027),
        lambda: public_holidays._translations.__wrapped__("NYSE"),
    ]
    first = [ask() for ask in asked]
    shelf.patch.setattr(public_holidays, "_look_up", None)
    assert [ask() for ask in asked] == first
    year = first[0]
    assert isinstance(year, Year)
    assert year.holidays[date(2027, 5, 6)] == (Holiday("Christi Himmelfahrt"),)
    assert len(list(shelf.folder.iterdir())) == 2


# it is not found once anything it depends on has changed


def changed_file(shelf: Shelf) -> None:
    shelf.file.write_text(DEFAULT + "\n", encoding="utf-8")


def other_folder(shelf: Shelf) -> None:
    there = shelf.file.parent / "elsewhere"
    there.mkdir()
    shelf.file = shelf.file.replace(there / "protocol.toml")


def changed_checker(shelf: Shelf) -> None:
    copy = shelf.file.parent / "config"
    shutil.copytree(ROOT / "config", copy, dirs_exist_ok=True)
    with (copy / "checking" / "contradictions.py").open("a", encoding="utf-8") as file:
        file.write("\n")
    shelf.patch.setattr(kept, "_CODE", copy)


def other_python(shelf: Shelf) -> None:
    shelf.patch.setattr(sys, "version", "4.0")


def installed(shelf: Shelf, *versions: str) -> None:
    """The `holidays` package lies elsewhere, and pip has noted these versions of it there."""
    there = shelf.file.parent / "packages"
    (there / "holidays").mkdir(parents=True)
    (there / "holidays" / "__init__.py").touch()
    for version in versions:
        (there / f"holidays-{version}.dist-info").mkdir()
    shelf.patch.delitem(sys.modules, "holidays", raising=False)
    shelf.patch.syspath_prepend(there)


def other_holidays(shelf: Shelf) -> None:
    installed(shelf, "9.9")


@pytest.mark.parametrize(
    "change",
    [changed_file, other_folder, changed_checker, other_python, other_holidays],
    ids=lambda each: each.__name__,
)
def test_whatever_has_changed_is_checked_again(shelf: Shelf, change: Callable[[Shelf], None]) -> None:
    shelf.read()
    change(shelf)
    shelf.checked = 0
    shelf.read()
    assert (shelf.checked, len(list(shelf.folder.iterdir()))) == (1, 2)
    shelf.read()
    assert shelf.checked == 1


def test_a_year_of_another_version_of_the_calendars_is_looked_up_again(shelf: Shelf) -> None:
    first = kept.or_made(lambda: "old", "year", "US", "2027", of=())
    other_holidays(shelf)
    kept._basis.cache_clear()
    assert (first, kept.or_made(lambda: "new", "year", "US", "2027", of=())) == ("old", "new")


def test_nothing_is_kept_where_a_version_cannot_be_told(shelf: Shelf) -> None:
    installed(shelf)
    assert shelf.checks() == 2
    assert not shelf.folder.exists()


def test_nothing_is_kept_where_our_own_code_cannot_be_read(shelf: Shelf, tmp_path: Path) -> None:
    shelf.patch.setattr(kept, "_CODE", tmp_path / "an archive.zip")
    assert shelf.checks() == 2
    assert not shelf.folder.exists()


def test_what_was_made_while_somebody_installed_another_version_is_not_kept(shelf: Shelf) -> None:
    def make() -> str:
        other_python(shelf)
        return "made by the new one"

    kept._basis.cache_clear()
    assert kept.or_made(make, "key", of=()) == "made by the new one"
    assert not shelf.folder.exists()


def test_what_the_world_outside_adds_is_asked_each_time(shelf: Shelf) -> None:
    texts = shelf.file.parent / "texts"
    texts.mkdir()
    shelf.file.write_text(DEFAULT.replace('messages = ""', 'messages = "texts"'), encoding="utf-8")
    assert shelf.read().messages == shelf.read().messages == str(texts)
    assert shelf.checked == 1
    texts.rmdir()
    with pytest.raises(ConfigError, match=r"messages: found .*, expected a folder of texts that is there"):
        shelf.read()
    texts.mkdir()
    assert shelf.read().messages == str(texts)


def test_a_zone_that_is_known_no_longer_is_refused(shelf: Shelf) -> None:
    shelf.read()

    def known_no_longer(key: str) -> None:
        raise LookupError(key)

    shelf.patch.setattr(values, "ZoneInfo", known_no_longer)
    with pytest.raises(ConfigError, match="timezone: found 'America/New_York', expected a known time zone"):
        shelf.read()


def test_a_wrong_file_is_refused_each_time_in_the_same_words(shelf: Shelf) -> None:
    shelf.file.write_text(DEFAULT.replace('"US" ', '"us" ').replace('"median"', '"medain"'), encoding="utf-8")
    said = []
    for _ in range(2):
        with pytest.raises(ConfigError) as refused:
            shelf.read()
        said.append(refused.value.mistakes)
    assert said[0] == said[1]
    assert len(said[0]) == shelf.checked == 2
    assert not shelf.folder.exists()


# it is believed only as it was written, and by whom


@pytest.mark.parametrize(
    "garble",
    [
        lambda data: b"",
        lambda data: data[:1],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b" ",
        lambda data: data.replace(b"21:00", b"23:00"),
        lambda data: b"\x00" * len(data),
        lambda data: b"\xff" + data[1:],
        lambda data: b"{}",
    ],
)
def test_what_is_not_whole_is_made_anew(shelf: Shelf, garble: Callable[[bytes], bytes]) -> None:
    shelf.read()
    whole = shelf.entry.read_bytes()
    shelf.entry.write_bytes(garble(whole))
    assert shelf.checks() == 1
    assert shelf.entry.read_bytes() == whole


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes and owners are a matter of Unix")
class TestOnUnix:
    @pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
    def test_a_folder_that_others_may_write_is_not_believed(self, shelf: Shelf, mode: int) -> None:
        shelf.read()
        shelf.folder.chmod(mode)
        assert shelf.checks() == 2

    def test_a_file_that_others_may_write_is_not_believed(self, shelf: Shelf) -> None:
        shelf.read()
        shelf.entry.chmod(0o620)
        assert shelf.checks() == 1
        assert shelf.entry.stat().st_mode & 0o777 == 0o600

    def test_what_belongs_to_somebody_else_is_not_believed(self, shelf: Shelf) -> None:
        shelf.read()
        before = shelf.entry.read_bytes()
        shelf.patch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert shelf.checks() == 2
        assert shelf.entry.read_bytes() == before

    def test_nothing_is_left_in_the_home_of_somebody_else(self, shelf: Shelf, tmp_path: Path) -> None:
        """As `sudo -E` would."""
        home = tmp_path / "home"
        home.mkdir()
        if os.geteuid() == 0:
            os.chown(home, 12_345, 12_345)
        else:
            shelf.patch.setattr(os, "geteuid", lambda: 12_345)
        shelf.patch.delenv("XDG_CACHE_HOME")
        shelf.patch.setenv("HOME", str(home))
        assert shelf.checks() == 2
        assert list(home.iterdir()) == []

    def test_a_link_to_another_folder_is_not_followed(self, shelf: Shelf, tmp_path: Path) -> None:
        shelf.read()
        there = shelf.folder.rename(tmp_path / "there")
        shelf.folder.symlink_to(there)
        shelf.file.write_text(DEFAULT + "\n", encoding="utf-8")
        assert shelf.checks() == 2
        assert len(list(there.iterdir())) == 1
        shelf.file.write_text(DEFAULT, encoding="utf-8")
        assert shelf.checks() == 2


# where it cannot be kept, it is only slower


@pytest.mark.parametrize("base", ["a file", "nowhere/at/all", "relative", ""])
def test_where_there_is_no_folder_nothing_is_kept_and_nothing_is_said(
    shelf: Shelf, base: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    shelf.patch.setenv("XDG_CACHE_HOME", base if base in ("relative", "") else str(tmp_path / base))
    shelf.patch.setenv("HOME", str(tmp_path / "a home that is not there"))
    assert shelf.checks() == 2
    assert {path.name for path in tmp_path.iterdir()} == {"a file", "protocol.toml"}
    assert capfd.readouterr() == ("", "")


def test_a_full_disk_leaves_nothing_behind(shelf: Shelf) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    shelf.patch.setattr(Path, "replace", full)
    assert shelf.checks() == 2
    assert list(shelf.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("set_", "folder"),
    [
        (
            {"CACHE_DIRECTORY": "/var/cache/one", "XDG_CACHE_HOME": "/x", "HOME": "/h"},
            "/var/cache/one/escalation-worker",
        ),
        ({"CACHE_DIRECTORY": "/c/one:/c/two"}, "/c/one/escalation-worker"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/escalation-worker"),
        ({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "/h/.cache/escalation-worker"),
        ({"HOME": "h"}, None),
        ({"HOME": "/"}, None),
        ({"HOME": ""}, None),
    ],
)
def test_where_it_is_kept(set_: dict[str, str], folder: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CACHE_DIRECTORY", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    assert kept.folder() == (Path(folder) if folder else None)


@pytest.mark.skipif(os.name == "nt", reason="Windows names the folder itself")
def test_where_the_environment_names_no_home_the_system_does(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    for name in ("CACHE_DIRECTORY", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    entry = pwd.getpwuid(os.getuid())
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd((*entry[:5], "/home/of-anna", entry[6])))
    assert kept.folder() == Path("/home/of-anna/.cache/escalation-worker")

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert kept.folder() is None


def test_the_oldest_are_forgotten(shelf: Shelf) -> None:
    shelf.folder.mkdir(parents=True, mode=0o700)
    for age in range(2 * kept.MOST):  # drafts of killed processes among them
        file = shelf.folder / f"{age}.1.1"
        file.touch()
        os.utime(file, (1_700_000_000 - age,) * 2)
    shelf.read()
    assert len(list(shelf.folder.iterdir())) == kept.MOST
    assert (shelf.folder / "0.1.1").exists()
    assert shelf.checks() == 0


def command(words: tuple[str, ...], caches: Path, folder: Path) -> "subprocess.Popen[str]":
    line = [sys.executable, "-m", "worker.commands.main", *words]
    env = {"XDG_CACHE_HOME": str(caches), "PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_many_processes_at_once_write_the_same(tmp_path: Path) -> None:
    asked = [command(EXPLAIN, tmp_path / "caches", tmp_path) for _ in range(4)]
    said = {process.communicate(timeout=50) for process in asked}
    ((out, err),) = said
    assert json.loads(out)["due_date"] == "2026-11-27" and err == ""
    assert len(list((tmp_path / "caches" / "escalation-worker").iterdir())) == 2


# what is written is what is read


@dataclass(frozen=True)
class Strange:
    """A value of every kind."""

    held: object


ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(minutes=330))])
INSTANTS = st.datetimes(timezones=ZONES)
PLAIN = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.text()), *(st.dates(), st.times(), st.timedeltas(), INSTANTS)
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner).map(tuple) | st.frozensets(inner), max_leaves=12)


def again(value: object, *of: type) -> Any:
    """The value, written and read."""
    return decoded(json.loads(json.dumps(encoded(value))), of)


@given(VALUES | st.dictionaries(st.dates(), VALUES))
def test_every_value_is_the_same_again(value: object) -> None:
    read = again(Strange(value), Strange)
    assert read == Strange(value)
    assert type(read.held) is type(value)


def test_what_cannot_be_told_apart_again_is_not_written() -> None:
    for strange in ([1], {1, 2}, 1.5, b"bytes", object()):
        with pytest.raises(TypeError, match="is not kept"):
            encoded(strange)


NAMES = st.sampled_from(["Anna", "ben", "5b10ac8d82e05b22cc7d4ef5", "Zoë 'Z' O\"Hara", "名前"])
DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))
SPANS = st.tuples(DATES, DATES).map(sorted).map(list)
WINDOWS = st.tuples(INSTANTS, INSTANTS).filter(lambda pair: pair[0] < pair[1]).map(list)
MINUTES = st.integers(1, 20_000).map(lambda count: f"{count}m")
SWITCHES = st.booleans()
BUSINESS = st.fixed_dictionaries(
    {},
    optional={
        "opens": st.times(time(0, 1), time(11)),
        "closes": st.sampled_from(["24:00", "21:00", "12:30"]),
        "gate_days": st.sampled_from(["all", "business-days"]),
        "holidays": st.sampled_from(["US", "DE", "NYSE", "none"]),
        "weekend": st.sampled_from(["calendar", [], ["friday", "saturday"]]),
        "worked_weekends": SWITCHES,
        "extra_holidays": st.lists(DATES),
        "ignored_holidays": st.lists(DATES),
        "overnight": st.sampled_from(["night-of", "night-before"]),
        "same_day_cutoff": st.sampled_from(["17:00", "24:00"]),
        "freezes": st.lists(SPANS | DATES, max_size=3),
        "extra_windows": st.lists(WINDOWS, max_size=3),
    },
)
SEAT = st.fixed_dictionaries(
    {"title": NAMES},
    optional={
        "substitutes": st.lists(NAMES),
        "field": st.just("customfield_1"),
        "find": st.lists(st.sampled_from(FINDERS)),
        "members": st.lists(NAMES),
    },
)
RAW = st.fixed_dictionaries(
    {"panel": st.lists(SEAT, min_size=2, max_size=4), "business": BUSINESS},
    optional={
        "timezone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
        "language": st.sampled_from(["en", "de", "en-GB"]),
        "client": st.fixed_dictionaries({"closing": SWITCHES, "told_through": st.lists(NAMES)}),
        "tracking": st.fixed_dictionaries({"tell_within": MINUTES, "remind_every": MINUTES}),
        "internal": st.fixed_dictionaries({"role": NAMES}),
        "projects": st.dictionaries(
            st.sampled_from(["SUP", "OPS"]), st.fixed_dictionaries({"client": st.just({"comment": "off"})})
        ),
    },
)


@settings(max_examples=50)
@given(RAW)
def test_every_protocol_is_the_same_again(raw: dict[str, Any]) -> None:
    seats = [{**seat, "name": f"seat {at}", "holder": f"holder {at}"} for at, seat in enumerate(raw["panel"])]
    protocol = parser.parse({**raw, "panel": {"seats": seats, "chair": "seat 0"}})
    read = again(protocol, *TABLES)
    assert read == protocol
    assert hash(read) == hash(protocol)
    assert (read.zone, read.ours, read.by_project) == (protocol.zone, protocol.ours, protocol.by_project)
