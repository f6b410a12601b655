"""The canonical record: stored by the sender's own id, merged table by table, read back whole."""

from datetime import date, timedelta
from typing import Any

import pytest

from tiltaksflyt.ledger import Forpliktelsesrad, IkkeFunnet, LedgerFeil
from tiltaksflyt.ledger.sammenslaing import merge

AVSENDER, ANNEN = "889640782", "974760673"
I_DAG = date(2026, 3, 2)
I_MORGEN = I_DAG + timedelta(days=1)


def _rader(*ider: str, **felter: Any) -> list[dict[str, Any]]:
    return [{"malId": i, **felter} for i in ider]


def _planer(*versjoner: int, **felter: Any) -> list[dict[str, Any]]:
    return [{"deltakelseId": "D", "versjon": v, **felter} for v in versjoner]


def _vurderinger(*ider: str, **felter: Any) -> list[dict[str, Any]]:
    return [{"vurderingId": i, **felter} for i in ider]


FERDIG = {"ferdigstilt": "2026-03-01"}


@pytest.mark.parametrize(
    ("lagret", "droppet", "ventet"),
    [
        # a table in the drop replaces, also when it is empty; an absent one leaves
        ({"mal": _rader("a", "b")}, {"mal": _rader("b", "c")}, {"mal": _rader("b", "c")}),
        ({"mal": _rader("a")}, {"mal": []}, {"mal": []}),
        ({"mal": _rader("a")}, {}, {"mal": _rader("a")}),
        ({"mal": _rader("a"), "avtale": {"avtaleId": "1"}}, {"avtale": {"avtaleId": "2"}},
         {"mal": _rader("a"), "avtale": {"avtaleId": "2"}}),
        # plan versions stay, a row of the same key is the newer one
        ({"plan": _planer(1, 2)}, {"plan": _planer(3)}, {"plan": _planer(1, 2, 3)}),
        ({"plan": _planer(1, 2)}, {"plan": []}, {"plan": _planer(1, 2)}),
        ({"plan": _planer(1)}, {"plan": _planer(1, **FERDIG)}, {"plan": _planer(1, **FERDIG)}),
        ({}, {"plan": _planer(1)}, {"plan": _planer(1)}),
        # finished vurderinger stay, unfinished ones do not
        ({"vurdering": _vurderinger("a", **FERDIG)}, {"vurdering": _vurderinger("b")},
         {"vurdering": _vurderinger("a", **FERDIG) + _vurderinger("b")}),
        ({"vurdering": _vurderinger("a")}, {"vurdering": _vurderinger("b")}, {"vurdering": _vurderinger("b")}),
        ({"vurdering": _vurderinger("a", ferdigstilt="")}, {"vurdering": []}, {"vurdering": []}),
        # samtykke is never taken back by silence
        ({"samtykke": [{"samtykkeId": "s"}]}, {"samtykke": []}, {"samtykke": [{"samtykkeId": "s"}]}),
    ],
)  # fmt: skip
def test_a_drop_meets_what_is_stored(lagret: dict[str, Any], droppet: dict[str, Any], ventet: dict[str, Any]) -> None:
    for_, etter = repr(lagret), merge(lagret, droppet)
    assert etter == ventet
    assert repr(lagret) == for_  # pure
    assert merge(etter, droppet) == etter  # the same drop again changes nothing


def test_a_record_comes_back_as_it_was_dropped(ledger: Any, post: Any) -> None:
    innhold = post(
        mal=_rader("a", beskrivelse="«Ærlig» 漢字 😀 \ud800"), arbeidsforhold=[{"stillingsprosent": 37.5, "lonn": True}]
    )
    ref = ledger.deltakelser.store(AVSENDER, innhold, kildesystem="F", accepted_on=I_DAG, siste_dag=lambda _: I_DAG)
    assert ledger.deltakelser.read(ref) == innhold
    assert ledger.deltakelser.find_ref(AVSENDER, innhold["deltakelse"]["deltakelseId"]) == ref
    assert ledger.deltakelser.find_ref(ANNEN, innhold["deltakelse"]["deltakelseId"]) is None
    assert ledger.deltakelser.find_ref(AVSENDER, "ukjent") is None


def test_the_light_row_follows_the_record(ledger: Any, store: Any) -> None:
    ref = store(ledger, avtale={"avtaleId": "A", "slettefristUker": 8})
    forst = ledger.deltakelser.get(ref)
    assert (forst.start_dato, forst.slutt_dato, forst.slettefrist_uker) == (date(2026, 1, 5), None, 8)
    assert (forst.nav_enhet, forst.avdeling, forst.status) == ("0315", "974760673", "DELTAR")
    assert forst.siste_dag == I_DAG + timedelta(days=84)
    egen = {"status": "HAR_SLUTTET", "sluttDato": "2026-03-31", "statusGyldigFra": "2026-04-01"}
    assert store(ledger, dag=I_MORGEN, deltakelse=egen) == ref
    etter = ledger.deltakelser.get(ref)
    assert (etter.status, etter.slutt_dato, etter.status_gyldig_fra) == (
        "HAR_SLUTTET",
        date(2026, 3, 31),
        date(2026, 4, 1),
    )
    assert (etter.forst_sett, etter.sist_i_drop, etter.sist_endret) == (I_DAG, I_MORGEN, I_MORGEN)
    assert etter.slettefrist_uker == 8  # the avtale was not in this drop, and stands
    assert etter.siste_dag == date(2026, 3, 31) + timedelta(days=84)


