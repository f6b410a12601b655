"""How long erasure with evidence takes: the ledger and the key store, in chunks and case by case, on both databases.

    .venv/bin/python bench/bench_erase.py [--antall 10000] [--hver-for-seg 500]

Each deltakelse has a data key, a sealed record, a document, a sending, an obligation and an event. Measured are opening
the cases (as `choose` does), and finishing them: ticking three stores, destroying the keys, removing the
rows, signing the evidence, and rewriting the files. What the bucket takes to let go of objects is not in it. Case by
case is what the step did before; it is asked of fewer, and told per case.

It ends with a failure when a case is not finished or the chain is not whole.
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.lokalt.postgres import start_postgres
from tiltaksflyt.ledger import Filnokkelvern, Forpliktelsesrad, Ledger, NyForsendelse, open_key_store, open_ledger
from tiltaksflyt.ledger.slettinger import Nysak

AVSENDER = "889640782"
NA = datetime(2026, 6, 24, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 6, 24)
SLUTT = date(2026, 3, 31)
LAGRE = ("mottatt", "pakker", "utboks")
NOKKEL = Ed25519PrivateKey.generate()
_BOLK = 500

Resultat = dict[str, Any]


@contextmanager
def databases(slag: str, katalog: Path) -> Iterator[tuple[str, str]]:
    """Addresses of an empty ledger and key store."""
    if slag == "sqlite":
        yield f"sqlite:///{katalog / 'ledger.db'}", f"sqlite:///{katalog / 'nokler.db'}"
        return
    # Not under our own folder: it is closed to the user that runs the server.
    server_katalog = Path(tempfile.mkdtemp(prefix="tiltaksflyt-pg-"))
    try:
        with start_postgres(server_katalog) as server:
            yield server.create_database("ledger"), server.create_database("nokler")
    finally:
        shutil.rmtree(server_katalog)


def fill(ledger: Ledger, fra: int, antall: int) -> list[str]:
    """So many ended deltakelser, with what a deltakelse has; their refs."""
    refs = []
    with ledger.database.write():
        for nr in range(fra, fra + antall):
            person = {"personident": f"158190{nr:05d}", "fornavn": "Prøve", "etternavn": "Person"}
            lop = {"tiltakskode": "ARBEIDSFORBEREDENDE_TRENING", "status": "HAR_SLUTTET", "startDato": "2026-01-05"}
            post = {
                "deltaker": {"deltakerId": f"P{nr}", **person},
                "deltakelse": {"deltakelseId": f"D{nr}", "deltakerId": f"P{nr}", **lop, "sluttDato": SLUTT.isoformat()},
            }
            ref = ledger.deltakelser.store(
                AVSENDER, post, kildesystem="Fagsystem", accepted_on=SLUTT,
                siste_dag=lambda rad: (rad.slutt_dato or rad.sist_i_drop) + timedelta(days=84),
            )  # fmt: skip
            plass = ledger.dokumenter.reserve(ref, "SLUTTRAPPORT", 1)
            ledger.dokumenter.add(
                plass, {"meldingId": plass.melding_id, "tekst": "x" * 2000}, grunnlag={"nr": nr},
                forsendelser=[NyForsendelse("0315")], klar_dato=SLUTT, bygget=NA,
            )  # fmt: skip
            ledger.forpliktelser.replace_all(ref, [Forpliktelsesrad(ref, "SLUTTRAPPORT", 1, SLUTT, "LEVERT_I_TIDE")])
            ledger.hendelser.append("BYGGET", {"nr": nr}, tid=NA, dato=SLUTT, ref=ref)
            refs.append(ref)
    return refs


def _open(ledger: Ledger, refs: list[str]) -> list[str]:
    nye = [Nysak(ref, "AFT", None) for ref in refs]
    return [sak.slettesak_id for sak in ledger.slettinger.open_all(nye, LAGRE, dato=I_DAG)]


def in_chunks(ledger: Ledger, saker: list[str]) -> int:
    """As the step does."""
    ferdige = 0
    for start in range(0, len(saker), _BOLK):
        bolk = saker[start : start + _BOLK]
        for lager in LAGRE:
            ledger.slettinger.mark_all_done(lager, dict.fromkeys(bolk, 1))
            ledger.slettinger.mark_all_checked(lager, bolk)
        ledger.slettinger.destroy_keys(bolk)
        ferdige += len(ledger.slettinger.finish_all(bolk, nokkel=NOKKEL, kategorier=["NAVN"], now=NA))
    return ferdige


def one_by_one(ledger: Ledger, saker: list[str]) -> int:
    """As the step did."""
    ferdige = 0
    for sak in saker:
        for lager in LAGRE:
            ledger.slettinger.mark_done(sak, lager, 1)
            ledger.slettinger.mark_checked(sak, lager)
        ferdige += ledger.slettinger.finish(sak, nokkel=NOKKEL, kategorier=["NAVN"], now=NA) is not None
    return ferdige


def _timed(arbeid: Callable[[], Any]) -> tuple[Any, float, float]:
    fra, cpu = time.perf_counter(), time.process_time()
    svar = arbeid()
    return svar, time.perf_counter() - fra, time.process_time() - cpu


def measure(slag: str, mate: str, antall: int) -> Resultat:
    """One way on one database, on a ledger of its own."""
    katalog = Path(tempfile.mkdtemp(prefix="tiltaksflyt-sletting-"))
    try:
        with databases(slag, katalog) as (ledger_url, nokler_url):
            lager = open_key_store(nokler_url, Filnokkelvern(katalog / "kek"), create=True)
            with open_ledger(ledger_url, lager, create=True, er_test=True) as ledger:
                refs = fill(ledger, 0, antall)
                saker, apnet, _ = _timed(lambda: _open(ledger, refs))
                slett = in_chunks if mate == "i bolker" else one_by_one
                ferdige, s, cpu = _timed(lambda: slett(ledger, saker))
                _, ryddet, _ = _timed(ledger.forget_free_space)
                hel = ledger.bevis.verify([NOKKEL.public_key()], [ledger.bevis.head()]).ok
                if ferdige != antall or not hel or ledger.bevis.head().antall != antall:
                    raise SystemExit(f"{slag}, {mate}: {ferdige} of {antall} finished, chain whole: {hel}")
    finally:
        shutil.rmtree(katalog, ignore_errors=True)
    return {"database": slag, "mate": mate, "antall": antall, "apnet": apnet, "s": s, "cpu": cpu, "ryddet": ryddet}


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--antall", type=int, default=10_000)
    parser.add_argument("--hver-for-seg", type=int, default=500, help="how many are erased case by case")
    parser.add_argument("--databaser", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--katalog", type=Path, default=Path("var/bench-erase"))
    valg = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} kjerner, last {os.getloadavg()[0]:.1f}\n")
    print("| database | måte | deltakelser | åpne s | slett s | slett cpu | rydd s | ms per sak |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    resultater = []
    for slag in valg.databaser:
        for mate, antall in (("i bolker", valg.antall), ("hver for seg", valg.hver_for_seg)):
            r = measure(slag, mate, antall)
            resultater.append(r)
            print(f"| {slag} | {mate} | {antall} | {r['apnet']:.1f} | {r['s']:.1f} | {r['cpu']:.1f} | "
                  f"{r['ryddet']:.1f} | {r['s'] / antall * 1e3:.2f} |", flush=True)  # fmt: skip
    valg.katalog.mkdir(parents=True, exist_ok=True)
    (valg.katalog / "resultat.json").write_text(json.dumps(resultater, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
