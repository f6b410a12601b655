"""A consent through the line: taken in, kept on its own clock, withdrawn, expired, and proven gone."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, make_ident, running
from tiltaksflyt.pipeline import innsyn, samtykker, sletting
from tiltaksflyt.pipeline.sletting import VaskFeilet
from tiltaksflyt.pipeline.tilgang import GI_INNSYN, permit

SLUTT = date(2026, 2, 27)
DAG = date(2026, 3, 2)
DAG_85 = SLUTT + timedelta(days=85)
GYLDIG_TIL = date(2026, 8, 27)
UTLOPT = GYLDIG_TIL + timedelta(days=1)
TELEFON, EPOST = "41234567", "kanari.fugl@eksempel.test"


def ended(**endret: Any) -> dict[str, Any]:
    rad = running(1, date(2025, 10, 1))
    slutten = {"status": "HAR_SLUTTET", "statusGyldigFra": SLUTT.isoformat(), "sluttDato": SLUTT.isoformat()}
    return {**rad, **slutten, "aarsak": "FATT_JOBB", **endret}


def consent(**endret: Any) -> dict[str, Any]:
    return {
        "samtykkeId": "SAMTYKKE-K1",
        "deltakerId": "P1",
        "deltakelseId": "D1",
        "formaal": "OPPFOLGING_6_MND",
        "tekstversjon": "2026-1",
        "gitt": SLUTT.isoformat(),
        "gyldigTil": GYLDIG_TIL.isoformat(),
        **endret,
    }


def drop(dato: date, *deltakelser: dict[str, Any], samtykke: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The sender's whole truth on a day, with how to reach each person."""
    innhold = document(dato, deltakelser)
    for rad in innhold["deltaker"]:
        rad |= {"telefonnummer": TELEFON, "epost": EPOST}
    return innhold if samtykke is None else {**innhold, "samtykke": samtykke}


def stored(linje: Linje) -> dict[str, Any] | None:
    """What is kept under the consent."""
    return linje.om.ledger.samtykker.find(AVSENDER, ["SAMTYKKE-K1"]).get("SAMTYKKE-K1")


def last_days(linje: Linje) -> list[date]:
    return [rad.siste_dag for rad in linje.om.ledger.samtykker.list(AVSENDER)]


def rules(linje: Linje) -> set[str]:
    return {f"{rad['regelId']} {rad['tabell']}" for rad in linje.answer()["avvik"] if rad["tabell"] == "samtykke"}


def evidence(linje: Linje, art: str) -> list[dict[str, Any]]:
    return [innhold for bevis in linje.om.ledger.bevis.entries() if (innhold := bevis.values())["art"] == art]


def erase_deltakelse(linje: Linje) -> Linje:
    """The deltakelse is erased on day 85; the consent lives."""
    linje.receive(drop(DAG, ended(), samtykke=[consent()]))
    assert linje.on(DAG_85).run("sletting")["slettet"] == 1
    return linje


@pytest.fixture
def slettet(linje: Linje) -> Linje:
    return erase_deltakelse(linje)


def test_contact_information_is_kept_under_the_consent_and_not_in_the_record(linje: Linje) -> None:
    linje.receive(drop(DAG, ended(), samtykke=[consent()]))
    assert rules(linje) == set()
    ((_, post),) = linje.om.ledger.deltakelser.each(AVSENDER)
    assert not {"telefonnummer", "epost"} & post["deltaker"].keys()
    assert stored(linje) == {
        "telefonnummer": TELEFON,
        "epost": EPOST,
        "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING",
        "sluttDato": SLUTT.isoformat(),
        "gitt": SLUTT.isoformat(),
        "gyldigTil": GYLDIG_TIL.isoformat(),
        "tekstversjon": "2026-1",
        "formaal": "OPPFOLGING_6_MND",
    }


def test_who_asks_what_is_known_of_them_is_told_of_it(linje: Linje) -> None:
    linje.receive(drop(DAG, ended(), samtykke=[consent()]))
    apning = permit(linje.om, GI_INNSYN, rolle="PERSONVERN", av="Kari", grunn="Krav om innsyn.", now=linje.now)
    uttrekk = innsyn.extract(linje.om, AVSENDER, apning, dato=DAG, deltakelse="D1")
    ((samtykke,),) = [ett["samtykker"] for ett in uttrekk["deltakelser"]]
    assert (samtykke["telefonnummer"], samtykke["epost"]) == (TELEFON, EPOST)
    side = innsyn.files(uttrekk)["innsyn.html"].decode()
    assert TELEFON in side
    assert EPOST in side


def test_without_a_consent_nothing_is_kept(linje: Linje) -> None:
    linje.receive(drop(DAG, ended()))
    assert linje.om.ledger.samtykker.list() == ()


def test_it_outlives_the_deltakelse_and_ends_the_day_after_its_last_day(slettet: Linje) -> None:
    assert slettet.om.ledger.deltakelser.list() == ()
    assert [(rad.ref, rad.siste_dag) for rad in slettet.om.ledger.samtykker.list()] == [(None, GYLDIG_TIL)]
    assert slettet.on(GYLDIG_TIL).run("sletting")["samtykkerSlettet"] == 0
    assert (stored(slettet) or {})["telefonnummer"] == TELEFON
    assert slettet.on(UTLOPT).run("sletting")["samtykkerSlettet"] == 1
    assert stored(slettet) is None
    assert slettet.run("sletting")["samtykkerSlettet"] == 0
    (bevis,) = evidence(slettet, "SAMTYKKE")
    assert (bevis["grunn"], bevis["kategorier"]) == (
        "SAMTYKKE_UTLOPT",
        ["ARBEIDSERFARING_OG_VERV", "EPOST", "TELEFONNUMMER"],
    )
    assert sletting.verify(slettet.om).ok


