import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * One OpenSearch node. Arguments: the base folder, then NAME=VALUE settings. The runner's own main
 * gives a node no role for ingest pipelines, and hides why one does not start.
 */
public final class SearchServer {
    public static void main(String[] arguments) throws InterruptedException {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.setMaxHttpPort(-1); // It would look for a free port from http.port on.
        runner.onBuild(
                (number, settings) -> {
                    for (int i = 1; i < arguments.length; i++) {
                        String[] pair = arguments[i].split("=", 2);
                        if (pair[1].contains(",")) {
                            settings.putList(pair[0], pair[1].split(","));
                        } else {
                            settings.put(pair[0], pair[1]);
                        }
                    }
                });
        try {
            runner.build("-basePath", arguments[0], "-numOfNode", "1");
        } catch (RuntimeException error) {
            error.printStackTrace();
            System.exit(1);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
        System.out.println("serves");
        new CountDownLatch(1).await();
    }

    private static void close(OpenSearchRunner runner) {
        try {
            runner.close();
        } catch (java.io.IOException error) {
            error.printStackTrace();
        }
    }

    private SearchServer() {}
}
