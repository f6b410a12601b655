"""The ledger: what is known. Tables, states, keys and evidence; the only room that speaks SQL.

    nokler = open_key_store(nokler_url, Filnokkelvern(katalog), create=True)
    with open_ledger(ledger_url, nokler, create=True, er_test=True) as ledger:
        with ledger.transaction():            # several writes as one commit; no I/O to anyone else inside
            lagret = ledger.deltakelser.store_many(...)
            ledger.innsendinger.answer(leie, svar)

Every moment is an aware datetime, every day a date in Oslo, and both are arguments: the ledger asks no clock. Ids are
random uuids of ours as text; `ref` is our id of a deltakelse. What the databases refuse is a LedgerFeil.
"""

from tiltaksflyt.ledger.avstemminger import Avstemmingsavvik, Differanse, Oppgjor, Sendtmelding
from tiltaksflyt.ledger.avtaler import Avtalerad
from tiltaksflyt.ledger.bevis import (
    MANEDSSTAND,
    SAMTYKKE,
    SLETTING,
    Bevis,
    Beviskjede,
    Kjedefeil,
    Kjedefunn,
    Kjedehode,
    load_signing_key,
    verify_chain,
)
from tiltaksflyt.ledger.deltakelser import Deltakelsesrad, Lagret
from tiltaksflyt.ledger.dokumenter import (
    Dokumentplass,
    Dokumentrad,
    Forsendelsesrad,
    Leveringsfakta,
    NyForsendelse,
)
from tiltaksflyt.ledger.drift import Stans
from tiltaksflyt.ledger.feil import (
    IkkeFunnet,
    KlokkeTilbake,
    LedgerFeil,
    LeieTapt,
    NokkelSlettet,
    Uleselig,
    UlovligOvergang,
)
from tiltaksflyt.ledger.forpliktelser import Forpliktelsesrad
from tiltaksflyt.ledger.hendelser import Hendelse
from tiltaksflyt.ledger.innsendinger import Funn, Holdt, Holdtrad, Innsendingsrad, Svar
from tiltaksflyt.ledger.koder import Kjedefeilkode, Sluttvarsel, Statuskode
from tiltaksflyt.ledger.kontroller import Bruddrad, Innsendingstall, Kontrollrad, Tabellkontroll
from tiltaksflyt.ledger.kvitteringer import Kvitteringsrad, UkobletKvittering
from tiltaksflyt.ledger.kvitteringsfil import Dokumentsvar, Kvitteringsfil, Kvitteringsfunn
from tiltaksflyt.ledger.ledger import Ledger, open_key_store, open_ledger
from tiltaksflyt.ledger.leie import Leie
from tiltaksflyt.ledger.leveranseforsok import Leveranseforsok, Leveransesvar, Ubesvart
from tiltaksflyt.ledger.leveranser import Leveranserad, Utfall
from tiltaksflyt.ledger.manedsstand import Manedsstand
from tiltaksflyt.ledger.merknader import Kvitteringsmerknad, UlestFil
from tiltaksflyt.ledger.nokkelrotasjon import Nokkelstand, Rotasjon
from tiltaksflyt.ledger.nokkelvern import Filnokkelvern, Hovednokkelvern, Nokkelvern
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.oversikt import Oversikt
from tiltaksflyt.ledger.sammenslaing import merge
from tiltaksflyt.ledger.samtykker import KONTAKTFELTER, Samtykke, Samtykkerad
from tiltaksflyt.ledger.slettebekreftelser import Ubekreftet
from tiltaksflyt.ledger.slettinger import Lagerstand, Slettesak
from tiltaksflyt.ledger.statistikk import Statistikkbidrag, Statistikkcelle
from tiltaksflyt.ledger.tilbakehold import Tilbakehold
from tiltaksflyt.ledger.tilganger import Tilgang
from tiltaksflyt.ledger.tilstander import (
    Forpliktelsesstatus,
    Forsendelsestilstand,
    Innsendingstilstand,
    Leveransetilstand,
    Slettesakstilstand,
)

__all__ = [
    "KONTAKTFELTER",
    "MANEDSSTAND",
    "SAMTYKKE",
    "SLETTING",
    "Avstemmingsavvik",
    "Avtalerad",
    "Bevis",
    "Beviskjede",
    "Bruddrad",
    "Deltakelsesrad",
    "Differanse",
    "Dokumentplass",
    "Dokumentrad",
    "Dokumentsvar",
    "Filnokkelvern",
    "Forpliktelsesrad",
    "Forpliktelsesstatus",
    "Forsendelsesrad",
    "Forsendelsestilstand",
    "Funn",
    "Hendelse",
    "Holdt",
    "Holdtrad",
    "Hovednokkelvern",
    "IkkeFunnet",
    "Innsendingsrad",
    "Innsendingstall",
    "Innsendingstilstand",
    "Kjedefeil",
    "Kjedefeilkode",
    "Kjedefunn",
    "Kjedehode",
    "KlokkeTilbake",
    "Kontrollrad",
    "Kvitteringsfil",
    "Kvitteringsfunn",
    "Kvitteringsmerknad",
    "Kvitteringsrad",
    "Lagerstand",
    "Lagret",
    "Ledger",
    "LedgerFeil",
    "Leie",
    "LeieTapt",
    "Leveranseforsok",
    "Leveranserad",
    "Leveransesvar",
    "Leveransetilstand",
    "Leveringsfakta",
    "Manedsstand",
    "NokkelSlettet",
    "Nokkellager",
    "Nokkelstand",
    "Nokkelvern",
    "NyForsendelse",
    "Oppgjor",
    "Oversikt",
    "Rotasjon",
    "Samtykke",
    "Samtykkerad",
    "Sendtmelding",
    "Slettesak",
    "Slettesakstilstand",
    "Sluttvarsel",
    "Stans",
    "Statistikkbidrag",
    "Statistikkcelle",
    "Statuskode",
    "Svar",
    "Tabellkontroll",
    "Tilbakehold",
    "Tilgang",
    "Ubekreftet",
    "Ubesvart",
    "UkobletKvittering",
    "Uleselig",
    "UlestFil",
    "UlovligOvergang",
    "Utfall",
    "load_signing_key",
    "merge",
    "open_key_store",
    "open_ledger",
    "verify_chain",
]
