"""The chain of evidence: what was changed, removed or made anew is found."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from tiltaksflyt.ledger import Bevis, Kjedefeilkode, Kjedehode, LedgerFeil, load_signing_key, verify_chain
from tiltaksflyt.ledger.bevis import INGEN, append
from tiltaksflyt.ledger.kryptering import canonical

NA = datetime(2026, 6, 1, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 6, 2)
NOKKEL = Ed25519PrivateKey.generate()


def _make_chain(antall: int, nokkel: Ed25519PrivateKey = NOKKEL, merke: str = "") -> tuple[Bevis, ...]:
    """The chain as the ledger would write it, made without the ledger."""
    kjede: list[Bevis] = []
    for nr in range(1, antall + 1):
        forrige = kjede[-1].hash if kjede else INGEN
        innhold = canonical({"lopenr": nr, "slettesakId": f"sak-{nr}", "forrige": forrige, "merke": merke})
        hash_ = hashlib.sha256(innhold).hexdigest()
        kjede.append(Bevis(nr, f"sak-{nr}", innhold.decode(), hash_, nokkel.sign(innhold)))
    return tuple(kjede)


def _head(kjede: Sequence[Bevis]) -> Kjedehode:
    return Kjedehode(len(kjede), kjede[-1].hash if kjede else INGEN)


KJEDE = _make_chain(5)
FORANKRET = [_head(KJEDE[:2]), _head(KJEDE)]
OFFENTLIG = [NOKKEL.public_key()]


def _koder(kjede: Sequence[Bevis], hode: Kjedehode, forankring: Sequence[Kjedehode] = ()) -> set[Kjedefeilkode]:
    return {feil.kode for feil in verify_chain(kjede, hode, OFFENTLIG, forankring).feil}


@pytest.mark.parametrize("antall", [0, 1, 5])
def test_a_whole_chain_is_whole(antall: int) -> None:
    funn = verify_chain(KJEDE[:antall], _head(KJEDE[:antall]), OFFENTLIG, [Kjedehode(0, INGEN)])
    assert funn.ok
    assert funn.antall == antall


@pytest.mark.parametrize("nr", range(5))
def test_one_changed_byte_is_found_wherever_it_is(nr: int) -> None:
    for endret in (
        replace(KJEDE[nr], innhold=KJEDE[nr].innhold.replace('"merke":""', '"merke":" "')),
        replace(KJEDE[nr], hash="f" * 64),
        replace(KJEDE[nr], slettesak_id="sak-9"),
        replace(KJEDE[nr], signatur=bytes([KJEDE[nr].signatur[0] ^ 1]) + KJEDE[nr].signatur[1:]),
    ):
        kjede = [*KJEDE[:nr], endret, *KJEDE[nr + 1 :]]
        assert not verify_chain(kjede, _head(KJEDE), OFFENTLIG, FORANKRET).ok


def test_a_deleted_last_row_is_found_by_the_head_and_by_the_anchor() -> None:
    assert _koder(KJEDE[:4], _head(KJEDE)) == {Kjedefeilkode.HODE}
    assert _koder(KJEDE[:4], _head(KJEDE[:4]), FORANKRET) == {Kjedefeilkode.FORANKRING}


def test_a_deleted_row_in_the_middle_is_found() -> None:
    kjede = [*KJEDE[:2], *KJEDE[3:]]
    assert Kjedefeilkode.BRUTT_LENKE in _koder(kjede, Kjedehode(4, KJEDE[4].hash))


def test_reordering_is_found() -> None:
    kjede = [KJEDE[0], KJEDE[2], KJEDE[1], *KJEDE[3:]]
    assert {Kjedefeilkode.REKKEFOLGE, Kjedefeilkode.BRUTT_LENKE} <= _koder(kjede, _head(KJEDE), FORANKRET)


def test_a_recomputed_chain_is_found_without_the_key_and_with_it() -> None:
    fremmed = _make_chain(5, Ed25519PrivateKey.generate(), merke="nytt")
    assert Kjedefeilkode.UGYLDIG_SIGNATUR in _koder(fremmed, _head(fremmed))
    egen = _make_chain(5, NOKKEL, merke="nytt")
    assert _koder(egen, _head(egen)) == set()  # nothing inside the database can tell
    assert _koder(egen, _head(egen), FORANKRET) == {Kjedefeilkode.FORANKRING}
    lengre = _make_chain(9, NOKKEL, merke="nytt")
    assert _koder(lengre, _head(lengre), FORANKRET) == {Kjedefeilkode.FORANKRING}


def test_a_second_key_is_accepted_when_it_is_named() -> None:
    ny = Ed25519PrivateKey.generate()
    innhold = canonical({"lopenr": 6, "slettesakId": None, "forrige": KJEDE[-1].hash})
    sjette = Bevis(6, None, innhold.decode(), hashlib.sha256(innhold).hexdigest(), ny.sign(innhold))
    kjede = [*KJEDE, sjette]
    assert _koder(kjede, _head(kjede), FORANKRET) == {Kjedefeilkode.UGYLDIG_SIGNATUR}
    assert verify_chain(kjede, _head(kjede), [*OFFENTLIG, ny.public_key()], FORANKRET).ok


def test_four_processes_append_to_one_chain(sted: Any) -> None:
    nokkelfil = sted.mappe / "bevis.key"
    sted.start_workers("bevis", 4, nokkelfil, 25)
    nokkel = load_signing_key(nokkelfil)
    with sted.open() as ledger:
        assert ledger.bevis.head().antall == 100
        assert ledger.bevis.verify([nokkel.public_key()], [ledger.bevis.head()]).ok
        oppforinger = ledger.bevis.entries()
        assert len({bevis.values()["forrige"] for bevis in oppforinger}) == 100  # no fork
        assert {bevis.slettesak_id for bevis in oppforinger} == {f"{p}-{i}" for p in range(4) for i in range(25)}
        assert ledger.bevis.entries(etter=98) == oppforinger[98:]


def test_a_rolled_back_append_leaves_no_gap(ledger: Any) -> None:
    def append_and_fail() -> None:
        with ledger.database.write() as conn:
            append(conn, {"art": "SLETTING"}, slettesak_id="a", nokkel=NOKKEL, now=NA)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        append_and_fail()
    with ledger.database.write() as conn:
        assert append(conn, {"art": "SLETTING"}, slettesak_id="b", nokkel=NOKKEL, now=NA).lopenr == 1
    assert ledger.bevis.verify(OFFENTLIG, [ledger.bevis.head()]).ok


@pytest.mark.parametrize(
    ("inngrep", "kode"),
    [
        ("UPDATE slettebevis SET innhold = replace(innhold, 'AFT', 'AFX') WHERE lopenr = 2", "INNHOLD_ENDRET"),
        ("UPDATE slettebevis SET slettesak_id = 'x' WHERE lopenr = 1", "INNHOLD_ENDRET"),
        ("DELETE FROM slettebevis WHERE lopenr = 3", "HODE"),
        ("DELETE FROM slettebevis WHERE lopenr = 1", "REKKEFOLGE"),
        ("UPDATE kjede_hode SET antall = 2", "HODE"),
        ("UPDATE hendelse SET type = 'ANNET'", "FORSEGLING"),
        ("DELETE FROM hendelse", "FORSEGLING"),
    ],
)
def test_tampering_in_the_database_is_found(ledger: Any, inngrep: str, kode: str) -> None:
    with ledger.transaction(), ledger.database.write() as conn:
        for sak in ("a", "b"):
            append(conn, {"art": "SLETTING", "regelverk": "AFT"}, slettesak_id=sak, nokkel=NOKKEL, now=NA)
    ledger.hendelser.append("MOTTATT", {"antall": 3}, tid=NA, dato=I_DAG)
    assert ledger.bevis.seal_events(I_DAG, nokkel=NOKKEL, now=NA)
    hode = ledger.bevis.head()
    assert ledger.bevis.verify(OFFENTLIG, [hode]).ok
    with ledger.database.write() as conn:
        conn.execute(text(inngrep))
    assert kode in {feil.kode for feil in ledger.bevis.verify(OFFENTLIG, [hode]).feil}


def test_events_are_sealed_once_and_a_late_one_by_the_next_seal(ledger: Any) -> None:
    assert ledger.bevis.seal_events(I_DAG, nokkel=NOKKEL, now=NA) is None
    for _ in range(3):
        ledger.hendelser.append("MOTTATT", {}, tid=NA, dato=I_DAG)
    ledger.hendelser.append("MOTTATT", {}, tid=NA, dato=date(2026, 6, 3))
    forste = ledger.bevis.seal_events(I_DAG, nokkel=NOKKEL, now=NA)
    assert (forste.values()["antall"], forste.values()["art"]) == (3, "FORSEGLING")
    assert ledger.bevis.seal_events(I_DAG, nokkel=NOKKEL, now=NA) is None
    ledger.hendelser.append("MOTTATT", {}, tid=NA, dato=I_DAG)
    assert ledger.bevis.seal_events(date(2026, 6, 3), nokkel=NOKKEL, now=NA).values()["antall"] == 2
    assert ledger.bevis.verify(OFFENTLIG, [ledger.bevis.head()]).ok


def test_a_copy_that_does_not_continue_the_chain_is_not_replayed(ledger: Any) -> None:
    with ledger.database.write() as conn:
        append(conn, {"art": "SLETTING"}, slettesak_id="a", nokkel=NOKKEL, now=NA)
    with pytest.raises(LedgerFeil, match="KJEDE"):
        ledger.bevis.replay(KJEDE, OFFENTLIG)
    with pytest.raises(LedgerFeil, match="KJEDE"):
        ledger.bevis.replay([*ledger.bevis.entries(), KJEDE[1]], OFFENTLIG)
    assert ledger.bevis.head().antall == 1
