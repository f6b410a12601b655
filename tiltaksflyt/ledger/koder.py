"""The codes that explain a state to a person. Each has its Norwegian sentence; docs/status.md lists them all."""

from tiltaksflyt.ledger.tilstander import Kodet


class Statuskode(Kodet):
    """Why a leveranse, a forsendelse or a run stands where it stands."""

    # leveranse: on its way
    VENTER = "VENTER", "Leveransen venter på mottakerens neste vindu."
    SENDES = "SENDES", "Leveransen blir sendt nå."
    LEIE_UTLOPT = "LEIE_UTLOPT", "Forrige forsøk ble avbrutt, og leveransen sendes på nytt."
    # leveranse: accepted
    OVERFORT = "OVERFORT", "Hele pakken er overført til mottakeren."
    FINNES_ALLEREDE = "FINNES_ALLEREDE", "Pakken lå hos mottakeren fra før, og teller som sendt."
    GITT_VIDERE = "GITT_VIDERE", "Pakken er hos formidleren, som bringer den til mottakeren."
    KVITTERT = "KVITTERT", "Mottakeren har åpnet pakken og funnet den i orden."
    LEST = "LEST", "Mottakeren har lest leveransen."
    # leveranse: transient
    KANAL_NEDE = "KANAL_NEDE", "Mottakeren svarer ikke. Vi prøver igjen av oss selv."
    KANAL_OPPTATT = "KANAL_OPPTATT", "Mottakeren tar ikke imot flere akkurat nå. Vi prøver igjen av oss selv."
    AVBRUTT = "AVBRUTT", "Overføringen ble brutt underveis. Vi prøver igjen av oss selv."
    FULLT_LAGER = "FULLT_LAGER", "Mottakeren har ikke plass. Vi prøver igjen av oss selv."
    UVENTET_SVAR = "UVENTET_SVAR", "Mottakeren svarte med noe annet enn avtalt. Vi prøver igjen av oss selv."
    # leveranse: permanent
    TILGANG_NEKTET = "TILGANG_NEKTET", "Mottakeren godtok ikke påloggingen. Kontroller nøkkelen."
    UKJENT_VERTSNOKKEL = (
        "UKJENT_VERTSNOKKEL",
        "Mottakeren har en annen vertsnøkkel enn avtalt. Avklar det før noe sendes.",
    )
    MAPPE_MANGLER = "MAPPE_MANGLER", "Mappen hos mottakeren finnes ikke. Kontroller oppsettet."
    ANNEN_PAKKE = "ANNEN_PAKKE", "Det ligger en annen pakke med samme navn hos mottakeren."
    PAKKE_MANGLER = "PAKKE_MANGLER", "Pakken finnes ikke lenger i lageret. Avlys leveransen."
    PAKKE_ENDRET = "PAKKE_ENDRET", "Pakken i lageret er ikke den som ble laget. Avlys leveransen."
    UKJENT_MOTTAKER = "UKJENT_MOTTAKER", "Mottakeren står ikke i registeret. Legg den inn, og prøv igjen."
    UGYLDIG_OPPSETT = "UGYLDIG_OPPSETT", "Kanalen er satt opp feil. Rett oppsettet, og prøv igjen."
    FOR_STOR_PAKKE = (
        "FOR_STOR_PAKKE",
        "Pakken er større enn kanalen tar imot. Senk grensen for dokumenter per leveranse.",
    )
    AVVIST_AV_KANALEN = (
        "AVVIST_AV_KANALEN",
        "Kanalen godtok ikke forsendelsen. Kontroller oppsettet mot det som er avtalt.",
    )
    IKKE_BRAKT_FRAM = "IKKE_BRAKT_FRAM", "Formidleren klarte ikke å bringe pakken fram. Avklar hvorfor, og prøv igjen."
    FOR_MANGE_FORSOK = "FOR_MANGE_FORSOK", "Leveransen er forsøkt mange nok ganger og venter på en person."
    TEKNISK_AVVIST = "TEKNISK_AVVIST", "Mottakeren kunne ikke åpne pakken."
    # leveranse: ended by us or by time
    AVLYST_AV_PERSON = "AVLYST_AV_PERSON", "En person avlyste leveransen."
    AVLYST_FOR_SLETTING = "AVLYST_FOR_SLETTING", "Leveransen ble avlyst fordi noe i den skulle slettes."
    AVLYST_FOR_OVERLEVERING = (
        "AVLYST_FOR_OVERLEVERING",
        "Leveransen ble avlyst fordi en sluttrapport i den skal overleveres for hånd.",
    )
    IKKE_HENTET = "IKKE_HENTET", "Mottakeren hentet ikke leveransen innen levetiden."
    PROVES_IGJEN = "PROVES_IGJEN", "En person har bedt om et nytt forsøk."
    OVERLEVERES = "OVERLEVERES", "Sluttrapporten er ikke kommet fram, og pakken legges ut for å overleveres for hånd."
    # forsendelse
    VENTER_GODKJENNING = (
        "VENTER_GODKJENNING",
        "Utkastet sendes neste virkedag etter at det ble lagt ut, om ikke arrangøren stanser det.",
    )
    KATEGORI_IKKE_AVTALT = (
        "KATEGORI_IKKE_AVTALT",
        "Dokumentet har opplysninger som databehandleravtalen ikke nevner, og sendes neste virkedag, "
        "om ikke arrangøren stanser det.",
    )
    STANSET_AV_ARRANGOR = "STANSET_AV_ARRANGOR", "Arrangøren har stanset dokumentet før det ble sendt."
    ADRESSEBESKYTTELSE = (
        "ADRESSEBESKYTTELSE",
        "Personen har adressebeskyttelse, og dokumentet sendes ikke på vanlig måte.",
    )
    MANGLER_MOTTAKER = "MANGLER_MOTTAKER", "Nav-enheten står ikke i registeret over mottakere."
    GLYF_MANGLER = "GLYF_MANGLER", "Et tegn i teksten kan ikke vises i PDF-en."
    HOLDT_AV_PERSON = "HOLDT_AV_PERSON", "En person har holdt dokumentet tilbake."
    FEILREGISTRERT = "FEILREGISTRERT", "Deltakelsen var feilregistrert, og dokumentet er trukket tilbake."
    GJELDER_IKKE = "GJELDER_IKKE", "Det meldingen fortalte, gjelder ikke, og den er trukket tilbake."
    SLETTES = "SLETTES", "Siste dag er passert, og alt om deltakelsen slettes."
    # receipts that a person should see
    FALSK_KVITTERING = (
        "FALSK_KVITTERING",
        "Kvitteringen kom fra en annen enn mottakeren av leveransen, og endret ingenting. Finn ut hvem som la den der.",
    )
    UKOBLET_SVAR = "UKOBLET_SVAR", "Svaret gjelder et dokument vi ikke kjenner. Spør mottakeren hva det er."
    SVAR_UTENFOR_LEVERANSEN = (
        "SVAR_UTENFOR_LEVERANSEN",
        "Svaret gjelder et dokument eller en versjon som ikke ble sendt i leveransen det nevner, og endret ingenting.",
    )
    SVAR_ETTER_ERSTATNING = (
        "SVAR_ETTER_ERSTATNING",
        "Svaret kom etter at en nyere versjon var sendt. Svaret på den nyere gjelder.",
    )
    SVAR_ETTER_AVSLUTNING = (
        "SVAR_ETTER_AVSLUTNING",
        "Svaret kom etter at leveransen var avlyst eller utløpt. Dokumentet sendes igjen, og det nye svaret gjelder.",
    )
    MOTSTRIDENDE_SVAR = (
        "MOTSTRIDENDE_SVAR",
        "Mottakeren har både godtatt og avvist dokumentet. Svaret med det seneste tidspunktet gjelder.",
    )
    MOTSTRIDENDE_KVITTERING = (
        "MOTSTRIDENDE_KVITTERING",
        "Mottakeren har meldt både at pakken er i orden og at den ikke er det. Avklar hva som er riktig.",
    )
    SVAR_FOR_KVITTERING = (
        "SVAR_FOR_KVITTERING",
        "Mottakeren har svart på dokumenter i en pakke den ikke har kvittert for.",
    )
    ULESELIG_KVITTERING = (
        "ULESELIG_KVITTERING",
        "En fil blant kvitteringene er ikke en kvittering. Spør mottakeren hva den er.",
    )
    # reconciliation
    IKKE_HOS_MOTTAKER = "IKKE_HOS_MOTTAKER", "Dokumentet er sendt, men står ikke på mottakerens liste."
    UKJENT_HOS_OSS = "UKJENT_HOS_OSS", "Mottakerens liste har dokumenter som vi ikke har sendt."
    ANNET_SVAR = "ANNET_SVAR", "Mottakerens liste har et annet svar på dokumentet enn det vi har fått."
    SVAR_MANGLER = "SVAR_MANGLER", "Mottakeren har svart på dokumentet, men svaret har ikke nådd fram."
    DOBBELT_MOTTATT = "DOBBELT_MOTTATT", "Mottakerens liste har det samme dokumentet flere ganger."
    # slettesak
    SISTE_DAG = "SISTE_DAG", "Siste dag opplysningene kunne finnes, er passert."
    STRENGT_FORTROLIG = "STRENGT_FORTROLIG", "Personen har strengt fortrolig adresse, og alt slettes med en gang."
    ETTER_GJENOPPRETTING = "ETTER_GJENOPPRETTING", "Raden kom tilbake med en sikkerhetskopi og fjernes igjen."
    # samtykke
    SAMTYKKE_TRUKKET = "SAMTYKKE_TRUKKET", "Samtykket er trukket, og kontaktopplysningene slettes."
    SAMTYKKE_UTLOPT = "SAMTYKKE_UTLOPT", "Samtykkets siste dag er passert, og kontaktopplysningene slettes."


