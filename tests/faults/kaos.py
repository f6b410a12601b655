"""Faults thrown at a line that delivers, and what came of each document: counted at the receiver and in the ledger.

Everything is real: worker processes, the bucket, the SFTP receiver in a process of its own, and a line between that can
be cut. `python -m tests.faults.kaos --feil 1000` is the long form (`make chaos`), tests/faults/test_kaos.py the short.
"""

import argparse
import json
import multiprocessing
import random
import shutil
import sqlite3
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.faults.arbeid import work
from tests.faults.mellomledd import HEL, Mellomledd, Oppforsel
from tests.pipeline.saker import AVSENDER, document, make_oppsett, plan, running
from tiltaksflyt.ledger import Forsendelsestilstand, Leveransetilstand, Statuskode
from tiltaksflyt.pipeline import klokke, steg
from tiltaksflyt.pipeline.omgivelser import Omgivelser

DAG = date(2026, 3, 2)
START = date(2026, 2, 10)
_ENDT = (Forsendelsestilstand.GODTATT, Forsendelsestilstand.ERSTATTET)
_MAKS_RUNDER_TIL_RO = 60
_KVITTERING_VENTER = 10.0
# Workers come from a server that has read the code and does nothing: a fork of this process would take its threads.
_PROSESSER = multiprocessing.get_context("forkserver")
_PROSESSER.set_forkserver_preload(["tests.faults.arbeid"])


@dataclass
class Regnskap:
    """What came of it all. Documents are counted by what is in them, not by the ids that we gave."""

    feil: Counter[str] = field(default_factory=Counter)
    sekunder: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    utfall: Counter[str] = field(default_factory=Counter)
    dokumenter: int = 0
    hos_mottaker: int = 0
    tapt: int = 0
    dobbelt: int = 0
    sittende_uten_varsel: int = 0
    varslet: int = 0

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return {
            "feil": sum(self.feil.values()),
            "perFeil": {
                navn: {"antall": antall, "sekunder": round(self.sekunder[navn])}
                for navn, antall in sorted(self.feil.items())
            },
            "forsokAvArbeidere": dict(sorted(self.utfall.items())),
            "dokumenter": self.dokumenter,
            "hosMottaker": self.hos_mottaker,
            "tapt": self.tapt,
            "mottattToGangerSomNye": self.dobbelt,
            "sittendeUtenVarsel": self.sittende_uten_varsel,
            "underveisHosEnPerson": self.varslet,
        }


