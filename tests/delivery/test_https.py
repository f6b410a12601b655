"""The HTTPS channel against a recipient on loopback, and both against the description of the API."""

import logging
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from schemas.loader import SCHEMAS
from schemas.oppsett import Mottaker
from tests.motparter.https_mottak import API, Httpsmottak, fault
from tests.motparter.maskinporten import Klient, Maskinporten, rsa_key, write_key
from tests.motparter.motpart import Svar, Uorden, dead_address
from tests.motparter.openapi import Beskrivelse
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Pakke, SendOutcome, Underveis, Utfall, open_channel
from tiltaksflyt.delivery.https import HttpsChannel, Httpsoppsett, read_oppsett
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING, Hentetfil
from tiltaksflyt.delivery.maskinporten import Maskinportenoppsett, Token, Tokenkilde
from tiltaksflyt.storage import Storage

MOTTAKER = "0315"
BESKRIVELSE = Beskrivelse(SCHEMAS / "openapi" / "leveranse.yaml")
NA = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
UTEN_TOKEN = Maskinportenoppsett("https://maskinporten.example/", "klient", "scope", Path("borte"), kid="k")


@pytest.fixture
def mottak() -> Iterator[Httpsmottak]:
    with Httpsmottak() as motpart:
        yield motpart
    for kall, mal, svar in motpart.vitne:
        assert BESKRIVELSE.faults(kall, mal, svar) == [], (kall.operasjon, svar.status)


@pytest.fixture
def pakke(tmp_path: Path) -> Pakke:
    return make_package(tmp_path)


def make_package(katalog: Path, innhold: bytes = b"\x30\x80 kryptert " * 20_000) -> Pakke:
    leveranse_id = str(uuid4())
    fil = katalog / leveranse_id
    fil.write_bytes(innhold)
    return Pakke.of(leveranse_id, fil)


class Tokener:
    """Stands for Maskinporten: a new token each time it is asked."""

    def __init__(self) -> None:
        self.gitt = 0

    def fetch(self) -> Token:
        self.gitt += 1
        return Token(f"token-{self.gitt}", NA + timedelta(minutes=2))


def channel(mottak: Httpsmottak, tokener: Tokener | None = None, **endret: Any) -> HttpsChannel:
    oppsett = replace(Httpsoppsett(mottak.adresse, MOTTAKER, UTEN_TOKEN), **endret)
    kanal = HttpsChannel(oppsett, lambda: NA)
    kanal._tokener = Tokenkilde((tokener or Tokener()).fetch, lambda: NA)
    return kanal


def send(kanal: HttpsChannel, pakke: Pakke) -> SendOutcome:
    return kanal.send(pakke, bind=unbound)


def unbound(_: str) -> None:
    raise AssertionError("the leveranseId is the name")


def once(mottak: Httpsmottak, pakke: Pakke) -> None:
    """The recipient has one package, and it is this one."""
    har = {leveranse_id: mottatt.sha256 for leveranse_id, mottatt in mottak.pakker.items()}
    assert har == {pakke.leveranse_id: pakke.sha256}
    assert mottak.pakker[pakke.leveranse_id].storrelse == pakke.storrelse


# --- there and back ---


def test_a_package_is_taken_once(mottak: Httpsmottak, pakke: Pakke) -> None:
    kanal = channel(mottak)
    utfall = send(kanal, pakke)
    assert utfall == SendOutcome(Kanalkode.OVERFORT)
    assert utfall.er_hos_mottaker
    assert send(kanal, pakke) == SendOutcome(Kanalkode.FINNES_ALLEREDE)
    once(mottak, pakke)
    assert mottak.pakker[pakke.leveranse_id].mottaker == MOTTAKER
    assert kanal.follow([Underveis(pakke.leveranse_id, None)]) == {}


def test_another_package_under_the_same_id_is_never_taken(mottak: Httpsmottak, pakke: Pakke, tmp_path: Path) -> None:
    send(channel(mottak), pakke)
    annen = replace(make_package(tmp_path, b"en annen"), leveranse_id=pakke.leveranse_id)
    utfall = send(channel(mottak), annen)
    assert (utfall.kode, utfall.utfall) == (Kanalkode.ANNEN_PAKKE, Utfall.PERMANENT)
    once(mottak, pakke)


