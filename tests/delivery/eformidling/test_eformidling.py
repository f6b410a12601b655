"""The eFormidling channel against an integrasjonspunkt on loopback: there, back, and what is refused."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from schemas.loader import UgyldigFil
from tests.delivery.eformidling.formidlingssak import HALE, MOTTAKER, Leveranse, channel, make_package, once
from tests.delivery.minne import make_large_package, measure
from tests.delivery.mottakersak import read_recipient
from tests.motparter.eformidling import NAV, OSS, Eformidling
from tests.motparter.motpart import Svar, Uorden
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Kanalstatus, Pakke, SendOutcome, Underveis, Utfall, open_channel
from tiltaksflyt.delivery.eformidling import EformidlingChannel, quiet_time
from tiltaksflyt.storage import Storage

PASSORD = "hemmelig-passord"


# --- there and back ---


def test_a_package_is_given_to_the_integrasjonspunkt(punkt: Eformidling, pakke: Pakke) -> None:
    leveranse = Leveranse(pakke)
    utfall = leveranse.send(channel(punkt))
    assert utfall == SendOutcome(Kanalkode.GITT_VIDERE)
    assert not utfall.er_hos_mottaker
    once(punkt, pakke)
    (brakt,) = punkt.brakt
    assert brakt.melding_id == pakke.leveranse_id
    assert leveranse.pakke.kanal_ref is None
    (fil,) = brakt.filer
    assert (fil.medietype, fil.storrelse) == ("application/pkcs7-mime", pakke.storrelse)
    assert [navn for navn, _ in punkt.log] == ["opprett", "legg ved", "send"]


def test_sent_again_it_is_found_and_not_sent_twice(punkt: Eformidling, pakke: Pakke) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    for melding, kode in [
        ("SENDT", Kanalkode.GITT_VIDERE),
        ("MOTTATT", Kanalkode.FINNES_ALLEREDE),
        ("LEVERT", Kanalkode.FINNES_ALLEREDE),
        ("LEST", Kanalkode.FINNES_ALLEREDE),
    ]:
        leveranse.send(kanal)
        if melding != "SENDT":
            punkt.note(pakke.leveranse_id, melding)
        assert leveranse.send(kanal).kode is kode
    once(punkt, pakke)


@pytest.mark.parametrize(
    ("statuser", "ventet"),
    [
        (["OPPRETTET"], Kanalstatus.SENDT),
        (["OPPRETTET", "SENDT"], Kanalstatus.SENDT),
        (["OPPRETTET", "SENDT", "ANNET"], Kanalstatus.SENDT),
        (["OPPRETTET", "SENDT", "MOTTATT"], Kanalstatus.MOTTATT),
        (["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"], Kanalstatus.LEVERT),
        (["OPPRETTET", "SENDT", "MOTTATT", "LEVERT", "LEST"], Kanalstatus.LEST),
        (["OPPRETTET", "FEIL"], Kanalstatus.FEIL),
        (["OPPRETTET", "SENDT", "MOTTATT", "FEIL"], Kanalstatus.FEIL),
        # fetched is fetched, whatever was registered afterwards
        (["OPPRETTET", "SENDT", "LEVERT", "FEIL"], Kanalstatus.LEVERT),
        (["OPPRETTET", "SENDT", "LEVERT", "LEVETID_UTLOPT"], Kanalstatus.LEVERT),
        (["OPPRETTET", "SENDT", "LEVETID_UTLOPT"], Kanalstatus.LEVETID_UTLOPT),
        (["OPPRETTET", "SENDT", "MOTTATT", "LEVETID_UTLOPT"], Kanalstatus.LEVETID_UTLOPT),
    ],
)
def test_every_status_is_followed(punkt: Eformidling, statuser: list[str], ventet: Kanalstatus) -> None:
    melding_id = str(uuid4())
    for status in statuser:
        punkt.note(melding_id, status)
    ukjent = Underveis("en annen", None)
    assert channel(punkt).follow([Underveis("leveransen", melding_id), ukjent]) == {"leveransen": ventet}


def test_nothing_under_way_asks_nothing(punkt: Eformidling) -> None:
    assert channel(punkt).follow([]) == {}
    assert punkt.log == []


@pytest.mark.parametrize("status", ["FEIL", "LEVETID_UTLOPT"])
def test_a_message_that_came_to_nothing_is_followed_by_another(punkt: Eformidling, pakke: Pakke, status: str) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    leveranse.send(kanal)
    punkt.note(pakke.leveranse_id, status)
    punkt.brakt.clear()
    assert kanal.follow([leveranse.underveis]) == {pakke.leveranse_id: Kanalstatus(status)}
    assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
    assert leveranse.pakke.kanal_ref not in (None, pakke.leveranse_id)
    once(punkt, pakke)
    sbd = punkt.brakt[0].sbd
    assert (
        sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0]["instanceIdentifier"] == pakke.leveranse_id
    )
    assert kanal.follow([leveranse.underveis]) == {pakke.leveranse_id: Kanalstatus.SENDT}
    assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
    assert len(punkt.brakt) == 1


def test_a_lease_that_is_lost_sends_nothing(punkt: Eformidling, pakke: Pakke) -> None:
    class LeieTapt(Exception):
        """As the ledger's."""

    def lost(_: str) -> None:
        raise LeieTapt

    punkt.note(pakke.leveranse_id, "FEIL")
    with pytest.raises(LeieTapt):
        channel(punkt).send(pakke, bind=lost)
    assert punkt.brakt == []
    assert punkt.ut == {}


