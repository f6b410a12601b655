"""The eFormidling channel against an integrasjonspunkt on loopback: brought once, whatever happens between."""

import logging
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest

from schemas.oppsett import Mottaker
from tests.motparter.eformidling import LASETID, NAV, OSS, Eformidling, asic
from tests.motparter.motpart import Svar, Uorden, dead_address
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Kanalstatus, Pakke, SendOutcome, Underveis, Utfall, open_channel
from tiltaksflyt.delivery.eformidling import EformidlingChannel, Eformidlingsoppsett, quiet_time
from tiltaksflyt.delivery.integrasjonspunkt import Integrasjonspunkt
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING
from tiltaksflyt.storage import Storage

MOTTAKER = "0315"
PASSORD = "hemmelig-passord"
HALE = timedelta(seconds=1)


@pytest.fixture
def punkt() -> Iterator[Eformidling]:
    with Eformidling() as motpart:
        yield motpart


@pytest.fixture
def pakke(tmp_path: Path) -> Pakke:
    return make_package(tmp_path)


def make_package(katalog: Path, innhold: bytes = b"\x30\x80 kryptert " * 20_000) -> Pakke:
    leveranse_id = str(uuid4())
    fil = katalog / leveranse_id
    fil.write_bytes(innhold)
    return Pakke.of(leveranse_id, fil)


def channel(punkt: Eformidling, **endret: Any) -> EformidlingChannel:
    oppsett = Eformidlingsoppsett(
        adresse=punkt.adresse, fra_orgnr=OSS, til_orgnr=NAV, mottaker=MOTTAKER, levetid=timedelta(days=4)
    )
    return EformidlingChannel(replace(oppsett, **endret), punkt.klokke)


class Leveranse:
    """The ledger's side of one delivery: what the channel calls it is remembered between attempts."""

    def __init__(self, pakke: Pakke) -> None:
        self.pakke = pakke

    def bind(self, kanal_ref: str) -> None:
        self.pakke = replace(self.pakke, kanal_ref=kanal_ref)

    def send(self, kanal: EformidlingChannel) -> SendOutcome:
        return kanal.send(self.pakke, bind=self.bind)

    @property
    def underveis(self) -> Underveis:
        return Underveis(self.pakke.leveranse_id, self.pakke.kanal_ref)


def once(punkt: Eformidling, pakke: Pakke) -> None:
    """The recipient got one message, and it has these bytes, once."""
    punkt.run_queue()
    assert [[(fil.navn, fil.sha256) for fil in ett.filer] for ett in punkt.brakt] == [[(pakke.filnavn, pakke.sha256)]]
    assert not any(status == "FEIL" for status, _ in punkt.samtaler[punkt.brakt[0].melding_id])


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


# --- faults ---

SVAR = [
    (Svar(401), Kanalkode.TILGANG_NEKTET),
    (Svar(403), Kanalkode.TILGANG_NEKTET),
    (Svar(409), Kanalkode.AVVIST_AV_KANALEN),
    (Svar(413), Kanalkode.FOR_STOR_PAKKE),
    (Svar(429, hode={"Retry-After": "7200"}), Kanalkode.KANAL_OPPTATT),
    (Svar(500), Kanalkode.KANAL_NEDE),
    (Svar(503), Kanalkode.KANAL_OPPTATT),
    (Svar(302, hode={"Location": "https://nav.example"}), Kanalkode.UVENTET_SVAR),
]


@pytest.mark.parametrize(
    ("svar", "kode", "utfort"),
    [
        (svar, kode, utfort)
        for svar, kode in SVAR
        for utfort in ((False, True) if svar.status in (429, 500) else (False,))
    ],
)
@pytest.mark.parametrize("operasjon", ["opprett", "legg ved", "send"])
def test_every_answer_becomes_a_code_and_the_package_arrives_once(
    punkt: Eformidling, pakke: Pakke, operasjon: str, svar: Svar, kode: Kanalkode, utfort: bool
) -> None:
    """Also when the work was done all the same."""
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    punkt.misbehave(operasjon, Uorden(svar, utfort=utfort))
    utfall = leveranse.send(kanal)
    assert utfall.kode is kode
    assert utfall.vent_minst == (timedelta(hours=2) if svar.status == 429 else None)
    # A person looks at what is permanent and lets it go on; what is transient goes on by itself.
    later(punkt, leveranse, kanal)
    once(punkt, pakke)


def later(punkt: Eformidling, leveranse: Leveranse, kanal: EformidlingChannel) -> None:
    """The attempts that follow: at once, and when whoever was at it must have stopped."""
    punkt.behave()
    for _ in range(3):
        utfall = leveranse.send(kanal)
        if utfall.er_sendt:
            return
        assert utfall.kode is Kanalkode.KANAL_OPPTATT
        assert utfall.vent_minst is not None
        punkt.wait(utfall.vent_minst + HALE)
    raise AssertionError("it never went")


