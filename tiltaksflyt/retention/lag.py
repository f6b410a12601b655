"""A layer: bytes that are searched in a stream, and everything that is unpacked or decoded from them on the way.

A file is a layer, and so is what comes out of each container and each encoding in it. A layer holds the last few
hundred bytes it has seen and nothing more, so that size costs time and no memory.
"""

from dataclasses import dataclass, field
from typing import Final

from tiltaksflyt.retention.beholdere import Base64, Beholder, Pakket, Samlet
from tiltaksflyt.retention.funn import Funn, Mangel, Mangelgrunn, Treff
from tiltaksflyt.retention.monstre import KORT, Begynnelse, Kjennetegn, Monstre
from tiltaksflyt.retention.omkoding import OMKODINGER, short_signs
from tiltaksflyt.retention.samlere import SAMLERE
from tiltaksflyt.retention.utpakking import PAKKERE

_MEBI: Final = 1024 * 1024


@dataclass(frozen=True)
class Grenser:
    """How far a sweep goes. What lies beyond is told, never passed over."""

    dybde: int = 8
    utpakket: int = 64 * 1024 * _MEBI
    i_minnet: int = 24 * _MEBI
    samtidige: int = 16


@dataclass
class Sok:
    """What the layers of one sweep share: the patterns, the limits, and what is found and not yet handed on."""

    monstre: Monstre
    grenser: Grenser = Grenser()
    funn: list[Funn] = field(default_factory=list)
    samlet: int = 0


class Lag:
    """One layer. `sikker` when nothing on the way was a guess: then what looks like a container is one."""

    def __init__(self, sok: Sok, sti: str, dybde: int = 0, *, sikker: bool = True, er_fil: bool = False) -> None:
        self._sok, self._sti, self._dybde, self._sikker, self._er_fil = sok, sti, dybde, sikker, er_fil
        self._hale, self._sett = b"", 0
        self._beholdere: list[Beholder] = []
        self._er_zip = False
        self._omkodet: dict[Kjennetegn, _Omkodet] = {}

    @property
    def i_gang(self) -> bool:
        """Whether something in it goes on in the next piece."""
        return bool(self._beholdere) or any(omkodet.i_gang for omkodet in self._omkodet.values())

    def feed(self, data: bytes) -> None:
        """Search the next piece."""
        if not data:
            return
        vindu, fra = self._hale + data, len(self._hale)
        start = self._sett - fra
        lest = self._sok.monstre.read(vindu, fra)
        self._sok.funn += [Treff(self._sti, nal.koding, start + plass) for nal, plass in lest.naler]
        for beholder in self._beholdere:
            beholder.feed(data)
        for begynnelse, plass in lest.begynnelser:
            self._begin(begynnelse, start + plass, vindu, plass)
        self._beholdere = [beholder for beholder in self._beholdere if not beholder.ferdig]
        tegn = lest.kjennetegn | short_signs(vindu) if len(vindu) <= KORT else lest.kjennetegn
        self._decode(tegn, vindu, data, start)
        self._hale = vindu[-self._sok.monstre.lengste :]
        self._sett += len(data)

    def close(self) -> None:
        """Nothing more comes: what is unfinished is searched as far as it goes, and told."""
        for beholder in self._beholdere:
            beholder.close()
        for omkodet in self._omkodet.values():
            omkodet.close()
        self._beholdere, self._omkodet = [], {}

    def tell(self, grunn: Mangelgrunn, posisjon: int, *, alvorlig: bool) -> None:
        """Something here is not searched whole."""
        self._sok.funn.append(Mangel(self._sti, grunn, posisjon, alvorlig))

    def _begin(self, begynnelse: Begynnelse, posisjon: int, vindu: bytes, plass: int) -> None:
        self._er_zip = self._er_zip or (begynnelse is Begynnelse.ZIP and posisjon == 0)
        ekte = self._sikker and (posisjon == 0 or (begynnelse is Begynnelse.ZIP and self._er_zip))
        if begynnelse is Begynnelse.CMS:
            self.tell(Mangelgrunn.KRYPTERT, posisjon, alvorlig=False)
        elif begynnelse is Begynnelse.UKJENT:
            self.tell(Mangelgrunn.UKJENT_PAKKING, posisjon, alvorlig=ekte)
        elif begynnelse is Begynnelse.SQLITE and self._er_fil and posisjon == 0:
            return  # a database file is opened as one, with its log
        elif len(self._beholdere) >= self._sok.grenser.samtidige:
            self.tell(Mangelgrunn.FOR_STORT, posisjon, alvorlig=True)
        else:
            beholder = self._open(begynnelse, posisjon, ekte)
            beholder.feed(vindu[plass:])
            self._beholdere.append(beholder)

    def _open(self, begynnelse: Begynnelse, posisjon: int, ekte: bool) -> Beholder:
        sti = f"{self._sti}!{begynnelse}@{posisjon}"
        indre = Indre(self._sok, self, sti, self._dybde + 1, posisjon, sikker=self._sikker)
        if begynnelse is Begynnelse.BASE64:
            return Base64(indre, ekte=False)
        if begynnelse not in SAMLERE:
            return Pakket(indre, PAKKERE[begynnelse], ekte=ekte)
        for tidligere in self._beholdere:
            if isinstance(tidligere, Samlet):
                tidligere.end_before(begynnelse)
        return Samlet(indre, begynnelse, SAMLERE[begynnelse](), ekte=ekte)

    def _decode(self, tegn: frozenset[Kjennetegn], vindu: bytes, data: bytes, start: int) -> None:
        for kjennetegn in Kjennetegn:
            omkodet = self._omkodet.get(kjennetegn)
            if omkodet is not None:
                omkodet.feed(data)
                if kjennetegn not in tegn and not omkodet.i_gang:
                    omkodet.close()
                    del self._omkodet[kjennetegn]
            elif kjennetegn in tegn:
                sti = f"{self._sti}!{kjennetegn}@{start}"
                omkodet = _Omkodet(kjennetegn, Indre(self._sok, self, sti, self._dybde + 1, start, sikker=False))
                self._omkodet[kjennetegn] = omkodet
                omkodet.feed(vindu)


