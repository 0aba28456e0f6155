"""How much of a delivery is read, and what is refused for not being JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.web.event import read

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON) | st.text() | st.integers(0, 9) | st.none())
def test_what_is_no_object_is_read_whole(value: object) -> None:
    assert read(json.dumps(value).encode()) == value


@given(st.dictionaries(st.text(), JSON), st.sampled_from(["issue", "comment", "user", "changelog"]))
def test_an_event_of_another_shape_is_read_whole(more: dict[str, Any], name: str) -> None:
    event = more | {name: "something else"}
    assert read(json.dumps(event).encode()) == event


@given(JSON, JSON)
def test_of_an_event_only_what_counts_is_read(said: object, kept: object) -> None:
    issue = {"id": kept, "key": said, "fields": {"labels": kept, "summary": said}}
    event = {"timestamp": said, "webhookEvent": kept, "issue": issue, "user": {"accountId": kept, "displayName": said}}
    assert read(json.dumps(event, ensure_ascii=False).encode()) == {
        "webhookEvent": kept,
        "issue": {"id": kept, "fields": {"labels": kept}},
        "user": {"accountId": kept},
    }


FIELDS = b'"labels": ["sev-1"], "summary": "a \\"[ ]", "odd": %s, "parent": {"id": "3"}'
EVENT = b'{"webhookEvent": "x", "issue": {"id": "7", "fields": {%s}}}' % FIELDS
DEEP = [b"[", b'{"a": ', b'[{"}": "]", "a": ']


@pytest.mark.parametrize("depth", [1, 44, 45, 46, 47, 48, 900, 1_000, 5_000, 60_000])
@pytest.mark.parametrize("opening", DEEP)
def test_however_deep_it_is_nested_what_counts_is_read(opening: bytes, depth: int) -> None:
    """The depth at which parsers give up is another in each version of Python; what is read is the same."""
    closing = bytes(reversed(opening)).translate(bytes.maketrans(b"[{", b"]}"), b'a": }],')
    event = EVENT % (opening * depth + b'"\\"[{"' + closing * depth)
    assert read(event) == {
        "webhookEvent": "x",
        "issue": {"id": "7", "fields": {"labels": ["sev-1"], "parent": {"id": "3"}}},
    }


@pytest.mark.parametrize(
    "wrong", [b"[" * 5_000 + b"]" * 4_999, b"[" * 5_000 + b"]" * 5_001, b"[" * 5_000 + b"}" * 5_000]
)
def test_deep_brackets_that_do_not_match_are_no_json(wrong: bytes) -> None:
    for place in (b"%s", b'{"a": %s}', EVENT):
        with pytest.raises(ValueError):
            read(place % wrong)


HALVES = ["\\ud83d", "\\ude00", "\\ud83d and", "\\ude00\\ud83d", "\\ud83d\\u0041", "é \\uD83D"]
PASSED_OVER = '{"webhookEvent": "x", "issue": {"id": "7", "fields": {"summary": "%s"}}}'
READ = ['{"issue": {"id": "%s"}}', '{"issue": ["%s"]}', '{"user": {"%s": 1}}', '["%s"]', '"%s"', '{"%s": 1}']


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("place", [PASSED_OVER, *READ])
def test_half_an_emoji_is_json(place: str, half: str) -> None:
    text = place.replace("%s", half)
    assert read(text.encode()) == json.loads(text)


@pytest.mark.parametrize("place", ['{"summary": %s}', '{"issue": {"id": %s}}', '{"issue": [0, %s]}', "%s"])
@pytest.mark.parametrize(
    "wrong",
    [b"", b"{", b"NaN", b"01", b"tru", b'"\n"', b"[1,]", b'"\xff"', b'"\xed\xa0\x80"', b'"x', b"{} {}", b"[" * 100_000],
)
def test_what_is_no_json_is_found_wherever_it_stands(place: str, wrong: bytes) -> None:
    before, after = place.encode().split(b"%s")
    with pytest.raises(ValueError):
        read(before + wrong + after)
    with pytest.raises(ValueError):
        read(b'["\\ud83d", ' + before + wrong + after + b"]")
