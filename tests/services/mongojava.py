"""mongo-java-server behind its launcher (java/MongoServer.java), which makes it exact.

No login, no sessions, no explain, no text search; better operators than FerretDB, and real indexes.
"""

from tests.services import tools
from tests.services.server import Command, Server


class MongoJava(Server):
    """MongoDB's wire protocol, on a file."""

    name = "mongojava"
    ports = ("mongo",)
    recipe = ("java/MongoServer.java", "locks/mongojava.pom", "locks/mongojava.sha256")

    def build(self, target):
        tools.jars("mongojava.pom", "mongojava.sha256", self.place.cache, target / "jars")
        tools.javac("MongoServer.java", target / "jars", target / "classes", self.place.cache)

    def prepare(self):
        (self.run / "data").mkdir(exist_ok=True)

    def commands(self):
        argv = [
            "java",
            "-Xms64m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            f"{self.program / 'classes'}:{self.program / 'jars'}/*",
            "MongoServer",
            str(self.port("mongo")),
            str(self.run / "data" / "store.mv"),
        ]
        return [Command("mongojava", argv, self.serves)]

    def serves(self):
        return "serves port" in self.log("mongojava").read_text("utf-8", "replace")

    @property
    def url(self):
        return f"mongodb://127.0.0.1:{self.port('mongo')}/?retryWrites=false"

    def environment(self):
        return {"OTM_TEST_MONGO_URLS": self.url}
