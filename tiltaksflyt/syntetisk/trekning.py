"""Chance that can be repeated: every draw comes from a generator named by the seed and what is drawn."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def trekning(*navn: str | int) -> Random:
    """A generator of its own for what `navn` says, the same in every process and on every machine.

    A text seed is hashed with SHA-512 by the standard library, so that PYTHONHASHSEED plays no part.
    """
    return Random("/".join(map(str, navn)))  # noqa: S311  synthetic data, no secret


def draw(rng: Random, utfall: Sequence[tuple[T, float]]) -> T:
    """One outcome, each as likely as its weight says; the weights need not sum to 1."""
    rest = rng.random() * sum(vekt for _, vekt in utfall)
    for verdi, vekt in utfall:
        rest -= vekt
        if rest < 0:
            return verdi
    return utfall[-1][0]


def happens(rng: Random, sannsynlighet: float) -> bool:
    """Whether something with this probability happens."""
    return rng.random() < sannsynlighet
