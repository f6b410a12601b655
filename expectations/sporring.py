"""Asking the rules: one predicate, one place, one mask; and all of them in order."""

from collections.abc import Sequence

import numpy as np

from expectations.feil import Feilkode, KontrollFeil
from expectations.grunnlag import Grunnlag
from expectations.kjoring import Boolsk, Kjoring
from expectations.kontekst import Kontekst
from expectations.predikater import BARE_PROBLEMER, BARE_UTFYLTE, LESER_PROBLEMER, PREDIKATER
from expectations.regel import Niva, Regel, Sted
from schemas.regelverk import Regelverk


def ask(kjoring: Kjoring, regel: Regel, sted: Sted) -> Boolsk:
    """Where the rule is broken in one place. Raises KontrollFeil with a code, never the exception of the predicate."""
    antall = len(kjoring.grunnlag.rammer[sted.tabell])
    if _cannot_be_broken(kjoring, regel, sted):
        return np.zeros(antall, dtype=bool)
    gjelder = kjoring.concerns(regel, sted)
    if sted.predikat not in LESER_PROBLEMER:
        avvist = kjoring.is_refused(regel, sted)
        gjelder = gjelder if avvist is None else gjelder & ~avvist
    if not gjelder.any():
        return np.zeros(antall, dtype=bool)
    maske = _guarded(kjoring, regel, sted)
    if len(maske) != antall or maske.dtype != bool:
        raise KontrollFeil(
            Feilkode.UGYLDIG_MASKE,
            f"{regel.regel} ({sted.predikat})",
            "did not give one boolean per row",
            "Correct the predicate.",
        )
    return maske & gjelder


def _cannot_be_broken(kjoring: Kjoring, regel: Regel, sted: Sted) -> bool:
    if sted.predikat in BARE_PROBLEMER:
        return not kjoring.problemer_i(sted.tabell, sted.kolonne or "")
    if sted.predikat in BARE_UTFYLTE and not kjoring.problemer_i(sted.tabell, sted.kolonner[0]):
        return kjoring.tabeller_for(regel).er_tom(sted.tabell, sted.kolonner[0])
    return False


def _guarded(kjoring: Kjoring, regel: Regel, sted: Sted) -> Boolsk:
    try:
        parametre = {navn: kjoring.parameter(regel, sted, navn) for navn in sted.parametre}
        return np.asarray(PREDIKATER[sted.predikat](Kontekst(kjoring, regel, sted), **parametre))
    except KontrollFeil:
        raise
    except Exception as feil:
        # pandas and the standard library put the value they choked on in the text, so only the type crosses.
        grunn = f"the predicate raised {type(feil).__name__}"
    raise KontrollFeil(
        Feilkode.PREDIKAT_FEILET, f"{regel.regel} ({sted.predikat})", grunn, "Find the row type in a test and mend it."
    )


def run(grunnlag: Grunnlag, regler: Sequence[Regel], regelverk: Sequence[Regelverk]) -> Kjoring:
    """Ask every rule in order. Raises KontrollFeil; then nothing is decided about any drop of the chunk."""
    _check_problem_codes(grunnlag, regler)
    kjoring = Kjoring(grunnlag, regler, regelverk)
    forseglet = False
    for regel in kjoring.regler:
        if regel.niva > Niva.VERDI and not forseglet:
            kjoring.seal()
            forseglet = True
        for nummer, sted in enumerate(regel.steder):
            if not grunnlag.lest.finnes(sted.tabell):
                continue
            maske = ask(kjoring, regel, sted)
            kjoring.masker[(regel.regel, nummer)] = maske
            if regel.avviser_celler and maske.any():
                kjoring.refuse(regel, sted, maske)
    return kjoring


def _check_problem_codes(grunnlag: Grunnlag, regler: Sequence[Regel]) -> None:
    kjente = problemkoder(regler)
    for problem in grunnlag.problemer:
        if problem.kode not in kjente:
            raise KontrollFeil(
                Feilkode.UKJENT_PROBLEMKODE,
                problem.tabell,
                f"no rule answers for the problem {problem.kode}",
                "Add the code to the rule that tells the sender.",
            )


def problemkoder(regler: Sequence[Regel]) -> frozenset[str]:
    """The codes of unreadable cells that some rule tells the sender about."""
    return frozenset(
        kode
        for regel in regler
        for sted in regel.steder
        if sted.predikat in LESER_PROBLEMER
        for kode in sted.parametre.get("koder", ())
    )
