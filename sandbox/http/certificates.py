"""A certificate authority of the sandbox's own, as companies have one: for trying TLS that no system trusts by itself.

The authority's certificate is what a worker names in JIRA_CA_FILE. Needs the package `trustme` (extra `embedded`).
"""

from dataclasses import dataclass
from pathlib import Path

HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server of TLS needs.

    Attributes:
        certificate: its chain and key, in one PEM file.
        authority: the authority's certificate, for whoever shall trust it.
        clients: whose certificates a caller must show; None where none is asked for.
        client: a caller's certificate and key by that authority, in one PEM file.
    """

    certificate: Path
    authority: Path
    clients: Path | None
    client: Path


def make(folder: Path, *hosts: str, ask_clients: bool = False) -> Tls:
    """A new authority in `folder` (made where it is missing), and a server's certificate for `hosts` by it."""
    import trustme  # noqa: PLC0415 - only who tries TLS needs it

    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="Sandbox Authority")
    ca, server, client = folder / "ca.pem", folder / "server.pem", folder / "client.pem"
    authority.cert_pem.write_to_path(ca)
    for path, certificate in (
        (server, authority.issue_cert(*(hosts or HOSTS))),
        (client, authority.issue_cert("worker@vendor.example")),
    ):
        path.touch(mode=0o600)
        certificate.private_key_and_cert_chain_pem.write_to_path(path)
    return Tls(server, ca, ca if ask_clients else None, client)
