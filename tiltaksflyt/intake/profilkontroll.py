"""`profile check`: what is wrong with a profile, by line, and what its layout has and lacks of the contract."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema

from schemas.kontrakt import tabeller
from schemas.linjer import Linjekart
from schemas.loader import UgyldigFil, path_of, read_yaml, validator
from tiltaksflyt.intake.kart import Profil
from tiltaksflyt.intake.portdata import read_portdata
from tiltaksflyt.intake.profil import build_profil
from tiltaksflyt.intake.profilfeil import find_faults

_UTTRYKK = (
    "neither a column name nor an expression; the expressions are {kolonne}, {konstant}, {sammen, skille}, "
    "{navn, del, form}, {prosentAvTimer, fullUke} and {timerAvProsent, fullUke}"
)
# What a missing name is taken for, so that the rest can be checked as well.
_STEDFORTREDERE: Mapping[str, Any] = MappingProxyType(
    {"profil": "uten-navn", "versjon": 1, "beskrivelse": "uten beskrivelse", "format": "JSON"}
)


@dataclass(frozen=True)
class Profilfeil:
    """One fault: its line (None for the file as a whole), its place in the document, and the reason."""

    linje: int | None
    sted: str
    grunn: str


@dataclass(frozen=True)
class Tabelldekning:
    """One contract table that the layout has: how many of its fields, and what each optional one it lacks costs."""

    tabell: str
    antall: int
    av: int
    pakrevde: tuple[str, ...]
    savnet: Mapping[str, str]


@dataclass(frozen=True)
class Profilkontroll:
    """What a check found. `savnede_tabeller`: contract table to what it costs that the layout has none."""

    fil: Path
    feil: tuple[Profilfeil, ...]
    dekning: tuple[Tabelldekning, ...]
    savnede_tabeller: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the profile can be loaded."""
        return not self.feil

    def as_json(self) -> dict[str, Any]:
        """The answer as `profile check --json` prints it."""
        return {
            "fil": str(self.fil),
            "ok": self.ok,
            "feil": [{"linje": feil.linje, "sted": feil.sted, "grunn": feil.grunn} for feil in self.feil],
            "dekning": [
                {
                    "tabell": tabell.tabell,
                    "antall": tabell.antall,
                    "av": tabell.av,
                    "pakrevde": list(tabell.pakrevde),
                    "savnet": dict(tabell.savnet),
                }
                for tabell in self.dekning
            ],
            "savnedeTabeller": dict(self.savnede_tabeller),
        }

    def as_text(self) -> str:
        """The answer for a terminal."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.fil}: {'OK' if self.ok else f'{len(self.feil)} faults'}"
        for feil in self.feil:
            hvor = f"line {feil.linje}" if feil.linje else "the file"
            yield f"  {hvor}: {feil.sted}: {feil.grunn}" if feil.sted else f"  {hvor}: {feil.grunn}"
        for tabell in self.dekning:
            pakrevde = f", all required ({', '.join(tabell.pakrevde)})" if tabell.pakrevde else ""
            yield f"  has {tabell.tabell}: {tabell.antall} of {tabell.av} fields{pakrevde}"
            for felt, folge in tabell.savnet.items():
                yield f"    lacks {felt}: {folge}"
        for navn, folge in self.savnede_tabeller.items():
            yield f"  lacks {navn}: {folge}"


def check_profil(fil: Path) -> Profilkontroll:
    """Check a profile wherever it lies. Never raises for what the file holds: every fault is told."""
    try:
        innhold = read_yaml(fil, keys_once=False)
        kart = Linjekart(fil.read_text(encoding="utf-8"))
    except UgyldigFil as ulest:
        return Profilkontroll(fil, (Profilfeil(ulest.linje, "", ulest.grunn),), (), {})
    skjemafeil = list(validator("profil").iter_errors(innhold))
    feil = [Profilfeil(linje, nokkel, "the key occurs twice") for nokkel, linje in kart.duplicates()]
    feil += [_schema_fault(ett, kart) for ett in skjemafeil]
    rest, fjernet = _without_faults(innhold)
    if rest is None:
        return Profilkontroll(fil, _in_order(feil), (), {})
    profil = build_profil(rest)
    feil += [
        Profilfeil(kart.line_of_text(sted), sted, grunn)
        for sted, grunn in find_faults(profil)
        if not _follows(sted, grunn, fjernet)
    ]
    dekning, savnede = _coverage(profil)
    return Profilkontroll(fil, _in_order(feil), dekning, savnede)


def _in_order(feil: list[Profilfeil]) -> tuple[Profilfeil, ...]:
    return tuple(sorted(dict.fromkeys(feil), key=lambda ett: (ett.linje or 0, ett.sted, ett.grunn)))


def _schema_fault(feil: jsonschema.ValidationError, kart: Linjekart) -> Profilfeil:
    sti = path_of(feil)
    grunn = _UTTRYKK if feil.validator == "oneOf" else feil.message
    return Profilfeil(kart.line_of(sti), _as_text(sti), grunn)


def _as_text(sti: list[str | int]) -> str:
    return ".".join(str(ledd) for ledd in sti)


def _without_faults(innhold: Any) -> tuple[dict[str, Any] | None, frozenset[str]]:  # noqa: ANN401  as read
    """The content without what breaks the schema, so that the rest can be checked, and the places that were left out.

    None when nothing is left to check.
    """
    rest = deepcopy(innhold)
    fjernet: set[str] = set()
    while True:
        feil = next(validator("profil").iter_errors(rest), None)
        if feil is None:
            return rest, frozenset(fjernet)
        sti = _to_leave_out(feil)
        if sti:
            _remove(rest, sti)
            fjernet.add(_as_text(sti))
        elif not isinstance(rest, dict) or "tabeller" not in rest:
            return None, frozenset(fjernet)
        else:
            rest = {**_STEDFORTREDERE, **rest}


def _to_leave_out(feil: jsonschema.ValidationError) -> list[str | int]:
    """The key to leave out: of a list with a faulty item, the whole list."""
    sti = path_of(feil)
    return sti[: next((i for i, ledd in enumerate(sti) if isinstance(ledd, int)), len(sti))]


def _remove(innhold: dict[str, Any], sti: list[str | int]) -> None:
    *over, siste = sti
    node: Any = innhold
    for ledd in over:
        node = node[ledd]
    del node[siste]


def _follows(sted: str, grunn: str, fjernet: frozenset[str]) -> bool:
    """Whether a fault is only there because what it asks for was left out for a fault of its own."""
    return sted in fjernet or any(
        ett.startswith("kodetabeller.") and f"«{ett.removeprefix('kodetabeller.')}»" in grunn for ett in fjernet
    )


def _coverage(profil: Profil) -> tuple[tuple[Tabelldekning, ...], Mapping[str, str]]:
    har = profil.dekning()
    dekning = tuple(
        Tabelldekning(
            tabell=tabell.navn,
            antall=len(har[tabell.navn]),
            av=len(tabell.felter),
            pakrevde=tuple(felt.navn for felt in tabell.felter.values() if felt.pakrevd and felt.navn in har[navn]),
            savnet=MappingProxyType(
                {felt: cost_of(navn, felt) for felt in tabell.felter if _is_missed(navn, felt, har[navn])}
            ),
        )
        for navn, tabell in tabeller().items()
        if navn in har
    )
    return dekning, MappingProxyType({navn: cost_of(navn) for navn in tabeller() if navn not in har})


def _is_missed(tabell: str, felt: str, har: frozenset[str]) -> bool:
    return felt not in har and not tabeller()[tabell].felter[felt].pakrevd


@cache
def _costs() -> Mapping[str, Any]:
    return MappingProxyType(read_portdata("savn"))


def cost_of(tabell: str, felt: str | None = None) -> str:
    """What it costs that a layout lacks a table, or a field of a table that it has."""
    if felt is None:
        return str(_costs()["tabeller"][tabell])
    egen = _costs()["felter"].get(tabell, {}).get(felt)
    utledet = tabeller()[tabell].felter[felt].utledes
    return str(egen or ("derived, and told so" if utledet else "blank in the documents, and unknown to the rules"))
