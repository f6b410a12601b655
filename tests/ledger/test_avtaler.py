"""Documents that belong to no deltakelse: sealed, sent, answered and superseded as the others, and removed by age."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.ledger.conftest import AVSENDER
from tiltaksflyt.ledger import (
    Dokumentplass,
    Dokumentsvar,
    Forsendelsestilstand,
    Kvitteringsfil,
    LedgerFeil,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    Uleselig,
    Utfall,
    load_signing_key,
)
from tiltaksflyt.ledger.tabeller import avtaleomrade, dokument, forsendelse, kvittering

NA = datetime(2027, 1, 22, 8, 0, tzinfo=UTC)
I_DAG = date(2027, 1, 22)
AFT = "ARBEIDSFORBEREDENDE_TRENING"
FYLKESKONTOR = "9946"
FRA = frozenset({FYLKESKONTOR})
T = Forsendelsestilstand


def area(ledger: Any, fylke: str = "46", avsender: str = AVSENDER) -> str:
    return str(ledger.avtaler.find_or_create(avsender, AFT, fylke))


def build(ledger: Any, ref: str, tall: int = 1, *, dag: date = I_DAG, nummer: int = 20264) -> Dokumentplass:
    plass: Dokumentplass = ledger.dokumenter.reserve(ref, "RESULTATRAPPORT", nummer)
    assert ledger.dokumenter.add(
        plass,
        {"meldingId": plass.melding_id, "antall": tall},
        grunnlag={"antall": tall},
        forsendelser=[NyForsendelse(FYLKESKONTOR)],
        klar_dato=dag,
        bygget=NA,
    )
    return plass


def send(ledger: Any, *melding_ider: str) -> str:
    leveranse = ledger.leveranser.create(FYLKESKONTOR, "sftp", "v", melding_ider, now=NA)
    leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA)
    ledger.leveranser.record(leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    return str(leveranse.leveranse_id)


def answer(ledger: Any, leveranse_id: str, melding_id: str, status: str = "GODTATT", kilde: str = "k1") -> Any:
    svar = Dokumentsvar(melding_id, status, None, "Takk for rapporten.", "J1")
    return ledger.kvitteringer.record(Kvitteringsfil(kilde, leveranse_id, NA, FRA, I_DAG, svar=[svar]))


def states(ledger: Any, ref: str) -> dict[int, Forsendelsestilstand]:
    return {f.versjon: f.tilstand for f in ledger.dokumenter.forsendelser(ref=ref)}


def test_an_area_is_made_once_and_found_again(ledger: Any) -> None:
    ref = area(ledger)
    assert area(ledger) == ref == ledger.avtaler.find(AVSENDER, AFT, "46")
    assert ledger.avtaler.find(AVSENDER, AFT, "15") is None
    assert area(ledger, "15") != ref
    assert area(ledger, avsender="974760673") != ref
    assert [(rad.ref, rad.fylke) for rad in ledger.avtaler.list(AVSENDER)] == [(area(ledger, "15"), "15"), (ref, "46")]


def test_it_goes_the_same_way_as_a_document_about_a_person(ledger: Any) -> None:
    ref = area(ledger)
    forste = build(ledger, ref)
    assert (forste.gjelder_avtale, forste.versjon) == (True, 1)
    assert ledger.dokumenter.unchanged(ref, "RESULTATRAPPORT", 20264, {"antall": 1})
    assert not ledger.dokumenter.unchanged(ref, "RESULTATRAPPORT", 20264, {"antall": 2})
    (klar,) = ledger.dokumenter.forsendelser(tilstand=T.KLAR)
    assert (klar.ref, klar.avsender, klar.mottaker) == (ref, AVSENDER, FYLKESKONTOR)
    assert ledger.dokumenter.get(forste.melding_id).gjelder_avtale
    leveranse_id = send(ledger, forste.melding_id)
    funn = answer(ledger, leveranse_id, forste.melding_id)
    assert (funn.koblet, funn.ukoblet, funn.etter_sletting) == ((forste.melding_id,), 0, 0)
    assert states(ledger, ref) == {1: T.GODTATT}
    andre = build(ledger, ref, 2)
    assert (andre.versjon, andre.erstatter, andre.dokument_id) == (2, forste.melding_id, forste.dokument_id)
    send(ledger, andre.melding_id)
    assert states(ledger, ref) == {1: T.ERSTATTET, 2: T.SENDT}
    assert ledger.dokumenter.read(andre.melding_id)["antall"] == 2
    oversikt = ledger.oversikt(NA)
    assert (oversikt.bygget, oversikt.sendt, oversikt.godtatt) == (2, 2, 1)


def test_two_workers_add_a_version_once(ledger: Any) -> None:
    ref = area(ledger)
    plasser = [ledger.dokumenter.reserve(ref, "RESULTATRAPPORT", 20264) for _ in range(2)]
    felles: dict[str, Any] = {
        "grunnlag": {},
        "forsendelser": [NyForsendelse(FYLKESKONTOR)],
        "klar_dato": I_DAG,
        "bygget": NA,
    }
    assert [ledger.dokumenter.add(plass, {}, **felles) for plass in plasser] == [True, False]


def test_a_stop_of_the_sender_keeps_it_back_and_of_another_does_not(ledger: Any) -> None:
    plass = build(ledger, area(ledger))
    stans = ledger.stanser.stop("AVSENDER", AVSENDER, av="D", grunn="g", now=NA)
    assert ledger.leveranser.create(FYLKESKONTOR, "sftp", "v", [plass.melding_id], now=NA) is None
    ledger.stanser.lift(stans, av="D", now=NA)
    ledger.stanser.stop("AVSENDER", "974760673", av="D", grunn="g", now=NA)
    area(ledger, avsender="974760673")
    assert ledger.leveranser.create(FYLKESKONTOR, "sftp", "v", [plass.melding_id], now=NA) is not None


def test_it_stands_beside_documents_about_persons_when_one_of_them_is_erased(
    ledger: Any, sted: Any, store: Any, build_document: Any
) -> None:
    person = store(ledger)
    om_person = build_document(ledger, person, forsendelser=[NyForsendelse(FYLKESKONTOR)]).melding_id
    ref = area(ledger)
    om_avtale = build(ledger, ref).melding_id
    leveranse_id = send(ledger, om_person, om_avtale)
    answer(ledger, leveranse_id, om_avtale)
    sak = ledger.slettinger.open(person, [], dato=I_DAG, regelverk="AFT")
    assert ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)[0].avsender == AVSENDER
    nokkel = load_signing_key(sted.mappe / "bevis.key")
    bevis = ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=[], now=NA)
    assert bevis.values()["antall"]["dokument"] == 1
    assert [f.melding_id for f in ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)] == [om_avtale]
    assert ledger.dokumenter.read(om_avtale)["antall"] == 1


def test_content_and_answers_are_sealed_each_in_its_place(ledger: Any) -> None:
    ett, to = (build(ledger, area(ledger, fylke)) for fylke in ("46", "15"))
    answer(ledger, send(ledger, ett.melding_id), ett.melding_id)
    with ledger.database.write() as conn:
        innhold = conn.scalar(select(dokument.c.innhold).where(dokument.c.melding_id == ett.melding_id))
        assert b"antall" not in innhold
        assert b"Takk" not in conn.scalar(select(kvittering.c.innhold))
        conn.execute(dokument.update().where(dokument.c.melding_id == to.melding_id).values(innhold=innhold))
    with pytest.raises(Uleselig):
        ledger.dokumenter.read(to.melding_id)


def test_a_lost_key_is_replaced_so_that_new_versions_can_be_built(ledger: Any) -> None:
    ref = area(ledger)
    forste = build(ledger, ref)
    with ledger.database.read() as conn:
        nokkel_id = conn.scalar(select(avtaleomrade.c.nokkel_id))
    ledger.nokler.destroy([nokkel_id])
    assert ledger.dokumenter.read_many([forste.melding_id]) == {}
    assert area(ledger) == ref
    assert ledger.dokumenter.read(build(ledger, ref, 2).melding_id)["antall"] == 2


@pytest.mark.parametrize("tabell", [dokument, forsendelse, kvittering])
@pytest.mark.parametrize("begge", [True, False])
def test_a_row_about_both_or_about_neither_is_refused_by_the_database(
    ledger: Any, store: Any, build_document: Any, tabell: Any, begge: bool
) -> None:
    person, ref = store(ledger), area(ledger)
    plass = build_document(ledger, person)
    with ledger.database.read() as conn:
        rad = dict(conn.execute(select(dokument)).one()._mapping) if tabell is dokument else {}
    verdier = {
        "dokument": rad | {"melding_id": "ny", "dokument_id": "ny"},
        "forsendelse": {
            "melding_id": "ny",
            "dokument_melding_id": plass.melding_id,
            "mottaker": "1",
            "tilstand": "KLAR",
        },
        "kvittering": {
            "kvittering_id": "ny",
            "melding_id": plass.melding_id,
            "status": "GODTATT",
            "innhold": b"",
            "tid": NA,
        },
    }[tabell.name]
    om = {"ref": person, "avtale_ref": ref} if begge else {"ref": None, "avtale_ref": None}
    with pytest.raises(LedgerFeil, match="LEDGER_BRUDD"), ledger.database.write() as conn:
        conn.execute(insert(tabell).values(**verdier | om))


def test_old_documents_go_whole_and_the_counts_stay(ledger: Any) -> None:
    ref = area(ledger)
    forste = build(ledger, ref)
    leveranse_id = send(ledger, forste.melding_id)
    answer(ledger, leveranse_id, forste.melding_id)
    andre = build(ledger, ref, 2, dag=I_DAG + timedelta(days=30))
    build(ledger, ref, 3, dag=I_DAG + timedelta(days=365), nummer=20274)
    for_ = ledger.oversikt(NA)
    # The second version is as new as it is, and the first goes with it.
    assert ledger.avtaler.forget_documents(I_DAG + timedelta(days=30)) == 0
    assert ledger.avtaler.forget_documents(I_DAG + timedelta(days=31)) == 2
    assert [rad.nummer for rad in ledger.dokumenter.list(ref)] == [20274]
    etter = ledger.oversikt(NA)
    assert (etter.bygget, etter.sendt, etter.godtatt) == (for_.bygget, for_.sendt, for_.godtatt) == (3, 1, 1)
    sent = answer(ledger, leveranse_id, forste.melding_id, kilde="k2")
    assert (sent.etter_sletting, sent.ukoblet) == (1, 0)
    assert ledger.dokumenter.read_many([andre.melding_id]) == {}
    assert ledger.avtaler.forget_documents(I_DAG + timedelta(days=31)) == 0


def test_what_lies_in_a_package_that_is_not_sent_stays(ledger: Any) -> None:
    plass = build(ledger, area(ledger))
    leveranse = ledger.leveranser.create(FYLKESKONTOR, "sftp", "v", [plass.melding_id], now=NA)
    senere = I_DAG + timedelta(days=1000)
    assert ledger.avtaler.forget_documents(senere) == 0
    ledger.leveranser.cancel(leveranse.leveranse_id, Statuskode.AVLYST_AV_PERSON, now=NA)
    assert ledger.avtaler.forget_documents(senere) == 1


def test_the_stored_packages_of_old_documents_are_told(ledger: Any) -> None:
    plass = build(ledger, area(ledger))
    leveranse = ledger.leveranser.create(FYLKESKONTOR, "sftp", "v", [plass.melding_id], now=NA)
    leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA)
    ledger.leveranser.attach_package(leie, pakke="pakker/x", sha256="0" * 64, storrelse=1)
    ledger.leveranser.record(leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    assert ledger.avtaler.packages_before(I_DAG) == ()
    assert ledger.avtaler.packages_before(I_DAG + timedelta(days=1)) == (leveranse.leveranse_id,)
