"""Which of a recipient's answers to one document stands. Pure; the same answers in any order come out the same.

The answer with the latest time stands. Of two with the same time the rejection does: a person then looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

AVVIST = "AVVIST"


@dataclass(frozen=True)
class Avgittsvar:
    """One answer to one document. `innhold` is what stands beside the status: code, text, the recipient's archive id.

    `kvittering_id` is its row; None while it has none.
    """

    status: str
    tid: datetime
    innhold: Mapping[str, Any] = field(repr=False)
    kvittering_id: str | None = None

    @property
    def er_avvist(self) -> bool:
        """Whether the document is rejected by it."""
        return self.status == AVVIST

    def says_the_same_as(self, annet: "Avgittsvar") -> bool:
        """Whether the two differ in nothing but their time."""
        return (self.status, dict(self.innhold)) == (annet.status, dict(annet.innhold))


@dataclass(frozen=True)
class Vurdering:
    """What a new answer does. `gjentar` is the stored answer that it says once more, None when it says something new.

    `gjeldende` is the answer that stands afterwards. `motsier` tells that it turns around what stood.
    """

    gjentar: Avgittsvar | None
    gjeldende: Avgittsvar
    motsier: bool


def standing(svar: Sequence[Avgittsvar]) -> Avgittsvar | None:
    """The answer that stands; None when there is none."""
    return max(svar, key=_weight, default=None)


def weigh(nytt: Avgittsvar, tidligere: Sequence[Avgittsvar]) -> Vurdering:
    """What `nytt` does beside the answers that are stored already."""
    for ett in tidligere:
        if ett.says_the_same_as(nytt) and ett.tid == nytt.tid:
            return Vurdering(ett, standing(tidligere) or nytt, motsier=False)
    gjaldt = standing(tidligere)
    if gjaldt is None:
        return Vurdering(None, nytt, motsier=False)
    gjentar = gjaldt if gjaldt.says_the_same_as(nytt) else None
    return Vurdering(gjentar, standing([*tidligere, nytt]) or nytt, motsier=gjaldt.er_avvist is not nytt.er_avvist)


def _weight(svar: Avgittsvar) -> tuple[datetime, bool, str, list[tuple[str, str]]]:
    """A total order, so that not even two answers of the same moment depend on which was read first."""
    return svar.tid, svar.er_avvist, svar.status, sorted((navn, str(verdi)) for navn, verdi in svar.innhold.items())
