"""The HTTPS channel against a recipient on loopback, and both against the description of the API."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.loader import UgyldigFil
from tests.delivery.https.httpssak import (
    BESKRIVELSE,
    MOTTAKER,
    NA,
    UTEN_TOKEN,
    Tokener,
    channel,
    make_package,
    once,
    send,
)
from tests.delivery.minne import make_large_package, measure
from tests.delivery.mottakersak import read_recipient
from tests.motparter.https_mottak import API, Httpsmottak, fault
from tests.motparter.maskinporten import Klient, Maskinporten, rsa_key, write_key
from tests.motparter.motpart import Svar, Uorden
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Pakke, SendOutcome, Underveis, Utfall, open_channel
from tiltaksflyt.delivery.https import HttpsChannel, Httpsoppsett, read_oppsett
from tiltaksflyt.delivery.kanal import Hentetfil
from tiltaksflyt.storage import Storage

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


# --- memory, secrets, set-up, description ---


def test_a_large_package_is_never_whole_in_memory(mottak: Httpsmottak, tmp_path: Path) -> None:
    pakke = make_large_package(tmp_path)
    utfall, mest = measure(lambda: send(channel(mottak), pakke))
    assert utfall.kode is Kanalkode.OVERFORT
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


SETTINGS: dict[str, Any] = {
    "adresse": "https://leveranse.example",
    "maskinporten": {
        "utsteder": "https://maskinporten.example/",
        "klientId": "k",
        "scope": "tiltak:lever",
        "nokkelfil": "nokkel.pem",
        "kid": "1",
    },
}


def test_the_set_up_chooses_it(storage: Storage, tmp_path: Path) -> None:
    mottaker = read_recipient(tmp_path, {"https": SETTINGS | {"maksBytes": 1000, "tillitsanker": "rot.pem"}})
    kanal = open_channel(mottaker, storage=storage, katalog=tmp_path)
    assert isinstance(kanal, HttpsChannel)
    oppsett = kanal._oppsett
    assert (oppsett.mottaker, oppsett.maks_bytes, oppsett.tillitsanker) == ("0315", 1000, tmp_path / "rot.pem")
    assert oppsett.maskinporten.nokkelfil == tmp_path / "nokkel.pem"


@pytest.mark.parametrize(
    "endret",
    [
        {"adresse": "leveranse.example"},
        {"adresse": "https://a.example?x=1"},
        {"maksBytes": 0},
        {"maskinporten": {}},
        {"x": 1},
    ],
)
def test_a_set_up_that_breaks_its_schema_is_refused(tmp_path: Path, endret: dict[str, Any]) -> None:
    with pytest.raises(UgyldigFil):
        read_recipient(tmp_path, {"https": SETTINGS | endret})


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
