"""What came of an HTTP call: the same words for every recipient that is reached over HTTP."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.motparter.maskinporten import certify, pem, rsa_key
from tests.motparter.motpart import Kall, Motpart, Rute, Svar, Uorden, dead_address
from tiltaksflyt.delivery.httpklient import check_address, open_client
from tiltaksflyt.delivery.httpsvar import HttpFeil, Httpsvar, call, call_ok, code_of_fault, guard, retry_after
from tiltaksflyt.delivery.kanal import KanalFeil, Kanalkode, SendOutcome, Utfall

NA = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
HEMMELIG = "et-token-ingen-skal-se"


class Ekko(Motpart):
    """Answers what it was sent."""

    def ruter(self) -> Sequence[Rute]:
        return [("ekko", "POST", "/ekko", self.echo), ("videre", "GET", "/videre", self.redirect)]

    def echo(self, kall: Kall) -> Svar:
        return Svar(200, kall.body())

    def redirect(self, _: Kall) -> Svar:
        return Svar(307, b"", {"Location": f"{self.adresse}/ekko"})


@pytest.fixture
def ekko() -> Iterator[Ekko]:
    with Ekko() as motpart:
        yield motpart


@pytest.fixture
def klient() -> Iterator[httpx.Client]:
    with open_client(stillhet=timedelta(seconds=1)) as klient:
        yield klient


def fault(klient: httpx.Client, motpart: Motpart, innhold: bytes = b"") -> HttpFeil:
    with pytest.raises(HttpFeil) as feil:
        call_ok(
            klient,
            "POST",
            f"{motpart.adresse}/ekko",
            NA,
            content=innhold,
            headers={"Authorization": f"Bearer {HEMMELIG}"},
        )
    assert HEMMELIG not in str(feil.value)
    assert feil.value.__context__ is None
    assert feil.value.__cause__ is None
    return feil.value


@pytest.mark.parametrize(
    ("status", "kode", "utfall"),
    [
        (301, Kanalkode.UVENTET_SVAR, Utfall.TRANSIENT),
        (304, Kanalkode.UVENTET_SVAR, Utfall.TRANSIENT),
        (400, Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT),
        (401, Kanalkode.TILGANG_NEKTET, Utfall.PERMANENT),
        (403, Kanalkode.TILGANG_NEKTET, Utfall.PERMANENT),
        (404, Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT),
        (407, Kanalkode.TILGANG_NEKTET, Utfall.PERMANENT),
        (408, Kanalkode.AVBRUTT, Utfall.TRANSIENT),
        (409, Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT),
        (413, Kanalkode.FOR_STOR_PAKKE, Utfall.PERMANENT),
        (418, Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT),
        (429, Kanalkode.KANAL_OPPTATT, Utfall.TRANSIENT),
        (500, Kanalkode.KANAL_NEDE, Utfall.TRANSIENT),
        (502, Kanalkode.KANAL_NEDE, Utfall.TRANSIENT),
        (503, Kanalkode.KANAL_OPPTATT, Utfall.TRANSIENT),
        (504, Kanalkode.KANAL_NEDE, Utfall.TRANSIENT),
        (507, Kanalkode.FULLT_LAGER, Utfall.TRANSIENT),
        (599, Kanalkode.KANAL_NEDE, Utfall.TRANSIENT),
    ],
)
def test_a_status_has_its_code(klient: httpx.Client, ekko: Ekko, status: int, kode: Kanalkode, utfall: Utfall) -> None:
    ekko.misbehave("ekko", Uorden(Svar(status, b"personopplysning")))
    feil = fault(klient, ekko)
    assert (feil.kode, feil.outcome) == (kode, SendOutcome(kode))
    assert feil.outcome.utfall is utfall


@pytest.mark.parametrize(
    ("verdi", "ventetid"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("86400", timedelta(days=1)),
        ("86401", timedelta(days=1)),
        ("9" * 5000, timedelta(days=1)),
        # The hour that comes twice in Oslo: an HTTP date is in GMT, and does not mind.
        ("Sun, 25 Oct 2026 01:30:00 GMT", timedelta(hours=1)),
        ("Sun, 25 Oct 2026 01:30:00", timedelta(hours=1)),
        ("Sunday, 25-Oct-26 01:30:00 GMT", timedelta(hours=1)),
        ("Sun Oct 25 01:30:00 2026", timedelta(hours=1)),
        ("Sun, 25 Oct 2026 00:00:00 GMT", timedelta(0)),
        ("Sun, 25 Oct 2099 00:00:00 GMT", timedelta(days=1)),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        ("snart", None),
        ("Sun, 99 Oct 2026 00:00:00 GMT", None),
        (None, None),
    ],
)
def test_retry_after(verdi: str | None, ventetid: timedelta | None) -> None:
    assert retry_after(verdi, NA) == ventetid


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_busy_says_for_how_long(klient: httpx.Client, ekko: Ekko, status: int) -> None:
    ekko.misbehave("ekko", Uorden(Svar(status, b"", {"Retry-After": "90"})))
    assert fault(klient, ekko).outcome == SendOutcome(Kanalkode.KANAL_OPPTATT, timedelta(seconds=90))


def test_who_is_down_is_not_asked_for_how_long(klient: httpx.Client, ekko: Ekko) -> None:
    ekko.misbehave("ekko", Uorden(Svar(500, b"", {"Retry-After": "90"})))
    assert fault(klient, ekko).outcome == SendOutcome(Kanalkode.KANAL_NEDE)


@pytest.mark.parametrize(
    "uorden",
    [
        Uorden(),
        Uorden(utfort=True),
        Uorden(lest=1 << 16),
        Uorden(lest=0),
        Uorden(stille=True),
    ],
    ids=["no answer", "after the work", "in the middle", "at once", "silence"],
)
def test_a_line_that_is_cut(klient: httpx.Client, ekko: Ekko, uorden: Uorden) -> None:
    ekko.misbehave("ekko", uorden)
    assert fault(klient, ekko, bytes(1 << 20)).kode is Kanalkode.AVBRUTT


def test_an_answer_before_all_is_sent_is_heard(klient: httpx.Client, ekko: Ekko) -> None:
    ekko.misbehave("ekko", Uorden(Svar(413), lest=1 << 10))
    assert fault(klient, ekko, bytes(1 << 14)).kode is Kanalkode.FOR_STOR_PAKKE


def test_nobody_there(klient: httpx.Client) -> None:
    with dead_address() as adresse, pytest.raises(HttpFeil) as feil:
        call(klient, "GET", adresse)
    assert feil.value.kode is Kanalkode.KANAL_NEDE


def test_garbage_instead_of_http(klient: httpx.Client, ekko: Ekko) -> None:
    ekko.misbehave("ekko", Uorden(Svar(200, b"not gzip", {"Content-Encoding": "gzip"})))
    assert fault(klient, ekko).kode is Kanalkode.UVENTET_SVAR


def test_a_redirect_is_not_followed(klient: httpx.Client, ekko: Ekko) -> None:
    with pytest.raises(HttpFeil) as feil:
        call_ok(klient, "GET", f"{ekko.adresse}/videre", NA)
    assert feil.value.kode is Kanalkode.UVENTET_SVAR
    assert ekko.log == [("videre", 307)]


def test_a_certificate_that_we_do_not_trust_is_a_stop() -> None:
    feil = httpx.ConnectError("x")
    feil.__cause__ = OSError()
    feil.__cause__.__context__ = ssl.SSLCertVerificationError("self-signed certificate")
    assert code_of_fault(feil) is Kanalkode.UKJENT_VERTSNOKKEL


def test_over_tls_to_whom_we_trust_and_to_nobody_else(tmp_path: Path) -> None:
    nokkel, sertifikat = tmp_path / "nokkel.pem", tmp_path / "sertifikat.pem"
    nokkel.write_bytes(pem(rsa_key("tls")))
    sertifikat.write_bytes(certify("127.0.0.1", rsa_key("tls")).public_bytes(Encoding.PEM))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sertifikat, nokkel)
    with Ekko(tls) as ekko:
        with open_client(tillitsanker=sertifikat) as klient:
            assert call(klient, "POST", f"{ekko.adresse}/ekko", content=b"hei").innhold == b"hei"
            with pytest.raises(HttpFeil) as feil:
                call(klient, "POST", f"{ekko.adresse.replace('127.0.0.1', 'localhost')}/ekko", content=b"hei")
            assert feil.value.kode is Kanalkode.UKJENT_VERTSNOKKEL
        with open_client() as klient, pytest.raises(HttpFeil) as feil:
            call(klient, "POST", f"{ekko.adresse}/ekko", content=b"hei")
        assert feil.value.kode is Kanalkode.UKJENT_VERTSNOKKEL
        assert ekko.log == [("ekko", 200)]


@pytest.mark.parametrize("adresse", ["ftp://127.0.0.1/", "bare-ord"])
def test_an_address_that_is_none(klient: httpx.Client, adresse: str) -> None:
    with pytest.raises(HttpFeil) as feil:
        call(klient, "GET", adresse)
    assert feil.value.kode is Kanalkode.UGYLDIG_OPPSETT


def test_other_faults_go_through() -> None:
    with pytest.raises(ZeroDivisionError):
        guard(lambda: 1 // 0)


def test_an_answer_is_read_no_further_than_asked(klient: httpx.Client, ekko: Ekko) -> None:
    svar = call(klient, "POST", f"{ekko.adresse}/ekko", maks_bytes=1000, content=bytes(100_000))
    assert len(svar.innhold) == 1001
    assert call(klient, "POST", f"{ekko.adresse}/ekko", maks_bytes=1000, content=bytes(1000)).innhold == bytes(1000)


def test_an_answer_without_end_is_left() -> None:
    lest = 0

    def endless() -> Iterator[bytes]:
        nonlocal lest
        while lest < 100:
            lest += 1
            yield bytes(1000)

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))
    with httpx.Client(transport=transport) as klient:
        assert len(call(klient, "GET", "https://x/", maks_bytes=5000).innhold) == 5001
    assert lest == 6


@pytest.mark.parametrize("innhold", [b"", b"{", b"\xff\xfe\xfa", b"[1]", b"null", b"[" * 100_000])
def test_an_answer_that_is_no_json_object(innhold: bytes) -> None:
    with pytest.raises(HttpFeil) as feil:
        Httpsvar(200, innhold, {}).json_object()
    assert feil.value.kode is Kanalkode.UVENTET_SVAR
    assert feil.value.__context__ is None


@pytest.mark.parametrize(
    ("hode", "tid"),
    [({"date": "Sun, 25 Oct 2026 00:30:00 GMT"}, NA), ({}, None), ({"date": "i dag"}, None), ({"date": ""}, None)],
)
def test_when_an_answer_was_sent(hode: dict[str, str], tid: datetime | None) -> None:
    assert Httpsvar(200, b"", hode).sent == tid


def test_a_json_object() -> None:
    assert Httpsvar(200, b'{"a": 1}', {}).json_object() == {"a": 1}


def test_nobodys_environment_decides_where_it_goes(ekko: Ekko, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with dead_address() as adresse:
        for navn in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(navn, adresse)
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n", encoding="utf-8")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        with open_client() as klient:
            assert call(klient, "POST", f"{ekko.adresse}/ekko", content=b"hei").innhold == b"hei"
            assert klient.timeout == httpx.Timeout(120, connect=15)


def test_a_key_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "skrot.pem").write_text("-----BEGIN skrot-----", encoding="utf-8")
    for filer in [
        {"tillitsanker": tmp_path / "finnes-ikke.pem"},
        {"tillitsanker": tmp_path / "skrot.pem"},
        {"klientsertifikat": (tmp_path / "skrot.pem", tmp_path / "skrot.pem")},
    ]:
        with pytest.raises(KanalFeil) as feil:
            open_client(**filer)  # type: ignore[arg-type]
        assert feil.value.kode is Kanalkode.UGYLDIG_OPPSETT
        assert feil.value.__context__ is None


@pytest.mark.parametrize(
    "adresse",
    ["https://platform.altinn.no", "https://x/sti/", "http://127.0.0.1:8080", "http://localhost/", "http://[::1]:3/a"],
)
def test_an_address_that_personal_data_may_go_to(adresse: str) -> None:
    assert check_address(adresse) == adresse


@pytest.mark.parametrize(
    "adresse",
    [
        "http://platform.altinn.no",
        "http://10.0.0.5/",
        "http://localhost.example.no/",
        "http://127.0.0.1.example.no/",
        "https://bruker:passord@x/",
        "https://x/?a=b",
        "https://x/#a",
        "https://",
        "https://x:abc/",
        "https://[::1",
        "ftp://127.0.0.1/",
        "127.0.0.1",
        "",
    ],
)
def test_an_address_that_they_may_not_go_to(adresse: str) -> None:
    with pytest.raises(KanalFeil) as feil:
        check_address(adresse)
    assert feil.value.kode is Kanalkode.UGYLDIG_OPPSETT
    assert adresse not in str(feil.value) or not adresse
