"""Faults thrown at a line that delivers, and what came of each document: counted at the receiver and in the ledger.

Everything is real: worker processes, the bucket, the SFTP receiver in a process of its own, and a line between that can
be cut. The recipient over HTTPS is a stand-in of its API in front of the same receiver. `make chaos` is the long form,
tests/faults/test_kaos.py the short.
"""

import argparse
import json
import random
import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from tempfile import mkdtemp

import asyncssh
import yaml

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.faults.apimottak import BRUKER, ENHET, Apimottak, make_maskinporten, settings
from tests.faults.databaser import open_databaser
from tests.faults.feil import DAG, FEIL, MINUTTET, Linje
from tests.faults.mellomledd import Mellomledd
from tests.faults.regnskap import Regnskap
from tests.motparter.maskinporten import pem, rsa_key
from tests.pipeline.saker import AVSENDER, document, make_oppsett, plan, running
from tiltaksflyt.ledger import Forsendelsestilstand, Leveransetilstand, Statuskode
from tiltaksflyt.pipeline import klokke, steg
from tiltaksflyt.pipeline.omgivelser import Omgivelser

START = DAG - timedelta(days=20)
_ENDT = (Forsendelsestilstand.GODTATT, Forsendelsestilstand.ERSTATTET)
_MAKS_RUNDER_TIL_RO = 60
_SYN_PA_SAKEN = 0.3


class Kaos:
    """The run: faults one after another, an operator who now and then looks, and then calm."""

    def __init__(self, linje: Linje, om: Omgivelser) -> None:
        self._linje = linje
        self._om = om
        self.forventet = 0
        linje.drop = self.drop

    def run(self, kast: Sequence[str], tell: Callable[[int], object] = lambda _: None) -> Regnskap:
        """Throw these kinds of fault in some order, and count what came of it. `tell` hears how far it is."""
        kast = self._linje.tilfeldig.sample(kast, len(kast))
        for nummer, (melding_ider, navn) in enumerate(zip(self._build(len(kast)), kast, strict=True), 1):
            for melding_id in melding_ider:
                self._om.ledger.dokumenter.release(melding_id, Statuskode.HOLDT_AV_PERSON)
            self._throw(navn)
            if self._linje.tilfeldig.random() < _SYN_PA_SAKEN:
                self._look_after()
            tell(nummer)
        self._calm()
        return self._count()

    def drop(self) -> None:
        """Two more deltakelser with a plan each, one to either recipient."""
        self._drop(2, f"eksport-{self.forventet}.json", "ENDRING")

    def _drop(self, antall: int, navn: str, omfang: str) -> None:
        """So many deltakelser with a plan each; as many documents must arrive, half of them at either recipient."""
        numre = range(self.forventet + 1, self.forventet + antall + 1)
        self.forventet += antall
        eksport = document(DAG, [running(n, START) for n in numre], plan=[plan(n, DAG) for n in numre], omfang=omfang)
        for rad in eksport["deltaker"][::2]:
            rad["navEnhet"] = ENHET
        self._linje.anlegg.drop(AVSENDER, navn, json.dumps(eksport, ensure_ascii=False).encode())

    def _build(self, antall: int) -> Iterator[tuple[str, str]]:
        """For each fault a document to either recipient, built by the ordinary steps and held until its turn."""
        klokke.move(self._om, DAG)
        self._drop(2 * antall, "eksport.json", "FULL")
        for navn in ("mottak", "rapportering"):
            steg.run(navn, self._om, DAG, datetime.now(UTC) + timedelta(seconds=10))
        venter: dict[str, list[str]] = defaultdict(list)
        for rad in self._om.ledger.dokumenter.forsendelser():
            self._om.ledger.dokumenter.hold(rad.melding_id, Statuskode.HOLDT_AV_PERSON)
            venter[rad.mottaker].append(rad.melding_id)
        en, annen = venter.values()
        return zip(en, annen, strict=True)

    def _throw(self, navn: str) -> None:
        """One fault, and time passes."""
        self._linje.remember_receipts()
        start = time.monotonic()
        FEIL[navn](self._linje)
        self._linje.regnskap.sekunder[navn] += time.monotonic() - start
        self._linje.regnskap.feil[navn] += 1
        self._linje.forskyvning += timedelta(minutes=self._linje.tilfeldig.randint(0, 40))

    def _look_after(self) -> None:
        """An operator does what alarms ask for: lets a stopped recipient go, and has what stopped tried again."""
        now = self._linje.now
        for stans in self._om.ledger.stanser.active():
            self._om.ledger.stanser.lift(stans.stans_id, av="kaos", now=now)
        for rad in self._om.ledger.leveranser.list([Leveransetilstand.FEIL]):
            self._linje.regnskap.varslet[rad.statuskode.value] += 1
            self._om.ledger.leveranser.retry(rad.leveranse_id, now=now)

    def _calm(self) -> None:
        """No more faults: the line runs, hour by hour, until nothing moves."""
        for _ in range(_MAKS_RUNDER_TIL_RO):
            self._linje.forskyvning += timedelta(hours=5)
            self._look_after()
            if len(self._om.ledger.dokumenter.forsendelser()) < self.forventet:
                self._linje.build()
            self._linje.work()
            self._linje.wait_for_receiver()
            rader = self._om.ledger.dokumenter.forsendelser()
            if len(rader) == self.forventet and all(rad.tilstand in _ENDT for rad in rader):
                return

    def _count(self) -> Regnskap:
        """Hold the receiver's archive against the ledger."""
        anlegg, regnskap = self._linje.anlegg, self._linje.regnskap
        arkiv = [
            json.loads(fil.read_text(encoding="utf-8"))["hode"]
            for fil in (anlegg.mottakerkatalog / "arkiv").rglob("dokument.json")
        ]
        mottatt = Counter((hode["dokumentId"], hode["versjon"], hode["mottaker"]["navEnhet"]) for hode in arkiv)
        rader = self._om.ledger.dokumenter.forsendelser()
        registrert = {hode["meldingId"] for hode in arkiv if anlegg.mottak.mottatt.find(hode["meldingId"])}
        fast = self._om.ledger.oversikt(self._linje.now).as_json()["sittendeFast"]
        regnskap.forventet = self.forventet
        regnskap.dokumenter = len(rader)
        regnskap.hos_mottaker = len(registrert)
        regnskap.tapt = self.forventet - len(registrert & {rad.melding_id for rad in rader})
        regnskap.dobbelt = sum(antall - 1 for antall in mottatt.values())
        regnskap.sittende_uten_varsel = max(0, sum(rad.tilstand not in _ENDT for rad in rader) - fast)
        return regnskap