class Indre:
    """The layer within a container or an encoding: made when the first byte comes out of it."""

    def __init__(self, sok: Sok, ytre: Lag, sti: str, dybde: int, posisjon: int, *, sikker: bool) -> None:
        self._sok, self._ytre, self._sti, self._dybde, self._posisjon = sok, ytre, sti, dybde, posisjon
        self._sikker = sikker
        self._lag: Lag | None = None
        self.mengde = 0
        self.stengt = False

    @property
    def i_gang(self) -> bool:
        """Whether something in it goes on in the next piece."""
        return self._lag is not None and self._lag.i_gang

    def feed(self, data: bytes) -> None:
        """Search what came out, unless it lies deeper or is more than the sweep goes into: then that is told."""
        if not data or self.stengt:
            return
        self.mengde += len(data)
        if self._dybde > self._sok.grenser.dybde:
            self._stop(Mangelgrunn.FOR_DYPT)
        elif self.mengde > self._sok.grenser.utpakket:
            self._stop(Mangelgrunn.FOR_STORT)
        else:
            if self._lag is None:
                self._lag = Lag(self._sok, self._sti, self._dybde, sikker=self._sikker)
            self._lag.feed(data)

    def reserve(self, antall: int) -> bool:
        """Whether so many more bytes may be held in memory; give them back with a negative number."""
        self._sok.samlet += antall
        return self._sok.samlet <= self._sok.grenser.i_minnet

    def tell(self, grunn: Mangelgrunn, *, alvorlig: bool) -> None:
        """What this layer would have come from is not searched whole."""
        self._ytre.tell(grunn, self._posisjon, alvorlig=alvorlig)

    def close(self) -> None:
        """Nothing more comes."""
        if self._lag is not None:
            self._lag.close()

    def _stop(self, grunn: Mangelgrunn) -> None:
        self.stengt = True
        self.tell(grunn, alvorlig=True)


class _Omkodet:
    def __init__(self, kjennetegn: Kjennetegn, indre: Indre) -> None:
        self._omkoding = OMKODINGER[kjennetegn]()
        self._indre = indre

    @property
    def i_gang(self) -> bool:
        return self._omkoding.apen or self._indre.i_gang

    def feed(self, data: bytes) -> None:
        self._indre.feed(self._omkoding.feed(data))

    def close(self) -> None:
        self._indre.feed(self._omkoding.close())
        self._indre.close()
