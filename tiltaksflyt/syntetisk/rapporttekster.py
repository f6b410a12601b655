"""The words of perioderapport and sluttrapport, and of extents, extensions and exceptions. See `tekster`."""

from collections.abc import Mapping

from tiltaksflyt.syntetisk.tekster import Setninger

VURDERING: Mapping[str, Setninger] = {
    "statusOgFramdrift": (
        (
            "I periode {n} har deltakeren arbeidet med {oppgave} og {fag}.",
            "Deltakeren har i periode {n} hatt god framgang i {oppgave}.",
            "Periode {n} har vært preget av utprøving innen {bransje}.",
            "Deltakeren følger planen, og i periode {n} ble {oppgave2} prøvd ut.",
        ),
        (
            "Oppmøtet har vært jevnt, og deltakeren gir beskjed når noe kommer i veien.",
            "Oppmøtet har variert noe, men er bedre mot slutten av perioden.",
            "Deltakeren har holdt avtalt omfang på {prosent} prosent.",
            "Omfanget på {prosent} prosent har fungert som avtalt.",
        ),
        (
            "Målet om {fag} er nær ved å bli nådd.",
            "Deltakeren arbeider mer selvstendig enn i starten.",
            "Det gjenstår en del på {fag2}.",
            "Vi ser tydeligst framgang i {oppgave}.",
        ),
    ),
    "endringerIPlan": (
        (
            "Planen endres slik at deltakeren får mer tid til {oppgave2}.",
            "Yrkesmålet er det samme, men utprøvingen flyttes til en ny virksomhet.",
            "Det legges inn opplæring i {fag} i neste periode.",
            "Målene er delt opp i mindre steg etter ønske fra deltakeren.",
        ),
    ),
    "deltakersVurdering": (
        (
            "Jeg trives med {oppgave} og føler at jeg får til mer enn før.",
            "Det har vært mye å lære, men jeg er fornøyd med oppfølgingen.",
            "Jeg vil gjerne prøve meg litt mer på {oppgave2}.",
            "Dagene har fått en fast rytme, og det er bra for meg.",
        ),
    ),
    "vurderingAvFortsattDeltakelse": (
        (
            "Deltakeren har nytte av tiltaket og er på vei mot målet.",
            "Vi vurderer at videre deltakelse er nødvendig for å nå målet om arbeid som {yrke}.",
            "Utviklingen tilsier at tiltaket fortsatt er riktig.",
            "Deltakeren er ikke klar for ordinær stilling ennå, men er nærmere enn ved start.",
        ),
        (
            "Neste steg er mer utprøving i ordinær virksomhet.",
            "Vi ser at tett oppfølging fortsatt er viktig.",
            "Omfanget vurderes på nytt i neste møte.",
            "Vi har god dialog med deltakeren om veien videre.",
        ),
    ),
    "nestePeriode": (
        (
            "Neste periode brukes til {oppgave2} og kontakt med arbeidsgivere.",
            "Vi fortsetter utprøvingen og tar {kurs} når det passer.",
            "Målet for neste periode er å øke omfanget og øve på {fag2}.",
            "Deltakeren skal søke stillinger sammen med veileder.",
        ),
    ),
    "trengerFraNav": (
        (
            "Møte om videre løp i løpet av neste måned.",
            "Avklaring av støtte til {kurs}.",
            "Tilbakemelding på om omfanget kan økes.",
        ),
    ),
}

