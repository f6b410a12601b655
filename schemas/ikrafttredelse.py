"""Which policy versions are in force in a deployment: those with a day of their own, and the proposals it switches on.

<oppsett>/regelverk/<tiltakskode>/<day>.yaml is a version of the operator's own, for a tiltak that ships without one or
after one that ends. <oppsett>/regelverk.yaml names each proposal and its first day. Neither has to be there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from schemas.loader import UgyldigFil, load
from schemas.regelverk import REGELVERK, Forslag, Plassert, Regelverk, katalogen, refuse_overlap_and_gap


def load_regelverk_i_kraft(oppsett: Path, katalog: Path = REGELVERK) -> tuple[Regelverk, ...]:
    """The versions in force where `oppsett` is the set-up's folder: those of `katalog`, its own, and its proposals.

    Raises UgyldigFil, for regelverk.yaml or for a policy: an unknown version, one that has a day already, overlap, or
    a gap.
    """
    egne = oppsett / "regelverk"
    lest = katalogen(katalog, egne) if egne.is_dir() else katalogen(katalog)
    fil = oppsett / "regelverk.yaml"
    if not fil.exists():
        return lest.regelverk
    plasserte: Sequence[Plassert] = lest.plasserte
    for nummer, rad in enumerate(load(fil, "ikrafttredelse")["ikrafttredelser"]):
        sted = f"ikrafttredelser[{nummer}]"
        forslag = _find(fil, sted, lest.forslag, rad["tiltakskode"], rad["versjon"])
        ny = forslag.in_force_from(date.fromisoformat(rad["gyldigFra"]))
        plasserte = _switch_on(plasserte, Plassert(ny, fil, f"{sted}.gyldigFra"))
    return refuse_overlap_and_gap(plasserte)


def _find(fil: Path, sted: str, alle: Iterable[Forslag], tiltakskode: str, versjon: str) -> Forslag:
    egne = {forslag.versjon: forslag for forslag in alle if forslag.tiltakskode == tiltakskode}
    if versjon not in egne:
        grunn = f"names no version of {tiltakskode} that waits for a day; there is {sorted(egne)}"
        raise UgyldigFil(fil, f"{sted}.versjon", grunn)
    return egne[versjon]


def _switch_on(plasserte: Sequence[Plassert], ny: Plassert) -> list[Plassert]:
    """`ny` beside the others; the one that was in force the day before, if it has no end, ends on that day."""
    dagen_for = ny.regelverk.gyldig_fra - timedelta(days=1)
    forrige = [
        plassert
        for plassert in plasserte
        if plassert.regelverk.tiltakskode == ny.regelverk.tiltakskode and plassert.regelverk.gyldig_fra <= dagen_for
    ]
    if not forrige:
        raise UgyldigFil(ny.fil, ny.sted, "no version is in force the day before; the day is too early")
    siste = max(forrige, key=lambda plassert: plassert.regelverk.gyldig_fra)
    if siste.regelverk.gyldig_til is None:
        avsluttet = replace(siste, regelverk=replace(siste.regelverk, gyldig_til=dagen_for))
        plasserte = [avsluttet if plassert is siste else plassert for plassert in plasserte]
    return [*plasserte, ny]


def in_place_of(versjoner: Iterable[Regelverk], ny: Regelverk) -> tuple[Regelverk, ...]:
    """The versions with `ny` in place of whatever is in force on its days; those before and after it keep theirs."""
    rester = (rest for versjon in versjoner for rest in _left_of(versjon, ny))
    return tuple(sorted((*rester, ny), key=lambda versjon: (versjon.tiltakskode, versjon.gyldig_fra)))


def _left_of(versjon: Regelverk, ny: Regelverk) -> Iterable[Regelverk]:
    if versjon.tiltakskode != ny.tiltakskode:
        yield versjon
        return
    slutt = versjon.gyldig_til or date.max
    if versjon.gyldig_fra < ny.gyldig_fra:
        yield replace(versjon, gyldig_til=min(slutt, ny.gyldig_fra - timedelta(days=1)))
    if ny.gyldig_til is not None and slutt > ny.gyldig_til:
        yield replace(versjon, gyldig_fra=max(versjon.gyldig_fra, ny.gyldig_til + timedelta(days=1)))
