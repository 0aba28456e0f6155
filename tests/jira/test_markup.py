"""Texts in and out of Jira's markup: prose stays prose, attacks stay text, and what was written can be read back.

Where `MARKUP_CONVERTER` names a node_modules folder with Atlassian's own converter of wiki markup, that is the judge.
"""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from config import protocol_file
from config.messages import CLOSE, OPEN, Mention, Rendered
from config.protocol import GRADES
from worker.escalation.comments.vote import Vote, read
from worker.escalation.texts import wording
from worker.escalation.texts.document import Block, Document, Span, clean, parse, words
from worker.escalation.views import preview
from worker.jira.text.markup import LIMIT, adf, neutralise, wiki
from worker.jira.text.reading import plain

Convert = Callable[[list[str]], list[dict[str, Any]]]

SCHEMA = Path(__file__).parents[3] / "shared" / "contract" / "specs" / "adf-full.json"
ZERO_WIDTH = "\u200b"

# What people may try, and how it goes to Jira; "·" stands for a character without width.
ATTACKS = (
    ("[~accountid:5b10]", r"\[\~accountid:5b10]"),
    ("[~admin]", r"\[\~admin]"),
    ("[~petra] SEV-2", r"\[\~petra] SEV-2"),
    (r"\[~admin]", r"＼\[\~admin]"),
    (r"\\[~admin]", r"＼＼\[\~admin]"),
    ("[[~admin]]", r"\[\[\~admin]]"),
    ("[text|https://evil.example]", r"\[text\|https·://evil.example]"),
    ("[https://evil.example]", r"\[https·://evil.example]"),
    ("[x|https://evil.example|smart-card]", r"\[x\|https·://evil.example\|smart-card]"),
    ("[x|https://evil.example|smart-embed]", r"\[x\|https·://evil.example\|smart-embed]"),
    ("[x|javascript:alert(1)]", r"\[x\|javascript:alert(1)]"),
    ("[^file.pdf]", r"\[\^file.pdf]"),
    ("[#anchor]", r"\[#anchor]"),
    ("!https://evil.example/x.png!", r"\!https·://evil.example/x.png!"),
    ("!x.png|width=1,height=1!", r"\!x.png\|width=1,height=1!"),
    (r"\!x.png!", r"＼\!x.png!"),
    ("(wow)!x.png!", r"(wow)\!x.png!"),
    ('Help!!!"x!', 'Help\\!\\!\\!"x!'),
    ('{adf}{"type":"mention"}{adf}', '\\{·adf\\}\\{"type":"mention"\\}\\{·adf\\}'),
    ("{quote}a{quote}", r"\{·quote\}a\{·quote\}"),
    ("{quote:x}", r"\{·quote:x\}"),
    ("{panel:title=SEV-1}a{panel}", r"\{·panel:title=SEV-1\}a\{·panel\}"),
    ("{color:red}a{color}", r"\{·color:red\}a\{·color\}"),
    ("{code:java}", r"\{·code:java\}"),
    ("{noformat}a{noformat}[~z]{noformat}", r"\{·noformat\}a\{·noformat\}\[\~z]\{·noformat\}"),
    ("{anchor:x}", r"\{·anchor:x\}"),
    ("{html}<b>{html}", r"\{·html\}<b>\{·html\}"),
    ("{{mono}}", r"\{\{·mono\}\}"),
    ("{*}a{*}", r"\{\*\}a\{\*\}"),
    ("{}", r"\{\}"),
    ("h1. Title", "h1·. Title"),
    (" h6. Title", " h6·. Title"),
    ("bq. quoted", "bq·. quoted"),
    ("a\nh3. Title", "a\nh3·. Title"),
    ("* item", r"\* item"),
    ("** item", r"\** item"),
    ("- item", r"\- item"),
    ("# item", r"\# item"),
    ("*# item", r"\*# item"),
    (" - item", r" \- item"),
    ("a\n- item", "a\n\\- item"),
    ("----", r"\-\-\-\-"),
    ("a -- b", r"a \-\- b"),
    ("a --- b", r"a \-\-\- b"),
    ("a--b", r"a\-\-b"),
    ("*bold*", r"\*bold*"),
    ("_italic_", r"\_italic_"),
    ("-gone-", r"\-gone-"),
    ("+new+", r"\+new+"),
    ("^up^", r"\^up^"),
    ("~down~", r"\~down~"),
    ("??who??", r"\?\?who\?\?"),
    ("What???", r"What\?\?\?"),
    ("*_both_*", r"\*\_both_*"),
    ("(*bold*)", r"(\*bold*)"),
    ("__init__", r"\_\_init__"),
    ('"-gone-"', '"\\-gone-"'),
    ("5 -3 and -2", r"5 \-3 and \-2"),
    ("(+) (-) (!) (?)", r"\(\+) \(\-) \(\!) \(?)"),
    ("(y) (n) (i) (x) (/)", r"\(y) \(n) \(i) \(x) \(/)"),
    ("(on) (off) (*) (*r) (flag) (flagoff)", r"\(on) \(off) \(\*) \(\*r) \(flag) \(flagoff)"),
    (":) :( ;) :-) :-( ;-)", r":\) :\( ;\) :\-) :\-( ;\-)"),
    (":D :P :p :-D", r":·D :·P :·p :\-D"),
    ("see:(a)", r"see:\(a)"),
    ("||head||head||", r"\|\|head\|\|head\|\|"),
    ("|cell|cell|", r"\|cell\|cell\|"),
    ("a | b", r"a \| b"),
    ("http://evil.example", "http·://evil.example"),
    ("HTTPS://evil.example", "HTTPS·://evil.example"),
    ("xhttp://evil.example", "xhttp·://evil.example"),
    ("ftp://evil.example", "ftp·://evil.example"),
    ("irc://evil.example", "irc·://evil.example"),
    ("jamfselfservice://x", "jamfselfservice·://x"),
    ("mailto:a@evil.example", "mailto·:a@evil.example"),
    ("file:/etc/passwd", "file·:/etc/passwd"),
    ("tel:+49", r"tel·:\+49"),
    ("skype:someone", "skype·:someone"),
    ("www.evil.example", "www·.evil.example"),
    ("&#91;~admin&#93;", r"&·#91;\~admin&·#93;"),
    (r"C:\dir\\share", "C:＼dir＼＼share"),
    ("C++.", r"C\+\+."),
    ("[~ad\u200bmin]", "\\[\\~ad\u200bmin]"),
    ("[\u202e~admin]", "\\[\u202e\\~admin]"),
)

