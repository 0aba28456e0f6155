"""One thread's connection to a site: the `jira` package's session, settled once for all its calls.

`requests` merges headers, looks up proxies and certificates and finds the connection anew for each request, which costs
more than sending it. Errors are those of `requests`.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import requests
from jira import JIRA
from requests.cookies import extract_cookies_to_jar

from worker.jira.signin.tls_and_proxies import Trust

LEGAL = "!#$%&'()*+,/:;=?@[]~"  # what may stand in a path as it is (RFC 3986, 2.2), escapes among it


class Connection:
    """A session at `base`, told neither to retry nor to ask who is there."""

    def __init__(self, base: str, trust: Trust, timeout: tuple[float, float]) -> None:
        session = JIRA(base, get_server_info=False, max_retries=0, timeout=timeout)._session
        trust.settle(session, base)
        self.base = base
        self._url = str(requests.Request("GET", base).prepare().url).rstrip("/")
        self._headers, self._cookies = dict(session.headers), session.cookies
        self._adapter = session.get_adapter(base)
        self._how: dict[str, Any] = {
            "timeout": timeout,
            "proxies": session.proxies,
            "verify": session.verify,
            "cert": session.cert,
        }

    def send(
        self, method: str, path: str, query: Mapping[str, Any], body: Any, authorization: str
    ) -> requests.Response:
        """One request and its answer, whatever it is; redirects are not followed.

        Raises:
            requests.RequestException: there is none.
        """
        request = self._request(method, path, query, authorization)
        if body is not None:
            request.prepare_body(None, None, body)
        response = self._adapter.send(request, **self._how)
        _ = response.content  # read now, so that the connection is free and what breaks off breaks off here
        self._keep_cookies(response)
        return response

    def _request(
        self, method: str, path: str, query: Mapping[str, Any], authorization: str
    ) -> requests.PreparedRequest:
        """What `requests.Request.prepare` would make of it."""
        request = requests.PreparedRequest()
        request.method, request.url = method, f"{self._url}{quote(path, safe=LEGAL)}{_asked(query)}"
        request.headers = requests.structures.CaseInsensitiveDict(self._headers)
        request.headers["Authorization"] = authorization
        if self._cookies:
            request.prepare_cookies(self._cookies)
        return request

    def _keep_cookies(self, response: requests.Response) -> None:
        """A cluster's load balancer keeps a session at one node by them."""
        if "Set-Cookie" in response.headers:
            extract_cookies_to_jar(  # type: ignore[no-untyped-call]
                self._cookies, response.request, response.raw
            )


def _asked(query: Mapping[str, Any]) -> str:
    words = urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)
    return f"?{words}" if words else ""


def read_json(response: requests.Response) -> Any:
    """An answer's JSON. Half a character, which Jira sends where it has cut somebody's text, is left out:
    neither Jira nor Redis would take it from us.

    Raises:
        ValueError: it is none.
    """
    try:
        return msgspec.json.decode(response.content)
    except ValueError:
        whole = json.dumps(response.json(), ensure_ascii=False).encode(errors="ignore")
        return msgspec.json.decode(whole)