@pytest.mark.parametrize("med_deltakelse", [True, False])
def test_a_withdrawal_long_after_the_erasure_gets_in_and_deletes_within_a_day(
    slettet: Linje, med_deltakelse: bool
) -> None:
    """Whether the sender's export still has the deltakelse, which SLE001 then refuses, or not."""
    dag = DAG_85 + timedelta(days=30)
    trukket = consent(trukket=dag.isoformat())
    slettet.on(dag).receive(drop(dag, *([ended()] if med_deltakelse else []), samtykke=[trukket]))
    assert rules(slettet) == set()
    assert slettet.om.ledger.deltakelser.list() == ()
    assert slettet.on(dag + timedelta(days=1)).run("sletting")["samtykkerSlettet"] == 1
    assert stored(slettet) is None
    assert [bevis["grunn"] for bevis in evidence(slettet, "SAMTYKKE")] == ["SAMTYKKE_TRUKKET"]


def test_a_withdrawal_that_comes_twice_is_done_once(linje: Linje) -> None:
    linje.receive(drop(DAG, ended(), samtykke=[consent()]))
    for n in (1, 2, 3):
        dag = DAG + timedelta(days=n)
        linje.on(dag).receive(drop(dag, ended(), samtykke=[consent(trukket=(DAG + timedelta(days=1)).isoformat())]))
        assert rules(linje) == set()
        linje.run("sletting")
    assert len(evidence(linje, "SAMTYKKE")) == 1
    assert stored(linje) is None


def test_a_withdrawn_consent_is_not_opened_again(linje: Linje) -> None:
    linje.receive(drop(DAG, ended(), samtykke=[consent()]))
    linje.on(DAG + timedelta(days=1)).receive(drop(linje.dato, ended(), samtykke=[consent(trukket=DAG.isoformat())]))
    linje.run("sletting")
    linje.on(DAG + timedelta(days=2)).receive(drop(linje.dato, ended(), samtykke=[consent()]))
    assert rules(linje) == {"SAM004 samtykke"}
    assert linje.om.ledger.samtykker.list() == ()


def test_a_withdrawal_of_what_was_never_given_is_refused(linje: Linje) -> None:
    linje.receive(drop(DAG, running(2, DAG), samtykke=[consent(trukket=DAG.isoformat())]))
    assert rules(linje) == {"TVE003 samtykke"}
    linje.on(DAG + timedelta(days=1)).receive(
        drop(linje.dato, ended(), samtykke=[consent(trukket=(SLUTT - timedelta(days=1)).isoformat())])
    )
    assert rules(linje) == {"DAT006 samtykke"}
    linje.run("sletting")
    assert linje.om.ledger.samtykker.list() == ()
    assert evidence(linje, "SAMTYKKE") == []


def test_the_end_is_that_of_its_formaal_and_never_later_than_the_row_says(linje: Linje) -> None:
    senere = SLUTT + timedelta(days=30)
    linje.receive(drop(DAG, ended(), samtykke=[consent(formaal="KUNDEREGISTER_12_MND", gyldigTil="2027-02-27")]))
    assert last_days(linje) == [date(2027, 2, 27)]
    linje.on(DAG + timedelta(days=1)).receive(drop(linje.dato, running(2, DAG), ended(sluttDato="2026-01-30")))
    assert last_days(linje) == [date(2027, 1, 30)], "the end of the deltakelse moved, and no samtykke row came"
    linje.on(senere).receive(drop(senere, ended(sluttDato=senere.isoformat(), statusGyldigFra=senere.isoformat())))
    assert last_days(linje) == [date(2027, 2, 27)]


def test_an_erasure_that_was_interrupted_anywhere_is_finished_and_proven_once(
    slettet: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise VaskFeilet

    ledger = slettet.om.ledger
    slettet.on(UTLOPT)
    for modul, navn in (
        (samtykker, "remove_raw_drops"),
        (samtykker, "forget_deleted_objects"),
        (ledger.samtykker, "erase"),
        (samtykker, "anchor_chain"),
    ):
        with monkeypatch.context() as lapp:
            lapp.setattr(modul, navn, fail)
            with pytest.raises(VaskFeilet):
                slettet.run("sletting")
        assert stored(slettet) is None, "the key goes before anything can stop it"
        assert len(evidence(slettet, "SAMTYKKE")) == (1 if navn == "anchor_chain" else 0)
    slettet.run("sletting")
    assert ledger.samtykker.list() == ()
    assert len(evidence(slettet, "SAMTYKKE")) == 1
    assert sletting.verify(slettet.om).ok


def test_a_trial_stores_no_consent(linje: Linje) -> None:
    innhold = drop(DAG, ended(), samtykke=[consent()])
    innhold["innsending"]["modus"] = "KONTROLL"
    linje.receive(innhold, "prove/eksport.json")
    assert linje.om.ledger.samtykker.list() == ()


def test_the_sweep_looks_for_a_withdrawn_number_and_finds_it_nowhere(egen_linje: Linje) -> None:
    slettet = erase_deltakelse(egen_linje)
    dag = DAG_85 + timedelta(days=30)
    slettet.on(dag).receive(drop(dag, samtykke=[consent(trukket=dag.isoformat())]))
    slettet.anlegg.kanarier.write_text(
        "".join(f"{dag}\t{verdi}\n" for verdi in (TELEFON, EPOST, "SAMTYKKE-K1", make_ident(1))), encoding="utf-8"
    )
    antall = slettet.run("sletting")
    assert (antall["samtykkerSlettet"], antall["kanarier"], antall["treff"]) == (1, 4, 0)
