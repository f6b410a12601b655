"""The one way to open an HTTP client: TLS, our own addresses, a time limit on every wait."""

import ipaddress
import ssl
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tiltaksflyt.delivery.kanal import KanalFeil, Kanalkode

TILKOBLING = timedelta(seconds=15)
# Between two bytes, not for a whole package: a GB may take its time, a silent line may not.
STILLHET = timedelta(minutes=2)


def open_client(
    *,
    tillitsanker: Path | None = None,
    klientsertifikat: tuple[Path, Path] | None = None,
    stillhet: timedelta = STILLHET,
) -> httpx.Client:
    """A client that follows no redirect and asks nobody's environment or .netrc where to go.

    `tillitsanker` is a file of CA certificates to trust instead of the system's; `klientsertifikat` is a certificate
    and its private key. A line that is silent for `stillhet` is given up. Raises KanalFeil(UGYLDIG_OPPSETT) when a
    file cannot be read.
    """
    return httpx.Client(
        verify=_open_tls(tillitsanker, klientsertifikat) if tillitsanker or klientsertifikat else _system_tls(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(stillhet.total_seconds(), connect=TILKOBLING.total_seconds()),
    )


def check_address(adresse: str) -> str:
    """The address as it came, when it is one that personal data may go to: https, or http to this very machine.

    Raises KanalFeil(UGYLDIG_OPPSETT).
    """
    try:
        deler = urlsplit(adresse)
        vert, _ = deler.hostname, deler.port
    except ValueError:
        vert, deler = None, urlsplit("")
    if not vert or deler.username is not None or deler.query or deler.fragment:
        raise KanalFeil(Kanalkode.UGYLDIG_OPPSETT)
    if deler.scheme != "https" and not (deler.scheme == "http" and _is_loopback(vert)):
        raise KanalFeil(Kanalkode.UGYLDIG_OPPSETT)
    return adresse


def _is_loopback(vert: str) -> bool:
    try:
        return ipaddress.ip_address(vert).is_loopback
    except ValueError:
        return vert == "localhost"


@cache
def _system_tls() -> ssl.SSLContext:
    """The system's own trust, as it is set up on the machine: read once, since it takes longer than a call."""
    return _open_tls(None, None)


def _open_tls(tillitsanker: Path | None, klientsertifikat: tuple[Path, Path] | None) -> ssl.SSLContext:
    try:
        tls = ssl.create_default_context(cafile=tillitsanker)
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if klientsertifikat is not None:
            sertifikat, nokkel = klientsertifikat
            tls.load_cert_chain(sertifikat, nokkel)
        return tls
    except (OSError, ssl.SSLError):
        pass
    raise KanalFeil(Kanalkode.UGYLDIG_OPPSETT)
