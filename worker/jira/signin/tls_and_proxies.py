"""How connections to Jira are trusted and led: a company's own certificates, a client certificate, proxies.

Whatever a session of ours sends to Jira, to Atlassian's gateway or to where tokens are given goes by what is settled
here once; looked up at each call it would cost more than sending it.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter


@dataclass(frozen=True, slots=True)
class Trust:
    """What a company's network asks for.

    Attributes:
        ca_file: certificates to trust besides the usual ones (JIRA_CA_FILE).
        client_cert, client_key: what we show in turn (JIRA_CLIENT_CERT, JIRA_CLIENT_KEY); the key may lie in the
            certificate's file.
    """

    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None

    def settle(self, session: requests.Session, url: str) -> None:
        """Takes proxies and certificates for calls to `url` once, for all calls to come.

        An entry in ~/.netrc would take the place of our token: the environment is not asked again.
        """
        found = session.merge_environment_settings(url, {}, None, None, None)
        session.proxies, session.verify = found["proxies"], found["verify"]
        session.trust_env = False
        if self.client_cert:
            key = self.client_key or self.client_cert
            session.cert = (str(self.client_cert), str(key))
        trusting = self.ca_file if url.startswith("https://") else None
        adapter = _TrustingAdapter(trusting, session.verify) if trusting else _SettledAdapter()
        session.mount("{0.scheme}://{0.netloc}".format(urlsplit(url)), adapter)

    def session(self, url: str) -> requests.Session:
        """A bare session for calls to `url`."""
        session = requests.Session()
        self.settle(session, url)
        return session

    def way(self, url: str) -> str:
        """How `url` is reached, for the operator: no password of a proxy is shown."""
        session = self.session(url)
        proxy = session.proxies.get(urlsplit(url).scheme) or session.proxies.get("all")
        parts = urlsplit(proxy) if proxy else None
        by = f"by the proxy {parts.scheme}://{parts.hostname}:{parts.port or 80}" if parts else "directly"
        usual = session.verify if isinstance(session.verify, str) else "the usual authorities"
        trusted = f"{usual} and {self.ca_file}" if self.ca_file else str(usual)
        shown = f"; shows the certificate {self.client_cert}" if self.client_cert else ""
        return f"{by}; trusts {trusted}{shown}" if url.startswith("https://") else by


USUAL = Trust()
"""What holds where a company asks for nothing."""


class _SettledAdapter(HTTPAdapter):
    """For calls to one place, by one way: the connections are found, and told what to trust, once."""

    _found: Any = None
    _told: Any = None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        self._found = self._found or super().get_connection_with_tls_context(*args, **kwargs)
        return self._found

    def cert_verify(self, connections: Any, *args: Any) -> None:
        if self._told is not connections:
            super().cert_verify(connections, *args)  # type: ignore[no-untyped-call]
            self._told = connections


class _TrustingAdapter(_SettledAdapter):
    """Trusts a file's certificates as well as those that are trusted anyway (REQUESTS_CA_BUNDLE, else certifi's)."""

    def __init__(self, ca_file: Path, verify: object) -> None:
        self._context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else certifi.where())
        self._context.load_verify_locations(ca_file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)


def issuer(host: str, port: int, patience: float) -> str:
    """Who issued the certificate that a server shows, untrusted as it is; empty where that cannot be told.

    The certificate itself is taken for trusted, for this one look at it: only then does Python say what is in it.
    """
    try:
        shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, port), timeout=patience))
        context = ssl.create_default_context(cadata=shown)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return _issuer(context, host, port, patience)
    except (OSError, ValueError):
        return ""


def _issuer(context: ssl.SSLContext, host: str, port: int, patience: float) -> str:
    with (
        socket.create_connection((host, port), patience) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        certificate = connection.getpeercert() or {}
    names = {str(part[0]): str(part[1]) for group in certificate.get("issuer", ()) for part in group}
    return names.get("commonName") or names.get("organizationName", "")