def test_a_call_says_nothing_of_anyone(mottak: Httpsmottak, pakke: Pakke) -> None:
    """Beside what HTTP itself asks for: ids, a checksum, the recipient's key, and a token."""
    send(channel(mottak), pakke)
    send(channel(mottak), pakke)
    (kall, _, _), (igjen, _, _) = mottak.vitne
    assert dict(kall.sporring) == {"eksternReferanseId": [pakke.leveranse_id], "mottaker": [MOTTAKER]}
    egne = kall.hode.keys() - {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert egne == {"authorization", "content-digest", "content-length", "content-type", "nav-callid"}
    assert kall.hode["nav-callid"] != igjen.hode["nav-callid"]
    assert pakke.leveranse_id != kall.hode["nav-callid"]


def test_a_token_that_is_not_accepted_is_asked_for_once_more(mottak: Httpsmottak, pakke: Pakke) -> None:
    mottak.godtar = "token-2".__eq__
    tokener = Tokener()
    kanal = channel(mottak, tokener)
    assert send(kanal, pakke).kode is Kanalkode.OVERFORT
    assert kanal.collect() == ()
    assert tokener.gitt == 2
    mottak.godtar = lambda _: False
    assert send(kanal, pakke) == SendOutcome(Kanalkode.TILGANG_NEKTET)
    assert tokener.gitt == 3
    once(mottak, pakke)


def test_the_token_is_maskinportens(mottak: Httpsmottak, pakke: Pakke, tmp_path: Path) -> None:
    scope = "nav:tiltak/leveranse"
    write_key(tmp_path, "nokkel.pem", rsa_key("klient"))
    klient = Klient("310000019", {"k1": rsa_key("klient").public_key()}, frozenset({scope}))
    with Maskinporten({"klient": klient}, lambda: NA) as maskinporten:
        mottak.godtar = lambda token: (maskinporten.read(token) or {}).get("scope") == scope
        innstillinger = {
            "adresse": mottak.adresse,
            "maskinporten": {
                "utsteder": maskinporten.utsteder,
                "klientId": "klient",
                "scope": scope,
                "nokkelfil": "nokkel.pem",
                "kid": "k1",
            },
        }
        kanal = HttpsChannel(read_oppsett(innstillinger, tmp_path, MOTTAKER), lambda: NA)
        assert send(kanal, pakke).kode is Kanalkode.OVERFORT
        assert kanal.collect() == ()
        assert maskinporten.count("token") == 1
        maskinporten.klienter.clear()
        ny = HttpsChannel(read_oppsett(innstillinger, tmp_path, MOTTAKER), lambda: NA)
        assert send(ny, pakke).kode is Kanalkode.TILGANG_NEKTET


def test_no_token_no_package(mottak: Httpsmottak, pakke: Pakke) -> None:
    kanal = HttpsChannel(Httpsoppsett(mottak.adresse, MOTTAKER, UTEN_TOKEN), lambda: NA)
    assert send(kanal, pakke).kode is Kanalkode.UGYLDIG_OPPSETT
    assert mottak.vitne == []


# --- refused ---


def test_a_package_over_the_limit_never_leaves(mottak: Httpsmottak, pakke: Pakke) -> None:
    assert send(channel(mottak, maks_bytes=pakke.storrelse - 1), pakke).kode is Kanalkode.FOR_STOR_PAKKE
    assert mottak.vitne == []
    assert send(channel(mottak, maks_bytes=pakke.storrelse), pakke).er_sendt


def test_a_recipient_that_takes_less_says_so(pakke: Pakke) -> None:
    with Httpsmottak(maks_bytes=pakke.storrelse - 1) as mottak:
        assert send(channel(mottak), pakke).kode is Kanalkode.FOR_STOR_PAKKE
        assert mottak.pakker == {}


def test_a_recipient_that_is_not_ours_to_serve(mottak: Httpsmottak, pakke: Pakke) -> None:
    assert send(channel(mottak, mottaker="0999"), pakke).kode is Kanalkode.TILGANG_NEKTET
    assert mottak.pakker == {}


def test_a_package_that_has_changed_on_its_way_is_refused(mottak: Httpsmottak, pakke: Pakke) -> None:
    pakke.fil.write_bytes(pakke.fil.read_bytes()[:-1] + b"!")
    utfall = send(channel(mottak), pakke)
    assert (utfall.kode, utfall.utfall) == (Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT)
    assert mottak.pakker == {}


@pytest.mark.parametrize("adresse", ["http://nav.example", "https://bruker:ord@nav.example", "nav.example", ""])
def test_an_address_in_the_open_is_refused(mottak: Httpsmottak, pakke: Pakke, adresse: str) -> None:
    assert send(channel(mottak, adresse=adresse), pakke).kode is Kanalkode.UGYLDIG_OPPSETT


# --- faults ---


def answers(leveranse_id: str, sha256: object) -> bytes:
    return f'{{"eksternReferanseId": "{leveranse_id}", "sha256": "{sha256}"}}'.encode()


@pytest.mark.parametrize("utfort", [False, True])
@pytest.mark.parametrize(
    ("svar", "kode", "vent"),
    [
        (fault(400, API), Kanalkode.AVVIST_AV_KANALEN, None),
        (fault(403, API), Kanalkode.TILGANG_NEKTET, None),
        (fault(413, API), Kanalkode.FOR_STOR_PAKKE, None),
        (fault(429, API, {"Retry-After": "600"}), Kanalkode.KANAL_OPPTATT, timedelta(minutes=10)),
        (fault(500, API), Kanalkode.KANAL_NEDE, None),
        (
            fault(503, API, {"Retry-After": "Mon, 02 Mar 2026 11:00:00 GMT"}),
            Kanalkode.KANAL_OPPTATT,
            timedelta(hours=1),
        ),
        (fault(507, API), Kanalkode.FULLT_LAGER, None),
        (Svar(302, hode={"Location": "https://nav.example"}), Kanalkode.UVENTET_SVAR, None),
        (Svar(200, b"<html>tull"), Kanalkode.UVENTET_SVAR, None),
        (Svar(201), Kanalkode.UVENTET_SVAR, None),
        (Svar(201, b"[]"), Kanalkode.UVENTET_SVAR, None),
        (Svar(201, answers(str(uuid4()), "0" * 64)), Kanalkode.UVENTET_SVAR, None),
        (Svar(409, b"tull"), Kanalkode.UVENTET_SVAR, None),
        (Svar(409, b"{}"), Kanalkode.UVENTET_SVAR, None),
    ],
)
def test_every_answer_becomes_a_code_and_the_package_arrives_once(
    mottak: Httpsmottak, pakke: Pakke, svar: Svar, kode: Kanalkode, vent: timedelta | None, utfort: bool
) -> None:
    kanal = channel(mottak)
    mottak.misbehave("lever", Uorden(svar, utfort=utfort))
    assert send(kanal, pakke) == SendOutcome(kode, vent)
    assert send(kanal, pakke).kode is (Kanalkode.FINNES_ALLEREDE if utfort else Kanalkode.OVERFORT)
    once(mottak, pakke)


@pytest.mark.parametrize("status", [201, 409])
@pytest.mark.parametrize("sha256", ["0" * 64, "tull", "0" * 63, None])
def test_the_recipient_must_say_which_bytes_it_has(
    mottak: Httpsmottak, pakke: Pakke, status: int, sha256: object
) -> None:
    mottak.misbehave("lever", Uorden(Svar(status, answers(pakke.leveranse_id, sha256))))
    kode = Kanalkode.ANNEN_PAKKE if (status, sha256) == (409, "0" * 64) else Kanalkode.UVENTET_SVAR
    assert send(channel(mottak), pakke).kode is kode


@pytest.mark.parametrize("uorden", [Uorden(lest=0), Uorden(lest=70_000), Uorden(), Uorden(utfort=True)])
def test_a_line_that_breaks(mottak: Httpsmottak, pakke: Pakke, uorden: Uorden) -> None:
    kanal = channel(mottak)
    mottak.misbehave("lever", uorden)
    assert send(kanal, pakke).kode is Kanalkode.AVBRUTT
    assert send(kanal, pakke).er_hos_mottaker
    once(mottak, pakke)


def test_nobody_answers_and_somebody_says_nothing(mottak: Httpsmottak, pakke: Pakke) -> None:
    with dead_address() as borte:
        kanal = channel(mottak, adresse=borte)
        assert send(kanal, pakke).kode is Kanalkode.KANAL_NEDE
        with pytest.raises(KanalFeil) as feil:
            kanal.collect()
        assert feil.value.kode is Kanalkode.KANAL_NEDE
    mottak.misbehave("lever", Uorden(stille=True))
    assert send(channel(mottak, stillhet=timedelta(seconds=0.3)), pakke).kode is Kanalkode.AVBRUTT


def test_two_workers_at_once(mottak: Httpsmottak, pakke: Pakke) -> None:
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(lambda _: send(channel(mottak), pakke), range(8)))
    koder = [u.kode for u in utfall]
    assert koder.count(Kanalkode.OVERFORT) == 1
    assert koder.count(Kanalkode.FINNES_ALLEREDE) == 7
    once(mottak, pakke)


