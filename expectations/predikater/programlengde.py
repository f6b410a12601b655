"""How long Supported Employment and the kvalifiseringsprogram may last (group SET)."""

from expectations.kontekst import Kontekst
from expectations.predikater.lop import lop_start
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days, add_months
from expectations.tabeller import Serie


@predikat
def lenger_enn_avtalen(k: Kontekst, *, grunnDager: Parameter, maksDager: Parameter) -> Maske:
    """The deltakelse lasts longer than is agreed without an extension, or longer than any extension allows."""
    start, slutt = k.dato("startDato"), k.dato("sluttDato")
    over_grunn = slutt.gt(add_days(start, grunnDager)) & ~_is_extended(k)
    return over_grunn | slutt.gt(add_days(start, maksDager))


@predikat
def lenger_enn_programmet(k: Kontekst, *, grunnMaaneder: Parameter, maksMaaneder: Parameter) -> Maske:
    """The løp lasts longer than one period of the programme without an extension, or longer than two."""
    start, slutt = lop_start(k), k.dato("sluttDato")
    over_grunn = slutt.gt(add_months(start, grunnMaaneder)) & ~_is_extended(k)
    return over_grunn | slutt.gt(add_months(start, maksMaaneder))


def _is_extended(k: Kontekst) -> Serie:
    return k.noen("forlengelse", k.rader("forlengelse").nokkel().ne(""))
