"""Drops as frames for bench_validate: from the generator, with known faults put in, kept a file each and tiled."""

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from expectations import Innsendt
from expectations.rammer import text_frame
from expectations.tabeller import INNSENDING
from schemas.kontrakt import Felttype, tabeller
from schemas.teksttype import TEKSTTYPE
from tiltaksflyt.pipeline.validering import default_sender
from tiltaksflyt.syntetisk.generering import Innsending, generate

FRO = 1
DAG = date(2026, 6, 16)
AVSENDERE, DELTAKERE = 330, 7600
DELTAKERE_PER_AVSENDER = DELTAKERE / AVSENDERE
_IDER = {
    tabell.navn: [felt.navn for felt in tabell.felter.values() if felt.type is Felttype.ID]
    for tabell in tabeller().values()
}
_INGEN_PROBLEMER = pd.DataFrame({"tabell": [], "indeks": [], "kolonne": [], "kode": []}, dtype=str)

Rammer = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Eksport:
    """One sender's drop: the frames that the door would hand over, and the header."""

    tabeller: Rammer
    hode: Mapping[str, str]

    @property
    def deltakelser(self) -> int:
        """The rows of deltakelse."""
        return len(self.tabeller["deltakelse"])

    @property
    def rader(self) -> int:
        """The rows of all tables."""
        return sum(len(ramme) for ramme in self.tabeller.values())

    def innsendt(self) -> Innsendt:
        """The drop as the checks take it."""
        avsender = default_sender(self.hode["arrangorOrgnr"], "TEST")
        return Innsendt(self.tabeller, _INGEN_PROBLEMER, self.hode, avsender)


def make_eksport(innsending: Innsending) -> Eksport:
    """The frames of one generated drop."""
    rader: dict[str, list[Mapping[str, object]]] = {tabell: [] for tabell in tabeller() if tabell != "innsending"}
    for tabell, rad in innsending.rader():
        rader[tabell].append(rad)
    return Eksport(
        {tabell: _frame(tabell, egne) for tabell, egne in rader.items()},
        {felt: str(verdi) for felt, verdi in innsending.hode.items()},
    )


def _frame(tabell: str, rader: list[Mapping[str, object]]) -> pd.DataFrame:
    ramme = text_frame(tabell, rader, [0] * len(rader)).drop(columns=INNSENDING)
    nummer = np.arange(1, len(rader) + 1)
    return ramme.assign(_rad=nummer, _post=nummer)


def stream(deltakere: int) -> Iterator[Eksport]:
    """Drops straight from the generator, one in memory at a time."""
    avsendere = max(1, round(deltakere / DELTAKERE_PER_AVSENDER))
    return (make_eksport(innsending) for innsending in generate(FRO, deltakere, DAG, arrangorer=avsendere))


# --- a national month on disk, and more than a month by tiling ----


def write_month(katalog: Path, deltakere: int) -> None:
    """The drops of a month with faults in them, a file each, so that whoever reads them holds one at a time."""
    katalog.mkdir(parents=True, exist_ok=True)
    for nummer, eksport in enumerate(stream(deltakere)):
        skadet = {tabell: _spoil(tabell, ramme) for tabell, ramme in eksport.tabeller.items()}
        (katalog / f"{nummer:05d}.pickle").write_bytes(pickle.dumps(Eksport(skadet, eksport.hode)))


def _spoil(tabell: str, ramme: pd.DataFrame) -> pd.DataFrame:
    from alternativer import felles_betingelser

    skadet = ramme.copy()
    for nummer, betingelse in enumerate(felles_betingelser()):
        if betingelse.tabell == tabell and betingelse.feilverdi is not None:
            rader = np.arange(len(ramme)) % 61 == nummer * 7 % 61
            skadet.loc[rader, betingelse.kolonne] = betingelse.feilverdi
    return skadet


def read_eksporter(katalog: Path, deltakelser: int) -> Iterator[Eksport]:
    """Drops with `deltakelser` deltakelser together; the month again and again, under fresh ids, where it is short."""
    lest = 0
    filer = sorted(katalog.glob("*.pickle"))
    omgang = 0
    while lest < deltakelser:
        for fil in filer:
            eksport = pickle.loads(fil.read_bytes())  # noqa: S301  written by write_month a moment ago
            eksport = _cut(_with_fresh_ids(eksport, omgang) if omgang else eksport, deltakelser - lest)
            lest += eksport.deltakelser
            yield eksport
            if lest >= deltakelser:
                return
        omgang += 1


def _with_fresh_ids(eksport: Eksport, omgang: int) -> Eksport:
    nye = {}
    for tabell, ramme in eksport.tabeller.items():
        ider = {kolonne: [f"{id_}-{omgang}" if id_ else "" for id_ in ramme[kolonne]] for kolonne in _IDER[tabell]}
        nye[tabell] = ramme.assign(**{kolonne: pd.array(verdier, dtype=TEKSTTYPE) for kolonne, verdier in ider.items()})
    return Eksport(nye, eksport.hode)


def _cut(eksport: Eksport, deltakelser: int) -> Eksport:
    """The first deltakelser of a drop, with what hangs on them."""
    if eksport.deltakelser <= deltakelser:
        return eksport
    beholdt = eksport.tabeller["deltakelse"].iloc[:deltakelser]
    kutt = dict(eksport.tabeller)
    for tabell, ramme in eksport.tabeller.items():
        for nokkel in ("deltakelseId", "deltakerId"):
            if nokkel in ramme:
                kutt[tabell] = ramme[ramme[nokkel].isin(beholdt[nokkel])].reset_index(drop=True)
                break
    return Eksport(kutt, eksport.hode)
