"""Doctor on the links through which clients are told, and on tickets whose answer nobody would hear."""

from tests.doctor.conftest import SetUp


def found(setup: SetUp, name: str) -> list[tuple[str, str, str]]:
    return [(f.level, f.found, f.mend) for f in setup.examined() if f.name == name]


def rules(setup: SetUp, types: str) -> None:
    text = setup.file.read_text()
    start = text.index("told_through =")
    setup.file.write_text(f"{text[:start]}told_through = {types}{text[text.index(chr(10), start) :]}")


def test_a_type_that_the_site_does_not_know_is_named_with_the_near_misses(setup: SetUp) -> None:
    rules(setup, '["Problem/Incident", "Dupilcate", "Follows"]')
    mistakes = found(setup, "client.told_through")
    assert [level for level, _, _ in mistakes] == ["mend", "mend"]
    assert "'Dupilcate'; did you mean Duplicate?" in mistakes[0][1] and "'Follows'" in mistakes[1][1]


def test_a_usual_type_that_a_site_lacks_is_only_advice(setup: SetUp) -> None:
    setup.jira.state.link_types = [kind for kind in setup.jira.state.link_types if kind.name != "Problem/Incident"]
    [(level, words, _)] = found(setup, "client.told_through")
    assert level == "advice" and "'Problem/Incident'" in words


def test_where_nobody_would_hear_it(setup: SetUp) -> None:
    [(level, words, _)] = found(setup, "OPS: who hears the answer")
    assert level == "ok" and "SUP" in words
    rules(setup, '["Nothing of the kind"]')
    [(level, words, mend)] = found(setup, "OPS: who hears the answer")
    assert level == "mend" and words.startswith("nobody") and "told_through" in mend


def test_a_service_project_that_is_not_served_must_be_open_to_answers(setup: SetUp) -> None:
    setup.file.write_text(f'projects = ["OPS"]\n{setup.file.read_text()}')
    assert [level for level, _, _ in found(setup, "SUP: linked requests")] == ["ok"]
    setup.jira.user("bot").agent = False
    assert [level for level, _, _ in found(setup, "SUP: linked requests")] == ["mend"]
