"""Several processes that work on the same ledger at the same time. Started by the tests, never imported.

What is needed is imported once and then forked; each process opens the ledger for itself.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.statistikk import Telling
from tiltaksflyt.ledger import (
    Filnokkelvern,
    Forsendelsestilstand,
    Ledger,
    Leveransetilstand,
    Statistikkbidrag,
    Statuskode,
    Utfall,
    load_signing_key,
    open_key_store,
    open_ledger,
)
from tiltaksflyt.ledger.bevis import append

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def main() -> int:
    antall, *resten = sys.argv[1:]
    barn = []
    for nr in range(int(antall)):
        pid = os.fork()
        if pid == 0:
            _work(nr, *resten)
            sys.stdout.flush()
            os._exit(0)
        barn.append(pid)
    return sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0 for pid in barn)


def _work(nr: int, oppgave: str, ledger_url: str, nokler_url: str, kek: str, startskudd: str, *mer: str) -> None:
    vern = Filnokkelvern(Path(kek))
    if oppgave == "opprett":
        _wait(Path(startskudd))
        open_ledger(ledger_url, open_key_store(nokler_url, vern, create=True), create=True).close()
        return
    with open_ledger(ledger_url, open_key_store(nokler_url, vern)) as ledger:
        _wait(Path(startskudd))
        oppgaver = {
            "lever": _deliver,
            "bevis": _append,
            "oppdag": _discover,
            "oppslag": _lookup,
            "slett": _begin_erasures,
        }
        oppgaver[oppgave](ledger, *mer, str(nr))


def _wait(startskudd: Path) -> None:
    os.write(1, b"klar\n")
    while not startskudd.exists():
        time.sleep(0.005)


def _deliver(ledger: Ledger, mottak: str, _nr: str) -> None:
    """Gather and send until nothing is left. The receiver is a folder: one line a package in one file a document."""
    while True:
        klare = ledger.dokumenter.forsendelser(tilstand=Forsendelsestilstand.KLAR)[:3]
        for mottaker in {f.mottaker for f in klare}:
            ledger.leveranser.create(mottaker, "test", "nå", [f.melding_id for f in klare], now=NA)
        forfalt = ledger.leveranser.due(NA)
        if not klare and not forfalt:
            return
        for leveranse in forfalt:
            leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA + timedelta(minutes=5))
            if leie is None:
                continue
            for forsendelse in ledger.dokumenter.forsendelser(leveranse_id=leie.id):
                handtak = os.open(Path(mottak) / forsendelse.melding_id, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
                os.write(handtak, f"{leie.id} {os.getpid()}\n".encode())
                os.close(handtak)
            time.sleep(0.002)  # long enough for the others to come in between
            ledger.leveranser.record(
                leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=NA.date())
            )


def _append(ledger: Ledger, nokkelfil: str, antall: str, nr: str) -> None:
    nokkel = load_signing_key(Path(nokkelfil))
    for i in range(int(antall)):
        with ledger.database.write() as conn:
            append(conn, {"art": "SLETTING", "fra": f"{nr}-{i}"}, slettesak_id=f"{nr}-{i}", nokkel=nokkel, now=NA)


def _discover(ledger: Ledger, utfil: str, nr: str) -> None:
    """Find the same drops as everybody else, and answer each that the claim gives."""
    tatt = []
    for i in range(20):
        funn = ledger.innsendinger.discover("889640782", f"{i:064x}", 10, etag=f"etag-{i}", last_modified=NA, now=NA)
        if ledger.innsendinger.claim(funn.innsending_id, now=NA, until=NA + timedelta(minutes=5)):
            tatt.append(funn.innsending_id)
    Path(f"{utfil}.{nr}").write_text("\n".join(tatt))


def _lookup(ledger: Ledger, utfil: str, nr: str) -> None:
    Path(f"{utfil}.{nr}").write_text(ledger.nokler.lookup("889640782", "deltakelse", "SAMME"))


def _begin_erasures(ledger: Ledger, refs: str, _nr: str) -> None:
    """Begin the same erasures as everybody else, each with what it adds to the statistics."""
    bidrag = Statistikkbidrag("03", "ARBEIDSFORBEREDENDE_TRENING", 2026, 1, {Telling.AVSLUTTET: 1})
    for ref in refs.split(","):
        ledger.slettinger.open(ref, [], dato=NA.date(), regelverk="AFT", bidrag=bidrag)


if __name__ == "__main__":
    sys.exit(main())
