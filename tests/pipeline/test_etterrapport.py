"""How many are still in work, through the line: counted before the consents are erased, and told to the Nav fylke."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.statistikk import VARIGE, Telling
from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AVSENDER, document, make_oppsett, running, slutt
from tests.pipeline.test_etteroppfolging import DAGEN, answer, avtale, follow_up
from tests.pipeline.test_resultatrapport import FYLKESKONTOR, add_fylkeskontor
from tests.pipeline.test_samtykke import DAG, DAG_85, SLUTT, consent
from tiltaksflyt.ledger import Forsendelsestilstand
from tiltaksflyt.pipeline import samtykker
from tiltaksflyt.pipeline.sletting import VaskFeilet
from tiltaksflyt.pipeline.statistikk import look
from transforms.kvartal import Kvartal

ETTER = DAGEN + timedelta(days=1)
BYGGES = date(2027, 1, 21)  # 31 December + 21 days
ANTALL = 6


def ended(nummer: int) -> dict[str, Any]:
    slutten = {"status": "HAR_SLUTTET", "statusGyldigFra": SLUTT.isoformat(), "sluttDato": SLUTT.isoformat()}
    return {**running(nummer, date(2025, 10, 1)), **slutten, "aarsak": "FATT_JOBB", "avtaleId": "A1"}


def consent_of(nummer: int, **endret: Any) -> dict[str, Any]:
    ider = {"samtykkeId": f"S{nummer}", "deltakerId": f"P{nummer}", "deltakelseId": f"D{nummer}"}
    return consent(**ider, **endret)


def at_the_end(linje: Linje, antall: int = ANTALL, **endret: Any) -> Linje:
    """So many that went over to work and gave a consent; erased on day 85."""
    numre = range(1, antall + 1)
    innhold = document(
        DAG,
        [ended(n) for n in numre],
        avtale=[avtale()],
        sluttvurdering=[slutt(n, DAG, resultat="ARBEID") for n in numre],
        samtykke=[consent_of(n, **endret) for n in numre],
    )
    linje.on(DAG).receive(innhold)
    assert linje.answer()["antall"]["holdt"] == 0
    assert linje.on(DAG_85).run("sletting")["slettet"] == antall
    return linje


def answers(linje: Linje, dato: date = DAGEN) -> None:
    """S1 to S4 answer, and S4 is out of work; the others are not reached."""
    svar = [answer(dato, samtykkeId=f"S{n}", iArbeid=n != 4) for n in (1, 2, 3, 4)]
    linje.on(dato).receive(follow_up(dato, *svar))


def counts(linje: Linje) -> dict[Telling, int]:
    antall: Counter[Telling] = Counter()
    for celle in linje.om.ledger.statistikk.cells(AVSENDER):
        if celle.telling in VARIGE:
            assert (celle.fylke, celle.aar, celle.kvartal) == ("03", 2026, 1), "the quarter of the end"
            antall[celle.telling] += celle.antall
    return dict(antall)


ALLE = {Telling.VARIG_SPURT: 6, Telling.VARIG_SVART: 4, Telling.VARIG_I_ARBEID: 3}


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    add_fylkeskontor(make_oppsett(tmp_path / "mal"))
    with felles.open(tmp_path / "anlegg", tmp_path / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(DAG)


@pytest.fixture
def talt(linje: Linje) -> Linje:
    """Six asked, four answered, three in work; every consent erased."""
    answers(at_the_end(linje))
    assert linje.on(ETTER).run("sletting")["samtykkerSlettet"] == ANTALL
    return linje


def report(linje: Linje) -> dict[str, Any]:
    (omrade,) = linje.om.ledger.avtaler.list(AVSENDER)
    (rad,) = [rad for rad in linje.om.ledger.dokumenter.list(omrade.ref) if rad.type == "ETTERRAPPORT"]
    return linje.om.ledger.dokumenter.read(rad.melding_id)


def test_it_is_counted_before_the_consents_go_and_told_by_half_year(talt: Linje) -> None:
    assert counts(talt) == ALLE
    assert talt.om.ledger.samtykker.list() == ()
    assert "etterrapporter" not in talt.on(BYGGES - timedelta(days=1)).run("rapportering")
    assert talt.on(BYGGES).run("rapportering")["etterrapporter"] == 1
    innhold = report(talt)
    assert innhold["hode"]["periode"] == {"fra": "2026-07-01", "til": "2026-12-31"}
    assert innhold["hode"]["mottaker"]["navEnhet"] == FYLKESKONTOR
    (sum_,) = innhold["seksjoner"][1]["blokker"]
    assert [(post["kode"], post["antall"]) for post in sum_["poster"]] == [
        ("spurt", 6),
        ("svart", 4),
        ("fortsattIArbeid", 3),
    ]
    assert talt.run("rapportering").get("etterrapporter", 0) == 0


def test_it_reaches_nav_fylke_with_nobody_in_it(talt: Linje) -> None:
    talt.on(BYGGES).run("rapportering", "levering")
    (pakke,) = [rad for rad in talt.om.ledger.leveranser.list() if rad.mottaker == FYLKESKONTOR]
    filer = talt.opened(pakke.leveranse_id)
    alt = "".join(data.decode() for navn, data in filer.items() if not navn.endswith(".pdf"))
    talt.wait_for_receipts(2)
    talt.run("kvittering")
    (rad,) = [f for f in talt.om.ledger.dokumenter.forsendelser() if f.type == "ETTERRAPPORT"]
    assert (rad.mottaker, rad.tilstand) == (FYLKESKONTOR, Forsendelsestilstand.GODTATT)
    assert "Spurt med samtykke" in alt
    for nummer in range(1, ANTALL + 1):
        for verdi in (f'"S{nummer}"', f">S{nummer}<", f'"D{nummer}"', f"Etternavn{nummer}"):
            assert verdi not in alt
    assert DAGEN.isoformat() not in alt


def test_fewer_than_a_figure_may_be_of_are_not_told(linje: Linje) -> None:
    answers(at_the_end(linje, 4))
    linje.on(ETTER).run("sletting")
    assert counts(linje)[Telling.VARIG_SPURT] == 4
    antall = linje.on(BYGGES).run("rapportering")
    assert (antall["forFaSpurte"], antall.get("etterrapporter", 0)) == (1, 0)


def test_a_longer_consent_is_counted_at_its_day_and_the_answer_goes_then(linje: Linje) -> None:
    at_the_end(linje, formaal="KUNDEREGISTER_12_MND", gyldigTil="2027-02-27")
    sist = DAGEN + timedelta(days=14)
    answers(linje, sist)
    linje.run("sletting")
    assert counts(linje) == {}, "an answer may still come today"
    assert linje.om.ledger.samtykker.find(AVSENDER, ["S1"])["S1"]["iArbeid"] is True
    linje.on(sist + timedelta(days=1)).run("sletting")
    assert counts(linje) == ALLE
    igjen = linje.om.ledger.samtykker.find(AVSENDER, ["S1"])["S1"]
    assert not {"iArbeid", "dato", "fylke", "samtykkeId"} & igjen.keys()
    answers(linje, linje.dato)
    linje.run("sletting")
    assert counts(linje) == ALLE
    assert "iArbeid" not in linje.om.ledger.samtykker.find(AVSENDER, ["S1"])["S1"]


@pytest.mark.parametrize(("trukket", "teller"), [(DAGEN, False), (DAGEN + timedelta(days=1), True)])
def test_one_that_is_withdrawn_counts_when_it_held_on_the_day(linje: Linje, trukket: date, teller: bool) -> None:
    felter = {"formaal": "KUNDEREGISTER_12_MND", "gyldigTil": "2027-02-27"}
    at_the_end(linje, **felter)
    answers(linje, DAGEN - timedelta(days=1))
    trekning = {**follow_up(trukket), "samtykke": [consent_of(1, **felter, trukket=trukket.isoformat())]}
    linje.on(trukket).receive(trekning)
    linje.on(DAGEN + timedelta(days=20)).run("sletting")
    uten_den_ene = {Telling.VARIG_SPURT: 5, Telling.VARIG_SVART: 3, Telling.VARIG_I_ARBEID: 2}
    assert counts(linje) == (ALLE if teller else uten_den_ene)


def test_an_erasure_that_is_interrupted_counts_once(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise VaskFeilet

    answers(at_the_end(linje))
    linje.on(ETTER)
    for modul, navn in (
        (linje.om.ledger.samtykker, "destroy_keys"),
        (samtykker, "remove_raw_drops"),
        (linje.om.ledger.samtykker, "erase"),
    ):
        with monkeypatch.context() as lapp:
            lapp.setattr(modul, navn, fail)
            with pytest.raises(VaskFeilet):
                linje.run("sletting")
    linje.run("sletting")
    assert counts(linje) == ALLE
    assert linje.om.ledger.samtykker.list() == ()


def test_a_count_that_fails_postpones_no_erasure_and_tells_nothing(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("could not count S1")

    answers(at_the_end(linje))
    monkeypatch.setattr(samtykker, "count_answers", fail)
    assert linje.on(ETTER).run("sletting")["samtykkerSlettet"] == ANTALL
    assert "UVENTET_ValueError" in caplog.text
    assert "S1" not in caplog.text


def test_what_is_published_has_no_answers_while_more_may_come(talt: Linje) -> None:
    def shown() -> set[str]:
        utgivelse = look(talt.om, talt.dato, Kvartal(2026, 1))
        return {figur.navn for linje in utgivelse.linjer for figur in linje.figurer if figur.navn.startswith("varig")}

    # Those who ended on 31 March are asked about 30 September, and may answer for a fortnight more.
    talt.on(date(2026, 10, 15))
    assert shown() == set()
    talt.on(date(2026, 10, 16))
    assert "varigSvart" in shown()
