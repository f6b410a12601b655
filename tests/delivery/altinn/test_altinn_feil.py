"""The Altinn channel when something breaks: told by its code, and after the next attempt once with the recipient."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.delivery.altinn.altinnsak import (
    ANNEN_RESSURS,
    FREMMED,
    INNHOLD,
    LEVERANSE,
    NAV,
    Altinnsak,
    Hovedbok,
    Krasj,
    crash_after,
    once,
    until_sent,
)
from tests.motparter.maskinporten import rsa_key
from tests.motparter.motpart import Svar, Uorden, dead_address
from tiltaksflyt.delivery import altinn as altinnkanal
from tiltaksflyt.delivery import broker
from tiltaksflyt.delivery.kanal import (
    KanalFeil,
    Kanalkode,
    Kanalstatus,
    SendOutcome,
    Underveis,
)
from tiltaksflyt.delivery.package import Pakke


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


def test_a_token_that_altinn_no_longer_believes_is_followed_by_a_new_one(sak: Altinnsak, bok: Hovedbok) -> None:
    kanal = sak.channel()
    assert kanal.collect() == ()
    sak.altinn._nokkel = rsa_key("altinn-ny")
    assert kanal.send(sak.package(INNHOLD), bind=bok.bind).kode is Kanalkode.OVERFORT
    assert sak.maskinporten.count("token") == 2
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
        endret.setattr(Pakke, "read_bites", lambda _: iter([bytes(len(INNHOLD))]))
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
            endret.setattr(Pakke, "read_bites", die)
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
    assert sak.maskinporten.count("token") == (0 if kode is Kanalkode.UGYLDIG_OPPSETT else 2)


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
