"""How fast the sweep goes: ours beside `grep`, ripgrep and reading the bytes, on the same files, in one run.

    .venv/bin/python bench/bench_sweep.py [--megabyte 10000] [--kanarier 20] [--runder 3]

The stores are made once: sealed bytes as a volume file and databases have them, logs as Airflow writes them, and packed
logs; one canary in each. Every measurement is a process of its own, so that its peak memory is its own; the ways take
turns, so that what else the machine does falls on all alike. The least of the rounds counts.

`grep` looks for the same patterns in the bytes as they lie and unpacks nothing; ripgrep -z unpacks files named .gz. It
ends with a failure when ours misses one of those that were planted, or takes more memory than it may.
"""

import argparse
import gzip
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from tiltaksflyt.retention.funn import Treff
from tiltaksflyt.retention.sveip import Sveip, make_naler

MAKS_MB = 200
_RESULTAT = "MÅLT "
_KIB = 1024
_MB = 1_000_000
_BIT = 8 * _MB
_VINDU = 1024 * 1024

Resultat = dict[str, Any]


def identities(antall: int) -> list[str]:
    """Synthetic numbers, month + 80."""
    return [f"158190{nummer:05d}" for nummer in range(antall)]


# --- the stores ----


def _sealed(trekk: random.Random, antall: int) -> bytes:
    return trekk.randbytes(antall)


def _log(trekk: random.Random, antall: int) -> bytes:
    linjer, lengde = [], 0
    while lengde < antall:
        sak = uuid.UUID(int=trekk.getrandbits(128))
        linje = json.dumps(
            {
                "timestamp": f"2026-11-22T00:15:{trekk.randrange(60):02d}.{trekk.randrange(10**6):06d}Z",
                "level": "info",
                "event": f"slett: sak {sak} ferdig",
                "logger": "tiltaksflyt.pipeline.sletting",
                "task": "sletting/slett",
                "n": trekk.randrange(1000),
            }
        )
        linjer.append(linje.encode())
        lengde += len(linje) + 1
    return b"\n".join(linjer)


def make_stores(katalog: Path, megabyte: int) -> int:
    """Three stores of together that many megabytes on disk, with a canary in each; answers how many were planted."""
    kanari = identities(1)[0].encode()
    trekk = random.Random(4)  # noqa: S311  test data
    for navn, make, andel in (("forseglet", _sealed, 0.6), ("logg", _log, 0.3), ("pakket", _log, 0.1)):
        (katalog / navn).mkdir(parents=True)
        # One piece is made and written again and again: what is measured is the looking.
        bit = make(trekk, min(_BIT, max(int(megabyte * andel * _MB), 1)))
        if navn == "pakket":
            bit = gzip.compress(bit, 6)
        with (katalog / navn / ("fil.gz" if navn == "pakket" else "fil.dat")).open("wb") as fil:
            for _ in range(max(1, round(megabyte * andel * _MB / len(bit)))):
                fil.write(bit)
            hale = b"\ndeltaker " + kanari + b"\n"
            fil.write(gzip.compress(hale) if navn == "pakket" else hale)
    return 3


# --- what runs in a process of its own ----


def _read(katalog: Path, _antall: int) -> Resultat:
    for fil in sorted(katalog.rglob("*.*")):
        with fil.open("rb", buffering=0) as strom:
            while strom.read(_VINDU):
                pass
    return {"funnet": 0}


def _sweep(katalog: Path, antall: int) -> Resultat:
    sveip = Sveip([nal for verdi in identities(antall) for nal in make_naler(verdi)])
    funn = list(sveip.tree(katalog))
    steder = {ett.sti.split("/")[0] for ett in funn if isinstance(ett, Treff)}
    return {"funnet": len(steder), "mangler": len(funn) - sum(isinstance(ett, Treff) for ett in funn)}


