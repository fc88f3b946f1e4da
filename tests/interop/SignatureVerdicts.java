import com.sun.star.beans.PropertyValue;
import com.sun.star.bridge.UnoUrlResolver;
import com.sun.star.bridge.XUnoUrlResolver;
import com.sun.star.comp.helper.Bootstrap;
import com.sun.star.connection.NoConnectException;
import com.sun.star.embed.ElementModes;
import com.sun.star.embed.StorageFormats;
import com.sun.star.embed.XStorage;
import com.sun.star.lang.XSingleServiceFactory;
import com.sun.star.security.DocumentDigitalSignatures;
import com.sun.star.security.DocumentSignatureInformation;
import com.sun.star.security.XDocumentDigitalSignatures;
import com.sun.star.uno.UnoRuntime;
import com.sun.star.uno.XComponentContext;
import java.nio.file.Path;

/**
 * Prints what a running LibreOffice says of the signatures of workbooks, one line for each signature.
 *
 * Arguments: the port on which LibreOffice listens, and the files. A line has four fields between
 * tabs: the file, `valid` or `broken`, the certificate's status (0 is valid; the others are those of
 * com.sun.star.security.CertificateValidity), and the signer's subject.
 *
 * In Java because Python's UNO bridge cannot pass StorageFactory its typed sequence of properties;
 * the storage must be a plain zip, for LibreOffice's own OOXML storage hides the signature parts.
 */
public final class SignatureVerdicts {
    private static final long PATIENCE_MILLISECONDS = 120_000;
    private static final long PAUSE_MILLISECONDS = 250;

    private SignatureVerdicts() {
    }

    public static void main(String[] arguments) throws Exception {
        XComponentContext office = connect(arguments[0]);
        XDocumentDigitalSignatures signatures = DocumentDigitalSignatures.createDefault(office);
        for (int i = 1; i < arguments.length; i++) {
            XStorage storage = open(office, Path.of(arguments[i]));
            for (DocumentSignatureInformation found : signatures.verifyDocumentContentSignatures(storage, null)) {
                System.out.println(String.join("\t",
                    arguments[i],
                    found.SignatureIsValid ? "valid" : "broken",
                    Integer.toString(found.CertificateStatus),
                    found.Signer == null ? "" : found.Signer.getSubjectName()));
            }
        }
        System.exit(0); // the bridge's threads would keep the process alive
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
            new Object[] {file.toUri().toString(), ElementModes.READ, new PropertyValue[] {format}}));
    }
}