def test_the_same_drop_again_changes_nothing_but_when_it_was_seen(ledger: Any, post: Any) -> None:
    felles = {"kildesystem": "F", "siste_dag": lambda _: I_DAG}
    (ny,) = ledger.deltakelser.store_many(AVSENDER, [post()], accepted_on=I_DAG, **felles)
    (igjen,) = ledger.deltakelser.store_many(AVSENDER, [post()], accepted_on=I_MORGEN, **felles)
    (endret,) = ledger.deltakelser.store_many(AVSENDER, [post(mal=_rader("a"))], accepted_on=I_MORGEN, **felles)
    assert [(r.ny, r.endret) for r in (ny, igjen, endret)] == [(True, True), (False, False), (False, True)]
    assert ny.ref == igjen.ref == endret.ref
    # An older drop read late does not take the day back.
    ledger.deltakelser.store_many(AVSENDER, [post()], accepted_on=I_DAG, **felles)
    rad = ledger.deltakelser.get(ny.ref)
    assert (rad.sist_i_drop, rad.sist_endret) == (I_MORGEN, I_MORGEN)


def test_a_chunk_of_many_is_one_commit_and_keeps_its_order(ledger: Any, post: Any) -> None:
    poster = [post(f"-{i}") for i in range(1203)]
    felles = {"kildesystem": "F", "accepted_on": I_DAG, "siste_dag": lambda _: I_DAG}
    lagret = ledger.deltakelser.store_many(AVSENDER, poster, **felles)
    lest = ledger.deltakelser.read_many([r.ref for r in lagret])
    assert [lest[r.ref] for r in lagret] == poster
    assert {rad.ref: innhold for rad, innhold in ledger.deltakelser.each(AVSENDER)} == lest
    assert list(ledger.deltakelser.each(ANNEN)) == []
    assert [r.ref for r in ledger.deltakelser.store_many(AVSENDER, poster, **felles)] == [r.ref for r in lagret]
    assert ledger.deltakelser.store_many(AVSENDER, [], **felles) == ()


def test_two_records_of_one_deltakelse_in_a_chunk_are_refused(ledger: Any, post: Any) -> None:
    with pytest.raises(LedgerFeil, match="LEDGER_DOBBELT"):
        ledger.deltakelser.store_many(
            AVSENDER, [post(), post()], kildesystem="F", accepted_on=I_DAG, siste_dag=lambda _: I_DAG
        )
    assert ledger.deltakelser.list() == ()


def test_a_person_is_found_again_by_the_senders_own_id(ledger: Any, store: Any, kanari: Any) -> None:
    egen = {"deltakelseId": "D-2", "startDato": "2026-02-01"}
    forste, andre = store(ledger), store(ledger, deltakelse=egen)
    store(ledger, "-annen")
    funnet = ledger.deltakelser.of_deltaker(AVSENDER, kanari.deltaker_id)
    assert [rad.ref for rad in funnet] == [forste, andre]  # by start
    assert ledger.deltakelser.of_deltaker(ANNEN, kanari.deltaker_id) == ()


def test_the_last_kept_day_can_be_moved_between_drops(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    ledger.deltakelser.set_siste_dag(ref, I_DAG)
    assert ledger.deltakelser.get(ref).siste_dag == I_DAG
    for kall in (ledger.deltakelser.get, ledger.deltakelser.read, lambda r: ledger.deltakelser.set_siste_dag(r, I_DAG)):
        with pytest.raises(IkkeFunnet):
            kall("finnes-ikke")


def _forpliktelse(ref: str, n: int, frist: date, status: str = "KOMMENDE", **mer: Any) -> Forpliktelsesrad:
    return Forpliktelsesrad(ref, "PERIODERAPPORT", n, frist, status, **mer)


def test_obligations_are_exactly_what_was_computed_last(ledger: Any, store: Any) -> None:
    a, b = store(ledger, "-1"), store(ledger, "-2")
    ledger.forpliktelser.replace_many(
        {a: [_forpliktelse(a, 1, I_DAG), _forpliktelse(a, 2, I_MORGEN)], b: [_forpliktelse(b, 1, I_MORGEN)]}
    )
    holdt = _forpliktelse(a, 2, I_MORGEN, "FORFALT", holdt=True, grunn="OMF002", klar_dato=I_DAG)
    ledger.forpliktelser.replace_all(a, [holdt])
    assert ledger.forpliktelser.list(ref=a) == (holdt,)
    assert len(ledger.forpliktelser.list(AVSENDER)) == 2
    assert ledger.forpliktelser.list(ANNEN) == ()
    assert ledger.forpliktelser.list(statuser=["FORFALT"]) == (holdt,)
    assert ledger.forpliktelser.list(frist_til=I_DAG) == ()
    assert len(ledger.forpliktelser.list(frist_fra=I_MORGEN, frist_til=I_MORGEN)) == 2
    ledger.forpliktelser.replace_all(b, [])
    assert ledger.forpliktelser.list(ref=b) == ()


def test_an_obligation_of_an_unknown_status_or_deltakelse_is_refused(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    with pytest.raises(ValueError, match="LEVERT"):
        ledger.forpliktelser.replace_all(ref, [_forpliktelse(ref, 1, I_DAG, "LEVERT")])
    with pytest.raises(LedgerFeil, match="LEDGER_BRUDD"):
        ledger.forpliktelser.replace_all("finnes-ikke", [_forpliktelse("finnes-ikke", 1, I_DAG)])
