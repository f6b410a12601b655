"""The Altinn channel: each package once with the recipient, how far it has come, and what it is set up with."""

import hashlib
import json
import logging
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest

from schemas.loader import UgyldigFil
from schemas.oppsett import Mottaker, load_mottakere
from tests.delivery.altinn.altinnsak import (
    INNHOLD,
    LEVERANSE,
    NAV,
    OSS,
    RESSURS,
    Altinnsak,
    Hovedbok,
    Krasj,
    crash_after,
    once,
)
from tests.motparter.motpart import Svar, Uorden
from tiltaksflyt.delivery import altinn as altinnkanal
from tiltaksflyt.delivery import open_channel
from tiltaksflyt.delivery.kanal import (
    KanalFeil,
    Kanalkode,
    Kanalstatus,
    SendOutcome,
    Underveis,
)
from tiltaksflyt.storage import Storage

# --- there, and how far ---


def test_a_package_with_the_recipient(sak: Altinnsak, bok: Hovedbok) -> None:
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.OVERFORT)
    once(sak)
    (en,) = sak.altinn.overforinger.values()
    assert en.id == bok.kanal_ref
    assert (en.ressurs, en.avsender, set(en.mottakere)) == (RESSURS, f"0192:{OSS}", {f"0192:{NAV}"})
    assert en.filnavn.startswith(LEVERANSE)
    assert en.sjekksum == hashlib.md5(INNHOLD, usedforsecurity=False).hexdigest()
    assert en.egenskaper == {"mottaker": "0315"}


def test_the_name_is_bound_before_a_byte_leaves(sak: Altinnsak, bok: Hovedbok) -> None:
    sett: list[Any] = []

    def bind(kanal_ref: str) -> None:
        sett.append((kanal_ref, sak.altinn.count("last-opp")))
        bok.bind(kanal_ref)

    sak.send(sak.package(), bok, bind)
    assert sett == [(bok.kanal_ref, 0)]


