import com.sun.star.embed.ElementModes;
import com.sun.star.embed.XStorage;
import com.sun.star.security.DocumentDigitalSignatures;
import com.sun.star.security.DocumentSignatureInformation;
import com.sun.star.security.XDocumentDigitalSignatures;
import com.sun.star.uno.XComponentContext;
import java.nio.file.Path;

/**
 * Prints what a running LibreOffice says of the signatures of workbooks, one line for each signature.
 *
 * Arguments: the port on which LibreOffice listens, and the files. A line has four fields between
 * tabs: the file, `valid` or `broken`, the certificate's status (0 is valid; the others are those of
 * com.sun.star.security.CertificateValidity), and the signer's subject.
 */
public final class SignatureVerdicts {
    private SignatureVerdicts() {
    }

    public static void main(String[] arguments) throws Exception {
        XComponentContext office = Office.connect(arguments[0]);
        XDocumentDigitalSignatures signatures = DocumentDigitalSignatures.createDefault(office);
        for (int i = 1; i < arguments.length; i++) {
            XStorage storage = Office.open(office, Path.of(arguments[i]), ElementModes.READ);
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
}
