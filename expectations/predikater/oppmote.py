"""Whether the person ever took part: the three-part definition of a no-show (regelkatalog NOSHOW, U15)."""

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.parter import with_party
from expectations.tabeller import Serie

UTEN_OPPMOTE = "MOTTE_IKKE_VED_OPPSTART"


def is_no_show(k: Kontekst) -> Serie:
    """The rows whose deltakelse is a no-show, as transforms.forpliktelser.is_no_show says it for one record."""
    return k.husk(("no-show", k.tabell), lambda: _is_no_show(k))


def _is_no_show(k: Kontekst) -> Serie:
    start, slutt = k.fra("deltakelse", "startDato", "dato"), k.fra("deltakelse", "sluttDato", "dato")
    motte_ikke = k.noen("sluttvurdering", k.rader("sluttvurdering").tekst("resultat").eq(UTEN_OPPMOTE))
    ingen_kontakt = k.fra("deltakelse", "aarsak").eq("IKKE_MOTT") & start.notna() & ~took_part_after_start(k)
    return start.eq(slutt) | motte_ikke | ingen_kontakt


def took_part_after_start(k: Kontekst) -> Serie:
    """The rows whose deltakelse has a contact with the deltaker, or an activity, after the first day."""
    return k.noen(
        "oppfolging", _after_start(k.rader("oppfolging"), "dato") & with_party(k.rader("oppfolging"), "DELTAKER")
    ) | k.noen("aktivitet", _after_start(k.rader("aktivitet"), "fraDato"))


def _after_start(rader: Rader, kolonne: str) -> Serie:
    return rader.dato(kolonne).gt(rader.fra("deltakelse", "startDato", "dato"))
