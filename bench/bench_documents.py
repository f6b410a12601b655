"""How long a document takes: ours beside lxml's, json's and Typst's own floor and WeasyPrint + jsonschema, in one run.

    .venv/bin/python bench/bench_documents.py [--antall 30] [--samlet 500] [--runder 5]

Every measurement is a process of its own, so that its peak memory is its own; the ways take turns, round after round,
so that what else the machine does falls on all alike. One thread (RAYON_NUM_THREADS=1): the figures are for one core.
Reading fonts and schemas is done before the clock starts. Processor time is told as the least and the median of the
rounds; the ratios are of the least.

It ends with a failure when a way leaves out a word of a document.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dokumentmater import MATER, SAMLET, documents, text_of, typst_floor, words

VART = "alt, vårt"
MAL = 200
_RESULTAT = "MÅLT "
_KIB = 1024
_LEST = 3
_VARME = 5

Resultat = dict[str, Any]


# --- what runs in a process of its own ----


def _measure(mate: str, antall: int, fro: int) -> Resultat:
    dokumenter = documents(antall, fro)
    if mate == SAMLET:
        typst_floor(documents(1, -1))
        fra = time.process_time()
        filer = [[typst_floor(dokumenter)]]
        cpu = time.process_time() - fra
        lest = [set().union(*map(words, dokumenter))] if antall <= _LEST else []
    else:
        for innhold in documents(_VARME, -1):
            MATER[mate](innhold)()
        arbeid = [MATER[mate](innhold) for innhold in dokumenter]
        fra = time.process_time()
        filer = [lag() for lag in arbeid]
        cpu = time.process_time() - fra
        lest = list(map(words, dokumenter[:_LEST]))
    minne = _peak_kib() // _KIB
    borte = sum(_missing(ord_, fil) for ord_, deler in zip(lest, filer, strict=False) for fil in deler)
    return {
        "cpu": cpu / antall,
        "minneMB": minne,
        "filer": len(filer[0]),
        "ord": sum(map(len, lest)),
        "borte": borte,
    }


def _missing(ord_: set[str], fil: bytes) -> int:
    tekst = text_of(fil)
    return sum(ett not in tekst for ett in ord_)


def _peak_kib() -> int:
    """The most this process has held. Not ru_maxrss, which begins at what the parent had when it started us."""
    linjer = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(linje.split()[1]) for linje in linjer if linje.startswith("VmHWM:"))


# --- what drives it ----


def _in_own_process(mate: str, antall: int, fro: int) -> Resultat:
    valg = ["--mate", mate, "--antall", str(antall), "--fro", str(fro)]
    miljo = {**os.environ, "RAYON_NUM_THREADS": "1"}
    kjort = subprocess.run([sys.executable, __file__, *valg], env=miljo, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  this file again
    linjer = [linje for linje in kjort.stdout.splitlines() if linje.startswith(_RESULTAT)]
    if kjort.returncode or not linjer:
        raise SystemExit(f"{mate} ended with {kjort.returncode}; its error stands above")
    resultat: Resultat = json.loads(linjer[-1].removeprefix(_RESULTAT))
    if resultat["borte"]:
        raise SystemExit(f"{mate} leaves out {resultat['borte']} words of the documents")
    return resultat


def _rounds(valg: argparse.Namespace) -> list[Resultat]:
    malt: dict[str, list[Resultat]] = {mate: [] for mate in (*MATER, SAMLET)}
    for runde in range(valg.runder):
        for mate, sa_langt in malt.items():
            antall = valg.samlet if mate == SAMLET else valg.antall
            sa_langt.append(_in_own_process(mate, antall, runde))
    return [
        {**runder[0], "mate": mate, "cpu": min(r["cpu"] for r in runder),
         "median": statistics.median(r["cpu"] for r in runder), "minneMB": max(r["minneMB"] for r in runder)}
        for mate, runder in malt.items()
    ]  # fmt: skip


def _bench(valg: argparse.Namespace) -> None:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} kjerner, last {os.getloadavg()[0]:.1f}; "
          f"{valg.antall} dokumenter ({valg.samlet} i én fil), {valg.runder} runder, én tråd\n")  # fmt: skip
    resultater = _rounds(valg)
    vart = next(r["cpu"] for r in resultater if r["mate"] == VART)
    print("| måte | ms cpu, minst | median | dokumenter/s en kjerne | topp MB | av vårt hele |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for r in resultater:
        print(f"| {r['mate']} | {r['cpu'] * 1e3:.2f} | {r['median'] * 1e3:.2f} | {1 / r['cpu']:,.0f} | "
              f"{r['minneMB']} | {r['cpu'] / vart:.3f} |")  # fmt: skip
    print(f"\nHele dokumenter: {1 / vart:.0f} i sekundet på en kjerne (mål {MAL}); last {os.getloadavg()[0]:.1f}")
    valg.katalog.mkdir(parents=True, exist_ok=True)
    (valg.katalog / "resultat.json").write_text(json.dumps(resultater, ensure_ascii=False, indent=1), encoding="utf-8")


def main() -> None:
    """Run the whole bench, or the one thing that a child process is for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--antall", type=int, default=30, help="documents a measurement")
    parser.add_argument("--samlet", type=int, default=500, help="documents in the one large file")
    parser.add_argument("--runder", type=int, default=5)
    parser.add_argument("--katalog", type=Path, default=Path("var/bench-documents"))
    for barnets in ("--mate", "--fro"):
        parser.add_argument(barnets, help=argparse.SUPPRESS)
    valg = parser.parse_args()
    if valg.mate:
        print(_RESULTAT + json.dumps(_measure(valg.mate, valg.antall, int(valg.fro))), flush=True)
    else:
        _bench(valg)


if __name__ == "__main__":
    main()
