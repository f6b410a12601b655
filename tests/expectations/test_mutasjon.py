"""Removing one predicate, or changing one number of a rule or of the policy, turns a case of tests/regler red."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from expectations.predikater import PREDIKATER
from expectations.regel import Regel
from expectations.regelsett import alle_regler
from schemas.regelverk import Parameter, Regelverk, alle_forslag, alle_regelverk

SVARER_FOR_PROBLEMER = frozenset({"SKJ002", "SKJ003", "SKJ006", "SKJ007", "KOD001", "KOD002"})


@dataclass(frozen=True)
class Konstant:
    """One number of one rule, by place and name, and what it is changed by."""

    regel: Regel
    sted: int
    navn: str
    endring: int

    def __str__(self) -> str:
        return f"{self.regel.regel} {self.navn} {self.endring:+d}"

    def mutant(self) -> Regel:
        """The rule with the number changed, in every place that has it."""
        gammel = self.regel.steder[self.sted].parametre[self.navn]
        steder = tuple(
            replace(sted, parametre=MappingProxyType({**sted.parametre, self.navn: gammel + self.endring}))
            if sted.parametre.get(self.navn) == gammel
            else sted
            for sted in self.regel.steder
        )
        return replace(self.regel, steder=steder)


def numbers() -> Iterator[Konstant]:
    """Every number that stands in a rule."""
    for regel in alle_regler():
        sett: set[tuple[str, object]] = set()
        for plass, sted in enumerate(regel.steder):
            for navn, verdi in sted.parametre.items():
                if isinstance(verdi, int | float) and not isinstance(verdi, bool) and (navn, verdi) not in sett:
                    sett.add((navn, verdi))
                    yield from (Konstant(regel, plass, navn, endring) for endring in (1, -1))


def policy_numbers() -> Iterator[tuple[str, int]]:
    """Every number of the policy that some rule refers to, by itself or as a part of a branch."""
    referanser = {referanse for regel in alle_regler() for referanse in regel.referanser()}
    stier = {
        sti
        for regelverk in (*alle_regelverk(), *alle_forslag())
        for sti, parameter in regelverk.parametre.items()
        if isinstance(parameter.verdi, int) and any(sti == r or sti.startswith(f"{r}.") for r in referanser)
    }
    yield from ((sti, endring) for sti in sorted(stier) for endring in (1, -1))


def required_points() -> list[tuple[str, str]]:
    """Every point that a policy requires of a document, with the rule that asks for it."""
    punkter: set[tuple[str, str]] = set()
    for regel in alle_regler():
        for sti in regel.referanser():
            for parametre in (versjon.parametre for versjon in (*alle_regelverk(), *alle_forslag())):
                if sti in parametre and isinstance(parametre[sti].verdi, list):
                    punkter |= {(regel.regel, punkt) for punkt in parametre[sti].verdi}

    return sorted(punkter)


def with_number(regelverk: Regelverk, sti: str, endring: int) -> Regelverk:
    """The policy with one number changed, where it has that number."""
    if regelverk.mangler(sti):
        return regelverk
    gammel = regelverk.parametre[sti]
    ny = Parameter(gammel.verdi + endring, gammel.styrke, gammel.kilde, gammel.uavklart)
    return replace(regelverk, parametre=MappingProxyType({**regelverk.parametre, sti: ny}))


def red(kjoring: Any, kontroller: Mapping[Any, Any]) -> list[str]:
    """The cases that do not say about their own rule what their table says."""
    return [
        str(tilfelle)
        for tilfelle, kontroll in kontroller.items()
        if own_lines(tilfelle, kjoring.avvik(kontroll)) != own_lines(tilfelle, tilfelle.forventet)
    ]


def own_lines(tilfelle: Any, linjer: Iterable[str]) -> list[str]:
    """The deviations of the case's own rule."""
    return [linje for linje in linjer if linje.startswith(tilfelle.regel)]


