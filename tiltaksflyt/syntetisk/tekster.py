"""The words of plans, reports and orders: sentences as a jobbveileder writes them, put together by chance.

Every text is made of one alternative for each sentence, with the person's occupation, tasks and workplace set in. No
text holds a diagnosis or anything else from the special categories, and none says anything about a real person.
"""

from collections.abc import Mapping
from random import Random

Setninger = tuple[tuple[str, ...], ...]

BESTILLING: Mapping[str, Setninger] = {
    "bestillingTekst": (
        (
            "Nav ber om avklaring av hvilke oppgaver innen {bransje} deltakeren kan stå i over tid.",
            "Deltakeren ønsker å komme ut i arbeid som {yrke} og trenger tett oppfølging på veien dit.",
            "Målet med bestillingen er ordinært arbeid, helst innen {bransje}.",
            "Deltakeren har vært ute av arbeidslivet en periode og skal prøve ut arbeid som {yrke}.",
        ),
        (
            "Vi ønsker utprøving i ordinær virksomhet så snart det er forsvarlig.",
            "Vi ber om at arbeidsevnen prøves ut i et tilrettelagt miljø først, deretter i ordinær virksomhet.",
            "Det er viktig med en plan for gradvis opptrapping.",
            "Vi ber om konkrete forslag til videre løp.",
        ),
        (
            "Deltakeren har videregående opplæring og noe arbeidserfaring.",
            "Deltakeren har grunnskole og erfaring fra korte engasjementer.",
            "Deltakeren har fagutdanning som ikke er brukt på en stund.",
            "Deltakeren har lite arbeidserfaring så langt.",
        ),
    ),
    "punkt_1": (
        (
            "Hvilke oppgaver innen {bransje} mestrer deltakeren?",
            "Er {yrke} et realistisk yrkesmål?",
            "Hva skal til for at deltakeren kan få jobb som {yrke}?",
        ),
    ),
    "punkt_2": (
        (
            "Hvor stor stilling kan deltakeren stå i?",
            "Hvilken tilrettelegging trenger deltakeren på en arbeidsplass?",
            "Hvordan virker ordinært arbeid på oppmøte og utholdenhet?",
        ),
    ),
    "punkt_3": (
        (
            "Trenger deltakeren opplæring eller kurs?",
            "Hvilken oppfølging bør gis videre, og av hvem?",
            "Hvilke ressurser kan deltakeren bygge videre på?",
        ),
    ),
    "svar_1": (
        (
            "Deltakeren mestrer {oppgave} godt og {oppgave2} med noe veiledning.",
            "Ja, {yrke} er realistisk med oppgaver som {oppgave} og {oppgave2}.",
            "Utprøvingen viser at {oppgave} passer best; {oppgave2} krever mer øving.",
        ),
    ),
    "svar_2": (
        (
            "Om lag {prosent} prosent er realistisk nå, med mulighet for mer etter hvert.",
            "Faste rutiner og én kontaktperson har vært det viktigste.",
            "Omfanget på {prosent} prosent har fungert, med korte pauser og tydelige beskjeder.",
        ),
    ),
    "svar_3": (
        (
            "Opplæring i {fag2} vil styrke mulighetene innen {bransje}.",
            "Vi anbefaler å bygge videre på erfaringen fra {bransje}, med Nav som fast kontakt.",
            "Deltakeren kan bygge videre på {fag} og god arbeidsvilje.",
        ),
    ),
}

