"""What Jira says when it refuses: one exception that carries the status and Jira's own error shape.

It never decides anything; dispatch.py turns it into an answer.
"""


class JiraError(Exception):
    """A refusal as Jira words it: general sentences in `messages`, sentences about one field in `fields`."""

    def __init__(
        self,
        status: int,
        *messages: str,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, messages, fields)
        self.status = status
        self.messages = list(messages)
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """`{"errorMessages": [...], "errors": {...}}`, the shape of every Jira refusal."""
        return {"errorMessages": self.messages, "errors": self.fields}

    def desk_body(self) -> dict[str, object]:
        """The service desk's own shape of a refusal."""
        text = " ".join([*self.messages, *self.fields.values()])
        return {"errorMessage": text, "i18nErrorMessage": {"i18nKey": "sandbox.refused", "parameters": []}}


def bad(*messages: str, **fields: str) -> JiraError:
    """A 400 with general messages, or with messages on fields."""
    return JiraError(400, *messages, fields=fields)


def no_issue() -> JiraError:
    """What Jira answers both for a ticket that is not there and for one that may not be seen."""
    return JiraError(404, "Issue does not exist or you do not have permission to see it.")


def not_on_screen(field: str) -> str:
    """Jira's sentence for a field that is missing from the screen, unknown, or not permitted."""
    return f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."
