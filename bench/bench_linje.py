"""How long the line takes: one national month on top of an onboarded state, step by step, and each rendering.

    .venv/bin/python bench/bench_linje.py [--avsendere 330] [--deltakere 7600] [--katalog var/bench]

Everything is real and on loopback (LokaltAnlegg: SeaweedFS, the SFTP reference receiver, SQLite); only Airflow is left
out. Every step runs in a process of its own, so that its peak memory is its own; the workers a step starts are counted
beside it. The first day every sender onboards: nothing is owed and nothing is sent. Then six weeks pass,
which gives about 4 000 documents, and each sender drops a new FULL export.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.lokalt.anlegg import BUCKET, LokaltAnlegg
from tiltaksflyt.pipeline import klokke, steg
from tiltaksflyt.pipeline.omgivelser import from_environment
from tiltaksflyt.syntetisk.arrangorer import Arrangor, make_arrangorer
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import generate
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop

FRO = 1
FORSTE_DAG = date(2026, 5, 4)
# The day after: a text finished on the very day is a report that is owed.
RAPPORTERER_FRA = FORSTE_DAG + timedelta(days=1)
DAGER_IMELLOM = 43
FORMATER = (Format.JSON, Format.XLSX, Format.CSV_ZIP)
MANEDEN = ("mottak", "rapportering", "levering", "kvittering", "frister", "sletting", "vedlikehold")
GJENGIVELSER = ("xml", "json", "pdf", "pdf i bunt")
PROVESTORRELSE = 400
# How the checks could be asked of the same drops: as the line does, one by one, and without Great Expectations (floor).
KONTROLLER = ("i bunt", "hver for seg", "bare maskene")
AVSENDERE_I_PROVEN = 20
SVARTID_SEKUNDER = 600.0
_KIB = 1024
_RESULTAT = "MÅLT "

Resultat = dict[str, Any]


# --- what runs in a process of its own ----


def _arrangorer(avsendere: int, deltakere: int) -> Iterator[tuple[Arrangor, Format]]:
    for arrangor in make_arrangorer(FRO, deltakere, avsendere):
        format_ = FORMATER[arrangor.nummer % len(FORMATER)]
        yield replace(arrangor, tegnsett=format_.tegnsett, rapporterer_fra=RAPPORTERER_FRA), format_


def _generate(dato: date, katalog: Path, avsendere: int, deltakere: int) -> Mapping[str, int]:
    valgte = list(_arrangorer(avsendere, deltakere))
    innsendinger = generate(FRO, deltakere, dato, arrangorer=[arrangor for arrangor, _ in valgte])
    storrelse = 0
    for innsending, (arrangor, format_) in zip(innsendinger, valgte, strict=True):
        fil = _export_file(katalog, dato, arrangor, format_)
        fil.parent.mkdir(parents=True, exist_ok=True)
        write_drop(innsending, format_, fil)
        storrelse += fil.stat().st_size
    return {"eksporter": len(valgte), "MB": storrelse // _KIB**2}


def _export_file(katalog: Path, dato: date, arrangor: Arrangor, format_: Format) -> Path:
    return katalog / "eksport" / arrangor.orgnr / f"eksport-{dato.isoformat()}.{format_.endelse}"


def _run_step(navn: str, dato: date) -> Mapping[str, int]:
    with from_environment() as omgivelser:
        return steg.run(navn, omgivelser, dato, datetime.now(UTC))


def _render(format_: str) -> Mapping[str, int]:
    """Render a sample of the documents that the month built."""
    from transforms.dokument_formater import render
    from transforms.dokument_pdf import PdfFeil, Sidesettere

    with from_environment() as omgivelser:
        ider = [rad.melding_id for rad in omgivelser.ledger.dokumenter.forsendelser()][:PROVESTORRELSE]
        dokumenter = list(omgivelser.ledger.dokumenter.read_many(ider).values())
    fra = time.monotonic()
    if format_ == "pdf i bunt":
        with Sidesettere() as settere:
            sider = settere.render_many(dokumenter)
        assert not any(isinstance(side, PdfFeil) for side in sider)
    else:
        for dokument in dokumenter:
            assert render(dokument, format_)
    return {"dokumenter": len(dokumenter), "ms": round((time.monotonic() - fra) * 1000)}


def _check(hvordan: str, katalog: Path, avsendere: int, deltakere: int) -> Mapping[str, int]:
    """Ask the rules of the month's exports of some senders, with nothing before them."""
    from expectations.gx import record
    from tiltaksflyt.intake import read_drop
    from tiltaksflyt.pipeline.vurdering import Lest, assess_chunk

    dato = FORSTE_DAG + timedelta(days=DAGER_IMELLOM)
    mottatt = datetime.combine(dato, datetime.max.time(), tzinfo=UTC)
    leste = []
    with from_environment() as omgivelser:
        for arrangor, format_ in list(_arrangorer(avsendere, deltakere))[:AVSENDERE_I_PROVEN]:
            avsender = omgivelser.oppsett.avsendere[arrangor.orgnr]
            fil = _export_file(katalog, dato, arrangor, format_)
            lesing = read_drop(fil.read_bytes(), filnavn=fil.name, avsender=avsender, mottatt=mottatt, modus="TEST")
            leste.append(Lest(lesing, avsender))
        mottakere = omgivelser.oppsett.mottakere
    bunter = [[lest] for lest in leste] if hvordan == "hver for seg" else [leste]
    if hvordan != "bare maskene":
        record(_kjoring(assess_chunk(leste[:1], asof=dato, mottakere=mottakere)[1]))  # GX takes seconds to import
    fra = time.monotonic()
    godtatt = 0
    for bunt in bunter:
        vurderinger, kjoring = assess_chunk(bunt, asof=dato, mottakere=mottakere)
        if hvordan != "bare maskene":
            record(_kjoring(kjoring))
        godtatt += sum(vurdering.antall["godtatt"] for vurdering in vurderinger)
    return {"avsendere": len(leste), "deltakelser": godtatt, "ms": round((time.monotonic() - fra) * 1000)}


