"""What is held against a recipient's list, and how differences open, stay and close; on both kinds of database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tiltaksflyt.ledger import (
    Differanse,
    Dokumentsvar,
    Kvitteringsfil,
    Leveransetilstand,
    NyForsendelse,
    Oppgjor,
    Statuskode,
    Utfall,
    load_signing_key,
)
from tiltaksflyt.ledger.tabeller import avstemmingsavvik
from tiltaksflyt.ledger.tabeller import metadata as tabeller

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
DAG = timedelta(days=1)
NAV, ANNEN = "0315", "0316"
HER = frozenset({NAV})
S, L = Statuskode, Leveransetilstand


class Sendt:
    """Packages with one document each, sent when the test says."""

    def __init__(self, ledger: Any, store: Any, build_document: Any) -> None:
        self.ledger = ledger
        self._store = store
        self._bygg = build_document
        self._nr = 0

    def send(self, tid: datetime = NA, mottaker: str = NAV, tilstand: L = L.MOTTATT) -> tuple[str, str, str]:
        """Its package, its meldingId and whom it is about."""
        self._nr += 1
        ref = self._store(self.ledger, f"-{self._nr}")
        melding_id = self._bygg(self.ledger, ref, forsendelser=[NyForsendelse(mottaker)]).melding_id
        leveranse_id = self.ledger.leveranser.create(mottaker, "sftp", "v", [melding_id], now=tid).leveranse_id
        leie = self.ledger.leveranser.take_lease(leveranse_id, now=tid, until=tid)
        self.ledger.leveranser.record(leie, Utfall(tilstand, S.OVERFORT, tid=tid, dato=tid.date()))
        return leveranse_id, melding_id, ref

    def answer(self, leveranse_id: str, melding_id: str, mottaker: str = NAV) -> None:
        svar = [Dokumentsvar(melding_id, "GODTATT")]
        self.ledger.kvitteringer.record(
            Kvitteringsfil(f"k-{melding_id}", leveranse_id, NA, frozenset({mottaker}), I_DAG, svar=svar)
        )

    def held_against(self, *listet: str) -> dict[str, str | None]:
        funnet = self.ledger.avstemminger.sent(HER, NA - DAG, NA + DAG, listet)
        return {ett.melding_id: ett.svar for ett in funnet}


@pytest.fixture
def sendt(ledger: Any, store: Any, build_document: Any) -> Sendt:
    return Sendt(ledger, store, build_document)


def test_what_was_sent_in_the_time_of_the_list_must_be_on_it(sendt: Sendt) -> None:
    _, i_tiden, _ = sendt.send()
    _, for_tidlig, _ = sendt.send(NA - 2 * DAG)
    _, for_sent, _ = sendt.send(NA + DAG)
    _, pa_vei, _ = sendt.send(tilstand=L.SENDT)  # with somebody who brings it
    _, til_andre, _ = sendt.send(mottaker=ANNEN)
    assert sendt.held_against() == {i_tiden: None}
    # What the list names is compared whenever it was sent, when it is the recipient's.
    assert sendt.held_against(for_tidlig, for_sent, pa_vei, til_andre).keys() == {i_tiden, for_tidlig, for_sent, pa_vei}


def test_a_document_that_is_missed_is_asked_for_until_it_is_answered(sendt: Sendt) -> None:
    leveranse_id, gammel, _ = sendt.send(NA - 2 * DAG)
    savnet = Differanse(S.IKKE_HOS_MOTTAKER, leveranse_id, gammel)
    assert sendt.ledger.avstemminger.settle(HER, {savnet}, {}, I_DAG) == Oppgjor(nye=1, apne=1, lukket=0)
    assert sendt.held_against() == {gammel: None}
    sendt.answer(leveranse_id, gammel)
    assert sendt.held_against() == {}


def test_a_document_that_waits_to_be_sent_again_is_not_compared(sendt: Sendt) -> None:
    leveranse_id, melding_id, _ = sendt.send()
    assert sendt.ledger.avstemminger.waiting(HER, [melding_id]) == set()
    sendt.ledger.leveranser.expire(leveranse_id)
    assert sendt.held_against(melding_id) == {}
    assert sendt.ledger.avstemminger.waiting(HER, [melding_id, "ukjent"]) == {melding_id}
    assert sendt.ledger.avstemminger.forgotten(HER, [leveranse_id, "ukjent"]) == {leveranse_id: 1}


def test_a_difference_opens_stays_with_its_first_day_and_closes_itself(sendt: Sendt) -> None:
    leveranse_id, melding_id, _ = sendt.send()
    avstemminger = sendt.ledger.avstemminger
    en, ukjent = Differanse(S.ANNET_SVAR, leveranse_id, melding_id), Differanse(S.UKJENT_HOS_OSS, leveranse_id, None, 2)
    avstemminger.settle(HER, {en, ukjent}, {"like": 1}, I_DAG)
    flere = Differanse(S.UKJENT_HOS_OSS, leveranse_id, None, 3)
    assert avstemminger.settle(HER, {en, flere}, {"like": 1}, I_DAG + DAG) == Oppgjor(nye=0, apne=2, lukket=0)
    assert {(a.kode, a.melding_id, a.antall, a.forst) for a in avstemminger.open()} == {
        (S.ANNET_SVAR, melding_id, 1, I_DAG),
        (S.UKJENT_HOS_OSS, None, 3, I_DAG),
    }
    assert sendt.ledger.oversikt(NA).as_json()["avstemming"] == {
        "avvik": {"ANNET_SVAR": 1, "UKJENT_HOS_OSS": 3},
        "sist": {NAV: "2026-03-03"},
    }
    assert avstemminger.settle(HER, {en}, {}, I_DAG + 2 * DAG) == Oppgjor(nye=0, apne=1, lukket=1)
    assert [a.kode for a in avstemminger.open()] == [S.ANNET_SVAR]
    # Another recipient's list says nothing of it; when it comes back it is a new one.
    assert avstemminger.settle({ANNEN}, set(), {}, I_DAG + 2 * DAG).lukket == 0
    assert avstemminger.settle(HER, {en, flere}, {}, I_DAG + 3 * DAG).nye == 1
    assert avstemminger.forget(I_DAG + 2 * DAG) == 0
    assert avstemminger.forget(I_DAG + 3 * DAG) == 1
    assert len(avstemminger.open()) == 2


def test_who_was_never_reconciled_is_shown_when_something_was_sent(sendt: Sendt) -> None:
    assert sendt.ledger.avstemminger.last() == {}
    sendt.send()
    sendt.send(mottaker=ANNEN)
    sendt.ledger.avstemminger.settle(HER, set(), {"like": 1}, I_DAG)
    assert sendt.ledger.avstemminger.last() == {NAV: I_DAG, ANNEN: None}


def test_no_id_of_a_document_survives_its_erasure(sendt: Sendt, sted: Any) -> None:
    leveranse_id, melding_id, ref = sendt.send()
    sendt.ledger.avstemminger.settle(HER, {Differanse(S.IKKE_HOS_MOTTAKER, leveranse_id, melding_id)}, {}, I_DAG)
    sak = sendt.ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT")
    nokkel = load_signing_key(sted.mappe / "bevis.key")
    assert sendt.ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=[], now=NA)
    assert sendt.ledger.avstemminger.open() == ()
    assert sendt.ledger.avstemminger.forgotten(HER, [leveranse_id]) == {leveranse_id: 1}
    # The list names it still: nothing of what the list says is written down.
    assert sendt.held_against(melding_id) == {}
    ukjent = Differanse(S.UKJENT_HOS_OSS, leveranse_id)
    sendt.ledger.avstemminger.settle(HER, {ukjent}, {"slettet": 1}, I_DAG + DAG)
    with sendt.ledger.database.read() as conn:
        for tabell in tabeller.sorted_tables:
            assert melding_id not in repr(conn.execute(select(tabell)).all()), tabell.name


differanser = st.frozensets(
    st.builds(Differanse, st.sampled_from([S.ANNET_SVAR, S.UKJENT_HOS_OSS]), st.sampled_from(["l1", "l2", "l3"])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(netter=st.lists(differanser, min_size=1, max_size=5))
def test_what_is_open_is_always_what_the_last_list_gave(ledger: Any, netter: list[frozenset[Differanse]]) -> None:
    with ledger.database.write() as conn:
        conn.execute(delete(avstemmingsavvik))
    apent: frozenset[Differanse] = frozenset()
    for nr, natt in enumerate(netter):
        dato = I_DAG + nr * DAG
        ventet = Oppgjor(nye=len(natt - apent), apne=len(natt), lukket=len(apent - natt))
        assert ledger.avstemminger.settle(HER, natt, {}, dato) == ventet
        assert ledger.avstemminger.settle(HER, natt, {}, dato) == Oppgjor(nye=0, apne=len(natt), lukket=0)
        assert {(a.kode, a.leveranse_id) for a in ledger.avstemminger.open()} == {
            (d.kode, d.leveranse_id) for d in natt
        }
        apent = natt
