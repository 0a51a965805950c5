// A JSON-lines client on Kafka's own Java client (see json_lines_client.ts for the protocol).

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class JavaClient {
    private interface Operation {
        Object run(JsonNode request) throws Exception;
    }

    private static final ObjectMapper json = new ObjectMapper();

    private final String bootstrap;
    private final Admin admin;
    private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Operation> operations = new TreeMap<>();

    private JavaClient(String bootstrap) {
        this.bootstrap = bootstrap;
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
        this.consumer = new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", "false", "auto.offset.reset", "none",
                "fetch.max.wait.ms", "50"),
            new ByteArrayDeserializer(), new ByteArrayDeserializer());
        operations.put("produce", this::produce);
        operations.put("consume", this::consume);
        operations.put("createTopic", this::createTopic);
        operations.put("listTopics", request -> admin.listTopics().names().get());
        operations.put("countPartitions", this::countPartitions);
        operations.put("describeCluster", this::describeCluster);
        operations.put("topicConfigs", request -> configs(topicResource(request)));
        operations.put("brokerConfigs",
            request -> configs(new ConfigResource(ConfigResource.Type.BROKER, request.get("broker").asText())));
        operations.put("incrementalAlterConfigs", this::incrementalAlterConfigs);
        operations.put("createPartitions", this::createPartitions);
        operations.put("deleteRecords", this::deleteRecords);
        operations.put("deleteTopic", request -> admin.deleteTopics(List.of(topic(request))).all().get());
        operations.put("offsetAt", this::offsetAt);
        operations.put("partitionBytes", this::partitionBytes);
        operations.put("producerIds", this::producerIds);
    }

    public static void main(String[] args) throws Exception {
        new JavaClient(args[0]).serve();
        System.exit(0);
    }

    private void serve() throws Exception {
        ObjectNode hello = json.createObjectNode();
        ArrayNode names = hello.putArray("operations");
        operations.keySet().stream().filter(name -> !name.equals("produce") && !name.equals("consume"))
            .forEach(names::add);
        ArrayNode codecs = hello.putArray("codecs");
        List.of("none", "gzip", "snappy", "lz4", "zstd").forEach(codecs::add);
        System.out.println(json.writeValueAsString(hello));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(json.writeValueAsString(answer(json.readTree(line))));
        }
    }

    private Map<String, Object> answer(JsonNode request) {
        Map<String, Object> answer = new HashMap<>();
        try {
            answer.put("ok", operations.get(request.get("do").asText()).run(request));
        } catch (Exception error) {
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        return answer;
    }

    private Object produce(JsonNode request) throws Exception {
        KafkaProducer<byte[], byte[]> producer =
            producers.computeIfAbsent(request.get("codec").asText(), this::openProducer);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (JsonNode one : request.get("records")) {
            List<Header> headers = new ArrayList<>();
            for (JsonNode header : one.get("headers")) {
                headers.add(new RecordHeader(header.get(0).asText(), bytes(header.get(1))));
            }
            sent.add(producer.send(new ProducerRecord<>(topic(request), request.get("partition").asInt(),
                one.get("timestamp").asLong(), bytes(one.get("key")), bytes(one.get("value")), headers)));
            if (request.has("pauseMs")) Thread.sleep(request.get("pauseMs").asLong());
        }
        producer.flush();
        long first = -1;
        for (Future<RecordMetadata> future : sent) {
            long offset = future.get().offset();
            if (first < 0) first = offset;
        }
        return first;
    }

    // Idempotent, as it is by default.
    private KafkaProducer<byte[], byte[]> openProducer(String codec) {
        return new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "compression.type", codec, "linger.ms", "20",
                "max.request.size", String.valueOf(4 << 20), "batch.size", String.valueOf(1 << 19)),
            new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Object consume(JsonNode request) {
        int count = request.get("count").asInt();
        List<Map<String, Object>> found = new ArrayList<>();
        consumer.assign(List.of(place(request)));
        consumer.seek(place(request), request.get("offset").asLong());
        long deadline = System.currentTimeMillis() + 20_000;
        while (found.size() < count) {
            if (System.currentTimeMillis() > deadline) {
                throw new IllegalStateException(found.size() + " of " + count + " records came");
            }
            for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofSeconds(1))) {
                if (found.size() < count) found.add(describe(one));
            }
        }
        return found;
    }

    private static Map<String, Object> describe(ConsumerRecord<byte[], byte[]> record) {
        List<List<Object>> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            List<Object> pair = new ArrayList<>();
            pair.add(header.key());
            pair.add(text(header.value()));
            headers.add(pair);
        }
        Map<String, Object> described = new HashMap<>();
        described.put("offset", record.offset());
        described.put("timestamp", record.timestamp());
        described.put("key", text(record.key()));
        described.put("value", text(record.value()));
        described.put("headers", headers);
        return described;
    }

    private Object createTopic(JsonNode request) throws Exception {
        NewTopic topic = new NewTopic(topic(request), Optional.of(request.get("partitions").asInt()), Optional.empty());
        Map<String, String> configs = new HashMap<>();
        request.get("configs").fields().forEachRemaining(one -> configs.put(one.getKey(), one.getValue().asText()));
        return admin.createTopics(List.of(topic.configs(configs))).all().get();
    }

    private Object countPartitions(JsonNode request) throws Exception {
        return admin.describeTopics(List.of(topic(request))).allTopicNames().get().get(topic(request)).partitions()
            .size();
    }

    private Object describeCluster(JsonNode request) throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        return Map.of("brokers", cluster.nodes().get().size(), "clusterId", cluster.clusterId().get());
    }

    private Object configs(ConfigResource resource) throws Exception {
        Map<String, String> values = new HashMap<>();
        for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
            values.put(entry.name(), entry.value());
        }
        return values;
    }

    private Object incrementalAlterConfigs(JsonNode request) throws Exception {
        Collection<AlterConfigOp> changes = new ArrayList<>();
        request.get("configs").fields().forEachRemaining(one -> changes.add(
            new AlterConfigOp(new ConfigEntry(one.getKey(), one.getValue().isNull() ? "" : one.getValue().asText()),
                one.getValue().isNull() ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET)));
        return admin.incrementalAlterConfigs(Map.of(topicResource(request), changes)).all().get();
    }

    private Object createPartitions(JsonNode request) throws Exception {
        NewPartitions wanted = NewPartitions.increaseTo(request.get("total").asInt());
        return admin.createPartitions(Map.of(topic(request), wanted)).all().get();
    }

    private Object deleteRecords(JsonNode request) throws Exception {
        RecordsToDelete below = RecordsToDelete.beforeOffset(request.get("before").asLong());
        return admin.deleteRecords(Map.of(place(request), below)).all().get();
    }

    private Object offsetAt(JsonNode request) throws Exception {
        JsonNode at = request.get("at");
        OffsetSpec spec = at.isNumber() ? OffsetSpec.forTimestamp(at.asLong())
            : at.asText().equals("earliest") ? OffsetSpec.earliest() : OffsetSpec.latest();
        return admin.listOffsets(Map.of(place(request), spec)).partitionResult(place(request)).get().offset();
    }

    private Object partitionBytes(JsonNode request) throws Exception {
        long bytes = 0;
        for (Map<String, LogDirDescription> broker : admin.describeLogDirs(List.of(1)).allDescriptions().get().values()) {
            for (LogDirDescription directory : broker.values()) {
                if (directory.replicaInfos().containsKey(place(request))) {
                    bytes += directory.replicaInfos().get(place(request)).size();
                }
            }
        }
        return bytes;
    }

    private Object producerIds(JsonNode request) throws Exception {
        List<Long> ids = new ArrayList<>();
        admin.describeProducers(List.of(place(request))).partitionResult(place(request)).get().activeProducers()
            .forEach(producer -> ids.add(producer.producerId()));
        return ids;
    }

    private static String topic(JsonNode request) {
        return request.get("topic").asText();
    }

    private static TopicPartition place(JsonNode request) {
        return new TopicPartition(topic(request), request.get("partition").asInt());
    }

    private static ConfigResource topicResource(JsonNode request) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic(request));
    }

    private static byte[] bytes(JsonNode text) {
        return text.isNull() ? null : Base64.getDecoder().decode(text.asText());
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }
}
