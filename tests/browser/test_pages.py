"""Board, ticket and report in Chromium, on both flavours, with everything that can be wrong on them: axe finds nothing
serious, light and dark; nothing is cut at 360 px; the first screen of a phone says what is wrong now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from sandbox import Sandbox
from tests.board.conftest import Board, Pages, Watched, served
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_access import TOO_WIDE, serious
from tests.storytelling import MONDAY, Clock
from worker.board.view import Sources
from worker.look.failures import Failed
from worker.queue import store
from worker.run import embedded_redis

pytestmark = pytest.mark.slow
TOKEN = "a token of this test"


@dataclass
class Shown:
    """Where the pages are, the tickets by what is the matter with them, and the board they are shown by."""

    url: str
    keys: dict[str, str]
    board: Board

    def paths(self) -> dict[str, str]:
        """A page of each kind, and a ticket in each state."""
        tickets = {name: f"/ticket/{key}" for name, key in self.keys.items()}
        return {"board": "/", "part": "/?state=stalled", "report": "/report", "unknown": "/ticket/SUP-999", **tickets}


@pytest.fixture(scope="module", params=["cloud", "dc"])
def shown(request: pytest.FixtureRequest, valkey: embedded_redis.Server) -> Iterator[Shown]:
    clock = Clock(MONDAY - timedelta(days=7))
    with Sandbox(request.param, clock=clock) as jira, store.connect(valkey.url) as client:
        client.flushall()
        board = told(Watched(jira, clock, client), client)
        with served(Pages(board.http(TOKEN), board.ticket(TOKEN))) as url:
            yield Shown(url, board.keys, board)


class Told(Board):
    """A board, with the keys of its tickets by what is the matter with them."""

    keys: dict[str, str]


def told(story: Watched, client: redis.Redis) -> Told:
    """Tickets in every state, the worst at the end of its second week."""
    keys: dict[str, str] = {}

    def asked(name: str, summary: str) -> None:
        story.key = keys[name] = story.jira.create_ticket("SUP", summary)
        story.request()

    asked("kept", "Orders are charged twice")
    story.vote("SEV-1: x", "SEV-1: x", "")
    story.jira.close(story.key)
    story.settle()
    asked("broken", "Nightly export to the bank fails since the last update, in every clinic there is")
    story.say("engineering-manager", "SEV-1 - it is all down", by="petra")
    story.vote("SEV-2: x", "SEV-2: x\n\nClient: The nightly export stops. <b>Upload</b> the file by hand.", "Other: x")
    story.jira.set_due(story.key, date(2026, 12, 3), by="petra")
    story.settle()
    story.forward(hours=60)
    asked("withdrawn", "Labels print twice")
    story.jira.unlabel(story.key, "escalation-requested")
    story.settle()
    asked("stalled", "Customers see each other's order history")
    story.forward(hours=26)
    for name, votes in (("sev1", "SEV-1: x"), ("sev2", "SEV-2: x"), ("other", "Other: x")):
        asked(name, f"A ticket that becomes {name}, with a summary that is longer than a phone is wide")
        story.vote(votes, votes, votes)
    asked("judged", "The logo on printed invoices is cut off")
    story.vote("SEV-2: x")
    story.context.failures.note("9", "OPS-9", [Failed("due date", "The field is hidden.", "Show the field.")])
    context = story.context
    sources = Sources(context.protocol, context.board, context.queue, context.failures, 300, expires=date(2027, 3, 1))
    board = Told(sources, story.clock)
    board.keys = keys
    for key in keys.values():
        story.key = key
        story.look()
    return board


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A window whose reader has the token, in which nothing may go wrong unseen."""
    context = browser.new_context(http_credentials={"username": "anybody", "password": TOKEN}, viewport=DESKTOP)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if said.type == "error" and "404" not in said.text else None
    )
    yield page
    context.close()
    assert not wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(shown: Shown, window: Page, scheme: str) -> None:
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    wanted = shown.paths() if scheme == "light" else ("board", "broken", "judged", "report")  # of each kind one
    for name in wanted:
        window.goto(shown.url + shown.paths()[name])
        assert serious(window) == [], name


def test_nothing_is_cut_at_360_pixels(shown: Shown, window: Page) -> None:
    window.set_viewport_size({"width": 360, "height": 800})
    for name, path in shown.paths().items():
        window.goto(shown.url + path)
        assert window.evaluate(TOO_WIDE) == [], name


def test_the_first_screen_of_a_phone_says_what_is_wrong_now(shown: Shown, window: Page) -> None:
    window.set_viewport_size(PHONE)
    window.goto(shown.url)
    for words in ("Needs somebody now", "broken", "stalled", "Nightly export", "late"):
        expect(window.locator("[data-part=now]").get_by_text(words).first).to_be_in_viewport()


def test_from_the_board_to_the_ticket_and_back(shown: Shown, window: Page) -> None:
    window.goto(shown.url)
    window.get_by_role("link", name=shown.keys["broken"]).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("Nightly export to the bank")
    expect(window.locator(".state")).to_contain_text("The fix was promised for the night that ended")
    expect(window.locator(".said.client")).to_contain_text("<b>Upload</b> the file by hand.")
    expect(window.locator(".story")).to_contain_text("its author does not hold the seat")
    expect(window.locator(".story")).to_contain_text("Due date left alone: changed by a person")
    window.get_by_role("link", name="Escalations").click()
    window.get_by_role("link", name="The whole report").click()
    expect(window.get_by_role("heading", name="Promises broken")).to_be_visible()


def test_a_part_is_chosen_by_keyboard_and_can_be_shared(shown: Shown, window: Page) -> None:
    window.goto(shown.url)
    window.get_by_text("Show a part").focus()
    window.keyboard.press("Enter")
    window.get_by_label("State").select_option("stalled")
    window.get_by_role("button", name="Show").press("Enter")
    expect(window).to_have_url(f"{shown.url}/?project=&state=stalled&person=")
    expect(window.locator(".row")).to_have_count(1)
    window.get_by_role("link", name="Show all").click()
    expect(window.locator(".row").nth(3)).to_be_visible()


def test_severity_has_the_same_colour_on_every_page(shown: Shown, window: Page) -> None:
    seen = set()
    for path in ("/", f"/ticket/{shown.keys['broken']}", "/report"):
        window.goto(shown.url + path)
        chip = window.locator(".chip", has_text="SEV-2").first
        seen.add(chip.evaluate("one => getComputedStyle(one).color + getComputedStyle(one).backgroundColor"))
    assert len(seen) == 1


def test_the_board_renews_itself_without_losing_what_is_open(shown: Shown, window: Page) -> None:
    window.clock.install()
    window.goto(shown.url)
    window.get_by_text("Show a part").click()
    before = window.locator("[data-part=at]").text_content()
    shown.board.clock.forward(minutes=1)
    window.wait_for_timeout(1_100)  # until then another reader gets the same page
    window.clock.fast_forward(16_000)
    expect(window.locator("[data-part=at]")).not_to_have_text(str(before))
    expect(window.get_by_label("State")).to_be_visible()


def test_the_report_prints_on_white(shown: Shown, window: Page) -> None:
    window.emulate_media(media="print", color_scheme="dark")
    window.goto(f"{shown.url}/report")
    assert window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(window.get_by_role("link", name="← Escalations")).to_be_hidden()
