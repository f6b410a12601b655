import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.ReleaseDetails;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * java -cp JARS Verapdf.java FLAVOURS FILE...: for each file and flavour one line, «file TAB flavour TAB true|false TAB
 * checks TAB clauses that fail». The library is veraPDF's own; only this front is ours, since the package that brings
 * it has none.
 */
public class Verapdf {
    public static void main(String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        System.out.println("# " + ReleaseDetails.byId("core").getVersion());
        for (int i = 1; i < args.length; i++) {
            for (String id : args[0].split(",")) {
                System.out.println(args[i] + "\t" + id + "\t" + check(args[i], PDFAFlavour.byFlavourId(id)));
            }
        }
    }

    private static String check(String file, PDFAFlavour flavour) throws Exception {
        try (FileInputStream in = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(in, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            Map<String, Integer> failed = new TreeMap<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                String rule = assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
                failed.merge(rule, 1, Integer::sum);
            }
            return result.isCompliant() + "\t" + result.getTotalAssertions() + "\t" + failed.keySet();
        }
    }
}