# --- receipts ---


def test_receipts_come_and_go(mottak: Httpsmottak) -> None:
    kanal = channel(mottak)
    assert kanal.collect() == ()
    mottak.receipt(MOTTAKER, "b.kvittering.json", b"{}")
    mottak.receipt(MOTTAKER, "a.teknisk.json", b'{"a": 1}')
    mottak.receipt("0316", "c.json", b"{}")
    filer = kanal.collect()
    assert [(fil.navn, fil.innhold) for fil in filer] == [("a.teknisk.json", b'{"a": 1}'), ("b.kvittering.json", b"{}")]
    assert kanal.collect() == filer
    kanal.discard(filer)
    kanal.discard(filer)
    assert mottak.kvitteringer == {MOTTAKER: {}, "0316": {"c.json": b"{}"}}


def test_a_receipt_that_is_too_large_comes_cut_off(mottak: Httpsmottak) -> None:
    mottak.receipt(MOTTAKER, "stor.json", b'"' + bytes([97]) * (MAKS_KVITTERING + 100) + b'"')
    (fil,) = channel(mottak).collect()
    assert len(fil.innhold) == MAKS_KVITTERING + 1


@pytest.mark.parametrize(
    "innhold",
    [
        b"tull",
        b"[]",
        b"{}",
        b'{"kvitteringer": {}}',
        b'{"kvitteringer": ["a.json"]}',
        b'{"kvitteringer": [{"navn": 1}]}',
        b'{"kvitteringer": [{"navn": "../leveranse"}]}',
        b'{"kvitteringer": [{"navn": "a.json?mottaker=0316"}]}',
        b'{"kvitteringer": [{"navn": ""}]}',
    ],
)
def test_a_list_that_is_none_leads_nowhere(mottak: Httpsmottak, innhold: bytes) -> None:
    mottak.misbehave("list", Uorden(Svar(200, innhold)))
    with pytest.raises(KanalFeil) as feil:
        channel(mottak).collect()
    assert feil.value.kode is Kanalkode.UVENTET_SVAR
    assert feil.value.__context__ is None
    assert mottak.vitne == []


