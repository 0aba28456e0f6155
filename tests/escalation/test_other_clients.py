"""What may tell one client of another, and what only speaks of the product or of the reader."""

import pytest

from worker.escalation.plan.other_clients import tells_of_others

TELLS = """\
Three clients told us so.
It is down for all our customers.
Dozens of customers wait.
You are the third to report it.
You are the 4th customer today.
You are the second one who told us.
You are not the only one.
You aren't alone with this.
Others have reported it, too.
Someone else has also asked.
Sie sind der dritte Kunde.
Sie sind die dritte, die es meldet.
Sie sind der 3., der das meldet.
Sie sind nicht der einzige.
Sie sind damit nicht allein mit dem Problem.
Andere haben das auch gemeldet.
Mehrere unserer Kunden warten.
""".splitlines()

SILENT = """\
Exports fail for two clinics since this morning.
All requests to the server fail.
The third screen stays empty.
Save twice: the second time it works.
It fails on the 3rd of each month.
It is not the only screen that fails.
Es ist nicht der einzige Bericht.
Only one of your two devices can log in.
Others can be edited as before.
Die dritte Ansicht bleibt leer.
Andere Berichte gehen noch.
Es liegt nicht allein am Netz.
""".splitlines()


@pytest.mark.parametrize("text", TELLS)
def test_it_is_held_back(text: str) -> None:
    assert tells_of_others(text)


@pytest.mark.parametrize("text", SILENT)
def test_it_is_told(text: str) -> None:
    assert not tells_of_others(text)
