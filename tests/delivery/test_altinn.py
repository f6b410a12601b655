"""The Altinn channel: each package once with the recipient, whatever breaks, and receipts until they are recorded."""

import hashlib
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest

from schemas.loader import UgyldigFil
from schemas.oppsett import Mottaker, load_mottakere
from tests.delivery.altinnsak import (
    ANNEN_RESSURS,
    FREMMED,
    LEVERANSE,
    NAV,
    OSS,
    RESSURS,
    Altinnsak,
    Hovedbok,
    Krasj,
    open_case,
)
from tests.motparter.motpart import Svar, Uorden, dead_address
from tiltaksflyt.delivery import altinn as altinnkanal
from tiltaksflyt.delivery import broker, open_channel
from tiltaksflyt.delivery.kanal import (
    MAKS_KVITTERING,
    Hentetfil,
    KanalFeil,
    Kanalkode,
    Kanalstatus,
    SendOutcome,
    Underveis,
)
from tiltaksflyt.storage import Storage

INNHOLD = b"kryptert" * 1000


@pytest.fixture
def sak(tmp_path: Path) -> Iterator[Altinnsak]:
    with open_case(tmp_path) as sak:
        yield sak


@pytest.fixture
def bok() -> Hovedbok:
    return Hovedbok()


def until_sent(sak: Altinnsak, bok: Hovedbok, forsok: int = 8) -> SendOutcome:
    """As the ledger does: again after each transient outcome, a while later."""
    pakke = sak.package(INNHOLD)
    for _ in range(forsok):
        utfall = sak.send(pakke, bok)
        if utfall.er_sendt:
            return utfall
        assert utfall.utfall == "TRANSIENT", utfall
        sak.klokke.na += timedelta(minutes=6)
    raise AssertionError(f"never sent: {utfall}")


def once(sak: Altinnsak) -> None:
    """The recipient has the package once, whole."""
    assert sak.altinn.at(NAV) == [(LEVERANSE, INNHOLD)]


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


def crash_after(bok: Hovedbok) -> Callable[[str], None]:
    def bind(kanal_ref: str) -> None:
        bok.bind(kanal_ref)
        raise Krasj

    return bind


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


@pytest.mark.parametrize("kanal_ref", ["annen-kanals-navn", str(uuid4()), ""])
def test_a_name_that_broker_does_not_know(sak: Altinnsak, kanal_ref: str) -> None:
    bok = Hovedbok(kanal_ref)
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.OVERFORT
    assert bok.kanal_ref != kanal_ref
    once(sak)


def test_another_package_under_the_name(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.send(sak.package(b"en annen"), bok)
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.ANNEN_PAKKE)
    assert sak.altinn.at(NAV) == [(LEVERANSE, b"en annen")]


def test_a_transfer_for_other_bytes_is_left_alone(sak: Altinnsak, bok: Hovedbok) -> None:
    with pytest.raises(Krasj):
        sak.send(sak.package(b"en annen"), bok, crash_after(bok))
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.OVERFORT
    once(sak)


# --- what breaks ---


