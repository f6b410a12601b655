"""The world of the machine: a ledger, its model and its recipients, and what always holds among them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select

from tests.ledger import leveransemodell as m
from tiltaksflyt.ledger import Dokumentplass, Ledger, Leie, tabeller

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LEIETID = timedelta(minutes=5)
AVSENDER = "889640782"
KANAL = {"0315": "sftp", "1101": "bucket"}
SIDE = (Path(__file__).parents[2] / "docs" / "status.md").read_text(encoding="utf-8")

Tegnet = dict[str, set[tuple[str, str]]]
Apner = Callable[[], tuple[Ledger, dict[str, str]]]


def _drawn(maskin: str) -> Tegnet:
    """The moves that docs/status.md draws, by function."""
    avsnitt = SIDE.split(f"\n## {maskin}:", 1)[1].split("\n## ", 1)[0]
    piler: Tegnet = {}
    for fra, til, funksjon in re.findall(r"^    (\S+) --> (\S+): (\S+)$", avsnitt, re.MULTILINE):
        piler.setdefault(funksjon, set()).add((fra, til))
    return piler


TEGNET = {"forsendelse": _drawn("forsendelse"), "leveranse": _drawn("leveranse")}


@dataclass
class Arbeider:
    """A process that took a package, and may not know that it has lost it. `innhold` is the package it holds."""

    leie: Leie
    innhold: tuple[str, ...] | None


class Mottaker:
    """All recipients: what has really come to them, by the ids that a package and a document bear."""

    def __init__(self) -> None:
        self.pakker: dict[str, tuple[str, ...]] = {}
        self.dokumenter: list[str] = []
        self.dom: dict[str, str] = {}

    def take_in(self, leveranse_id: str, innhold: tuple[str, ...]) -> bool:
        """Whether it is what the recipient had under that name, or something new."""
        if leveranse_id in self.pakker:
            return self.pakker[leveranse_id] == innhold
        self.pakker[leveranse_id] = innhold
        self.dokumenter += [melding_id for melding_id in innhold if melding_id not in self.dokumenter]
        return True


class Leveranseprov(RuleBasedStateMachine):
    """One ledger, its model and its recipients. Every step ends in `everything_holds`."""

    def __init__(self, open_empty: Apner) -> None:
        super().__init__()
        self.ledger, avsendere = open_empty()
        self.refs = list(avsendere)
        self.modell = m.Modell(avsendere)
        self.mottaker = Mottaker()
        self.now = START
        self.arbeidere: list[Arbeider] = []
        self.plasser: list[tuple[Dokumentplass, m.Plass]] = []
        self.kvitteringer: list[m.Kvittering] = []
        self.stanser: dict[tuple[str, str], str] = {}
        self.slettesaker: dict[str, str] = {}
        self.funksjon = ""
        self.tilstander: dict[str, dict[str, str]] = {"forsendelse": {}, "leveranse": {}}
        self.nokkel = Ed25519PrivateKey.generate()

    # what is chosen from

    @property
    def leveranser(self) -> list[m.Leveranse]:
        return list(self.modell.leveranser.values())

    @property
    def due(self) -> list[m.Leveranse]:
        return [pakke for pakke in self.leveranser if self.modell.is_due(pakke, self.now)]

    @property
    def levende_refs(self) -> list[str]:
        return [ref for ref in self.refs if ref not in self.modell.slettede]

    @property
    def originaler(self) -> list[str]:
        return [f.original for f in self.modell.living() if f.melding_id == f.original]

    def _package_of(self, arbeider: Arbeider) -> m.Leveranse:
        return self.modell.leveranser[arbeider.leie.id]

    def _holds(self, arbeider: Arbeider) -> bool:
        return self._package_of(arbeider).eier == arbeider.leie.eier

    # what always holds

    def _called(self, funksjon: str) -> None:
        """From here on moves are this function's; those until now were the one's before."""
        self._check_moves()
        self.funksjon = funksjon

    def _check_moves(self) -> None:
        """Every row that stands elsewhere than before has gone along arrows drawn for the function that was called."""
        for maskin, tabell, nokkel in (
            ("forsendelse", tabeller.forsendelse, "melding_id"),
            ("leveranse", tabeller.leveranse, "leveranse_id"),
        ):
            piler = TEGNET[maskin].get(self.funksjon, set())
            with self.ledger.database.read() as conn:
                na = {rad[0]: rad[1] for rad in conn.execute(select(tabell.c[nokkel], tabell.c.tilstand))}
            for rad, fra in self.tilstander[maskin].items():
                assert na[rad] in _reachable(fra, piler), (self.funksjon, fra, na[rad])
            for rad in na.keys() - self.tilstander[maskin].keys():
                assert ("[*]", na[rad]) in piler, (self.funksjon, na[rad])
            self.tilstander[maskin] = na

    @invariant()
    def everything_holds(self) -> None:
        if self.funksjon:
            self._called("")
            self._check_all()

    def _check_the_rows(self) -> None:
        f, p, a = tabeller.forsendelse.c, tabeller.leveranse.c, tabeller.leveranseforsok.c
        with self.ledger.database.read() as conn:
            forsendelser = conn.execute(
                select(f.melding_id, f.tilstand, f.statuskode, f.leveranse_id, f.sendt_dato, f.svar)
            )
            funnet = {r[0]: tuple(r[1:]) for r in forsendelser}
            leveranser = conn.execute(
                select(
                    *(p.leveranse_id, p.tilstand, p.statuskode, p.eier, p.leie_til, p.neste_forsok, p.forsok),
                    *(p.pakke.is_not(None), p.kanal_ref),
                )
            )
            pakker = {r[0]: tuple(r[1:]) for r in leveranser}
            forsok: dict[str, list[str | None]] = {leveranse_id: [] for leveranse_id in pakker}
            for r in conn.execute(select(a.leveranse_id, a.statuskode).order_by(a.nr)):
                forsok[r.leveranse_id].append(r.statuskode)
        assert funnet == {rad.melding_id: rad.row() for rad in self.modell.living()}
        assert pakker == {rad.leveranse_id: rad.row() for rad in self.leveranser}
        assert forsok == {rad.leveranse_id: rad.forsok for rad in self.leveranser}

    def _check_the_counts(self) -> None:
        oversikt = self.ledger.oversikt(self.now)
        funnet = oversikt.as_json()
        ventet = self.modell.counts(self.now)
        assert {navn: funnet[navn] for navn in ("dokumenter", "leveranser")} == {
            navn: ventet[navn] for navn in ("dokumenter", "leveranser")
        }
        assert oversikt.sittende_fast["leveranser"] == ventet["sittendeFast"]

    def _check_nothing_is_lost(self) -> None:
        for f in self.modell.living():
            assert (f.leveranse is not None) == (f.tilstand == "I_LEVERANSE" or f.sendt is not None)
            if f.tilstand == "I_LEVERANSE":
                assert self.modell.leveranser[str(f.leveranse)].tilstand in ("OPPRETTET", "SENDES", "FEIL")
            if f.tilstand in ("HOLDT", "TILBAKEKALT"):
                assert f.kode is not None
            if f.tilstand == "ERSTATTET":
                assert self.modell.plass(f.dokument)[0] > f.versjon
        staende = [(f.dokument, f.mottaker) for f in self.modell.living() if f.tilstand in m.HOS_NAV[1:]]
        assert len(staende) == len(set(staende))

    def _check_what_is_due(self) -> None:
        ventet = {p.leveranse_id for p in self.leveranser if self.modell.is_due(p, self.now)}
        assert {rad.leveranse_id for rad in self.ledger.leveranser.due(self.now)} == ventet

    def _check_all(self) -> None:
        self._check_the_rows()
        self._check_the_counts()
        self._check_nothing_is_lost()
        self._check_what_is_due()


def _reachable(fra: str, piler: set[tuple[str, str]]) -> set[str]:
    """Where a row may stand after one call: also two arrows of the same function, as when a receipt says both."""
    nadd = {fra}
    while nye := {til for start, til in piler if start in nadd} - nadd:
        nadd |= nye
    return nadd
