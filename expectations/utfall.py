"""From masks to what goes on: which deltakelser are held, and which rows are left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from expectations.grunnlag import INDEKS
from expectations.kjoring import Boolsk, Kjoring
from expectations.regel import Niva, Regel, Sted, Virkning
from expectations.tabeller import INNSENDING
from schemas.avvik import Alvorlighet
from schemas.kontrakt import barnetabeller


@dataclass(frozen=True)
class Deltakelsesutfall:
    """What became of one deltakelse: held by `regler`, or accepted when there are none.

    `indeks` is its row in the frame as dropped; None where the drop names a stored deltakelse only in child rows.
    The ids are the sender's own and stay out of any printed form. Dates are text, "" when unknown or refused.
    `lagres` is false where nothing may be kept, not even that it was held.
    """

    indeks: int | None
    deltakelse_id: str = field(repr=False)
    deltaker_id: str = field(repr=False)
    tiltakskode: str
    start_dato: str
    slutt_dato: str
    regler: tuple[str, ...]
    lagres: bool

    @property
    def er_godtatt(self) -> bool:
        """Whether the deltakelse goes on."""
        return not self.regler


_UTFALLSFELTER = ("deltakelseId", "deltakerId", "tiltakskode", "startDato", "sluttDato")


class Utfall:
    """What the breaches of one run do to deltakelser and rows."""

    def __init__(self, kjoring: Kjoring) -> None:
        self._kjoring = kjoring
        self._samlet = kjoring.samlet
        self._antall = len(kjoring.grunnlag.rammer["deltakelse"])
        self._holdt_av: dict[int, list[Regel]] = {}
        self._forkastet: dict[str, Boolsk] = {}
        self.slett_straks: set[int] = set()
        for regel in kjoring.regler:
            for nummer, sted in enumerate(regel.steder):
                maske = kjoring.masker.get((regel.regel, nummer))
                if maske is not None and maske.any():
                    self._take_in(regel, sted, maske)

    def _take_in(self, regel: Regel, sted: Sted, maske: Boolsk) -> None:
        if Virkning.SLETT_STRAKS in regel.virkning:
            innsendinger = self._kjoring.grunnlag.rammer[sted.tabell][INNSENDING].to_numpy()
            self.slett_straks.update(int(nummer) for nummer in innsendinger[maske])
        if Virkning.FORKAST_RAD in regel.virkning:
            self._leave_out(sted.tabell, maske)
        if regel.alvorlighet is Alvorlighet.FEIL and regel.niva is not Niva.DOKUMENT:
            self._hold(regel, sted, maske)

    def _hold(self, regel: Regel, sted: Sted, maske: Boolsk) -> None:
        posisjoner = self._deltakelser_of(sted.tabell, maske)
        if posisjoner is None:
            self._leave_out(sted.tabell, maske)
            return
        for posisjon in posisjoner:
            regler = self._holdt_av.setdefault(int(posisjon), [])
            if regel not in regler:
                regler.append(regel)

    def _deltakelser_of(self, tabell: str, maske: Boolsk) -> Boolsk | None:
        """The deltakelser that a breach in these rows holds; None for a table that stands for itself."""
        if tabell == "deltakelse":
            return np.flatnonzero(maske)
        if tabell == "innsending":
            rammer = self._kjoring.grunnlag.rammer
            innsendinger = rammer["innsending"][INNSENDING][maske]
            return np.flatnonzero(self._samlet.tekst("deltakelse", INNSENDING).isin(innsendinger))
        if tabell == "deltaker":
            personer = self._samlet.nokkel("deltaker", "deltakerId").iloc[: len(maske)][maske]
            egne = self._samlet.nokkel("deltakelse", "deltakerId")
            return np.flatnonzero(egne.isin(personer) & egne.ne(""))
        if tabell in barnetabeller():
            posisjoner = self._samlet.posisjon(tabell, "deltakelse")[: len(maske)][maske]
            return np.unique(posisjoner[posisjoner >= 0])
        return None

    def _leave_out(self, tabell: str, maske: Boolsk) -> None:
        self._forkastet[tabell] = self._forkastet.get(tabell, False) | maske

    def forkastede(self, innsending: int) -> dict[str, frozenset[int]]:
        """The rows of one drop that are not used, by table and the index of the dropped frame."""
        resultat = {}
        for tabell, maske in self._forkastet.items():
            ramme = self._kjoring.grunnlag.rammer[tabell]
            egne = ramme[INDEKS].to_numpy()[maske & ramme[INNSENDING].eq(innsending).to_numpy()]
            if len(egne):
                resultat[tabell] = frozenset(int(indeks) for indeks in egne)
        return resultat

    def outcomes(self) -> tuple[tuple[Deltakelsesutfall, ...], ...]:
        """For each drop the deltakelser that it names: its own rows in order, then the stored ones."""
        ramme = self._samlet.ramme("deltakelse")
        indekser = self._kjoring.grunnlag.rammer["deltakelse"][INDEKS].to_list()
        kolonner = {felt: ramme[felt].to_list() for felt in _UTFALLSFELTER}
        innsendinger = ramme[INNSENDING].to_list()
        resultat: list[list[Deltakelsesutfall]] = [[] for _ in self._kjoring.grunnlag.innsendte]
        for posisjon in self._named():
            regler = self._holdt_av.get(posisjon, [])
            utfall = Deltakelsesutfall(
                indeks=indekser[posisjon] if posisjon < self._antall else None,
                deltakelse_id=kolonner["deltakelseId"][posisjon],
                deltaker_id=kolonner["deltakerId"][posisjon],
                tiltakskode=kolonner["tiltakskode"][posisjon],
                start_dato=kolonner["startDato"][posisjon],
                slutt_dato=kolonner["sluttDato"][posisjon],
                regler=tuple(regel.regel for regel in regler),
                lagres=not any(Virkning.LAGRES_IKKE in regel.virkning for regel in regler),
            )
            resultat[innsendinger[posisjon]].append(utfall)
        return tuple(tuple(utfall) for utfall in resultat)

    def _named(self) -> Iterable[int]:
        gjentatt = self._forkastet.get("deltakelse")
        for posisjon in range(self._antall):
            if gjentatt is None or not gjentatt[posisjon]:
                yield posisjon
        bare_lagret: set[int] = set()
        # A consent stands for itself, and is in the record of the deltakelse it was given in for as long as that lives.
        for tabell in (*barnetabeller(), "samtykke"):
            antall = len(self._kjoring.grunnlag.rammer[tabell])
            posisjoner = self._samlet.posisjon(tabell, "deltakelse")[:antall]
            bare_lagret.update(int(posisjon) for posisjon in posisjoner[posisjoner >= self._antall])
        yield from sorted(bare_lagret)