@pytest.mark.parametrize("operasjon", ["initialiser", "last-opp", "se"])
@pytest.mark.parametrize(
    ("uorden", "kode"),
    [
        (Uorden(Svar(401)), None),
        (Uorden(Svar(403)), None),
        (Uorden(Svar(413)), Kanalkode.FOR_STOR_PAKKE),
        (Uorden(Svar(422)), Kanalkode.AVVIST_AV_KANALEN),
        (Uorden(Svar(429, b"", {"Retry-After": "90"})), Kanalkode.KANAL_OPPTATT),
        (Uorden(Svar(500)), Kanalkode.KANAL_NEDE),
        (Uorden(Svar(503, b"", {"Retry-After": "Sun, 25 Oct 2026 00:31:30 GMT"})), Kanalkode.KANAL_OPPTATT),
        (Uorden(), Kanalkode.AVBRUTT),
        (Uorden(utfort=True), Kanalkode.AVBRUTT),
        (Uorden(stille=True), Kanalkode.AVBRUTT),
        (Uorden(lest=1 << 10), Kanalkode.AVBRUTT),
    ],
    ids=["401", "403", "413", "422", "429", "500", "503", "nothing", "lost answer", "silence", "cut"],
)
def test_a_fault_is_told_and_survived(
    sak: Altinnsak, bok: Hovedbok, operasjon: str, uorden: Uorden, kode: Kanalkode | None
) -> None:
    if operasjon == "se":
        with pytest.raises(Krasj):
            sak.send(sak.package(INNHOLD), bok, crash_after(bok))
    sak.altinn.misbehave(operasjon, uorden)
    utfall = sak.send(sak.package(INNHOLD), bok)
    # A token that is not accepted is followed by a new one, at once.
    assert utfall.kode is (kode or Kanalkode.OVERFORT)
    assert utfall.vent_minst == (timedelta(seconds=90) if kode is Kanalkode.KANAL_OPPTATT else None)
    if not utfall.er_sendt:
        until_sent(sak, bok)
    once(sak)


@pytest.mark.parametrize("operasjon", ["initialiser", "last-opp"])
def test_two_tokens_that_are_not_accepted_are_a_stop(sak: Altinnsak, bok: Hovedbok, operasjon: str) -> None:
    for status in (401, 403):
        sak.altinn.misbehave(operasjon, Uorden(Svar(status)), ganger=2)
        assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.TILGANG_NEKTET)
    assert sak.altinn.at(NAV) == []
    assert until_sent(sak, bok).er_sendt
    once(sak)


@pytest.mark.parametrize(
    "svar",
    [
        Svar(200),
        Svar(200, b"<html>"),
        Svar.json({}),
        Svar.json({"fileTransferId": "../../annet"}),
        Svar.json({"fileTransferId": None}),
        Svar.json([str(uuid4())]),
        Svar(302, b"", {"Location": "https://annen/"}),
    ],
)
def test_an_unexpected_answer_to_initialise(sak: Altinnsak, bok: Hovedbok, svar: Svar) -> None:
    sak.altinn.misbehave("initialiser", Uorden(svar))
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.UVENTET_SVAR)
    assert bok.kanal_ref is None
    until_sent(sak, bok)
    once(sak)


def test_the_id_may_come_alone(sak: Altinnsak, bok: Hovedbok) -> None:
    """As the OpenAPI description has it; the service itself answers an object."""
    opprinnelig = sak.altinn.initialise
    sak.altinn.initialise = lambda *alt: Svar(200, _alone(opprinnelig(*alt)))  # type: ignore[method-assign]
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.OVERFORT


def _alone(svar: Svar) -> bytes:
    return b'"' + svar.innhold.split(b'"')[3] + b'"'


@pytest.mark.parametrize(
    "endret",
    [
        {"fileTransferStatus": "NyTilstand"},
        {"fileTransferStatus": 3},
        {"fileTransferStatus": None},
        {"fileTransferStatusChanged": "i går"},
        {"fileTransferStatusChanged": "2026-10-25T00:00:00"},
        {"recipients": [{"recipient": "0192:1"}]},
        {"recipients": [None]},
        {"sender": 17},
        {"propertyList": "x"},
    ],
)
def test_an_unexpected_status(sak: Altinnsak, bok: Hovedbok, endret: dict[str, Any]) -> None:
    sak.send(sak.package(INNHOLD), bok)
    helt = sak.ask("GET", f"/{bok.kanal_ref}").json()
    for svar in (Svar.json(helt | endret), Svar.json([helt]), Svar(200, b"skrot")):
        sak.altinn.misbehave("se", Uorden(svar))
        assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.UVENTET_SVAR)
        sak.altinn.misbehave("se", Uorden(svar))
        with pytest.raises(KanalFeil) as feil:
            sak.channel().follow([Underveis(LEVERANSE, bok.kanal_ref)])
        assert feil.value.kode is Kanalkode.UVENTET_SVAR
        assert feil.value.__context__ is None
    assert sak.send(sak.package(INNHOLD), bok).kode is Kanalkode.FINNES_ALLEREDE
    once(sak)