def _kjoring(kjoring: Any) -> Any:  # noqa: ANN401
    assert kjoring is not None, "the door refused every export"
    return kjoring


def _peak_kib() -> int:
    """The most this process has held. Not ru_maxrss, which begins at what the parent had when it started us."""
    linjer = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(linje.split()[1]) for linje in linjer if linje.startswith("VmHWM:"))


def _measure(arbeid: Callable[[], Mapping[str, int]]) -> None:
    """Do one thing and print what it took."""
    fra = time.monotonic()
    antall = arbeid()
    egen = resource.getrusage(resource.RUSAGE_SELF)
    barn = resource.getrusage(resource.RUSAGE_CHILDREN)
    malt = {
        "sekunder": round(time.monotonic() - fra, 1),
        "cpu": round(egen.ru_utime + egen.ru_stime + barn.ru_utime + barn.ru_stime, 1),
        "minneMB": _peak_kib() // _KIB,
        "barnMB": barn.ru_maxrss // _KIB,
        "antall": dict(antall),
    }
    print(_RESULTAT + json.dumps(malt), flush=True)


# --- what drives it ----


def _in_own_process(args: Sequence[str], miljo: Mapping[str, str]) -> Resultat:
    kjort = subprocess.run(  # noqa: S603  this file again
        [sys.executable, __file__, *args], env={**os.environ, **miljo}, stdout=subprocess.PIPE, text=True, check=False
    )
    linjer = [linje for linje in kjort.stdout.splitlines() if linje.startswith(_RESULTAT)]
    if kjort.returncode or not linjer:
        raise SystemExit(f"{' '.join(args)} ended with {kjort.returncode}; its error stands above")
    resultat: Resultat = json.loads(linjer[-1].removeprefix(_RESULTAT))
    return resultat


