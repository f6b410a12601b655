"""Receipts: technical and functional, late, twice, unknown, and after erasure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tiltaksflyt.ledger import (
    Dokumentsvar,
    Forsendelsestilstand,
    Kvitteringsfil,
    Kvitteringsfunn,
    LedgerFeil,
    Leveransetilstand,
    Statuskode,
    Utfall,
    load_signing_key,
)
from tiltaksflyt.ledger.tabeller import kvittering_ukoblet, leveranse

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
FRA = frozenset({"0315"})
F, L = Forsendelsestilstand, Leveransetilstand


@pytest.fixture
def sendt(ledger: Any, store: Any, build_document: Any) -> tuple[str, list[str], list[str]]:
    """A package at the recipient: its id, its melding_ids and their refs."""
    refs = [store(ledger, f"-{i}") for i in range(3)]
    meldinger = [build_document(ledger, ref).melding_id for ref in refs]
    leveranse_id = ledger.leveranser.create("0315", "sftp", "v", meldinger, now=NA).leveranse_id
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
    ledger.leveranser.record(leie, Utfall(L.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    return leveranse_id, meldinger, refs


def _tilstand(ledger: Any, ref: str) -> Forsendelsestilstand:
    (forsendelse,) = ledger.dokumenter.forsendelser(ref=ref)
    return Forsendelsestilstand(forsendelse.tilstand)


def test_technical_and_functional_answers_are_apart(ledger: Any, sendt: Any) -> None:
    leveranse_id, (a, b, c), refs = sendt
    funn = ledger.kvitteringer.record(Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, teknisk=L.LEVERT))
    assert funn == Kvitteringsfunn(ny=True)
    rad = ledger.leveranser.get(leveranse_id)
    assert (rad.tilstand, rad.statuskode, rad.kvittert) == (L.LEVERT, Statuskode.KVITTERT, NA)
    assert {_tilstand(ledger, ref) for ref in refs} == {F.SENDT}

    svar = [
        Dokumentsvar(a, "GODTATT", arkiv_id="453"),
        Dokumentsvar(b, "GODTATT_MED_MERKNAD", "M1", "Uleselig side"),
        Dokumentsvar(c, "AVVIST", "A7", "Feil person"),
    ]
    funn = ledger.kvitteringer.record(Kvitteringsfil("k2", leveranse_id, NA, FRA, I_DAG, svar=svar))
    assert funn == Kvitteringsfunn(ny=True, koblet=(a, b, c), avvist=(c,))
    assert [_tilstand(ledger, ref) for ref in refs] == [F.GODTATT, F.GODTATT, F.AVVIST]
    (lest,) = ledger.kvitteringer.for_deltakelse(refs[2])
    assert (lest.status, lest.kode, lest.tekst, lest.arkiv_id) == ("AVVIST", "A7", "Feil person", None)
    oversikt = ledger.oversikt(NA)
    assert (oversikt.bygget, oversikt.sendt, oversikt.godtatt, oversikt.avvist) == (3, 3, 2, 1)
    assert [f.svar for f in ledger.dokumenter.facts([refs[1]])[refs[1]]] == ["GODTATT_MED_MERKNAD"]


def test_a_receipt_read_twice_counts_once(ledger: Any, sendt: Any) -> None:
    leveranse_id, (a, b, _), refs = sendt
    svar = [Dokumentsvar(a, "GODTATT"), Dokumentsvar(b, "AVVIST"), Dokumentsvar("ukjent", "GODTATT")]
    fil = Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, svar=svar)
    assert ledger.kvitteringer.record(fil).ny
    # Known, and still telling whom to tell: the first run may have been broken off after its commit.
    assert ledger.kvitteringer.record(fil) == Kvitteringsfunn(ny=False, koblet=(a, b), avvist=(b,))
    assert len(ledger.kvitteringer.for_deltakelse(refs[0])) == 1
    assert len(ledger.kvitteringer.unmatched()) == 1
    oversikt = ledger.oversikt(NA)
    assert (oversikt.godtatt, oversikt.avvist) == (1, 1)


def test_a_changed_answer_moves_from_one_count_to_the_other(ledger: Any, sendt: Any) -> None:
    leveranse_id, (a, *_), refs = sendt
    for nr, status in enumerate(["GODTATT", "AVVIST", "AVVIST", "GODTATT_MED_MERKNAD", "AVVIST"]):
        tid = NA + timedelta(minutes=nr)
        ledger.kvitteringer.record(
            Kvitteringsfil(f"k{nr}", leveranse_id, tid, FRA, I_DAG, svar=[Dokumentsvar(a, status)])
        )
    assert _tilstand(ledger, refs[0]) is F.AVVIST
    oversikt = ledger.oversikt(NA)
    assert (oversikt.godtatt, oversikt.avvist) == (0, 1)
    # The second rejection said what the first one said.
    assert len(ledger.kvitteringer.for_deltakelse(refs[0])) == 4


def test_a_receipt_answers_a_document_once(ledger: Any, sendt: Any) -> None:
    leveranse_id, (a, *_), refs = sendt
    svar = [Dokumentsvar(a, "AVVIST"), Dokumentsvar(a, "GODTATT")]
    with pytest.raises(LedgerFeil, match="KVITTERING_DOBBELT_SVAR"):
        ledger.kvitteringer.record(Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, svar=svar))
    assert _tilstand(ledger, refs[0]) is F.SENDT


def test_an_unmatched_answer_is_kept_without_anything_of_a_person(ledger: Any, sendt: Any) -> None:
    leveranse_id, _, _ = sendt
    svar = [Dokumentsvar("UKJENT-MELDING\0\ud800", "AVVIST", "KODE-X", "TEKST-X", "ARKIV-X")]
    for nr, til in enumerate([leveranse_id, "UKJENT-LEVERANSE\0\ud800"]):
        funn = ledger.kvitteringer.record(Kvitteringsfil(f"k{nr}", til, NA, FRA, I_DAG, teknisk=L.LEVERT, svar=svar))
        assert (funn.ukoblet, funn.koblet, funn.etter_sletting) == (1, (), 0)
    assert {rad.leveranse_id for rad in ledger.kvitteringer.unmatched()} == {leveranse_id, None}
    with ledger.database.read() as conn:
        alt = repr(conn.execute(select(kvittering_ukoblet)).all())
    for rest in ("UKJENT", "KODE-X", "TEKST-X", "ARKIV-X"):
        assert rest not in alt


@pytest.mark.parametrize("slettes", ["nokkel", "alt"])
def test_an_answer_after_erasure_is_counted_and_not_stored(ledger: Any, sendt: Any, sted: Any, slettes: str) -> None:
    leveranse_id, (a, b, _), (ref, *_) = sendt
    sak = ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT")
    if slettes == "nokkel":
        ledger.slettinger.destroy_key(sak.slettesak_id)
    else:
        nokkel = load_signing_key(sted.mappe / "bevis.key")
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=[], now=NA)
    fil = Kvitteringsfil(
        "k1", leveranse_id, NA, FRA, I_DAG, svar=[Dokumentsvar(a, "AVVIST", "X", "tekst"), Dokumentsvar(b, "GODTATT")]
    )
    funn = ledger.kvitteringer.record(fil)
    assert funn == Kvitteringsfunn(ny=True, koblet=(b,), etter_sletting=1)
    assert ledger.kvitteringer.unmatched() == ()
    with ledger.database.read() as conn:
        assert conn.scalar(select(leveranse.c.etter_sletting)) == 1
    # One was erased, one answer came for it: the next unknown one is no longer explained by the erasure.
    if slettes == "alt":
        igjen = Kvitteringsfil("k2", leveranse_id, NA, FRA, I_DAG, svar=[Dokumentsvar("ukjent", "GODTATT")])
        assert ledger.kvitteringer.record(igjen).ukoblet == 1


def test_a_receipt_faster_than_our_own_record_waits(ledger: Any, store: Any, build_document: Any) -> None:
    melding_id = build_document(ledger, store(ledger)).melding_id
    leveranse_id = ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA).leveranse_id
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
    fil = Kvitteringsfil(
        "k1", leveranse_id, NA, FRA, I_DAG, teknisk=L.LEVERT, svar=[Dokumentsvar(melding_id, "GODTATT")]
    )
    assert ledger.kvitteringer.record(fil) == Kvitteringsfunn(ny=False, utsatt=True)
    ledger.leveranser.record(leie, Utfall(L.SENDT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    assert ledger.kvitteringer.record(fil).koblet == (melding_id,)


@pytest.mark.parametrize(
    ("rekke", "ventet"),
    [
        ([L.MOTTATT, L.LEVERT, L.LEST], L.LEST),
        ([L.LEST, L.LEVERT, L.MOTTATT], L.LEST),  # late ones move nothing
        ([L.LEVERT, L.FEIL], L.LEVERT),
        ([L.FEIL, L.LEVERT], L.LEVERT),
    ],
)
def test_technical_receipts_only_move_forward(ledger: Any, sendt: Any, rekke: Any, ventet: Any) -> None:
    leveranse_id, _, _ = sendt
    for nr, teknisk in enumerate(rekke):
        ledger.kvitteringer.record(Kvitteringsfil(f"k{nr}", leveranse_id, NA, FRA, I_DAG, teknisk=teknisk))
    assert ledger.leveranser.get(leveranse_id).tilstand is ventet


def test_a_package_the_recipient_could_not_open_can_be_sent_again(ledger: Any, sendt: Any) -> None:
    leveranse_id, meldinger, refs = sendt
    ledger.kvitteringer.record(Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, teknisk=L.FEIL))
    assert ledger.oversikt(NA).sendt == 0
    ledger.leveranser.cancel(leveranse_id, Statuskode.AVLYST_AV_PERSON, now=NA + timedelta(hours=1))
    assert {_tilstand(ledger, ref) for ref in refs} == {F.KLAR}
    assert ledger.leveranser.create("0315", "sftp", "v2", meldinger, now=NA).antall == {"PLAN": 3}


def test_a_status_nobody_agreed_on_is_refused_whole(ledger: Any, sendt: Any) -> None:
    leveranse_id, (a, b, _), _ = sendt
    galt = Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, svar=[Dokumentsvar(a, "GODTATT"), Dokumentsvar(b, "TJA")])
    with pytest.raises(LedgerFeil, match="KVITTERING_STATUS"):
        ledger.kvitteringer.record(galt)
    with pytest.raises(LedgerFeil, match="KVITTERING_STATUS"):
        ledger.kvitteringer.record(Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, teknisk=L.SENDT))
    assert ledger.oversikt(NA).godtatt == 0
    assert ledger.kvitteringer.record(
        Kvitteringsfil("k1", leveranse_id, NA, FRA, I_DAG, teknisk=L.LEVERT)
    ).ny  # nothing was noted
