// Runs Apache Kafka's command line tools and its AdminClient in one process, as starting a JVM for each takes long.
// A JSON-lines client: see ../clients/json_lines_client.ts for the protocol.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.utils.Exit;

public final class KafkaTools {
    private interface Operation {
        Object run(JsonNode request) throws Exception;
    }

    // What the tool that runs now wants to end with.
    private static volatile CompletableFuture<Integer> ending = new CompletableFuture<>();

    private static final ObjectMapper json = new ObjectMapper();
    private static final PrintStream realOutput = System.out;

    private final Admin admin;
    private final Map<String, Operation> operations = new TreeMap<>();

    private KafkaTools(String bootstrap) {
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", "30000"));
        operations.put("tool", this::tool);
        operations.put("describeCluster", this::describeCluster);
        operations.put("describeQuorum", this::describeQuorum);
        operations.put("createTopic", this::createTopic);
        operations.put("describeTopic", this::describeTopic);
        operations.put("reassign", this::reassign);
        operations.put("reassignments", this::reassignments);
        operations.put("electLeaders", this::electLeaders);
        operations.put("replicaBytes", this::replicaBytes);
        operations.put("setBrokerConfig", this::setBrokerConfig);
        operations.put("brokerConfig", this::brokerConfig);
        operations.put("unregisterBroker", this::unregisterBroker);
    }

    public static void main(String[] args) throws Exception {
        Exit.setExitProcedure((code, message) -> end(code));
        Exit.setHaltProcedure((code, message) -> end(code));
        new KafkaTools(args[0]).serve();
        System.exit(0);
    }

    // Nothing that follows in the tool may run any more.
    private static void end(int code) {
        ending.complete(code);
        while (true) LockSupport.park();
    }

