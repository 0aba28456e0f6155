"""Makes the pictures of README and docs from the real thing: `.venv/bin/python -m tests.browser.pictures`.

It starts the system as a newcomer does, lets a few weeks pass on the sandbox's clock, and photographs its pages. The
pictures land in docs/pictures; look at them before they are kept.
"""

from datetime import datetime, time, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from sandbox.page.clock_jumps import ZONE
from tests.browser.conftest import PHONE, Demo, browsing, running

FOLDER = Path("docs/pictures")
WINDOW = {"width": 1280, "height": 800}
TOKEN = "who has it sees names"
LATE = 1  # the week whose promise is broken
LARGEST, COLOURS = 150_000, 128
PAST = (
    ("Orders are charged twice", ("SEV-1", "SEV-1", "SEV-2")),
    ("The planner shows last week", ("SEV-2", "SEV-2", "OTHER")),
    ("Reports open slowly", ("OTHER", "OTHER", "SEV-2")),
)


def main() -> None:
    """Makes them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, running(Path(folder), GATE_TOKEN=TOKEN) as demo, browsing() as browser:
        page = browser.new_page(viewport=WINDOW, reduced_motion="reduce")
        page.goto(demo.sandbox)
        weeks_pass(demo, page)
        to_hour(demo, page, time(10, 12))
        sandbox(demo, page)
        board(demo, browser)


def weeks_pass(demo: Demo, page: Page) -> None:
    """A history for the plots: a decision a week, one of them not resolved in time."""
    for week, (summary, grades) in zip(range(6), cycle(PAST), strict=False):
        to_hour(demo, page, time(9, 30))
        key = opened(demo, page, summary)
        forward(demo, page, timedelta(minutes=11 + 9 * week))
        decided(demo, page, key, grades)
        forward(demo, page, timedelta(days=3) if week == LATE else timedelta(hours=5))
        demo.ask(f"/ticket/{key}/close", {"as": "erin"})
        page.wait_for_timeout(700)


def sandbox(demo: Demo, page: Page) -> None:
    """The page of the sandbox in the middle of a round, and what a panelist reads."""
    opened(demo, page, "", "SUP-2")
    voted(demo, page, "SUP-2", ("SEV-2: two clients have seen it, about once in fifty sign-ins",))
    page.wait_for_timeout(800)
    page.evaluate("scrollTo(0, 0)")
    photograph(page, "sandbox.png")
    page.set_viewport_size(PHONE)
    evaluation = page.locator(".evaluation", has=page.locator("form.vote")).last
    evaluation.get_by_text("What the worker asks here").click()
    photograph(evaluation, "evaluation.png")


def board(demo: Demo, browser: Browser) -> None:
    """The board with a broken promise, a stalled round, an open one, a promise that runs and some history; and the page
    of the ticket whose promise is broken."""
    context = browser.new_context(
        viewport={"width": 1100, "height": 800},
        reduced_motion="reduce",
        http_credentials={"username": "anybody", "password": TOKEN},
    )
    page = context.new_page()
    page.goto(demo.sandbox)
    broken = opened(demo, page, "Sign-in takes a minute in two clinics")
    decided(demo, page, broken, ("SEV-2", "SEV-2", "OTHER"))
    forward(demo, page, timedelta(days=3))
    key = opened(demo, page, "", "SUP-1")
    decided(demo, page, key, ("SEV-2", "SEV-2", "SEV-1"))
    voted(demo, page, opened(demo, page, "The logo on printed invoices is cut off"), ("SEV-2: as discussed",))
    forward(demo, page, timedelta(minutes=40))
    page.wait_for_timeout(1_500)
    page.goto(demo.board)
    photograph(page, "board.png", whole=True)
    page.goto(f"{demo.board}ticket/{broken}")
    photograph(page, "ticket.png", whole=True)


def opened(demo: Demo, page: Page, summary: str, key: str = "") -> str:
    """A ticket whose three evaluations are there."""
    key = key or demo.reported(summary)
    demo.ask(f"/ticket/{key}/label", {"label": "escalation-requested", "as": "sam"})
    page.goto(f"{demo.sandbox}/#{key}")
    page.locator("form.vote").nth(2).wait_for()
    return key


def decided(demo: Demo, page: Page, key: str, grades: tuple[str, ...]) -> None:
    voted(demo, page, key, tuple(f"{grade}: as discussed" for grade in grades))
    page.locator(".stages li.done", has_text="Client told").wait_for()


def voted(demo: Demo, page: Page, key: str, texts: tuple[str, ...]) -> None:
    for one, text in zip(demo.ask(f"/ticket/{key}")["subtasks"], texts, strict=False):
        demo.ask(f"/ticket/{one['key']}/comment", {"text": text, "as": one["assignee"]})
    page.locator(".evaluation.done").nth(len(texts) - 1).wait_for()


def to_hour(demo: Demo, page: Page, hour: time) -> None:
    """The next Tuesday, or any later one, at that hour in New York."""
    now = datetime.fromisoformat(demo.ask("/site")["now"]).astimezone(ZONE)
    day = now.date() + timedelta(days=(1 - now.weekday()) % 7 or 7)
    forward(demo, page, datetime.combine(day, hour, ZONE) - now)


def forward(demo: Demo, page: Page, span: timedelta) -> None:
    """The clock moves on, and the worker's with it."""
    demo.ask("/settings", {"forward": span.total_seconds()})
    page.wait_for_timeout(900)


def photograph(what: Page | Locator, name: str, *, whole: bool = False) -> None:
    path = FOLDER / name
    if isinstance(what, Page):
        what.screenshot(path=path, full_page=whole)
    else:
        what.screenshot(path=path)
    with Image.open(path) as picture:  # few colours are enough for a page, and take a third of the room
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size // 1000} kB")
    assert size < LARGEST, "make the window smaller"


if __name__ == "__main__":
    main()
