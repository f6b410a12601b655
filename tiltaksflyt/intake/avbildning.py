"""From the sender's tables to the contract's: columns are found, words kept as they are, and what nobody knows told.

A column or table that the layout neither maps nor declares unused is neither read nor stored (FIL009); it is only
looked through for fødselsnumre, which refuse the drop (FIL018). It is told by its place, never by its name: the
first line of a file without a header is somebody's data.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from sys import getsizeof

from schemas.avvik import Avvik
from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake.celler import Feilcelle
from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.identspor import any_holds_personident, holds_personident
from tiltaksflyt.intake.kart import HODE, Kildekart, Maal, Profil
from tiltaksflyt.intake.kilde import Del, Kilderad, Kildetabell, Opplysning, Ukjentdel, name_key
from tiltaksflyt.intake.notasjon import clean_token
from tiltaksflyt.intake.portregler import Avvisning, make_avvik
from tiltaksflyt.intake.uttrykk import Kolonne, Uttrykk

_TOM = getsizeof("")


@dataclass
class Raatabell:
    """A contract table before typing: the cells of each field, the place of each row, and which rows are damaged."""

    tabell: str
    kolonner: dict[str, list[str]]
    rad: "array[int]" = field(default_factory=lambda: array("q"))
    post: "array[int]" = field(default_factory=lambda: array("q"))
    skadede: set[int] = field(default_factory=set)

    def append(self, verdier: Sequence[str], kilderad: Kilderad) -> None:
        """Add a row; `verdier` in the order of `kolonner`."""
        for kolonne, verdi in zip(self.kolonner.values(), verdier, strict=True):
            kolonne.append(verdi)
        if kilderad.skadet:
            self.skadede.add(len(self.rad))
        self.rad.append(kilderad.rad)
        self.post.append(kilderad.post)


class Avbildning:
    """Takes the parts of one file in turn; holds the raw contract tables and what was found wrong."""

    def __init__(self, profil: Profil, dato: date, grenser: Grenser) -> None:
        self._profil = profil
        self._forbruk = _Forbruk(grenser)
        self._dato = dato
        self._kilder = {name_key(navn): navn for navn in profil.kilder}
        self._ubrukte = {name_key(navn) for navn in profil.ubrukte_tabeller}
        self._lest: set[str] = set()
        self._har_ukjent_del = False
        self.tabeller: dict[str, Raatabell] = {}
        self.avvik: list[Avvik] = []

    def know_table(self, navn: str) -> str | None:
        """The layout's spelling of a table name; "" for one declared unused; None for one it does not know."""
        nokkel = name_key(navn)
        return "" if nokkel in self._ubrukte else self._kilder.get(nokkel)

    def know_columns(self, kolonner: Sequence[str]) -> str | None:
        """The one table whose columns a header holds best; None when none or several fit.

        Where no table has all that it must have, the one that has most of it: so that the sender is told what lacks.
        """
        funnet = {name_key(kolonne) for kolonne in kolonner}
        kilder = self._profil.kilder.values()
        hele = [kilde for kilde in kilder if _count(kilde.must_have(), funnet) == len(kilde.must_have())]
        nesten = [kilde for kilde in kilder if 2 * _count(kilde.must_have(), funnet) > len(kilde.must_have())]
        return _best_known(hele, funnet) or _best_known(nesten, funnet)

    def is_header(self, navn: str | None, celler: Sequence[str]) -> bool:
        """Whether a row has every column that its table must have; that some table must have, without a `navn`."""
        funnet = {name_key(celle) for celle in celler}
        kilder = self._profil.kilder.values() if navn is None else [self._profil.kilder[navn]]
        return any(
            _count(kilde.kolonner, funnet) and _count(kilde.must_have(), funnet) == len(kilde.must_have())
            for kilde in kilder
        )

    def add(self, del_: Del) -> None:
        """Take in one part of the file."""
        if isinstance(del_, Opplysning):
            har_ident = any_holds_personident(del_.tekster, self._dato)
            self._tell(make_avvik("FIL018" if har_ident else del_.regel_id, None, del_.plass))
        elif isinstance(del_, Ukjentdel):
            self._har_ukjent_del = True
            self._tell_unknown(None, del_.plass, any_holds_personident(del_.tekster, self._dato))
        elif del_.navn in self._lest:
            self.avvik.append(make_avvik("FIL010", self._profil.kilder[del_.navn].maal[0].tabell))
        else:
            self._lest.add(del_.navn)
            self._add_table(self._profil.kilder[del_.navn], del_)

    def _add_table(self, kilde: Kildekart, tabell: Kildetabell) -> None:
        hode = _Overskrift(kilde, tabell)
        feil = hode.find_faults()
        self.avvik += [make_avvik("FIL010", kilde.maal[0].tabell, kolonne) for kolonne in feil]
        mottakere = [self._begin(maal) for maal in kilde.maal]
        lesere = [_Radleser(self._profil, kilde, maal, hode.plass) for maal in kilde.maal]
        sett: set[tuple[str, ...]] = set()
        for rad in tabell.rader:
            hode.look_through(rad.celler, self._dato)
            if feil:
                continue
            if rad.skadet:
                self._keep(mottakere[0], lesere[0].salvage(rad.celler), rad)
                continue
            forste = lesere[0].read(rad.celler)
            innhold = tuple(map(clean_token, forste)) if kilde.gjentas else ()
            if innhold not in sett:
                self._keep(mottakere[0], forste, rad)
            if kilde.gjentas:
                sett.add(innhold)
            for mottaker, leser in zip(mottakere[1:], lesere[1:], strict=True):
                if leser.is_there(rad.celler):
                    self._keep(mottaker, leser.read(rad.celler), rad)
        for plass, har_ident in hode.unknown_columns():
            self._tell_unknown(kilde.maal[0].tabell, plass, har_ident)

    def _keep(self, mottaker: Raatabell, verdier: Sequence[str], rad: Kilderad) -> None:
        self._forbruk.add(mottaker.tabell, verdier)
        mottaker.append(verdier, rad)

    def _begin(self, maal: Maal) -> Raatabell:
        kolonner: dict[str, list[str]] = {felt: [] for felt in maal.felter}
        return self.tabeller.setdefault(maal.tabell, Raatabell(maal.tabell, kolonner))

    def _tell_unknown(self, tabell: str | None, plass: str, har_ident: bool) -> None:
        self._tell(make_avvik("FIL018" if har_ident else "FIL009", tabell, plass))

    def _tell(self, avvik: Avvik) -> None:
        if avvik not in self.avvik:
            self.avvik.append(avvik)

    def has_rows(self) -> bool:
        """Whether any table but the header has a row."""
        return any(raa.rad for navn, raa in self.tabeller.items() if navn != HODE)

    def is_unknown(self) -> bool:
        """Whether something is there, and none of it but the header is known."""
        return self._har_ukjent_del and not self.tabeller.keys() - {HODE}


