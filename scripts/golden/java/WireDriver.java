import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Sends the requests of wire_requests.jsonl, each at every version it has, with Kafka's own request classes. A body
 * there names the fields of all versions; those that a version lacks are left out. `$name` stands for a value kept
 * from an earlier answer, `$V` for the version of the loop.
 */
public final class WireDriver {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Integer> ports = new HashMap<>();
    /** One connection a listener: share sessions end with theirs. */
    private final Map<String, Socket> sockets = new HashMap<>();
    private final Map<String, JsonNode> kept = new HashMap<>();
    private int correlationId;

    public static void main(String[] args) throws Exception {
        WireDriver driver = new WireDriver();
        driver.ports.put("broker", Integer.parseInt(args[0]));
        driver.ports.put("controller", Integer.parseInt(args[1]));
        for (String line : Files.readAllLines(Path.of(args[2]))) driver.run(JSON.readTree(line));
    }

    private void run(JsonNode step) throws Exception {
        if (step.has("raw")) {
            raw(step);
            return;
        }
        JsonNode steps = step.has("steps") ? step.get("steps") : JSON.createArrayNode().add(step);
        ApiKeys loop = ApiKeys.valueOf(upper(step.has("loop") ? step.get("loop").asText() : step.get("api").asText()));
        int from = step.path("from").asInt(loop.oldestVersion());
        int to = step.path("to").asInt(loop.latestVersion(false));
        for (int version = from; version <= to; version++) {
            kept.put("V", JSON.valueToTree(version));
            for (JsonNode inner : steps) call(inner, version - from);
        }
    }

    private static String upper(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(java.util.Locale.ROOT);
    }

    /** One request at the version as far above its lowest as the loop is above its own; never above its highest. */
    private void call(JsonNode step, int above) throws Exception {
        ApiKeys api = ApiKeys.valueOf(upper(step.get("api").asText()));
        short version = (short) Math.min(step.path("from").asInt(api.oldestVersion()) + above, api.latestVersion(false));
        Schema schema = api.messageType.requestSchemas()[version];
        Message body = (Message) fill(api.messageType.newRequest().getClass(), schema, step.path("body"));
        int id = ++correlationId;
        ByteBuffer frame = serialize(api, version, id, body);
        ByteBuffer answer = exchange(step.path("listener").asText("broker"), frame);
        if (answer == null) {
            System.out.println(api.name + " v" + version + ": connection closed");
            return;
        }
        ByteBufferAccessor readable = new ByteBufferAccessor(answer);
        ResponseHeaderData header = new ResponseHeaderData(readable, api.responseHeaderVersion(version));
        if (header.correlationId() != id) throw new IllegalStateException("answer to another request");
        ApiMessage response = api.messageType.newResponse();
        response.read(readable, version);
        JsonNode json = json(response, version);
        System.out.println(api.name + " v" + version + ": " + errors(json));
        step.path("save").fields().forEachRemaining(e -> kept.put(e.getKey(), json.at(e.getValue().asText())));
    }

    /** The error codes in an answer, for a look at what was recorded. */
    private static String errors(JsonNode json) {
        StringBuilder out = new StringBuilder();
        for (JsonNode code : json.findValues("errorCode")) out.append(code.asInt()).append(' ');
        return out.toString();
    }

    private static JsonNode json(Object message, short version) throws Exception {
        return (JsonNode) Class.forName(message.getClass().getName() + "JsonConverter")
            .getMethod("write", message.getClass(), short.class, boolean.class).invoke(null, message, version, false);
    }