    private void serve() throws Exception {
        ObjectNode hello = json.createObjectNode();
        ArrayNode names = hello.putArray("operations");
        operations.keySet().forEach(names::add);
        hello.putArray("codecs");
        realOutput.println(json.writeValueAsString(hello));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            realOutput.println(json.writeValueAsString(answer(json.readTree(line))));
        }
    }

    private Map<String, Object> answer(JsonNode request) {
        Map<String, Object> answer = new HashMap<>();
        try {
            answer.put("ok", operations.get(request.get("do").asText()).run(request));
        } catch (Throwable error) {
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        return answer;
    }

    // {"main": CLASS, "args": [...]}: what it printed, on both streams, and its exit code.
    private Object tool(JsonNode request) throws Exception {
        List<String> words = new ArrayList<>();
        request.get("args").forEach(one -> words.add(one.asText()));
        Method main = Class.forName(request.get("main").asText()).getMethod("main", String[].class);
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream errors = System.err;
        CompletableFuture<Integer> code = new CompletableFuture<>();
        ending = code;
        try (PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            Thread thread = new Thread(() -> {
                try {
                    main.invoke(null, (Object) words.toArray(new String[0]));
                    code.complete(0);
                } catch (InvocationTargetException error) {
                    stream.println(error.getCause());
                    code.complete(1);
                } catch (IllegalAccessException error) {
                    code.completeExceptionally(error);
                }
            });
            thread.setDaemon(true);
            thread.start();
            return Map.of("code", code.get(), "printed", printed.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(realOutput);
            System.setErr(errors);
        }
    }

    private Object describeCluster(JsonNode request) throws Exception {
        var result = admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true));
        List<Map<String, Object>> brokers = new ArrayList<>();
        for (Node node : result.nodes().get()) {
            Map<String, Object> broker = new HashMap<>();
            broker.put("id", node.id());
            broker.put("rack", node.rack());
            broker.put("isFenced", node.isFenced());
            brokers.add(broker);
        }
        return Map.of("clusterId", result.clusterId().get(), "brokers", brokers);
    }

    private Object describeQuorum(JsonNode request) throws Exception {
        QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
        return Map.of("leaderId", quorum.leaderId(), "leaderEpoch", quorum.leaderEpoch(), "highWatermark",
            quorum.highWatermark(), "voters", replicas(quorum.voters()), "observers", replicas(quorum.observers()),
            "nodes", quorum.nodes().keySet());
    }

    private static Object replicas(List<QuorumInfo.ReplicaState> states) {
        return states.stream().map(one -> Map.of("id", one.replicaId(), "directoryId",
            one.replicaDirectoryId().toString(), "logEndOffset", one.logEndOffset(), "lastCaughtUpMs",
            one.lastCaughtUpTimestamp().orElse(-1))).collect(Collectors.toList());
    }

    private Object createTopic(JsonNode request) throws Exception {
        NewTopic topic = new NewTopic(request.get("topic").asText(), request.get("partitions").asInt(),
            (short) request.get("replicationFactor").asInt());
        admin.createTopics(List.of(topic)).all().get();
        return null;
    }

    private Object describeTopic(JsonNode request) throws Exception {
        String topic = request.get("topic").asText();
        TopicDescription description = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        return description.partitions().stream().map(one -> {
            Map<String, Object> partition = new HashMap<>();
            partition.put("leader", one.leader() == null ? -1 : one.leader().id());
            partition.put("replicas", ids(one.replicas()));
            partition.put("isr", ids(one.isr()));
            partition.put("elr", one.elr() == null ? null : ids(one.elr()));
            return partition;
        }).collect(Collectors.toList());
    }

    private static List<Integer> ids(List<Node> nodes) {
        return nodes.stream().map(Node::id).collect(Collectors.toList());
    }

    private static TopicPartition place(JsonNode request) {
        return new TopicPartition(request.get("topic").asText(), request.get("partition").asInt());
    }

    private Object reassign(JsonNode request) throws Exception {
        Optional<NewPartitionReassignment> wanted = Optional.empty();
        if (!request.get("replicas").isNull()) {
            List<Integer> replicas = new ArrayList<>();
            request.get("replicas").forEach(one -> replicas.add(one.asInt()));
            wanted = Optional.of(new NewPartitionReassignment(replicas));
        }
        admin.alterPartitionReassignments(Map.of(place(request), wanted)).all().get();
        return null;
    }

    private Object reassignments(JsonNode request) throws Exception {
        Map<String, Object> found = new TreeMap<>();
        admin.listPartitionReassignments().reassignments().get().forEach((place, one) -> found.put(place.toString(),
            Map.of("replicas", one.replicas(), "adding", one.addingReplicas(), "removing", one.removingReplicas())));
        return found;
    }

    private Object electLeaders(JsonNode request) throws Exception {
        ElectionType type = ElectionType.valueOf(request.get("type").asText());
        Map<String, Object> found = new TreeMap<>();
        admin.electLeaders(type, Set.of(place(request))).partitions().get().forEach((place, error) ->
            found.put(place.toString(), error.map(one -> one.getClass().getSimpleName()).orElse("elected")));
        return found;
    }

    // The size of each replica of a partition, by broker.
    private Object replicaBytes(JsonNode request) throws Exception {
        List<Integer> brokers = admin.describeCluster().nodes().get().stream().map(Node::id).toList();
        Map<String, Object> sizes = new TreeMap<>();
        for (var broker : admin.describeLogDirs(brokers).allDescriptions().get().entrySet()) {
            for (var directory : broker.getValue().values()) {
                var replica = directory.replicaInfos().get(place(request));
                if (replica != null) sizes.put(String.valueOf(broker.getKey()), replica.size());
            }
        }
        return sizes;
    }

    private static ConfigResource broker(JsonNode request) {
        return new ConfigResource(ConfigResource.Type.BROKER, request.get("broker").asText());
    }

    private Object setBrokerConfig(JsonNode request) throws Exception {
        ConfigEntry entry = new ConfigEntry(request.get("name").asText(), request.get("value").asText());
        AlterConfigOp set = new AlterConfigOp(entry, AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(broker(request), List.of(set))).all().get();
        return null;
    }

    private Object brokerConfig(JsonNode request) throws Exception {
        ConfigResource resource = broker(request);
        ConfigEntry entry = admin.describeConfigs(List.of(resource)).all().get().get(resource)
            .get(request.get("name").asText());
        Map<String, Object> found = new HashMap<>();
        found.put("value", entry.value());
        found.put("source", entry.source().toString());
        return found;
    }

    private Object unregisterBroker(JsonNode request) throws Exception {
        admin.unregisterBroker(request.get("broker").asInt()).all().get();
        return null;
    }
}
