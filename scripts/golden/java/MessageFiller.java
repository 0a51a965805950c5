import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Sets every field that a version of a generated message has, by walking the message's own schema of that version.
 * The values repeat between runs: they come from a counter, not from a random source.
 */
final class MessageFiller {
    /** What to put where null is allowed, and how many elements arrays get. */
    enum Style { FULL, NULLS }

    private static final long MAX_SAFE = (1L << 53) - 1;
    private static final long[] INT8 = {1, 127, -128, 0, -1};
    private static final long[] INT16 = {7, 32767, -32768, -1};
    private static final long[] UINT16 = {9092, 65535, 0};
    private static final long[] INT32 = {3, Integer.MAX_VALUE, Integer.MIN_VALUE, -2, 65536};
    private static final long[] UINT32 = {1, 4294967295L, 2147483648L};
    private static final long[] INT64 = {5, MAX_SAFE, -MAX_SAFE, 4294967296L, -1, -4294967297L};
    private static final double[] FLOAT64 = {1.5, -1.0e300, 0.1};
    private static final String[] STRINGS = {"a", "topic", "gr\u00fc\u00dfe", "", "\ud83e\udd80", "x-1"};

    private final Style style;
    private int counter;

    private MessageFiller(Style style, int seed) {
        this.style = style;
        this.counter = seed;
    }

    /** A new instance of `type` with every field of `schema` set. */
    static Message fill(Class<?> type, Schema schema, Style style, int seed) throws Exception {
        return (Message) new MessageFiller(style, seed).struct(type, schema, 0);
    }

    private Object struct(Class<?> type, Schema schema, int depth) throws Exception {
        Object instance = type.getDeclaredConstructor().newInstance();
        Map<String, Field> fields = new HashMap<>();
        for (Field field : type.getDeclaredFields()) fields.put(normal(field.getName()), field);
        for (var bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                for (var def : tagged.fields().values()) set(instance, fields.get(normal(def.name)), def.type, depth);
            } else {
                set(instance, fields.get(normal(bound.def.name)), bound.def.type, depth);
            }
        }
        return instance;
    }

    /** Schemas say `topic_id` where the generated class says `topicId`. */
    private static String normal(String name) {
        return name.replace("_", "").toLowerCase(java.util.Locale.ROOT);
    }

    private void set(Object target, Field field, org.apache.kafka.common.protocol.types.Type type, int depth)
            throws Exception {
        field.setAccessible(true);
        if (style == Style.NULLS && type.isNullable()) {
            field.set(target, null);
        } else if (type.isArray()) {
            field.set(target, array(field, type.arrayElementType().get(), depth));
        } else if (type instanceof Schema schema) {
            field.set(target, struct(field.getType(), schema, depth + 1));
        } else {
            field.set(target, scalar(field.getType(), type.toString()));
        }
    }

    @SuppressWarnings("unchecked")
    private Object array(Field field, org.apache.kafka.common.protocol.types.Type element, int depth) throws Exception {
        Collection<Object> out;
        Class<?> of;
        if (field.getGenericType() instanceof ParameterizedType generic) {
            out = new java.util.ArrayList<>();
            Type argument = generic.getActualTypeArguments()[0];
            of = argument instanceof Class<?> c ? c : byte[].class;
        } else {
            // A collection of elements with keys, such as CreatableTopicCollection.
            out = (Collection<Object>) field.getType().getDeclaredConstructor().newInstance();
            of = (Class<?>) ((ParameterizedType) field.getType().getGenericSuperclass()).getActualTypeArguments()[0];
        }
        int length = style == Style.NULLS ? 1 : depth == 0 ? 2 : counter % 3;
        for (int i = 0; i < length; i++) {
            out.add(element instanceof Schema schema ? struct(of, schema, depth + 1) : scalar(of, element.toString()));
        }
        return out;
    }

    private static long pick(long[] values, int at) {
        return values[at % values.length];
    }

    private Object scalar(Class<?> type, String schemaType) {
        int at = counter++;
        if (type == boolean.class) return at % 2 == 0;
        if (type == byte.class || type == Byte.class) return (byte) pick(INT8, at);
        if (type == short.class || type == Short.class) return (short) pick(INT16, at);
        if (type == int.class || type == Integer.class) {
            return (int) pick(schemaType.equals("UINT16") ? UINT16 : INT32, at);
        }
        if (type == long.class || type == Long.class) return pick(schemaType.equals("UINT32") ? UINT32 : INT64, at);
        if (type == double.class) return FLOAT64[at % FLOAT64.length];
        if (type == String.class) return at % 23 == 22 ? "long ".repeat(30) : STRINGS[at % STRINGS.length];
        if (type == Uuid.class) return new Uuid(0x0123456789abcdefL * (at + 1), 0xfedcba9876543210L ^ at);
        if (type == byte[].class) return bytes(at);
        if (type == ByteBuffer.class) return ByteBuffer.wrap(bytes(at));
        if (BaseRecords.class.isAssignableFrom(type)) return records(at);
        throw new IllegalStateException("a field of " + type + " (" + schemaType + ")");
    }

    private static byte[] bytes(int at) {
        byte[] out = new byte[at % 4];
        for (int i = 0; i < out.length; i++) out[i] = (byte) (0x7e + i);
        return out;
    }

    private static MemoryRecords records(int at) {
        return MemoryRecords.withRecords(Compression.NONE,
            new SimpleRecord(1_700_000_000_000L + at, "k".getBytes(), ("value " + at).getBytes()));
    }
}