def test_another_package_under_the_same_id_is_never_sent(punkt: Eformidling, pakke: Pakke, tmp_path: Path) -> None:
    punkt.misbehave("legg ved", Uorden(lest=0))
    punkt.misbehave("slett", Uorden())
    assert Leveranse(pakke).send(channel(punkt)).kode is Kanalkode.AVBRUTT
    annen = replace(make_package(tmp_path, b"en annen"), leveranse_id=pakke.leveranse_id)
    punkt.wait(quiet_time() + HALE)
    assert Leveranse(annen).send(channel(punkt)).kode is Kanalkode.ANNEN_PAKKE
    assert punkt.brakt == []


# --- what is refused ---


def test_a_package_over_the_limit_never_leaves(punkt: Eformidling, pakke: Pakke) -> None:
    kanal = channel(punkt, maks_bytes=pakke.storrelse - 1)
    assert Leveranse(pakke).send(kanal).kode is Kanalkode.FOR_STOR_PAKKE
    assert punkt.log == []
    assert Leveranse(pakke).send(channel(punkt, maks_bytes=pakke.storrelse)).er_sendt


def test_a_file_that_is_too_large_for_the_recipient_is_refused(pakke: Pakke) -> None:
    with Eformidling(maks_bytes=pakke.storrelse - 1) as punkt:
        utfall = Leveranse(pakke).send(channel(punkt))
        assert (utfall.kode, utfall.utfall) == (Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT)
        assert punkt.ut == {}


@pytest.mark.parametrize("endret", [{"til_orgnr": "987654321"}, {"fra_orgnr": "987654321"}])
def test_who_is_not_known_is_refused(punkt: Eformidling, pakke: Pakke, endret: dict[str, str]) -> None:
    utfall = Leveranse(pakke).send(channel(punkt, **endret))
    assert (utfall.kode, utfall.utfall) == (Kanalkode.AVVIST_AV_KANALEN, Utfall.PERMANENT)
    assert punkt.samtaler == {}


def test_a_recipient_without_the_process_is_refused(punkt: Eformidling, pakke: Pakke) -> None:
    punkt.kjente[NAV] = {"urn:no:difi:profile:arkivmelding:administrasjon:ver1.0"}
    assert Leveranse(pakke).send(channel(punkt)).kode is Kanalkode.AVVIST_AV_KANALEN


def test_user_and_password(pakke: Pakke, tmp_path: Path) -> None:
    fil = tmp_path / "passord"
    fil.write_text(f"{PASSORD}\n")
    with Eformidling(innlogging=("tiltaksflyt", PASSORD)) as punkt:
        assert Leveranse(pakke).send(channel(punkt)).kode is Kanalkode.TILGANG_NEKTET
        fil_borte = channel(punkt, innlogging=("tiltaksflyt", tmp_path / "borte"))
        assert Leveranse(pakke).send(fil_borte).kode is Kanalkode.UGYLDIG_OPPSETT
        kanal = channel(punkt, innlogging=("tiltaksflyt", fil))
        assert Leveranse(pakke).send(kanal).kode is Kanalkode.GITT_VIDERE
        assert kanal.collect() == ()


