"""How the stories read what was written: by its words, whatever the markup of the flavour does around them."""

from collections.abc import Callable

from tests.storytelling import Story
from worker.escalation.texts.document import words


def says(text: str, phrase: str) -> bool:
    return words(phrase) in words(text)


def calls(story: Story, nick: str, text: str) -> bool:
    """Whether the text mentions somebody, in either markup."""
    name = f"@{story.jira.user(nick).display_name}" if story.jira.flavour == "cloud" else f"[~{nick}]"
    return name in text


def notes(story: Story, phrase: str) -> list[str]:
    """Everything for colleagues, wherever it stands, that holds the phrase."""
    return [text for text in story.internal() if says(text, phrase)]


def replies(story: Story, seat: str, phrase: str = "", round: int = 1) -> list[str]:
    """What we wrote on the seat's evaluation."""
    ours = [comment.text for comment in story.evaluation(seat, round).comments if comment.author == "bot"]
    return [text for text in ours if says(text, phrase)]


def decision(story: Story) -> tuple[str, str] | None:
    """The grade and how it came to be, as the record has it."""
    found = story.record.get("decision")
    return (found["grade"], found["how"]) if found else None


def quiet(story: Story, act: Callable[[], object]) -> bool:
    """Whether the worker leaves Jira as it is when it looks after that."""
    act()
    return story.look().writes == 0
