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


def seed(jira: Story) -> list[str]:
    """File the reports in SUP, each with a first public answer by Support; their keys."""
    keys = []
    for summary, text, answer in REPORTS:
        key = jira.create_ticket("SUP", summary, reporter="clara", description=text)
        jira.comment(key, answer, by="sam", public=True)
        keys.append(key)
    return keys
