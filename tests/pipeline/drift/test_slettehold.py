"""Holds on deletion: by whom and why, until a day that must come, and the erasure the night after."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.sletteoppfolging import sletteoppfolging
from tests.pipeline.drift.conftest import I_DAG, NA, Drift
from tests.pipeline.saker import AVSENDER, make_ident, person, running
from tiltaksflyt import cli
from tiltaksflyt.ledger import IkkeFunnet, UlovligOvergang
from tiltaksflyt.pipeline import etterlysning, oversikt, sletting
from tiltaksflyt.pipeline.driftsinngrep import Inngrep
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.slettehold import hold_back, lift, standing

DAG = timedelta(days=1)
TIL = I_DAG + 10 * DAG
KARI = Inngrep("Kari", "Klage til behandling.", NA)
OLA = Inngrep("Ola", "lifted by hand", NA + timedelta(hours=1))


def store(drift: Drift, nr: int = 1, siste_dag: date = I_DAG) -> str:
    """One whose last kept day is the day that the hold is begun on, unless another is said; our id of it."""
    post = {"deltaker": person(nr), "deltakelse": running(nr, I_DAG)}
    return drift.om.ledger.deltakelser.store(
        AVSENDER, post, kildesystem="Fagsystem", accepted_on=I_DAG, siste_dag=lambda _: siste_dag
    )


def held(drift: Drift, til: date = TIL, dato: date = I_DAG) -> str:
    return hold_back(drift.om, avsender=AVSENDER, deltakelse="D1", til=til, inngrep=KARI, dato=dato)


def would_erase(drift: Drift, dato: date) -> set[str]:
    return {rad.ref for rad in sletting.preview(drift.om, dato)}


def test_it_holds_through_its_last_day_and_the_erasure_comes_the_night_after(drift: Drift) -> None:
    ref, fri = store(drift), store(drift, 2)
    held(drift)
    assert would_erase(drift, I_DAG + DAG) == {fri}
    assert would_erase(drift, TIL) == {fri}
    assert would_erase(drift, TIL + DAG) == {ref, fri}
    (bunt,) = sletting.choose(drift.om, TIL + DAG)
    assert sletting.erase(bunt, omgivelser=drift.om, dato=TIL + DAG, now=NA)["slettet"] == 2
    assert standing(drift.om, TIL) == ()


def test_lifted_by_hand_it_is_erased_the_night_after(drift: Drift) -> None:
    ref = store(drift)
    hold_id = held(drift)
    loftet = I_DAG + 3 * DAG
    assert would_erase(drift, loftet) == set()
    lift(drift.om, hold_id, OLA, loftet)
    assert would_erase(drift, loftet + DAG) == {ref}
    assert standing(drift.om, loftet) == ()
    with pytest.raises(Bruksfeil, match="no such hold"):
        lift(drift.om, hold_id, OLA, loftet)


def test_of_two_holds_the_one_that_ends_last_decides(drift: Drift) -> None:
    ref = store(drift)
    kort, lang = held(drift, I_DAG + 2 * DAG), held(drift)
    assert [ett.tilbakehold_id for ett in standing(drift.om, I_DAG)] == [kort, lang]
    assert drift.om.ledger.tilbakehold.last_days(I_DAG) == {ref: TIL}
    assert would_erase(drift, I_DAG + 3 * DAG) == set()
    lift(drift.om, lang, OLA, I_DAG + DAG)
    assert would_erase(drift, I_DAG + 2 * DAG) == set()
    assert would_erase(drift, I_DAG + 3 * DAG) == {ref}


def test_one_that_is_past_its_day_and_not_erased_yet_can_be_held(drift: Drift) -> None:
    ref = store(drift, siste_dag=I_DAG - 5 * DAG)
    assert would_erase(drift, I_DAG) == {ref}
    held(drift)
    assert would_erase(drift, I_DAG) == set()
    assert sletting.choose(drift.om, I_DAG) == []


def test_an_erasure_that_is_begun_is_finished(drift: Drift) -> None:
    ref = store(drift)
    (bunt,) = sletting.choose(drift.om, I_DAG + DAG)
    with pytest.raises(Bruksfeil, match="erasure is begun"):
        held(drift, dato=I_DAG + DAG)
    with pytest.raises(IkkeFunnet):
        drift.om.ledger.tilbakehold.begin(ref, av="Kari", grunn="g", fra=I_DAG, til=TIL)
    assert sletting.erase(bunt, omgivelser=drift.om, dato=I_DAG + DAG, now=NA)["slettet"] == 1


def test_a_hold_that_comes_after_the_choice_and_before_the_erasure_still_counts(
    drift: Drift, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, fri = store(drift), store(drift, 2)
    valgt = drift.om.ledger.slettinger.due(I_DAG + DAG)
    held(drift)
    monkeypatch.setattr(drift.om.ledger.slettinger, "due", lambda _dato: valgt)
    (bunt,) = sletting.choose(drift.om, I_DAG + DAG)
    assert [drift.om.ledger.slettinger.get(sak).ref for sak in bunt] == [fri]
    with pytest.raises(UlovligOvergang):
        drift.om.ledger.slettinger.open(ref, [], dato=I_DAG + DAG, regelverk="AFT-gjeldende")


def test_an_end_is_required_that_is_not_past_and_not_too_far_away(drift: Drift) -> None:
    store(drift)
    lengst = sletteoppfolging().tilbakehold
    assert lengst.days == 182
    for til, feil in ((I_DAG - DAG, "past"), (I_DAG + lengst + DAG, "at most 2026-08-31")):
        with pytest.raises(Bruksfeil, match=feil):
            held(drift, til)
    for til in (I_DAG, I_DAG + lengst):
        held(drift, til)


def test_of_nobody_there_is_nothing_to_hold(drift: Drift) -> None:
    for avsender, deltakelse in ((AVSENDER, "D1"), ("974760673", "D1")):
        with pytest.raises(Bruksfeil, match="no such deltakelse"):
            hold_back(drift.om, avsender=avsender, deltakelse=deltakelse, til=TIL, inngrep=KARI, dato=I_DAG)


def test_it_is_shown_every_day_without_whom_and_why(drift: Drift, caplog: pytest.LogCaptureFixture) -> None:
    store(drift)
    hold_id = held(drift)
    ventet = {"tilbakeholdId": hold_id, "avsender": AVSENDER, "av": "Kari", "fra": "2026-03-02", "til": "2026-03-12"}
    for dager in range(11):
        assert oversikt.status(drift.om, NA + dager * DAG)["tilbakehold"] == [ventet]
        caplog.clear()
        assert etterlysning.alarms(drift.om, I_DAG + dager * DAG, NA)["SLETTING_HOLDT_TILBAKE"] == 1
        linje = f"frister: SLETTING_HOLDT_TILBAKE: {hold_id} until 2026-03-12"
        assert [rad.getMessage() for rad in caplog.records] == [linje]
    assert oversikt.status(drift.om, NA + 11 * DAG)["tilbakehold"] == []
    assert "SLETTING_HOLDT_TILBAKE" not in etterlysning.alarms(drift.om, TIL + DAG, NA)


def test_who_and_why_stand_in_the_events_of_the_deltakelse(drift: Drift) -> None:
    ref = store(drift)
    hold_id = held(drift)
    lift(drift.om, hold_id, OLA, I_DAG)
    hendelser = drift.om.ledger.hendelser.for_deltakelse(ref)
    assert [(h.type, h.innhold) for h in hendelser] == [
        ("SLETTING_HOLDT_TILBAKE", {"tilbakeholdId": hold_id, "av": "Kari", "grunn": "Klage til behandling."}),
        ("TILBAKEHOLD_OPPHEVET", {"tilbakeholdId": hold_id, "av": "Ola", "grunn": "lifted by hand"}),
    ]


class TestCommand:
    """`tiltaksflyt tilbakehold`, as an operator runs it."""

    @pytest.fixture
    def run(self, drift: Drift, miljo: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
        for navn, verdi in miljo.items():
            monkeypatch.setenv(navn, verdi)
        store(drift)
        drift.om.ledger.klokke.move(I_DAG)

        def kommando(*ord_: str) -> tuple[int, str, str]:
            kode = cli.main(["tilbakehold", *ord_])
            ut = capsys.readouterr()
            return kode, ut.out, ut.err

        return kommando

    def add(self, run: Any, **endret: str) -> tuple[int, str, str]:
        valg = {"sender": AVSENDER, "deltakelse": "D1", "to": TIL.isoformat(), "reason": "klage", "by": "Kari"} | endret
        svar: tuple[int, str, str] = run(
            "add", "--json", *(del_ for par in valg.items() for del_ in (f"--{par[0]}", par[1]))
        )
        return svar

    def test_add_list_lift(self, run: Any) -> None:
        kode, ut, _ = self.add(run)
        hold_id = json.loads(ut)["tilbakeholdId"]
        assert (kode, json.loads(ut)["til"]) == (0, TIL.isoformat())
        kode, ut, _ = run("list", "--json")
        assert (kode, [ett["tilbakeholdId"] for ett in json.loads(ut)]) == (0, [hold_id])
        assert "D1" not in ut
        assert "klage" not in ut
        assert run("list")[1] == f"2026-03-12  {AVSENDER}  {hold_id}  Kari\n"
        assert run("lift", "--id", hold_id, "--by", "Ola")[0] == 0
        assert run("list", "--json")[1] == "[]\n"
        assert run("lift", "--id", hold_id, "--by", "Ola")[0] == 64

    def test_what_cannot_be_held_is_wrong_usage_and_repeats_nobody(self, run: Any) -> None:
        ident = make_ident(7)
        for endret in ({"to": "2026-03-01"}, {"deltakelse": "D9"}, {"reason": f"gjelder {ident}"}, {"by": " "}):
            kode, ut, feil = self.add(run, **endret)
            assert (kode, ut) == (64, "")
            assert feil.startswith("tiltaksflyt: ")
            assert ident not in feil
        with pytest.raises(SystemExit) as uten:
            run("add", "--sender", AVSENDER, "--deltakelse", "D1", "--reason", "klage", "--by", "Kari")
        assert uten.value.code == 64
