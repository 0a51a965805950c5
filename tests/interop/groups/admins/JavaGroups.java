// Groups through Kafka's own administrator, as a JSON-lines program (see json_lines_client.ts for the protocol).

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

public final class JavaGroups {
    private interface Operation {
        Object run(JsonNode request) throws Exception;
    }

    private static final ObjectMapper json = new ObjectMapper();
    private final Admin admin;
    private final Map<String, Operation> operations = Map.of(
        "list", this::list, "describe", this::describe, "offsets", this::offsets, "setOffset", this::setOffset,
        "forgetOffset", this::forgetOffset, "deleteGroup", this::deleteGroup);

    private JavaGroups(String bootstrap) {
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    public static void main(String[] args) throws Exception {
        var groups = new JavaGroups(args[0]);
        System.out.println(json.writeValueAsString(Map.of("operations", groups.operations.keySet(), "codecs", List.of())));
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(json.writeValueAsString(groups.answer(json.readTree(line))));
        }
        System.exit(0);
    }

    private Map<String, Object> answer(JsonNode request) {
        Map<String, Object> answer = new HashMap<>();
        try {
            answer.put("ok", operations.get(request.get("do").asText()).run(request));
        } catch (Exception error) {
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            answer.put("error", Errors.forException(cause).name() + ": " + cause);
        }
        return answer;
    }

    private Object list(JsonNode request) throws Exception {
        return admin.listGroups().all().get().stream().map(GroupListing::groupId).toList();
    }

    private Object describe(JsonNode request) throws Exception {
        String group = request.get("group").asText();
        ConsumerGroupDescription found = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        return Map.of("state", found.groupState().toString(),
            "clientIds", found.members().stream().map(member -> member.clientId()).toList());
    }

    private Object offsets(JsonNode request) throws Exception {
        var found = admin.listConsumerGroupOffsets(request.get("group").asText()).partitionsToOffsetAndMetadata().get();
        Map<String, Long> offsets = new HashMap<>();
        found.forEach((place, one) -> {
            if (place.topic().equals(request.get("topic").asText())) {
                offsets.put(String.valueOf(place.partition()), one.offset());
            }
        });
        return offsets;
    }

    private Object setOffset(JsonNode request) throws Exception {
        var offset = new OffsetAndMetadata(request.get("offset").asLong());
        return admin.alterConsumerGroupOffsets(request.get("group").asText(), Map.of(place(request), offset)).all().get();
    }

    private Object forgetOffset(JsonNode request) throws Exception {
        String group = request.get("group").asText();
        return admin.deleteConsumerGroupOffsets(group, Set.of(place(request))).all().get();
    }

    private Object deleteGroup(JsonNode request) throws Exception {
        return admin.deleteConsumerGroups(List.of(request.get("group").asText())).all().get();
    }

    private static TopicPartition place(JsonNode request) {
        return new TopicPartition(request.get("topic").asText(), request.get("partition").asInt());
    }
}
