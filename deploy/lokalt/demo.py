"""`make demo`: the whole line on one machine, told in plain words while it happens.

Three synthetic arrangører drop their exports on three days; the seven DAGs run in the real scheduler; documents go over
SFTP to the reference receiver and are receipted; then the twelve weeks have passed and what must be gone is gone.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from deploy.lokalt.airflow import LokalAirflow
from deploy.lokalt.anlegg import LokaltAnlegg
from tiltaksflyt.pipeline import klokke, oversikt, sletting
from tiltaksflyt.retention.kanarier import due_canaries
from tiltaksflyt.syntetisk.demo import DAGER, RAPPORTERER_FRA, demo_drops
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop
from transforms.dokument import DOKUMENTTYPER

KATALOG = Path("var/demo")
DAGENE = {
    "mottak": "what was dropped is read, checked and answered",
    "rapportering": "what is finished and owed becomes documents",
    "levering": "each recipient gets one package over SFTP",
    "kvittering": "the receipts are collected",
    "frister": "every deadline is worked out, each sender gets its calendar",
    "sletting": "what is past its last day is erased, and looked for everywhere",
    "vedlikehold": "what came in is held against what went out, old logs go",
}
ETTER_LEVERING = ("levering", "kvittering", "frister")
# A copy leaves in the run after its original: nothing may be left that a run by schedule sends while we count.
SISTE_DAG = ("mottak", "rapportering", "levering", *ETTER_LEVERING, "sletting", "vedlikehold")
HENDELSER = {
    DAGER[0]: "the scheduler starts every DAG by its own schedule",
    DAGER[1]: "six weeks later the senders drop again",
    DAGER[2]: "for those who had ended by mid-August the twelve weeks have passed",
}
KJORING_SEKUNDER = 300.0


class DemoFeil(Exception):
    """Something in the demo did not end as it should; says what, and where to look."""


class Framdrift:
    """Says what happens, and how long it took."""

    def __init__(self) -> None:
        self._begynte = time.monotonic()

    @contextmanager
    def step(self, tekst: str) -> Iterator[None]:
        """One thing that takes a while."""
        sys.stdout.write(f"  {tekst} … ")
        sys.stdout.flush()
        fra = time.monotonic()
        yield
        sys.stdout.write(f"{time.monotonic() - fra:.0f} s\n")
        sys.stdout.flush()

    def say(self, tekst: str = "") -> None:
        """One line."""
        sys.stdout.write(f"{tekst}\n")
        sys.stdout.flush()

    def total(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._begynte


def main() -> int:
    """Run the demo; 0 when everything held, 1 with what did not."""
    framdrift = Framdrift()
    # Asked to end in either way, everything that was started is stopped first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(KATALOG, ignore_errors=True)
    framdrift.say("tiltaksflyt: the whole line on this machine. Every person is synthetic.\n")
    with tempfile.TemporaryDirectory() as mal, ExitStack() as stabel:
        _write_oppsett(Path(mal))
        with framdrift.step("starting the S3 store and the reference receiver (SFTP)"):
            anlegg = stabel.enter_context(LokaltAnlegg(KATALOG, Path(mal)))
        try:
            return _run(anlegg, framdrift)
        except DemoFeil as feil:
            framdrift.say(f"\n\nThe demo stopped: {feil}")
            return 1
        except KeyboardInterrupt:
            framdrift.say("\n\nStopped.")
            return 1


def _run(anlegg: LokaltAnlegg, framdrift: Framdrift) -> int:
    anlegg.write_environment(KATALOG / "miljo.sh")
    _move_clock(anlegg, DAGER[0])
    _drop_exports(anlegg, DAGER[0], framdrift)
    airflow = LokalAirflow(anlegg.katalog / "airflow", anlegg.miljo)
    with framdrift.step("starting Airflow: api-server, scheduler, dag-processor"):
        airflow.start()
    try:
        _first_day(anlegg, airflow, framdrift)
        for dag in DAGER[1:]:
            framdrift.say(f"\n{dag:%d %B %Y}: {HENDELSER[dag]}")
            _move_clock(anlegg, dag)
            _drop_exports(anlegg, dag, framdrift)
            if dag == DAGER[-1]:
                _name_who_must_go(anlegg, dag)
            _run_dags(anlegg, airflow, SISTE_DAG if dag == DAGER[-1] else tuple(DAGENE), framdrift)
        feil = _sum_up(anlegg, airflow, framdrift)
        if not feil and not os.environ.get("DEMO_EXIT"):
            framdrift.say("\nEverything stays up. Ctrl-C ends it.")
            _wait_for_signal()
        return 1 if feil else 0
    finally:
        with framdrift.step("\n  stopping"):
            airflow.stop()


def _write_oppsett(mal: Path) -> None:
    for avsender, _ in demo_drops(DAGER[0]):
        write_sender_setup(avsender.arrangor, avsender.format, RAPPORTERER_FRA, mal)
    write_recipients(mal)


def _move_clock(anlegg: LokaltAnlegg, dag: date) -> None:
    with anlegg.omgivelser() as omgivelser:
        klokke.move(omgivelser, dag)


def _drop_exports(anlegg: LokaltAnlegg, dag: date, framdrift: Framdrift) -> None:
    for avsender, innsending in demo_drops(dag):
        arrangor = avsender.arrangor
        navn = f"eksport-{dag.isoformat()}.{avsender.format.endelse}"
        with framdrift.step(f"{arrangor.navn} drops {navn} with its own key"), tempfile.TemporaryDirectory() as mappe:
            fil = Path(mappe) / navn
            write_drop(innsending, avsender.format, fil)
            anlegg.drop(arrangor.orgnr, navn, fil.read_bytes())
    anlegg.let_rest()


def _first_day(anlegg: LokaltAnlegg, airflow: LokalAirflow, framdrift: Framdrift) -> None:
    framdrift.say(f"\n{DAGER[0]:%d %B %Y}: {HENDELSER[DAGER[0]]}")
    for dag_id, tekst in DAGENE.items():
        with framdrift.step(f"{dag_id}: {tekst}"):
            _wait_for_scheduled(airflow, dag_id)
    with framdrift.step("rapportering: once more at once, because mottak accepted something"):
        _wait_until(lambda: ("rapportering", "asset_triggered", "success") in _outcomes(airflow), "rapportering")
    _run_dags(anlegg, airflow, ETTER_LEVERING, framdrift)


def _run_dags(anlegg: LokaltAnlegg, airflow: LokalAirflow, dager: tuple[str, ...], framdrift: Framdrift) -> None:
    for dag_id in dager:
        if dag_id == "kvittering":
            _wait_until(lambda: not anlegg.unanswered(), "the receiver")
        with framdrift.step(f"{dag_id}: {DAGENE[dag_id]}"):
            utfall = airflow.wait(dag_id, airflow.trigger(dag_id), KJORING_SEKUNDER)
        if utfall != "success":
            raise DemoFeil(f"{dag_id} ended as {utfall}; its log is under {airflow.logger}")


def _outcomes(airflow: LokalAirflow) -> set[tuple[str, str, str]]:
    return {(kjoring.dag_id, kjoring.run_type, kjoring.state) for kjoring in airflow.runs()}


def _wait_for_scheduled(airflow: LokalAirflow, dag_id: str) -> None:
    def ended() -> bool:
        utfall = _outcomes(airflow)
        if (dag_id, "scheduled", "failed") in utfall:
            raise DemoFeil(f"the scheduled run of {dag_id} failed; its log is under {airflow.logger}")
        return (dag_id, "scheduled", "success") in utfall

    _wait_until(ended, dag_id)


def _wait_until(inntraff: Callable[[], bool], hva: str) -> None:
    frist = time.monotonic() + KJORING_SEKUNDER
    while not inntraff():
        if time.monotonic() > frist:
            raise DemoFeil(f"{hva} did not end within {KJORING_SEKUNDER:.0f} s")
        time.sleep(0.5)


def _name_who_must_go(anlegg: LokaltAnlegg, dag: date) -> None:
    """Write the identities that no store may hold after today's erasure: persons of whom nothing is kept."""
    with anlegg.omgivelser() as omgivelser:
        blir: set[str] = set()
        gar: set[str] = set()
        for rad, innhold in omgivelser.ledger.deltakelser.each():
            (gar if rad.siste_dag < dag else blir).add(innhold["deltaker"]["personident"])
    linjer = [f"{dag.isoformat()}\t{ident}\n" for ident in sorted(gar - blir)]
    anlegg.kanarier.write_text("".join(linjer), encoding="utf-8")
    anlegg.kanarier.chmod(0o600)


