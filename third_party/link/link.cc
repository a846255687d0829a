#include "third_party/link/link.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <lz4.h>
#include <mongoc/mongoc.h>
#include <openssl/crypto.h>
#include <pistache/http.h>
#include <prometheus/counter.h>
#include <simdjson.h>
#include <spdlog/fmt/ostr.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <zlib.h>
#include <zstd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace linked {
namespace {

// simdjson reads what nlohmann::json wrote.
std::string Json() {
  const std::string text = nlohmann::json{{"answer", 42}}.dump();
  simdjson::dom::parser parser;
  int64_t answer = 0;
  const auto error = parser.parse(text)["answer"].get(answer);
  return error ? "failed" : std::to_string(answer);
}

std::string Logged() {
  std::ostringstream out;
  spdlog::logger log("link", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  log.set_pattern("%v");
  log.info("{} {}", "spdlog", SPDLOG_VER_MAJOR);
  return out.str();
}

// A driver that is not connected to anything answers this one without a server.
std::string Mongo() {
  mongoc_init();
  mongoc_uri_t* uri = mongoc_uri_new("mongodb://localhost:27017/otm");
  const std::string database = mongoc_uri_get_database(uri);
  mongoc_uri_destroy(uri);
  mongoc_cleanup();
  return fmt::format("mongoc {} {}\n", mongoc_get_version(), database);
}

std::string Counted() {
  prometheus::Counter counter;
  counter.Increment(3);
  return fmt::format("prometheus {}\n", counter.Value());
}

}  // namespace

std::string Versions() {
  const auto bytes = LZ4_compressBound(1);
  CLI::App app("link");
  std::string out;
  out += fmt::format("curl {}\n", curl_version_info(CURLVERSION_NOW)->version);
  out += fmt::format("rdkafka {}\n", rd_kafka_version_str());
  out += fmt::format("lz4 {}\n", bytes > 0 ? LZ4_versionString() : "failed");
  out += Mongo();
  out += fmt::format("openssl {}\n", OpenSSL_version(OPENSSL_VERSION_STRING));
  out += fmt::format("pistache {}\n", Pistache::Http::methodString(Pistache::Http::Method::Post));
  out += Counted();
  out += fmt::format("simdjson {}\n", Json());
  out += fmt::format("sqlite {}\n", sqlite3_libversion());
  out += fmt::format("zlib {}\n", zlibVersion());
  out += fmt::format("zstd {}\n", ZSTD_versionString());
  out += fmt::format("cli11 {}\n", app.get_description());
  return out + Logged();
}

}  // namespace linked
