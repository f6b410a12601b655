"""What may go wrong, each as one act on a line that delivers."""

import json
import multiprocessing
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.faults.apimottak import FEILSVAR, Apimottak
from tests.faults.arbeid import run_steps, work
from tests.faults.databaser import Databaser
from tests.faults.mellomledd import HEL, Mellomledd, Oppforsel
from tests.faults.regnskap import Regnskap
from tests.motparter.motpart import Uorden

DAG = date(2026, 3, 2)
MINUTTET = "databasen borte i et minutt"
_BRUKER = "tiltaksflyt"
_MOTTAKEREN_VENTER = 10.0
# Workers come from a server that has read the code and does nothing: a fork of this process would take its threads.
# What the code itself reads only when it is needed is read there too, or each worker would read it anew.
_PROSESSER = multiprocessing.get_context("forkserver")
_PROSESSER.set_forkserver_preload(
    [
        "tests.faults.arbeid",
        "alembic.command",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "tiltaksflyt.delivery.sftp",
        "tiltaksflyt.delivery.https",
    ]
)


class Linje:
    """One line under fault. `tilfeldig` decides everything that is left to chance."""

    def __init__(
        self,
        anlegg: LokaltAnlegg,
        databaser: Databaser,
        ledd: Mellomledd,
        api: Apimottak,
        tilfeldig: random.Random,
        regnskap: Regnskap,
    ) -> None:
        self.anlegg = anlegg
        self.databaser = databaser
        self.ledd = ledd
        self.api = api
        self.tilfeldig = tilfeldig
        self.regnskap = regnskap
        self.forskyvning = timedelta(seconds=10)
        self.drop: Callable[[], None] = lambda: None
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
        self._run([partial(work, self.anlegg.miljo, DAG, self.now, grense)] * antall, drep_etter)

    def build(self, *, drep_etter: float | None = None) -> None:
        """A worker takes in what was dropped and builds documents. Killed after `drep_etter` of a usual round."""
        self._run([partial(run_steps, self.anlegg.miljo, ("mottak", "rapportering"), DAG, self.now)], drep_etter)

    def _run(self, oppgaver: Sequence[Callable[[], None]], drep_etter: float | None) -> None:
        barn = [_PROSESSER.Process(target=oppgave) for oppgave in oppgaver]
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
        if drep_etter is None and len(barn) == 1 and self.ledd.oppforsel is HEL:
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
        with self.databaser.away():
            self.work(drep_etter=self.tilfeldig.uniform(1.0, 1.5))

    def database_away_for_a_minute(self) -> None:
        """Workers come and go meanwhile, as a scheduler starts them."""
        with self.databaser.away():
            slutt = time.monotonic() + 60
            while time.monotonic() < slutt:
                self.work()
                time.sleep(5)
        self.work()

    def database_breaks_off(self) -> None:
        """It goes away while a worker is in the middle of it, and comes back."""

        def break_off() -> None:
            time.sleep(self.tilfeldig.uniform(0.1, 0.9) * self._en_runde)
            with self.databaser.away():
                time.sleep(self.tilfeldig.uniform(0.1, 1.5))

        brudd = threading.Thread(target=break_off)
        brudd.start()
        self.work()
        brudd.join()

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

    def answered(self, uorden: Uorden) -> None:
        """The API misbehaves at the next delivery, and when it is tried again at once."""
        self.api.misbehave("lever", uorden, 2)
        self.work()
        self.api.behave()

    def api_away_for_receipts(self) -> None:
        self.api.misbehave("list", FEILSVAR["500"], 2)
        self.work()
        self.api.behave()

    def killed_while_building(self) -> None:
        """New documents come, and the worker that builds them is killed; what it left is built by the next."""
        self.drop()
        self.build(drep_etter=self.tilfeldig.uniform(0.1, 2.5))
        self.work()

    def wait_for_receiver(self) -> None:
        """Until it has taken what lies in its folders, or shows that it will not."""
        frist = time.monotonic() + _MOTTAKEREN_VENTER
        while self.anlegg.unanswered() and time.monotonic() < frist:
            time.sleep(0.05)

    def remember_receipts(self) -> None:
        """Keep what lies there now, to lay it there again later."""
        for fil in self._receipts():
            with suppress(FileNotFoundError):
                self._gjemt.append((fil, fil.read_bytes()))
        del self._gjemt[:-50]

    def _inbox(self) -> Path:
        return self.anlegg.mottakerkatalog / "brukere" / _BRUKER / "kvitteringer"

    def _receipts(self) -> list[Path]:
        return sorted(fil for fil in self._inbox().glob("*.json") if fil.is_file())

    @contextmanager
    def _line(self, oppforsel: Oppforsel) -> Iterator[None]:
        self.ledd.oppforsel = oppforsel
        try:
            yield
        finally:
            self.ledd.oppforsel = HEL


FEIL: Mapping[str, Callable[[Linje], None]] = {
    "arbeider drept": Linje.killed,
    "to arbeidere, begge drept": Linje.two_and_killed,
    "to arbeidere": Linje.two_at_once,
    "linjen brutt under opplasting": Linje.cut_up,
    "linjen brutt før svaret": Linje.cut_down,
    "linjen brutt, og arbeideren drept": Linje.cut_and_killed,
    "linjen nektet": Linje.refused,
    "støy på linjen": Linje.noise,
    "mottakeren drept": Linje.receiver_killed,
    "mottakeren drept mens den tar imot": Linje.receiver_killed_while_it_takes,
    "lageret borte": Linje.bucket_away,
    "databasen borte": Linje.database_away,
    "databasen borte underveis": Linje.database_breaks_off,
    MINUTTET: Linje.database_away_for_a_minute,
    "disken full": Linje.disk_full,
    "klokken fram": Linje.clock_forward,
    "klokken tilbake": Linje.clock_back,
    "kvitteringer om igjen": Linje.receipts_again,
    "kvitteringer i feil rekkefølge": Linje.receipts_held_back,
    "andres kvitteringer": Linje.receipts_of_others,
    "API-et borte for kvitteringer": Linje.api_away_for_receipts,
    "den som bygger, drept": Linje.killed_while_building,
    **{f"API-et: {navn}": partial(Linje.answered, uorden=uorden) for navn, uorden in FEILSVAR.items()},
}
