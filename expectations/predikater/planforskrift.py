"""What the forskrift itself requires of a plan, where the policy says so (group PLA)."""

from expectations.kontekst import Kontekst
from expectations.predikater.plan import is_required
from expectations.predikater.register import Maske, Parameter, predikat


@predikat
def forskriftskrav_mangler(k: Kontekst, *, forskriftskrav: Parameter) -> Maske:
    """A finished plan lacks a point that the forskrift names."""
    punkt = k.kolonne()
    return k.finnes("ferdigstilt") & is_required(punkt, forskriftskrav) & k.tom(punkt)


@predikat
def omfang_ikke_fastsatt(k: Kontekst, *, omfangFastsatt: Parameter) -> Maske:
    """The plan is finished, and no extent holds by then though the plan must say it."""
    mengde = k.rader("deltakelsesmengde")
    gjelder_fra = mengde.dato("gyldigFra").fillna(mengde.fra("deltakelse", "startDato", "dato"))
    forste = gjelder_fra.groupby(mengde.nokkel()).min().reindex(k.nokkel()).reset_index(drop=True)
    fastsatt = forste.le(k.dato("ferdigstilt"))
    return k.finnes("ferdigstilt") & omfangFastsatt.eq(1) & ~fastsatt
