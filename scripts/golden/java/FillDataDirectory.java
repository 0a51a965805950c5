import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes a real broker write a bit of everything it can write: `first` on a fresh broker, `second` after a restart. */
public final class FillDataDirectory {
    /** Record timestamps are fixed, so that segments roll by them and the files differ little between captures. */
    private static final long T0 = 1_700_000_000_000L;
    private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};

    private final String bootstrap;

    private FillDataDirectory(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] args) throws Exception {
        FillDataDirectory fill = new FillDataDirectory(args[0]);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            if (args[1].equals("first")) fill.first(admin);
            else fill.second(admin);
        }
        // An open transaction is left behind on purpose: its producer must not abort it on the way out.
        Runtime.getRuntime().halt(0);
    }

    private void first(Admin admin) throws Exception {
        admin.createTopics(List.of(
            topic("codecs", 1),
            topic("segments", 2, "segment.ms", "60000"),
            topic("append-time", 1, "message.timestamp.type", "LogAppendTime"),
            topic("transactions", 2),
            topic("trimmed", 1, "segment.ms", "60000"),
            topic("recompressed", 1, "compression.type", "zstd"),
            topic("compacted", 1, "cleanup.policy", "compact", "segment.ms", "1000", "min.cleanable.dirty.ratio", "0.01"),
            topic("empty", 1),
            topic("gone", 1)
        )).all().get();
        codecs();
        segments("segments", 0, 12);
        segments("segments", 1, 3);
        segments("append-time", 0, 4);
        segments("trimmed", 0, 8);
        segments("recompressed", 0, 3);
        segments("gone", 0, 1);
        compacted();
        transactions("txn-first");
        admin.deleteRecords(Map.of(new TopicPartition("trimmed", 0), RecordsToDelete.beforeOffset(17))).all().get();
        admin.deleteTopics(List.of("gone")).all().get();
        admin.createPartitions(Map.of("empty", NewPartitions.increaseTo(2))).all().get();
        metadata(admin);
        group("classic-group", "classic", "segments", 2);
        group("modern-group", "consumer", "codecs", 1);
        admin.alterConsumerGroupOffsets("offsets-only", Map.of(
            new TopicPartition("codecs", 0), new OffsetAndMetadata(3, "note \u00e9\u00e8"),
            new TopicPartition("segments", 1), new OffsetAndMetadata(0, java.util.Optional.of(0), ""))).all().get();
        group("deleted-group", "classic", "codecs", 1);
        admin.deleteConsumerGroupOffsets("offsets-only", Set.of(new TopicPartition("segments", 1))).all().get();
        admin.deleteConsumerGroups(List.of("deleted-group")).all().get();
        Thread.sleep(4000);
    }

    private void second(Admin admin) throws Exception {
        segments("segments", 0, 4);
        transactions("txn-second");
        KafkaProducer<byte[], byte[]> open = producer("transactional.id", "txn-open", "linger.ms", "0");
        open.initTransactions();
        open.beginTransaction();
        open.send(record("transactions", 1, "open", "never finished", 500_000)).get();
        group("classic-group", "classic", "segments", 2);
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, "segments"),
            List.of(new AlterConfigOp(new ConfigEntry("retention.bytes", "1000000"), AlterConfigOp.OpType.SET)))).all().get();
        Thread.sleep(1500);
    }

    private static NewTopic topic(String name, int partitions, String... configs) {
        Map<String, String> map = new HashMap<>();
        map.put("retention.ms", "-1");
        for (int i = 0; i < configs.length; i += 2) map.put(configs[i], configs[i + 1]);
        return new NewTopic(name, partitions, (short) 1).configs(map);
    }

    private KafkaProducer<byte[], byte[]> producer(String... configs) {
        Map<String, Object> map = new HashMap<>();
        map.put("bootstrap.servers", bootstrap);
        map.put("linger.ms", "100000");
        for (int i = 0; i < configs.length; i += 2) map.put(configs[i], configs[i + 1]);
        return new KafkaProducer<>(map, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String key, String value, long at) {
        return new ProducerRecord<>(topic, partition, T0 + at, bytes(key), bytes(value));
    }

    /** One batch per codec, idempotent and not, with every shape of key, value and header. */
    private void codecs() throws Exception {
        int at = 0;
        for (String codec : CODECS) {
            for (String idempotent : new String[] {"false", "true"}) {
                try (KafkaProducer<byte[], byte[]> producer =
                         producer("compression.type", codec, "enable.idempotence", idempotent)) {
                    for (ProducerRecord<byte[], byte[]> record : shapes(at++)) producer.send(record);
                    producer.flush();
                }
            }
        }
    }

    private static List<ProducerRecord<byte[], byte[]>> shapes(int at) {
        RecordHeaders headers = new RecordHeaders();
        headers.add(new RecordHeader("trace", bytes("abc")));
        headers.add(new RecordHeader("trace", bytes("twice")));
        headers.add(new RecordHeader("empty", new byte[0]));
        headers.add(new RecordHeader("null", (byte[]) null));
        headers.add(new RecordHeader("\u00fcnic\u00f6de \ud83e\udd80", new byte[] {0, -1, 127, -128}));
        List<ProducerRecord<byte[], byte[]>> out = new ArrayList<>();
        out.add(record("codecs", 0, "key", "value " + at, at * 1000L));
        out.add(record("codecs", 0, null, "no key", at * 1000L + 7));
        out.add(record("codecs", 0, "tombstone", null, at * 1000L - 3));
        out.add(record("codecs", 0, "", "", at * 1000L + 1));
        out.add(new ProducerRecord<>("codecs", 0, T0 + at * 1000L + 2, bytes("with headers"), bytes("h"), headers));
        out.add(record("codecs", 0, "long", "0123456789abcdef".repeat(40), at * 1000L + 3));
        return out;
    }

    /** Three records a batch, a batch every 25 s of record time: with segment.ms of a minute some batches roll. */
    private void segments(String topic, int partition, int batches) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int batch = 0; batch < batches; batch++) {
                for (int i = 0; i < 3; i++) {
                    producer.send(record(topic, partition, "k" + i, topic + " " + batch + "." + i, batch * 25_000L + i));
                }
                producer.flush();
            }
        }
    }

    private void compacted() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer("compression.type", "lz4")) {
            for (int round = 0; round < 6; round++) {
                for (int key = 0; key < 4; key++) {
                    boolean tombstone = key == 3 && round % 2 == 1;
                    String value = tombstone ? null : "round " + round;
                    producer.send(record("compacted", 0, "key-" + key, value, round * 5_000L + key));
                }
                producer.send(record("compacted", 0, "only-" + round, "kept", round * 5_000L + 9));
                producer.flush();
            }
        }
    }

    private void transactions(String id) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer("transactional.id", id, "linger.ms", "0")) {
            producer.initTransactions();
            for (int round = 0; round < 4; round++) {
                producer.beginTransaction();
                producer.send(record("transactions", 0, id, "round " + round, round)).get();
                producer.send(record("transactions", 1, id, "round " + round, round)).get();
                if (round == 2) {
                    producer.sendOffsetsToTransaction(
                        Map.of(new TopicPartition("codecs", 0), new OffsetAndMetadata(5)),
                        new org.apache.kafka.clients.consumer.ConsumerGroupMetadata("txn-group"));
                }
                if (round % 2 == 1) producer.abortTransaction();
                else producer.commitTransaction();
            }
        }
    }

    private void group(String group, String protocol, String topic, int commits) throws InterruptedException {
        Map<String, Object> map = new HashMap<>();
        map.put("bootstrap.servers", bootstrap);
        map.put("group.id", group);
        map.put("group.protocol", protocol);
        map.put("auto.offset.reset", "earliest");
        map.put("enable.auto.commit", "false");
        map.put("max.poll.records", "4");
        map.put("client.rack", "rack-a");
        if (group.equals("classic-group")) {
            // A static member stays in the group when it leaves: the restarted one waits for this timeout.
            map.put("group.instance.id", "static-1");
            map.put("session.timeout.ms", "6000");
        }
        ByteArrayDeserializer raw = new ByteArrayDeserializer();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(map, raw, raw)) {
            consumer.subscribe(List.of(topic));
            for (int done = 0; done < commits;) {
                if (consumer.poll(Duration.ofMillis(200)).count() == 0) continue;
                consumer.commitSync();
                done++;
            }
        }
    }

    private void metadata(Admin admin) throws ExecutionException, InterruptedException {
        admin.incrementalAlterConfigs(Map.of(
            new ConfigResource(ConfigResource.Type.BROKER, ""), List.of(set("log.cleaner.threads", "2")),
            new ConfigResource(ConfigResource.Type.BROKER, "1"), List.of(set("num.io.threads", "5")),
            new ConfigResource(ConfigResource.Type.TOPIC, "codecs"), List.of(set("max.message.bytes", "2000000")),
            new ConfigResource(ConfigResource.Type.GROUP, "modern-group"), List.of(set("consumer.session.timeout.ms", "50000"))
        )).all().get();
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, "codecs"), List.of(
            new AlterConfigOp(new ConfigEntry("max.message.bytes", ""), AlterConfigOp.OpType.DELETE)))).all().get();
        admin.createAcls(List.of(
            acl(ResourceType.TOPIC, "codecs", PatternType.LITERAL, AclOperation.READ, AclPermissionType.ALLOW),
            acl(ResourceType.GROUP, "classic-", PatternType.PREFIXED, AclOperation.ALL, AclPermissionType.DENY)
        )).all().get();
        admin.deleteAcls(List.of(
            acl(ResourceType.GROUP, "classic-", PatternType.PREFIXED, AclOperation.ALL, AclPermissionType.DENY).toFilter()
        )).all().get();
        Map<String, String> names = new HashMap<>();
        names.put(ClientQuotaEntity.USER, "alice");
        names.put(ClientQuotaEntity.CLIENT_ID, null);
        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(new ClientQuotaEntity(names),
            List.of(new ClientQuotaAlteration.Op("request_percentage", 12.5))))).all().get();
        admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("alice",
            new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), bytes("secret"), bytes("fixed salt")))).all().get();
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static AclBinding acl(ResourceType type, String name, PatternType pattern, AclOperation op, AclPermissionType permission) {
        return new AclBinding(new ResourcePattern(type, name, pattern),
            new AccessControlEntry("User:bob", "*", op, permission));
    }
}
