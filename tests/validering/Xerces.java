import java.io.File;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.apache.xerces.impl.Version;
import org.xml.sax.SAXException;

/** java -cp xercesImpl.jar Xerces.java SCHEMA FILE...: one line for each file, «file TAB true|false». */
public class Xerces {
    public static void main(String[] args) throws Exception {
        SchemaFactory factory = SchemaFactory.newInstance(
                XMLConstants.W3C_XML_SCHEMA_NS_URI, "org.apache.xerces.jaxp.validation.XMLSchemaFactory", null);
        Schema schema = factory.newSchema(new File(args[0]));
        System.out.println("# " + Version.getVersion());
        for (int i = 1; i < args.length; i++) {
            Validator validator = schema.newValidator();
            boolean valid = true;
            try {
                validator.validate(new StreamSource(new File(args[i])));
            } catch (SAXException e) {
                valid = false;
            }
            System.out.println(args[i] + "\t" + valid);
        }
    }
}