class Sluttvarsel(Kodet):
    """What the operator is told of a sluttrapport without a receipt, and what is to be done."""

    UKVITTERT = (
        "SLUTTRAPPORT_UKVITTERT",
        "Nav har ikke kvittert for sluttrapporten. Finn ut hvor den har stanset, og spør mottakeren.",
    )
    OVERLEVERES = (
        "SLUTTRAPPORT_OVERLEVERES",
        "Sluttrapporten er ikke kommet fram, og pakken ligger klar under manuell/. Gi filen og følgebrevet til "
        "mottakeren før siste dag; da slettes også pakken.",
    )
    MANGLER = (
        "SLUTTRAPPORT_MANGLER",
        "Sluttvurderingen ble aldri ferdig, så det er ingen sluttrapport å overlevere. Arrangøren er varslet; "
        "ring, for etter siste dag er alt slettet.",
    )
    HOLDT = (
        "SLUTTRAPPORT_HOLDT",
        "Sluttrapporten er holdt tilbake og overleveres ikke. Avgjør om den kan slippes før siste dag; da slettes den.",
    )
    IKKE_LAGT_UT = (
        "SLUTTRAPPORT_IKKE_LAGT_UT",
        "Sluttrapporten skulle ligget klar for overlevering, men gjør det ikke. Se i loggen hvorfor: sertifikat, "
        "mottaker som ikke står i registeret, eller en pakke som har stanset. Det prøves igjen neste morgen.",
    )


class Kjedefeilkode(Kodet):
    """What is wrong with the chain of evidence."""

    INNHOLD_ENDRET = "INNHOLD_ENDRET", "Innholdet er ikke det som ble skrevet."
    REKKEFOLGE = "REKKEFOLGE", "Oppføringene mangler eller står i feil rekkefølge."
    BRUTT_LENKE = "BRUTT_LENKE", "Oppføringen peker ikke på den foregående."
    UGYLDIG_SIGNATUR = "UGYLDIG_SIGNATUR", "Signaturen er ikke gjort med vår nøkkel."
    HODE = "HODE", "Antallet eller siste oppføring stemmer ikke med kjedens hode."
    FORANKRING = "FORANKRING", "Kjeden stemmer ikke med det som er forankret utenfor databasen."
    FORSEGLING = "FORSEGLING", "Hendelsene stemmer ikke med forseglingen."
