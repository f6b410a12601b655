"""Many erasures in one transaction: what is true of one is true of each, wherever it is interrupted."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tiltaksflyt.ledger import NokkelSlettet, Slettesakstilstand, UlovligOvergang
from tiltaksflyt.ledger.feil import IkkeFunnet
from tiltaksflyt.ledger.slettinger import Nysak

NA = datetime(2026, 6, 24, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 6, 24)
SLUTT = {"sluttDato": "2026-03-31"}
NOKKEL = Ed25519PrivateKey.generate()
ANTALL = 5


@pytest.fixture
def apne(ledger: Any, store: Any) -> list[tuple[str, str]]:
    """Open cases, (ref, slettesakId), with a bucket on the checklist."""
    return begin(ledger, store)


def begin(ledger: Any, store: Any) -> list[tuple[str, str]]:
    refs = [store(ledger, f"-{nr}", deltakelse=SLUTT) for nr in range(ANTALL)]
    saker = ledger.slettinger.open_all([Nysak(ref, "AFT", None) for ref in refs], ["bucket"], dato=I_DAG)
    assert {sak.ref for sak in saker} == set(refs)
    return sorted(((sak.ref, sak.slettesak_id) for sak in saker), key=lambda par: par[1])


def empty(ledger: Any, saker: list[tuple[str, str]], n: int = 2) -> None:
    ider = [sak_id for _, sak_id in saker]
    ledger.slettinger.mark_all_done("bucket", dict.fromkeys(ider, n))
    ledger.slettinger.mark_all_checked("bucket", ider)
    ledger.slettinger.destroy_keys(ider)


def finish(ledger: Any, saker: list[tuple[str, str]], nokkel: Any = NOKKEL) -> Any:
    return ledger.slettinger.finish_all([sak_id for _, sak_id in saker], nokkel=nokkel, kategorier=["NAVN"], now=NA)


def test_each_has_its_own_counts_and_its_own_entry(ledger: Any, apne: Any, store: Any) -> None:
    igjen = store(ledger, "-igjen")
    ledger.hendelser.append("SENDT", {}, tid=NA, dato=I_DAG, ref=apne[0][0])
    empty(ledger, apne)
    bevis = finish(ledger, apne)
    assert [ett.slettesak_id for ett in bevis] == [sak_id for _, sak_id in apne]
    assert [ett.lopenr for ett in bevis] == [1, 2, 3, 4, 5]
    assert [ett.values()["antall"]["hendelse_oppslag"] for ett in bevis] == [1, 0, 0, 0, 0]
    assert [ett.values()["lagre"] for ett in bevis[:2]] == [
        {"bucket": 2, "ledger": 2, "nokkellager": 1},
        {"bucket": 2, "ledger": 1, "nokkellager": 1},
    ]
    assert ledger.bevis.verify([NOKKEL.public_key()], [ledger.bevis.head()]).ok
    assert [rad.ref for rad in ledger.deltakelser.list()] == [igjen]
    assert finish(ledger, apne) == ()  # once only
    assert ledger.bevis.head().antall == ANTALL


def test_what_is_not_complete_stands_open_and_holds_nobody_back(ledger: Any, apne: Any) -> None:
    (_, ugjort), (_, ukontrollert), (ref_ute, ute), *resten = apne
    ledger.slettinger.mark_all_done("bucket", {ukontrollert: 1})
    ledger.slettinger.destroy_keys([ugjort, ukontrollert])
    empty(ledger, [(ref_ute, ute), *resten])
    ledger.utlagte.add("utboks/889640782/liste.csv", "889640782", [ref_ute], I_DAG)
    assert {ett.slettesak_id for ett in finish(ledger, apne)} == {sak_id for _, sak_id in resten}
    assert {sak.slettesak_id for sak in ledger.slettinger.unfinished()} == {ugjort, ukontrollert, ute}
    assert ledger.bevis.head().antall == len(resten)
    ledger.utlagte.remove("utboks/889640782/liste.csv")
    assert [ett.slettesak_id for ett in finish(ledger, apne)] == [ute]


def test_keys_not_destroyed_is_not_complete(ledger: Any, apne: Any) -> None:
    ider = [sak_id for _, sak_id in apne]
    ledger.slettinger.mark_all_done("bucket", dict.fromkeys(ider, 1))
    ledger.slettinger.mark_all_checked("bucket", ider)
    assert finish(ledger, apne) == ()
    assert ledger.deltakelser.get(apne[0][0])


class BrytesVed:
    """A signing key that is gone after some signatures."""

    def __init__(self, antall: int) -> None:
        self._igjen = antall

    def sign(self, innhold: bytes) -> bytes:
        self._igjen -= 1
        if self._igjen < 0:
            raise RuntimeError("the signing key is not there")
        return NOKKEL.sign(innhold)


def test_broken_off_in_the_middle_of_the_chunk_nobody_is_half_erased(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        saker = begin(ledger, store)
        empty(ledger, saker)
        with pytest.raises(RuntimeError):
            finish(ledger, saker, BrytesVed(3))
    with sted.open() as ledger:  # another process, the next day
        assert ledger.bevis.head().antall == 0
        assert len(ledger.slettinger.unfinished()) == ANTALL
        for ref, _ in saker:
            assert ledger.deltakelser.get(ref)
            with pytest.raises(NokkelSlettet):
                ledger.deltakelser.read(ref)
        empty(ledger, saker, 0)  # the next run finds nothing more in the bucket
        bevis = finish(ledger, saker)
        assert [ett.values()["lagre"]["bucket"] for ett in bevis] == [2] * ANTALL  # what the first one removed counts
        assert [ett.values()["lagre"]["nokkellager"] for ett in bevis] == [1] * ANTALL
        assert ledger.bevis.verify([NOKKEL.public_key()], [ledger.bevis.head()]).ok


def test_broken_off_between_the_keys_and_their_checklist(
    ledger: Any, apne: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ider = [sak_id for _, sak_id in apne]

    def crash(*_valg: object) -> int:
        raise RuntimeError("killed")

    ekte = ledger.nokler.destroy
    with monkeypatch.context() as lapp:
        # The keys are destroyed and committed; the process dies before the ledger knows.
        lapp.setattr(ledger.nokler, "destroy", lambda nokler: (ekte(nokler), crash()))
        with pytest.raises(RuntimeError):
            ledger.slettinger.destroy_keys(ider)
    assert not any(sak.lagre["nokkellager"].gjort for sak in ledger.slettinger.unfinished())
    empty(ledger, apne)
    assert len(finish(ledger, apne)) == ANTALL


def test_two_workers_at_once_write_each_entry_once(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        saker = begin(ledger, store)
        empty(ledger, saker)
    svar: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        with sted.open() as ledger:
            start.wait()
            svar.append(len(finish(ledger, saker)))

    trader = [threading.Thread(target=work) for _ in range(2)]
    for trad in trader:
        trad.start()
    for trad in trader:
        trad.join()
    assert sorted(svar) == [0, ANTALL]
    with sted.open() as ledger:
        assert ledger.bevis.head().antall == ANTALL
        assert ledger.bevis.verify([NOKKEL.public_key()], [ledger.bevis.head()]).ok
        assert ledger.slettinger.unfinished() == ()


def test_a_case_that_does_not_exist_or_is_not_done_marks_none(ledger: Any, apne: Any) -> None:
    ider = [sak_id for _, sak_id in apne]
    with pytest.raises(IkkeFunnet):
        ledger.slettinger.mark_all_done("bucket", {ider[0]: 1, "finnes-ikke": 1})
    ledger.slettinger.mark_all_done("bucket", {ider[0]: 1})
    with pytest.raises(UlovligOvergang):
        ledger.slettinger.mark_all_checked("bucket", ider[:2])
    with pytest.raises(IkkeFunnet):
        ledger.slettinger.destroy_keys([*ider, "finnes-ikke"])
    saker = ledger.slettinger.get_all(ider)
    assert [sak.tilstand for sak in saker] == [Slettesakstilstand.APEN] * ANTALL
    assert [sak.lagre["bucket"].gjort for sak in saker] == [sak.slettesak_id == ider[0] for sak in saker]
    assert not any(sak.lagre["bucket"].kontrollert for sak in saker)


def test_a_chunk_that_cannot_be_opened_whole_is_not_opened(ledger: Any, store: Any) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    nye = [Nysak(ref, "AFT", None), Nysak("finnes-ikke", "AFT", None)]
    with pytest.raises(IkkeFunnet):
        ledger.slettinger.open_all(nye, ["bucket"], dato=I_DAG)
    assert ledger.slettinger.unfinished() == ()
    assert [rad.ref for rad in ledger.slettinger.due(I_DAG)] == [ref]
    (sak,) = ledger.slettinger.open_all(nye[:1], ["bucket"], dato=I_DAG)
    assert ledger.slettinger.open_all(nye[:1], ["bucket"], dato=I_DAG) == (sak,)


def test_one_that_a_hold_has_come_upon_is_passed_over_and_stays_due(ledger: Any, store: Any) -> None:
    refs = [store(ledger, f"-{nr}", deltakelse=SLUTT) for nr in range(3)]
    valgt = [rad.ref for rad in ledger.slettinger.due(I_DAG)]
    ledger.tilbakehold.begin(refs[1], av="Kari", grunn="klage", fra=I_DAG, til=I_DAG)
    saker = ledger.slettinger.open_all([Nysak(ref, "AFT", None) for ref in valgt], ["bucket"], dato=I_DAG)
    assert {sak.ref for sak in saker} == {refs[0], refs[2]}
    assert ledger.deltakelser.read(refs[1])
    assert [rad.ref for rad in ledger.slettinger.due(I_DAG + timedelta(days=1))] == [refs[1]]
