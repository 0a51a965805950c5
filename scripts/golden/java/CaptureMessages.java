import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.FileWriter;
import java.io.Writer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;

/**
 * Serializes every generated message of the class path at every version, with defaults, with every field set, and with
 * null wherever it is allowed; writes the bytes and Kafka's own JSON form, one file a message.
 */
public final class CaptureMessages {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SUFFIX = "JsonConverter.class";

    public static void main(String[] args) throws Exception {
        Map<String, Class<?>> types = generatedMessages();
        for (Map.Entry<String, Class<?>> entry : types.entrySet()) {
            try (Writer out = new FileWriter(new File(args[0], entry.getKey() + ".jsonl"))) {
                capture(entry.getValue(), out);
            }
        }
        System.out.println(types.size() + " messages");
    }

    /** Kafka's names of the messages (`FetchRequest`, `TopicRecord`), in order. */
    private static Map<String, Class<?>> generatedMessages() throws Exception {
        Map<String, Class<?>> out = new TreeMap<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!new File(path).getName().startsWith("kafka")) continue;
            try (JarFile jar = new JarFile(path)) {
                for (var entry : (Iterable<java.util.jar.JarEntry>) jar.stream()::iterator) {
                    String name = entry.getName();
                    if (!name.endsWith(SUFFIX) || name.contains("$")) continue;
                    String type = name.substring(0, name.length() - SUFFIX.length()).replace('/', '.');
                    Class<?> message = Class.forName(type);
                    out.put(message.getSimpleName().replaceFirst("(Request|Response|Header)Data$", "$1"), message);
                }
            }
        }
        return out;
    }

    private static void capture(Class<?> type, Writer out) throws Exception {
        Message blank = (Message) type.getDeclaredConstructor().newInstance();
        Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
        int seed = Math.floorMod(type.getSimpleName().hashCode(), 97);
        for (short version = blank.lowestSupportedVersion(); version <= blank.highestSupportedVersion(); version++) {
            Map<String, Message> variants = new LinkedHashMap<>();
            variants.put("defaults", (Message) type.getDeclaredConstructor().newInstance());
            variants.put("filled", MessageFiller.fill(type, schemas[version], MessageFiller.Style.FULL, seed + version));
            variants.put("nulls", MessageFiller.fill(type, schemas[version], MessageFiller.Style.NULLS, seed + version));
            String previous = null;
            for (Map.Entry<String, Message> variant : variants.entrySet()) {
                String hex = HexFormat.of().formatHex(serialize(variant.getValue(), version));
                if (hex.equals(previous)) continue;
                previous = hex;
                roundTrip(type, variant.getValue(), hex, version);
                ObjectNode line = JSON.createObjectNode();
                line.put("version", version).put("variant", variant.getKey());
                line.set("value", json(type, variant.getValue(), version));
                line.put("hex", hex);
                out.write(JSON.writeValueAsString(line) + "\n");
            }
        }
    }

    private static byte[] serialize(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBufferAccessor buffer = new ByteBufferAccessor(java.nio.ByteBuffer.allocate(message.size(cache, version)));
        message.write(buffer, cache, version);
        if (buffer.buffer().hasRemaining()) throw new IllegalStateException("short write of " + message);
        return buffer.buffer().array();
    }

    /** Kafka must read what it wrote: a golden that Kafka itself cannot read proves nothing. */
    private static void roundTrip(Class<?> type, Message message, String hex, short version) throws Exception {
        Object again = type.getConstructor(Readable.class, short.class)
            .newInstance(new ByteBufferAccessor(java.nio.ByteBuffer.wrap(HexFormat.of().parseHex(hex))), version);
        if (!again.equals(message)) throw new IllegalStateException(message + " was read as " + again);
    }

    private static JsonNode json(Class<?> type, Message message, short version) throws Exception {
        Class<?> converter = Class.forName(type.getName() + "JsonConverter");
        return (JsonNode) converter.getMethod("write", type, short.class, boolean.class)
            .invoke(null, message, version, false);
    }
}