PROSE = (
    "SEV-2: check-in is broken for all doctors, and paper forms only help for an hour",
    "Tuesday, November 24, 2026, 9:00 PM ET",
    "Reasoning: text",
    "Help! It's down (again).",
    'She said "Help!" and "No!" (really!). No!!!',
    "50 % of profile-pages & a - b – c",
    "snake_case_name, 2*3, a~b, x^2 and C++ is fine",
    "#5 is ticket #5, me@clinic.example, and/or",
    "Nobody knows, do they? No.",
    "first line\nsecond line\n\nthird line",
)
WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äßéЖ漢", min_size=4, max_size=9)
TOKEN = WORD | st.builds("{}{}{}".format, WORD, st.sampled_from(["-", "'", "/", "_", "."]), WORD)
WRAPPED = TOKEN | st.builds("({})".format, TOKEN) | st.builds('"{}!"'.format, TOKEN) | st.builds("@{}".format, TOKEN)
BETWEEN = st.sampled_from(
    [" ", ", ", ": ", "; ", ". ", "? ", "! ", " - ", " – ", " & ", " % ", " / ", "\n", "\n\n", "…"]
)
SENTENCES = st.lists(st.tuples(WRAPPED, BETWEEN), min_size=1, max_size=20).map(
    lambda parts: "".join(part for pair in parts for part in pair)
)
PIECES = (
    *(attack for attack, _ in ATTACKS),
    *"*_+^~-?!:;()[]{}|#%&@\\/",
    *("--", "??", "{*", "*}", "{{", ":-", "(*", "{quote", "h1", "bq", "www", "//", "http", "mailto:", "accountid"),
    *("\n", "\n\n", "\n* ", "\n- ", "\n# ", "\n|", "\nh1. ", "\nbq. ", "\t", " ", " ", " - ", "\r\n"),
    *("word", "SEV-2", "a", "1", "é", "漢", "😀", "“x”", "\u00a0", "\u2028", "\u200e", ZERO_WIDTH),
)
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "content", "text", "attrs", "url", "timestamp"]), inner, max_size=5)
    ),
    max_leaves=20,
)
NODE = st.sampled_from(
    ["doc", "paragraph", "text", "mention", "date", "status", "listItem", "table", "inlineCard", "odd"]
)