@pytest.mark.parametrize("operasjon", ["list", "hent", "slett"])
@pytest.mark.parametrize(
    ("svar", "kode"),
    [(fault(403, API), Kanalkode.TILGANG_NEKTET), (fault(500, API), Kanalkode.KANAL_NEDE), (None, Kanalkode.AVBRUTT)],
)
def test_faults_while_receipts_are_collected(
    mottak: Httpsmottak, operasjon: str, svar: Svar | None, kode: Kanalkode
) -> None:
    kanal = channel(mottak)
    mottak.receipt(MOTTAKER, "a.json", b"{}")
    mottak.misbehave(operasjon, Uorden(svar))
    with pytest.raises(KanalFeil) as feil:
        kanal.discard(kanal.collect())
    assert feil.value.kode is kode
    assert feil.value.__context__ is None
    kanal.discard(kanal.collect())
    assert mottak.kvitteringer[MOTTAKER] == {}


def test_one_that_is_gone_already_is_no_fault(mottak: Httpsmottak) -> None:
    channel(mottak).discard([Hentetfil("borte.json", b"")])
    assert mottak.vitne[-1][2].status == 404


# --- memory, secrets, set-up, description ---


def test_a_large_package_is_never_whole_in_memory(mottak: Httpsmottak, tmp_path: Path) -> None:
    fil = tmp_path / "stor"
    with fil.open("wb") as ut:
        ut.truncate(200 << 20)
    pakke = Pakke.of(str(uuid4()), fil)
    tracemalloc.start()
    try:
        assert send(channel(mottak), pakke).kode is Kanalkode.OVERFORT
        _, mest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert mest < 20 << 20
    once(mottak, pakke)