    private static ByteBuffer serialize(ApiKeys api, short version, int correlationId, Message body) {
        RequestHeaderData header = new RequestHeaderData().setRequestApiKey(api.id).setRequestApiVersion(version)
            .setCorrelationId(correlationId).setClientId("driver");
        short headerVersion = api.requestHeaderVersion(version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        int size = header.size(cache, headerVersion) + body.size(cache, version);
        ByteBufferAccessor out = new ByteBufferAccessor(ByteBuffer.allocate(4 + size));
        out.writeInt(size);
        header.write(out, cache, headerVersion);
        body.write(out, cache, version);
        return out.buffer();
    }

    /** Null when the broker closes the connection instead of answering. */
    private ByteBuffer exchange(String listener, ByteBuffer frame) throws IOException {
        Socket socket = sockets.get(listener);
        if (socket == null) {
            socket = new Socket("127.0.0.1", ports.get(listener));
            socket.setSoTimeout(15_000);
            sockets.put(listener, socket);
        }
        try {
            socket.getOutputStream().write(frame.array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readInt()];
            in.readFully(answer);
            return ByteBuffer.wrap(answer);
        } catch (EOFException closed) {
            socket.close();
            sockets.remove(listener);
            return null;
        }
    }

    /** A frame given as base64 of header and body: what no client of Kafka can be made to send. */
    private void raw(JsonNode step) throws IOException {
        byte[] bytes = Base64.getDecoder().decode(step.get("raw").asText());
        ByteBuffer frame = ByteBuffer.allocate(4 + bytes.length);
        frame.putInt(bytes.length).put(bytes);
        ByteBuffer answer = exchange("broker", frame);
        System.out.println(step.get("why").asText() + ": " + (answer == null ? "connection closed" : "answered"));
    }

    private JsonNode resolve(JsonNode value) {
        if (!value.isTextual() || !value.asText().contains("$")) return value;
        String text = value.asText();
        if (kept.containsKey(text.substring(1)) && text.startsWith("$")) return kept.get(text.substring(1));
        for (Map.Entry<String, JsonNode> e : kept.entrySet()) text = text.replace("$" + e.getKey(), e.getValue().asText());
        return JSON.valueToTree(text);
    }

    private Object fill(Class<?> type, Schema schema, JsonNode body) throws Exception {
        Object instance = type.getDeclaredConstructor().newInstance();
        Map<String, Type> present = new HashMap<>();
        for (var bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                tagged.fields().values().forEach(def -> present.put(normal(def.name), def.type));
            } else {
                present.put(normal(bound.def.name), bound.def.type);
            }
        }
        for (Iterator<Map.Entry<String, JsonNode>> it = body.fields(); it.hasNext();) {
            Map.Entry<String, JsonNode> member = it.next();
            Field field = null;
            for (Field one : type.getDeclaredFields()) if (normal(one.getName()).equals(normal(member.getKey()))) field = one;
            if (field == null) throw new IllegalStateException(type + " has no " + member.getKey());
            Type of = present.get(normal(member.getKey()));
            if (of == null) continue;
            field.setAccessible(true);
            field.set(instance, value(field.getType(), field.getGenericType(), of, resolve(member.getValue())));
        }
        return instance;
    }

    private static String normal(String name) {
        return name.replace("_", "").toLowerCase(java.util.Locale.ROOT);
    }

    @SuppressWarnings("unchecked")
    private Object value(Class<?> type, java.lang.reflect.Type generic, Type schema, JsonNode json) throws Exception {
        if (json.isNull()) return null;
        if (schema.isArray()) {
            Collection<Object> out = type == java.util.List.class
                ? new ArrayList<>() : (Collection<Object>) type.getDeclaredConstructor().newInstance();
            ParameterizedType parameters = (ParameterizedType) (generic instanceof ParameterizedType p
                ? p : type.getGenericSuperclass());
            Class<?> of = (Class<?>) parameters.getActualTypeArguments()[0];
            for (JsonNode element : json) out.add(value(of, of, schema.arrayElementType().get(), resolve(element)));
            return out;
        }
        if (schema instanceof Schema struct) return fill(type, struct, json);
        if (type == boolean.class) return json.asBoolean();
        if (type == byte.class || type == Byte.class) return (byte) json.asInt();
        if (type == short.class || type == Short.class) return (short) json.asInt();
        if (type == int.class || type == Integer.class) return json.asInt();
        if (type == long.class || type == Long.class) return json.asLong();
        if (type == double.class) return json.asDouble();
        if (type == Uuid.class) return Uuid.fromString(json.asText());
        if (type == byte[].class) return Base64.getDecoder().decode(json.asText());
        if (type == ByteBuffer.class) return ByteBuffer.wrap(Base64.getDecoder().decode(json.asText()));
        if (BaseRecords.class.isAssignableFrom(type)) return records(json);
        return json.asText();
    }

    /** `{"values": [...], "codec": .., "producerId": .., "producerEpoch": .., "sequence": .., "transactional": ..}` */
    private MemoryRecords records(JsonNode json) {
        ArrayList<SimpleRecord> list = new ArrayList<>();
        for (JsonNode text : json.get("values")) {
            list.add(new SimpleRecord(1_700_000_000_000L + list.size(), "key".getBytes(), resolve(text).asText().getBytes()));
        }
        SimpleRecord[] all = list.toArray(new SimpleRecord[0]);
        Compression codec = Compression.of(json.path("codec").asText("none")).build();
        if (!json.has("producerId")) return MemoryRecords.withRecords(codec, all);
        long id = resolve(json.get("producerId")).asLong();
        short epoch = (short) resolve(json.get("producerEpoch")).asInt();
        int sequence = json.path("sequence").asInt(0);
        return json.path("transactional").asBoolean()
            ? MemoryRecords.withTransactionalRecords(codec, id, epoch, sequence, all)
            : MemoryRecords.withIdempotentRecords(codec, id, epoch, sequence, all);
    }
}