def asked_alone(regler: Iterable[Regel]) -> list[Regel]:
    """The rules, with those that answer for cells that could not be read."""
    egne = {regel.regel: regel for regel in regler}
    lesbare = {regel.regel: regel for regel in alle_regler() if regel.regel in SVARER_FOR_PROBLEMER}
    alle = {**lesbare, **egne}
    return [alle[regel.regel] for regel in alle_regler() if regel.regel in alle]


def cases_of(kjoring: Any, regler: Iterable[str]) -> list[Any]:
    """The cases of some rules."""
    valgte = set(regler)
    return [tilfelle for tilfelle in kjoring.tilfeller() if tilfelle.regel in valgte]


def test_no_case_is_red_before_anything_is_changed(kjoring: Any, kontroller: Any) -> None:
    assert red(kjoring, kontroller) == []


def test_removing_any_predicate_turns_a_case_of_each_of_its_rules_red(
    kjoring: Any, kontroller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for navn in PREDIKATER:
        monkeypatch.setitem(PREDIKATER, navn, lambda k, **_: k.maske())
    uten = kjoring.alle_kontroller(list(kontroller))
    for regel in alle_regler():
        egne = {tilfelle: uten[tilfelle] for tilfelle in kontroller if tilfelle.regel == regel.regel}
        assert red(kjoring, egne), f"no case of {regel.regel} notices that its predicate is gone"


def test_a_predicate_that_is_always_broken_turns_a_case_red(kjoring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tilfeller = cases_of(kjoring, ["SLE005"])
    monkeypatch.setitem(PREDIKATER, "slettefrist_for_lang", lambda k, **_: pd.Series([True] * k.antall))
    assert red(kjoring, kjoring.alle_kontroller(tilfeller))


@pytest.mark.parametrize("konstant", list(numbers()), ids=str)
def test_changing_a_number_of_a_rule_turns_a_case_red(kjoring: Any, konstant: Konstant) -> None:
    tilfeller = cases_of(kjoring, [konstant.regel.regel])
    assert not red(kjoring, kjoring.alle_kontroller(tilfeller, regler=asked_alone([konstant.regel])))
    assert red(kjoring, kjoring.alle_kontroller(tilfeller, regler=asked_alone([konstant.mutant()])))


@pytest.mark.parametrize(("sti", "endring"), list(policy_numbers()))
def test_changing_a_number_of_the_policy_turns_a_case_red(kjoring: Any, sti: str, endring: int) -> None:
    endret = partial(with_number, sti=sti, endring=endring)
    egne = [r for r in alle_regler() if any(sti == ref or sti.startswith(f"{ref}.") for ref in r.referanser())]
    tilfeller = cases_of(kjoring, [regel.regel for regel in egne])
    assert not red(kjoring, kjoring.alle_kontroller(tilfeller, regler=asked_alone(egne)))
    assert red(kjoring, kjoring.alle_kontroller(tilfeller, regler=asked_alone(egne), endre=endret))


@pytest.mark.parametrize(("regel", "punkt"), required_points())
def test_a_point_that_the_policy_no_longer_requires_turns_a_case_red(kjoring: Any, regel: str, punkt: str) -> None:
    egen = next(r for r in alle_regler() if r.regel == regel)
    (sti,) = egen.referanser()
    uten = partial(_without_point, sti=sti, punkt=punkt)
    tilfeller = cases_of(kjoring, [regel])
    assert red(kjoring, kjoring.alle_kontroller(tilfeller, regler=asked_alone([egen]), endre=uten))


def _without_point(regelverk: Regelverk, sti: str, punkt: str) -> Regelverk:
    if regelverk.mangler(sti):
        return regelverk
    gammel = regelverk.parametre[sti]
    verdi = [annet for annet in gammel.verdi if annet != punkt]
    ny = Parameter(verdi, gammel.styrke, gammel.kilde, gammel.uavklart)
    return replace(regelverk, parametre=MappingProxyType({**regelverk.parametre, sti: ny}))
