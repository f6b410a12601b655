"""What an erasure leaves in the statistics: once, in the same commit, and nothing that leads to anyone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from schemas.statistikk import Telling
from tiltaksflyt.ledger import Statistikkbidrag, load_signing_key, tabeller
from tiltaksflyt.ledger import slettinger as rommet

AFT = "ARBEIDSFORBEREDENDE_TRENING"
AVSENDER = "889640782"
NA = datetime(2026, 6, 24, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 6, 24)
SLUTT = {"sluttDato": "2026-03-31"}
BIDRAG = Statistikkbidrag("03", AFT, 2026, 1, {Telling.AVSLUTTET: 1, Telling.ARBEID: 1, Telling.PLAN_SKYLDT: 2})


def begin(ledger: Any, ref: str, bidrag: Statistikkbidrag | None = BIDRAG) -> Any:
    return ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT-gjeldende", bidrag=bidrag)


def counts(ledger: Any) -> Mapping[Telling, int]:
    return {celle.telling: celle.antall for celle in ledger.statistikk.cells()}


def test_each_erasure_adds_to_the_counts_of_its_own_place(ledger: Any, store: Any) -> None:
    for nummer in (1, 2):
        begin(ledger, store(ledger, f"-{nummer}", deltakelse=SLUTT))
    annet = Statistikkbidrag("11", AFT, 2026, 2, {Telling.AVSLUTTET: 1})
    begin(ledger, store(ledger, "-3", deltakelse=SLUTT), annet)
    begin(ledger, store(ledger, "-4", deltakelse=SLUTT), None)
    celler = {(c.avsender, c.fylke, c.aar, c.kvartal, c.telling): c.antall for c in ledger.statistikk.cells()}
    assert celler == {
        (AVSENDER, "03", 2026, 1, Telling.AVSLUTTET): 2,
        (AVSENDER, "03", 2026, 1, Telling.ARBEID): 2,
        (AVSENDER, "03", 2026, 1, Telling.PLAN_SKYLDT): 4,
        (AVSENDER, "11", 2026, 2, Telling.AVSLUTTET): 1,
    }


def test_the_same_erasure_counts_once_however_often_it_is_run(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        ref = store(ledger, deltakelse=SLUTT)
        sak = begin(ledger, ref)
        begin(ledger, ref)
    with sted.open() as ledger:  # another process, after a crash
        begin(ledger, ref)
        nokkel = load_signing_key(sted.mappe / "bevis.key")
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=[], now=NA)
        assert counts(ledger)[Telling.AVSLUTTET] == 1


def test_an_erasure_that_does_not_begin_counts_nothing(
    ledger: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError

    ref = store(ledger, deltakelse=SLUTT)
    with monkeypatch.context() as lapp:
        lapp.setattr(rommet, "_put_out_of_reach", crash)
        with pytest.raises(RuntimeError):
            begin(ledger, ref)
    assert counts(ledger) == {}
    begin(ledger, ref)
    assert counts(ledger)[Telling.AVSLUTTET] == 1


def test_what_is_left_has_no_place_for_a_person(ledger: Any, store: Any, kanari: Any) -> None:
    """Every column is one of these, none refers to anything, and no day is finer than the quarter."""
    tabell = tabeller.statistikk
    assert set(tabell.c.keys()) == {"avsender", "fylke", "tiltakskode", "aar", "kvartal", "telling", "antall"}
    assert not tabell.foreign_keys
    assert not [t.name for t in tabeller.metadata.sorted_tables for k in t.foreign_keys if k.column.table is tabell]
    ref = store(ledger, deltakelse=SLUTT)
    sak = begin(ledger, ref)
    with ledger.database.read() as conn:
        rader = repr(conn.execute(select(tabell)).all())
    assert AVSENDER in rader
    for verdi in (*kanari.values(), ref, sak.slettesak_id, "2026-03-31", I_DAG.isoformat()):
        assert verdi not in rader


def test_old_counts_lose_arrangor_and_fylke_and_the_small_ones_go(ledger: Any, store: Any) -> None:
    def gone(nr: str, fylke: str, kvartal: int, **tall: int) -> None:
        tellinger = {Telling(navn): antall for navn, antall in tall.items()}
        begin(ledger, store(ledger, nr, deltakelse=SLUTT), Statistikkbidrag(fylke, AFT, 2026, kvartal, tellinger))

    gone("-1", "03", 1, AVSLUTTET=4, ARBEID=1)
    gone("-2", "11", 1, AVSLUTTET=3, ARBEID=2)
    gone("-3", "03", 2, AVSLUTTET=1)
    assert ledger.statistikk.merge_before(2026, 2, minst=5) == 4
    celler = {(c.avsender, c.fylke, c.kvartal, c.telling): c.antall for c in ledger.statistikk.cells()}
    assert celler == {("", "", 1, Telling.AVSLUTTET): 7, (AVSENDER, "03", 2, Telling.AVSLUTTET): 1}
    assert ledger.statistikk.merge_before(2026, 2, minst=5) == 0
    # One that was held back long adds to what is merged already.
    gone("-4", "03", 1, AVSLUTTET=1)
    assert ledger.statistikk.merge_before(2026, 2, minst=5) == 1
    assert {c.antall for c in ledger.statistikk.cells() if c.kvartal == 1} == {8}
    assert ledger.statistikk.merge_before(2027, 1, minst=5) == 1
    assert {c.kvartal for c in ledger.statistikk.cells()} == {1}


def test_erasures_at_the_same_time_lose_no_count(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        refs = [store(ledger, f"-{nummer}", deltakelse=SLUTT) for nummer in range(12)]
    sted.start_workers("slett", 3, ",".join(refs))
    with sted.open() as ledger:
        assert counts(ledger)[Telling.AVSLUTTET] == len(refs)