def choose_faults(antall: int) -> Sequence[str]:
    """Each kind as often as the others, but what takes a minute: once for each hundred."""
    korte = [navn for navn in FEIL if navn != MINUTTET]
    return [MINUTTET] * (antall // 100) + list(islice(cycle(korte), antall - antall // 100))


@contextmanager
def open_chaos(katalog: Path, fro: int, *, postgres: bool = False) -> Iterator[Kaos]:
    """A deployment with two recipients, ready to be disturbed."""
    tilfeldig = random.Random(fro)  # noqa: S311  the same faults for the same seed
    with (
        open_databaser(katalog / "anlegg", postgres=postgres) as databaser,
        make_maskinporten() as maskinporten,
    ):
        anlegg = LokaltAnlegg(katalog / "anlegg", _two_recipients(katalog / "mal"), databaser=databaser.urler)
        _know_the_api(anlegg)
        with (
            anlegg,
            Apimottak(anlegg.mottakerkatalog / "brukere" / BRUKER, maskinporten) as api,
            Mellomledd(lambda: ("127.0.0.1", anlegg.mottak.innstillinger["port"]), tilfeldig) as ledd,
        ):
            (anlegg.oppsett / "klient.pem").write_bytes(pem(rsa_key("klient")))
            _edit(anlegg.oppsett, lambda rad: _connect(rad, ledd, settings(api, maskinporten)))
            with anlegg.omgivelser() as om:
                yield Kaos(Linje(anlegg, databaser, ledd, api, tilfeldig, Regnskap()), om)


def _two_recipients(mal: Path) -> Path:
    make_oppsett(mal)
    fil = mal / "mottakere.yaml"
    innhold = yaml.safe_load(fil.read_text(encoding="utf-8"))
    forste = innhold["mottakere"][0]
    innhold["mottakere"].append({**forste, "navEnhet": ENHET, "navn": "TEST Nav bak et API"})
    fil.write_text(yaml.safe_dump(innhold, allow_unicode=True), encoding="utf-8")
    return mal


def _know_the_api(anlegg: LokaltAnlegg) -> None:
    """The receiver takes from the API as from one more user, who never logs in."""
    nokler = anlegg.mottak.nokkelfil.parent
    nokler.mkdir(parents=True)
    (nokler / f"{BRUKER}.pub").write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_public_key())


def _edit(oppsett: Path, change: Callable[[dict[str, object]], None]) -> None:
    fil = oppsett / "mottakere.yaml"
    innhold = yaml.safe_load(fil.read_text(encoding="utf-8"))
    for rad in innhold["mottakere"]:
        change(rad)
    fil.write_text(yaml.safe_dump(innhold, allow_unicode=True), encoding="utf-8")


def _connect(rad: dict[str, object], ledd: Mellomledd, api: dict[str, object]) -> None:
    if rad["navEnhet"] == ENHET:
        rad["kanal"] = {"https": api}
    else:
        rad["kanal"]["sftp"]["port"] = ledd.port


def main() -> int:
    """The long form. Prints the account as JSON; 1 when something was lost, doubled, or stuck without an alarm."""
    leser = argparse.ArgumentParser(prog="python -m tests.faults.kaos", description=main.__doc__)
    leser.add_argument("--feil", type=int, default=1000)
    leser.add_argument("--fro", type=int, default=1)
    leser.add_argument("--postgres", action="store_true")
    valg = leser.parse_args()
    katalog = Path(mkdtemp(prefix="tiltaksflyt-kaos-"))
    start = time.monotonic()
    try:
        with open_chaos(katalog, valg.fro, postgres=valg.postgres) as kaos:
            regnskap = kaos.run(
                choose_faults(valg.feil), lambda nummer: sys.stderr.write(f"\r{nummer} av {valg.feil} feil")
            )
    finally:
        shutil.rmtree(katalog)
    utskrift = regnskap.as_json() | {"sekunder": round(time.monotonic() - start)}
    sys.stdout.write(json.dumps(utskrift, indent=1, ensure_ascii=False) + "\n")
    return int(not regnskap.er_i_orden)


if __name__ == "__main__":
    raise SystemExit(main())
