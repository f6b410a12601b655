"""Maskinporten as Digdir describes it, on loopback: gives tokens, and refuses every grant that breaks a rule.

From docs.digdir.no: «JWT grant» (claims, 10 s, 120 s, a JWT is used once, no claim that is not described), «/token
endpoint» (aud is the issuer and nothing else), «Feilsøking» (400 with error and error_description).
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.motparter.motpart import Kall, Motpart, Rute, Svar

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SLINGRING = 10
_MAKS_LEVETID = 120
_PABUDT = {"aud", "iss", "iat", "exp", "scope"}
_KJENTE = _PABUDT | {"jti", "resource", "consumer_org", "authorization_details", "iss_onbehalfof", "pid"}
# The clock is our own, and the name is compared by hand.
_UBUNDET: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
_BEGYNNELSE = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def rsa_key(navn: str, bit: int = 2048) -> RSAPrivateKey:
    """The key of that name: the same through a run, since making one is slow."""
    del navn
    return generate_private_key(65537, bit)


def pem(nokkel: Any) -> bytes:
    skrevet = nokkel.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert isinstance(skrevet, bytes)
    return skrevet


def certify(navn: str, nokkel: RSAPrivateKey, utsteder: tuple[str, RSAPrivateKey] | None = None) -> x509.Certificate:
    """A certificate by an issuer, or by itself."""
    utsteders_navn, utsteders_nokkel = utsteder or (navn, nokkel)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, navn)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, utsteders_navn)]))
        .public_key(nokkel.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGYNNELSE)
        .not_valid_after(_BEGYNNELSE + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(utsteders_nokkel, hashes.SHA256())
    )


@dataclass
class Klient:
    """A registered client: its organisation, keys by kid, and the scopes that it may ask for."""

    orgnr: str
    nokler: Mapping[str, RSAPublicKey]
    scopes: frozenset[str]
    # Who has given it leave to ask on their behalf, and whose system users it serves.
    fullmakter: frozenset[str] = frozenset()
    systembrukere: frozenset[str] = frozenset()
    sertifikatrot: x509.Certificate | None = None


@dataclass
class _Avslag(Exception):
    beskrivelse: str
    feil: str = "invalid_grant"
    status: int = 400


class Maskinporten(Motpart):
    """Gives tokens that the API stand-ins believe in."""

    def __init__(self, klienter: Mapping[str, Klient], klokke: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self.klienter = dict(klienter)
        self.klokke = klokke or self.klokke
        self.levetid = 120
        self.brukte: set[str] = set()
        self.grants: list[Mapping[str, Any]] = []
        self._nokkel = rsa_key("maskinporten")

    @property
    def utsteder(self) -> str:
        return f"{self.adresse}/"

    def ruter(self) -> Sequence[Rute]:
        return [("token", "POST", "/token", self.token)]

    def token(self, kall: Kall) -> Svar:
        try:
            if kall.hode.get("content-type") != "application/x-www-form-urlencoded":
                raise _Avslag("content type", "invalid_request")
            skjema = kall.form()
            if skjema.get("grant_type") != GRANT:
                raise _Avslag("grant type", "unsupported_grant_type")
            return self._give(self._accept(skjema.get("assertion", "")))
        except _Avslag as avslag:
            return Svar.json({"error": avslag.feil, "error_description": avslag.beskrivelse}, avslag.status)

    def read(self, token: str) -> Mapping[str, Any] | None:
        """What a token says, if it is one of ours and has not ended."""
        try:
            krav: Mapping[str, Any] = jwt.decode(
                token, self._nokkel.public_key(), algorithms=["RS256"], options=_UBUNDET
            )
        except jwt.PyJWTError:
            return None
        return krav if krav["exp"] > self.klokke().timestamp() else None

    def _accept(self, grant: str) -> tuple[Klient, Mapping[str, Any]]:
        try:
            hode = jwt.get_unverified_header(grant)
            ulest = jwt.decode(grant, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise _Avslag("not a JWT") from None
        klient = self.klienter.get(ulest.get("iss", ""))
        if klient is None:
            raise _Avslag("Invalid assertion. Client authentication failed. (MP-100)")
        if hode.get("alg") not in ("RS256", "RS384", "RS512"):
            raise _Avslag("alg")
        try:
            krav = jwt.decode(
                grant,
                _key(klient, hode),
                algorithms=["RS256", "RS384", "RS512"],
                options=_UBUNDET,
            )
        except jwt.PyJWTError:
            raise _Avslag("Invalid assertion. Client authentication failed. (MP-120)") from None
        self._check(klient, krav, grant)
        self.grants.append(krav | {"_hode": hode})
        return klient, krav

    def _check(self, klient: Klient, krav: Mapping[str, Any], grant: str) -> None:
        na = self.klokke().timestamp()
        if not krav.keys() >= _PABUDT or not krav.keys() <= _KJENTE:
            raise _Avslag("Invalid assertion: claims")
        if krav["aud"] != self.utsteder:
            raise _Avslag("Invalid JWT claim aud (MP-110)")
        if abs(krav["iat"] - na) > _SLINGRING:
            raise _Avslag("iat")
        if not krav["iat"] < krav["exp"] <= krav["iat"] + _MAKS_LEVETID or krav["exp"] <= na:
            raise _Avslag("exp")
        engang = krav.get("jti", grant)
        with self.las:
            if engang in self.brukte:
                raise _Avslag("jti")
            self.brukte.add(engang)
        _check_rights(klient, krav)

    def _give(self, godtatt: tuple[Klient, Mapping[str, Any]]) -> Svar:
        klient, krav = godtatt
        na = int(self.klokke().timestamp())
        innhold = {
            "iss": self.utsteder,
            "client_id": krav["iss"],
            "scope": krav["scope"],
            "iat": na,
            "exp": na + self.levetid,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{krav.get('consumer_org', klient.orgnr)}"},
        }
        for navn in ("authorization_details", "resource"):
            if navn in krav:
                innhold["aud" if navn == "resource" else navn] = krav[navn]
        token = jwt.encode(innhold, self._nokkel, algorithm="RS256")
        return Svar.json(
            {"access_token": token, "token_type": "Bearer", "expires_in": self.levetid, "scope": krav["scope"]}
        )


def _check_rights(klient: Klient, krav: Mapping[str, Any]) -> None:
    if not set(krav["scope"].split()) <= klient.scopes or not krav["scope"].strip():
        raise _Avslag("scope", "invalid_scope")
    if krav.get("consumer_org") not in (None, *klient.fullmakter):
        raise _Avslag("no delegation", "invalid_grant", 403)
    if "resource" in krav and not isinstance(krav["resource"], list):
        raise _Avslag("resource")
    for detalj in krav.get("authorization_details", []):
        ident = detalj["systemuser_org"]["ID"]
        if detalj["type"] != "urn:altinn:systemuser" or ident.removeprefix("0192:") not in klient.systembrukere:
            raise _Avslag("system user")


def _key(klient: Klient, hode: Mapping[str, Any]) -> RSAPublicKey:
    if ("kid" in hode) == ("x5c" in hode):
        raise _Avslag("kid or x5c")
    if "kid" in hode:
        if hode["kid"] not in klient.nokler:
            raise _Avslag("kid")
        return klient.nokler[hode["kid"]]
    try:
        kjede = [x509.load_der_x509_certificate(base64.b64decode(ledd, validate=True)) for ledd in hode["x5c"]]
        for ledd, neste in zip(kjede, [*kjede[1:], klient.sertifikatrot], strict=True):
            assert neste is not None
            if ledd != neste:
                ledd.verify_directly_issued_by(neste)
    except Exception:
        raise _Avslag("The JWT is signed with an invalid certificate. (MP-120)") from None
    nokkel = kjede[0].public_key()
    assert isinstance(nokkel, RSAPublicKey)
    return nokkel


def write_key(katalog: Path, navn: str, nokkel: Any) -> str:
    (katalog / navn).write_bytes(pem(nokkel))
    return navn