def test_no_token_and_no_word_of_the_other_side_comes_out(
    mottak: Httpsmottak, pakke: Pakke, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kanal = channel(mottak)
    mottak.misbehave("*", Uorden(fault(400, API)), ganger=3)
    feil = [str(send(kanal, pakke))]
    kall: list[Callable[[], object]] = [kanal.collect, lambda: kanal.discard([Hentetfil("a.json", b"")])]
    for ett in kall:
        with pytest.raises(KanalFeil) as fanget:
            ett()
        assert (fanget.value.__context__, fanget.value.__cause__) == (None, None)
        feil.append(repr(fanget.value))
    for tekst in (caplog.text, *feil, repr(kanal), repr(kanal._tokener.get())):
        assert "token-1" not in tekst
        assert "Kanari" not in tekst
        assert "15819012345" not in tekst


def test_the_set_up_chooses_it(storage: Storage, tmp_path: Path) -> None:
    innstillinger = {
        "adresse": "https://leveranse.example",
        "maksBytes": 1000,
        "maskinporten": {
            "utsteder": "https://maskinporten.example/",
            "klientId": "k",
            "scope": "tiltak:lever",
            "nokkelfil": "nokkel.pem",
            "kid": "1",
        },
    }
    mottaker = Mottaker("0315", "NAV", "Nav Eksempel", "03", True, "https", MappingProxyType(innstillinger), ())
    kanal = open_channel(mottaker, storage=storage, katalog=tmp_path)
    assert isinstance(kanal, HttpsChannel)
    assert (kanal._oppsett.mottaker, kanal._oppsett.maks_bytes) == ("0315", 1000)
    assert kanal._oppsett.maskinporten.nokkelfil == tmp_path / "nokkel.pem"


def test_the_description_is_whole() -> None:
    """Every reference leads somewhere, every schema is one, and every operation says who may."""
    innhold = BESKRIVELSE.innhold
    assert innhold["openapi"] == "3.1.0"
    assert innhold["security"] == [{"maskinporten": []}]
    for skjema in innhold["components"]["schemas"].values():
        Draft202012Validator.check_schema(skjema)
    operasjoner = []
    for mal, sti in innhold["paths"].items():
        for metode in sti.keys() - {"parameters"}:
            operasjon = BESKRIVELSE.operation(metode, mal)
            operasjoner.append(operasjon["operationId"])
            assert {"401", "403", "500"} <= operasjon["responses"].keys()
            assert {"mottaker", "Nav-Callid"} <= {p["name"] for p in operasjon["parameters"]}
            for svar in operasjon["responses"].values():
                assert BESKRIVELSE.resolve(svar)["description"]
    assert sorted(operasjoner) == ["hentKvittering", "listKvitteringer", "opprettLeveranse", "slettKvittering"]


def test_what_is_not_as_described_is_seen(mottak: Httpsmottak, pakke: Pakke) -> None:
    """The one that compares calls with the description does so."""
    send(channel(mottak), pakke)
    ((kall, mal, svar),) = mottak.vitne
    for endret in (
        replace(kall, sporring={"eksternReferanseId": ["tull"], "mottaker": [MOTTAKER]}),
        replace(kall, sporring={**kall.sporring, "personident": ["1"]}),
        replace(kall, sporring={"mottaker": [MOTTAKER]}),
        replace(kall, hode={**kall.hode, "content-type": "application/zip"}),
        replace(kall, hode={navn: verdi for navn, verdi in kall.hode.items() if navn != "nav-callid"}),
    ):
        assert len(BESKRIVELSE.faults(endret, mal, svar)) == 1
    for annet in (Svar(202, svar.innhold), Svar(201, b"{}"), replace(svar, innhold=b'{"a": 1}')):
        assert BESKRIVELSE.faults(kall, mal, annet)
