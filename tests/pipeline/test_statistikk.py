"""The statistics through the line: live until the last day, frozen by the erasure, the same figure before and after."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.statistikk import Telling
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AFT, AVSENDER, ENHET, document, make_ident, person, running, slutt
from tiltaksflyt.pipeline import sletting, statistikk
from transforms.kvartal import Kvartal
from transforms.statistikk import Forbehold

SLUTT = date(2026, 1, 30)
SISTE_DAG = date(2026, 4, 24)
DAG = date(2026, 3, 2)
KVARTAL = Kvartal(2026, 1)


def ended(nummer: int, **endret: Any) -> dict[str, Any]:
    rad = running(nummer, date(2025, 10, 1))
    return (
        rad | {"status": "HAR_SLUTTET", "statusGyldigFra": SLUTT.isoformat(), "sluttDato": SLUTT.isoformat()} | endret
    )


def work(nummer: int) -> dict[str, Any]:
    return {
        "deltakelseId": f"D{nummer}",
        "art": "ARBEID",
        "fraDato": SLUTT.isoformat(),
        "ansettelsesform": "FAST",
        "lonnstilskudd": False,
        "stillingsprosent": 80,
        "timerPerUke": 30,
    }


def counts(linje: Linje) -> dict[Telling, int]:
    celler = (*statistikk.frozen_cells(linje.om), *statistikk.live_cells(linje.om, linje.dato))
    antall: Counter[Telling] = Counter()
    for celle in celler:
        assert (celle.avsender, celle.fylke, celle.tiltakskode, celle.kvartal) == (AVSENDER, "03", AFT, KVARTAL)
        antall[celle.telling] += celle.antall
    return dict(antall)


@pytest.fixture
def avsluttet(linje: Linje) -> Linje:
    """Three that have ended, one of them to work, and one that goes on."""
    sluttet = [slutt(n, SLUTT + timedelta(days=3)) for n in (1, 2)]
    til_arbeid = slutt(3, SLUTT + timedelta(days=3), resultat="ARBEID")
    linje.receive(
        document(
            DAG,
            [ended(1), ended(2), ended(3, aarsak="FATT_JOBB"), running(4, date(2026, 2, 10))],
            sluttvurdering=[*sluttet, til_arbeid],
            arbeidsforhold=[work(3)],
        )
    )
    linje.run("rapportering", "frister")
    return linje


def test_the_figure_is_the_same_before_and_after_the_erasure(avsluttet: Linje) -> None:
    avsluttet.on(SISTE_DAG).run("frister", "sletting")
    for_ = counts(avsluttet)
    assert for_ | {Telling.AVSLUTTET: 3, Telling.ARBEID: 1, Telling.ARBEID_FAST: 1} == for_
    assert for_[Telling.SLUTTRAPPORT_SKYLDT] == 3
    assert not list(statistikk.frozen_cells(avsluttet.om))
    assert avsluttet.on(SISTE_DAG + timedelta(days=1)).run("sletting")["slettet"] == 3
    assert not list(statistikk.live_cells(avsluttet.om, avsluttet.dato))
    assert counts(avsluttet) == for_
    avsluttet.run("sletting")
    assert counts(avsluttet) == for_


def test_an_erasure_that_was_interrupted_counts_once(avsluttet: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise sletting.VaskFeilet

    for_ = counts(avsluttet)
    avsluttet.on(SISTE_DAG + timedelta(days=1))
    with monkeypatch.context() as lapp:
        lapp.setattr(sletting, "forget_deleted_objects", fail)
        with pytest.raises(sletting.VaskFeilet):
            avsluttet.run("sletting")
    assert counts(avsluttet) == for_
    assert avsluttet.run("sletting")["slettet"] == 3
    assert counts(avsluttet) == for_


@pytest.mark.parametrize("forst", [True, False])
def test_an_erasure_while_one_senders_counts_are_read_counts_everyone_once(
    avsluttet: Linje, monkeypatch: pytest.MonkeyPatch, forst: bool
) -> None:
    ekte = statistikk._live_cells_of

    def erase_beside(*argumenter: Any) -> Any:
        if forst:
            avsluttet.run("sletting")
        levende = list(ekte(*argumenter))
        avsluttet.run("sletting")
        return levende

    avsluttet.on(SISTE_DAG + timedelta(days=1))
    monkeypatch.setattr(statistikk, "_live_cells_of", erase_beside)
    celler = statistikk.cells_of(AVSENDER, avsluttet.om, avsluttet.dato)
    assert sum(celle.antall for celle in celler if celle.telling is Telling.AVSLUTTET) == 3


def test_a_correction_before_the_last_day_changes_the_live_figure(avsluttet: Linje) -> None:
    endret = slutt(1, SLUTT + timedelta(days=3), resultat="MOTTE_IKKE_VED_OPPSTART")
    avsluttet.receive(document(date(2026, 3, 3), [ended(1)], omfang="ENDRING", sluttvurdering=[endret]))
    assert counts(avsluttet)[Telling.ALDRI_MOTT] == 1
    assert counts(avsluttet)[Telling.AVSLUTTET] == 3


def test_a_short_break_is_one_lop_and_counts_when_it_ends(avsluttet: Linje) -> None:
    igjen = running(5, SLUTT + timedelta(days=30)) | {"deltakerId": "P1"}
    avsluttet.receive(document(date(2026, 3, 3), [igjen], omfang="ENDRING"))
    assert counts(avsluttet)[Telling.AVSLUTTET] == 2


@pytest.mark.parametrize(
    ("tiltakskode", "avsluttet"),
    [(AFT, 1), ("AVKLARING", 1), ("KVALIFISERINGSPROGRAM", 0), ("SUPPORTED_EMPLOYMENT", 0)],
)
def test_what_the_kommune_is_responsible_for_is_not_counted(linje: Linje, tiltakskode: str, avsluttet: int) -> None:
    innhold = {"deltaker": person(1), "deltakelse": ended(1, tiltakskode=tiltakskode)}
    linje.om.ledger.deltakelser.store(
        AVSENDER, innhold, kildesystem="Fagsystem", accepted_on=DAG, siste_dag=lambda _: SISTE_DAG
    )
    assert len(list(statistikk.live_cells(linje.om, DAG))) == avsluttet


def test_statistics_that_fail_do_not_postpone_an_erasure(
    avsluttet: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"could not count {person(1)}")

    monkeypatch.setattr(statistikk, "contribution", fail)
    avsluttet.on(SISTE_DAG + timedelta(days=1))
    assert avsluttet.run("sletting")["slettet"] == 3
    assert not list(statistikk.frozen_cells(avsluttet.om))
    assert "UVENTET_ValueError" in caplog.text
    assert make_ident(1) not in caplog.text


def test_few_are_not_shown_and_the_page_says_so(avsluttet: Linje) -> None:
    utgivelse = statistikk.look(avsluttet.om, avsluttet.dato, KVARTAL)
    assert utgivelse.forbehold == (Forbehold.IKKE_FROSSET, Forbehold.PERIODEN_ER_IKKE_DEKKET)
    assert all(figur.er_skjermet for linje in utgivelse.linjer for figur in linje.figurer)
    assert ENHET not in repr(utgivelse)
    assert AVSENDER not in repr(utgivelse)


def test_without_a_quarter_the_newest_final_one(avsluttet: Linje) -> None:
    assert statistikk.look(avsluttet.om, date(2026, 6, 23)).kvartal == Kvartal(2025, 4)
    assert statistikk.look(avsluttet.om, date(2026, 6, 24)).kvartal == KVARTAL  # 31 March + 84 days is 23 June


def test_old_counts_are_merged_by_vedlikehold(avsluttet: Linje) -> None:
    avsluttet.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    avsluttet.on(date(2027, 6, 30)).run("vedlikehold")
    assert {celle.avsender for celle in statistikk.frozen_cells(avsluttet.om)} == {AVSENDER}
    assert avsluttet.on(date(2027, 7, 1)).run("vedlikehold")["statistikkSamlet"] > 0
    assert not list(statistikk.frozen_cells(avsluttet.om))