@pytest.mark.parametrize(
    "adresse", ["http://eformidling.example", "ftp://127.0.0.1", "", "https://bruker:ord@nav.example"]
)
def test_an_address_in_the_open_is_refused(punkt: Eformidling, pakke: Pakke, adresse: str) -> None:
    utfall = Leveranse(pakke).send(channel(punkt, adresse=adresse))
    assert (utfall.kode, utfall.utfall) == (Kanalkode.UGYLDIG_OPPSETT, Utfall.PERMANENT)


# --- memory, secrets, set-up ---


def test_a_large_package_is_never_whole_in_memory(punkt: Eformidling, tmp_path: Path) -> None:
    pakke = make_large_package(tmp_path)
    utfall, mest = measure(lambda: Leveranse(pakke).send(channel(punkt)))
    assert utfall.kode is Kanalkode.GITT_VIDERE
    assert mest < 20 << 20
    once(punkt, pakke)


def test_no_password_and_no_word_of_the_other_side_comes_out(
    pakke: Pakke, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fil = tmp_path / "passord"
    fil.write_text(PASSORD)
    with Eformidling(innlogging=("tiltaksflyt", "et annet")) as punkt:
        kanal = channel(punkt, innlogging=("tiltaksflyt", fil))
        assert Leveranse(pakke).send(kanal).kode is Kanalkode.TILGANG_NEKTET
        punkt.innlogging = None
        punkt.receipt(b"{}", MOTTAKER)
        feil = []
        kall: list[Callable[[], object]] = [kanal.collect, lambda: kanal.follow([Underveis(str(uuid4()), None)])]
        for ett in kall:
            punkt.misbehave("*", Uorden(Svar(400, b'{"message": "Kari Kanari 15819012345"}')))
            with pytest.raises(KanalFeil) as fanget:
                ett()
            assert (fanget.value.__context__, fanget.value.__cause__) == (None, None)
            feil.append(str(fanget.value))
        assert "Kanari" not in repr(kanal.collect())
    for tekst in (caplog.text, *feil, repr(kanal)):
        assert PASSORD not in tekst
        assert "Kanari" not in tekst
        assert "Basic " not in tekst


SETTINGS = {
    "adresse": "https://integrasjonspunkt.example",
    "fraOrgnr": OSS,
    "tilOrgnr": NAV,
    "levetidTimer": 96,
}
INNLOGGING = {"bruker": "tiltaksflyt", "passordfil": "passord", "tillitsanker": "rot.pem"}


def test_the_set_up_chooses_it(storage: Storage, tmp_path: Path) -> None:
    mottaker = read_recipient(tmp_path, {"eformidling": SETTINGS | INNLOGGING})
    kanal = open_channel(mottaker, storage=storage, katalog=tmp_path)
    assert isinstance(kanal, EformidlingChannel)
    oppsett = kanal._oppsett
    assert (oppsett.innlogging, oppsett.tillitsanker) == (("tiltaksflyt", tmp_path / "passord"), tmp_path / "rot.pem")
    assert (oppsett.levetid, oppsett.mottaker, oppsett.maks_bytes) == (timedelta(days=4), MOTTAKER, 1 << 30)


@pytest.mark.parametrize(
    "endret",
    [
        {"adresse": "integrasjonspunkt.example"},
        {"fraOrgnr": "15819012345"},
        {"tilOrgnr": "0192:889640782"},
        {"levetidTimer": 0},
        {"maksBytes": 0},
        {"bruker": "tiltaksflyt"},
        {"passordfil": "passord"},
        {"passord": "i klartekst"},
    ],
)
def test_a_set_up_that_breaks_its_schema_is_refused(tmp_path: Path, endret: dict[str, Any]) -> None:
    with pytest.raises(UgyldigFil):
        read_recipient(tmp_path, {"eformidling": SETTINGS | endret})
