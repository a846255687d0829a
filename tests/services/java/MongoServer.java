import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server on 127.0.0.1, on a file. Arguments: the port and the file. Made exact where the
 * library is not:
 *
 * <ul>
 *   <li>It encodes a reply after it has let the collection go, from the live document, so that a
 *       findAndModify may show what a later writer did. Here one command is answered at a time, and
 *       the reply is a copy.
 *   <li>Its file backend writes about once a second. Here a write is in the file before it is
 *       acknowledged, so that a kill loses nothing.
 *   <li>It does not know hello, and counts documents of an insert that failed in part as inserted.
 * </ul>
 */
public final class MongoServer {
    private static final Set<String> WRITES =
            Set.of(
                    "aggregate", "create", "createindexes", "delete", "drop", "dropdatabase",
                    "dropindexes", "findandmodify", "insert", "renamecollection", "update");
    // How long a part of the file that nothing uses any more is kept. The default of 45 s makes the
    // file grow with every write.
    private static final int RETENTION_MS = 1000;

    private static final class ExactBackend extends H2Backend {
        private final MVStore store;

        ExactBackend(MVStore store) {
            super(store);
            this.store = store;
        }

        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            Document request = message.getDocument();
            String command = request.keySet().iterator().next().toLowerCase(Locale.ROOT);
            Document reply;
            try {
                reply = super.handleMessage(command.equals("hello") ? asIsMaster(message) : message);
            } finally {
                if (WRITES.contains(command)) {
                    store.commit(); // Also after an error: some documents may have been stored.
                }
            }
            reply = reply.cloneDeeply();
            if (command.equals("hello")) {
                reply.put("isWritablePrimary", true);
            } else if (command.equals("insert")) {
                correctCount(request, reply);
            }
            return reply;
        }

        private static MongoMessage asIsMaster(MongoMessage message) {
            Document request = new Document("isMaster", 1);
            message.getDocument()
                    .forEach(
                            (key, value) -> {
                                if (!key.equals("hello")) {
                                    request.put(key, value);
                                }
                            });
            return new MongoMessage(message.getChannel(), message.getHeader(), request);
        }

        private static void correctCount(Document request, Document reply) {
            if (reply.get("writeErrors") instanceof List<?> errors
                    && !errors.isEmpty()
                    && request.get("documents") instanceof List<?> documents) {
                boolean ordered = !Boolean.FALSE.equals(request.get("ordered"));
                Document first = (Document) errors.get(0);
                int before = ((Number) first.get("index")).intValue();
                reply.put("n", ordered ? before : documents.size() - errors.size());
            }
        }
    }

    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        MVStore store = new MVStore.Builder().fileName(arguments[1]).autoCommitDisabled().open();
        store.setRetentionTime(RETENTION_MS);
        var server = new de.bwaldvogel.mongo.MongoServer(new ExactBackend(store));
        server.bind("127.0.0.1", port);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("serves port " + port);
    }

    private MongoServer() {}
}
