"""Who answers for a sender's data, and what the databehandleravtale allows: the part `roller` of its set-up.

GDPR art. 28 (2) and (4): Nav is behandlingsansvarlig, the arrangør databehandler, and whoever runs this for others
underdatabehandler, approved in writing. Production starts with no gap; a test deployment warns of each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Rollemangel:
    """What a set-up lacks: the key, and what to write there."""

    sted: str
    skriv: str


@dataclass(frozen=True)
class Roller:
    """The roles as a set-up has them; what it does not say is None or empty."""

    behandlingsansvarlig: str | None = None
    avtalereferanse: str | None = None
    avtale_fra: date | None = None
    underdatabehandler_godkjent: date | None = None
    tillatte_personopplysninger: frozenset[str] = frozenset()

    def gaps(self, rapporterer_fra: date) -> tuple[Rollemangel, ...]:
        """What must be written before production starts; nothing may be received before the agreement covers it."""
        return tuple(Rollemangel(f"roller.{sted}", skriv) for sted, skriv in self._gaps(rapporterer_fra))

    def _gaps(self, rapporterer_fra: date) -> Iterator[tuple[str, str]]:
        if self.behandlingsansvarlig is None:
            yield "behandlingsansvarlig", "write NAV, or KOMMUNE where the tiltak is the kommune's"
        if self.avtalereferanse is None or self.avtale_fra is None:
            yield "databehandleravtale", "write {referanse: the agreement's own reference, fra: its first day}"
        elif self.avtale_fra > rapporterer_fra:
            yield "databehandleravtale.fra", "the agreement begins after rapportererFra; correct one of them"
        if self.underdatabehandler_godkjent is None:
            yield "underdatabehandlerGodkjent", "write the day the operator was approved in writing (art. 28 (2))"
        elif self.underdatabehandler_godkjent > rapporterer_fra:
            yield "underdatabehandlerGodkjent", "the approval comes after rapportererFra; correct one of them"
        if not self.tillatte_personopplysninger:
            yield (
                "tillattePersonopplysninger",
                "list the categories ticked in the agreement (kodeverk personopplysning)",
            )


INGEN_ROLLER = Roller()


def read_roles(innhold: Mapping[str, Any]) -> Roller:
    """The roles of a set-up that has passed its schema."""
    avtale = innhold.get("databehandleravtale", {})
    return Roller(
        behandlingsansvarlig=innhold.get("behandlingsansvarlig"),
        avtalereferanse=avtale.get("referanse"),
        avtale_fra=_day(avtale.get("fra")),
        underdatabehandler_godkjent=_day(innhold.get("underdatabehandlerGodkjent")),
        tillatte_personopplysninger=frozenset(innhold.get("tillattePersonopplysninger", ())),
    )


def _day(tekst: str | None) -> date | None:
    return date.fromisoformat(tekst) if tekst else None
