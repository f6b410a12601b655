"""The page of the policies, made from them: `python -m schemas.regelverksside` writes docs/regelverk.md."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schemas.koder import kodeverk
from schemas.regelverk import Forslag, Parameter, Regelverk, alle_forslag, alle_regelverk
from schemas.regelverksparametre import parameterslag

SIDE = Path(__file__).parents[1] / "docs" / "regelverk.md"
_SPORSMAL = re.compile(r"(U[0-9]{2}) (.+)", re.DOTALL)
_INNLEDNING = """# Regelverkene

Denne siden lages av regelverkene selv (`python -m schemas.regelverksside`). Et tiltak er en fil,
`schemas/regelverk/<tiltakskode>/<første dag>.yaml`; hva den kan si, står i `schemas/regelverk/parametre.yaml`. Et nytt
tiltak er en ny fil der, eller i `regelverk/` i driftens eget oppsett, og ingen kode. Koden må være i kodeverket
`tiltakskode`.

Et tall kan være **null**: kildene sier ikke noe, plikten skyldes ikke, og regelen spør ikke. Der kildene er tause, men
noe må gjelde, står det nærmeste som er sagt om et annet tiltak. Begge deler er merket `uavklart` og samlet under.
`bekreftet` på et regelverk sier når en person har holdt det mot kilden; uten er det ikke gjort.

"""
Versjon = Regelverk | Forslag


def make_page(versjoner: Sequence[Versjon]) -> str:
    """The page as text: what an authority must decide, then each version whole."""
    return _INNLEDNING + "".join(_undecided(versjoner)) + "".join(_each_version(versjoner))


def _undecided(versjoner: Sequence[Versjon]) -> Iterator[str]:
    yield "## Dette må en myndighet avgjøre\n\n| punkt | spørsmål | tiltak | parameter | gjelder nå |\n"
    yield "| --- | --- | --- | --- | --- |\n"
    for (punkt, sporsmal, sti, verdi), koder in sorted(_grouped(versjoner).items()):
        yield _row(punkt, sporsmal, ", ".join(koder), f"`{sti}`", verdi)


def _grouped(versjoner: Iterable[Versjon]) -> dict[tuple[str, str, str, str], list[str]]:
    """The tiltak that share a question about a parameter and the value it has meanwhile."""
    grupper: dict[tuple[str, str, str, str], list[str]] = {}
    for versjon in versjoner:
        for sti, parameter in versjon.parametre.items():
            if parameter.uavklart:
                treff = _SPORSMAL.fullmatch(parameter.uavklart)
                punkt, sporsmal = treff.groups() if treff else ("–", parameter.uavklart)
                koder = grupper.setdefault((punkt, sporsmal, sti, _value(parameter)), [])
                if versjon.tiltakskode not in koder:
                    koder.append(versjon.tiltakskode)
    return grupper


def _each_version(versjoner: Sequence[Versjon]) -> Iterator[str]:
    for versjon in versjoner:
        navn = kodeverk("tiltakskode").tekst(versjon.tiltakskode)
        fra = f"fra {versjon.gyldig_fra.isoformat()}" if isinstance(versjon, Regelverk) else "et forslag, ikke i kraft"
        bekreftet = versjon.bekreftet.isoformat() if versjon.bekreftet else "nei"
        yield f"\n## {navn}: {versjon.versjon}\n\n`{versjon.tiltakskode}`, {fra}. Bekreftet: {bekreftet}.\n\n"
        yield "| parameter | betyr | verdi | styrke | kilde |\n| --- | --- | --- | --- | --- |\n"
        for sti, slag in parameterslag().items():
            if sti in versjon.parametre:
                parameter = versjon.parametre[sti]
                yield _row(f"`{sti}`", slag.betyr, _value(parameter), parameter.styrke, parameter.kilde)


def _value(parameter: Parameter) -> str:
    verdi = parameter.verdi
    if verdi is None:
        return "null"
    if isinstance(verdi, bool):
        return "ja" if verdi else "nei"
    if isinstance(verdi, list):
        return ", ".join(map(str, verdi)) or "ingen"
    if isinstance(verdi, dict):
        return f"{verdi['nb']} / {verdi['nn']}"
    return str(verdi).replace(".", ",") if isinstance(verdi, float) else str(verdi)


def _row(*celler: str) -> str:
    return "| " + " | ".join(celle.replace("|", "\\|").replace("\n", " ") for celle in celler) + " |\n"


def main() -> None:
    """Write the page."""
    SIDE.write_text(make_page([*alle_regelverk(), *alle_forslag()]), encoding="utf-8")


if __name__ == "__main__":
    main()
