"""Whether a text for a client tells of votes: what must be held back, and what a product's own words must not cost."""

import pytest

from worker.escalation.comments.votes_told import tells_of_votes

TELLING = """
Two of us voted SEV-2.
The vote was close.
It was unanimous.
The panelists agreed.
Support voted for SEV-1, the rest did not.
I voted for the higher grade.
I would have voted differently.
We voted on it this morning.
Only one colleague voted against SEV-1.
One colleague wanted SEV-1.
My colleagues disagreed.
The votes were split.
There were two votes for SEV-2.
It was decided with two votes against one.
It went two to one.
It was 2:1 for SEV-2.
Two against one was the result.
I was outvoted.
We were overruled.
The three of us disagreed; the majority chose SEV-2.
Both of us think that it is urgent.
All of us agreed.
One of us wanted SEV-1.
The majority of us saw it as less urgent.
The majority was for SEV-2.
It was a majority decision.
It was chosen by a majority.
It was chosen by a large majority of votes.
The project manager wanted a hotfix.
The panel decided on SEV-2.
The panel has not agreed yet.
The panel voted.
The panel found SEV-2 right.
Für SEV-1 stimmten zwei.
It was graded by a panel of three.
The panel members could not agree.
It was the panel's decision.
The evaluators disagreed.
One evaluator saw it differently.
The chair had the casting vote.
The chair decided.
It was a split decision.
The engineering manager graded it SEV-2, the others SEV-1.
Es gab zwei Stimmen für SEV-1.
Wir haben einstimmig entschieden.
Das Gremium hat entschieden.
Zwei von uns haben für SEV-2 gestimmt.
Alle drei stimmten für SEV-2.
Alle drei waren für SEV-2.
Die Mehrheit war für SEV-2.
Die Mehrheit hat sich für SEV-2 entschieden.
Die Mehrheit von uns sah das anders.
Das entschied die Stimmenmehrheit.
Mehrheitlich wurde SEV-2 gewählt.
Es ging zwei zu eins aus.
Das Ergebnis war zwei gegen einen.
Mit 2:1 für SEV-2 entschieden.
Wir haben darüber abgestimmt.
Wir haben abgestimmt.
Über die Einstufung wurde abgestimmt.
Ich habe dagegen gestimmt.
Ich habe für die höhere Stufe gestimmt.
Der Support stimmte gegen SEV-1.
Ich wurde überstimmt.
Es gab eine Gegenstimme.
Mit zwei Stimmen zu einer war das klar.
Ich habe für SEV-1 votiert.
Das Votum war eindeutig.
Ein Kollege wollte SEV-1.
Die Kollegen waren dagegen.
Wir waren uns nicht einig.
Beide von uns halten das für dringend.
Einer von uns war für SEV-1.
Die Abstimmung ergab SEV-2.
Die Bewerter waren verschiedener Meinung.
Evaluators disagreed on this.
The vote went 2 to 1.
Two colleagues wanted SEV-1, one SEV-2.
Two wanted SEV-1.
Zwei waren für SEV-1, einer dagegen.
Both colleagues who looked at it chose SEV-2.
The others voted for Other.
Our vote was SEV-2.
The decision was unanimous.
Two out of three voted for SEV-2.
Two out of three were for SEV-2.
Zwei von drei stimmten für SEV-2.
The project manager disagreed with the engineering manager.
Engineering rated this SEV-2 but Support wanted SEV-1.
Der Projektleiter hat für SEV-2 gestimmt.
Die Kollegin aus dem Support wollte SEV-1.
Wir haben uns mit zwei zu eins entschieden.
Das Ergebnis war 2:1.
Das Ergebnis der Abstimmung war SEV-2.
Wir haben über SEV-2 abgestimmt.
Nicht alle waren für SEV-2.
A majority voted for SEV-2.
The panel's vote was SEV-2.
The panel graded it SEV-2.
Die Entscheidung fiel mit einer Gegenstimme.
We could not agree.
I was for SEV-1.
Ich war für SEV-1.
Ich hätte SEV-1 gewählt.
votes were counted
We had three votes.
My vote was for SEV-1.
Keiner von uns war für SEV-1.
The reviewers disagreed.
Drei Stimmen, alle für SEV-2.
All three voted SEV-2.
All three evaluators said SEV-2.
They voted SEV-2.
Everyone voted for SEV-2.
Nobody voted for SEV-1.
The engineering manager voted against.
Wir stimmten ab.
Die Stimmen gingen auseinander.
"""

