"""Keys told by the neighbours: a column with the numbers of another table points to it, whatever it is called."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.kontrakt import tabeller
from tiltaksflyt.intake.forslag.feltpassing import Passer, fit
from tiltaksflyt.intake.forslag.kobling import Kobling, Sikkerhet, Tabellkobling
from tiltaksflyt.intake.forslag.kolonneinnhold import Kolonneinnhold
from tiltaksflyt.intake.forslag.navnetreff import Navnetreff
from tiltaksflyt.intake.notasjon import clean_token

_NESTEN_ALLE = 0.9
_MINST_ULIKE = 3


def add_keys(koblet: Sequence[Tabellkobling]) -> list[Tabellkobling]:
    """The tables, each with the keys that it lacks and whose numbers one of its columns holds."""
    hjem = {
        kobling.felt: kobling.kolonne
        for ett in koblet
        for kobling in ett.koblinger
        if tabeller()[ett.tabell].nokkel == (kobling.felt,) and not kobling.kolonne.tom
    }
    return [_with_keys(ett, hjem, koblet) for ett in koblet]


def _with_keys(koblet: Tabellkobling, hjem: dict[str, Kolonneinnhold], alle: Sequence[Tabellkobling]) -> Tabellkobling:
    brukt = {id(kobling.kolonne) for ett in alle if ett.fil is koblet.fil for kobling in ett.koblinger}
    nye = []
    for felt in koblet.savner:
        ledige = [k for k in koblet.fil.kolonner if k.kan_navngis and id(k) not in brukt]
        kilde = hjem.get(felt)
        kolonne = next((k for k in ledige if kilde and _same_numbers(k, kilde)), None)
        if kolonne and fit(koblet.tabell, tabeller()[koblet.tabell].felter[felt], kolonne) is not Passer.NEI:
            brukt.add(id(kolonne))
            grunn = "innholdet er de samme numrene som i tabellen den peker på"
            nye.append(Kobling(kolonne, koblet.tabell, felt, Navnetreff.INNHOLD, Passer.JA, Sikkerhet.TROLIG, grunn))
    return replace(koblet, koblinger=(*koblet.koblinger, *nye))


def _same_numbers(kolonne: Kolonneinnhold, kilde: Kolonneinnhold) -> bool:
    kjente = {clean_token(verdi) for verdi in kilde.antall}
    return (
        len(kolonne.antall) >= _MINST_ULIKE
        and kolonne.share(lambda celle: clean_token(celle) in kjente) >= _NESTEN_ALLE
    )