def _sum_up(anlegg: LokaltAnlegg, airflow: LokalAirflow, framdrift: Framdrift) -> list[str]:
    now = datetime.now(UTC)
    with anlegg.omgivelser() as omgivelser:
        status = oversikt.status(omgivelser, now)
        kjede = sletting.verify(omgivelser)
        kanarier = len(due_canaries(anlegg.kanarier, DAGER[-1]))
        sveip = sletting.look(omgivelser, DAGER[-1])
    mottatt = dict(anlegg.mottak.mottatt.count())
    vellykkede = [kjoring for kjoring in airflow.runs() if kjoring.state == "success"]
    kjoringer = Counter((kjoring.dag_id, kjoring.run_type) for kjoring in vellykkede)
    dokumenter = status["dokumenter"]
    framdrift.say(f"\nDone in {framdrift.total():.0f} s.\n")
    framdrift.say(f"  drops             {_in_words(status['innsendinger'])}")
    framdrift.say(f"  documents         {_in_words(dokumenter)}")
    framdrift.say(f"  the receiver has  {sum(mottatt.values())}: {_in_words(mottatt)}")
    framdrift.say(f"  stuck             {status['sittendeFast']}")
    framdrift.say(f"  erased            {status['slettet']} deltakelser; chain of evidence {_whole(kjede.ok)}")
    framdrift.say(
        f"  sweep             {kanarier} persons searched for in every byte of every store: {len(sveip.treff)} hits"
    )
    framdrift.say(f"  successful runs   {_in_words(Counter(kjoring.run_type for kjoring in vellykkede))}")
    framdrift.say(f"\n  Airflow UI        {airflow.url}   {airflow.brukernavn} / {airflow.passord}")
    framdrift.say(f"  what senders read {anlegg.weed.endepunkt}, bucket {anlegg.weed.bucket}, utboks/<orgnr>/")
    framdrift.say(f"  what Nav got      {anlegg.mottakerkatalog}")
    framdrift.say(f"  everything else   {anlegg.katalog}")
    framdrift.say(f"  look yourself     source {KATALOG}/miljo.sh; .venv/bin/tiltaksflyt status --json")
    feil = _faults(status, mottatt, kjede.ok, kanarier, sveip, kjoringer)
    for ett in feil:
        framdrift.say(f"\n  NOT AS IT SHOULD BE: {ett}")
    return feil


