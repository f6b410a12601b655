"""The register of predicates, and what a predicate is.

A predicate is a vectorised function of the context that returns one boolean per row of the table the rule reports
on: True where the rule is broken. Its keyword parameters are the rule's `parametre`, by the same names. It asks no
clock, reads no file and changes nothing.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

Maske = Any  # pandas ships no types here; a boolean Series aligned with the reporting table's frame
Predikat = Callable[..., Maske]
# A constant from the rule, or a Series aligned with the frame where the number comes from the policy.
Parameter = Any

PREDIKATER: dict[str, Predikat] = {}
LESER_PROBLEMER: set[str] = set()
BARE_PROBLEMER: set[str] = set()
BARE_UTFYLTE: set[str] = set()


def predikat(funksjon: Predikat) -> Predikat:
    """Enter a predicate under its own name. Raises ValueError when the name is taken."""
    if funksjon.__name__ in PREDIKATER:
        raise ValueError(f"two predicates are named {funksjon.__name__}; give one another name")
    PREDIKATER[funksjon.__name__] = funksjon
    return funksjon


def leser_problemer(funksjon: Predikat) -> Predikat:
    """Mark a predicate that is asked about the very cells that could not be read."""
    LESER_PROBLEMER.add(funksjon.__name__)
    return funksjon


def bare_problemer(funksjon: Predikat) -> Predikat:
    """Mark a predicate that is broken nowhere but where intake could not read something."""
    BARE_PROBLEMER.add(funksjon.__name__)
    return leser_problemer(funksjon)


def bare_utfylte(funksjon: Predikat) -> Predikat:
    """Mark a predicate that is broken nowhere but where the first column of the place holds something."""
    BARE_UTFYLTE.add(funksjon.__name__)
    return funksjon


def parametre_til(navn: str) -> frozenset[str]:
    """The names of the parameters that a predicate takes."""
    signatur: Mapping[str, inspect.Parameter] = inspect.signature(PREDIKATER[navn]).parameters
    return frozenset(navn for navn, p in signatur.items() if p.kind is inspect.Parameter.KEYWORD_ONLY)