def squashed(text: str) -> str:
    """What a reader sees: no spaces, nothing without width, and what stands for a backslash (in a table, for a bar)."""
    return "".join(text.replace(ZERO_WIDTH, "").replace("\\", "\uff3c").replace("|", "\uff5c").split())


def filled(monkeypatch: pytest.MonkeyPatch, fill: Callable[[str], str]) -> dict[str, Document]:
    """Every text we write, with what is filled in replaced."""

    def changed(rendered: Rendered) -> Document:
        return parse(Rendered(rendered.markdown, {key: fill(value) for key, value in rendered.literal.items()}))

    with monkeypatch.context() as patch:
        patch.setattr(wording, "parse", changed)
        return preview.every_text(protocol_file.load())


def hostile(seed: int) -> Callable[[str], str]:
    chance = random.Random(seed)

    def fill(value: str) -> str:
        attack = "".join(chance.choices(PIECES, k=chance.randrange(1, 12)))
        return chance.choice((value, attack, attack, f"{value}{attack}"))

    return fill


def paragraph(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def text(what: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": what, **({"marks": [{"type": mark} for mark in marks]} if marks else {})}


def doc(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def document(*blocks: tuple[Any, str]) -> Document:
    return Document(tuple(Block(kind, ((Span(what),),)) for kind, what in blocks))


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    if not SCHEMA.exists():
        pytest.skip("the schema of Atlassian documents is not beside this checkout")
    return Draft4Validator(json.loads(SCHEMA.read_text()))


@pytest.fixture(scope="module")
def convert() -> Convert:
    if not (os.environ.get("MARKUP_CONVERTER") and shutil.which("node")):
        pytest.skip("MARKUP_CONVERTER does not name a folder with Atlassian's converter, or there is no node")

    def converted(texts: list[str]) -> list[dict[str, Any]]:
        script = Path(__file__).with_name("converter.cjs")
        done = subprocess.run(["node", script], input=json.dumps(texts), capture_output=True, text=True, check=True)
        answer: list[dict[str, Any]] = json.loads(done.stdout)
        return answer

    return converted


class TestNeutralise:
    @pytest.mark.parametrize(("attack", "harmless"), ATTACKS)
    def test_an_attack_stays_text(self, attack: str, harmless: str) -> None:
        assert neutralise(attack) == harmless.replace("·", ZERO_WIDTH)

    @pytest.mark.parametrize("prose", PROSE)
    def test_prose_is_left_alone(self, prose: str) -> None:
        assert neutralise(prose) == prose

    @given(SENTENCES)
    def test_any_prose_is_left_alone(self, prose: str) -> None:
        assert neutralise(prose) == prose

    @given(HOSTILE)
    def test_a_reader_sees_what_was_written(self, attack: str) -> None:
        assert squashed(plain(neutralise(attack))) == squashed(attack)

    def test_what_our_templates_say_needs_no_escape(self) -> None:
        for what in preview.every_text(protocol_file.load()).values():
            assert "\\" not in wiki(what)
            assert ZERO_WIDTH not in wiki(what)


class TestWiki:
    def test_every_kind_of_block(self) -> None:
        bold = (Span("Severity: SEV-2.", strong=True), Span(" It is "), Span("bad", strong=True), Span(", they say."))
        blocks = (
            Block("heading", ((Span("Round 1"),),)),
            Block("paragraph", (bold,)),
            Block("bullets", ((Span("one\nline"),), (Span("- two"),))),
            Block("quote", ((Span("first\n\n* second"),),)),
            Block("note", (bold, (Span("{panel} two"),))),
            Block("table", ((Span("a|b"),), (Span("c\nd"),), (Span("e", strong=True),), ()), columns=2),
            Block("example", ((Span("*raw* {noformat}\n\n[~x]"),),)),
        )
        assert wiki(Document(blocks)) == (
            "h3. Round 1\n\n*Severity: SEV-2.* It is *bad*, they say.\n\n* one line\n* \\- two\n\n"
            "{quote}\nfirst\n\n\\* second\n{quote}\n\n"
            "{panel}\n*Severity: SEV-2.* It is *bad*, they say.\n\n\\{·panel\\} two\n{panel}\n\n"
            "||a｜b||c d||\n|*e*| |\n\n"
            "{noformat}\n*raw* {·noformat}\n\n[~x]\n{noformat}".replace("·", ZERO_WIDTH)
        )

    @pytest.mark.parametrize(
        ("line", "written"),
        [
            ((Span("  spaced ", strong=True), Span("out")), "  *spaced* out"),
            ((Span("[~petra] asks", strong=True), Span(" now")), r"\[\~petra] asks now"),
            ((Span("wo"), Span("rd", strong=True), Span("s")), "words"),
            ((Span("a*b", strong=True),), "a*b"),
            ((Span("two\nlines", strong=True),), "two\nlines"),
            ((Span("#", strong=True), Span(" x")), r"\# x"),
            ((Span("see www.x", strong=True),), f"*see www{ZERO_WIDTH}.x*"),
            ((Span("a", strong=True), Span(" - b")), "*a* - b"),
            ((Span("mailto:"), Span("a", strong=True)), f"mailto{ZERO_WIDTH}:*a*"),
        ],
    )
    def test_bold_is_where_it_can_be(self, line: tuple[Span, ...], written: str) -> None:
        assert wiki(Document((Block("paragraph", (line,)),))) == written


class TestLimit:
    @pytest.mark.parametrize("filling", ["words and more words. ", "{quote}[~x] ", "😀 ", "_x "])
    @pytest.mark.parametrize("kind", ["paragraph", "quote", "bullets", "note", "example"])
    def test_a_long_text_is_cut_and_its_head_is_whole(self, kind: str, filling: str) -> None:
        long = document(
            ("heading", "The head [1]"), ("paragraph", "short"), (kind, filling * 20_000), ("quote", "gone")
        )
        written = wiki(long)
        assert LIMIT - 10 <= len(written.encode("utf-16-le")) // 2 <= LIMIT
        assert written.startswith("h3. The head \\[1]\n\nshort\n\n")
        end = {"quote": "\n{quote}", "note": "\n{panel}", "example": "\n{noformat}"}.get(kind, "")
        assert written.endswith(f"…{end}")
        assert plain(written).startswith("The head [1]\n\nshort\n\n")
        assert len(plain(adf(long)).encode("utf-16-le")) // 2 <= LIMIT

    def test_a_text_that_fits_is_whole(self) -> None:
        fits = document(("paragraph", "head"), ("paragraph", "x" * (LIMIT - 6)))
        assert wiki(fits) == fits.text
        assert plain(adf(fits)) == fits.text

    def test_a_block_for_which_there_is_no_room_is_left_out(self) -> None:
        full = document(("paragraph", "x" * (LIMIT - 2)), ("quote", "more"), ("paragraph", "more"))
        assert wiki(full) == "x" * (LIMIT - 2)


class TestAdf:
    @pytest.mark.slow
    @pytest.mark.timeout(200)
    @pytest.mark.parametrize("seed", [None, 1])
    def test_every_text_is_valid(
        self, schema: Draft4Validator, monkeypatch: pytest.MonkeyPatch, seed: int | None
    ) -> None:
        fill = str if seed is None else hostile(seed)
        for name, what in filled(monkeypatch, fill).items():
            assert schema.is_valid(adf(what)), name

    @pytest.mark.parametrize(
        "blocks",
        [
            (),
            (Block("quote", ()), Block("bullets", ()), Block("heading", ()), Block("paragraph", ())),
            (Block("quote", ((),)), Block("bullets", ((),)), Block("heading", ((),)), Block("paragraph", ((),))),
            (
                Block("quote", ((Span("\n\n\n"),),)),
                Block("heading", ((Span("\n"),),)),
                Block("paragraph", ((Span(""),),)),
            ),
        ],
    )
    def test_emptiness_is_valid(self, schema: Draft4Validator, blocks: tuple[Block, ...]) -> None:
        assert schema.is_valid(adf(Document(blocks)))


class TestPlain:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("*SEV-1* because", "SEV-1 because"),
            ("_*SEV-1*_", "SEV-1"),
            ("*SEV-1: a-b*, c_d", "SEV-1: a-b, c_d"),
            ("+SEV-1+", "SEV-1"),
            ("{{SEV-1}} and {*}SEV{*}-1", "SEV-1 and SEV-1"),
            ("h3. SEV-2\nbecause", "SEV-2\n\nbecause"),
            ("bq. SEV-1", "SEV-1"),
            ("* SEV-2\n** nested\n# third", "SEV-2\n\nnested\n\nthird"),
            ("- SEV-2", "SEV-2"),
            ("{color:red}SEV-1{color} now", "SEV-1 now"),
            ("{quote}SEV-1{quote}\nmore", "SEV-1\n\nmore"),
            ("{panel:title=x}\nSEV-1\n{panel}", "SEV-1"),
            ("{noformat}SEV-1{noformat}", "SEV-1"),
            ("{noformat}\n*SEV-1* [~x] {quote}\n\nh1. C:\\\\d\n{noformat}", "*SEV-1* [~x] {quote}\n\nh1. C:\\\\d"),
            ("[~petra] SEV-2", "SEV-2"),
            ("[~petra], [~accountid:1:2]: SEV-2, ask [~sam]", "SEV-2, ask @sam"),
            ("[text|http://x.example] [http://y.example] [1]", "text http://y.example [1]"),
            ("!shot.png|thumbnail! SEV-1! [^log.txt]", "SEV-1!"),
            ("||Grade||Why||\n|SEV-1|down|", "Grade\n\nWhy\n\nSEV-1\n\ndown"),
            ("one\r\ntwo\r\n\r\n\r\nthree", "one\ntwo\n\nthree"),
            ("one\\\\two", "one\ntwo"),
            ("a\n----\nb", "a\n\nb"),
            (r"\*SEV-1\* \[~x]", "*SEV-1* [~x]"),
            ("5 -3 and 2 * 3 * 4", "5 -3 and 2 * 3 * 4"),
        ],
    )
    def test_wiki_markup(self, written: str, read: str) -> None:
        assert plain(written) == read

    @pytest.mark.parametrize(
        ("content", "read"),
        [
            ([paragraph(text("SEV", "strong"), text("-1")), paragraph(), paragraph(text("b"))], "SEV-1\n\nb"),
            ([paragraph(text("a"), {"type": "hardBreak"}, text("b"))], "a\nb"),
            ([paragraph(text("a"), {"type": "hardBreak"}, {"type": "hardBreak"}, text("b"))], "a\n\nb"),
            ([{"type": "heading", "attrs": {"level": 1}, "content": [text("SEV-1")]}], "SEV-1"),
            (
                [
                    {
                        "type": "bulletList",
                        "content": [{"type": "listItem", "content": [paragraph(text(t))]} for t in "ab"],
                    }
                ],
                "a\n\nb",
            ),
            (
                [{"type": "panel", "content": [paragraph(text("a"))]}, {"type": "codeBlock", "content": [text("b")]}],
                "a\n\nb",
            ),
            (
                [
                    {
                        "type": "table",
                        "content": [
                            {
                                "type": "tableRow",
                                "content": [{"type": "tableCell", "content": [paragraph(text(t))]} for t in "ab"],
                            }
                        ],
                    }
                ],
                "a\n\nb",
            ),
            ([paragraph({"type": "mention", "attrs": {"id": "1", "text": "@Petra"}}, text(" SEV-2"))], "SEV-2"),
            ([paragraph(text("ask "), {"type": "mention", "attrs": {"id": "1", "text": "@Petra"}})], "ask @Petra"),
            ([paragraph(text("ask "), {"type": "mention", "attrs": {"id": "1", "text": "Petra"}})], "ask @Petra"),
            ([paragraph(text("ask "), {"type": "mention", "attrs": {"id": "712020:ab"}})], "ask @712020:ab"),
            (
                [
                    paragraph(
                        {"type": "emoji", "attrs": {"shortName": ":fire:"}},
                        text(" "),
                        {"type": "status", "attrs": {"text": "SEV-1"}},
                    )
                ],
                ":fire: SEV-1",
            ),
            ([paragraph({"type": "date", "attrs": {"timestamp": "1795478400000"}})], "2026-11-24"),
            ([{"type": "blockCard", "attrs": {"url": "https://x.example"}}], "https://x.example"),
            ([{"type": "mediaSingle", "content": [{"type": "media", "attrs": {"url": "https://x.example"}}]}], ""),
            ([{"type": "unheard-of", "content": [text("a"), text("b"), paragraph(text("c"))]}], "ab\n\nc"),
        ],
    )
    def test_atlassian_documents(self, content: list[dict[str, Any]], read: str) -> None:
        assert plain(doc(*content)) == read

    @given(JSON | st.text())
    def test_it_never_raises(self, body: Any) -> None:
        assert isinstance(plain(body), str)
        assert isinstance(
            plain({"type": "doc", "content": [body, {"type": "date", "attrs": {"timestamp": body}}]}), str
        )

    @given(
        st.recursive(
            st.builds(lambda kind: {"type": kind, "text": "x"}, NODE),
            lambda inner: st.builds(
                lambda kind, content: {
                    "type": kind,
                    "content": content,
                    "attrs": {"text": "y", "url": 1, "timestamp": "9" * 30},
                },
                NODE,
                st.lists(inner, max_size=4),
            ),
        )
    )
    def test_nodes_may_stand_anywhere(self, body: dict[str, Any]) -> None:
        assert isinstance(plain(body), str)

    def test_depth_without_end_is_nothing(self) -> None:
        body: dict[str, Any] = {}
        for _ in range(10_000):
            body = {"type": "panel", "content": [body]}
        assert plain(body) == ""

    @pytest.mark.parametrize("piece", ["*a ", "_*a", "[~a", "!a.b|", "\\", "\n ", "{quote:", "\n* ", "|"])
    def test_a_text_made_to_be_slow_is_read_in_time(self, piece: str) -> None:
        body = (piece * LIMIT)[:LIMIT]
        assert isinstance(plain(body) + neutralise(body), str)

    @pytest.mark.parametrize(
        "body",
        [
            "*SEV-1*: all down\n\n*Client:* We know.",
            "h3. SEV-1\nall down\n\n+Client:+ We know.",
            "[~petra] {color:red}SEV-1{color} all down\r\n\r\nClient: We know.",
            doc(
                paragraph(text("SEV-1", "strong"), text(" all down")),
                paragraph(text("Client:", "em"), text(" We know.")),
            ),
        ],
    )
    def test_a_vote_is_understood_however_it_is_decorated(self, body: Any) -> None:
        assert read(plain(body), GRADES) == Vote("SEV-1", "all down", "We know.")


@pytest.mark.parametrize("seed", range(3))
def test_what_we_wrote_can_be_recognised(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    for name, what in filled(monkeypatch, hostile(seed)).items():
        spans = [span for block in what.blocks for line in block.lines for span in line if span.mentions]
        written = wiki(what)
        for span in spans:
            written = written.replace(f"[~{span.mentions}]", span.text)
        assert words(plain(written)) == words(plain(adf(what))) == words(what.text), name


class TestConverter:
    """Atlassian's own converter finds nothing in our markup but what we meant."""

    def test_people_s_texts_are_nothing_but_text(self, convert: Convert) -> None:
        chance = random.Random(7)
        mixed = ["".join(chance.choices(PIECES, k=chance.randrange(1, 15))) for _ in range(5_000)]
        texts = [*(attack for attack, _ in ATTACKS), *PROSE, *mixed]
        for what, node in zip(texts, convert(list(map(neutralise, texts))), strict=True):
            assert set(kinds(node)) <= {"doc", "paragraph", "text", "hardBreak"}, what
            assert squashed(seen(node)) == squashed(what)

    @pytest.mark.parametrize("seed", range(3))
    def test_our_texts_are_what_we_meant(self, convert: Convert, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        texts = list(filled(monkeypatch, hostile(seed)).values())
        for what, node in zip(texts, convert(list(map(wiki, texts))), strict=True):
            assert shape(kind["type"] for kind in node["content"]) == shape(NAMES[block.kind] for block in what.blocks)
            assert set(kinds(node)) <= {*INSIDE, *NAMES.values()}
            cells = [len(block.lines) for block in what.blocks if block.kind == "table"]
            assert sum(kind in ("tableHeader", "tableCell") for kind in kinds(node)) == sum(cells)
            assert squashed(seen(node)) == squashed(what.text)

    @pytest.mark.parametrize("kind", ["quote", "note", "example", "table"])
    def test_people_s_texts_do_not_leave_the_block_they_stand_in(self, convert: Convert, kind: Any) -> None:
        chance = random.Random(11)
        mixed = ["".join(chance.choices(PIECES, k=chance.randrange(1, 12))) for _ in range(1_500)]
        texts = [clean(text) for text in (*(attack for attack, _ in ATTACKS), *mixed)]
        docs = [
            Document((enclosed(kind, text), Block("paragraph", ((Span("The next one."),),))))
            for text in texts
            if text.strip()
        ]
        for what, node in zip(docs, convert(list(map(wiki, docs))), strict=True):
            assert [child["type"] for child in node["content"]] == [NAMES[kind], "paragraph"], what
            assert set(kinds(node)) <= {NAMES[kind], "paragraph", *INSIDE} - {"listItem"}, what
            assert sum(name in ("tableHeader", "tableCell") for name in kinds(node)) == 4 * (kind == "table"), what
            assert squashed(seen(node)) == squashed(what.text)

    def test_bold_is_bold(self, convert: Convert) -> None:
        texts = list(preview.every_text(protocol_file.load()).values())
        for what, node in zip(texts, convert(list(map(wiki, texts))), strict=True):
            meant = "".join(
                span.text
                for block in what.blocks
                for number, line in enumerate(block.lines)
                for span in line
                if span.strong or number < block.columns  # the head of a table
            )
            assert squashed(seen(node, only="strong")) == squashed(meant)


NAMES = {
    "heading": "heading",
    "paragraph": "paragraph",
    "bullets": "bulletList",
    "quote": "blockquote",
    "note": "panel",
    "important": "panel",
    "table": "table",
    "example": "codeBlock",
}
INSIDE = {"doc", "text", "hardBreak", "listItem", "tableRow", "tableHeader", "tableCell", "strong"}


def enclosed(kind: Any, text: str) -> Block:
    """A block of that kind with the text in it; in a table among other cells."""
    if kind == "table":
        return Block(kind, ((Span("a"),), (Span("b"),), (Span(text),), (Span("z"),)), columns=2)
    return Block(kind, ((Span(text),),))


def shape(kinds: Iterator[str]) -> list[str]:
    """The kinds of blocks in their order; an empty line in a text makes two paragraphs of one."""
    return [kind for kind, same in groupby(kinds) for _ in (same if kind != "paragraph" else [0])]


def kinds(node: dict[str, Any]) -> Iterator[str]:
    """Every type of node and mark."""
    yield node["type"]
    yield from (mark["type"] for mark in node.get("marks", ()))
    for child in node.get("content", ()):
        yield from kinds(child)


def seen(node: dict[str, Any], only: str = "") -> str:
    """The text in a node; only what has one mark, if that is asked."""
    marked = not only or only in (mark["type"] for mark in node.get("marks", ()))
    own = node.get("text", "") if marked else ""
    return own + "".join(seen(child, only) for child in node.get("content", ()))


class TestMention:
    """Somebody is called only by a value that our own code makes; whatever people write stays text."""

    def test_it_is_one_in_either_markup(self) -> None:
        called = said(Mention("erin", "Erin Engineering"), "is asked")
        assert wiki(called) == "[~erin] is asked"
        [mention, _] = adf(called)["content"][0]["content"]
        assert mention == {"type": "mention", "attrs": {"id": "erin", "text": "@Erin Engineering"}}

    @pytest.mark.parametrize("name", ["[~petra]", "@petra", "{adf}", "x] [~petra"])
    def test_a_persons_name_calls_nobody_else(self, name: str) -> None:
        called = said(Mention("erin", name), name)
        assert wiki(called).count("[~erin]") == 1 and "[~petra]" not in wiki(called).replace("\\[", "(")
        nodes = adf(called)["content"][0]["content"]
        assert [node["attrs"]["id"] for node in nodes if node["type"] == "mention"] == ["erin"]

    @pytest.mark.parametrize("id", ["a]b", "a|b", "a b", "{x}", ""])
    def test_an_id_that_the_markup_cannot_hold_is_only_a_name(self, id: str) -> None:
        assert "[~" not in wiki(said(Mention(id, "Odd One"), "hello"))

    def test_what_was_said_is_known_again_whatever_the_person_is_called_now(self) -> None:
        before, now = (
            said(Mention("erin", "Erin E."), "is asked"),
            said(Mention("erin", "Erin Engineering"), "is asked"),
        )
        assert before.key == now.key


def said(person: Mention, text: str) -> Document:
    return parse(Rendered(f"{OPEN}0{CLOSE} {OPEN}1{CLOSE}", {"0": person, "1": text}))
