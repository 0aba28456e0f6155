"""Doctor on Jira itself: can it be reached, what is it, do the clocks agree, who are we there, and for how long."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from config.settings import Settings
from worker.alerts import credentials_expiry
from worker.doctor.finding import Finding, Group
from worker.errors import EscalationError, TryAgain, Unauthorized
from worker.jira import inspection
from worker.jira.inspection import Greeting, PersonalToken
from worker.jira.signin.credentials import credentials
from worker.jira.signin.login import GATEWAY_PATH
from worker.jira.signin.tls_and_proxies import Trust
from worker.jira.site import Refused, Site

GROUP = Group("jira")
ACCOUNT = "account"  # the line that says that Jira can be asked
SIGNS_FROM = 10  # Data Center's first version that signs its deliveries (jira-facts §1.2)
SKEW_ADVICE, SKEW_MEND = timedelta(seconds=60), timedelta(seconds=300)
END_ADVICE, END_MEND = timedelta(days=30), timedelta(days=7)
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
SCOPES = "read:jira-work, write:jira-work, read:jira-user, for service projects read:servicedesk-request"
RENEW = "Make a new token, put it into JIRA_TOKEN, and start the processes again."


def check(site: Site, settings: Settings, now: datetime) -> Iterator[Finding]:
    """The address, then who we are; the second only where the first answers."""
    url = settings.jira_url or ""
    trust = credentials(settings.require_jira()).trust
    yield from _transport(url)
    yield from _ways(settings, trust)
    try:
        greeting = inspection.greeting(url, trust)
    except TryAgain as error:
        mend = "Check JIRA_URL, the network between here and Jira, and Jira itself."
        yield GROUP.mend("JIRA_URL", f"{url} cannot be reached: {error}", mend)
        return
    strange = list(_greeted(url, greeting))
    if strange:
        yield from strange
        return
    yield from _clocks(greeting)
    yield from _account(site, settings, now)


def _ways(settings: Settings, trust: Trust) -> Iterator[Finding]:
    """How each host is reached that our login needs."""
    for name, url in (("JIRA_URL", settings.jira_url), ("JIRA_TOKEN_URL", settings.jira_token_url)):
        if url:
            yield GROUP.ok(f"way to {urlsplit(url).hostname}", f"{trust.way(url)} ({name})")


def is_here(url: str) -> bool:
    """Whether an address is on this machine."""
    return (urlsplit(url).hostname or "") in HERE


def _transport(url: str) -> Iterator[Finding]:
    if not url.startswith("http://"):
        return
    if is_here(url):
        mend = "Nothing to do while Jira is on this machine; elsewhere use https."
        yield GROUP.advice("encryption", "plain http to this machine", mend)
    else:
        found = "plain http to another machine: whoever is in between can read the token"
        yield GROUP.mend("encryption", found, "Let JIRA_URL begin with https://.")


def _greeted(url: str, greeting: Greeting) -> Iterator[Finding]:
    if greeting.leads_to:
        mend = f"Set JIRA_URL to the address that it leads to: {_bare(greeting.leads_to)}."
        yield GROUP.mend("JIRA_URL", f"{url} answers with a redirect ({greeting.status})", mend)
    elif greeting.status == 404:
        found = f"{url} answers, but is no Jira (404 for /rest/api/2/serverInfo)"
        mend = "Set JIRA_URL to Jira's base address, with its context path where it has one (https://host/jira)."
        yield GROUP.mend("JIRA_URL", found, mend)


def _bare(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _clocks(greeting: Greeting) -> Iterator[Finding]:
    if greeting.ahead is None:
        yield GROUP.advice(
            "clock", "Jira's answer has no date to compare with", "Make sure that this machine uses NTP."
        )
        return
    seconds = greeting.ahead.total_seconds()
    found = f"Jira's is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} ours"
    mend = "Let both machines keep their time by NTP; most often it is this one that is wrong."
    if abs(greeting.ahead) > SKEW_MEND:
        yield GROUP.mend("clock", found, mend)
    elif abs(greeting.ahead) > SKEW_ADVICE:
        yield GROUP.advice("clock", found, mend)
    else:
        yield GROUP.ok("clock", "agrees with Jira's")


def _account(site: Site, settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        yield from _version(site)
        us = inspection.myself(site)
    except (Unauthorized, Refused) as error:
        yield _refused(settings, error)
        return
    except EscalationError as error:
        yield GROUP.mend("JIRA_URL", str(error), "Check that JIRA_URL is the base address of a Jira that works.")
        return
    yield GROUP.ok(ACCOUNT, f"{us.name} ({us.id}), with {kind_of_token(site, settings)}")
    yield from _token(site, settings, now)


def _version(site: Site) -> Iterator[Finding]:
    version = str(site.server.get("version") or "of unknown version")
    first = int((site.server.get("versionNumbers") or [0])[0])
    if site.cloud:
        yield GROUP.ok("version", "Jira Cloud")
    elif first < SIGNS_FROM:
        found = f"Data Center {version}, which cannot sign its deliveries"
        mend = f"Upgrade Jira to {SIGNS_FROM}.0 or later; until then only the sweep finds what is new."
        yield GROUP.mend("version", found, mend)
    else:
        yield GROUP.ok("version", f"Data Center {version}")


def _refused(settings: Settings, error: EscalationError) -> Finding:
    status = error.status if isinstance(error, Refused) else 401
    if settings.jira_client_id:
        return GROUP.mend("credentials", str(error), "See docs/without-administrator.md, The account.")
    return GROUP.mend(
        "credentials",
        f"Jira answered {status} to JIRA_USER and JIRA_TOKEN",
        _login_mend(settings.jira_url or "", status),
    )


def _login_mend(url: str, status: int) -> str:
    if GATEWAY_PATH in url:
        return f"Make a token with the scopes {SCOPES}; JIRA_USER is its account's e-mail address."
    if ".atlassian.net" in url:
        return (
            "JIRA_USER is the account's e-mail address, JIRA_TOKEN an API token that has not ended. A token with "
            "scopes works only with JIRA_URL=https://api.atlassian.com/ex/jira/<cloudId>."
        )
    again = " Log in once in a browser: a CAPTCHA may be waiting." if status == 403 else ""
    return f"Cloud: e-mail address and API token. Data Center: a personal access token, and no JIRA_USER.{again}"


def kind_of_token(site: Site, settings: Settings) -> str:
    """What the account logs in with, in words."""
    if settings.jira_client_id:
        return "a service account's client credentials"
    if GATEWAY_PATH in (settings.jira_url or ""):
        return "a token with scopes, through the gateway"
    if site.cloud:
        return "an API token without scopes"
    return "user name and password" if settings.jira_user else "a personal access token"


def _token(site: Site, settings: Settings, now: datetime) -> Iterator[Finding]:
    if settings.jira_token_expires:
        yield _told_end(settings.jira_token_expires, now)
    elif settings.jira_client_id:
        mend = "Set JIRA_TOKEN_EXPIRES to the day on which the client secret ends, to be told in time."
        yield GROUP.advice("credentials' end", "Jira does not tell when a client secret ends", mend)
    elif site.cloud:
        yield GROUP.ok("token's end", "Cloud does not tell it; set JIRA_TOKEN_EXPIRES to be told in time")
    elif settings.jira_user:
        mend = "Use a personal access token: put it into JIRA_TOKEN and leave JIRA_USER out."
        yield GROUP.advice("token's end", "there is no token: a password is used", mend)
    else:
        yield from _personal(site, now)


def _told_end(expires: date, now: datetime) -> Finding:
    """By JIRA_TOKEN_EXPIRES, whatever kind of credential it is."""
    words = f"they {credentials_expiry.words(expires, now)}"
    reached = credentials_expiry.stage(expires, now)
    if reached is not None and reached <= END_MEND.days:
        return GROUP.mend("credentials' end", words, f"In time: {credentials_expiry.WHERE}.")
    return (
        GROUP.advice("credentials' end", words, f"In time: {credentials_expiry.WHERE}.")
        if reached
        else GROUP.ok("credentials' end", words)
    )


def _personal(site: Site, now: datetime) -> Iterator[Finding]:
    try:
        tokens = inspection.personal_tokens(site)
    except Refused as error:
        mend = "Look at the account's profile, Personal Access Tokens."
        yield GROUP.advice("token's end", f"cannot be read: {error}", mend)
        return
    yield end_of(tokens, now)


def end_of(tokens: tuple[PersonalToken, ...], now: datetime) -> Finding:
    """What is to say of the tokens' ends. Which of several is ours Jira does not tell, so there the first to end is
    advice only, unless all end soon."""
    alive = sorted(token.ends for token in tokens if token.ends and token.ends > now)
    endless = len(tokens) == 0 or any(token.ends is None for token in tokens)
    if not alive:
        return GROUP.ok("token's end", "it has none")
    first, last = alive[0] - now, alive[-1] - now
    which = "in" if len(tokens) == 1 else f"the first of {len(tokens)} tokens in"
    words = f"{which} {first.days} days, on {alive[0]:%Y-%m-%d}"
    if last < END_MEND and not endless:
        return GROUP.mend("token's end", words, RENEW)
    return GROUP.advice("token's end", words, RENEW) if first < END_ADVICE else GROUP.ok("token's end", words)
