"""Which stored deltakelse a row without an id of its own stands for (beslutninger 6).

The same person and tiltak, and a period that overlaps the stored one or begins within 62 days of it; of several the
nearest start. What a correction does not change decides, never a text.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from expectations.historikk import Historikk
from expectations.tabeller import INNSENDING, Ramme
from transforms.poster import Deltakelsespost

NAERMESTE_START = 62


def recognise(deltakelse: Ramme, historikker: Sequence[Historikk]) -> Mapping[int, str]:
    """The stored id of each row that has none and is known, by the row's position. No two rows get the same id."""
    uten = deltakelse.index[deltakelse["deltakelseId"].eq("")]
    if len(uten) == 0 or all(historikk.er_tom for historikk in historikker):
        return {}
    opptatt = set(zip(deltakelse[INNSENDING], deltakelse["deltakelseId"], strict=True))
    funnet: dict[int, str] = {}
    kolonner = ["deltakerId", "tiltakskode", "startDato", "sluttDato", INNSENDING]
    for posisjon, *rad in deltakelse.loc[uten, kolonner].itertuples():
        nummer = rad.pop()
        kandidater = sorted(_candidates(historikker[nummer].poster, *rad))
        id_ = next((id_ for _, id_ in kandidater if (nummer, id_) not in opptatt), None)
        if id_ is not None:
            opptatt.add((nummer, id_))
            funnet[int(posisjon)] = id_
    return funnet


def _candidates(
    poster: Sequence[Deltakelsespost], deltaker_id: str, tiltakskode: str, start: str, slutt: str
) -> Iterator[tuple[int, str]]:
    """The days between the two starts, and the stored id."""
    forste = _day(start)
    for post in poster:
        lagret, lagret_start = post.deltakelse, post.dato("startDato")
        if (lagret["deltakerId"], lagret["tiltakskode"]) != (deltaker_id, tiltakskode) or not deltaker_id:
            continue
        if forste is None or lagret_start is None:
            if forste is lagret_start:
                yield 0, str(lagret["deltakelseId"])
            continue
        avstand = abs((forste - lagret_start).days)
        overlapper = forste <= (post.dato("sluttDato") or date.max) and lagret_start <= (_day(slutt) or date.max)
        if overlapper or avstand <= NAERMESTE_START:
            yield avstand, str(lagret["deltakelseId"])


def _day(tekst: str) -> date | None:
    try:
        return date.fromisoformat(tekst)
    except ValueError:
        return None
