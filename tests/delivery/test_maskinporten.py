"""Tokens from Maskinporten: the grant by its rules, a token for as long as it lasts, and not a word of it anywhere."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_ec_key
from cryptography.hazmat.primitives.serialization import Encoding

from tests.motparter.maskinporten import GRANT, Klient, Maskinporten, certify, pem, rsa_key, write_key
from tests.motparter.motpart import Svar, Uorden
from tiltaksflyt.delivery.httpklient import open_client
from tiltaksflyt.delivery.kanal import KanalFeil, Kanalkode
from tiltaksflyt.delivery.maskinporten import (
    Maskinportenoppsett,
    Token,
    Tokenkilde,
    exchange_token,
    make_grant,
    read_oppsett,
    request_token,
)

ORGNR, ANNET_ORGNR = "999888777", "987654325"
KLIENT, KID = "klient-1", "nokkel-1"
SCOPE = "altinn:broker.read altinn:broker.write"
# The second summer time ends: neither clock nor token minds.
NA = datetime(2026, 10, 25, 0, 59, 55, tzinfo=UTC)


class Klokke:
    def __init__(self) -> None:
        self.na = NA

    def __call__(self) -> datetime:
        return self.na


@pytest.fixture
def klokke() -> Klokke:
    return Klokke()


@pytest.fixture
def maskinporten(klokke: Klokke) -> Iterator[Maskinporten]:
    rot = certify("Rot", rsa_key("rot"))
    klient = Klient(
        orgnr=ORGNR,
        nokler={KID: rsa_key("klient").public_key()},
        scopes=frozenset(SCOPE.split()),
        fullmakter=frozenset({ANNET_ORGNR}),
        systembrukere=frozenset({ANNET_ORGNR}),
        sertifikatrot=rot,
    )
    with Maskinporten({KLIENT: klient}, klokke) as motpart:
        yield motpart


@pytest.fixture
def klient() -> Iterator[httpx.Client]:
    with open_client(stillhet=timedelta(seconds=1)) as klient:
        yield klient


@pytest.fixture
def innstillinger(maskinporten: Maskinporten, tmp_path: Path) -> dict[str, Any]:
    return {
        "utsteder": maskinporten.utsteder,
        "klientId": KLIENT,
        "scope": SCOPE,
        "nokkelfil": write_key(tmp_path, "nokkel.pem", rsa_key("klient")),
        "kid": KID,
    }


@pytest.fixture
def oppsett(innstillinger: Mapping[str, Any], tmp_path: Path) -> Maskinportenoppsett:
    return read_oppsett(innstillinger, tmp_path)


def refused(kall: Callable[[], object], kode: Kanalkode) -> None:
    with pytest.raises(KanalFeil) as feil:
        kall()
    assert feil.value.kode is kode
    assert feil.value.__context__ is None


def test_a_grant_by_the_rules(oppsett: Maskinportenoppsett) -> None:
    grant = make_grant(oppsett, NA, "en-jti")
    assert jwt.get_unverified_header(grant) == {"alg": "RS256", "typ": "JWT", "kid": KID}
    krav = jwt.decode(
        grant,
        rsa_key("klient").public_key(),
        algorithms=["RS256"],
        audience=oppsett.utsteder,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert krav == {
        "aud": oppsett.utsteder,
        "iss": KLIENT,
        "scope": SCOPE,
        "iat": int(NA.timestamp()),
        "exp": int(NA.timestamp()) + 60,
        "jti": "en-jti",
    }


def test_what_narrows_a_grant(innstillinger: Mapping[str, Any], tmp_path: Path) -> None:
    oppsett = read_oppsett(
        {**innstillinger, "ressurser": ["https://api"], "konsument": ANNET_ORGNR, "systembruker": ANNET_ORGNR}, tmp_path
    )
    krav = jwt.decode(make_grant(oppsett, NA, "x"), options={"verify_signature": False})
    assert krav["resource"] == ["https://api"]
    assert krav["consumer_org"] == ANNET_ORGNR
    assert krav["authorization_details"] == [
        {
            "type": "urn:altinn:systemuser",
            "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": f"0192:{ANNET_ORGNR}"},
        }
    ]


def test_a_token(maskinporten: Maskinporten, klient: httpx.Client, oppsett: Maskinportenoppsett) -> None:
    token = request_token(klient, oppsett, NA)
    krav = maskinporten.read(token.verdi)
    assert krav is not None
    assert (krav["scope"], krav["consumer"]["ID"]) == (SCOPE, f"0192:{ORGNR}")
    assert token.utloper == NA + timedelta(seconds=120)
    assert token.verdi not in repr(token)


def test_each_grant_is_another(maskinporten: Maskinporten, klient: httpx.Client, oppsett: Maskinportenoppsett) -> None:
    for _ in range(3):
        request_token(klient, oppsett, NA)
    assert len({grant["jti"] for grant in maskinporten.grants}) == 3


def test_narrowed_tokens_are_given(
    maskinporten: Maskinporten, klient: httpx.Client, innstillinger: Mapping[str, Any], tmp_path: Path
) -> None:
    oppsett = read_oppsett(
        {**innstillinger, "ressurser": ["https://api"], "konsument": ANNET_ORGNR, "systembruker": ANNET_ORGNR}, tmp_path
    )
    krav = maskinporten.read(request_token(klient, oppsett, NA).verdi)
    assert krav is not None
    assert (krav["aud"], krav["consumer"]["ID"]) == (["https://api"], f"0192:{ANNET_ORGNR}")


def test_with_the_certificate_instead_of_a_registered_key(
    maskinporten: Maskinporten, klient: httpx.Client, innstillinger: Mapping[str, Any], tmp_path: Path
) -> None:
    mellom = certify("Mellom", rsa_key("mellom"), ("Rot", rsa_key("rot")))
    eget = certify("Virksomhet", rsa_key("klient"), ("Mellom", rsa_key("mellom")))
    (tmp_path / "kjede.pem").write_bytes(eget.public_bytes(Encoding.PEM) + mellom.public_bytes(Encoding.PEM))
    uten_kid = {navn: verdi for navn, verdi in innstillinger.items() if navn != "kid"}
    oppsett = read_oppsett({**uten_kid, "sertifikatfil": "kjede.pem"}, tmp_path)
    assert request_token(klient, oppsett, NA).verdi
    assert set(maskinporten.grants[0]["_hode"]) == {"alg", "typ", "x5c"}
    fremmed = certify("Virksomhet", rsa_key("klient"), ("Mellom", rsa_key("annen")))
    (tmp_path / "kjede.pem").write_bytes(fremmed.public_bytes(Encoding.PEM) + mellom.public_bytes(Encoding.PEM))
    refused(lambda: request_token(klient, oppsett, NA), Kanalkode.TILGANG_NEKTET)


# --- what Maskinporten refuses: that the stand-in does, and what we make of it ---


def grant(maskinporten: Maskinporten, *, nokkel: str = "klient", kid: str = KID, **endret: Any) -> str:
    krav = {
        "aud": maskinporten.utsteder,
        "iss": KLIENT,
        "scope": SCOPE,
        "iat": int(NA.timestamp()),
        "exp": int(NA.timestamp()) + 120,
        "jti": "1",
    } | endret
    krav = {navn: verdi for navn, verdi in krav.items() if verdi is not None}
    return jwt.encode(krav, rsa_key(nokkel), algorithm="RS256", headers={"kid": kid})


def post(klient: httpx.Client, maskinporten: Maskinporten, assertion: str, grant_type: str = GRANT) -> int:
    svar = klient.post(f"{maskinporten.adresse}/token", data={"grant_type": grant_type, "assertion": assertion})
    return svar.status_code


def test_the_stand_in_takes_a_grant_at_the_limits(klient: httpx.Client, maskinporten: Maskinporten) -> None:
    assert post(klient, maskinporten, grant(maskinporten)) == 200
    assert post(klient, maskinporten, grant(maskinporten, jti=None)) == 200
    sent = int(NA.timestamp()) - 10
    assert post(klient, maskinporten, grant(maskinporten, jti="2", iat=sent, exp=sent + 120)) == 200


@pytest.mark.parametrize(
    "endret",
    [
        {"aud": "https://maskinporten.no/token"},
        {"aud": ["https://maskinporten.no/", "https://annen/"]},
        {"iss": "ukjent-klient"},
        {"nokkel": "annen"},
        {"kid": "ukjent"},
        {"exp": int(NA.timestamp()) + 121},
        {"exp": int(NA.timestamp())},
        {"iat": int(NA.timestamp()) - 11},
        {"iat": int(NA.timestamp()) + 11, "exp": int(NA.timestamp()) + 20},
        {"scope": None},
        {"scope": ""},
        {"scope": "nav:hemmelig"},
        {"consumer_org": "111222333"},
        {"resource": "ikke-en-liste"},
        {"ukjent": "krav"},
    ],
)
def test_the_stand_in_refuses(klient: httpx.Client, maskinporten: Maskinporten, endret: dict[str, Any]) -> None:
    assert post(klient, maskinporten, grant(maskinporten, **endret)) in (400, 403)
    assert maskinporten.grants == []


def test_the_stand_in_refuses_a_grant_used_twice(klient: httpx.Client, maskinporten: Maskinporten) -> None:
    for ett in (grant(maskinporten), grant(maskinporten, jti=None)):
        assert post(klient, maskinporten, ett) == 200
        assert post(klient, maskinporten, ett) == 400
    assert post(klient, maskinporten, grant(maskinporten, jti="3"), "client_credentials") == 400
    assert post(klient, maskinporten, "skrot") == 400


@pytest.mark.parametrize(
    "endret",
    [
        {"klientId": "ukjent"},
        {"scope": "nav:hemmelig"},
        {"kid": "ukjent"},
        {"konsument": "111222333"},
        {"systembruker": "111222333"},
    ],
)
def test_a_grant_that_is_not_accepted_is_a_stop(
    klient: httpx.Client, innstillinger: Mapping[str, Any], tmp_path: Path, endret: Mapping[str, Any]
) -> None:
    oppsett = read_oppsett({**innstillinger, **endret}, tmp_path)
    refused(lambda: request_token(klient, oppsett, NA), Kanalkode.TILGANG_NEKTET)


@pytest.mark.parametrize("avvik", [timedelta(seconds=-11), timedelta(seconds=11), timedelta(days=400)])
def test_a_clock_that_is_off_is_no_stop(
    klient: httpx.Client, maskinporten: Maskinporten, oppsett: Maskinportenoppsett, avvik: timedelta
) -> None:
    token = request_token(klient, oppsett, NA + avvik)
    assert token.utloper == NA + avvik + timedelta(seconds=120), "by our own clock, as all that we compare it with"
    assert [status for _, status in maskinporten.log] == [400, 200]


def test_a_clock_that_is_right_asks_once(
    klient: httpx.Client, maskinporten: Maskinporten, innstillinger: Mapping[str, Any], tmp_path: Path
) -> None:
    oppsett = read_oppsett({**innstillinger, "klientId": "ukjent"}, tmp_path)
    refused(lambda: request_token(klient, oppsett, NA + timedelta(seconds=9)), Kanalkode.TILGANG_NEKTET)
    assert maskinporten.count("token") == 1
    refused(lambda: request_token(klient, oppsett, NA + timedelta(seconds=11)), Kanalkode.TILGANG_NEKTET)
    assert maskinporten.count("token") == 3


@pytest.mark.parametrize(
    ("uorden", "kode"),
    [
        (Uorden(Svar(401)), Kanalkode.TILGANG_NEKTET),
        (Uorden(Svar(403)), Kanalkode.TILGANG_NEKTET),
        (Uorden(Svar(429, b"", {"Retry-After": "7"})), Kanalkode.KANAL_OPPTATT),
        (Uorden(Svar(500)), Kanalkode.KANAL_NEDE),
        (Uorden(Svar(302, b"", {"Location": "https://annen/"})), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar(200, b"<html>")), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar.json([])), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar.json({"access_token": "x"})), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar.json({"access_token": "x", "expires_in": "599"})), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar.json({"access_token": "x", "expires_in": True})), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar.json({"access_token": "x\r\nHost: annen", "expires_in": 599})), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar.json({"access_token": "", "expires_in": 599})), Kanalkode.UVENTET_SVAR),
        (Uorden(), Kanalkode.AVBRUTT),
        (Uorden(stille=True), Kanalkode.AVBRUTT),
    ],
)
def test_faults(
    klient: httpx.Client, maskinporten: Maskinporten, oppsett: Maskinportenoppsett, uorden: Uorden, kode: Kanalkode
) -> None:
    maskinporten.misbehave("token", uorden)
    refused(lambda: request_token(klient, oppsett, NA), kode)


def test_a_lifetime_that_cannot_be_is_cut(
    klient: httpx.Client, maskinporten: Maskinporten, oppsett: Maskinportenoppsett
) -> None:
    maskinporten.misbehave("token", Uorden(Svar.json({"access_token": "x", "expires_in": 10**30})))
    assert request_token(klient, oppsett, NA).utloper == NA + timedelta(hours=2)


@pytest.mark.parametrize("innhold", [b"", b"skrot", pem(rsa_key("kort", 1024)), pem(make_ec_key(SECP256R1()))])
def test_a_key_that_will_not_do(
    innstillinger: Mapping[str, Any], tmp_path: Path, innhold: bytes, klient: httpx.Client
) -> None:
    (tmp_path / "nokkel.pem").write_bytes(innhold)
    refused(lambda: make_grant(read_oppsett(innstillinger, tmp_path), NA, "x"), Kanalkode.UGYLDIG_OPPSETT)
    (tmp_path / "nokkel.pem").unlink()
    refused(lambda: request_token(klient, read_oppsett(innstillinger, tmp_path), NA), Kanalkode.UGYLDIG_OPPSETT)


def test_a_chain_that_will_not_do(innstillinger: Mapping[str, Any], tmp_path: Path) -> None:
    (tmp_path / "kjede.pem").write_bytes(b"skrot")
    oppsett = read_oppsett({**innstillinger, "sertifikatfil": "kjede.pem"}, tmp_path)
    refused(lambda: make_grant(oppsett, NA, "x"), Kanalkode.UGYLDIG_OPPSETT)


def test_a_grant_never_leaves_in_the_clear(
    innstillinger: Mapping[str, Any], tmp_path: Path, klient: httpx.Client
) -> None:
    oppsett = read_oppsett({**innstillinger, "utsteder": "http://maskinporten.example.no/"}, tmp_path)
    refused(lambda: request_token(klient, oppsett, NA), Kanalkode.UGYLDIG_OPPSETT)
    token = Token("x", NA)
    refused(lambda: exchange_token(klient, "http://altinn.example.no", token, NA), Kanalkode.UGYLDIG_OPPSETT)


def test_neither_key_nor_grant_nor_token_is_told(
    klient: httpx.Client,
    maskinporten: Maskinporten,
    oppsett: Maskinportenoppsett,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    token = request_token(klient, oppsett, NA)
    maskinporten.misbehave("token", Uorden(Svar.json({"access_token": token.verdi}, 500)))
    with pytest.raises(KanalFeil) as feil:
        request_token(klient, oppsett, NA)
    sagt = caplog.text + str(feil.value) + repr(feil.value) + repr(oppsett) + repr(token)
    assert caplog.records, "the log is looked at"
    assert token.verdi not in sagt
    assert "PRIVATE" not in sagt
    assert all(en["jti"] not in sagt for en in maskinporten.grants)


# --- the source of tokens ---


def source(klokke: Klokke, levetid: timedelta = timedelta(seconds=120)) -> tuple[Tokenkilde, list[Token]]:
    gitt: list[Token] = []

    def hent() -> Token:
        gitt.append(Token(f"token-{len(gitt)}", klokke() + levetid))
        return gitt[-1]

    return Tokenkilde(hent, klokke), gitt


def test_a_token_is_kept_until_it_is_about_to_end(klokke: Klokke) -> None:
    kilde, gitt = source(klokke)
    forste = kilde.get()
    klokke.na += timedelta(seconds=104)
    assert kilde.get() is forste
    klokke.na += timedelta(seconds=1)
    assert kilde.get() is not forste
    assert len(gitt) == 2


def test_a_token_that_ends_at_once_is_used_once(klokke: Klokke) -> None:
    kilde, gitt = source(klokke, timedelta(0))
    kilde.get()
    kilde.get()
    assert len(gitt) == 2


def test_a_refused_token_is_forgotten_once(klokke: Klokke) -> None:
    kilde, gitt = source(klokke)
    forste = kilde.get()
    kilde.forget(forste)
    ny = kilde.get()
    kilde.forget(forste)
    assert kilde.get() is ny
    assert len(gitt) == 2


def test_many_threads_share_one_token(klokke: Klokke) -> None:
    gitt: list[Token] = []

    def hent() -> Token:
        time.sleep(0.05)
        gitt.append(Token("x", klokke() + timedelta(hours=1)))
        return gitt[-1]

    kilde = Tokenkilde(hent, klokke)
    start = threading.Barrier(8)

    def ask(_: int) -> Token:
        start.wait()
        return kilde.get()

    with ThreadPoolExecutor(8) as trader:
        assert len(set(map(id, trader.map(ask, range(8))))) == 1
    assert len(gitt) == 1


def test_a_fault_is_not_kept(klokke: Klokke) -> None:
    svar: list[Any] = [KanalFeil(Kanalkode.KANAL_NEDE), Token("x", NA + timedelta(hours=1))]

    def hent() -> Token:
        ett = svar.pop(0)
        if isinstance(ett, KanalFeil):
            raise ett
        assert isinstance(ett, Token)
        return ett

    kilde = Tokenkilde(hent, klokke)
    with pytest.raises(KanalFeil):
        kilde.get()
    assert kilde.get().verdi == "x"
