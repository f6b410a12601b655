"""What was sent against what the recipient says it has: the list it publishes, and the comparison. Pure.

The list is described by schemas/json/avstemming.schema.json. A document is known by its meldingId: the same one may
have gone in two packages, and the recipient lists it where it came first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tiltaksflyt.delivery.receipts import Tekniskstatus, UgyldigKvittering, read_object, read_time
from tiltaksflyt.ledger import Differanse, Sendtmelding, Statuskode

_UBESVART = "MOTTATT"
_GODTATT = frozenset({"GODTATT", "GODTATT_MED_MERKNAD"})


@dataclass(frozen=True)
class Listetmelding:
    """One document on the list. `status` is MOTTATT, or the answer to it as a receipt writes it."""

    melding_id: str
    leveranse_id: str
    status: str
    tid: datetime
    kode: str | None = None

    @property
    def er_besvart(self) -> bool:
        """Whether the recipient has answered it."""
        return self.status != _UBESVART


@dataclass(frozen=True)
class Listetleveranse:
    """One package on the list, as a technical receipt speaks of it."""

    leveranse_id: str
    status: Tekniskstatus
    tid: datetime


@dataclass(frozen=True)
class Avstemmingsliste:
    """Everything that some Nav-enheter got from `fra` on and before `til`."""

    enheter: frozenset[str]
    fra: datetime
    til: datetime
    leveranser: tuple[Listetleveranse, ...]
    meldinger: tuple[Listetmelding, ...]


@dataclass(frozen=True)
class Sammenligning:
    """What came of it. `slettet` are documents on the list that we have erased: counted, and no difference."""

    differanser: frozenset[Differanse]
    like: int
    slettet: int


def find_list(innhold: bytes, enheter: frozenset[str]) -> Avstemmingsliste | None:
    """The list in a file, when it says what at least one of the enheter got; None for any other file."""
    try:
        liste = parse_list(innhold)
    except UgyldigKvittering:
        return None
    return None if enheter.isdisjoint(liste.enheter) else liste


def parse_list(innhold: bytes) -> Avstemmingsliste:
    """The list in a file. Raises UgyldigKvittering for anything that is not exactly one."""
    rad = read_object(innhold, "avstemming")
    return Avstemmingsliste(
        enheter=frozenset(rad["mottaker"]),
        fra=read_time(rad["fra"]),
        til=read_time(rad["til"]),
        leveranser=tuple(
            Listetleveranse(ett["leveranseId"], Tekniskstatus(ett["status"]), read_time(ett["tid"]))
            for ett in rad["leveranser"]
        ),
        meldinger=tuple(
            _read_melding(melding, ett["leveranseId"]) for ett in rad["leveranser"] for melding in ett["meldinger"]
        ),
    )


def _read_melding(rad: Mapping[str, Any], leveranse_id: str) -> Listetmelding:
    return Listetmelding(rad["meldingId"], leveranse_id, rad["status"], read_time(rad["tid"]), rad.get("kode"))


def compare(
    sendte: Iterable[Sendtmelding], listet: Iterable[Listetmelding], slettede: Mapping[str, int]
) -> Sammenligning:
    """Hold the two sides against each other.

    `sendte` are the documents that must be on the list, and those on it that we know. `slettede` is how many documents
    of each of our packages we may have forgotten: that many unknown ones are explained by it.
    """
    vare = {ett.melding_id: ett for ett in sendte}
    deres: dict[str, list[Listetmelding]] = defaultdict(list)
    for melding in listet:
        deres[melding.melding_id].append(melding)
    differanser = {
        Differanse(kode, ett.leveranse_id, ett.melding_id)
        for ett in vare.values()
        if (kode := _differ(ett, deres.get(ett.melding_id, []))) is not None
    }
    ukjente = Counter(rader[0].leveranse_id for melding_id, rader in deres.items() if melding_id not in vare)
    slettet = 0
    for leveranse_id, antall in ukjente.items():
        forklart = min(antall, slettede.get(leveranse_id, 0))
        slettet += forklart
        if antall > forklart:
            differanser.add(Differanse(Statuskode.UKJENT_HOS_OSS, leveranse_id, antall=antall - forklart))
    felles = {ett.melding_id for ett in differanser}
    return Sammenligning(frozenset(differanser), sum(id_ not in felles for id_ in vare), slettet)


def _differ(var: Sendtmelding, deres: list[Listetmelding]) -> Statuskode | None:
    if not deres:
        return Statuskode.IKKE_HOS_MOTTAKER
    if len(deres) > 1:
        return Statuskode.DOBBELT_MOTTATT
    (melding,) = deres
    if var.svar is None:
        return Statuskode.SVAR_MANGLER if melding.er_besvart else None
    if not melding.er_besvart:
        return Statuskode.ANNET_SVAR
    return None if (var.svar in _GODTATT) is (melding.status in _GODTATT) else Statuskode.ANNET_SVAR
