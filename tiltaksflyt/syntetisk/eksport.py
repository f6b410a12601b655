"""Writes the exports of many senders to folders, with the set-ups that go with them and the list of faults."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from tiltaksflyt.syntetisk.arrangorer import Arrangor, make_arrangorer
from tiltaksflyt.syntetisk.demo import DAGER, RAPPORTERER_FRA, demo_drops
from tiltaksflyt.syntetisk.feil import VANLIGE_RATER, Feilrater
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending, generate
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop


@dataclass(frozen=True)
class Valg:
    """What is asked for. Without `format`: the demo's three senders, each in its own. `feilfil` asks for faults."""

    seed: int
    arrangorer: int | None
    deltakere: int
    dato: date | None
    format: Format | None
    ut: Path
    oppsett: Path | None = None
    rapporterer_fra: date | None = None
    feilfil: Path | None = None

    @property
    def dag(self) -> date:
        """The day of the exports."""
        return self.dato or DAGER[0]


def write_exports(valg: Valg) -> int:
    """Write <ut>/<orgnr>/eksport-<dato>.<endelse> for each sender, and what goes with them; how many there were.

    Raises UmuligBestilling when the numbers asked for do not add up.
    """
    if valg.feilfil is not None:
        valg.feilfil.unlink(missing_ok=True)
    antall = 0
    for innsending, format_ in _drops(valg):
        _write(innsending, format_, valg)
        antall += 1
    return antall


def _drops(valg: Valg) -> Iterator[tuple[Innsending, Format]]:
    rater = Feilrater() if valg.feilfil is None else VANLIGE_RATER
    if valg.format is None:
        for avsender, innsending in demo_drops(valg.dag):
            yield replace(innsending, rater=rater), avsender.format
        return
    arrangorer = _fitting(make_arrangorer(valg.seed, valg.deltakere, valg.arrangorer), valg, valg.format)
    for innsending in generate(valg.seed, valg.deltakere, valg.dag, arrangorer=arrangorer, rater=rater):
        yield innsending, valg.format


def _fitting(arrangorer: Iterator[Arrangor], valg: Valg, format_: Format) -> Iterator[Arrangor]:
    """Senders whose names fit the encoding, and who know since when they report."""
    for arrangor in arrangorer:
        yield replace(arrangor, tegnsett=format_.tegnsett, rapporterer_fra=valg.rapporterer_fra)


def _write(innsending: Innsending, format_: Format, valg: Valg) -> None:
    arrangor = innsending.arrangor
    mappe = valg.ut / arrangor.orgnr
    mappe.mkdir(parents=True, exist_ok=True)
    write_drop(innsending, format_, mappe / f"eksport-{valg.dag.isoformat()}.{format_.endelse}")
    if valg.oppsett is not None:
        fra = valg.rapporterer_fra or (RAPPORTERER_FRA if valg.format is None else valg.dag)
        write_sender_setup(arrangor, format_, fra, valg.oppsett)
        if not (valg.oppsett / "mottakere.yaml").exists():
            write_recipients(valg.oppsett)
    if valg.feilfil is not None:
        with valg.feilfil.open("a", encoding="utf-8") as fil:
            fil.writelines(json.dumps(asdict(feil), ensure_ascii=False) + "\n" for feil in innsending.feil())
