"""What ollama-sim says on the wire, beside Ollama: testdata/shapes.json has what v0.17.4 answers.

Without a program, and with OTM_TEST_OLLAMA_URL in the environment, the same cases run against that
real Ollama, on its first model; so the fixtures themselves can be checked.
"""

import json
import os
import pathlib
import sys
import unittest

from tests.eval import programs

SHAPES = json.loads(
    (pathlib.Path(__file__).parent / "testdata/shapes.json").read_text(encoding="utf-8")
)["cases"]
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1},
    },
    "required": ["name", "tags"],
}


def shape(value):
    """The keys and types of JSON; of an array those of its first element."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def kind(value):
    return {dict: "object", list: "array"}.get(type(value)) or shape(value)


class WireTest(unittest.TestCase):
    program = ""

    @classmethod
    def setUpClass(cls):
        cls.sim = None
        url = os.environ.get("OTM_TEST_OLLAMA_URL", "")
        if cls.program:
            cls.sim = programs.Sim(cls.program, "--tokens-per-line", "1")
            url = cls.sim.url
        cls.http = programs.Http(url)
        _, tags = cls.http.call("GET", "/api/tags")
        names = [model["name"] for model in tags["models"]]
        cls.model = "gemma3:4b" if cls.sim else names[0]

    @classmethod
    def tearDownClass(cls):
        cls.http.close()
        if cls.sim:
            cls.sim.__exit__()

    def send(self, case):
        """(status, content type, text)"""
        body = case.get("raw")
        if "body" in case:
            body = json.dumps(case["body"])
        if body is not None:
            body = body.replace("MODEL", self.model)
        connection = self.http.connect()
        method = "GET" if "get" in case else "POST"
        connection.request(
            method, case.get("get") or case["post"], body, {"Content-Type": "application/json"}
        )
        response = connection.getresponse()
        text = response.read().decode("utf-8")
        connection.close()
        return response.status, response.getheader("Content-Type") or "", text

    def test_every_answer_has_the_shape_of_ollamas(self):
        for case in SHAPES:
            with self.subTest(case["name"]):
                status, content_type, text = self.send(case)
                self.assertEqual(status, case["status"], text)
                self.assertEqual(content_type.split(";")[0], case["type"])
                self.check(case, text)

    def check(self, case, text):
        if "text" in case:
            self.assertEqual(text, case["text"])
        if "error" in case:
            self.assertEqual(
                json.loads(text), {"error": case["error"].replace("MODEL", self.model)}
            )
        if "shape" in case:
            self.assertEqual(shape(json.loads(text)), case["shape"])
        for key, wanted in case.get("has", {}).items():
            self.assertEqual(kind(json.loads(text)[key]), wanted, key)
        if "lines" in case:
            lines = [json.loads(line) for line in text.splitlines()]
            self.assertGreaterEqual(len(lines), 2)
            for line in lines[:-1]:
                self.assertEqual(shape(line), case["lines"][0])
                self.assertFalse(line["done"])
            self.assertEqual(shape(lines[-1]), case["lines"][1])
            self.assertTrue(lines[-1]["done"])

    def test_a_head_request_has_no_body(self):
        connection = self.http.connect()
        connection.request("HEAD", "/")
        response = connection.getresponse()
        self.assertEqual((response.status, response.read()), (200, b""))
        connection.close()

    def test_a_schema_is_honoured(self):
        status, reply = self.http.call(
            "POST",
            "/api/chat",
            {
                "model": self.model,
                "stream": False,
                "think": False,
                "format": SCHEMA,
                "messages": [{"role": "user", "content": "Ann likes a. Answer as JSON."}],
                "options": {"temperature": 0, "num_predict": 80},
            },
        )
        self.assertEqual(status, 200)
        said = json.loads(reply["message"]["content"])
        self.assertEqual(sorted(said), ["name", "tags"])
        self.assertLessEqual(set(said["tags"]), {"a", "b"})

    def test_the_length_is_kept_and_said(self):
        _, reply = self.http.call(
            "POST",
            "/api/chat",
            {
                "model": self.model,
                "stream": False,
                "think": False,
                "messages": [{"role": "user", "content": "Count from 1 to 100."}],
                "options": {"num_predict": 5},
            },
        )
        self.assertEqual((reply["done_reason"], reply["eval_count"]), ("length", 5))

    def test_a_prompt_that_does_not_fit_is_cut_or_refused(self):
        body = {
            "model": self.model,
            "stream": False,
            "think": False,
            "messages": [{"role": "user", "content": "word " * 3000}],
            "options": {"num_ctx": 512, "num_predict": 4},
        }
        status, reply = self.http.call("POST", "/api/chat", {**body, "truncate": False})
        self.assertEqual(
            (status, reply), (400, {"error": "the input length exceeds the context length"})
        )
        status, reply = self.http.call("POST", "/api/chat", body)
        self.assertEqual((status, reply["prompt_eval_count"]), (200, 512))

    def test_embeddings_have_a_length_of_one(self):
        _, reply = self.http.call(
            "POST", "/api/embed", {"model": self.model, "input": ["hello", "world"]}
        )
        self.assertEqual(len(reply["embeddings"]), 2)
        for vector in reply["embeddings"]:
            self.assertAlmostEqual(sum(x * x for x in vector), 1, places=3)


class SimTest(unittest.TestCase):
    """What only the simulator has."""

    program = ""

    def setUp(self):
        if not self.program:
            self.skipTest("on a real Ollama")

    def sim(self, *options):
        sim = programs.Sim(self.program, *options)
        self.addCleanup(sim.__exit__)
        return sim

    def chat(self, sim, **fields):
        body = {
            "model": "qwen3:4b",
            "stream": False,
            "messages": [{"role": "user", "content": sim.questions(1)[0]["text"]}],
            **fields,
        }
        return sim.http.call("POST", "/api/chat", body)

    def test_the_same_seed_gives_the_same_words(self):
        first, second = self.sim("--seed", "5"), self.sim("--seed", "5")
        for seed in range(5):
            options = {"options": {"seed": seed}, "think": False}
            said = [self.chat(sim, **options)[1]["message"]["content"] for sim in (first, second)]
            self.assertEqual(*said)

    def test_leaving_think_out_means_thinking_where_the_model_can(self):
        sim = self.sim()
        self.assertIn("thinking", self.chat(sim)[1]["message"])
        self.assertNotIn("thinking", self.chat(sim, think=False)[1]["message"])
        self.assertNotIn("thinking", self.chat(sim, model="gemma3:4b")[1]["message"])

    def test_loads_and_tokens_are_counted_until_reset(self):
        sim = self.sim()
        for _ in range(3):
            self.chat(sim, think=False)
        self.chat(sim, think=False, options={"num_ctx": 8192})
        stats = sim.stats()
        self.assertEqual((stats["calls"], stats["loads"], stats["reloads"]), (4, 2, 1))
        self.assertEqual((stats["tokens"], stats["promptTokens"]), (1000, 480))
        self.assertGreater(stats["questions"]["0"]["firstTokenSeconds"], 1)
        sim.reset()
        self.assertEqual(sim.stats()["calls"], 0)

    def test_time_passes_only_with_a_speed(self):
        sim = self.sim("--speed", "1000")
        status, reply = self.chat(sim, think=False)
        self.assertEqual(status, 200)
        self.assertGreater(reply["total_duration"], 10**9)

    def test_faults_can_be_changed(self):
        sim = self.sim("--faults", "busy")
        self.assertEqual(self.chat(sim)[0], 503)
        sim.http.call("POST", "/sim/faults", {"faults": "empty"})
        self.assertEqual(self.chat(sim, think=False)[1]["message"]["content"], "")
        status, reply = sim.http.call("POST", "/sim/faults", {"faults": "nonsense"})
        self.assertEqual(status, 400)
        self.assertIn("bad-json", reply["error"])

    def test_models_are_pulled_created_and_deleted(self):
        sim = self.sim("--models", "gemma3:4b")
        self.assertEqual(self.chat(sim)[0], 404)
        _, text = sim.http.call("POST", "/api/pull", {"model": "qwen3:4b"})
        states = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(states[0], {"status": "pulling manifest"})
        self.assertEqual(states[-1], {"status": "success"})
        self.assertTrue(any(state.get("completed") == state.get("total") for state in states))
        _, text = sim.http.call("POST", "/api/pull", {"model": "nosuch"})
        self.assertIn("error", json.loads(text.splitlines()[-1]))
        sim.http.call("POST", "/api/create", {"model": "mine", "from": "qwen3:4b", "system": "x"})
        self.assertEqual(self.chat(sim, model="mine")[0], 200)
        self.assertEqual(sim.http.call("DELETE", "/api/delete", {"model": "mine"})[0], 200)
        self.assertEqual(self.chat(sim, model="mine")[0], 404)


if __name__ == "__main__":
    WireTest.program = SimTest.program = sys.argv.pop() if len(sys.argv) > 1 else ""
    unittest.main()
