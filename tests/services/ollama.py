"""Ollama with a real model of 135 million parameters, both made by home/prepare_model.sh.

They lie where otm-home keeps them, so that only one of the two has to build them.
"""

import json
import pathlib
import urllib.request

from tests.services import tools
from tests.services.server import Command, Server, ServiceError, answers

MODEL = "smollm2:135m"


class Ollama(Server):
    """A real model server."""

    name = "ollama"
    ports = ("http",)
    data = ()  # The models are no data of a run.

    @property
    def program(self):
        return self.place.cache.parent / "models"

    def installed(self):
        return (self.program / "version").exists()

    def install(self):
        if not self.installed():
            script = pathlib.Path(tools.ROOT) / "home" / "prepare_model.sh"
            tools.run(["sh", script, self.program], self.place.cache / "logs" / "ollama.log")

    def commands(self):
        (self.run / "home").mkdir(exist_ok=True)
        environment = {
            "HOME": str(self.run / "home"),  # It writes a key there.
            "OLLAMA_HOST": f"127.0.0.1:{self.port('http')}",
            "OLLAMA_MODELS": str(self.program / "store"),
            "OLLAMA_NO_CLOUD": "1",  # No calls to its makers.
        }
        argv = [str(self.program / "ollama"), "serve"]
        return [Command("ollama", argv, lambda: answers(self.port("http")), environment)]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port('http')}"

    def after_start(self):
        with urllib.request.urlopen(f"{self.url}/api/tags", timeout=self.start_s) as reply:
            models = [model["name"] for model in json.load(reply)["models"]]
        if MODEL not in models:
            raise ServiceError(
                f"Ollama's models are {models}, without {MODEL}; "
                f"delete {self.program} and start again"
            )

    def environment(self):
        return {"OTM_TEST_OLLAMA_URL": self.url, "OTM_TEST_OLLAMA_MODEL": MODEL}