PLAN: Mapping[str, Setninger] = {
    "hensikt": (
        (
            "Hensikten er å finne ut om deltakeren kan arbeide som {yrke}.",
            "Tiltaket skal gi deltakeren en trygg vei inn i {bransje}.",
            "Hensikten er å prøve ut og øke arbeidsevnen med arbeid som {yrke} som mål.",
            "Deltakeren skal få ny erfaring fra {bransje} og en tydelig retning mot arbeid.",
            "Vi skal sammen avklare om {oppgave} og {oppgave2} passer, og hvor mye deltakeren kan arbeide.",
        ),
        (
            "Vi begynner med kartlegging og går over til utprøving i virksomhet når deltakeren er klar.",
            "Planen bygger på bestillingen fra Nav og på samtalene de første ukene.",
            "Deltakeren har selv vært med på å velge retning.",
            "Omfanget trappes opp i takt med mestring.",
        ),
    ),
    "yrkesmal": (
        (
            "Deltakeren ønsker å arbeide som {yrke}.",
            "Yrkesmålet er arbeid som {yrke}, gjerne i nærmiljøet.",
            "På kort sikt er målet en deltidsstilling som {yrke}.",
            "Målet er fast arbeid innen {bransje}, og {yrke} er førstevalget.",
        ),
        (
            "Alternativet er andre oppgaver innen {bransje}.",
            "Deltakeren er åpen for flere typer oppgaver, som {oppgave} og {oppgave2}.",
            "Målet tas opp igjen etter første utprøving.",
            "Deltakeren har erfaring med {oppgave} fra før.",
        ),
    ),
    "fagligeMalOgFramdrift": (
        (
            "Deltakeren skal lære {fag} og {fag2}.",
            "Første faglige mål er {fag}; deretter {fag2}.",
            "I løpet av perioden skal deltakeren kunne utføre {oppgave} på egen hånd.",
            "Deltakeren skal bli trygg på {oppgave} og få innføring i {fag}.",
        ),
        (
            "Framdriften vurderes i samtalen hver måned.",
            "Vi går gjennom målene sammen hver fjerde uke.",
            "Veileder og arbeidsleder vurderer framdriften ut fra faktiske oppgaver.",
            "Målene justeres når vi ser hva som fungerer.",
        ),
    ),
    "utprovingIOrdinaertArbeidsliv": (
        (
            "Deltakeren skal prøves ut hos en ordinær virksomhet innen {bransje}.",
            "Vi tar kontakt med to eller tre virksomheter innen {bransje} de første ukene.",
            "Utprøving i ordinær virksomhet starter så snart kartleggingen er ferdig.",
            "Deltakeren ønsker en arbeidsplass der {oppgave} er en del av dagen.",
        ),
        (
            "Utprøvingen skal vise om oppgaver som {oppgave} og {oppgave2} passer.",
            "Det lages en hospiteringsavtale med formål, mål og varighet.",
            "Veileder besøker arbeidsplassen første uke og deretter minst hver sjette uke.",
            "Vi begynner med tre dager i uka og øker når det går bra.",
        ),
    ),
    "avtaltOppfolging": (
        (
            "Deltakeren og veileder møtes hver uke den første måneden, deretter annenhver uke.",
            "Fast samtale annenhver uke, og telefon ved behov.",
            "Veileder har samtale med deltakeren hver tredje uke og følger opp på arbeidsplassen.",
            "Det er avtalt ukentlig kontakt så lenge deltakeren er i utprøving.",
        ),
        (
            "Trepartsmøte med Nav holdes minst hver tredje måned.",
            "Nav inviteres til møte hver tiende uke.",
            "Arbeidsgiver, deltaker og veileder møtes hver sjette uke.",
            "Deltakeren kan ta kontakt også mellom møtene.",
        ),
    ),
    "opplaeringsaktiviteter": (
        (
            "Det er aktuelt med {kurs}.",
            "Deltakeren skal ta {kurs} når utprøvingen er i gang.",
            "Opplæring i {fag} gis på arbeidsplassen.",
            "Intern opplæring i {fag} hver torsdag.",
        ),
    ),
    "mestringsmal": (
        (
            "Deltakeren skal møte til avtalt tid og si fra når noe blir vanskelig.",
            "Målet er å få en fast døgnrytme og stå i en arbeidsdag.",
            "Deltakeren ønsker å bli tryggere i møte med nye mennesker.",
            "Målet er å planlegge egen uke og gi beskjed ved endringer.",
        ),
        (
            "Vi ser på oppmøte og egen opplevelse av mestring.",
            "Deltakeren vurderer selv framgangen på en skala hver måned.",
            "Små delmål hver uke gjør det lettere å se framgang.",
            "Deltakeren får én fast kontaktperson.",
        ),
    ),
    "tilrettelegging": (
        (
            "Faste rutiner og skriftlige oppgavelister.",
            "Mulighet for korte pauser og skjermet plass i starten.",
            "Gradvis økning av tid og ansvar.",
            "Oppgaver uten tunge løft i starten, og tydelige beskjeder.",
        ),
    ),
    "deltakersOrd": (
        (
            "Jeg vil gjerne jobbe som {yrke}, og jeg liker best {oppgave}.",
            "Det er viktig for meg å ha noe fast å gå til.",
            "Jeg håper å få en jobb jeg kan stå i lenge.",
            "Jeg lærer best når noen viser meg det først.",
        ),
    ),
    "trengerFraNav": (
        (
            "Avklaring av om {kurs} kan dekkes.",
            "Svar på om reisevei kan støttes i utprøvingen.",
            "Deltakelse i neste trepartsmøte.",
        ),
    ),
    "endring": (
        (
            "Planen er endret etter siste periode, slik at {oppgave2} får større plass.",
            "Planen er justert fordi deltakeren ønsker mer {oppgave} i ordinær virksomhet.",
            "Målene for {fag} er gjort mer konkrete, og omfanget er vurdert på nytt.",
        ),
    ),
}

