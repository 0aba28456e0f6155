"""What it costs to read a comment into whose words it holds, against reading it as plain text and looking for a vote in
it, which was all that was done before: the median of the ratios of rounds that take turns, in one process.
"""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

from config import protocol_file
from tests.bench.parts.figure import Figure, show
from worker.escalation.comments import authorship, own_texts, vote
from worker.escalation.comments.vote import ENGLISH
from worker.jira.text.reading import plain, read

SHORT = "SEV-2: check-in is down, reception writes on paper\n\nThe new index is to blame.\n\nClient: It is down."
LONG = "\n\n".join(
    [SHORT, *("A rollback takes an hour, and the night shift has to be asked for it first." for _ in range(20))]
)


def figures(quick: bool) -> Iterator[Figure]:
    """The ratio for a usual comment and for a long one, on both flavours."""
    rules = protocol_file.load()
    texts, begins = own_texts.texts(rules), vote.begins(rules.grades, ENGLISH)

    def whole(body: object) -> None:
        authorship.read.cache_clear()
        vote.read(authorship.read(read(body).passages, texts, begins), rules.grades)

    def text_only(body: object) -> None:
        vote.read(plain(body), rules.grades)

    for name, text in (("a usual comment", SHORT), ("a long one", LONG)):
        for flavour, body in (("Data Center", text), ("Cloud", _document(text))):
            ratio = _ratio(lambda body=body: whole(body), lambda body=body: text_only(body), 5 if quick else 41)
            yield Figure(f"reading {name}, {flavour}, against its plain text", f"{ratio:.2f} ×", "≤ 2 ×")


def _document(text: str) -> dict[str, object]:
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": part}]} for part in text.split("\n\n")]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _ratio(new: Callable[[], None], old: Callable[[], None], rounds: int) -> float:
    return median(_seconds(new) / _seconds(old) for _ in range(rounds))


def _seconds(what: Callable[[], None], times: int = 50) -> float:
    began = perf_counter()
    for _ in range(times):
        what()
    return perf_counter() - began


if __name__ == "__main__":
    show(figures)