UORDEN = [
    Uorden(lest=0),
    Uorden(lest=70_000),
    Uorden(),
    Uorden(utfort=True),
    Uorden(Svar(200, b"<html>tull")),
    Uorden(Svar(200, b"<html>tull"), utfort=True),
    Uorden(Svar(200, b"[]")),
]


@pytest.mark.parametrize("uorden", UORDEN, ids=lambda u: f"{u.lest}-{u.utfort}-{bool(u.svar)}")
@pytest.mark.parametrize("operasjon", ["opprett", "legg ved", "send"])
def test_a_line_that_breaks_and_an_answer_that_is_none(
    punkt: Eformidling, pakke: Pakke, operasjon: str, uorden: Uorden
) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    punkt.misbehave(operasjon, uorden)
    utfall = leveranse.send(kanal)
    if operasjon != "opprett" and uorden.svar is not None and not uorden.utfort:
        # The integrasjonspunkt says that it is done and it is not: nobody can know, until the next thing is refused.
        assert utfall.kode in (Kanalkode.AVVIST_AV_KANALEN, Kanalkode.GITT_VIDERE)
        return
    assert utfall.utfall in (Utfall.TRANSIENT, Utfall.ACCEPTED)
    if not utfall.er_sendt:
        later(punkt, leveranse, kanal)
    once(punkt, pakke)


@pytest.mark.parametrize("operasjon", ["se", "samtale", "slett"])
@pytest.mark.parametrize("svar", [Svar(401), Svar(500), Svar(200, b"tull"), Svar(200, b"{}"), None])
def test_a_fault_while_looking_for_an_earlier_attempt(
    punkt: Eformidling, pakke: Pakke, operasjon: str, svar: Svar | None
) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    punkt.misbehave("legg ved", Uorden(lest=50_000))
    punkt.misbehave("slett", Uorden())
    assert leveranse.send(kanal).kode is Kanalkode.AVBRUTT
    punkt.wait(quiet_time() + HALE)
    punkt.misbehave(operasjon, Uorden(svar))
    utfall = leveranse.send(kanal)
    assert utfall.er_sendt or utfall.kode in (
        Kanalkode.TILGANG_NEKTET,
        Kanalkode.KANAL_NEDE,
        Kanalkode.UVENTET_SVAR,
        Kanalkode.AVBRUTT,
        Kanalkode.ANNEN_PAKKE,
    )
    later(punkt, leveranse, kanal)
    once(punkt, pakke)


def test_nobody_answers_and_somebody_says_nothing(punkt: Eformidling, pakke: Pakke) -> None:
    with dead_address() as borte:
        kanal = channel(punkt, adresse=borte)
        assert Leveranse(pakke).send(kanal).kode is Kanalkode.KANAL_NEDE
        with pytest.raises(KanalFeil) as feil:
            kanal.collect()
        assert feil.value.kode is Kanalkode.KANAL_NEDE
    punkt.misbehave("opprett", Uorden(stille=True))
    assert Leveranse(pakke).send(channel(punkt, stillhet=timedelta(seconds=0.3))).kode is Kanalkode.AVBRUTT


