import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Loads that Kafka's own performance tools do not have, through Kafka's own clients: end-to-end latency at a given
 * rate, many producers in one process, many groups that read the same topic. Prints one line of JSON.
 */
public class Load {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "latency" -> latency(args);
            case "producers" -> producers(args);
            case "groups" -> groups(args);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap, String acks, String... more) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("acks", acks);
        config.put("enable.idempotence", acks.equals("all") ? "true" : "false");
        for (int i = 0; i < more.length; i += 2) config.put(more[i], more[i + 1]);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, String group, String reset) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", group);
        config.put("auto.offset.reset", reset);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * latency BOOTSTRAP TOPIC RATE SECONDS WARMUP_SECONDS BYTES ACKS GROUPS: sends at a constant rate and takes the
     * time from when each record was due, so that a broker that stalls cannot hide the records it held up.
     */
    private static void latency(String[] args) throws Exception {
        String bootstrap = args[1];
        String topic = args[2];
        double rate = Double.parseDouble(args[3]);
        long seconds = Long.parseLong(args[4]);
        long warmUp = Long.parseLong(args[5]);
        int size = Integer.parseInt(args[6]);
        int groups = Integer.parseInt(args[8]);
        long total = (long) (rate * (seconds + warmUp));
        long measuredFrom = (long) (rate * warmUp);
        List<Histogram> histograms = new ArrayList<>();
        List<Thread> readers = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(groups);
        CountDownLatch done = new CountDownLatch(groups);
        for (int g = 0; g < groups; g++) {
            Histogram histogram = new Histogram(3_600_000_000L, 3);
            histograms.add(histogram);
            String group = "latency-" + System.nanoTime() + "-" + g;
            Thread reader = new Thread(() -> {
                try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, group, "latest")) {
                    consumer.subscribe(List.of(topic));
                    while (consumer.assignment().isEmpty()) consumer.poll(Duration.ofMillis(100));
                    // The position must be known before the first record is sent.
                    consumer.assignment().forEach(consumer::position);
                    ready.countDown();
                    long seen = 0;
                    while (seen < total && !Thread.interrupted()) {
                        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                            long now = System.nanoTime();
                            byte[] value = record.value();
                            if (number(value, 0) >= measuredFrom) {
                                histogram.recordValue(Math.max(0, (now - number(value, 8)) / 1000));
                            }
                            seen++;
                        }
                    }
                } catch (org.apache.kafka.common.errors.InterruptException stopped) {
                    // The time is up.
                } finally {
                    done.countDown();
                }
            });
            readers.add(reader);
            reader.start();
        }
        ready.await();
        byte[] filler = new byte[size];
        new Random(1).nextBytes(filler);
        long sendEnd;
        long start = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, args[7], "linger.ms", "0")) {
            for (long i = 0; i < total; i++) {
                long due = start + (long) (i * 1e9 / rate);
                while (true) {
                    long ahead = due - System.nanoTime();
                    if (ahead <= 0) break;
                    LockSupport.parkNanos(ahead);
                }
                byte[] value = filler.clone();
                setNumber(value, 0, i);
                setNumber(value, 8, due);
                producer.send(new ProducerRecord<>(topic, value));
            }
            producer.flush();
            sendEnd = System.nanoTime();
        }
        boolean complete = done.await(20, java.util.concurrent.TimeUnit.SECONDS);
        readers.forEach(Thread::interrupt);
        for (Thread reader : readers) reader.join();
        Histogram all = new Histogram(3_600_000_000L, 3);
        histograms.forEach(all::add);
        print(total, complete, (sendEnd - start) / 1e9, all);
    }

    static void print(long total, boolean complete, double seconds, Histogram all) {
        System.out.printf(
            "{\"sent\":%d,\"measured\":%d,\"complete\":%b,\"recordsPerSecond\":%.1f,\"meanMs\":%.3f,\"p50Ms\":%.3f,"
                + "\"p99Ms\":%.3f,\"p999Ms\":%.3f,\"maxMs\":%.3f}%n",
            total, all.getTotalCount(), complete, total / seconds, all.getMean() / 1000,
            all.getValueAtPercentile(50) / 1000.0, all.getValueAtPercentile(99) / 1000.0,
            all.getValueAtPercentile(99.9) / 1000.0, all.getMaxValue() / 1000.0);
    }

    static void setNumber(byte[] bytes, int at, long number) {
        for (int i = 0; i < 8; i++) bytes[at + i] = (byte) (number >>> (56 - 8 * i));
    }

    static long number(byte[] bytes, int at) {
        long number = 0;
        for (int i = 0; i < 8; i++) number = number << 8 | bytes[at + i] & 0xff;
        return number;
    }

    /** producers BOOTSTRAP TOPIC PRODUCERS RECORDS BYTES ACKS: each sends its share of the records as fast as it can. */
    private static void producers(String[] args) throws Exception {
        int count = Integer.parseInt(args[3]);
        long each = Long.parseLong(args[4]) / count;
        byte[] value = new byte[Integer.parseInt(args[5])];
        new Random(1).nextBytes(value);
        AtomicLong failed = new AtomicLong();
        List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            producers.add(producer(args[1], args[6], "buffer.memory", "4194304"));
            producers.get(i).partitionsFor(args[2]);
        }
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (KafkaProducer<byte[], byte[]> producer : producers) {
            Thread thread = new Thread(() -> {
                for (long i = 0; i < each; i++) {
                    producer.send(new ProducerRecord<>(args[2], value), (metadata, error) -> {
                        if (error != null) failed.incrementAndGet();
                    });
                }
                producer.flush();
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
        double seconds = (System.nanoTime() - start) / 1e9;
        for (KafkaProducer<byte[], byte[]> producer : producers) producer.close();
        System.out.printf("{\"records\":%d,\"failed\":%d,\"recordsPerSecond\":%.1f}%n", each * count, failed.get(),
            each * count / seconds);
    }

    /** groups BOOTSTRAP TOPIC GROUPS RECORDS: each group reads that many records from the start. */
    private static void groups(String[] args) throws Exception {
        int count = Integer.parseInt(args[3]);
        long each = Long.parseLong(args[4]);
        AtomicLong first = new AtomicLong(Long.MAX_VALUE);
        List<Thread> threads = new ArrayList<>();
        for (int g = 0; g < count; g++) {
            String group = "groups-" + System.nanoTime() + "-" + g;
            Thread thread = new Thread(() -> {
                try (KafkaConsumer<byte[], byte[]> consumer = consumer(args[1], group, "earliest")) {
                    consumer.subscribe(List.of(args[2]));
                    for (long seen = 0; seen < each;) {
                        int got = consumer.poll(Duration.ofMillis(200)).count();
                        if (seen == 0 && got > 0) first.accumulateAndGet(System.nanoTime(), Math::min);
                        seen += got;
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
        double seconds = (System.nanoTime() - first.get()) / 1e9;
        System.out.printf("{\"records\":%d,\"recordsPerSecond\":%.1f}%n", each * count, each * count / seconds);
    }
}
