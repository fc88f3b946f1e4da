import com.sun.star.beans.PropertyValue;
import com.sun.star.bridge.UnoUrlResolver;
import com.sun.star.bridge.XUnoUrlResolver;
import com.sun.star.comp.helper.Bootstrap;
import com.sun.star.connection.NoConnectException;
import com.sun.star.embed.StorageFormats;
import com.sun.star.embed.XStorage;
import com.sun.star.lang.XSingleServiceFactory;
import com.sun.star.uno.UnoRuntime;
import com.sun.star.uno.XComponentContext;
import java.nio.file.Path;

/**
 * A running LibreOffice, and workbooks opened in it as what they are: zips.
 *
 * In Java because Python's UNO bridge cannot pass StorageFactory its typed sequence of properties;
 * the storage must be a plain zip, for LibreOffice's own OOXML storage hides the signature parts.
 */
final class Office {
    private static final long PATIENCE_MILLISECONDS = 120_000;
    private static final long PAUSE_MILLISECONDS = 250;

    private Office() {
    }

    /** LibreOffice needs some seconds before it listens. */
    static XComponentContext connect(String port) throws Exception {
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

    static XStorage open(XComponentContext office, Path file, int mode) throws Exception {
        XSingleServiceFactory factory = UnoRuntime.queryInterface(XSingleServiceFactory.class,
            office.getServiceManager().createInstanceWithContext("com.sun.star.embed.StorageFactory", office));
        PropertyValue format = new PropertyValue();
        format.Name = "StorageFormat";
        format.Value = StorageFormats.ZIP;
        return UnoRuntime.queryInterface(XStorage.class, factory.createInstanceWithArguments(
            new Object[] {file.toUri().toString(), mode, new PropertyValue[] {format}}));
    }
}
