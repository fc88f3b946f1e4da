import com.sun.star.embed.ElementModes;
import com.sun.star.embed.XStorage;
import com.sun.star.embed.XTransactedObject;
import com.sun.star.security.DocumentDigitalSignatures;
import com.sun.star.security.XCertificate;
import com.sun.star.security.XDocumentDigitalSignatures;
import com.sun.star.uno.UnoRuntime;
import com.sun.star.uno.XComponentContext;
import com.sun.star.xml.crypto.SEInitializer;
import com.sun.star.xml.crypto.XSEInitializer;
import com.sun.star.xml.crypto.XXMLSecurityContext;
import java.nio.file.Path;

/**
 * Makes a running LibreOffice sign workbooks in place, with the personal certificate of its NSS database.
 *
 * Arguments: the port on which LibreOffice listens, what is in the certificate's subject, and the files.
 *
 * `signDocumentWithCertificate` is the road without a window; the others of the same service ask a person.
 */
public final class SignWorkbooks {
    private SignWorkbooks() {
    }

    public static void main(String[] arguments) throws Exception {
        XComponentContext office = Office.connect(arguments[0]);
        XDocumentDigitalSignatures signatures = DocumentDigitalSignatures.createDefault(office);
        XCertificate certificate = findCertificate(office, arguments[1]);
        for (int i = 2; i < arguments.length; i++) {
            XStorage storage = Office.open(office, Path.of(arguments[i]), ElementModes.READWRITE);
            boolean signed = signatures.signDocumentWithCertificate(certificate, storage, null);
            UnoRuntime.queryInterface(XTransactedObject.class, storage).commit();
            System.out.println(arguments[i] + "\t" + signed);
        }
        System.exit(0); // the bridge's threads would keep the process alive
    }

    private static XCertificate findCertificate(XComponentContext office, String subject) throws Exception {
        XSEInitializer initializer = SEInitializer.create(office);
        XXMLSecurityContext context = initializer.createSecurityContext("");
        for (XCertificate found : context.getSecurityEnvironment().getPersonalCertificates()) {
            if (found.getSubjectName().contains(subject)) {
                return found;
            }
        }
        throw new IllegalStateException("LibreOffice has no personal certificate of " + subject);
    }
}
