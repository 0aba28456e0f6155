"""The colours that every page takes from config/style.css: words stay legible, in light, in dark and on paper."""

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "config" / "style.css").read_text(encoding="utf-8")
LIGHT, DARK, PRINTED = (
    dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\n *\}", STYLE, re.S)
)
MEANINGS = ("red", "amber", "slate", "green", "blue")
ON_GROUND = [(word, ground) for word in ("ink", "soft", "link", *MEANINGS) for ground in ("paper", "card")]
ON_TINT = [(word, f"{name}-tint") for name in MEANINGS for word in (name, "ink", "link", "soft")]
ON_FILL = [("on-fill", fill) for fill in ("link", "red")]


@pytest.mark.parametrize("theme", [LIGHT, DARK, PRINTED], ids=["light", "dark", "printed"])
@pytest.mark.parametrize(("word", "ground"), [*ON_GROUND, *ON_TINT, *ON_FILL])
def test_words_stand_out_from_what_is_behind_them(theme: dict[str, str], word: str, ground: str) -> None:
    assert contrast(theme[word], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("bar", MEANINGS)
def test_a_bar_stands_out_from_its_trough(theme: dict[str, str], bar: str) -> None:
    assert contrast(theme[bar], theme["trough"]) >= 3


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """By WCAG 2.2, "relative luminance"."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