def test_an_upload_that_went_well_and_is_not_heard_of(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.altinn.misbehave("se", Uorden(Svar(500)))
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.GITT_VIDERE)
    assert sak.channel().follow([Underveis(LEVERANSE, bok.kanal_ref)]) == {LEVERANSE: Kanalstatus.MOTTATT}


def test_bytes_that_changed_on_the_way(sak: Altinnsak, bok: Hovedbok, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as endret:
        endret.setattr(broker, "_read_bites", lambda _: iter([bytes(len(INNHOLD))]))
        assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.AVBRUTT)
    until_sent(sak, bok)
    once(sak)


def test_malware_or_what_is_taken_for_it(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.altinn.publiserer = False
    sak.send(sak.package(INNHOLD), bok)
    assert bok.kanal_ref is not None
    sak.altinn.move(bok.kanal_ref, "Failed")
    assert sak.channel().follow([Underveis(LEVERANSE, bok.kanal_ref)]) == {LEVERANSE: Kanalstatus.FEIL}


@pytest.mark.parametrize("status", [400, 404, 409])
def test_a_refused_upload_to_an_open_transfer_is_a_stop(sak: Altinnsak, bok: Hovedbok, status: int) -> None:
    sak.altinn.misbehave("last-opp", Uorden(Svar(status)))
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.AVVIST_AV_KANALEN)


@pytest.mark.parametrize(
    ("status", "kode"),
    [
        ("UploadStarted", Kanalkode.KANAL_OPPTATT),
        ("UploadProcessing", Kanalkode.GITT_VIDERE),
        ("Published", Kanalkode.FINNES_ALLEREDE),
        ("Failed", Kanalkode.AVBRUTT),
    ],
)
def test_another_was_first_with_the_upload(sak: Altinnsak, bok: Hovedbok, status: str, kode: Kanalkode) -> None:
    def bind(kanal_ref: str) -> None:
        bok.bind(kanal_ref)
        sak.altinn.move(kanal_ref, status)

    sak.altinn.misbehave("last-opp", Uorden(Svar(409)))
    assert sak.send(sak.package(INNHOLD), bok, bind) == SendOutcome(kode)


@pytest.mark.parametrize("ganger", [1, 3])
@pytest.mark.parametrize("uorden", [Uorden(), Uorden(utfort=True), Uorden(lest=3000), Uorden(Svar(500), utfort=True)])
def test_any_call_may_break(sak: Altinnsak, bok: Hovedbok, uorden: Uorden, ganger: int) -> None:
    sak.altinn.misbehave("*", uorden, ganger)
    sak.maskinporten.misbehave("token", Uorden(Svar(500)), ganger)
    until_sent(sak, bok)
    once(sak)