def _count(kolonner: Iterable[str], funnet: Set[str]) -> int:
    return sum(name_key(kolonne) in funnet for kolonne in kolonner)


def _best_known(kilder: Sequence[Kildekart], funnet: Set[str]) -> str | None:
    """The one source with most of its columns among those found; None when several have as many, or none has any."""
    kjente = [_count(kilde.kolonner, funnet) for kilde in kilder]
    flest = max(kjente, default=0)
    return kilder[kjente.index(flest)].navn if flest and kjente.count(flest) == 1 else None


class _Forbruk:
    """What the rows that are kept take, held against the limits while they come."""

    def __init__(self, grenser: Grenser) -> None:
        self._celler = grenser.maks_celler
        self._utfylte = grenser.maks_utfylte_celler
        self._tekst = grenser.maks_tekst
        self._bredder = {navn: len(tabell.felter) for navn, tabell in tabeller().items()}

    def add(self, tabell: str, verdier: Sequence[str]) -> None:
        """Count a row. Raises Avvisning FIL003 past the limits."""
        # A field that the file lacks becomes a cell too, and a text counts wherever it stands, also when it is shared.
        self._celler -= self._bredder[tabell]
        self._utfylte -= sum(map(bool, verdier))
        self._tekst -= sum(map(getsizeof, verdier)) - _TOM * len(verdier)
        if min(self._celler, self._utfylte, self._tekst) < 0:
            raise Avvisning("FIL003")