class Krasj(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize("automatisk", [True, False])
@pytest.mark.parametrize("etter", [False, True])
@pytest.mark.parametrize("nummer", [1, 2, 3])
def test_a_crash_between_each_pair_of_calls(
    pakke: Pakke, monkeypatch: pytest.MonkeyPatch, nummer: int, etter: bool, automatisk: bool
) -> None:
    """Before or after call number `nummer`: the next attempts bring one message with these bytes."""
    ekte, talt = Integrasjonspunkt._call, [0]

    def crash(self: Integrasjonspunkt, *a: Any, **v: Any) -> Any:
        talt[0] += 1
        if talt[0] < nummer or etter:
            svar = ekte(self, *a, **v)
        if talt[0] >= nummer:
            raise Krasj
        return svar

    with Eformidling(automatisk=automatisk) as punkt:
        leveranse, kanal = Leveranse(pakke), channel(punkt)
        with monkeypatch.context() as lapp:
            lapp.setattr(Integrasjonspunkt, "_call", crash)
            with pytest.raises(Krasj):
                leveranse.send(kanal)
        if nummer == 3 and etter:
            # It was let go: the queue is done with it before anyone looks again.
            punkt.run_queue()
        later(punkt, leveranse, kanal)
        once(punkt, pakke)


def test_a_crash_while_the_next_message_is_made(punkt: Eformidling, pakke: Pakke) -> None:
    """The id is bound before anything is made with it: bound and not made, it is used by the next attempt."""
    punkt.note(pakke.leveranse_id, "FEIL")
    leveranse, kanal = Leveranse(pakke), channel(punkt)

    def bind_and_crash(kanal_ref: str) -> None:
        leveranse.bind(kanal_ref)
        raise Krasj

    with pytest.raises(Krasj):
        kanal.send(pakke, bind=bind_and_crash)
    bundet = leveranse.pakke.kanal_ref
    assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
    assert leveranse.pakke.kanal_ref == bundet
    once(punkt, pakke)


def test_a_package_in_the_queue_is_left_alone(pakke: Pakke) -> None:
    """Altinn is away: the integrasjonspunkt has the message and says nothing more of it."""
    with Eformidling(automatisk=False) as punkt:
        leveranse, kanal = Leveranse(pakke), channel(punkt)
        assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
        utfall = leveranse.send(kanal)
        assert utfall.kode is Kanalkode.KANAL_OPPTATT
        assert utfall.vent_minst is not None
        assert timedelta(0) < utfall.vent_minst <= quiet_time()
        assert punkt.count("send") == 1
        once(punkt, pakke)


def test_a_message_that_leaves_while_we_look_is_not_sent_again(pakke: Pakke) -> None:
    with Eformidling(automatisk=False) as punkt:
        leveranse, kanal = Leveranse(pakke), channel(punkt)
        leveranse.send(kanal)
        punkt.wait(quiet_time() + HALE)
        kanal_bind = leveranse.bind

        def leave(kanal_ref: str) -> None:
            kanal_bind(kanal_ref)
            punkt.run_queue()

        assert kanal.send(leveranse.pakke, bind=leave).kode is Kanalkode.AVBRUTT
        assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
        once(punkt, pakke)


def test_a_message_that_ran_out_of_time_unsent_is_made_anew(punkt: Eformidling, pakke: Pakke) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt, levetid=timedelta(hours=1))
    punkt.misbehave("send", Uorden(lest=0))
    assert leveranse.send(kanal).kode is Kanalkode.AVBRUTT
    punkt.wait(timedelta(hours=2))
    assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
    assert leveranse.pakke.kanal_ref != pakke.leveranse_id
    once(punkt, pakke)