@pytest.mark.parametrize("henger", [False, True])
@pytest.mark.parametrize("sted", ["before bind", "after bind", "in the upload", "after the upload"])
def test_the_process_ends(
    sak: Altinnsak, bok: Hovedbok, sted: str, henger: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broker finds that the line is cut, or goes on waiting for the rest (`henger`)."""
    sak.altinn.henger = henger

    def die(*_: Any) -> Iterator[bytes]:
        yield INNHOLD[:1000]
        raise Krasj

    def crash(*_: object) -> None:
        raise Krasj

    bind = {"before bind": crash, "after bind": crash_after(bok)}.get(sted, bok.bind)
    with monkeypatch.context() as endret:
        if sted == "in the upload":
            endret.setattr(broker, "_read_bites", die)
        if sted == "after the upload":
            endret.setattr(broker.Broker, "look", crash)
        with pytest.raises(Krasj):
            sak.send(sak.package(INNHOLD), bok, bind)
    until_sent(sak, bok)
    once(sak)


def test_two_workers_at_once(sak: Altinnsak, bok: Hovedbok) -> None:
    """Both hold the name of the first attempt: one uploads, and what the other does is harmless."""
    with pytest.raises(Krasj):
        sak.send(sak.package(INNHOLD), bok, crash_after(bok))
    pakke = sak.package(INNHOLD)
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(lambda _: sak.send(pakke, bok), range(4)))
    assert {en.kode for en in utfall} <= {
        Kanalkode.OVERFORT,
        Kanalkode.FINNES_ALLEREDE,
        Kanalkode.GITT_VIDERE,
        Kanalkode.KANAL_OPPTATT,
    }
    assert any(en.er_sendt for en in utfall)
    once(sak)


def test_two_workers_at_once_from_the_start(sak: Altinnsak) -> None:
    """The ledger lets one of them bind; the other sends nothing."""
    bok = Hovedbok()

    class LeieTapt(Exception):
        pass

    def bind(kanal_ref: str) -> None:
        with sak.altinn.las:
            if bok.kanal_ref is not None:
                raise LeieTapt
            bok.bind(kanal_ref)

    def send(_: int) -> SendOutcome | None:
        try:
            return sak.channel().send(pakke, bind=bind)
        except LeieTapt:
            return None

    pakke = sak.package(INNHOLD)
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(send, range(4)))
    assert [en for en in utfall if en] == [SendOutcome(Kanalkode.OVERFORT)]
    once(sak)


def test_a_package_that_is_too_large(sak: Altinnsak, bok: Hovedbok) -> None:
    for grense, kode in [(len(INNHOLD), Kanalkode.OVERFORT), (len(INNHOLD) - 1, Kanalkode.FOR_STOR_PAKKE)]:
        assert sak.send(sak.package(INNHOLD), Hovedbok(), maksBytes=grense).kode is kode
    assert sak.altinn.count("initialiser") == 1
    assert sak.channel(maksBytes=10**12)._oppsett.maks_bytes == altinnkanal.MAKS_PAKKE == 50 * 10**9
    sak.altinn.maks_bytes = 10
    assert sak.send(sak.package(INNHOLD), bok) == SendOutcome(Kanalkode.AVVIST_AV_KANALEN)


@pytest.mark.parametrize(
    ("endret", "kode"),
    [
        ({"plattform": "http://platform.example.no"}, Kanalkode.UGYLDIG_OPPSETT),
        ({"ressurs": "ukjent"}, Kanalkode.TILGANG_NEKTET),
        ({"ressurs": ANNEN_RESSURS}, Kanalkode.TILGANG_NEKTET),
        ({"tilOrgnr": FREMMED}, Kanalkode.TILGANG_NEKTET),
        ({"fraOrgnr": FREMMED}, Kanalkode.TILGANG_NEKTET),
    ],
)
def test_a_set_up_that_is_wrong(sak: Altinnsak, bok: Hovedbok, endret: dict[str, Any], kode: Kanalkode) -> None:
    assert sak.send(sak.package(), bok, **endret) == SendOutcome(kode)
    assert sak.altinn.overforinger == {}


def test_nobody_there(sak: Altinnsak, bok: Hovedbok) -> None:
    with dead_address() as adresse:
        assert sak.send(sak.package(), bok, plattform=adresse) == SendOutcome(Kanalkode.KANAL_NEDE)


def test_the_token_is_kept_between_calls(sak: Altinnsak, bok: Hovedbok) -> None:
    kanal = sak.channel()
    kanal.send(sak.package(), bind=bok.bind)
    kanal.collect()
    assert sak.maskinporten.count("token") == sak.altinn.count("veksle") == 1
    sak.klokke.na += timedelta(minutes=30)
    kanal.collect()
    assert sak.maskinporten.count("token") == 2


@pytest.mark.parametrize(
    ("uorden", "kode"),
    [
        (Uorden(Svar(401)), Kanalkode.TILGANG_NEKTET),
        (Uorden(Svar(500)), Kanalkode.KANAL_NEDE),
        (Uorden(Svar(200, b"")), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar(200, b"a.b.c")), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar(200, b"x\r\nHost: annen")), Kanalkode.UVENTET_SVAR),
        (Uorden(Svar(200, "æ.ø.å".encode())), Kanalkode.UVENTET_SVAR),
    ],
)
def test_an_exchange_that_fails(sak: Altinnsak, bok: Hovedbok, uorden: Uorden, kode: Kanalkode) -> None:
    sak.altinn.misbehave("veksle", uorden)
    assert sak.send(sak.package(), bok) == SendOutcome(kode)


def test_an_exchange_that_answers_in_quotes(sak: Altinnsak, bok: Hovedbok) -> None:
    opprinnelig = sak.altinn.exchange
    sak.altinn.exchange = lambda kall: Svar(200, b'"%s"\n' % opprinnelig(kall).innhold)  # type: ignore[method-assign]
    assert sak.send(sak.package(), bok).kode is Kanalkode.OVERFORT


# --- receipts ---


def test_receipts_stay_until_they_are_confirmed(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b'{"kvittering": 1}')
    sak.klokke.na += timedelta(seconds=1)
    to = sak.altinn.put(RESSURS, NAV, OSS, b'{"kvittering": 2}')
    kanal = sak.channel()
    filer = kanal.collect()
    assert [(fil.navn, fil.innhold) for fil in filer] == [(en, b'{"kvittering": 1}'), (to, b'{"kvittering": 2}')]
    assert {fil.kilde for fil in sak.channel().collect()} == {fil.kilde for fil in filer}
    kanal.discard(filer[:1])
    assert [fil.navn for fil in kanal.collect()] == [to]
    kanal.discard(filer)
    kanal.discard(filer)
    assert kanal.collect() == ()
    assert sak.altinn.overforinger[en].status == "AllConfirmedDownloaded"


def test_receipts_of_another_recipient_with_the_same_organisasjonsnummer(sak: Altinnsak) -> None:
    her = sak.altinn.put(RESSURS, NAV, OSS, b"1", {"mottaker": "0315"})
    der = sak.altinn.put(RESSURS, NAV, OSS, b"2", {"mottaker": "0316"})
    sak.klokke.na += timedelta(seconds=1)
    umerket = sak.altinn.put(RESSURS, NAV, OSS, b"3")
    assert [fil.navn for fil in sak.channel("0315").collect()] == [her, umerket]
    assert {fil.navn for fil in sak.channel("0316").collect()} == {der, umerket}


def test_what_is_no_receipt_of_ours(sak: Altinnsak, bok: Hovedbok) -> None:
    sak.altinn.put(RESSURS, FREMMED, OSS, b"forged")
    sak.altinn.put(RESSURS, OSS, NAV, b"our own")
    sak.altinn.put(ANNEN_RESSURS, NAV, OSS, b"elsewhere")
    trukket = sak.altinn.put(RESSURS, NAV, OSS, b"gone")
    sak.altinn.move(trukket, "Purged")
    sak.send(sak.package(), bok)
    assert sak.channel().collect() == ()
    assert sak.altinn.count("last-ned") == 0


def test_a_receipt_that_is_too_large_is_read_no_further(sak: Altinnsak) -> None:
    sak.altinn.put(RESSURS, NAV, OSS, bytes(MAKS_KVITTERING + 1000))
    (fil,) = sak.channel().collect()
    assert len(fil.innhold) == MAKS_KVITTERING + 1


def test_a_receipt_that_is_gone_already_is_no_fault(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b"1")
    kanal = sak.channel()
    filer = kanal.collect()
    sak.altinn.move(en, "Purged")
    kanal.discard([*filer, Hentetfil(str(uuid4()), b"")])


@pytest.mark.parametrize("operasjon", ["sok", "se", "last-ned", "bekreft"])
@pytest.mark.parametrize(
    ("uorden", "kode"),
    [
        (Uorden(Svar(422)), Kanalkode.AVVIST_AV_KANALEN),
        (Uorden(Svar(429)), Kanalkode.KANAL_OPPTATT),
        (Uorden(Svar(500)), Kanalkode.KANAL_NEDE),
        (Uorden(utfort=True), Kanalkode.AVBRUTT),
    ],
)
def test_a_fault_among_receipts(sak: Altinnsak, operasjon: str, uorden: Uorden, kode: Kanalkode) -> None:
    sak.altinn.put(RESSURS, NAV, OSS, b"1")
    sak.altinn.misbehave(operasjon, uorden)
    kanal = sak.channel()
    with pytest.raises(KanalFeil) as feil:
        kanal.discard(kanal.collect())
    assert (feil.value.kode, feil.value.__context__) == (kode, None)
    kanal.discard(kanal.collect())
    assert kanal.collect() == ()


def test_a_confirmation_that_is_refused(sak: Altinnsak) -> None:
    en = sak.altinn.put(RESSURS, NAV, OSS, b"1")
    with pytest.raises(KanalFeil) as feil:
        sak.channel().discard([Hentetfil(en, b"1")])
    assert feil.value.kode is Kanalkode.AVVIST_AV_KANALEN


@pytest.mark.parametrize("svar", [Svar.json({}), Svar.json(["../annet"]), Svar.json([None]), Svar(200, b"skrot")])
def test_a_list_that_is_none(sak: Altinnsak, svar: Svar) -> None:
    sak.altinn.misbehave("sok", Uorden(svar))
    with pytest.raises(KanalFeil) as feil:
        sak.channel().collect()
    assert feil.value.kode is Kanalkode.UVENTET_SVAR


# --- what must not be told, and what must not be held ---


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


def test_a_large_package_is_never_whole_in_memory(sak: Altinnsak, tmp_path: Path) -> None:
    """200 MB through a process of its own, whose greatest size before and after is compared."""
    stor = tmp_path / "stor"
    with stor.open("wb") as fil:
        fil.truncate(200_000_000)
    skript = f"""
import resource, sys
from pathlib import Path
from tests.delivery.altinnsak import LEVERANSE
from tiltaksflyt.delivery import altinn
from tiltaksflyt.delivery.package import Pakke

def mest():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

oppsett = altinn.read_oppsett({sak.settings()!r}, Path({str(tmp_path)!r}), "0315")
kanal = altinn.AltinnChannel(oppsett)
liten = Path({str(sak.package(b"x").fil)!r})
assert kanal.send(Pakke.of("varm", liten), bind=lambda _: None).er_sendt
for_ = mest()
utfall = kanal.send(Pakke.of(LEVERANSE, Path({str(stor)!r})), bind=lambda _: None)
print(utfall.kode, mest() - for_)
"""
    # The process tells the time by itself.
    sak.maskinporten.klokke = sak.altinn.klokke = lambda: datetime.now(UTC)
    svar = subprocess.run([sys.executable, "-c", skript], capture_output=True, text=True, check=True, timeout=120)
    kode, kilobyte = svar.stdout.split()
    assert kode == "OVERFORT"
    assert int(kilobyte) < 60_000
    (_, (_, mottatt)) = sak.altinn.at(NAV)
    assert len(mottatt) == 200_000_000


# --- the set-up ---


def written(tmp_path: Path, sak: Altinnsak, **endret: Any) -> Path:
    rad = {
        "navEnhet": "0315",
        "navn": "Nav Grünerløkka",
        "fylke": "03",
        "test": True,
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
    with pytest.raises(UgyldigFil):
        load_mottakere(written(tmp_path, sak, **endret))