class Kaos:
    """One line under fault. `tilfeldig` decides everything that is left to chance."""

    def __init__(self, anlegg: LokaltAnlegg, om: Omgivelser, ledd: Mellomledd, tilfeldig: random.Random) -> None:
        self.anlegg = anlegg
        self.om = om
        self.ledd = ledd
        self.tilfeldig = tilfeldig
        self.forskyvning = timedelta(seconds=10)
        self.regnskap = Regnskap()
        self._gjemt: list[tuple[Path, bytes]] = []
        self._en_runde = 2.0

    @property
    def now(self) -> datetime:
        """The workers' clock: the real one, moved."""
        return datetime.now(UTC) + self.forskyvning

    # --- the work ---

    def work(self, antall: int = 1, *, drep_etter: float | None = None, grense: int | None = None) -> None:
        """Workers at once: each gathers, sends and collects. All are killed after `drep_etter` of a usual round.

        `grense` is how large a file each may write: a disk that is full.
        """
        barn = [_PROSESSER.Process(target=work, args=(self.anlegg.miljo, DAG, self.now, grense)) for _ in range(antall)]
        start = time.monotonic()
        for ett in barn:
            ett.start()
        if drep_etter is not None:
            # As a part of how long a round takes on this machine, so that every line of it is hit.
            time.sleep(drep_etter * self._en_runde)
            for ett in barn:
                ett.kill()
        for ett in barn:
            ett.join()
            kode = ett.exitcode or 0
            self.regnskap.utfall["fullført" if kode == 0 else "drept" if kode < 0 else "feilet"] += 1
        if drep_etter is None and antall == 1 and self.ledd.oppforsel is HEL:
            self._en_runde = time.monotonic() - start

    # --- the faults ---

    def killed(self) -> None:
        self.work(drep_etter=self.tilfeldig.uniform(0, 1.1))

    def two_and_killed(self) -> None:
        self.work(2, drep_etter=self.tilfeldig.uniform(0.2, 1.5))

    def two_at_once(self) -> None:
        self.work(2)

    def cut_up(self) -> None:
        with self._line(Oppforsel(kutt_opp=int(10 ** self.tilfeldig.uniform(1, 5.6)))):
            self.work()

    def cut_down(self) -> None:
        with self._line(Oppforsel(kutt_ned=int(10 ** self.tilfeldig.uniform(1, 4.2)))):
            self.work()

    def refused(self) -> None:
        with self._line(Oppforsel(opptatt=True)):
            self.work()

    def noise(self) -> None:
        with self._line(Oppforsel(soppel=True)):
            self.work()

    def cut_and_killed(self) -> None:
        with self._line(Oppforsel(kutt_ned=int(10 ** self.tilfeldig.uniform(2, 4.2)))):
            self.work(drep_etter=self.tilfeldig.uniform(0.2, 1.1))

    def receiver_killed(self) -> None:
        self.anlegg.mottak.stop(0)
        self.work()
        self.anlegg.mottak.start()

    def receiver_killed_while_it_takes(self) -> None:
        self.work()
        time.sleep(self.tilfeldig.uniform(0, 0.4))
        self.anlegg.mottak.stop(0)
        self.anlegg.mottak.start()

    def bucket_away(self) -> None:
        self.anlegg.weed.stop(0)
        self.work()
        self.anlegg.weed.start()

    def database_away(self) -> None:
        fil = self.anlegg.katalog / "ledger" / "ledger.db"
        with closing(sqlite3.connect(fil, timeout=30, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            self.work(drep_etter=self.tilfeldig.uniform(1.0, 1.5))
            db.execute("ROLLBACK")

    def disk_full(self) -> None:
        self.work(grense=int(10 ** self.tilfeldig.uniform(3, 5.3)))

    def clock_forward(self) -> None:
        self.forskyvning += timedelta(minutes=self.tilfeldig.randint(16, 300))
        self.work()

    def clock_back(self) -> None:
        tilbake = timedelta(minutes=self.tilfeldig.randint(1, 30))
        self.forskyvning -= tilbake
        self.work()
        self.forskyvning += tilbake

    def receipts_again(self) -> None:
        for fil, innhold in self.tilfeldig.sample(self._gjemt, min(3, len(self._gjemt))):
            navn = fil.name if self.tilfeldig.random() < 0.5 else f"{uuid.uuid4()}.json"
            fil.with_name(navn).write_bytes(innhold)
        self.work()

    def receipts_held_back(self) -> None:
        """The technical receipts come after the functional ones, an hour later."""
        self.work()
        time.sleep(0.5)
        holdt = {fil: fil.read_bytes() for fil in self._receipts() if "teknisk" in fil.name}
        for fil in holdt:
            fil.unlink()
        self.work()
        for fil, innhold in holdt.items():
            fil.write_bytes(innhold)
        self.work()

    def receipts_of_others(self) -> None:
        for status in ("GODTATT", "AVVIST"):
            kvittering_ = {
                "kvitteringsversjon": "1.0",
                "type": "FUNKSJONELL",
                "leveranseId": str(uuid.uuid4()),
                "tid": self.now.isoformat(timespec="seconds"),
                "dokumenter": [{"meldingId": str(uuid.uuid4()), "status": status, "arkivId": "x"}],
            }
            self._inbox().joinpath(f"{uuid.uuid4()}.json").write_text(json.dumps(kvittering_), encoding="utf-8")
        self._inbox().joinpath("soppel.json").write_bytes(self.tilfeldig.randbytes(40))
        self.work()

    def _inbox(self) -> Path:
        return self.anlegg.mottakerkatalog / "brukere" / "tiltaksflyt" / "kvitteringer"

    def _receipts(self) -> list[Path]:
        return sorted(fil for fil in self._inbox().glob("*.json") if fil.is_file())

    @contextmanager
    def _line(self, oppforsel: Oppforsel) -> Iterator[None]:
        self.ledd.oppforsel = oppforsel
        try:
            yield
        finally:
            self.ledd.oppforsel = HEL

    # --- the run ---

    def throw(self, navn: str) -> None:
        """One fault, and time passes."""
        self._remember_receipts()
        start = time.monotonic()
        FEIL[navn](self)
        self.regnskap.sekunder[navn] += time.monotonic() - start
        self.regnskap.feil[navn] += 1
        self.forskyvning += timedelta(minutes=self.tilfeldig.randint(0, 40))

    def _remember_receipts(self) -> None:
        for fil in self._receipts():
            with suppress(FileNotFoundError):
                self._gjemt.append((fil, fil.read_bytes()))
        del self._gjemt[:-50]

    def calm(self) -> None:
        """No more faults: the line runs, hour by hour, until nothing moves. An operator does what alarms ask for."""
        for _ in range(_MAKS_RUNDER_TIL_RO):
            self.forskyvning += timedelta(hours=5)
            for stans in self.om.ledger.stanser.active():
                self.om.ledger.stanser.lift(stans.stans_id, av="kaos", now=self.now)
            for rad in self.om.ledger.leveranser.list([Leveransetilstand.FEIL]):
                self.regnskap.varslet += 1
                self.om.ledger.leveranser.retry(rad.leveranse_id, now=self.now)
            self.work()
            self._wait_for_receiver()
            if all(rad.tilstand in _ENDT for rad in self.om.ledger.dokumenter.forsendelser()):
                return

    def _wait_for_receiver(self) -> None:
        frist = time.monotonic() + _KVITTERING_VENTER
        inn = self._inbox().with_name("inn")
        while list(inn.glob("*.p7m")) and time.monotonic() < frist:
            time.sleep(0.05)

    def count(self) -> Regnskap:
        """Hold the receiver's archive against the ledger."""
        arkiv = [
            json.loads(fil.read_text(encoding="utf-8"))["hode"]
            for fil in (self.anlegg.mottakerkatalog / "arkiv").rglob("dokument.json")
        ]
        mottatt = Counter((hode["dokumentId"], hode["versjon"], hode["mottaker"]["navEnhet"]) for hode in arkiv)
        rader = self.om.ledger.dokumenter.forsendelser()
        registrert = {hode["meldingId"] for hode in arkiv if self.anlegg.mottak.mottatt.find(hode["meldingId"])}
        fast = self.om.ledger.oversikt(self.now).as_json()["sittendeFast"]
        uferdige = [rad for rad in rader if rad.tilstand not in _ENDT]
        self.regnskap.dokumenter = len(rader)
        self.regnskap.hos_mottaker = len(registrert)
        self.regnskap.tapt = len({rad.melding_id for rad in rader} - registrert)
        self.regnskap.dobbelt = sum(antall - 1 for antall in mottatt.values())
        self.regnskap.sittende_uten_varsel = max(0, len(uferdige) - fast)
        return self.regnskap


FEIL: Mapping[str, Callable[[Kaos], None]] = {
    "arbeider drept": Kaos.killed,
    "to arbeidere, begge drept": Kaos.two_and_killed,
    "to arbeidere": Kaos.two_at_once,
    "linjen brutt under opplasting": Kaos.cut_up,
    "linjen brutt før svaret": Kaos.cut_down,
    "linjen brutt, og arbeideren drept": Kaos.cut_and_killed,
    "linjen nektet": Kaos.refused,
    "støy på linjen": Kaos.noise,
    "mottakeren drept": Kaos.receiver_killed,
    "mottakeren drept mens den tar imot": Kaos.receiver_killed_while_it_takes,
    "lageret borte": Kaos.bucket_away,
    "databasen borte": Kaos.database_away,
    "disken full": Kaos.disk_full,
    "klokken fram": Kaos.clock_forward,
    "klokken tilbake": Kaos.clock_back,
    "kvitteringer om igjen": Kaos.receipts_again,
    "kvitteringer i feil rekkefølge": Kaos.receipts_held_back,
    "andres kvitteringer": Kaos.receipts_of_others,
}


def run(katalog: Path, antall_feil: int, fro: int, dokumenter: int) -> Regnskap:
    """Throw `antall_feil` faults, each kind as often as the others, while so many documents are delivered."""
    tilfeldig = random.Random(fro)  # noqa: S311  the same faults for the same seed
    make_oppsett(katalog / "mal")
    with (
        LokaltAnlegg(katalog / "anlegg", katalog / "mal") as anlegg,
        Mellomledd(lambda: ("127.0.0.1", anlegg.mottak.innstillinger["port"]), tilfeldig) as ledd,
        anlegg.omgivelser() as om,
    ):
        _put_between(anlegg, ledd)
        venter = _build_documents(anlegg, om, dokumenter)
        kaos = Kaos(anlegg, om, ledd, tilfeldig)
        kast = [*FEIL] * (antall_feil // len(FEIL)) + tilfeldig.sample([*FEIL], antall_feil % len(FEIL))
        tilfeldig.shuffle(kast)
        for nummer, navn in enumerate(kast, start=1):
            while venter and len(venter) > dokumenter * (1 - nummer / len(kast)):
                om.ledger.dokumenter.release(venter.pop(), Statuskode.HOLDT_AV_PERSON)
            kaos.throw(navn)
        kaos.calm()
        return kaos.count()


def _put_between(anlegg: LokaltAnlegg, ledd: Mellomledd) -> None:
    fil = anlegg.oppsett / "mottakere.yaml"
    innhold = yaml.safe_load(fil.read_text(encoding="utf-8"))
    innhold["mottakere"][0]["kanal"]["sftp"]["port"] = ledd.port
    fil.write_text(yaml.safe_dump(innhold, allow_unicode=True), encoding="utf-8")


def _build_documents(anlegg: LokaltAnlegg, om: Omgivelser, antall: int) -> list[str]:
    """As many plans, built by the ordinary steps, and held: they are let go one by one. Answers their meldingId."""
    klokke.move(om, DAG)
    deltakelser = [running(n, START) for n in range(1, antall + 1)]
    eksport = document(DAG, deltakelser, plan=[plan(n, DAG) for n in range(1, antall + 1)])
    anlegg.drop(AVSENDER, "eksport.json", json.dumps(eksport, ensure_ascii=False).encode())
    for navn in ("mottak", "rapportering"):
        steg.run(navn, om, DAG, datetime.now(UTC) + timedelta(seconds=10))
    venter = [rad.melding_id for rad in om.ledger.dokumenter.forsendelser()]
    for melding_id in venter:
        om.ledger.dokumenter.hold(melding_id, Statuskode.HOLDT_AV_PERSON)
    return venter


def main() -> int:
    """The long form. Prints the account as JSON; 1 when something was lost, doubled, or stuck without an alarm."""
    leser = argparse.ArgumentParser(prog="python -m tests.faults.kaos", description=main.__doc__)
    leser.add_argument("--feil", type=int, default=1000)
    leser.add_argument("--fro", type=int, default=1)
    leser.add_argument("--dokumenter", type=int, default=400)
    valg = leser.parse_args()
    katalog = Path(mkdtemp(prefix="tiltaksflyt-kaos-"))
    try:
        start = time.monotonic()
        regnskap = run(katalog, valg.feil, valg.fro, valg.dokumenter)
        sys.stdout.write(
            json.dumps(regnskap.as_json() | {"sekunder": round(time.monotonic() - start)}, indent=1) + "\n"
        )
    finally:
        shutil.rmtree(katalog)
    return int(bool(regnskap.tapt or regnskap.dobbelt or regnskap.sittende_uten_varsel))


if __name__ == "__main__":
    raise SystemExit(main())
