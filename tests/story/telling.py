"""What the stories read out of Jira: our texts as a person sees them, and who may see them."""

from sandbox import CommentView
from tests.storytelling import Story
from worker.jira.text.reading import plain


def told(story: Story) -> list[str]:
    """What the client has read from us, as plain text."""
    return [plain(comment.body) for comment in story.to_client()]


def noted(story: Story, words: str) -> list[str]:
    """What we wrote for colleagues with these words in it, as plain text."""
    return [text for text in map(plain, (comment.body for comment in hidden(story))) if words in text]


def hidden(story: Story) -> list[CommentView]:
    """Everything we wrote for colleagues, on the ticket and on all evaluations."""
    seen = {comment.id for comment in story.to_client()}
    issues = (story.now, *story.evaluations())
    return [c for issue in issues for c in issue.comments if c.author == "bot" and c.id not in seen]


def assert_nothing_leaks(story: Story, *, answers: int = 1, role: str = "") -> None:
    """So many answers to the client; all else is flagged internal (service project) or where no client reads."""
    assert len(story.to_client()) == answers
    if story.now.project == "SUP":
        assert all(c.properties.get("sd.public.comment") == {"internal": True} for c in hidden(story))
    else:
        on_ticket = [c for c in story.now.comments if c.author == "bot" and c not in story.to_client()]
        assert all(c.visibility and c.visibility["value"] == role for c in on_ticket)


def failed_steps(story: Story) -> list[str]:
    """The steps that stand as failed in the record."""
    return [failure["step"] for failure in story.record.get("failures", [])]