class _Overskrift:
    """A header held against the layout: where each mapped column stands, and which columns nobody knows."""

    def __init__(self, kilde: Kildekart, tabell: Kildetabell) -> None:
        self._tabell = tabell
        self._kilde = kilde
        egne = {name_key(kolonne): kolonne for kolonne in kilde.kolonner}
        ubrukte = {name_key(kolonne) for kolonne in kilde.ubrukte_kolonner}
        self._forekomster: dict[str, list[int]] = {}
        self._ukjente: dict[int, bool] = {}
        self._uten_navn: set[int] = set()
        self._med_ident: set[int] = set()
        for indeks, navn in enumerate(tabell.kolonner):
            nokkel = name_key(navn)
            if nokkel in egne:
                self._forekomster.setdefault(egne[nokkel], []).append(indeks)
            elif nokkel not in ubrukte:
                # A column without a name counts only when something stands in it.
                self._ukjente[indeks] = bool(nokkel)
        self.plass = {kolonne: plasser[0] for kolonne, plasser in self._forekomster.items()}

    def find_faults(self) -> list[str]:
        """Mapped columns that are missing or stand twice, in the layout's order."""
        ma_ha = self._kilde.must_have() if self._tabell.har_overskrift else frozenset()
        return [
            kolonne
            for kolonne in self._kilde.kolonner
            if len(self._forekomster.get(kolonne, ())) > 1 or (kolonne in ma_ha and kolonne not in self._forekomster)
        ]

    def look_through(self, celler: Sequence[str], dato: date) -> None:
        """See whether unknown columns hold anything, and whether that is a fødselsnummer."""
        for indeks, har_innhold in self._ukjente.items():
            celle = celler[indeks] if indeks < len(celler) else ""
            if celle and not har_innhold and celle.strip():
                self._ukjente[indeks] = True
            if celle and indeks not in self._med_ident and holds_personident(celle, dato):
                self._med_ident.add(indeks)

    def unknown_columns(self) -> Iterator[tuple[str, bool]]:
        """The place of each unknown column that holds or names anything, and whether it holds a fødselsnummer."""
        for indeks, har_innhold in self._ukjente.items():
            if har_innhold:
                yield self._tabell.plasser[indeks], indeks in self._med_ident


class _Radleser:
    """Reads the raw fields of one contract table out of a source row."""

    def __init__(self, profil: Profil, kilde: Kildekart, maal: Maal, plass: Mapping[str, int]) -> None:
        self._formater = profil.formater
        kontrakt = tabeller()[maal.tabell]
        self._felter: list[tuple[Uttrykk, list[int] | None, bool]] = []
        for navn, uttrykk in maal.felter.items():
            finnes = all(kolonne in plass for kolonne in uttrykk.kolonner)
            plasser = [plass[kolonne] for kolonne in uttrykk.kolonner] if finnes else None
            self._felter.append((uttrykk, plasser, kontrakt.felter[navn].type is Felttype.ID))
        self._egne = [plass[kolonne] for kolonne in kilde.own_columns(maal) if kolonne in plass]

    def read(self, celler: Sequence[str]) -> list[str]:
        """The fields of a row whose cells stand where the header says."""
        return [self._field(uttrykk, plasser, celler) for uttrykk, plasser, _ in self._felter]

    def salvage(self, celler: Sequence[str]) -> list[str]:
        """The ids of a damaged row as far as they seem to stand in place; nothing else of it can be trusted."""
        return [
            self._field(uttrykk, plasser, celler)
            if er_id and plasser is not None and all(plass < len(celler) for plass in plasser)
            else ""
            for uttrykk, plasser, er_id in self._felter
        ]

    def is_there(self, celler: Sequence[str]) -> bool:
        """Whether any column of its own has a value."""
        return any(celler[plass].strip() or isinstance(celler[plass], Feilcelle) for plass in self._egne)

    def _field(self, uttrykk: Uttrykk, plasser: list[int] | None, celler: Sequence[str]) -> str:
        if plasser is None:
            return ""
        if isinstance(uttrykk, Kolonne):
            return celler[plasser[0]]
        return uttrykk.read([celler[plass] for plass in plasser], self._formater)
