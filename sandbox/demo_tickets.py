"""Three bug reports for the demo, told as clients tell them."""

from sandbox.jira.story import Story

REPORTS = (
    (
        "Nightly export to the bank fails since the last update",
        'Since yesterday\'s update our payment export stops at 02:00 with "signature rejected".\n\n'
        "300 supplier payments are waiting, and the bank's cut-off is tomorrow at noon.",
        "We are looking at the export service now and will keep you posted.",
    ),
    (
        "Customers see each other's order history",
        "Two of our customers called: after signing in they saw orders that are not theirs.\n\n"
        "This happens about once in fifty sign-ins.",
        "Thank you for telling us at once. Can you send us the two account numbers?",
    ),
    (
        "The logo on printed invoices is cut off",
        "On invoices with more than one page the right third of our logo is missing.\n\n"
        "Not dramatic, but it looks odd.",
        "We can see it here too.",
    ),
)


SECOND = (
    "Bank file is refused",
    "Our bank refuses the payment file since Monday. We cannot pay anybody.",
    "Thank you. We look into it with the engineers.",
)
BUG = ("Export signs with the old certificate", "The export service has not loaded the new certificate of the bank.")


def seed(jira: Story) -> list[str]:
    """File the reports in SUP, each with a first public answer by Support; then the engineers' bug behind the first, to
    which the request of another client is linked, too. Their keys."""
    keys = []
    for summary, text, answer in REPORTS:
        key = jira.create_ticket("SUP", summary, reporter="clara", description=text)
        jira.comment(key, answer, by="sam", public=True)
        keys.append(key)
    summary, text, answer = SECOND
    second = jira.create_ticket("SUP", summary, reporter="carl", description=text)
    jira.comment(second, answer, by="sue", public=True)
    bug = jira.create_ticket("OPS", BUG[0], reporter="erin", description=BUG[1])
    for request in (keys[0], second):
        jira.link(request, bug, by="sam")
    return [*keys, second, bug]
