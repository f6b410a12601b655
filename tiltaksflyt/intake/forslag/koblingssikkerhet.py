"""How sure each mapping is: what its name and its content say, and whether anything else could be meant."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake.forslag.feltpassing import Passer
from tiltaksflyt.intake.forslag.kobling import Filtabell, Kobling, Sikkerhet, Tabellkobling, holds
from tiltaksflyt.intake.forslag.navnetreff import NAVNEGRUNN, Navnetreff, match_names


def judge(koblet: Sequence[Tabellkobling]) -> list[Tabellkobling]:
    """The tables with every mapping's certainty and its reason."""
    return [
        replace(ett, koblinger=tuple(_judge_one(kobling, ett, par) for kobling in ett.koblinger))
        for ett in koblet
        for par in [[annen for annen in koblet if annen.fil is ett.fil]]
    ]


def _judge_one(kobling: Kobling, koblet: Tabellkobling, par: Sequence[Tabellkobling]) -> Kobling:
    grunn = NAVNEGRUNN[kobling.treff]
    if kobling.treff is not Navnetreff.INNHOLD:
        grunn += f", {_content_reason(kobling)}"
    konkurrent = _rival(kobling, koblet.fil, par)
    if konkurrent:
        grunn += f"; også {konkurrent} kan være feltet"
    if not koblet.er_sikker and len(par) == 1:
        grunn += "; tabellen er ikke sikker"
    return replace(kobling, sikkerhet=_certainty(kobling, koblet.er_sikker or len(par) > 1, konkurrent), grunn=grunn)


def _content_reason(kobling: Kobling) -> str:
    if kobling.kolonne.tom:
        return "men kolonnen er tom"
    return "og innholdet passer" if kobling.passer is Passer.JA else "og innholdet sier ikke imot"


def _certainty(kobling: Kobling, tabellen_er_sikker: bool, konkurrent: str | None) -> Sikkerhet:
    if kobling.treff is Navnetreff.INNHOLD:
        er_ident = tabeller()[kobling.tabell].felter[kobling.felt].type is Felttype.IDENT
        return Sikkerhet.TROLIG if er_ident else Sikkerhet.GJETT
    if kobling.treff < Navnetreff.ORD:
        return Sikkerhet.GJETT
    type_ = tabeller()[kobling.tabell].felter[kobling.felt].type
    kan_ikke_provs = type_ in (Felttype.TEKST, Felttype.FRITEKST, Felttype.ID) and not kobling.kolonne.tom
    if (
        kobling.treff >= Navnetreff.NOKKEL
        and tabellen_er_sikker
        and konkurrent is None
        and (kobling.passer is Passer.JA or kan_ikke_provs)
    ):
        return Sikkerhet.SIKKER
    return Sikkerhet.TROLIG


def _rival(kobling: Kobling, fil: Filtabell, par: Sequence[Tabellkobling]) -> str | None:
    """The place of another column that could be the same field, or of this one as a field of the other table."""
    for kolonne in fil.kolonner:
        if kolonne is kobling.kolonne:
            continue
        for felt, treff in match_names(kobling.tabell, kolonne.navn):
            tatt_av_annet = any(holds(annen, kolonne) for annen in par)
            if felt == kobling.felt and treff >= Navnetreff.NOKKEL and not tatt_av_annet:
                return kolonne.plass
    for annen in par:
        if annen.tabell == kobling.tabell or any(ett.kolonne is kobling.kolonne for ett in annen.koblinger):
            continue
        if any(treff >= Navnetreff.NOKKEL for _, treff in match_names(annen.tabell, kobling.kolonne.navn)):
            return f"{annen.tabell}, der kolonnen også har et kjent navn,"
    return None