SLUTT: Mapping[str, Setninger] = {
    "beskrivelseAvTiltakslopet": (
        (
            "Deltakeren startet med kartlegging og gikk videre til oppgaver som {oppgave}.",
            "Tiltaksløpet besto av veiledning, utprøving og kontakt med arbeidsgivere innen {bransje}.",
            "Løpet fulgte planen, med vekt på {oppgave} og {oppgave2}.",
            "Deltakeren ble fulgt opp med samtaler, utprøving og øving i {fag}.",
        ),
        (
            "Omfanget var {prosent} prosent mot slutten.",
            "Deltakeren var ved avslutning oppe i {prosent} prosent.",
            "Samarbeidet har vært godt gjennom hele perioden.",
            "Deltakeren har selv vært med på alle vurderinger underveis.",
        ),
    ),
    "ressurserOgMuligheter": (
        (
            "Deltakeren er pålitelig, lærer raskt gjennom å gjøre, og er god på {oppgave}.",
            "Deltakeren har praktisk sans og blir verdsatt av kolleger.",
            "Styrken ligger i {oppgave} og i møte med andre.",
            "Deltakeren arbeider nøyaktig og har god orden.",
        ),
        (
            "Mulighetene er best innen {bransje}.",
            "Arbeid som {yrke} er realistisk med riktig omfang.",
            "En deltidsstilling med faste oppgaver er et godt utgangspunkt.",
            "Det er etterspørsel etter folk innen {bransje} i området.",
        ),
    ),
    "svarPaBestilling": (
        (
            "Bestillingen gjaldt arbeid som {yrke}; utprøvingen viser at oppgaver som {oppgave} mestres.",
            "Nav ba om avklaring av omfang; deltakeren har stått i om lag {prosent} prosent.",
            "Spørsmålet om yrkesmål er besvart gjennom utprøving innen {bransje}.",
            "Deltakeren har fått prøvd {oppgave} og {oppgave2}, og vi har vurdert begge opp mot bestillingen.",
        ),
        (
            "Svar på hvert punkt står i oversikten.",
            "Punktene i bestillingen er gjennomgått med deltakeren.",
            "Vi mener at bestillingen er besvart.",
            "Det som gjenstår, står under anbefalt oppfølging.",
        ),
    ),
    "tilretteleggingSomVirker": (
        (
            "Skriftlige oppgavelister og én kontaktperson virket godt.",
            "Korte økter i starten og gradvis økning var viktig.",
            "Faste rutiner virket, mens hyppige bytter av oppgaver ikke gjorde det.",
        ),
    ),
    "anbefaltOppfolging": (
        (
            "Nav bør følge opp med samtale innen fire uker.",
            "Vi anbefaler at Nav vurderer et nytt tiltak med vekt på {fag}.",
            "Deltakeren bør ha én fast veileder hos Nav i tiden framover.",
            "Vi anbefaler oppfølging på arbeidsplassen de første månedene.",
        ),
    ),
    "trengerFraNav": (("Avslutningsmøte med deltakeren.", "Vurdering av videre bistandsbehov."),),
    "deltakersVurdering": (
        (
            "Jeg har lært mye og vet bedre hva jeg kan.",
            "Det hjalp å få prøve {oppgave} i praksis.",
            "Jeg er fornøyd med oppfølgingen og klar for noe nytt.",
            "Jeg skulle gjerne hatt mer tid, men vet hva neste steg er.",
        ),
    ),
}

ANNET: Mapping[str, Setninger] = {
    "mengde_start": (
        (
            "Deltakeren trenger en rolig start og har avtalt lavere omfang med Nav.",
            "Omfanget er lavt i starten fordi deltakeren har vært lenge ute av arbeidslivet.",
        ),
    ),
    "opptrapping": (
        (
            "Omfanget økes til minst 50 prosent innen tre måneder, med full deltakelse som mål.",
            "Vi øker med en halv dag i uka så lenge det går bra, fram mot full deltakelse.",
        ),
    ),
    "mengde_endret": (
        ("Omfanget endres etter avtale med deltaker og Nav.", "Endret etter felles vurdering i trepartsmøtet."),
    ),
    "forlengelse": (
        (
            "Deltakeren har god framgang og trenger mer tid i ordinær virksomhet.",
            "Utprøvingen er i gang, og målet er innen rekkevidde med noe mer tid.",
            "Deltakeren trenger mer tid for å nå målet om arbeid som {yrke}.",
        ),
    ),
    "forlengelse_formell": (("Deltakeren er i et opplæringsløp som gir formell kompetanse, og må få fullføre det.",),),
    "unntak": (
        (
            "Deltakeren er ikke klar for ordinær virksomhet ennå; vi øver i egne lokaler først.",
            "Det er tatt kontakt med flere virksomheter uten at riktig plass er funnet ennå.",
        ),
    ),
    "unntak_omfang": (("Lavere omfang i oppstarten er avtalt med Nav som del av en opptrapping.",),),
    "seksjon": (
        (
            "Kontakt med arbeidsgivere i perioden: {antall} virksomheter er kontaktet innen {bransje}.",
            "Det er hatt kontakt med {antall} arbeidsgivere om mulig utprøving eller jobb.",
        ),
    ),
}
