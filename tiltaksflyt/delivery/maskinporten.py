"""Tokens from Maskinporten: a JWT grant (RFC 7523) signed with our own key, traded for an access token.

The rules of the grant are Digdir's («JWT grant» and «/token endpoint» in docs.digdir.no): `aud` is Maskinporten's own
name, `exp` − `iat` is at most 120 seconds, `iat` at most 10 seconds off, `jti` new every time, either `kid` or `x5c`
in the header, and no claim beyond those that are described. Tokens live in memory only.
"""

import base64
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.serialization import Encoding

from tiltaksflyt.delivery.httpklient import check_address
from tiltaksflyt.delivery.httpsvar import HttpFeil, Httpsvar, call
from tiltaksflyt.delivery.kanal import KanalFeil, Kanalkode
from tiltaksflyt.delivery.sertifikater import Sertifikatfeil, load_chain, load_key

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Half of what is allowed: a grant is used at once or not at all.
GRANTLEVETID = timedelta(seconds=60)
# A token that ends within this is not begun with.
_MARGIN = timedelta(seconds=15)
# How far off Maskinporten lets `iat` be; a second less, since a header has whole seconds.
_SLINGRING = timedelta(seconds=9)
# Maskinporten's own longest is two hours.
_MAKS_SEKUNDER = 7200
_HODEVERDI = re.compile(r"[!-~]+")
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# What Maskinporten answers a grant that it does not accept; all of them are about who we are and what we may.
_IKKE_GODTATT = frozenset({400, 401, 403})


@dataclass(frozen=True)
class Maskinportenoppsett:
    """One client in Maskinporten. `utsteder` is its address and its name, with a slash at the end.

    `kid` names the key where Maskinporten has it; without it the certificate chain in `sertifikatfil` goes along.
    `ressurser` narrows the token to these APIs, `konsument` is who has given us leave to ask on its behalf, and
    `systembruker` is the organisation whose system user the token is for (Altinn).
    """

    utsteder: str
    klient_id: str
    scope: str
    nokkelfil: Path
    kid: str | None = None
    sertifikatfil: Path | None = None
    ressurser: tuple[str, ...] = ()
    konsument: str | None = None
    systembruker: str | None = None


@dataclass(frozen=True)
class Token:
    """An access token, and when it must be followed by another."""

    verdi: str = field(repr=False)
    utloper: datetime


def read_oppsett(innstillinger: Mapping[str, Any], katalog: Path) -> Maskinportenoppsett:
    """The `maskinporten` part of a recipient's set-up in mottakere.yaml; its files are named from `katalog`."""
    sertifikatfil = innstillinger.get("sertifikatfil")
    return Maskinportenoppsett(
        utsteder=innstillinger["utsteder"],
        klient_id=innstillinger["klientId"],
        scope=innstillinger["scope"],
        nokkelfil=katalog / innstillinger["nokkelfil"],
        kid=innstillinger.get("kid"),
        sertifikatfil=katalog / sertifikatfil if sertifikatfil else None,
        ressurser=tuple(innstillinger.get("ressurser", ())),
        konsument=innstillinger.get("konsument"),
        systembruker=innstillinger.get("systembruker"),
    )


class Tokenkilde:
    """Gives the same token until it is about to end. Used by several threads at once."""

    def __init__(self, hent: Callable[[], Token], klokke: Callable[[], datetime]) -> None:
        self._hent = hent
        self._klokke = klokke
        self._las = threading.Lock()
        self._token: Token | None = None

    def get(self) -> Token:
        """A token that is good for a while yet. Raises KanalFeil."""
        with self._las:
            if self._token is None or self._token.utloper - _MARGIN <= self._klokke():
                self._token = self._hent()
            return self._token

    def forget(self, token: Token) -> None:
        """Somebody did not accept this token: the next one is new, unless another thread has asked already."""
        with self._las:
            if self._token is token:
                self._token = None


