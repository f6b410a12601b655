"""Against what was accepted before (level HISTORIKK)."""

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, predikat
from transforms.sletting import AVSLUTTET


@predikat
def gjenapnet(k: Kontekst) -> Maske:
    """An ended deltakelse is open again."""
    return k.fra("lagret.deltakelse", "status").isin(AVSLUTTET) & k.tekst("status").isin(
        ["VENTER_PA_OPPSTART", "DELTAR"]
    )


@predikat
def id_brukt_om_annen_deltakelse(k: Kontekst) -> Maske:
    """The same deltakelseId stood for another person or another tiltak."""
    brudd = k.maske()
    for kolonne in ("deltakerId", "tiltakskode"):
        gammel = k.fra("lagret.deltakelse", kolonne)
        brudd |= gammel.ne("") & k.finnes(kolonne) & gammel.ne(k.tekst(kolonne))
    return brudd


@predikat
def apen_mangler_i_full(k: Kontekst) -> Maske:
    """An open stored deltakelse is not in a drop that is the whole truth."""
    droppet = set(k.kjoring.grunnlag.lest.nokkel("deltakelse", "deltakelseId"))
    mangler = ~k.nokkel().isin(droppet)
    return k.hode("omfang").eq("FULL") & ~k.tekst("status").isin(AVSLUTTET) & mangler


@predikat
def langt_faerre_apne(k: Kontekst, *, minAndel: float, minAntall: int) -> Maske:
    """A drop that is the whole truth has far fewer open deltakelser than the last one had."""
    deltakelse = k.rader("deltakelse")
    apne = deltakelse.innsending[deltakelse.innsending.index < _antall_droppet(k)]
    apne = apne[~deltakelse.tekst("status")[apne.index].isin(AVSLUTTET)].value_counts()
    forrige = k.av_innsending(lambda nummer: k.historikk(nummer).apne_i_siste_full or 0)
    naa = k.innsending.map(apne).fillna(0)
    falt = forrige.ge(minAntall) & naa.lt(forrige * minAndel)
    return k.hode("omfang").eq("FULL") & falt & ~k.bekreftet("innsendingId")


def _antall_droppet(k: Kontekst) -> int:
    return len(k.kjoring.grunnlag.rammer["deltakelse"])


@predikat
def samtykke_apnet_igjen(k: Kontekst) -> Maske:
    """A withdrawn consent is open again, or a stored one has been made longer or put to another use."""
    trukket, var_trukket = k.dato("trukket"), k.fra("lagret.samtykke", "trukket", "dato")
    apnet = var_trukket.notna() & (trukket.isna() | trukket.gt(var_trukket))
    formaal, hadde_formaal = k.tekst("formaal"), k.fra("lagret.samtykke", "formaal")
    annet = hadde_formaal.ne("") & formaal.ne("") & formaal.ne(hadde_formaal)
    return apnet | annet | k.dato("gyldigTil").gt(k.fra("lagret.samtykke", "gyldigTil", "dato"))


@predikat
def beskyttelse_fjernet(k: Kontekst) -> Maske:
    """A person who was protected no longer is."""
    var = k.fra("lagret.deltaker", "adressebeskyttelse")
    beskyttet = var.ne("") & var.ne("UGRADERT")
    return beskyttet & k.tekst("adressebeskyttelse").isin(["", "UGRADERT"]) & ~k.bekreftet("deltakerId")
