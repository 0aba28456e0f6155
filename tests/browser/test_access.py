"""Both pages for everybody: axe finds nothing serious, in light and dark; a phone need not scroll sideways."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Demo

pytestmark = pytest.mark.slow
TOO_WIDE = """[...document.querySelectorAll("body *")]
    .filter((one) => document.documentElement.scrollWidth > innerWidth)
    .filter((one) => one.getBoundingClientRect().right > innerWidth)
    .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def busy(demo: Demo, browser: Browser) -> Demo:
    """With a graded ticket and one whose panel has not answered, so that every part of the pages is there."""
    page = browser.new_page()
    for votes in (3, 1):
        key = demo.requested("Reports cannot be opened")
        page.goto(f"{demo.sandbox}/#{key}")
        expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
        panel = demo.ask(f"/ticket/{key}")["subtasks"]
        for one in panel[:votes]:
            demo.ask(f"/ticket/{one['key']}/comment", {"text": "SEV-2: slow\n\nClient: Slow.", "as": one["assignee"]})
        expect(page.locator("form.vote")).to_have_count(3 - votes, timeout=10_000)
    page.close()
    return demo


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(busy: Demo, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    for ticket in busy.ask("/tickets")[-2:]:
        page.goto(f"{busy.sandbox}/#{ticket['key']}")
        page.get_by_role("heading", name="The panel").wait_for()
        for closed in page.locator("details").all():
            closed.evaluate("one => one.open = true")
        assert serious(page) == []
    page.goto(busy.board)
    assert serious(page) == []


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [320, 360, PHONE["width"]])
def test_a_phone_need_not_scroll_sideways(busy: Demo, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": PHONE["height"]})
    for address in (f"{busy.sandbox}/#{busy.ask('/tickets')[-1]['key']}", busy.board):
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(300)
        assert page.evaluate(TOO_WIDE) == [], address


def test_the_board_works_without_a_script(busy: Demo, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(busy.board)
    expect(page.get_by_role("heading", name="Being judged")).to_be_visible()
    expect(page.locator(".row", has_text="Waits for").first).to_contain_text("Engineering Manager")
    context.close()


def test_the_board_is_fetched_again_without_losing_the_focus(busy: Demo, page: Page) -> None:
    page.clock.install()
    page.goto(busy.board)
    link = page.locator(".row a").first
    name = link.text_content()
    link.focus()
    before = page.locator("[data-part=at]").text_content()
    busy.ask("/settings", {"forward": 60})
    time.sleep(1.1)  # until then another reader gets the same page
    page.clock.fast_forward(61_000)
    expect(page.locator("[data-part=at]")).not_to_have_text(str(before))
    assert page.evaluate("document.activeElement.textContent") == name
