"""How a dropped record meets the stored one (beslutninger 5). Pure.

The deltakelse is the unit. A child table present in the drop replaces its stored rows; an absent one leaves them.
Plan versions, finished vurderinger and samtykke are never removed by absence, only replaced by a row of the same key.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.kontrakt import tabeller

Rad = Mapping[str, Any]


def merge(lagret: Mapping[str, Any], droppet: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it stands after the drop. A key of `droppet` is a table that the drop holds."""
    resultat = dict(lagret)
    for tabell, innhold in droppet.items():
        if tabell in _VARIGE and lagret.get(tabell):
            resultat[tabell] = _keep_lasting(tabell, lagret[tabell], innhold)
        else:
            resultat[tabell] = innhold
    return resultat


def _always(_rad: Rad) -> bool:
    return True


def _is_finished(rad: Rad) -> bool:
    return bool(rad.get("ferdigstilt"))


_VARIGE = {"plan": _always, "samtykke": _always, "vurdering": _is_finished}


def _keep_lasting(tabell: str, lagrede: Sequence[Rad], droppede: Sequence[Rad]) -> list[Rad]:
    nokkel = tabeller()[tabell].nokkel
    nye = {_key(rad, nokkel) for rad in droppede}
    beholdt = [rad for rad in lagrede if _VARIGE[tabell](rad) and _key(rad, nokkel) not in nye]
    return [*beholdt, *droppede]


def _key(rad: Rad, nokkel: Sequence[str]) -> tuple[Any, ...]:
    return tuple(rad.get(felt) for felt in nokkel)
