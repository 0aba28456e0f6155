"""Whether a text for a client names a colleague or another client: whole, or as people call each other."""

import pytest

from worker.escalation.comments.colleagues import are_named

NAMES = [
    "Erin Engineering",
    "Müller, Anna-Lena (R&D)",
    "Dr. Bob Ray Smith",
    "Will Power",
    "Support Desk",
    "山田 太郎",
    "ops",
]


@pytest.mark.parametrize(
    "text",
    [
        "Erin works on it.",
        "ERIN works on it.",
        "Erin's team works on it.",
        "Erin’ll call you.",
        "Erins Team arbeitet daran.",
        "Engineering, Erin works on it.",
        "erin engineering works on it",
        "Erin\nEngineering works on it.",
        "Ask Anna-Lena about it.",
        "anna-lena müller weiß mehr",
        "Herr Müller arbeitet daran.",
        "frau müller arbeitet daran",
        "Kollegin Müller arbeitet daran.",
        "Mr. Power works on it.",
        "Will says that it waits.",
        "will power works on it",
        "Bob found it.",
        "bob smith found it",
        "Dr. Smith found it.",
        "山田 太郎",
    ],
)
def test_a_colleague_is_named_as_people_call_each_other(text: str) -> None:
    assert are_named(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "Will be fixed soon; it will work.",
        "Support is looking into it, and so is Engineering.",
        "Our support desk will call you.",
        "The ops page is empty.",
        "Erinnerungen kommen zu spät.",
        "You may power off the device.",
        "The smith's anvil does not load.",
        "erin is written small, and could be anything",
    ],
)
def test_words_that_are_no_names_are_let_through(text: str) -> None:
    assert not are_named(text, NAMES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Jo Kim", "Jo said that it can wait."),
        ("Jo Kim", "Jo's view differs."),
        ("Jo", "Ask Jo."),
        ("Al Young", "Al found it."),
        ("Dr. House", "Herr House sieht das anders."),
        ("Dr. House", "Mr. House sees it."),
        ("Prof. Dr. med. vet. Anna Huber", "Anna kümmert sich."),
        ("Prof. Dr. med. vet. Anna Huber", "anna huber"),
        ("Bob Smith, DVM", "Bob found it."),
        ("Smith, Bob, DVM", "Ask Bob Smith."),
        ("MÜLLER Anna", "Anna kümmert sich."),
        ("Anna MÜLLER", "Frau Müller kümmert sich."),
        ("ERIN SMITH", "Erin works on it."),
        ("erin smith", "Erin works on it."),
        ("Sam Support", "Sam works on it."),
        ("Petra Project", "Petra agreed."),
        ("Ximena Ortega", "Ximena works on it."),
        ("Erin Smith - Support", "Erin Smith works on it."),
        ("Erin (Support)", "Erin works on it."),
        ("Don Draper", "Don Draper works on it."),
        ("Don Draper", "don draper works on it."),
        ("Don Draper (R&D)", "Don Draper works on it."),
        ("Draper, Don", "Don Draper works on it."),
        ("Don Draper", "Don says that it can wait."),
        ("Don Draper", "Mr Draper works on it."),
        ("Jan Novak", "Jan sagt, es kann warten."),
        ("Charlotte Webb", "Charlotte is looking into it."),
        ("Vetspire Support", "Ask Vetspire Support."),
        ("Payments Team", "The Payments Team works on it."),
        ("Happy Paws Clinic", "It is the same at happy paws clinic."),
        ("Pet Hospital Dallas", "Pet Hospital Dallas has it, too."),
    ],
)
def test_a_name_of_any_make_is_held_back(name: str, text: str) -> None:
    assert are_named(text, [name])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Vetspire Support", "Check-in in Vetspire stops for all your doctors."),
        ("Vetspire-Support Bot", "Vetspire does not load."),
        ("Vetspire - Support", "Vetspire does not load."),
        ("Payments Team", "Payments cannot be taken."),
        ("Payments Team", "Your payments team cannot sign in."),
        ("Cloud Operations", "Cloud backups fail."),
        ("Mobile Team", "Mobile check-in fails."),
        ("Invoices Bot", "Invoices are sent twice."),
        ("Rechnungen Kundendienst", "Rechnungen werden doppelt versandt."),
        ("Termine Praxis Süd", "Termine fehlen."),
        ("Support", "Support for PDF files has stopped."),
        ("Support Team", "Our support team will call you."),
        ("The Cat Hospital", "The hospital cannot check in."),
        ("Pet Hospital Dallas", "Pets cannot be checked in."),
        ("Pet Hospital Dallas", "Pet records are empty."),
        ("Happy Paws Clinic", "Happy to call you tomorrow."),
        ("Northside Veterinary Center", "Northside fails."),
        ("Acme Labs GmbH", "Acme readers fail."),
        ("Don Draper", "Don't restart the device."),
        ("Don Draper", "Don’t restart the device."),
        ("Can Yilmaz", "Can you sign in?"),
        ("Can Yilmaz", "Can't be opened."),
        ("Won Lee", "Won't be lost."),
        ("Jan Novak", "Since Jan 5 exports fail."),
        ("Grant Hill", "Grant the permission again."),
        ("Ruby Stone", "Ruby scripts stop."),
        ("Austin Reed", "Your clinic in Austin cannot check in."),
        ("Van Nguyen", "Van visits cannot be booked."),
        ("Chase Long", "Chase cards are refused."),
        ("May Wong", "In May agreed dates were lost."),
        ("May Wong", "Im Mai findet ein Update statt."),
        ("Mai Tran", "Im Mai findet ein Update statt."),
        ("Mark Hill", "Mark the appointment as paid."),
        ("An Nguyen", "An update follows; An einem Montag."),
        ("So Tanaka", "So können Sie weiterarbeiten."),
        ("Al Bundy", "Als Sie sich anmeldeten; al fresco; AL 35004."),
        ("Thi Tran", "This is fixed on Monday."),
        ("Mo Farah", "Mo-Fr von 8 bis 17 Uhr."),
        ("Ed Norton", "Ed tech and the ED are open."),
        ("Frei Otto", "Frei wählbare Felder fehlen."),
        ("Sun Li", "Sun 6 Dec is closed."),
        ("Cat Stevens", "Cat records are empty."),
        ("Victoria Beck", "Your clinic in Victoria is affected."),
        ("Erin Smith", "Ireland, not Erinville."),
    ],
)
def test_a_product_s_words_are_let_through_whoever_is_called_so(name: str, text: str) -> None:
    assert not are_named(text, [name])


@pytest.mark.parametrize("text", ["Dear Erin, exports fail.", "Dear Ms. Client, exports fail.", "Dear Erin Client,"])
def test_a_reader_s_own_name_is_no_secret_to_them(text: str) -> None:
    assert not are_named(text, [*NAMES, "Bob Client", "Erin Client"], "Erin Client")


@pytest.mark.parametrize("text", ["Dr. ", "Bob  Ray ", "Don ", "x", " "])
def test_the_longest_text_is_read_in_a_moment_whatever_it_repeats(text: str) -> None:
    for long in (text * 4_000, text + " " * 32_000, text + "a" * 32_000):
        assert not are_named(long[:32_767], ["Dr. Bobby Ray Smith", "Don Draper"])