def make_grant(oppsett: Maskinportenoppsett, now: datetime, jti: str) -> str:
    """The signed grant. Raises KanalFeil(UGYLDIG_OPPSETT) without a word of what the files say."""
    iat = int(now.timestamp())
    krav: dict[str, Any] = {
        "aud": oppsett.utsteder,
        "iss": oppsett.klient_id,
        "scope": oppsett.scope,
        "iat": iat,
        "exp": iat + int(GRANTLEVETID.total_seconds()),
        "jti": jti,
    }
    if oppsett.ressurser:
        krav["resource"] = list(oppsett.ressurser)
    if oppsett.konsument is not None:
        krav["consumer_org"] = oppsett.konsument
    if oppsett.systembruker is not None:
        krav["authorization_details"] = [_system_user(oppsett.systembruker)]
    try:
        nokkel = load_key(oppsett.nokkelfil)
        hode = {"x5c": _read_chain(oppsett.sertifikatfil)} if oppsett.sertifikatfil else {"kid": oppsett.kid}
    except Sertifikatfeil:
        pass
    else:
        return jwt.encode(krav, nokkel, algorithm="RS256", headers=hode)
    # Outside the except block: nothing of the key comes along as context.
    raise KanalFeil(Kanalkode.UGYLDIG_OPPSETT)


def request_token(klient: httpx.Client, oppsett: Maskinportenoppsett, now: datetime) -> Token:
    """A new token from Maskinporten. Raises KanalFeil; a grant that is not accepted is TILGANG_NEKTET.

    When our clock turns out to be further off than Maskinporten stands, it is asked once more by its own.
    """
    svar = _ask(klient, oppsett, now)
    if svar.status in _IKKE_GODTATT and (deres := svar.sent) is not None and abs(deres - now) > _SLINGRING:
        svar = _ask(klient, oppsett, deres)
    _require_accepted(svar, now)
    innhold = svar.json_object()
    verdi, sekunder = innhold.get("access_token"), innhold.get("expires_in")
    # The token is Maskinporten's own affair (it may be of any form), but it must fit in a header.
    if not isinstance(verdi, str) or not _HODEVERDI.fullmatch(verdi) or type(sekunder) is not int:
        raise HttpFeil(Kanalkode.UVENTET_SVAR)
    return Token(verdi, now + timedelta(seconds=min(max(sekunder, 0), _MAKS_SEKUNDER)))


def exchange_token(klient: httpx.Client, plattform: str, token: Token, now: datetime) -> Token:
    """Altinn's own token for one from Maskinporten («Token exchange» in docs.altinn.studio). Raises KanalFeil.

    The answer is the token itself, with or without quotes. It says when it ends; so may the one it came from.
    """
    adresse = f"{check_address(plattform).rstrip('/')}/authentication/api/v1/exchange/maskinporten"
    hode = {"Authorization": f"Bearer {token.verdi}", "Accept": "application/json, text/plain"}
    svar = call(klient, "GET", adresse, headers=hode)
    _require_accepted(svar, now)
    verdi = svar.innhold.decode("ascii", "replace").strip().strip('"')
    exp = _read_exp(verdi) if _JWT.fullmatch(verdi) else None
    if exp is None:
        raise HttpFeil(Kanalkode.UVENTET_SVAR)
    return Token(verdi, exp)


def _ask(klient: httpx.Client, oppsett: Maskinportenoppsett, now: datetime) -> Httpsvar:
    adresse = f"{check_address(oppsett.utsteder).rstrip('/')}/token"
    grant = make_grant(oppsett, now, str(uuid4()))
    return call(klient, "POST", adresse, data={"grant_type": _GRANT, "assertion": grant})


def _system_user(orgnr: str) -> Mapping[str, Any]:
    return {
        "type": "urn:altinn:systemuser",
        "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": f"0192:{orgnr}"},
    }


def _read_chain(fil: Path) -> list[str]:
    """The certificates as x5c wants them (RFC 7515, 4.1.6): our own first, each DER in plain base64."""
    return [base64.b64encode(ett.public_bytes(Encoding.DER)).decode("ascii") for ett in load_chain(fil)]


def _require_accepted(svar: Httpsvar, now: datetime) -> None:
    if svar.status in _IKKE_GODTATT:
        raise HttpFeil(Kanalkode.TILGANG_NEKTET)
    if not svar.er_ok:
        raise svar.fault(now)


def _read_exp(verdi: str) -> datetime | None:
    """When a token ends, by its own word. It is not ours to verify: it is Altinn that it must convince."""
    try:
        exp = jwt.decode(verdi, options={"verify_signature": False})["exp"]
        return datetime.fromtimestamp(exp, UTC)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
