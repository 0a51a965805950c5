import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The everyday traffic of Kafka's Java clients: admin, idempotent and transactional producer, both group protocols. */
public final class WireClients {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0], "client.id", "java-admin"))) {
            admin.createTopics(List.of(new NewTopic("wire", 1, (short) 1), new NewTopic("fetched", 1, (short) 1),
                new NewTopic("grow", 1, (short) 1))).all().get();
            produce(args[0], "java-producer", null);
            produce(args[0], "java-transactional", "java-txn");
            consume(args[0], "classic");
            consume(args[0], "consumer");
            admin.describeTopics(List.of("wire")).allTopicNames().get();
            admin.describeCluster().nodes().get();
            admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "wire"))).all().get();
            admin.listTopics().names().get();
            admin.listGroups().all().get();
            admin.describeConsumerGroups(List.of("java-classic", "java-consumer")).all().get();
            admin.listConsumerGroupOffsets("java-classic").partitionsToOffsetAndMetadata().get();
        }
    }

    private static void produce(String bootstrap, String clientId, String transactionalId) throws Exception {
        Map<String, Object> map = new HashMap<>();
        map.put("bootstrap.servers", bootstrap);
        map.put("client.id", clientId);
        if (transactionalId != null) map.put("transactional.id", transactionalId);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(map, new StringSerializer(), new StringSerializer())) {
            if (transactionalId != null) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            for (int i = 0; i < 2; i++) {
                String value = clientId + " " + i;
                producer.send(new ProducerRecord<>("fetched", 0, 1_700_000_000_000L + i, "k", value)).get();
            }
            if (transactionalId != null) producer.commitTransaction();
        }
    }

    private static void consume(String bootstrap, String protocol) {
        Map<String, Object> map = new HashMap<>();
        map.put("bootstrap.servers", bootstrap);
        map.put("client.id", "java-" + protocol);
        map.put("group.id", "java-" + protocol);
        map.put("group.protocol", protocol);
        map.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer =
                 new KafkaConsumer<>(map, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("fetched"));
            int seen = 0;
            for (int poll = 0; seen < 4 && poll < 100; poll++) seen += consumer.poll(Duration.ofMillis(200)).count();
            consumer.commitSync();
        }
    }
}
