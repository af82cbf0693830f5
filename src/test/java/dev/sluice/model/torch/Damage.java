package dev.sluice.model.torch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ContainerNode;
import tools.jackson.databind.node.ObjectNode;

/** Damages files at random: bytes, lengths, offsets, overlaps, and values of JSON documents. */
final class Damage {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        3,
        31,
        33,
        127,
        255,
        1 << 16,
        1 << 24,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "\"\"",
            "\"x\"",
            "\"yarn\"",
            "\"F64\"",
            "\"../model-0.safetensors\"",
            "[]",
            "{}",
            "[[[[]]]]",
            "{\"a\":{}}",
            "1.5",
            "1e308",
            "-0.0",
            "1e-320",
            "123456789012345678901234567890",
            "\"\\u0000\"",
            "\"\\ud800\"");

    private final Random random;

    Damage(Random random) {
        this.random = random;
    }

    /** Damages bytes, mostly before the given place. */
    byte[] bytes(byte[] whole, int header) {
        byte[] damaged = whole.clone();
        for (int times = 1 + random.nextInt(3); times > 0 && damaged.length > 8; times--) {
            int end = random.nextInt(8) == 0 ? damaged.length : Math.min(header, damaged.length);
            int at = random.nextInt(Math.max(1, end));
            int length = 1 + random.nextInt(16);
            switch (random.nextInt(7)) {
                case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> damaged[at] = (byte) random.nextInt();
                case 2 -> put(damaged, at, 4);
                case 3 -> put(damaged, at, 8);
                case 4 -> damaged = Arrays.copyOf(damaged, random.nextBoolean() ? at : damaged.length - 1);
                case 5 -> damaged = joined(damaged, at, Math.min(damaged.length, at + length));
                default -> damaged = joined(damaged, Math.min(damaged.length, at + length), at);
            }
        }
        return damaged;
    }

    /** Damages values of a safetensors header, and its length so that it fits, or not. */
    byte[] safetensorsHeader(byte[] whole, int header) {
        String text = new String(whole, 8, header - 8, UTF_8);
        byte[] damaged = (random.nextInt(6) == 0 ? overlapping(text) : json(text)).getBytes(UTF_8);
        long length = random.nextInt(6) == 0 ? NUMBERS[random.nextInt(NUMBERS.length)] : damaged.length;
        return ByteBuffer.allocate(8 + damaged.length + whole.length - header)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(damaged)
                .put(whole, header, whole.length - header)
                .array();
    }

    /** Gives every tensor of a safetensors header the place of the first one of its length: more weights than bytes. */
    private static String overlapping(String text) {
        JsonNode root = JSON.readTree(text);
        Map<Long, JsonNode> places = new HashMap<>();
        for (JsonNode tensor : root) {
            JsonNode offsets = tensor.path("data_offsets");
            if (offsets.size() == 2) {
                long length = offsets.get(1).longValue() - offsets.get(0).longValue();
                ((ObjectNode) tensor)
                        .set(
                                "data_offsets",
                                places.computeIfAbsent(length, any -> offsets).deepCopy());
            }
        }
        return root.toString();
    }

    /** Damages values of a document, one to three times. */
    String json(String text) {
        JsonNode root = JSON.readTree(text);
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            List<ContainerNode<?>> containers = new ArrayList<>();
            collect(root, containers);
            damage(containers.get(random.nextInt(containers.size())));
        }
        String damaged = root.toString();
        return random.nextInt(12) == 0 ? damaged.substring(0, random.nextInt(damaged.length() + 1)) : damaged;
    }

    private void damage(ContainerNode<?> container) {
        if (container instanceof ArrayNode array) {
            int at = random.nextInt(array.size() + 1);
            if (at == array.size() || random.nextInt(4) == 0) {
                array.insert(at, value());
            } else if (random.nextInt(4) == 0) {
                array.remove(at);
            } else {
                array.set(at, value());
            }
            return;
        }
        ObjectNode object = (ObjectNode) container;
        List<String> names = new ArrayList<>(object.propertyNames());
        if (names.isEmpty()) {
            object.set("x", value());
            return;
        }
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(6)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(name + "x", object.get(name));
            case 2 ->
                object.set(
                        name,
                        object.get(names.get(random.nextInt(names.size()))).deepCopy());
            default -> object.set(name, value());
        }
    }

    private JsonNode value() {
        if (random.nextBoolean()) {
            return JSON.getNodeFactory().numberNode(NUMBERS[random.nextInt(NUMBERS.length)]);
        }
        return JSON.readTree(VALUES.get(random.nextInt(VALUES.size())));
    }

    private static void collect(JsonNode node, List<ContainerNode<?>> into) {
        if (node instanceof ContainerNode<?> container) {
            into.add(container);
            if (node.isArray()) {
                node.forEach(inner -> collect(inner, into));
            } else {
                for (Map.Entry<String, JsonNode> entry : node.properties()) {
                    collect(entry.getValue(), into);
                }
            }
        }
    }

    private void put(byte[] bytes, int at, int size) {
        long value = NUMBERS[random.nextInt(NUMBERS.length)];
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> (8 * i));
        }
    }

    /** What comes before a place, then what comes from another on. */
    private static byte[] joined(byte[] bytes, int to, int from) {
        byte[] result = new byte[to + bytes.length - from];
        System.arraycopy(bytes, 0, result, 0, to);
        System.arraycopy(bytes, from, result, to, bytes.length - from);
        return result;
    }
}
