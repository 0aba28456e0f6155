"""The grammar of JQL, as far as the sandbox speaks it: text → clauses and ordering.

It knows nothing of issues; jql_matching.py does. What it cannot read it refuses as Jira does, with 400, never by
guessing.
"""

import re
from dataclasses import dataclass

from sandbox.http.errors import JiraError, bad

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<op><=|>=|!=|!~|=|<|>|~)|(?P<punct>[(),])|(?P<word>[^\s()=!<>~,"']+))""",
    re.VERBOSE,
)
_KEYWORDS = {"and", "or", "not", "in", "is", "empty", "null", "order", "by", "asc", "desc"}


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    quoted: bool = False

    def means(self, word: str) -> bool:
        return not self.quoted and self.text.lower() == word


@dataclass(frozen=True, slots=True)
class Value:
    """An operand: a literal, or a function when `arguments` is not None."""

    text: str
    arguments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator values`; the operators are lower case, with `in`, `not in`, `is empty` and `is not empty`."""

    field: str
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Node"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Node", ...]


Node = Clause | Not | All | Some


@dataclass(frozen=True, slots=True)
class Query:
    """`where` is None when nothing restricts the query; `order` holds (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...]


def parse(text: str) -> Query:
    """JiraError 400 with Jira's kind of message when the text is no JQL."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    out, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            where = f"(line 1, character {at + 1})"
            raise bad(f"Error in the JQL Query: The character '{text[at]}' is a reserved JQL character. {where}")
        at = match.end()
        quoted = match.group("quoted")
        out.append(Token(re.sub(r"\\(.)", r"\1", quoted[1:-1]), True) if quoted else Token(match.group().strip()))
    return out


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def query(self) -> Query:
        where = None if self._end() or self._sees("order") else self._some()
        order = self._order() if self._takes("order") else ()
        if not self._end():
            raise self._error("Expecting either 'OR' or 'AND'")
        return Query(where, order)

    def _some(self) -> Node:
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        if self._takes("not"):
            return Not(self._one())
        if self._takes("("):
            inner = self._some()
            self._needs(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._name("a field name").lower()
        if self._takes("is"):
            return self._emptiness(field)
        negative = self._takes("not")
        if negative or self._sees("in"):
            self._needs("in")
            return Clause(field, "not in" if negative else "in", self._list())
        operator = self._operator()
        if operator in ("=", "!=") and (self._takes("empty") or self._takes("null")):
            return Clause(field, "is empty" if operator == "=" else "is not empty")
        return Clause(field, operator, (self._value(),))

    def _emptiness(self, field: str) -> Clause:
        negative = self._takes("not")
        if not (self._takes("empty") or self._takes("null")):
            raise self._error("Expecting 'EMPTY' or 'NULL'")
        return Clause(field, "is not empty" if negative else "is empty")

    def _operator(self) -> str:
        if (
            self._end()
            or self.tokens[self.at].quoted
            or self.tokens[self.at].text not in ("=", "!=", "<", "<=", ">", ">=", "~", "!~")
        ):
            raise self._error("Expecting operator but got")
        self.at += 1
        return self.tokens[self.at - 1].text

    def _list(self) -> tuple[Value, ...]:
        self._needs("(")
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        self._needs(")")
        return tuple(values)

    def _value(self) -> Value:
        quoted = not self._end() and self.tokens[self.at].quoted
        text = self._name("a value")
        if quoted or not self._takes("("):
            return Value(text)
        arguments: list[str] = []
        while not self._takes(")"):
            arguments.append(self._name("an argument"))
            self._takes(",")
        return Value(text, tuple(arguments))

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._needs("by")
        out = [self._sort()]
        while self._takes(","):
            out.append(self._sort())
        if len(out) > 7:
            raise bad("Error in the JQL Query: at most 7 fields may be given in ORDER BY.")
        return tuple(out)

    def _sort(self) -> tuple[str, bool]:
        field = self._name("a field to order by").lower()
        descending = self._takes("desc")
        if not descending:
            self._takes("asc")
        return field, descending

    def _name(self, what: str) -> str:
        token = None if self._end() else self.tokens[self.at]
        if token is None or (not token.quoted and (token.text in "(),=!<>~" or token.text.lower() in _KEYWORDS)):
            raise self._error(f"Expecting {what}")
        self.at += 1
        return token.text

    def _end(self) -> bool:
        return self.at >= len(self.tokens)

    def _sees(self, word: str) -> bool:
        return not self._end() and self.tokens[self.at].means(word)

    def _takes(self, word: str) -> bool:
        seen = self._sees(word)
        self.at += seen
        return seen

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise self._error(f"Expecting '{word.upper()}'")

    def _error(self, expected: str) -> JiraError:
        got = "the end of the query" if self._end() else f"'{self.tokens[self.at].text}'"
        return bad(f"Error in the JQL Query: {expected} but got {got}. (line 1, character {self.at + 1})")