def test_an_upload_that_takes_too_long_is_given_up(
    punkt: Eformidling, pakke: Pakke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiltaksflyt.delivery.eformidling.quiet_time", lambda: timedelta(seconds=-1))
    leveranse = Leveranse(pakke)
    assert leveranse.send(channel(punkt)).kode is Kanalkode.AVBRUTT
    assert punkt.ut == {}
    monkeypatch.undo()
    later(punkt, leveranse, channel(punkt))
    once(punkt, pakke)


def test_two_workers_at_once(punkt: Eformidling, tmp_path: Path) -> None:
    for _ in range(5):
        pakke, start = make_package(tmp_path), threading.Barrier(2)
        utfall: list[SendOutcome] = []

        def work(pakke: Pakke = pakke, start: threading.Barrier = start, utfall: list[SendOutcome] = utfall) -> None:
            start.wait()
            utfall.append(Leveranse(pakke).send(channel(punkt)))

        trader = [threading.Thread(target=work) for _ in range(2)]
        for trad in trader:
            trad.start()
        for trad in trader:
            trad.join()
        assert {u.kode for u in utfall} <= {Kanalkode.GITT_VIDERE, Kanalkode.KANAL_OPPTATT}
        assert any(u.er_sendt for u in utfall)
        once(punkt, pakke)
        punkt.brakt.clear()


# --- receipts ---


def test_receipts_come_and_go(punkt: Eformidling) -> None:
    kanal = channel(punkt)
    assert kanal.collect() == ()
    melding_id = punkt.receipt(b'{"en": "kvittering"}', MOTTAKER)
    (fil,) = kanal.collect()
    assert (fil.navn, fil.innhold) == (melding_id, b'{"en": "kvittering"}')
    # It stays until it is recorded, locked for a while for whoever took it.
    assert kanal.collect() == ()
    punkt.wait(LASETID + HALE)
    assert kanal.collect() == (fil,)
    kanal.discard([fil])
    assert punkt.inn == {}
    kanal.discard([fil])


def test_a_lock_that_ran_out_leaves_the_receipt_for_the_next_run(punkt: Eformidling) -> None:
    kanal = channel(punkt)
    punkt.receipt(b"{}", MOTTAKER)
    filer = kanal.collect()
    punkt.wait(LASETID + HALE)
    kanal.discard(filer)
    assert kanal.collect() == filer
    kanal.discard(filer)
    assert punkt.inn == {}


def test_what_is_not_for_this_recipient_is_neither_fetched_nor_locked(punkt: Eformidling) -> None:
    for valg in (
        {"mottaker": "0316"},
        {"mottaker": MOTTAKER, "fra": "987654321"},
        {"mottaker": MOTTAKER, "type": "no.digdir.avtalt.test.v1"},
        {"mottaker": MOTTAKER, "prosess": "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0"},
    ):
        punkt.receipt(b"{}", **valg)
    assert channel(punkt).collect() == ()
    assert all(melding.last_til is None for melding in punkt.inn.values())
    assert [fil.innhold for fil in channel(punkt, mottaker="0316").collect()] == [b"{}"]


@pytest.mark.parametrize(
    "beholder",
    [
        b"",
        b"ikke en zip",
        asic({}),
        asic({"a.json": b"{}", "b.json": b"{}"}),
        asic({"kvittering.json": b"{}"})[:-30],
        asic({"stor.json": bytes(2)}) + bytes(MAKS_KVITTERING + (2 << 20)),
    ],
    ids=["tom", "ingen zip", "uten fil", "to filer", "avkuttet", "for stor"],
)
def test_a_container_that_is_not_one_file_comes_empty_and_stays(punkt: Eformidling, beholder: bytes) -> None:
    punkt.receipt(b"", MOTTAKER, asic=beholder)
    (fil,) = channel(punkt).collect()
    assert fil.innhold == b""
    assert len(punkt.inn) == 1


def test_a_bomb_is_not_unpacked(punkt: Eformidling) -> None:
    punkt.receipt(b"", MOTTAKER, asic=asic({"bombe.json": bytes(200 << 20)}))
    (fil,) = channel(punkt).collect()
    assert len(fil.innhold) == MAKS_KVITTERING + 1


TULL, UTEN_SBD = Svar(200, b"tull"), Svar(200, b'{"content": ["tull"]}')


@pytest.mark.parametrize(
    ("operasjon", "svar", "kode"),
    [
        *((operasjon, Svar(401), Kanalkode.TILGANG_NEKTET) for operasjon in ("innkomne", "tjuvtitt", "hent", "fjern")),
        *((operasjon, None, Kanalkode.AVBRUTT) for operasjon in ("innkomne", "tjuvtitt", "hent", "fjern")),
        ("innkomne", Svar(500), Kanalkode.KANAL_NEDE),
        ("innkomne", TULL, Kanalkode.UVENTET_SVAR),
        ("innkomne", UTEN_SBD, Kanalkode.UVENTET_SVAR),
        ("tjuvtitt", TULL, Kanalkode.UVENTET_SVAR),
        # Not the message that was asked for, an unread file, a removal that was none: it comes again.
        ("tjuvtitt", UTEN_SBD, None),
        ("hent", TULL, None),
        ("fjern", Svar(400), None),
    ],
)
def test_faults_while_receipts_are_collected(
    punkt: Eformidling, operasjon: str, svar: Svar | None, kode: Kanalkode | None
) -> None:
    kanal = channel(punkt)
    punkt.receipt(b"{}", MOTTAKER)
    punkt.misbehave(operasjon, Uorden(svar))
    if kode is None:
        kanal.discard([fil for fil in kanal.collect() if fil.innhold])
    else:
        with pytest.raises(KanalFeil) as feil:
            kanal.discard(kanal.collect())
        assert feil.value.kode is kode
        assert feil.value.__context__ is None
    assert len(punkt.inn) == 1
    punkt.behave()
    punkt.wait(LASETID + HALE)
    kanal.discard(kanal.collect())
    assert punkt.inn == {}


# --- memory, secrets, set-up ---


def test_a_large_package_is_never_whole_in_memory(punkt: Eformidling, tmp_path: Path) -> None:
    fil = tmp_path / "stor"
    with fil.open("wb") as ut:
        ut.truncate(200 << 20)
    pakke = Pakke.of(str(uuid4()), fil)
    tracemalloc.start()
    try:
        assert Leveranse(pakke).send(channel(punkt)).kode is Kanalkode.GITT_VIDERE
        _, mest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
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
    "bruker": "tiltaksflyt",
    "passordfil": "passord",
}


def test_the_set_up_chooses_it(storage: Storage, tmp_path: Path) -> None:
    mottaker = Mottaker("0315", "NAV", "Nav Eksempel", "03", True, "eformidling", MappingProxyType(SETTINGS), ())
    kanal = open_channel(mottaker, storage=storage, katalog=tmp_path)
    assert isinstance(kanal, EformidlingChannel)
    oppsett = kanal._oppsett
    assert oppsett.innlogging == ("tiltaksflyt", tmp_path / "passord")
    assert (oppsett.levetid, oppsett.mottaker, oppsett.maks_bytes) == (timedelta(days=4), "0315", 1 << 30)
