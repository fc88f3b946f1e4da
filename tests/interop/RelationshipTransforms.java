import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.crypto.Data;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.TransformService;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.poi.poifs.crypt.dsig.services.RelationshipTransformService;
import org.apache.poi.poifs.crypt.dsig.services.RelationshipTransformService.RelationshipTransformParameterSpec;

/**
 * Prints what Apache POI's relationship transform, and the JDK's C14N after it, make of `.rels` parts.
 *
 * Argument: a file whose lines are a path and relationship Ids, between tabs. One line of base64 for each.
 */
public final class RelationshipTransforms {
    private RelationshipTransforms() {
    }

    public static void main(String[] arguments) throws Exception {
        // C14N asks for a context, whatever is in it.
        XMLCryptoContext context = new DOMValidateContext(
            KeySelector.singletonKeySelector(new SecretKeySpec(new byte[] {1}, "none")),
            DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument().createElement("none"));
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            System.out.println(Base64.getEncoder().encodeToString(transform(List.of(line.split("\t")), context)));
        }
    }

    private static byte[] transform(List<String> task, XMLCryptoContext context) throws Exception {
        RelationshipTransformParameterSpec ids = new RelationshipTransformParameterSpec();
        task.subList(1, task.size()).forEach(ids::addRelationshipReference);
        RelationshipTransformService relationships = new RelationshipTransformService();
        relationships.init(ids);
        byte[] part = Files.readAllBytes(Path.of(task.get(0)));
        Data chosen = relationships.transform(new OctetStreamData(new ByteArrayInputStream(part)), context);
        TransformService c14n = TransformService.getInstance(CanonicalizationMethod.INCLUSIVE, "DOM");
        c14n.init((TransformParameterSpec) null);
        return ((OctetStreamData) c14n.transform(chosen, context)).getOctetStream().readAllBytes();
    }
}