def _command(*kommando: str) -> Any:  # noqa: ANN401  one of the ways
    def run(katalog: Path, antall: int) -> Resultat:
        monstre = katalog.parent / "monstre.txt"
        naler = {nal.bytes_ for verdi in identities(antall) for nal in make_naler(verdi)}
        # One pattern a line, in ASCII: what else there is cannot be asked for in this way by both of them.
        monstre.write_bytes(b"\n".join(sorted(n for n in naler if n.isascii() and b"\0" not in n)) + b"\n")
        kjort = subprocess.run(  # noqa: S603  our own arguments
            [*kommando, "-f", str(monstre), str(katalog)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        return {"funnet": sum(not linje.endswith(":0") for linje in kjort.stdout.splitlines())}

    return run


MATER = {
    "lesing (gulv)": _read,
    "sveip, vårt": _sweep,
    "grep -c -F -f": _command("grep", "-r", "-a", "-c", "-F"),
}
if shutil.which("rg"):
    MATER["rg -z -c -F -f"] = _command("rg", "-j1", "-a", "-z", "-c", "-F", "--include-zero", "--no-ignore")
VART = "sveip, vårt"


def _peak_mb() -> float:
    # Not ru_maxrss, which begins at what the parent had when it started us.
    linjer = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(linje.split()[1]) for linje in linjer if linje.startswith("VmHWM:")) * _KIB / _MB


def _measure(mate: str, katalog: Path, antall: int) -> Resultat:
    fra, cpu = time.perf_counter(), sum(os.times()[:4])
    resultat = MATER[mate](katalog, antall)
    return {**resultat, "s": time.perf_counter() - fra, "cpu": sum(os.times()[:4]) - cpu, "minneMB": _peak_mb()}


# --- what drives it ----


def _in_own_process(mate: str, valg: argparse.Namespace) -> Resultat:
    argumenter = ["--mate", mate, "--katalog", str(valg.katalog), "--kanarier", str(valg.kanarier)]
    kjort = subprocess.run([sys.executable, __file__, *argumenter], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  this file again
    linjer = [linje for linje in kjort.stdout.splitlines() if linje.startswith(_RESULTAT)]
    if kjort.returncode or not linjer:
        raise SystemExit(f"{mate} ended with {kjort.returncode}; its error stands above")
    resultat: Resultat = json.loads(linjer[-1].removeprefix(_RESULTAT))
    return resultat


def _bench(valg: argparse.Namespace) -> None:
    lagre = valg.katalog / "lagre"
    shutil.rmtree(lagre, ignore_errors=True)
    plantet = make_stores(lagre, valg.megabyte)
    storrelse = sum(fil.stat().st_size for fil in lagre.rglob("*.*")) / _MB
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} kjerner, last {os.getloadavg()[0]:.1f}; "
          f"{storrelse:,.0f} MB, {valg.kanarier} kanarier, {valg.runder} runder\n")  # fmt: skip
    malt: dict[str, list[Resultat]] = {mate: [] for mate in MATER}
    for _ in range(valg.runder):
        for mate, sa_langt in malt.items():
            sa_langt.append(_in_own_process(mate, valg))
    resultater = [{**runder[0], "mate": mate, "s": min(r["s"] for r in runder), "cpu": min(r["cpu"] for r in runder),
                   "minneMB": max(r["minneMB"] for r in runder), "MB": storrelse}
                  for mate, runder in malt.items()]  # fmt: skip
    gulv = resultater[0]["s"]
    print("| måte | s | s cpu | MB/s | topp MB | ganger lesing | lagre med funn |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for r in resultater:
        minne = f"{r['minneMB']:.0f}" if r["mate"] in ("lesing (gulv)", VART) else "–"
        print(f"| {r['mate']} | {r['s']:.2f} | {r['cpu']:.2f} | {storrelse / r['s']:,.0f} | {minne} | "
              f"{r['s'] / gulv:.1f} | {r['funnet']} av {plantet} |")  # fmt: skip
    (valg.katalog / "resultat.json").write_text(json.dumps(resultater, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(lagre)
    vart = next(r for r in resultater if r["mate"] == VART)
    if vart["funnet"] != plantet:
        raise SystemExit(f"ours found {vart['funnet']} of {plantet}")
    if vart["minneMB"] > MAKS_MB:
        raise SystemExit(f"ours took {vart['minneMB']:.0f} MB, more than {MAKS_MB}")


def main() -> None:
    """Run the whole bench, or the one thing that a child process is for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabyte", type=int, default=10_000)
    parser.add_argument("--kanarier", type=int, default=20, help="identities that are looked for")
    parser.add_argument("--runder", type=int, default=3)
    parser.add_argument("--katalog", type=Path, default=Path("var/bench-sweep"))
    parser.add_argument("--mate", help=argparse.SUPPRESS)
    valg = parser.parse_args()
    if valg.mate:
        print(_RESULTAT + json.dumps(_measure(valg.mate, valg.katalog / "lagre", valg.kanarier)), flush=True)
    else:
        _bench(valg)


if __name__ == "__main__":
    main()