MAL: Mapping[str, Setninger] = {
    "YRKE": (("Få arbeid som {yrke}.", "Komme i jobb innen {bransje}.", "Finne en arbeidsplass som {yrke}."),),
    "YRKE_kriterium": (
        (
            "Deltakeren har fått tilbud om stilling.",
            "Deltakeren har søkt og vært på intervju.",
            "Avtale om jobb er gjort.",
        ),
    ),
    "FAGLIG": (("Lære {fag}.", "Utføre {oppgave} på egen hånd.", "Få innføring i {fag2}.", "Mestre {oppgave2}."),),
    "FAGLIG_kriterium": (
        (
            "Arbeidsleder bekrefter at oppgaven gjøres uten veiledning.",
            "Deltakeren kan forklare og vise framgangsmåten.",
            "Oppgaven er utført selvstendig minst fem ganger.",
        ),
    ),
    "MESTRING": (
        (
            "Møte til avtalt tid hver dag.",
            "Si fra i tide når noe blir vanskelig.",
            "Holde en fast døgnrytme i ukedagene.",
        ),
    ),
    "MESTRING_kriterium": (("Oppmøte som avtalt i fire uker.", "Deltakeren beskriver selv framgang i samtale."),),
    "SOSIALT": (
        ("Delta i felles lunsj på arbeidsplassen.", "Bli trygg på å spørre kolleger om hjelp.", "Ta imot kunder."),
    ),
    "SOSIALT_kriterium": (
        ("Deltakeren tar selv initiativ minst én gang i uka.", "Kolleger og deltaker ser framgang."),
    ),
    "gjort": (
        (
            "Øvd jevnlig sammen med veileder.",
            "Prøvd ut i arbeid med {oppgave}.",
            "Gjennomført i utprøvingen, med gode tilbakemeldinger.",
            "Tatt opp i samtalene og fulgt opp på arbeidsplassen.",
        ),
    ),
}

AKTIVITET: Mapping[str, Setninger] = {
    "kartlegging": (
        ("Kartlegging av ressurser, interesser og erfaring.", "Samtaler og øvelser om ressurser og yrkesvalg."),
    ),
    "veiledning": (
        ("Karriereveiledning og hjelp til å søke jobber innen {bransje}.", "Samtaler om veien mot arbeid som {yrke}."),
    ),
    "intern": (
        ("Utprøving i egne lokaler med oppgaver som {oppgave}.", "Arbeidstrening i verkstedet med vekt på {oppgave2}."),
    ),
    "praksis": (("Arbeidstrening i ordinær virksomhet som {yrke}.", "Utprøving i virksomhet innen {bransje}."),),
    "opplaering": (("Opplæring: {kurs}.", "Kurs og øving: {kurs}."),),
    "hensikt": (
        (
            "Se hvordan deltakeren fungerer i oppgaver som {oppgave}.",
            "Få erfaring med {bransje} og bygge utholdenhet.",
            "Finne ut hvilken tilrettelegging som trengs i arbeid med {oppgave2}.",
        ),
    ),
    "avtaltOppfolging": (
        (
            "Besøk på arbeidsplassen første uke, deretter hver sjette uke.",
            "Ukentlig telefon til deltakeren og møte med arbeidsgiver hver måned.",
            "Felles evaluering etter fire uker.",
        ),
    ),
    "erfaringer": (
        (
            "Deltakeren mestret {oppgave} godt og trengte noe veiledning i {oppgave2}.",
            "Oppmøtet var stabilt, og tempoet økte gjennom perioden.",
            "Oppgavene passet godt, men dagene ble lange mot slutten av uka.",
            "Deltakeren tok selv ansvar for {oppgave} etter noen uker.",
        ),
    ),
    "arbeidsgiversVurdering": (
        (
            "Arbeidsgiver beskriver deltakeren som pålitelig og lærevillig.",
            "Arbeidsgiver er fornøyd med {oppgave} og ønsker mer øving i {oppgave2}.",
            "Arbeidsgiver ser at deltakeren fungerer best med tydelige beskjeder.",
        ),
    ),
}


def write(rng: Random, setninger: Setninger, flett: Mapping[str, str]) -> str:
    """One text: an alternative for each sentence, with the words of the person set in."""
    return " ".join(rng.choice(alternativer) for alternativer in setninger).format_map(flett)
