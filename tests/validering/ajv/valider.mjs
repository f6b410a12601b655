// node valider.mjs SCHEMA FILE... : one line for each file, «file<TAB>true|false», with formats asserted and strict mode.
// ajv's own strict mode also refuses a schema with a keyword or a format that it does not know.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [skjema, ...filer] = process.argv.slice(2);
const medFormat = new Ajv2020({ strict: true, allErrors: true });
addFormats(medFormat);
const utenFormat = new Ajv2020({ strict: true, validateFormats: false });
const innhold = JSON.parse(readFileSync(skjema, "utf8"));
const [med, uten] = [medFormat, utenFormat].map((ajv) => ajv.compile(innhold));
for (const fil of filer) {
  let svar;
  try {
    const dokument = JSON.parse(readFileSync(fil, "utf8"));
    const [a, b] = [med(dokument), uten(dokument)];
    if (a !== b) throw new Error(`${fil}: the answer depends on whether formats are asserted`);
    svar = a;
  } catch (feil) {
    if (!(feil instanceof SyntaxError)) throw feil;
    svar = false;
  }
  console.log(`${fil}\t${svar}`);
}