def _in_words(antall: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {hva.lower().replace('_', '-')}" for hva, n in antall.items())


def _whole(ok: bool) -> str:
    return "whole" if ok else "BROKEN"


def _faults(
    status: dict[str, Any],
    mottatt: dict[str, int],
    kjede_ok: bool,
    kanarier: int,
    sveip: sletting.Sveiputfall,
    kjoringer: Counter[tuple[str, str]],
) -> list[str]:
    dokumenter = status["dokumenter"]
    uten_plan = [d for d in DAGENE if not (kjoringer[d, "scheduled"] or kjoringer[d, "asset_triggered"])]
    kontroller = {
        "the receiver's count is not the ledger's": sum(mottatt.values()) == dokumenter["sendt"],
        "not every document is receipted": dokumenter["sendt"] == dokumenter["godtatt"] > 0,
        "a document type was not delivered": set(mottatt) == set(DOKUMENTTYPER),
        "something is stuck": status["sittendeFast"] == 0,
        "nothing was erased": status["slettet"] > 0,
        "the chain of evidence is broken": kjede_ok,
        "nobody was searched for": kanarier > 0,
        "the sweep found what should be gone": not sveip.treff,
        "the sweep could not read all that it should": not sveip.hull,
        f"no run of its own schedule succeeded for {', '.join(uten_plan)}": not uten_plan,
    }
    return [tekst for tekst, holder in kontroller.items() if not holder]


def _wait_for_signal() -> None:
    slutt = threading.Event()
    for signalet in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signalet, lambda *_: slutt.set())
    slutt.wait()


if __name__ == "__main__":
    raise SystemExit(main())
