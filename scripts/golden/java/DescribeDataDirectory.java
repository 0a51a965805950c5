import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.FileWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.message.KRaftVersionRecordJsonConverter;
import org.apache.kafka.common.message.LeaderChangeMessageJsonConverter;
import org.apache.kafka.common.message.SnapshotFooterRecordJsonConverter;
import org.apache.kafka.common.message.SnapshotHeaderRecordJsonConverter;
import org.apache.kafka.common.message.VotersRecordJsonConverter;
import org.apache.kafka.common.metadata.MetadataJsonConverters;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.ControlRecordUtils;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.transaction.TransactionCoordinatorRecordSerde;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.log.remote.metadata.storage.generated.ProducerSnapshot;
import org.apache.kafka.server.log.remote.metadata.storage.generated.ProducerSnapshotJsonConverter;
import org.apache.kafka.storage.internals.log.AbortedTxn;
import org.apache.kafka.storage.internals.log.OffsetIndex;
import org.apache.kafka.storage.internals.log.OffsetPosition;
import org.apache.kafka.storage.internals.log.TimeIndex;
import org.apache.kafka.storage.internals.log.TimestampOffset;

/** Reads a data directory with Kafka's own classes and writes what they see: one JSON line per file. */
public final class DescribeDataDirectory {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        File root = new File(args[0]);
        try (Writer out = new FileWriter(args[1]); Stream<java.nio.file.Path> walk = Files.walk(root.toPath())) {
            List<File> files = new ArrayList<>();
            walk.sorted().filter(Files::isRegularFile).forEach(path -> files.add(path.toFile()));
            for (File file : files) {
                ObjectNode line = JSON.createObjectNode();
                line.put("file", root.toPath().relativize(file.toPath()).toString());
                if (describe(file, line)) out.write(JSON.writeValueAsString(line) + "\n");
            }
        }
    }

    private static boolean describe(File file, ObjectNode line) throws Exception {
        String name = file.getName();
        if (name.endsWith(".log") || name.endsWith(".checkpoint")) line.set("batches", batches(file));
        else if (name.endsWith(".index")) line.set("entries", offsetIndex(file));
        else if (name.endsWith(".timeindex")) line.set("entries", timeIndex(file));
        else if (name.endsWith(".txnindex")) line.set("entries", transactionIndex(file));
        else if (name.endsWith(".snapshot")) line.set("producers", producerSnapshot(file));
        else return false;
        return true;
    }

    private static long baseOffset(File file) {
        return Long.parseLong(file.getName().substring(0, 20));
    }

    private static ArrayNode offsetIndex(File file) throws Exception {
        ArrayNode out = JSON.createArrayNode();
        OffsetIndex index = new OffsetIndex(file, baseOffset(file), -1, false);
        for (int i = 0; i < file.length() / 8; i++) {
            OffsetPosition entry = index.entry(i);
            out.addObject().put("offset", entry.offset()).put("position", entry.position());
        }
        return out;
    }

    private static ArrayNode timeIndex(File file) throws Exception {
        ArrayNode out = JSON.createArrayNode();
        TimeIndex index = new TimeIndex(file, baseOffset(file), -1, false);
        for (int i = 0; i < file.length() / 12; i++) {
            TimestampOffset entry = index.entry(i);
            out.addObject().put("timestamp", entry.timestamp()).put("offset", entry.offset());
        }
        return out;
    }

    private static ArrayNode transactionIndex(File file) throws Exception {
        ArrayNode out = JSON.createArrayNode();
        ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file.toPath()));
        while (buffer.hasRemaining()) {
            byte[] bytes = new byte[34];
            buffer.get(bytes);
            java.lang.reflect.Constructor<AbortedTxn> constructor = AbortedTxn.class.getDeclaredConstructor(ByteBuffer.class);
            constructor.setAccessible(true);
            AbortedTxn txn = constructor.newInstance(ByteBuffer.wrap(bytes));
            out.addObject().put("version", txn.version()).put("producerId", txn.producerId())
                .put("firstOffset", txn.firstOffset()).put("lastOffset", txn.lastOffset())
                .put("lastStableOffset", txn.lastStableOffset());
        }
        return out;
    }

    private static JsonNode producerSnapshot(File file) throws Exception {
        ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file.toPath()));
        short version = buffer.getShort();
        return ProducerSnapshotJsonConverter.write(new ProducerSnapshot(new ByteBufferAccessor(buffer), version), version);
    }

    private static ArrayNode batches(File file) throws Exception {
        ArrayNode out = JSON.createArrayNode();
        try (FileRecords records = FileRecords.open(file, false)) {
            int position = 0;
            for (RecordBatch batch : records.batches()) {
                batch.ensureValid();
                ObjectNode b = out.addObject();
                b.put("position", position).put("sizeInBytes", batch.sizeInBytes());
                position += batch.sizeInBytes();
                b.put("baseOffset", batch.baseOffset()).put("lastOffset", batch.lastOffset());
                b.put("magic", batch.magic()).put("crc", batch.checksum());
                b.put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
                b.put("compression", batch.compressionType().name).put("timestampType", batch.timestampType().name);
                b.put("maxTimestamp", batch.maxTimestamp());
                b.put("producerId", batch.producerId()).put("producerEpoch", batch.producerEpoch());
                b.put("baseSequence", batch.baseSequence());
                b.put("transactional", batch.isTransactional()).put("control", batch.isControlBatch());
                if (batch.deleteHorizonMs().isPresent()) b.put("deleteHorizonMs", batch.deleteHorizonMs().getAsLong());
                ArrayNode list = b.putArray("records");
                for (Record record : batch) list.add(record(file, batch, record));
            }
        }
        return out;
    }

    private static ObjectNode record(File file, RecordBatch batch, Record record) throws Exception {
        ObjectNode out = JSON.createObjectNode();
        out.put("offset", record.offset()).put("timestamp", record.timestamp());
        out.put("key", record.hasKey() ? Utils.toArray(record.key()) : null);
        out.put("value", record.hasValue() ? Utils.toArray(record.value()) : null);
        if (record.headers().length > 0) {
            ArrayNode headers = out.putArray("headers");
            for (Header header : record.headers()) headers.addObject().put("key", header.key()).put("value", header.value());
        }
        String directory = file.getParentFile().getName();
        if (batch.isControlBatch()) out.set("decoded", control(record));
        else if (directory.startsWith("__cluster_metadata-")) out.set("decoded", metadata(record));
        else if (directory.startsWith("__consumer_offsets-")) out.set("decoded", group(record));
        else if (directory.startsWith("__transaction_state-")) out.set("decoded", transaction(record));
        return out;
    }

    private static ObjectNode control(Record record) {
        ControlRecordType type = ControlRecordType.parse(record.key());
        ObjectNode out = JSON.createObjectNode().put("type", type.name());
        ByteBuffer value = record.value();
        short version = value.getShort(value.position());
        switch (type) {
            case LEADER_CHANGE -> out.set("data",
                LeaderChangeMessageJsonConverter.write(ControlRecordUtils.deserializeLeaderChangeMessage(record), version));
            case SNAPSHOT_HEADER -> out.set("data",
                SnapshotHeaderRecordJsonConverter.write(ControlRecordUtils.deserializeSnapshotHeaderRecord(record), version));
            case SNAPSHOT_FOOTER -> out.set("data",
                SnapshotFooterRecordJsonConverter.write(ControlRecordUtils.deserializeSnapshotFooterRecord(record), version));
            case KRAFT_VERSION -> out.set("data",
                KRaftVersionRecordJsonConverter.write(ControlRecordUtils.deserializeKRaftVersionRecord(record), version));
            case KRAFT_VOTERS -> out.set("data",
                VotersRecordJsonConverter.write(ControlRecordUtils.deserializeVotersRecord(record), version));
            case ABORT, COMMIT ->
                out.put("coordinatorEpoch", EndTransactionMarker.deserialize(record).coordinatorEpoch());
            default -> throw new IllegalStateException("control record " + type);
        }
        return out;
    }

    private static ObjectNode metadata(Record record) {
        ApiMessageAndVersion message =
            MetadataRecordSerde.INSTANCE.read(new ByteBufferAccessor(record.value()), record.valueSize());
        ObjectNode out = JSON.createObjectNode();
        out.put("type", message.message().getClass().getSimpleName());
        out.put("version", message.version());
        out.set("data", MetadataJsonConverters.writeJson(message.message(), message.version()));
        return out;
    }

    private static ObjectNode group(Record record) {
        return coordinator(new GroupCoordinatorRecordSerde(), record,
            org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters::writeRecordKeyAsJson,
            org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters::writeRecordValueAsJson);
    }

    private static ObjectNode transaction(Record record) {
        return coordinator(new TransactionCoordinatorRecordSerde(), record,
            org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordJsonConverters::writeRecordKeyAsJson,
            org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordJsonConverters::writeRecordValueAsJson);
    }

    private interface KeyWriter {
        JsonNode write(org.apache.kafka.common.protocol.ApiMessage message);
    }

    private interface ValueWriter {
        JsonNode write(org.apache.kafka.common.protocol.ApiMessage message, short version);
    }

    private static ObjectNode coordinator(CoordinatorRecordSerde serde, Record record, KeyWriter keys, ValueWriter values) {
        CoordinatorRecord message = serde.deserialize(record.key(), record.value());
        ObjectNode out = JSON.createObjectNode();
        out.put("type", message.key().getClass().getSimpleName());
        out.set("key", keys.write(message.key()));
        if (message.value() != null) {
            out.put("valueVersion", message.value().version());
            out.set("value", values.write(message.value().message(), message.value().version()));
        }
        return out;
    }
}
