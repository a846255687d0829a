// Which models are there and what Ollama says about them. Pure but for Catalog, which is
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/json.h"
#include "tests/ollama_sim/machine.h"

namespace ollama_sim {

struct ModelFacts {
  std::string name;  // "qwen3:4b"
  std::string base;  // Whose mind and file it has: itself, or what it was created from.
  std::string family;
  std::string parameter_size;
  int64_t size_bytes = 0;
  bool thinks = false;
  std::string system;
};

// The four of the design.
std::vector<ModelFacts> KnownModels();

class Catalog {
 public:
  // Of KnownModels() those in `installed`; all where it is empty.
  explicit Catalog(const std::vector<std::string>& installed);

  // "x" is "x:latest".
  std::optional<ModelFacts> Find(std::string_view name) const;
  bool Install(std::string_view name);  // False where nobody knows it.
  // False where `from` is not there.
  bool Create(const std::string& name, std::string_view from, const std::string& system);
  bool Remove(std::string_view name);

  std::string Tags() const;
  std::string Ps(const std::vector<Resident>& residents, double now_s) const;
  static std::string Show(const ModelFacts& facts);

 private:
  mutable std::mutex mutex_;
  std::vector<ModelFacts> models_;
};

// Seconds of the virtual clock as a time: it began with 2026.
std::string VirtualTime(double seconds);
std::string Digest(std::string_view name);

}  // namespace ollama_sim
