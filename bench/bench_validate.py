"""How long validation takes: our masks beside Great Expectations, pandera and plain pandas, in one run.

    .venv/bin/python bench/bench_validate.py [--storrelser 100,1000,…] [--ganger 3] [--budsjett 120] [--strom 100000]

A size is a number of deltakelser, with the rows of all tables (about 34 each), from the generator and with known
faults in them; above a national month the month is repeated under fresh ids. Every measurement is a process of its
own, so that its peak memory is its own, imports included; only the asking is timed, never reading or importing.
A way that has not answered within the budget is stopped, and is not asked at larger sizes.

It ends with a failure when the ways do not find the same number of breaches of the rules they share.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from alternativer import AVSENDERE_PER_BUNT, MATER, SAMMENLIGNBARE, felles_regler, regler_i_alt
from eksportrader import (
    AVSENDERE,
    DAG,
    DELTAKERE,
    DELTAKERE_PER_AVSENDER,
    FRO,
    Eksport,
    read_eksporter,
    stream,
    write_month,
)

from expectations import Innsendt, evaluate_chunk
from tiltaksflyt.intake import read_drop
from tiltaksflyt.pipeline.validering import default_sender
from tiltaksflyt.pipeline.vurdering import Lest, assess_chunk
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import generate
from tiltaksflyt.syntetisk.skriving import write_drop

VAR = "alle regler, våre masker"
MAL_SEKUNDER = 15.0
_MELLOM = 10_000
_RESULTAT = "MÅLT "
_KIB = 1024

Resultat = dict[str, Any]


# --- what runs in a process of its own ----


def _in_chunks(eksporter: Iterable[Any]) -> Iterator[list[Any]]:
    rekke = iter(eksporter)
    while bunt := list(islice(rekke, AVSENDERE_PER_BUNT)):
        yield bunt


def _ask(mate: str, katalog: Path, deltakelser: int, budsjett: float) -> Resultat:
    """Ask in one way about so many deltakelser, chunk by chunk; stops when the budget is used."""
    sporring = MATER[mate]
    sporring(next(_in_chunks(read_eksporter(katalog, 1))))  # imports and rule files are read before the clock starts
    brudd: Counter[str] = Counter()
    tid = cpu = 0.0
    antall = rader = 0
    for bunt in _in_chunks(read_eksporter(katalog, deltakelser)):
        fra, fra_cpu = time.perf_counter(), time.process_time()
        # The obvious way goes file by file, so it can be stopped between files.
        for del_ in [[eksport] for eksport in bunt] if "per fil" in mate else [bunt]:
            brudd.update(sporring(del_))
            antall, rader = antall + _sum(del_, "deltakelser"), rader + _sum(del_, "rader")
            if time.perf_counter() - fra + tid > budsjett:
                break
        tid, cpu = tid + time.perf_counter() - fra, cpu + time.process_time() - fra_cpu
        if tid > budsjett:
            break
    return {"sekunder": tid, "cpu": cpu, "deltakelser": antall, "rader": rader, "ferdig": antall >= deltakelser,
            "brudd": dict(sorted(brudd.items()))}  # fmt: skip


def _sum(eksporter: Sequence[Eksport], hva: str) -> int:
    return sum(getattr(eksport, hva) for eksport in eksporter)


def _month_from_files(katalog: Path, _deltakelser: int) -> Resultat:
    """Every rule over a national month of JSON files: reading through the door, and asking, each by itself."""
    les = sporr = alt = 0.0
    antall = 0
    for filer in _in_chunks(sorted(katalog.glob("*.json"))):
        fra = time.process_time()
        leste = [_read(fil) for fil in filer]
        les += time.process_time() - fra
        fra = time.process_time()
        evaluate_chunk([_handed_over(lest) for lest in leste], asof=DAG, mottakere={})
        sporr += time.process_time() - fra
        fra = time.process_time()
        vurderinger, _ = assess_chunk(leste, asof=DAG, mottakere={})
        alt += time.process_time() - fra
        antall += sum(vurdering.antall["deltakelser"] for vurdering in vurderinger)
    return {"les": les, "sporr": sporr, "medPoster": alt, "deltakelser": antall}


def _handed_over(lest: Lest) -> Innsendt:
    lesing = lest.lesing
    return Innsendt(lesing.tabeller, lesing.problemer, lesing.hode, lest.avsender)


def _read(fil: Path) -> Lest:
    avsender = default_sender(fil.stem, "TEST")
    mottatt = datetime.combine(DAG, datetime.max.time(), tzinfo=UTC)
    return Lest(
        read_drop(fil.read_bytes(), filnavn=fil.name, avsender=avsender, mottatt=mottatt, modus="TEST"), avsender
    )


def _stream(_katalog: Path, deltakere: int) -> Resultat:
    """Every rule over drops straight from the generator; the peak at each tenth says whether memory is bounded."""
    topper: list[int] = []
    antall = 0
    fra = time.process_time()
    for bunt in _in_chunks(stream(deltakere)):
        evaluate_chunk([eksport.innsendt() for eksport in bunt], asof=DAG, mottakere={})
        antall += _sum(bunt, "deltakelser")
        if antall * 10 >= deltakere * (len(topper) + 1):
            topper.append(_peak_kib() // _KIB)
    return {"deltakelser": antall, "cpu": time.process_time() - fra, "topperMB": topper}


def _make_month(katalog: Path, deltakere: int) -> Resultat:
    write_month(katalog, deltakere)
    return {}


def _make_files(katalog: Path, deltakere: int) -> Resultat:
    katalog.mkdir(parents=True, exist_ok=True)
    avsendere = max(1, round(deltakere / DELTAKERE_PER_AVSENDER))
    for innsending in generate(FRO, deltakere, DAG, arrangorer=avsendere):
        write_drop(innsending, Format.JSON, katalog / f"{innsending.arrangor.orgnr}.json")
    return {}


def _peak_kib() -> int:
    """The most this process has held. Not ru_maxrss, which begins at what the parent had when it started us."""
    linjer = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(linje.split()[1]) for linje in linjer if linje.startswith("VmHWM:"))


ARBEID = {"måned": _make_month, "filer": _make_files, "fra filer": _month_from_files, "strøm": _stream}


# --- what drives it ----


def _in_own_process(*args: str) -> Resultat:
    miljo = {**os.environ, "GX_ANALYTICS_ENABLED": "false", "DISABLE_PANDERA_IMPORT_WARNING": "True"}
    kjort = subprocess.run([sys.executable, __file__, *args], env=miljo, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  this file again
    linjer = [linje for linje in kjort.stdout.splitlines() if linje.startswith(_RESULTAT)]
    if kjort.returncode or not linjer:
        raise SystemExit(f"{' '.join(args)} ended with {kjort.returncode}; its error stands above")
    resultat: Resultat = json.loads(linjer[-1].removeprefix(_RESULTAT))
    return resultat


class Malebenk:
    """Asks in every way at every size and remembers what each took."""

    def __init__(self, katalog: Path, budsjett: float, ganger: int) -> None:
        self.katalog = katalog
        self.resultater: list[Resultat] = []
        self._budsjett = budsjett
        self._ganger = ganger
        self._stanset: set[str] = set()

    def measure(self, storrelse: int, mater: Iterable[str]) -> None:
        """One size, in each way that has not been stopped at a smaller one."""
        print(f"\n**{storrelse} deltakelser** (last {os.getloadavg()[0]:.1f})\n")
        print("| måte | sekunder | cpu | topp MB | rader/s | ganger våre masker |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        vare: float | None = None
        for mate in mater:
            if mate in self._stanset:
                print(f"| {mate} | stanset ved en mindre størrelse | | | | |", flush=True)
                continue
            resultat = self._median(mate, storrelse)
            self.resultater.append(resultat)
            vare = resultat["cpu"] if mate == VAR else vare
            print(_line(resultat, vare), flush=True)
            if not resultat["ferdig"]:
                self._stanset.add(mate)
        self._hold_together(storrelse)

    def _median(self, mate: str, storrelse: int) -> Resultat:
        ganger = self._ganger if storrelse <= _MELLOM else 1
        malt: list[Resultat] = []
        while len(malt) < ganger and (not malt or malt[-1]["ferdig"]):
            malt.append(
                _in_own_process("--mate", mate, "--antall", str(storrelse), "--budsjett", str(self._budsjett),
                                "--katalog", str(self.katalog))
            )  # fmt: skip
        midtre = {hva: statistics.median(m[hva] for m in malt) for hva in ("sekunder", "cpu", "minneMB")}
        return {**malt[-1], **midtre, "mate": mate, "storrelse": storrelse, "ganger": len(malt)}

    def _hold_together(self, storrelse: int) -> None:
        ferdige = [r for r in self.resultater if r["storrelse"] == storrelse and r["ferdig"]]
        brudd = {r["mate"]: r["brudd"] for r in ferdige if r["mate"] in SAMMENLIGNBARE}
        if len({json.dumps({regel: n for regel, n in b.items() if n}) for b in brudd.values()}) > 1:
            raise SystemExit(f"the ways do not find the same at {storrelse}: {json.dumps(brudd, indent=1)}")


def _line(resultat: Resultat, vare: float | None) -> str:
    sekunder, cpu = resultat["sekunder"], resultat["cpu"]
    if not resultat["ferdig"]:
        gjort = f"stanset: {resultat['deltakelser']} av {resultat['storrelse']} på {sekunder:.0f} s"
        return f"| {resultat['mate']} | {gjort} | {cpu:.1f} | {resultat['minneMB']:.0f} | | |"
    ganger = f"{cpu / vare:.2f}" if vare else ""
    fart = resultat["rader"] / max(sekunder, 1e-6)
    return f"| {resultat['mate']} | {sekunder:.2f} | {cpu:.2f} | {resultat['minneMB']:.0f} | {fart:,.0f} | {ganger} |"


def _bench(valg: argparse.Namespace) -> None:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} kjerner, last {os.getloadavg()[0]:.1f}; "
          f"{regler_i_alt()} regler i alt, felles: {', '.join(felles_regler())}; budsjett {valg.budsjett:.0f} s, "
          f"median av {valg.ganger} (over {_MELLOM}: én gang), {AVSENDERE_PER_BUNT} filer per bunt")  # fmt: skip
    maneden = valg.katalog / "maneden"
    for gammel in (*maneden.glob("*.pickle"), *(valg.katalog / "filer").glob("*.json")):
        gammel.unlink()
    _in_own_process("--arbeid", "måned", "--antall", str(valg.deltakere), "--katalog", str(maneden))
    benk = Malebenk(maneden, valg.budsjett, valg.ganger)
    for storrelse in valg.storrelser:
        benk.measure(storrelse, MATER)
    alt: Resultat = {"malt": benk.resultater}
    if not valg.bare_storrelser:
        alt["maneden"] = _measure_month(valg)
        alt["strom"] = _measure_stream(valg)
    (valg.katalog / "resultat.json").write_text(json.dumps(alt, ensure_ascii=False, indent=1), encoding="utf-8")


def _measure_month(valg: argparse.Namespace) -> Resultat:
    filer = valg.katalog / "filer"
    _in_own_process("--arbeid", "filer", "--antall", str(valg.deltakere), "--katalog", str(filer))
    malt = _in_own_process("--arbeid", "fra filer", "--antall", str(valg.deltakere), "--katalog", str(filer))
    print(f"\nEn måned, {malt['deltakelser']} deltakelser i {len(list(filer.glob('*')))} JSON-filer, alle regler, "
          f"én kjerne: {malt['sporr']:.1f} s cpu (mål {MAL_SEKUNDER:.0f}); {malt['medPoster']:.1f} s med det godtatte "
          f"satt sammen; lesing av filene {malt['les']:.1f} s; topp {malt['minneMB']} MB")  # fmt: skip
    return malt


def _measure_stream(valg: argparse.Namespace) -> Resultat:
    malt = _in_own_process("--arbeid", "strøm", "--antall", str(valg.strom), "--katalog", str(valg.katalog))
    print(f"{malt['deltakelser']} deltakelser rett fra generatoren i bunter: {malt['cpu']:.0f} s cpu med genereringen; "
          f"topp MB ved hver tidel {malt['topperMB']}")  # fmt: skip
    return malt


def _sizes(tekst: str) -> list[int]:
    return [int(del_) for del_ in tekst.split(",")]


def main() -> None:
    """Run the whole bench, or the one thing that a child process is for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--storrelser", type=_sizes, default=_sizes("100,1000,10000,100000,1000000"))
    parser.add_argument("--ganger", type=int, default=3, help="measurements of each size up to 10 000")
    parser.add_argument("--budsjett", type=float, default=120.0, help="seconds before a way is stopped at a size")
    parser.add_argument("--deltakere", type=int, default=DELTAKERE, help=f"in the month ({AVSENDERE} senders)")
    parser.add_argument("--strom", type=int, default=1_000_000, help="deltakere straight from the generator")
    parser.add_argument("--bare-storrelser", action="store_true", help="neither the month from files nor the stream")
    parser.add_argument("--katalog", type=Path, default=Path("var/bench-validate"))
    for barnets in ("--mate", "--arbeid"):
        parser.add_argument(barnets, help=argparse.SUPPRESS)
    parser.add_argument("--antall", type=int, help=argparse.SUPPRESS)
    valg = parser.parse_args()
    if valg.mate or valg.arbeid:
        if valg.mate:
            resultat = _ask(valg.mate, valg.katalog, valg.antall, valg.budsjett)
        else:
            resultat = ARBEID[valg.arbeid](valg.katalog, valg.antall)
        print(_RESULTAT + json.dumps({**resultat, "minneMB": _peak_kib() // _KIB}), flush=True)
    else:
        _bench(valg)


if __name__ == "__main__":
    main()
