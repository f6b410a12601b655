"""A claim is a lease: four processes deliver every document once, by the receiver's own count."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from schemas.avvik import Innsendingsstatus
from tiltaksflyt.ledger import (
    Forsendelsestilstand,
    Innsendingstilstand,
    LeieTapt,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    Svar,
    Utfall,
)

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENERE = NA + timedelta(minutes=5)
SENDT = Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=NA.date())


def test_four_processes_deliver_each_document_once(sted: Any, store: Any, build_document: Any, tmp_path: Path) -> None:
    mottakere = ("0315", "0316", "1101")
    with sted.open() as ledger, ledger.transaction():
        ventet = {
            build_document(ledger, store(ledger, f"-{i}"), forsendelser=[NyForsendelse(mottakere[i % 3])]).melding_id
            for i in range(100)
        }
    mottak = tmp_path / "mottak"
    mottak.mkdir()

    sted.start_workers("lever", 4, mottak)

    mottatt = {fil.name: fil.read_text().splitlines() for fil in mottak.iterdir()}
    assert set(mottatt) == ventet
    assert Counter(len(linjer) for linjer in mottatt.values()) == {1: 100}
    assert len({linje.split()[1] for linjer in mottatt.values() for linje in linjer}) > 1  # more than one had work
    with sted.open() as ledger:
        oversikt = ledger.oversikt(NA)
        assert (oversikt.sendt, oversikt.sendt_per_type) == (100, {"PLAN": 100})
        assert set(oversikt.leveranser) == {"MOTTATT"}
        assert sum(oversikt.sittende_fast.values()) == 0
        assert {f.tilstand for f in ledger.dokumenter.forsendelser()} == {Forsendelsestilstand.SENDT}
        assert {leveranse.forsok for leveranse in ledger.leveranser.list()} == {1}


def test_four_processes_take_each_drop_once(sted: Any, tmp_path: Path) -> None:
    sted.start_workers("oppdag", 4, tmp_path / "tatt")
    tatt = [linje for fil in tmp_path.glob("tatt.*") for linje in fil.read_text().splitlines()]
    assert len(tatt) == len(set(tatt)) == 20
    with sted.open() as ledger:
        assert {rad.innsending_id for rad in ledger.innsendinger.list()} == set(tatt)


@pytest.fixture
def leveranse_id(ledger: Any, store: Any, build_document: Any) -> str:
    plass = build_document(ledger, store(ledger))
    leveranse = ledger.leveranser.create("0315", "sftp", "2026-03-02", [plass.melding_id], now=NA)
    return str(leveranse.leveranse_id)


def test_a_lease_is_given_once(ledger: Any, leveranse_id: str) -> None:
    assert ledger.leveranser.take_lease(leveranse_id, now=NA, until=SENERE)
    assert ledger.leveranser.take_lease(leveranse_id, now=NA, until=SENERE) is None
    assert ledger.leveranser.take_lease(leveranse_id, now=SENERE, until=SENERE) is None  # the last moment is inside
    assert ledger.leveranser.due(SENERE) == ()


def test_an_expired_lease_is_taken_back_and_its_holder_records_nothing(ledger: Any, leveranse_id: str) -> None:
    forlatt = ledger.leveranser.take_lease(leveranse_id, now=NA, until=SENERE)
    etter = SENERE + timedelta(seconds=1)
    assert [rad.leveranse_id for rad in ledger.leveranser.due(etter)] == [leveranse_id]
    assert ledger.oversikt(etter).sittende_fast["leveranser"] == 1
    ny = ledger.leveranser.take_lease(leveranse_id, now=etter, until=etter + timedelta(minutes=5))
    with pytest.raises(LeieTapt):
        ledger.leveranser.record(forlatt, SENDT)
    with pytest.raises(LeieTapt):
        ledger.leveranser.attach_package(forlatt, pakke="ut/p.zip", sha256="0" * 64, storrelse=1)
    assert ledger.leveranser.get(leveranse_id).tilstand is Leveransetilstand.SENDES
    ledger.leveranser.record(ny, SENDT)
    with pytest.raises(LeieTapt):
        ledger.leveranser.record(ny, SENDT)  # once only
    assert ledger.leveranser.get(leveranse_id).forsok == 2


def test_a_recipient_takes_no_more_at_once_than_it_may(ledger: Any, store: Any, build_document: Any) -> None:
    ider = []
    for nr in range(6):
        plass = build_document(ledger, store(ledger, f"-{nr}"))
        ider.append(ledger.leveranser.create("0315", "sftp", str(nr), [plass.melding_id], now=NA).leveranse_id)
    leier: list[Any] = []

    def ta(leveranse_id: str) -> None:
        leier.append(ledger.leveranser.take_lease(leveranse_id, now=NA, until=SENERE, samtidige=2))

    trader = [Thread(target=ta, args=(i,)) for i in ider]
    for trad in trader:
        trad.start()
    for trad in trader:
        trad.join()
    gitt = [leie for leie in leier if leie]
    assert (len(leier), len(gitt)) == (6, 2)
    ledger.leveranser.record(gitt[0], SENDT)
    neste = next(i for i in ider if i not in {leie.id for leie in gitt})
    assert ledger.leveranser.take_lease(neste, now=NA, until=SENERE, samtidige=2)


def test_an_answer_without_the_lease_undoes_what_was_stored_with_it(ledger: Any, store: Any) -> None:
    funn = ledger.innsendinger.discover("889640782", "a" * 64, 10, etag="e", last_modified=NA, now=NA)
    forlatt = ledger.innsendinger.claim(funn.innsending_id, now=NA, until=SENERE)
    etter = SENERE + timedelta(seconds=1)
    assert ledger.innsendinger.claim(funn.innsending_id, now=etter, until=etter + timedelta(minutes=5))
    svar = Svar(Innsendingsstatus.GODTATT, besvart=etter, dato=date(2026, 3, 2), antall={"deltakelse": 1})

    def store_and_answer() -> None:
        with ledger.transaction():
            store(ledger)
            ledger.innsendinger.answer(forlatt, svar)

    with pytest.raises(LeieTapt):
        store_and_answer()
    assert ledger.deltakelser.list() == ()
    assert ledger.innsendinger.get(funn.innsending_id).tilstand is Innsendingstilstand.TATT
