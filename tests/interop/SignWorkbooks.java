import com.sun.star.beans.PropertyValue;
import com.sun.star.bridge.UnoUrlResolver;
import com.sun.star.bridge.XUnoUrlResolver;
import com.sun.star.comp.helper.Bootstrap;
import com.sun.star.connection.NoConnectException;
import com.sun.star.embed.ElementModes;
import com.sun.star.embed.StorageFormats;
import com.sun.star.embed.XStorage;
import com.sun.star.embed.XTransactedObject;
import com.sun.star.lang.XSingleServiceFactory;
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
    private static final long PATIENCE_MILLISECONDS = 120_000;
    private static final long PAUSE_MILLISECONDS = 250;

    private SignWorkbooks() {
    }

    public static void main(String[] arguments) throws Exception {
        XComponentContext office = connect(arguments[0]);
        XDocumentDigitalSignatures signatures = DocumentDigitalSignatures.createDefault(office);
        XCertificate certificate = findCertificate(office, arguments[1]);
        for (int i = 2; i < arguments.length; i++) {
            XStorage storage = open(office, Path.of(arguments[i]));
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

    /** LibreOffice needs some seconds before it listens. */
    private static XComponentContext connect(String port) throws Exception {
        String address = "uno:socket,host=127.0.0.1,port=" + port + ";urp;StarOffice.ComponentContext";
        XUnoUrlResolver resolver = UnoUrlResolver.create(Bootstrap.createInitialComponentContext(null));
        long end = System.currentTimeMillis() + PATIENCE_MILLISECONDS;
        while (true) {
            try {
                return UnoRuntime.queryInterface(XComponentContext.class, resolver.resolve(address));
            } catch (NoConnectException refused) {
                if (System.currentTimeMillis() > end) {
                    throw refused;
                }
                Thread.sleep(PAUSE_MILLISECONDS);
            }
        }
    }

    private static XStorage open(XComponentContext office, Path file) throws Exception {
        XSingleServiceFactory factory = UnoRuntime.queryInterface(XSingleServiceFactory.class,
            office.getServiceManager().createInstanceWithContext("com.sun.star.embed.StorageFactory", office));
        PropertyValue format = new PropertyValue();
        format.Name = "StorageFormat";
        format.Value = StorageFormats.ZIP;
        return UnoRuntime.queryInterface(XStorage.class, factory.createInstanceWithArguments(
            new Object[] {file.toUri().toString(), ElementModes.READWRITE, new PropertyValue[] {format}}));
    }
}
