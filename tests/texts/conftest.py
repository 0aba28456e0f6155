"""The shipped texts, in every language they come in."""

import pytest

from config import messages, protocol_file
from config.protocol import Protocol

LANGUAGES = messages.shipped()


@pytest.fixture(params=LANGUAGES)
def rules(request: pytest.FixtureRequest) -> Protocol:
    """The default protocol, its texts in one of the languages."""
    return protocol_file.load().model_copy(update={"language": request.param})


@pytest.fixture
def german() -> Protocol:
    return protocol_file.load().model_copy(update={"language": "de"})
