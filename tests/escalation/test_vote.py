"""Reading votes: what people write and mean as a vote, and what only looks like one (design §4, "A vote")."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.protocol import GRADES, Grade
from worker.escalation.comments.authorship import unread
from worker.escalation.comments.client_text import ALONE, NEARLY, SECOND, WITHIN
from worker.escalation.comments.vote import FORM, Botched, Recusal, Vote, internal, read

TWO_GRADES = "The first line names more than one grade."
NOT_FIRST = "The first line mentions a grade but does not begin with it."
NO_GRADE = "The first line does not begin with one of the grades."
DOUBT = "The grade is followed by a question mark, so it is not clear that it is meant."
ONLY_CLIENT = "There is a text for the client but no grade in the first line."

VOTES = [
    ("SEV-1", "SEV-1", ""),
    ("SEV-1 everything is down", "SEV-1", "everything is down"),
    ("sev 1: everything is down", "SEV-1", "everything is down"),
    ("SEV2 – check-in", "SEV-2", "check-in"),
    ("SEV2 — check-in", "SEV-2", "check-in"),
    ("SEV2 - check-in", "SEV-2", "check-in"),
    ("sev2", "SEV-2", ""),
    ("Sev-2.", "SEV-2", ""),
    ("Sev. 2, because", "SEV-2", "because"),
    ("SEV_2", "SEV-2", ""),
    ("SEV#2", "SEV-2", ""),
    ("SEV: 2", "SEV-2", ""),
    ("SEV - 2: a", "SEV-2", "a"),
    ("sev  2", "SEV-2", ""),
    ("SEV-2!", "SEV-2", ""),
    ("sEv-2", "SEV-2", ""),
    ("severity 2", "SEV-2", ""),
    ("Severity: 2", "SEV-2", ""),
    ("Severity-2 - bad", "SEV-2", "bad"),
    ("Severity level 2", "SEV-2", ""),
    ("sev two", "SEV-2", ""),
    ("Sev one: down", "SEV-1", "down"),
    ("SEV\u00a02: no-break space", "SEV-2", "no-break space"),
    ("SEV\u20112: no-break hyphen", "SEV-2", "no-break hyphen"),
    ("SEV\u22122: minus sign", "SEV-2", "minus sign"),
    ("SEV–2: dash", "SEV-2", "dash"),
    ("\u200bSEV\u200b-2: from a chat", "SEV-2", "from a chat"),
    ("\ufeffSEV-2", "SEV-2", ""),
    ("S\u00adEV-2", "SEV-2", ""),
    ("SEV-2 -> check-in", "SEV-2", "check-in"),
    ("SEV-2 = check-in", "SEV-2", "check-in"),
    ("SEV-2 (all doctors)", "SEV-2", "(all doctors)"),
    ("**SEV-2**: bold", "SEV-2", "bold"),
    ("*SEV-2* bold", "SEV-2", "bold"),
    ("_SEV-2_ italics", "SEV-2", "italics"),
    ("### SEV-2", "SEV-2", ""),
    ("> SEV-2: quoted", "SEV-2", "quoted"),
    ("- SEV-2", "SEV-2", ""),
    ("• SEV-2", "SEV-2", ""),
    ("[SEV-2] check-in", "SEV-2", "check-in"),
    ("(SEV-2)", "SEV-2", ""),
    ("“SEV-2”", "SEV-2", ""),
    ("`SEV-2` check-in", "SEV-2", "check-in"),
    ("🚨 SEV-1: down", "SEV-1", "down"),
    ("⚠️ SEV-2", "SEV-2", ""),
    ("\n\n   SEV-2: after empty lines", "SEV-2", "after empty lines"),
    ("SEV-2\nbecause of this", "SEV-2", "because of this"),
    ("SEV-2\r\n\r\nbecause of this", "SEV-2", "because of this"),
    ("SEV-2 – 3 clinics cannot check in", "SEV-2", "3 clinics cannot check in"),
    ("SEV-2, 5 doctors are affected", "SEV-2", "5 doctors are affected"),
    ("SEV-2 – 1 clinic", "SEV-2", "1 clinic"),
    ("SEV-2 - 1.5 hours of work lost", "SEV-2", "1.5 hours of work lost"),
    ("SEV-2: other clinics too", "SEV-2", "other clinics too"),
    ("SEV-2 and other things are broken", "SEV-2", "and other things are broken"),
    ("SEV-2: SEV-2 is what the definition says", "SEV-2", "SEV-2 is what the definition says"),
    ("SEV-2: see SEV-1234", "SEV-2", "see SEV-1234"),
    ("SEV-2: why did nobody call?", "SEV-2", "why did nobody call?"),
    ("SEV-2\nnot SEV-1, it can wait", "SEV-2", "not SEV-1, it can wait"),
    ("SEV-2\n\nSEV-1 would be too much", "SEV-2", "SEV-1 would be too much"),
    ("Other", "OTHER", ""),
    ("OTHER", "OTHER", ""),
    ("Other: a nuisance", "OTHER", "a nuisance"),
    ("other - a nuisance", "OTHER", "a nuisance"),
    ("other – a nuisance", "OTHER", "a nuisance"),
    ("OTHER because there is a way around", "OTHER", "because there is a way around"),
    ("Other (cosmetic)", "OTHER", "(cosmetic)"),
    ("Others", "OTHER", ""),
    ("All other bugs", "OTHER", ""),
    ("**Other:** cosmetic", "OTHER", "cosmetic"),
    ("Other：cosmetic", "OTHER", "cosmetic"),
    ("My vote: SEV-2", "SEV-2", ""),
    ("Severity: SEV-2 – slow", "SEV-2", "slow"),
    ("**Severity:** SEV-2", "SEV-2", ""),
    ("Vote: Other", "OTHER", ""),
    ("Schweregrad: SEV-2: langsam", "SEV-2", "langsam"),
    ("Meine Stimme: SEV-1", "SEV-1", ""),
    ("Mi voto: SEV-2", "SEV-2", ""),
    ("重大度：SEV-2", "SEV-2", ""),
    ("ＳＥＶ－２：受付できません", "SEV-2", "受付できません"),
    ("SEV－2: slow", "SEV-2", "slow"),
    ("SEV-2：slow", "SEV-2", "slow"),
    (":check_mark: SEV-2 – slow", "SEV-2", "slow"),
    ("👍 SEV-2", "SEV-2", ""),
    ("(y) SEV-2", "SEV-2", ""),
    ("Hi all,\n\nSEV-1: nobody can log in.", "SEV-1", "nobody can log in."),
    ("Hallo zusammen,\nSEV-1: niemand kann sich anmelden", "SEV-1", "niemand kann sich anmelden"),
    ("お疲れ様です。\n\nSEV-2: 遅い", "SEV-2", "遅い"),
    ("SEV-1: no workaround", "SEV-1", "no workaround"),
    ("SEV-1: no one can log in", "SEV-1", "no one can log in"),
    ("SEV-2: not all clinics", "SEV-2", "not all clinics"),
    ("SEV-2 not usable since ten", "SEV-2", "not usable since ten"),
    ("SEV-1, not only in Bonn but everywhere", "SEV-1", "not only in Bonn but everywhere"),
    ("SEV-1: nicht nur in Bonn", "SEV-1", "nicht nur in Bonn"),
    ("SEV-1: is down, everywhere", "SEV-1", "is down, everywhere"),
    ("SEV-2: non-paying clinics too", "SEV-2", "non-paying clinics too"),
    ("SEV-2: wrong totals on every invoice", "SEV-2", "wrong totals on every invoice"),
    ("SEV-2: maybe the new index", "SEV-2", "maybe the new index"),
    ("SEV-2, at least two clinics cannot print", "SEV-2", "at least two clinics cannot print"),
    ("SEV-2 is a lot of work for them", "SEV-2", "is a lot of work for them"),
    ("SEV-2: really slow", "SEV-2", "really slow"),
]

DENIED = [
    "SEV-1 is not justified",
    "SEV-1: no",
    "SEV-1 - no.",
    "SEV-1: no, it can wait",
    "SEV-1 would be too much",
    "SEV-1 is too much",
    "SEV-1 isn't justified",
    "SEV-1 does not fit here",
    "SEV-1 seems exaggerated",
    "SEV-1: not needed",
    "SEV-1: I don't think so",
    "SEV-1: not sure",
    "SEV-1 ist nicht gerechtfertigt",
    "SEV-1: nein",
    "SEV-1 wäre übertrieben",
    "SEV-1 passt hier nicht",
    "SEV-1 n'est pas justifié",
    "SEV-1 : non",
    "SEV-1 serait trop",
    "SEV-1 no está justificado",
    "SEV-1 sería demasiado",
    "SEV-1ではない",
    "SEV-1：いいえ",
    "SEV-1 – absolutely not",
    "SEV-1: of course not.",
    "SEV-1: wrong",
    "SEV-1 - I don't agree",
    "SEV-1 seems a lot",
    "SEV-1 maybe",
    "SEV-1 at most",
    "SEV-1 or lower",
    "SEV-1 oder niedriger",
    "SEV-1 höchstens",
    "SEV-1 kommt nicht in Frage",
    "SEV-1 ou moins",
    "SEV-1, quizás",
    "SEV-1 to nie jest",
    "SEV-1: não",
]


@pytest.mark.parametrize("text", DENIED)
def test_a_grade_that_is_denied_in_the_same_breath_is_asked_about(text: str) -> None:
    assert read(text, GRADES) == Botched(
        "The first line names a grade and denies it, or leaves it open, so it is not clear which one is meant."
    )


@pytest.mark.parametrize(("text", "grade", "reasoning"), VOTES)
def test_a_grade_may_be_spelled_as_people_spell_it(text: str, grade: str, reasoning: str) -> None:
    assert read(text, GRADES) == Vote(grade, reasoning)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SEV-1 or SEV-2", TWO_GRADES),
        ("SEV-1/SEV-2", TWO_GRADES),
        ("SEV-1/2", TWO_GRADES),
        ("SEV-1 or 2", TWO_GRADES),
        ("SEV-1 or 2, hard to say", TWO_GRADES),
        ("SEV 1-2", TWO_GRADES),
        ("SEV 1 - 2: hard to say", TWO_GRADES),
        ("SEV-1, 2", TWO_GRADES),
        ("SEV-2, SEV-3", TWO_GRADES),
        ("SEV-2 to 3", TWO_GRADES),
        ("SEV-2 vs. SEV-1", TWO_GRADES),
        ("SEV-2: more than SEV-1", TWO_GRADES),
        ("SEV-2 or other", TWO_GRADES),
        ("SEV-2/Other", TWO_GRADES),
        ("Other, or even SEV-2", TWO_GRADES),
        ("I am torn between SEV-1 and SEV-2", TWO_GRADES),
        ("I vote SEV-2", NOT_FIRST),
        ("Not SEV-1", NOT_FIRST),
        ("Is this SEV-1?", NOT_FIRST),
        ("@Sam SEV-2", NOT_FIRST),
        ("SEV-1?", DOUBT),
        ("SEV-1 ?", DOUBT),
        ("SEV-1 (?)", DOUBT),
        ("SEV-1!?", DOUBT),
        ("Other?", NO_GRADE),
        ("SEV-12", NO_GRADE),
        ("SEV-3", NO_GRADE),
        ("SEV-0", NO_GRADE),
        ("SEV-1.5", NO_GRADE),
        ("SEV-1a", NO_GRADE),
        ("SEV", NO_GRADE),
        ("Severity high", NO_GRADE),
        ("Severity one-off", NO_GRADE),
        ("Vote: yes", NO_GRADE),
        ("Grade: bad", NO_GRADE),
        ("S1", NO_GRADE),
        ("P1: down", NO_GRADE),
        ("2", NO_GRADE),
        ("Recused?", NO_GRADE),
        ("Recusing Sam would be wise", NO_GRADE),
        ("Check-in is broken.\n\nClient: Check-in does not work.", ONLY_CLIENT),
        ("Client: Check-in does not work.", ONLY_CLIENT),
    ],
)
def test_an_attempt_is_told_what_is_missing(text: str, problem: str) -> None:
    assert read(text, GRADES) == Botched(problem)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n  ",
        "Thanks, I will look into it.",
        "Who has seen this before?",
        "I have asked the client.\n\nSEV-2 is what I lean to",
        "Let me see the logs\nSEV-1: not sure yet",
        "The several clinics that called",
        "Several clinics called",
        "Another ticket says the same",
        "Clients: many of them called",
        "Voted already.",
    ],
)
def test_talk_is_left_alone(text: str) -> None:
    assert read(text, GRADES) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Recused: I wrote that code", "I wrote that code"),
        ("recused – on holiday", "on holiday"),
        ("RECUSED", ""),
        ("*Recused:* conflict", "conflict"),
        ("I recuse myself: conflict", "conflict"),
        ("I am recused", ""),
        ("Recused: SEV-2 is what I would have said", "SEV-2 is what I would have said"),
    ],
)
def test_a_seat_is_given_up_in_plain_words(text: str, reason: str) -> None:
    assert read(text, GRADES) == Recusal(reason)


# -- the client's paragraph


def client(text: str) -> str:
    what = read(text, GRADES)
    assert isinstance(what, Vote)
    return what.client


@pytest.mark.parametrize(
    "head", ["Client:", "client:", "CLIENT :", "*Client:*", "**Client**:", "Client：", "- Client:"]
)
def test_the_clients_paragraph_may_be_decorated(head: str) -> None:
    assert client(f"SEV-2: queue\n\n{head} You cannot check in.") == "You cannot check in."


def test_the_clients_paragraph_keeps_its_line_breaks_and_ends_with_itself() -> None:
    vote = read("SEV-2: queue\n\nClient: You cannot\ncheck in.\n\nThe intern broke it.", GRADES)
    assert vote == Vote("SEV-2", "queue\n\nThe intern broke it.", "You cannot\ncheck in.")


def test_only_what_begins_a_line_is_for_the_client() -> None:
    assert client("SEV-2: queue\nClient: You cannot check in.") == "You cannot check in."
    assert client("SEV-2: queue\nsince ten\nClient: You cannot\ncheck in.") == "You cannot\ncheck in."
    assert client("SEV-2 Client: is furious") == ""
    assert client("SEV-2\n\nThe Client: is furious") == ""
    assert client("SEV-2\n\nClients: all of them") == ""


NOTHING = [
    "n/a",
    "N/A.",
    "none",
    "Nothing",
    "-",
    "–",
    "…",
    "???",
    "(none)",
    "*none*",
    "no text",
    "TBD",
    "see above",
    "same",
]
NOTHING += [
    "keiner",
    "nichts",
    "entfällt",
    "siehe oben",
    "k. A.",
    "offen",
    "néant",
    "rien",
    "nada",
    "ninguno",
    "なし",
    "无",
]
NOTHING += [
    "see internal",
    "see internal reasoning",
    "see reasoning",
    "See the reasoning above.",
    "please see above",
    "see my comment",
    "as above",
    "as stated above",
    "same as above",
    "nothing to add",
    "I have nothing to add.",
    "nothing more to say",
    "No reason given",
    "no reasons",
    "no words",
    "no comment",
    "please write something",
    "Please fill in.",
    "internal only",
    "(internal)",
    "siehe intern",
    "siehe interne Begründung",
    "siehe Begründung",
    "s. o.",
    "wie oben",
    "Wie oben beschrieben.",
    "nichts hinzuzufügen",
    "Nichts zu sagen",
    "keine Angabe",
    "keine Angaben",
    "Keine Begründung.",
    "kein Kommentar",
    "nur intern",
    "bitte ergänzen",
    "bitte etwas schreiben",
]


@pytest.mark.parametrize("words", NOTHING)
def test_a_form_that_was_filled_in_with_nothing_is_no_text_for_the_client(words: str) -> None:
    """ "Reasoning: n/a" is no answer to a client."""
    assert read(f"SEV-2: queue\n\nClient: {words}", GRADES) == Vote("SEV-2", "queue")
    assert client(f"SEV-2: queue\n\nClient:\n{words}") == ""


@pytest.mark.parametrize(
    "words",
    [
        "None of your exports work.",
        "No exports work.",
        "Nothing works.",
        "Same as in May.",
        "No reason to worry: your data is safe.",
        "No reasons are known yet why your exports fail.",
        "See the internal clock of your server: it runs late.",
        "See the release notes of May.",
        "Please write something into the field, and save again.",
        "Nothing to add to the list can be chosen.",
        "As above the threshold, exports stop.",
        "Keine Angaben zum Patienten werden gespeichert.",
        "Wie oben rechts zu sehen ist, fehlt der Knopf.",
        "Intern ist Ihr Server nicht zu erreichen.",
    ],
)
def test_a_sentence_that_begins_like_nothing_is_one(words: str) -> None:
    assert client(f"SEV-2: queue\n\nClient: {words}") == words


def untold(text: str) -> str:
    what = read(text, GRADES)
    assert isinstance(what, Vote)
    return what.untold


def test_the_first_of_two_client_paragraphs_is_told_and_the_other_is_not_passed_over() -> None:
    assert client("SEV-2\n\nClient: one\n\nClient: two") == client("SEV-2\n\nClient: one\nClient: two") == "one"
    assert untold("SEV-2\n\nClient: one\n\nClient: two") == untold("SEV-2\n\nClient: one\nClient: two") == SECOND


def test_below_a_word_that_stands_alone_is_the_text() -> None:
    assert client("SEV-2\n\nClient:\n\nYou cannot check in.\n\nThe intern broke it.") == "You cannot check in."
    assert client("SEV-2\nClient:\nYou cannot check in.\n\nThe intern broke it.") == "You cannot check in."
    assert untold("SEV-2\n\nClient:") == ALONE


@pytest.mark.parametrize(
    "head",
    [
        *("For the client:", "Message to the client:", "Customer:", "Kunde:", "Kundin:", "Client –", "Client"),
        *("Clients:", "Customers:", "*Customers*:", "Client (public):", "*Client* (public):", "Customer (external):"),
        *("Dear client:", "Clients (all):", "Kunden:", "Kunde (öffentlich):", "Kundinnen:", "Kunden (extern):"),
        "Liebe Kunden:",
    ],
)
def test_what_nearly_begins_a_text_for_the_client_is_named(head: str) -> None:
    text = f"SEV-2: queue\n\n{head} You cannot check in." if head != "Client" else "SEV-2\n\nClient\n\nYou cannot."
    assert client(text) == "" and untold(text) == NEARLY


@pytest.mark.parametrize(
    "head",
    [
        "Client\n",
        "*Client*\n",
        "Pour le client : ",
        "Cliente: ",
        "Para el cliente: ",
        "Klient: ",
        "Klant: ",
        "お客様へ：",
    ],
)
@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_so_it_is_in_other_languages_and_below_a_single_line_break(head: str, between: str) -> None:
    text = f"SEV-2: queue{between}{head}You cannot check in."
    assert client(text) == "" and untold(text) == NEARLY


@pytest.mark.parametrize(
    "line",
    [
        "SEV-2 Client: You cannot check in.",
        "SEV-2: Client: You cannot check in.",
        "SEV-2 – the queue is full. Client: You cannot check in.",
        "SEV-2: queue\n\nThe queue is full. Client: You cannot check in.",
        "SEV-2: queue | Client: You cannot check in.",
        'SEV-2: queue\n\n"Client: You cannot check in."',
        "SEV-2: queue\n\n(Client: You cannot check in.)",
    ],
)
def test_a_text_for_the_client_in_the_middle_of_a_line_is_named(line: str) -> None:
    assert client(line) == "" and untold(line) == WITHIN


@pytest.mark.parametrize(
    "talk", ["the client: they wait", "one more client: Acme", "Fat client: slow", "client:server"]
)
def test_a_client_spoken_of_in_the_middle_of_a_line_is_not(talk: str) -> None:
    assert untold(f"SEV-2: queue, {talk}\n\nAnd {talk}") == ""


@pytest.mark.parametrize("talk", ["our customers: many", "the client-side cache - see the log", "Clientèle: petite"])
def test_talk_of_clients_is_not_named(talk: str) -> None:
    assert untold(f"SEV-2: queue\n{talk}\n\n{talk}") == ""


def test_what_is_for_colleagues_never_holds_the_text_for_the_client() -> None:
    assert internal(unread("SEV-2: a\n\nClient: b\n\nc")) == "SEV-2: a\n\nc"


# -- other scales


def grades(*names: str) -> tuple[Grade, ...]:
    return tuple(
        Grade(name=name, label=name.lower().replace(" ", "-"), definition=name, timing="none") for name in names
    )


@pytest.mark.parametrize(
    ("scale", "text", "grade"),
    [
        (("P1", "P2"), "p 1: down", "P1"),
        (("P1", "P2"), "P-2", "P2"),
        (("Critical", "Minor"), "critical: all down", "Critical"),
        (("Critical", "Minor"), "Minor", "Minor"),
        (("Low", "Low impact"), "Low impact: some", "Low impact"),
        (("Highest", "High"), "High: some", "High"),
        (("SEV-1", "SEV-1A"), "SEV-1A: some", "SEV-1A"),
        (("SEV-1", "SEV-10"), "SEV-10: some", "SEV-10"),
    ],
)
def test_a_vendors_own_scale_is_understood(scale: tuple[str, ...], text: str, grade: str) -> None:
    what = read(text, grades(*scale))
    assert isinstance(what, Vote) and what.grade == grade


@pytest.mark.parametrize(
    "text", ["SEV-1\nSEV-2\nOther", "- SEV-1\n\n- *SEV-2*\n\n- OTHER", "(x) SEV-1\n(/) SEV-2", "SEV-2\n\nSEV 1."]
)
def test_of_a_form_in_which_each_grade_has_a_line_none_is_guessed(text: str) -> None:
    assert read(text, GRADES) == FORM


@pytest.mark.parametrize("text", ["SEV-2\n\nSEV-1 was my first thought.", "SEV-2\nSEV-2", "SEV-2\n\nOther:\n\nnothing"])
def test_a_grade_mentioned_further_down_is_talk(text: str) -> None:
    what = read(text, GRADES)
    assert isinstance(what, Vote) and what.grade == "SEV-2"


LABELLED = (*GRADES[:2], replace(GRADES[2], label="sev-other"))


@pytest.mark.parametrize(
    "text", ["sev-other", "SEV-OTHER: cosmetic", "Sev other", "sev_other – cosmetic", "Severity other"]
)
def test_a_grade_may_be_spelled_as_its_label(text: str) -> None:
    what = read(text, LABELLED)
    assert isinstance(what, Vote) and what.grade == "OTHER"


def test_of_a_grade_and_another_one_s_label_none_is_guessed() -> None:
    assert read("SEV-2 or sev-other", LABELLED) == read("SEV-OTHER / SEV-2", LABELLED) == Botched(TWO_GRADES)
    assert read("SEV-other people say so", LABELLED) == Botched(NO_GRADE)


def test_a_label_of_one_word_is_only_a_word() -> None:
    plain = (*GRADES[:2], replace(GRADES[2], label="cosmetic"))
    assert read("Cosmetic, I think", plain) is None


def test_a_grade_of_another_scale_is_no_vote() -> None:
    assert isinstance(read("SEV-3: some", grades("SEV-1", "SEV-2")), Botched)
    assert isinstance(read("Critically ill pets", grades("Critical", "Minor")), None.__class__)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    read(text, GRADES)
    internal(unread(text))


@given(st.sampled_from(GRADES), st.text(alphabet=st.characters(categories=["L", "Zs"])))
def test_a_grade_and_a_colon_are_always_a_vote(grade: Grade, reasoning: str) -> None:
    what = read(f"{grade.name}: {reasoning}", GRADES)
    assert isinstance(what, Vote) and what.grade == grade.name