class Malebenk:
    """Runs the steps against one deployment and remembers what each took."""

    def __init__(self, anlegg: LokaltAnlegg, avsendere: int, deltakere: int) -> None:
        self.anlegg = anlegg
        self.resultater: dict[str, Resultat] = {}
        self._storrelse = (str(avsendere), str(deltakere))
        self._valgte = list(_arrangorer(avsendere, deltakere))

    def take(self, navn: str, *args: str) -> Resultat:
        """One thing in a process of its own, printed as it ends."""
        resultat = _in_own_process([*args, "--katalog", str(self.anlegg.katalog)], self.anlegg.miljo)
        self.resultater[navn] = resultat
        antall = ", ".join(f"{hva} {n}" for hva, n in resultat["antall"].items() if n)
        barn = f" + {resultat['barnMB']} i barn" if resultat["barnMB"] > 0 else ""
        tid = f"{resultat['sekunder']:>8.1f} s  (cpu {resultat['cpu']:>6.1f})"
        print(f"  {navn:<26}{tid}{resultat['minneMB']:>7} MB{barn:<16}  {antall}", flush=True)
        return resultat

    def make_exports(self, navn: str, dato: date) -> None:
        """Every sender's export on a day."""
        avsendere, deltakere = self._storrelse
        self.take(navn, "--generer", dato.isoformat(), "--avsendere", avsendere, "--deltakere", deltakere)

    def check(self, hvordan: str) -> Resultat:
        """The checks of some senders' exports, asked in one way."""
        avsendere, deltakere = self._storrelse
        return self.take(
            f"kontroll {hvordan}", "--kontroll", hvordan, "--avsendere", avsendere, "--deltakere", deltakere
        )

    def drop(self, dato: date) -> None:
        """Lay the exports in the inboxes, move the clock, and let them rest."""
        klient = self._client()
        for arrangor, format_ in self._valgte:
            fil = _export_file(self.anlegg.katalog, dato, arrangor, format_)
            klient.put_object(Bucket=BUCKET, Key=f"innboks/{arrangor.orgnr}/{fil.name}", Body=fil.read_bytes())
        with self.anlegg.omgivelser() as omgivelser:
            klokke.move(omgivelser, dato)
        self.anlegg.let_rest()

    def _client(self) -> Any:  # noqa: ANN401  boto3 makes its client classes at run time
        """One client with our own key: 330 clients would measure boto3."""
        import boto3

        oppsett = self.anlegg.weed.oppsett
        return boto3.client(
            "s3",
            endpoint_url=oppsett.endepunkt,
            region_name=oppsett.region,
            aws_access_key_id=oppsett.tilgangsnokkel,
            aws_secret_access_key=oppsett.hemmelig,
        )

    def wait_for_receiver(self, ventet: int) -> float:
        """Seconds until the receiver has answered for `ventet` documents."""
        fra = time.monotonic()
        while sum(self.anlegg.mottak.mottatt.count().values()) < ventet or self.anlegg.unanswered():
            if time.monotonic() - fra > SVARTID_SEKUNDER:
                raise SystemExit(f"the receiver has not taken {ventet} documents in {SVARTID_SEKUNDER:.0f} s")
            time.sleep(0.5)
        return time.monotonic() - fra


def _setups(katalog: Path, avsendere: int, deltakere: int) -> Path:
    mal = katalog / "mal"
    for arrangor, format_ in _arrangorer(avsendere, deltakere):
        write_sender_setup(arrangor, format_, RAPPORTERER_FRA, mal)
    write_recipients(mal)
    return mal