def test_what_bind_raises_goes_through_and_nothing_is_sent(sak: Altinnsak, bok: Hovedbok) -> None:
    def bind(_: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        sak.send(sak.package(), bok, bind)
    assert sak.altinn.count("last-opp") == 0
    assert sak.altinn.at(NAV) == []


def test_given_over_and_followed(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.altinn.publiserer = False
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.GITT_VIDERE)
    under_vei = [Underveis(LEVERANSE, bok.kanal_ref)]
    assert bok.kanal_ref is not None
    assert sak.channel().follow(under_vei) == {LEVERANSE: Kanalstatus.SENDT}
    sak.altinn.move(bok.kanal_ref, "Published")
    assert sak.channel().follow(under_vei) == {LEVERANSE: Kanalstatus.MOTTATT}
    sak.altinn.confirm_as(bok.kanal_ref, NAV)
    assert sak.channel().follow(under_vei) == {LEVERANSE: Kanalstatus.LEVERT}
    sak.altinn.move(bok.kanal_ref, "Purged")
    assert sak.channel().follow(under_vei) == {LEVERANSE: Kanalstatus.LEVERT}


@pytest.mark.parametrize(
    ("status", "ventet"),
    [
        ("Initialized", Kanalstatus.SENDT),
        ("UploadStarted", Kanalstatus.SENDT),
        ("UploadProcessing", Kanalstatus.SENDT),
        ("Published", Kanalstatus.MOTTATT),
        ("AllConfirmedDownloaded", Kanalstatus.LEVERT),
        ("Failed", Kanalstatus.FEIL),
        ("Cancelled", Kanalstatus.FEIL),
        ("Purged", Kanalstatus.LEVETID_UTLOPT),
    ],
)
def test_every_state_is_followed(sak: Altinnsak, bok: Hovedbok, status: str, ventet: Kanalstatus) -> None:
    sak.send(sak.package(), bok)
    assert bok.kanal_ref is not None
    sak.altinn.move(bok.kanal_ref, status)
    assert sak.channel().follow([Underveis(LEVERANSE, bok.kanal_ref)]) == {LEVERANSE: ventet}


def test_what_broker_does_not_know_is_not_followed(sak: Altinnsak) -> None:
    pakker = [Underveis("a", None), Underveis("b", "annen-kanals-navn"), Underveis("c", str(uuid4()))]
    assert sak.channel().follow(pakker) == {}
    assert sak.altinn.count("se") == 1
    assert sak.channel().follow([]) == {}


def test_following_stops_when_broker_has_been_asked_enough(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.send(sak.package(), bok)
    pakker = [Underveis(str(n), bok.kanal_ref) for n in range(5)]
    kanal = sak.channel()
    assert len(kanal.follow(pakker)) == 5
    sak.altinn.misbehave("se", Uorden(Svar(429)))
    with pytest.raises(KanalFeil) as feil:
        kanal.follow(pakker)
    assert feil.value.kode is Kanalkode.KANAL_OPPTATT
    forst: set[str] = set()
    for _ in range(20):
        opprinnelig = sak.altinn.look
        svar = iter([opprinnelig, opprinnelig, lambda *_: Svar(429)])
        sak.altinn.look = lambda *alt, svar=svar: next(svar)(*alt)  # type: ignore[method-assign]
        funnet = kanal.follow(pakker)
        sak.altinn.look = opprinnelig  # type: ignore[method-assign]
        assert len(funnet) == 2
        forst |= funnet.keys()
    assert forst == {"0", "1", "2", "3", "4"}, "the same ones are not always left out"


# --- again ---


@pytest.mark.parametrize(
    ("status", "kode", "opplastinger"),
    [
        ("Initialized", Kanalkode.OVERFORT, 1),
        ("UploadStarted", Kanalkode.KANAL_OPPTATT, 0),
        ("UploadProcessing", Kanalkode.GITT_VIDERE, 0),
        ("Published", Kanalkode.FINNES_ALLEREDE, 0),
        ("AllConfirmedDownloaded", Kanalkode.FINNES_ALLEREDE, 0),
        ("Failed", Kanalkode.OVERFORT, 1),
        ("Cancelled", Kanalkode.OVERFORT, 1),
        ("Purged", Kanalkode.OVERFORT, 1),
    ],
)
def test_a_retry_asks_first(sak: Altinnsak, bok: Hovedbok, status: str, kode: Kanalkode, opplastinger: int) -> None:
    pakke = sak.package(INNHOLD)
    with pytest.raises(Krasj):
        sak.send(pakke, bok, crash_after(bok))
    gammel = bok.kanal_ref
    assert gammel is not None
    sak.altinn.move(gammel, status)
    assert sak.send(pakke, bok).kode is kode
    assert sak.altinn.count("last-opp") == opplastinger
    assert (bok.kanal_ref != gammel) == (status in ("Failed", "Cancelled", "Purged"))


def test_a_package_that_the_recipient_confirmed_is_not_sent_again_when_broker_has_let_it_go(
    sak: Altinnsak, bok: Hovedbok
) -> None:
    pakke = sak.package(INNHOLD)
    sak.send(pakke, bok)
    assert bok.kanal_ref is not None
    sak.altinn.confirm_as(bok.kanal_ref, NAV)
    sak.altinn.move(bok.kanal_ref, "Purged")
    assert sak.send(pakke, bok) == SendOutcome(Kanalkode.FINNES_ALLEREDE)
    assert len(sak.altinn.overforinger) == 1


def test_an_upload_that_was_left_is_taken_over_after_a_while(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.altinn.henger = True
    sak.altinn.misbehave("last-opp", Uorden(lest=1 << 10))
    with pytest.raises(Krasj):
        sak.send(sak.package(INNHOLD), bok, crash_after(bok))
    assert bok.kanal_ref is not None
    sak.altinn.move(bok.kanal_ref, "UploadStarted")
    gammel = bok.kanal_ref
    sak.altinn.behave()
    sak.klokke.na += altinnkanal.OPPLASTING_PAGAR
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.KANAL_OPPTATT
    sak.klokke.na += timedelta(seconds=1)
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.OVERFORT
    assert bok.kanal_ref == gammel
    once(sak)


@pytest.mark.parametrize("kanal_ref", ["annen-kanals-navn", "34ddfc23-1aa5-4209-b988-b33dc7e15581", ""])
def test_a_name_that_broker_does_not_know(sak: Altinnsak, kanal_ref: str) -> None:
    bok = Hovedbok(kanal_ref)
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.OVERFORT
    assert bok.kanal_ref != kanal_ref
    once(sak)


def test_another_package_under_the_name(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.send(sak.package(b"en annen"), bok)
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.ANNEN_PAKKE)
    assert sak.altinn.at(NAV) == [(LEVERANSE, b"en annen")]


def test_the_same_bytes_of_another_leveranse_are_another_package(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.send(sak.package(INNHOLD, str(uuid4())), bok)
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.ANNEN_PAKKE)


def test_a_transfer_for_other_bytes_is_left_alone(sak: Altinnsak, bok: Hovedbok) -> None:
    with pytest.raises(Krasj):
        sak.send(sak.package(b"en annen"), bok, crash_after(bok))
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.OVERFORT
    once(sak)


# --- what must not be told ---


def test_nothing_is_told(sak: Altinnsak, bok: Hovedbok, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    person = "01810112345"
    sak.altinn.put(RESSURS, NAV, OSS, person.encode())
    kanal = sak.channel()
    kanal.send(sak.package(person.encode() * 100), bind=bok.bind)
    sagt = repr(kanal.collect()) + repr(kanal.__dict__)
    token = kanal._tokener.get().verdi
    for operasjon, svar in [
        ("sok", Svar.json({person: token}, 500)),
        ("se", Svar.json({"fileTransferStatus": person})),
    ]:
        sak.altinn.misbehave(operasjon, Uorden(svar))
        with pytest.raises(KanalFeil) as feil:
            kanal.follow([Underveis(LEVERANSE, bok.kanal_ref)]) if operasjon == "se" else kanal.collect()
        sagt += str(feil.value) + repr(feil.value)
    sagt += caplog.text
    assert caplog.records, "the log is looked at"
    assert person not in sagt
    assert token not in sagt
    assert token.split(".")[2] not in sagt
    assert "PRIVATE KEY" not in sagt


# --- the set-up ---


def written(tmp_path: Path, sak: Altinnsak, **endret: Any) -> Path:
    rad = {
        "navEnhet": "0315",
        "navn": "Nav Grünerløkka",
        "fylke": "03",
        "test": True,
        "sertifikat": "0315.pem",
        "kanal": {"altinn": sak.settings(**endret)},
        "vinduer": [{"dager": ["man"], "fra": "08:00", "til": "16:00"}],
    }
    fil = tmp_path / "mottakere.yaml"
    fil.write_text(json.dumps({"mottakere": [rad]}), encoding="utf-8")
    return fil


def test_the_set_up_opens_the_channel(sak: Altinnsak, bok: Hovedbok, tmp_path: Path, storage: Storage) -> None:
    mottaker = load_mottakere(written(tmp_path, sak, maksBytes=8000))["0315"]
    assert isinstance(mottaker, Mottaker)
    assert isinstance(mottaker.innstillinger, MappingProxyType)
    kanal = open_channel(mottaker, storage=storage, katalog=tmp_path)
    assert isinstance(kanal, altinnkanal.AltinnChannel)
    assert kanal._oppsett.mottaker == "0315"
    assert kanal._oppsett.maskinporten.nokkelfil == tmp_path / "nokkel.pem"
    assert kanal.send(sak.package(bytes(8001)), bind=bok.bind).kode is Kanalkode.FOR_STOR_PAKKE


@pytest.mark.parametrize(
    "endret",
    [
        {"plattform": "ftp://x"},
        {"plattform": "https://bruker@x"},
        {"fraOrgnr": "12345678"},
        {"tilOrgnr": "0192:889640782"},
        {"ressurs": ""},
        {"maksBytes": 0},
        {"ukjent": 1},
        {"maskinporten": {}},
        {
            "maskinporten": {
                "utsteder": "https://maskinporten.no",
                "klientId": "a",
                "scope": "a",
                "nokkelfil": "n",
                "kid": "k",
            }
        },
        {"maskinporten": {"utsteder": "https://m/", "klientId": "a", "scope": "a", "nokkelfil": "n"}},
        {
            "maskinporten": {
                "utsteder": "https://m/",
                "klientId": "a",
                "scope": "a",
                "nokkelfil": "n",
                "kid": "k",
                "sertifikatfil": "s",
            }
        },
    ],
)
def test_a_set_up_that_is_refused(sak: Altinnsak, tmp_path: Path, endret: dict[str, Any]) -> None:
    assert load_mottakere(written(tmp_path, sak))
    with pytest.raises(UgyldigFil, match=r"\.kanal"):
        load_mottakere(written(tmp_path, sak, **endret))
