"""What a newcomer does in the first two minutes, clicked in Chromium through the real system."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_access import serious

pytestmark = pytest.mark.slow
PANEL = ("Petra Project", "Sam Support", "Erin Engineering")


def vote(page: Page, who: str, grade: str) -> None:
    """Presses a grade; a vote that is recorded closes its evaluation, and its buttons go."""
    buttons = page.get_by_role("group", name=f"Vote as {who}")
    buttons.get_by_role("button", name=grade).click()
    expect(buttons).to_have_count(0, timeout=10_000)


def test_from_a_click_to_a_broken_promise(demo: Demo, page: Page, browser: Browser) -> None:
    key = demo.reported("The warehouse scanner shows yesterday's stock")
    page.goto(f"{demo.sandbox}/browse/{key}")
    page.get_by_role("button", name="Request escalation").click()
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
    page.get_by_label("For the client").nth(1).fill("Scanners lag behind; counting by hand works.")
    for who, grade in zip(PANEL, ("SEV-1", "SEV-2", "SEV-2"), strict=True):
        vote(page, who, grade)
    expect(page.locator("#ticket .due")).to_be_visible(timeout=10_000)
    expect(page.locator("#ticket .chip", has_text="sev-2")).to_be_visible()
    answer = page.get_by_role("article", name="What Clara Client was told", exact=True)
    expect(answer).to_contain_text("Scanners lag behind; counting by hand works.")
    expect(answer).to_be_in_viewport()
    expect(page.locator("#turns")).to_contain_text(f"tells the client on {key}")
    expect(page.locator("#next")).to_contain_text("is graded")

    board = browser.new_page()
    board.goto(demo.board)
    row = board.locator(".row", has=board.get_by_role("link", name=key, exact=True))
    expect(row).to_contain_text("night, 21:00 ET")

    page.get_by_role("button", name="the worker's next look").click()
    expect(page.locator("#ticket .chip", has_text="sla-at-risk")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="the end of that night").click()
    expect(page.locator("#ticket .chip", has_text="sla-breached")).to_be_visible(timeout=15_000)
    expect(page.locator(".stages .bad")).to_contain_text("Promise broken")
    page.wait_for_timeout(1_100)  # a page of the board is as old as a second
    board.reload()
    expect(row).to_contain_text("Promise broken since")
    board.close()

    page.get_by_role("button", name="Close the ticket").click()
    expect(page.locator("#next")).to_contain_text("is closed, after its promise was broken")


def test_on_data_center_markup_is_shown_and_the_client_s_view_is_a_button(data_center: Demo, page: Page) -> None:
    key = data_center.reported("The night shift cannot log in")
    page.goto(f"{data_center.sandbox}/browse/{key}")
    expect(page.locator("#flavour")).to_have_text("Data Center")
    page.get_by_role("button", name="Request escalation").click()
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
    page.get_by_text("What the worker asks here").first.click()
    asked = page.locator(".text.asked").first
    expect(asked.locator("th").first).to_have_text("Grade")
    expect(asked).not_to_contain_text("{panel}")
    for who in PANEL[:2]:
        vote(page, who, "SEV-1")
    expect(page.get_by_role("article", name="What Clara Client was told", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("button", name="the end of that day")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="View as Clara Client, the client").click()
    expect(page.locator("#next")).to_contain_text("as the client who asked")
    expect(page.locator("#ticket")).not_to_contain_text("The panel")
    page.get_by_role("button", name="Back to Support's view").click()
    page.get_by_role("button", name="the end of that day").click()
    expect(page.locator(".stages .bad")).to_contain_text("Promise broken", timeout=15_000)


def test_a_rule_of_automation_alone_and_begin_again(demo: Demo, page: Page) -> None:
    page.goto(demo.sandbox)
    page.get_by_text("A rule of Jira Automation").click()
    page.get_by_label("instead of the webhook").check()
    page.get_by_role("button", name="Make the rule").click()
    expect(page.locator("#rules")).to_have_text("One rule tells the worker of changes.")
    key = demo.requested("Only a rule tells of this")
    page.goto(f"{demo.sandbox}/#{key}")
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
    page.get_by_text("Begin again").click()
    page.get_by_role("button", name="Reset the sandbox").click()
    expect(page.locator("#tickets > li")).to_have_count(5, timeout=10_000)
    expect(page.locator("#rules")).to_contain_text("None yet")
    page.get_by_role("button", name="Request escalation").click()
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)


def test_the_panel_is_reminded_when_the_clock_is_moved(demo: Demo, page: Page) -> None:
    key = demo.requested("Labels are printed twice")
    page.goto(f"{demo.sandbox}/#{key}")
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
    page.get_by_role("button", name="+1 day").click()
    expect(page.locator("#next")).to_contain_text("0 of 3 have voted")
    page.get_by_role("button", name="business hours begin").click()
    page.get_by_role("button", name="+1 day").click()
    expect(page.locator("#turns")).to_contain_text(f"notes for colleagues on {key}", timeout=15_000)


def test_a_whole_round_by_keyboard_alone(demo: Demo, page: Page) -> None:
    key = demo.reported("Invoices carry the wrong address")
    page.goto(f"{demo.sandbox}/#{key}")
    tab_to(page, "Request escalation")
    page.keyboard.press("Enter")
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
    for left in (3, 2, 1):
        tab_to(page, "Why?")
        page.keyboard.type("it can be done by hand")
        for _ in range(4):  # over the words for the client and the two graver grades
            page.keyboard.press("Tab")
        assert focused(page) == "Other"
        page.keyboard.press("Enter")
        expect(page.locator("form.vote")).to_have_count(left - 1, timeout=10_000)
    expect(page.locator("#ticket .chip", has_text="sev-other")).to_be_visible(timeout=10_000)


def test_half_written_words_and_the_focus_outlast_news(demo: Demo, page: Page) -> None:
    key = demo.requested("The search finds nothing")
    page.goto(f"{demo.sandbox}/#{key}")
    expect(page.locator("form.vote")).to_have_count(3, timeout=10_000)
    field = page.get_by_label("Why?").nth(2)
    field.fill("Half a sen")
    vote_of_another = demo.ask(f"/ticket/{key}")["subtasks"][0]["key"]
    demo.ask(f"/ticket/{vote_of_another}/comment", {"text": "SEV-2: slow", "as": "petra"})
    expect(page.locator("form.vote")).to_have_count(2, timeout=10_000)
    page.keyboard.type("tence")
    assert page.get_by_label("Why?").nth(1).input_value() == "Half a sentence"


def test_what_people_write_stays_text(demo: Demo, page: Page) -> None:
    key = demo.reported("<img src=x onerror=alert(1)>", description="<script>alert(2)</script>")
    page.goto(f"{demo.sandbox}/#{key}")
    expect(page.locator("#ticket h2")).to_contain_text("<img src=x")
    expect(page.locator("#ticket")).to_contain_text("<script>alert(2)</script>")


def focused(page: Page) -> str:
    """The words of what has the focus: its own, or those of its label."""
    return str(
        page.evaluate("(e => (e.labels?.[0]?.textContent || e.textContent || '').trim())(document.activeElement)")
    )


def tab_to(page: Page, words: str) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        if focused(page).startswith(words):
            return
    raise AssertionError(f"{words} cannot be reached with the keyboard")