HARMLESS = """
The vote button in your survey does not answer.
The voter list of your survey cannot be exported.
Pet owners cannot vote in your survey.
Owners who voted in your survey are asked again.
The number of votes in a survey is shown twice.
The votes of your survey are not counted.
The survey's voting page stays empty.
You may upvote an answer in the portal.
Devote an hour to it.
The admin panel does not load.
The control panel member list stays empty.
The control panel's members page stays empty.
Solar panel lists are cut off.
The side panel decision tree does not open.
The panel on the right shows old dates.
The panel shows the wrong patient.
The panel members of your board are not listed.
Your panel settings were lost.
The blood panel results of your patients are missing.
The majority of your invoices is sent twice.
A majority of your users is affected.
The majority was not affected.
It is used by a majority of your clinics.
Your practice manager wanted a hotfix.
The practice manager chose another grade of food.
Those who voted before, and others voted later, are shown twice.
The phone's voice menu goes from two to three options.
Reports take two to three minutes.
Your one to one appointments are doubled.
The number of copies fell from two to one.
The page has a ratio of 2:1.
Check-in starts at 2:15 and at 2:10.
Payments from 2-10 December fail.
All of us at the clinic desk are sorry for this.
All of you can check in patients again.
Two of your doctors cannot sign in.
Both of your clinics are affected.
The chair of room two cannot be booked.
The formula evaluator of your reports fails.
We agreed on a date with your IT.
We agree that this cannot wait.
The two amounts disagree.
Your colleagues can sign in again.
Our colleagues will call you on Monday.
Support will call you tomorrow.
Your choice of a grade for the pet's teeth is lost.
Die Zahlen stimmen nicht.
Die Beträge stimmen für Januar nicht.
Die Zahlen stimmten für März nicht.
Das stimmt für alle Praxen.
Dafür stimmt die Summe.
Wir haben die Termine mit Ihrer IT abgestimmt.
Die Felder sind nicht aufeinander abgestimmt.
Der Termin für Montag ist abgestimmt.
Die Ansicht ist genau auf Sie abgestimmt.
Das ist für Sie abgestimmt.
In Abstimmung mit Ihrer IT beheben wir das am Montag.
Nach Abstimmung mit Ihnen spielen wir die Korrektur ein.
Die Stimme der Telefonansage bleibt aus.
Die Stimmen der Telefonansage klingen verzerrt.
Zwei Stimmen der Telefonansage fehlen.
Eine Stimme für die Ansage lässt sich nicht wählen.
Die Mehrheit der Rechnungen wird doppelt versandt.
Die Mehrheit Ihrer Kunden ist nicht betroffen.
Die Mehrheit war nicht betroffen.
Berichte dauern zwei bis drei Minuten.
Die Zahl der Kopien fällt von zwei zu eins.
Bei einer Umfrage wird die Stimme des Tierhalters nicht gespeichert.
Die Abstimmung der Kassenbestände schlägt fehl.
Die Übereinstimmung der Adressen wird nicht geprüft.
Bitte stimmen Sie dem Neustart zu.
Sie müssen der Zahlung zustimmen.
Die Bestimmung der Blutwerte ist nicht möglich.
Alle drei Praxen sind betroffen.
Alle Termine im Mai fehlen.
Unser Kollege ruft Sie am Montag an.
Der Vorsitzende Ihres Vereins kann sich nicht anmelden.
Eine weitere Meldung von uns folgt am Freitag.
Guten Tag, ab Montag läuft alles wieder.
Alle Meldungen für Dringlichkeit fehlen.
The grade of the exam is wrong.
Your team agreed on this date with us.
Support agreed to call you.
Wir haben das Update mit Ihnen abgestimmt.
Der Fehler ist mit zwei Stimmen im Chat zu hören.
Das Ticket haben wir abgestimmt.
Die Kurse haben abgestimmte Farben.
Wir waren uns einig, dass Sie nicht warten können.
Your vote counts
It is due at two to one ratio.
The majority for which it fails use Safari.
Your clients can vote on this page.
Vote on it in your survey.
The panel found no data.
The panel is rated for 400 W.
One of us will call you on Monday.
Wir wählten eine andere Lösung.
This is our other panel.
Die Kollegen sahen sich das heute an.
Our colleagues wanted to call you.
Engineering chose a safer way.
We preferred a fix without a restart.
None of us could reproduce it.
Support rated the call.
The manager rated the visit and the owner chose another grade.
One manager chose this option and it is lost.
Die Rechnung stimmt für diese Bewertung nicht.
Die Summen stimmen für das Ticket.
"""


@pytest.mark.parametrize("text", TELLING.split("\n")[1:-1])
def test_a_text_that_tells_of_votes_is_known(text: str) -> None:
    assert tells_of_votes(text)
    assert tells_of_votes(f"You cannot check in patients.\n\n{text.upper()}")
    assert tells_of_votes("  ".join(text.split(" ")).replace("'", "’"))


@pytest.mark.parametrize("text", HARMLESS.split("\n")[1:-1])
def test_talk_of_the_product_is_none(text: str) -> None:
    assert not tells_of_votes(text)


@pytest.mark.parametrize("text", ["", "für die ", "the panel a ", "we ", "1", "x", " ", "two of ", "Stimmen a a "])
def test_the_longest_text_is_read_in_a_moment_whatever_it_repeats(text: str) -> None:
    for long in (text * 4_000, text + " " * 32_000, text + "a" * 32_000):
        assert not tells_of_votes(long[:32_767])
