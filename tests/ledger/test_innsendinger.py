"""What was dropped: found once, read once, answered once, and what the answer keeps."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from tiltaksflyt.ledger import Holdt, IkkeFunnet, Innsendingstilstand, LeieTapt, Svar
from tiltaksflyt.ledger.tabeller import innsending

AVSENDER, ANNEN = "889640782", "974760673"
NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENERE = NA + timedelta(minutes=5)
I_DAG = date(2026, 3, 2)


def _discover(ledger: Any, sha: str = "a", *, avsender: str = AVSENDER, tid: datetime = NA) -> Any:
    return ledger.innsendinger.discover(avsender, sha * 64, 10, etag=f"etag-{sha}", last_modified=tid, now=NA)


def _answer(ledger: Any, innsending_id: str, **mer: Any) -> None:
    felter = {"status": Innsendingsstatus.GODTATT, "besvart": NA, "dato": I_DAG, "antall": {"deltakelse": 1}} | mer
    leie = ledger.innsendinger.claim(innsending_id, now=NA, until=SENERE)
    ledger.innsendinger.answer(leie, Svar(**felter))


def test_a_drop_seen_twice_is_one(ledger: Any) -> None:
    forste, igjen = _discover(ledger), _discover(ledger)
    assert (forste.ny, igjen.ny) == (True, False)
    assert forste.innsending_id == igjen.innsending_id
    _answer(ledger, forste.innsending_id)
    assert _discover(ledger) == igjen  # still listed after the answer: still the same
    assert _discover(ledger, avsender=ANNEN).ny  # another sender's same bytes are another drop


def test_the_same_bytes_before_the_answer_are_the_same_drop(ledger: Any) -> None:
    forste = _discover(ledger)
    assert _discover(ledger, tid=SENERE).innsending_id == forste.innsending_id


def test_the_same_bytes_after_the_answer_are_a_new_drop_and_told_as_duplicate(ledger: Any) -> None:
    forste = _discover(ledger)
    _answer(ledger, forste.innsending_id)
    igjen = _discover(ledger, tid=SENERE)
    assert igjen.ny
    assert ledger.innsendinger.duplicate_of(igjen.innsending_id) == forste.innsending_id


def test_the_same_bytes_are_no_duplicate_when_something_was_accepted_since(ledger: Any) -> None:
    a = _discover(ledger, "a")
    _answer(ledger, a.innsending_id)
    b = _discover(ledger, "b", tid=SENERE)
    _answer(ledger, b.innsending_id, besvart=SENERE)
    assert ledger.innsendinger.duplicate_of(_discover(ledger, "a", tid=SENERE).innsending_id) is None


def test_the_hash_of_a_drop_goes_with_its_bytes_and_what_it_was_for_is_still_told(ledger: Any) -> None:
    forste = _discover(ledger)
    _answer(ledger, forste.innsending_id)
    ledger.innsendinger.raw_removed(forste.innsending_id)
    with ledger.database.read() as conn:
        (rad,) = conn.execute(select(innsending)).all()
    assert "a" * 64 not in str(rad)
    assert "etag-a" not in str(rad)
    assert _discover(ledger).innsending_id == forste.innsending_id
    igjen = _discover(ledger, tid=SENERE)
    assert igjen.ny
    assert ledger.innsendinger.duplicate_of(igjen.innsending_id) == forste.innsending_id
    assert set(ledger.innsendinger.with_same_bytes(igjen.innsending_id)) == {forste.innsending_id, igjen.innsending_id}
    assert ledger.innsendinger.duplicate_of(_discover(ledger, "b", tid=SENERE).innsending_id) is None


def test_the_hashes_that_an_older_version_left_are_forgotten(ledger: Any) -> None:
    gammel, ubesvart = _discover(ledger, "a"), _discover(ledger, "b", tid=SENERE)
    _answer(ledger, gammel.innsending_id)
    assert (ledger.innsendinger.forget_hashes(), ledger.innsendinger.forget_hashes()) == (1, 0)
    assert ledger.innsendinger.get(gammel.innsending_id).er_glemt
    assert ledger.innsendinger.get(ubesvart.innsending_id).sha256 == "b" * 64


def test_a_corrected_export_of_something_refused_is_no_duplicate(ledger: Any) -> None:
    forste = _discover(ledger)
    _answer(ledger, forste.innsending_id, status=Innsendingsstatus.AVVIST)
    assert ledger.innsendinger.duplicate_of(_discover(ledger, tid=SENERE).innsending_id) is None


def test_an_abandoned_drop_is_pending_again(ledger: Any) -> None:
    sen, tidlig = _discover(ledger, "a", tid=SENERE), _discover(ledger, "b", tid=NA)
    rekkefolge = [rad.innsending_id for rad in ledger.innsendinger.pending(NA)]
    assert rekkefolge == [tidlig.innsending_id, sen.innsending_id]
    leie = ledger.innsendinger.claim(sen.innsending_id, now=NA, until=SENERE)
    assert leie
    assert ledger.innsendinger.claim(sen.innsending_id, now=NA, until=SENERE) is None
    assert [rad.innsending_id for rad in ledger.innsendinger.pending(NA)] == [tidlig.innsending_id]
    assert ledger.innsendinger.being_read(NA) == {AVSENDER}
    assert ledger.innsendinger.being_read(SENERE) == {AVSENDER}
    etter = SENERE + timedelta(seconds=1)
    assert ledger.innsendinger.being_read(etter) == frozenset()
    assert len(ledger.innsendinger.pending(etter)) == 2
    assert ledger.oversikt(etter).sittende_fast["innsendinger"] == 1
    assert ledger.innsendinger.claim(sen.innsending_id, now=etter, until=etter)
    with pytest.raises(LeieTapt):
        ledger.innsendinger.give_back(leie)
    assert ledger.innsendinger.get(sen.innsending_id).forsok == 2


def test_a_drop_given_back_can_be_claimed_at_once(ledger: Any) -> None:
    funn = _discover(ledger)
    ledger.innsendinger.give_back(ledger.innsendinger.claim(funn.innsending_id, now=NA, until=SENERE))
    assert ledger.innsendinger.get(funn.innsending_id).tilstand is Innsendingstilstand.OPPDAGET
    assert ledger.innsendinger.claim(funn.innsending_id, now=NA, until=SENERE)


def test_an_answered_drop_is_claimed_no_more(ledger: Any) -> None:
    funn = _discover(ledger)
    _answer(ledger, funn.innsending_id)
    assert ledger.innsendinger.claim(funn.innsending_id, now=SENERE, until=SENERE) is None
    assert ledger.innsendinger.pending(SENERE + timedelta(days=1)) == ()
    rad = ledger.innsendinger.get(funn.innsending_id)
    assert (rad.tilstand, rad.status, rad.antall) == (
        Innsendingstilstand.BESVART,
        Innsendingsstatus.GODTATT,
        {"deltakelse": 1},
    )


def test_deviations_keep_the_place_and_never_the_key(ledger: Any) -> None:
    funn = _discover(ledger)
    avvik = [
        Avvik("IDE001", Alvorlighet.FEIL, "deltaker", 7, 6, "K-1", "personident", "melding", "tiltak"),
        Avvik("FIL009", Alvorlighet.ADVARSEL, None, None, None, None, None, "melding", "tiltak"),
    ]
    _answer(ledger, funn.innsending_id, avvik=avvik)
    assert ledger.innsendinger.deviations(funn.innsending_id) == (
        Avvik("IDE001", Alvorlighet.FEIL, "deltaker", 7, 6, None, "personident", "", ""),
        Avvik("FIL009", Alvorlighet.ADVARSEL, None, None, None, None, None, "", ""),
    )


def test_a_hostile_header_cannot_stop_its_own_answer(ledger: Any) -> None:
    funn = _discover(ledger)
    vilt = "F" * 5000 + "\0\ud800"
    avvik = [Avvik("SKJ002", Alvorlighet.AVVIST_FIL, None, None, None, None, vilt, "m", "t")]
    header = {"omfang": vilt, "avdeling": vilt, "kildesystem": vilt}
    _answer(ledger, funn.innsending_id, status=Innsendingsstatus.AVVIST, avvik=avvik, **header)
    rad = ledger.innsendinger.get(funn.innsending_id)
    assert {rad.omfang, rad.avdeling, rad.kildesystem} == {"F" * 5000 + "?"}
    assert ledger.innsendinger.deviations(funn.innsending_id)[0].kolonne == rad.omfang


def test_a_hold_keeps_its_first_day_until_the_deltakelse_is_accepted(ledger: Any, kanari: Any, store: Any) -> None:
    for nr, dag in enumerate([I_DAG, I_DAG + timedelta(days=3)]):
        funn = _discover(ledger, "ab"[nr], tid=NA + timedelta(days=nr))
        holdt = Holdt(kanari.deltakelse_id, (f"OMF00{nr}",), siste_dag=date(2026, 6, 1), start_dato=I_DAG)
        _answer(ledger, funn.innsending_id, holdte=[holdt], dato=dag)
    (rad,) = ledger.innsendinger.held(AVSENDER)
    assert (rad.siden, rad.regler, rad.innsending_id) == (I_DAG, ("OMF001",), funn.innsending_id)
    assert ledger.innsendinger.held(ANNEN) == ()
    store(ledger)
    assert ledger.innsendinger.held() == ()


def test_held_rows_go_after_their_last_day(ledger: Any) -> None:
    funn = _discover(ledger)
    _answer(ledger, funn.innsending_id, holdte=[Holdt("A", (), I_DAG), Holdt("B", (), I_DAG + timedelta(days=1))])
    assert ledger.innsendinger.forget_held(I_DAG) == 0
    assert ledger.innsendinger.forget_held(I_DAG + timedelta(days=1)) == 1
    assert len(ledger.innsendinger.held()) == 1


def test_the_latest_accepted_is_of_the_same_scope_and_by_the_senders_own_time(ledger: Any) -> None:
    def drop(sha: str, **mer: Any) -> str:
        funn = _discover(ledger, sha, tid=NA + timedelta(minutes=ord(sha)))
        felter = {"omfang": "FULL", "kildesystem": "F", "avdeling": None, "opprettet": NA} | mer
        _answer(ledger, funn.innsending_id, **felter)
        return str(funn.innsending_id)

    forst = drop("a")
    nyest = drop("b", opprettet=NA + timedelta(hours=2))
    drop("c", opprettet=NA + timedelta(hours=1))  # arrived later, made earlier
    avdeling = drop("d", opprettet=NA + timedelta(hours=3), avdeling="974760673")
    endring = drop("e", opprettet=NA + timedelta(hours=4), omfang="ENDRING")
    drop("f", opprettet=NA + timedelta(hours=9), status=Innsendingsstatus.AVVIST)

    def latest(**scope: Any) -> str:
        return str(ledger.innsendinger.latest_accepted(AVSENDER, **scope).innsending_id)

    assert latest() == endring
    assert latest(kildesystem="F", omfang="FULL") == nyest != forst
    assert latest(kildesystem="F", avdeling="974760673") == avdeling
    assert ledger.innsendinger.latest_accepted(AVSENDER, kildesystem="G") is None


def test_the_raw_drop_is_followed_until_it_is_gone(ledger: Any) -> None:
    funn = _discover(ledger)
    ledger.innsendinger.place(funn.innsending_id, "raa/1")
    assert ledger.innsendinger.with_raw() == ()  # not before it is answered
    _answer(ledger, funn.innsending_id)
    assert [rad.objekt for rad in ledger.innsendinger.with_raw()] == ["raa/1"]
    ledger.innsendinger.raw_removed(funn.innsending_id)
    assert ledger.innsendinger.with_raw() == ()


def test_an_unknown_drop_is_told(ledger: Any) -> None:
    for kall in (ledger.innsendinger.get, ledger.innsendinger.raw_removed, ledger.innsendinger.duplicate_of):
        with pytest.raises(IkkeFunnet):
            kall("finnes-ikke")
    assert ledger.innsendinger.claim("finnes-ikke", now=NA, until=SENERE) is None
