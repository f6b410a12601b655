"""The answers after the end, through the line: let in under a consent alone, kept with it, and gone with it."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, make_ident, slutt
from tests.pipeline.test_samtykke import DAG, DAG_85, EPOST, GYLDIG_TIL, SLUTT, TELEFON, consent, drop, ended, stored
from tiltaksflyt.pipeline import innsyn
from tiltaksflyt.pipeline.tilgang import GI_INNSYN, permit

DAGEN = GYLDIG_TIL  # six months after the end
APNER = DAGEN - timedelta(days=14)
SVAR = ("samtykkeId", "fylke", "dato", "iArbeid")


def avtale(**endret: Any) -> dict[str, Any]:
    faste = {"tiltakskode": "ARBEIDSFORBEREDENDE_TRENING", "fylke": "03", "gyldigFra": "2026-01-01"}
    return {"avtaleId": "A1", **faste, "varigResultatmaal": 70, **endret}


def answer(dato: date, **endret: Any) -> dict[str, Any]:
    return {"samtykkeId": "SAMTYKKE-K1", "dato": dato.isoformat(), "iArbeid": True, "stillingsprosent": 60, **endret}


def follow_up(dato: date, *svar: dict[str, Any], omfang: str = "ENDRING") -> dict[str, Any]:
    """What comes long after: the answers, and nothing of the deltakelse."""
    innhold = {**drop(dato), "etteroppfolging": list(svar)}
    innhold["innsending"]["omfang"] = omfang
    return innhold


def sealed(linje: Linje) -> dict[str, Any]:
    """What is kept of the time after the end."""
    return {felt: verdi for felt, verdi in (stored(linje) or {}).items() if felt in SVAR}


def told(linje: Linje) -> set[str]:
    return {
        f"{rad['regelId']} {rad['tabell']}" for rad in linje.answer()["avvik"] if rad["tabell"] == "etteroppfolging"
    }


def at_the_end(linje: Linje, *, samtykke: dict[str, Any] | None = None, **endret: Any) -> Linje:
    """One that went over to work, with a consent, under an avtale that asks for the lasting result."""
    innhold = drop(DAG, ended(avtaleId="A1"), samtykke=[samtykke or consent()])
    vurdering = slutt(1, DAG, resultat="ARBEID", **endret.pop("vurdering", {}))
    linje.receive({**innhold, "avtale": [avtale(**endret)], "sluttvurdering": [vurdering]})
    assert linje.answer()["antall"]["holdt"] == 0
    return linje


@pytest.fixture
def slettet(linje: Linje) -> Linje:
    """The deltakelse is erased on day 85; the consent lives, and somebody is to be asked."""
    return erase_deltakelse(linje)


def erase_deltakelse(linje: Linje) -> Linje:
    at_the_end(linje).on(DAG_85).run("sletting")
    assert linje.om.ledger.deltakelser.list() == ()
    return linje


@pytest.mark.parametrize("omfang", ["FULL", "ENDRING"])
def test_an_answer_gets_in_by_its_consent_alone_and_goes_with_it(slettet: Linje, omfang: str) -> None:
    assert sealed(slettet) == {"samtykkeId": "SAMTYKKE-K1", "fylke": "03"}
    slettet.on(DAGEN).receive(follow_up(DAGEN, answer(DAGEN), omfang=omfang))
    assert told(slettet) == set()
    assert sealed(slettet) == {
        "samtykkeId": "SAMTYKKE-K1",
        "fylke": "03",
        "dato": DAGEN.isoformat(),
        "iArbeid": True,
    }
    assert slettet.on(DAGEN + timedelta(days=1)).run("sletting")["samtykkerSlettet"] == 1
    assert stored(slettet) is None


@pytest.mark.parametrize(
    ("dato", "teller"),
    [(APNER - timedelta(days=1), False), (APNER, True), (DAGEN, True)],
)
def test_only_an_answer_around_the_day_is_kept(slettet: Linje, dato: date, teller: bool) -> None:
    slettet.on(DAGEN).receive(follow_up(DAGEN, answer(dato)))
    assert told(slettet) == set()
    assert ("iArbeid" in sealed(slettet)) is teller


def test_the_newest_answer_counts_and_one_that_is_left_out_stands(slettet: Linje) -> None:
    for_, etter = DAGEN - timedelta(days=5), DAGEN - timedelta(days=2)
    slettet.on(DAGEN - timedelta(days=2)).receive(follow_up(slettet.dato, answer(etter, iArbeid=False), answer(for_)))
    assert (sealed(slettet)["dato"], sealed(slettet)["iArbeid"]) == (etter.isoformat(), False)
    slettet.on(DAGEN - timedelta(days=1)).receive(follow_up(slettet.dato, answer(APNER - timedelta(days=1))))
    assert sealed(slettet)["iArbeid"] is False
    slettet.on(DAGEN).receive(follow_up(DAGEN, answer(etter)))
    assert sealed(slettet)["iArbeid"] is True, "the same day again corrects it"


def test_what_no_avtale_asks_for_is_not_kept(linje: Linje) -> None:
    at_the_end(linje, varigResultatmaal=None)
    linje.on(DAGEN).receive(follow_up(DAGEN, answer(DAGEN)))
    assert told(linje) == set()
    assert sealed(linje) == {}


def test_under_a_consent_that_does_not_reach_the_day_nothing_is_asked_or_kept(linje: Linje) -> None:
    for_ = DAGEN - timedelta(days=1)
    at_the_end(linje, samtykke=consent(gyldigTil=for_.isoformat()))
    assert remarks(linje) == [["SAM005", "D1"]]
    linje.on(DAG_85).run("sletting")
    assert remarks(linje.on(for_)) == []
    linje.receive(follow_up(for_, answer(for_)))
    assert told(linje) == set()
    assert sealed(linje) == {}


def test_who_is_asked_follows_the_record_also_when_the_drop_has_but_a_part_of_it(linje: Linje) -> None:
    at_the_end(linje)
    delvis = {**drop(DAG + timedelta(days=1), ended(avtaleId="A1")), "avtale": [avtale(fylke="11")]}
    delvis["innsending"]["omfang"] = "ENDRING"
    linje.on(DAG + timedelta(days=1)).receive(delvis)
    assert sealed(linje)["fylke"] == "11", "no sluttvurdering and no samtykke row came, and both stand"
    rettet = {**delvis, "sluttvurdering": [slutt(1, DAG, resultat="UTDANNING")]}
    rettet["innsending"] = drop(DAG + timedelta(days=2))["innsending"] | {"omfang": "ENDRING"}
    linje.on(DAG + timedelta(days=2)).receive(rettet)
    assert sealed(linje) == {}


def test_under_no_consent_an_expired_one_or_a_withdrawn_one_it_is_an_error(slettet: Linje) -> None:
    slettet.on(DAGEN).receive(follow_up(DAGEN, answer(DAGEN, samtykkeId="UKJENT")))
    assert told(slettet) == {"SAM001 etteroppfolging", "TVE003 etteroppfolging"}
    etter = DAGEN + timedelta(days=1)
    slettet.on(etter).run("sletting")
    slettet.receive(follow_up(etter, answer(DAGEN)))
    assert told(slettet) == {"SAM001 etteroppfolging", "TVE003 etteroppfolging"}
    assert slettet.om.ledger.samtykker.list() == ()


def test_withdrawn_on_the_day_or_before_is_an_error_and_what_was_answered_before_goes_with_it(slettet: Linje) -> None:
    dag = DAGEN - timedelta(days=3)
    slettet.on(dag).receive(follow_up(dag, answer(dag - timedelta(days=1))))
    trukket = {**follow_up(dag, answer(dag)), "samtykke": [consent(trukket=dag.isoformat())]}
    trukket["innsending"] = drop(dag)["innsending"] | {"omfang": "ENDRING"}
    slettet.receive(trukket)
    assert told(slettet) == {"SAM001 etteroppfolging"}
    assert sealed(slettet)["dato"] == (dag - timedelta(days=1)).isoformat()
    slettet.on(dag + timedelta(days=1)).run("sletting")
    assert stored(slettet) is None


def test_the_sweep_finds_neither_the_answer_nor_its_consent_when_it_is_over(egen_linje: Linje) -> None:
    slettet = erase_deltakelse(egen_linje)
    remarks(slettet.on(DAGEN))
    slettet.on(DAGEN).receive(follow_up(DAGEN, answer(DAGEN)))
    slettet.on(DAGEN + timedelta(days=1))
    slettet.anlegg.kanarier.write_text(
        "".join(f"{slettet.dato}\t{verdi}\n" for verdi in (TELEFON, EPOST, "SAMTYKKE-K1", make_ident(1))),
        encoding="utf-8",
    )
    antall = slettet.run("sletting")
    assert (antall["samtykkerSlettet"], antall["kanarier"], antall["treff"]) == (1, 4, 0)


def remarks(linje: Linje) -> list[list[str]]:
    """What the daily rules say of the time after the end, by rule and key."""
    linje.run("frister")
    fil = linje.outbox().get("frister/merknader.csv", b"").decode("utf-8-sig").splitlines()
    rader = [rad.split(";") for rad in fil]
    return [[rad[4], rad[0]] for rad in rader if rad[4] in ("FRI010", "SAM005")]


def test_the_sender_is_told_by_its_own_samtykke_id_while_an_answer_can_still_be_given(slettet: Linje) -> None:
    assert remarks(slettet.on(APNER - timedelta(days=1))) == []
    assert remarks(slettet.on(APNER)) == [["FRI010", "SAMTYKKE-K1"]]
    assert remarks(slettet.on(DAGEN)) == [["FRI010", "SAMTYKKE-K1"]]
    slettet.receive(follow_up(DAGEN, answer(DAGEN)))
    assert remarks(slettet) == []


@pytest.mark.parametrize("trukket", [True, False])
def test_the_remark_goes_with_the_consent(slettet: Linje, trukket: bool) -> None:
    dag = DAGEN - timedelta(days=3) if trukket else DAGEN
    assert remarks(slettet.on(dag)) == [["FRI010", "SAMTYKKE-K1"]]
    if trukket:
        slettet.receive({**follow_up(dag), "samtykke": [consent(trukket=dag.isoformat())]})
    slettet.on(dag + timedelta(days=1)).run("sletting")
    assert "frister/merknader.csv" not in slettet.outbox()
    assert remarks(slettet) == []


def test_a_remark_lies_no_longer_than_its_consent_also_when_nothing_is_written_anew(slettet: Linje) -> None:
    remarks(slettet.on(DAGEN))
    slettet.run("vedlikehold")
    assert "frister/merknader.csv" in slettet.outbox()
    slettet.on(DAGEN + timedelta(days=1)).run("vedlikehold")
    assert "frister/merknader.csv" not in slettet.outbox()


def test_who_is_to_be_asked_and_has_given_no_consent_is_told_of_until_the_end(linje: Linje) -> None:
    innhold = {**drop(DAG, ended(avtaleId="A1")), "avtale": [avtale()]}
    linje.receive({**innhold, "sluttvurdering": [slutt(1, DAG, resultat="ARBEID")]})
    assert remarks(linje) == [["SAM005", "D1"]]
    assert linje.om.ledger.samtykker.list() == ()


def test_a_trial_keeps_no_answer(slettet: Linje) -> None:
    innhold = follow_up(DAGEN, answer(DAGEN))
    innhold["innsending"]["modus"] = "KONTROLL"
    slettet.on(DAGEN).receive(innhold, "prove/eksport.json")
    assert "iArbeid" not in sealed(slettet)


def test_who_asks_what_is_known_is_told_of_the_answer(linje: Linje) -> None:
    tidlig = consent(formaal="KUNDEREGISTER_12_MND", gyldigTil=(SLUTT + timedelta(days=300)).isoformat())
    at_the_end(linje, samtykke=tidlig)
    linje.om.ledger.etteroppfolginger.seal_in(
        AVSENDER, {"SAMTYKKE-K1": {"dato": DAGEN.isoformat(), "iArbeid": False}}, DAG
    )
    apning = permit(linje.om, GI_INNSYN, rolle="PERSONVERN", av="Kari", grunn="Krav om innsyn.", now=linje.now)
    uttrekk = innsyn.extract(linje.om, AVSENDER, apning, dato=DAG, deltakelse="D1")
    side = innsyn.files(uttrekk)["innsyn.html"].decode()
    assert "Om personen er i arbeid" in side