def _bench(katalog: Path, avsendere: int, deltakere: int) -> None:
    shutil.rmtree(katalog, ignore_errors=True)
    maneden = FORSTE_DAG + timedelta(days=DAGER_IMELLOM)
    print(f"{avsendere} avsendere, {deltakere} deltakere, {platform.processor() or platform.machine()}, "
          f"{os.cpu_count()} kjerner, last {os.getloadavg()[0]:.1f}")  # fmt: skip
    with LokaltAnlegg(katalog, _setups(katalog, avsendere, deltakere)) as anlegg:
        benk = Malebenk(anlegg, avsendere, deltakere)
        print(f"\nOppstart {FORSTE_DAG.isoformat()} (utenfor målet)")
        benk.make_exports("generate, oppstart", FORSTE_DAG)
        benk.make_exports("generate, måneden", maneden)
        benk.drop(FORSTE_DAG)
        benk.take("mottak, oppstart", "--steg", "mottak", "--dato", FORSTE_DAG.isoformat())
        benk.take("rapportering, oppstart", "--steg", "rapportering", "--dato", FORSTE_DAG.isoformat())
        benk.drop(maneden)
        print(f"\nMåneden {maneden.isoformat()}")
        for navn in MANEDEN:
            if navn == "kvittering":
                bygget = benk.resultater["rapportering"]["antall"].get("bygget", 0)
                print(f"  (mottakeren trengte {benk.wait_for_receiver(bygget):.1f} s til)")
            benk.take(navn, "--steg", navn, "--dato", maneden.isoformat())
        print(f"\nGjengivelser, {PROVESTORRELSE} dokumenter")
        for format_ in GJENGIVELSER:
            antall = benk.take(format_, "--gjengivelse", format_)["antall"]
            print(f"  {'':<28}{antall['dokumenter'] * 1000 / max(antall['ms'], 1):>8.0f} dokumenter/s")
        _compare_checks(benk)
        _sum_up(benk, katalog)


def _compare_checks(benk: Malebenk) -> None:
    print(f"\nKontroll av {AVSENDERE_I_PROVEN} avsenderes eksporter")
    ms = {hvordan: benk.check(hvordan)["antall"]["ms"] for hvordan in KONTROLLER}
    for hvordan in KONTROLLER:
        print(f"  {hvordan:<26}{ms[hvordan] / 1000:>8.1f} s  {ms[hvordan] / ms['bare maskene']:>6.1f} ganger gulvet")


def _sum_up(benk: Malebenk, katalog: Path) -> None:
    maneden = [benk.resultater[navn] for navn in MANEDEN]
    sekunder = sum(resultat["sekunder"] for resultat in maneden)
    cpu = sum(resultat["cpu"] for resultat in maneden)
    minne = max(resultat["minneMB"] + resultat["barnMB"] for resultat in maneden)
    print(f"\nHele linjen uten Airflow: {sekunder:.0f} s, cpu {cpu:.0f} s (mål 120)")
    print(f"Høyeste minne {minne} MB (mål 1 500); maskinens last nå {os.getloadavg()[0]:.1f}")
    (katalog / "resultat.json").write_text(json.dumps(benk.resultater, indent=1), encoding="utf-8")


def main() -> None:
    """Run the whole bench, or the one thing that a child process is for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--avsendere", type=int, default=330)
    parser.add_argument("--deltakere", type=int, default=7600)
    parser.add_argument("--katalog", type=Path, default=Path("var/bench"))
    for barnets in ("--generer", "--steg", "--dato", "--gjengivelse", "--kontroll"):
        parser.add_argument(barnets, help=argparse.SUPPRESS)
    valg = parser.parse_args()
    if valg.generer:
        dato = date.fromisoformat(valg.generer)
        _measure(lambda: _generate(dato, valg.katalog, valg.avsendere, valg.deltakere))
    elif valg.steg:
        _measure(lambda: _run_step(valg.steg, date.fromisoformat(valg.dato)))
    elif valg.kontroll:
        _measure(lambda: _check(valg.kontroll, valg.katalog, valg.avsendere, valg.deltakere))
    elif valg.gjengivelse:
        _measure(lambda: _render(valg.gjengivelse))
    else:
        _bench(valg.katalog, valg.avsendere, valg.deltakere)


if __name__ == "__main__":
    main()
