"""The page of all texts in a real browser: switches by keyboard and without a script, axe, a narrow phone."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_access import TOO_WIDE, serious
from tests.browser.test_round import PANEL, vote

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("texts"))


def written(folder: Path, *arguments: str, beside: Path | None = None) -> str:
    file = folder / "texts.html"
    command = [sys.executable, "-m", "worker.commands.main", "preview", *arguments, "--html", str(file)]
    subprocess.run(command, cwd=beside or folder, check=True, capture_output=True, timeout=60)
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut(sample: str, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(sample)
    assert serious(page) == []
    for width in (360, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(TOO_WIDE) == []
    assert serious(page) == []


def test_the_switches_work_by_keyboard_and_without_a_script(sample: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sample)
    answer = page.get_by_role("region", name="The answer client", exact=True)
    expect(answer.locator("article:visible")).to_have_count(1)
    expect(answer).to_contain_text("Severity: SEV-2.", use_inner_text=True)
    page.get_by_role("radio", name="SEV-2").focus()
    page.keyboard.press("ArrowLeft")
    expect(answer).to_contain_text("Severity: SEV-1.", use_inner_text=True)
    page.get_by_role("radio", name="de").check(force=True)
    expect(answer).to_contain_text("Schweregrad: SEV-1.", use_inner_text=True)
    page.get_by_role("radio", name="Engineering Manager").check(force=True)
    expect(page.get_by_role("region", name="Evaluation colleagues").locator("article:visible")).to_have_count(1)
    subject = answer.get_by_text("Subject:").locator("visible=true")
    expect(subject).to_have_count(0)
    page.get_by_role("radio", name="mail").check(force=True)
    expect(subject).to_have_count(1)
    page.get_by_role("link", name="Override of the gate").click()
    expect(page.get_by_role("region", name="Override of the gate colleagues")).to_be_in_viewport()
    context.close()


def test_of_a_graded_ticket_on_data_center(data_center: Demo, page: Page, tmp_path: Path) -> None:
    key = data_center.requested("Labels are printed twice")
    page.goto(f"{data_center.sandbox}/#{key}")
    for who in PANEL:
        vote(page, who, "SEV-2")
    expect(page.locator(".answer")).to_be_visible(timeout=10_000)
    page.goto(written(tmp_path, key, beside=data_center.folder))
    said = page.get_by_role("region", name="Said of the decision that stands")
    expect(said.get_by_text("Was said, ")).to_have_count(2)
    expect(said).to_contain_text("Severity: SEV-2.")
    assert serious(page) == []
