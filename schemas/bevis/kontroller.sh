#!/bin/sh
# Kontrollerer slettebevisene i denne mappen med openssl alene. Valgfritt: mappen fra et tidligere utdrag.
set -eu
tidligere=${1:+$(cd "$1" && pwd)}
cd "$(dirname "$0")"

feil() {
    echo "FEIL: $1" >&2
    exit 1
}

signatur() {
    openssl pkeyutl -verify -pubin -inkey offentlig-nokkel.pem -rawin -in "$1" -sigfile "$1.sig" >/dev/null 2>&1 ||
        feil "signaturen på $1 stemmer ikke"
}

signatur kjede.txt
signatur forankringer.txt

ventet=1
bevis=0
forrige=0000000000000000000000000000000000000000000000000000000000000000
while read -r lopenr hash fil; do
    [ "$lopenr" != "#" ] || continue
    [ "$lopenr" = "$ventet" ] || feil "kjede.txt hopper ved $lopenr"
    if [ "$fil" != - ]; then
        [ -f "$fil" ] || feil "$fil mangler"
        signatur "$fil"
        [ "$(openssl dgst -sha256 -r "$fil" | cut -d ' ' -f 1)" = "$hash" ] || feil "innholdet i $fil er endret"
        grep -q "\"forrige\":\"$forrige\"" "$fil" || feil "$fil peker ikke på beviset før"
        grep -q "\"lopenr\":$lopenr," "$fil" || feil "$fil har et annet nummer"
        bevis=$((bevis + 1))
    fi
    forrige=$hash
    ventet=$((ventet + 1))
done <kjede.txt

[ "$(find bevis -type f | wc -l)" -eq $((2 * bevis)) ] || feil "mappen bevis har filer som kjede.txt ikke kjenner"

while read -r dato antall hash; do
    if [ "$dato" = "#" ] || [ "$antall" -eq 0 ]; then
        continue
    fi
    grep -q "^$antall $hash " kjede.txt || feil "kjeden er en annen enn den som ble forankret $dato"
done <forankringer.txt

if [ -n "$tidligere" ]; then
    cut -d ' ' -f 1,2 "$tidligere/kjede.txt" | while read -r lopenr hash; do
        [ "$lopenr" = "#" ] || grep -q "^$lopenr $hash " kjede.txt || feil "kjeden er en annen enn i det tidligere utdraget, ved $lopenr"
    done
fi

echo "I orden: $bevis bevis, $((ventet - 1)) ledd i kjeden"
