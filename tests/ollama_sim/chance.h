// Chance that follows from a seed alone: the same on every machine, in any order of calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace ollama_sim {

// A number that follows from the parts, well mixed.
uint64_t Mix(std::initializer_list<uint64_t> parts);
uint64_t HashText(std::string_view text);  // FNV-1a: seeds are no secrets.

// A stream of draws. Not thread-safe; cheap to make one for each decision.
class Chance {
 public:
  explicit Chance(std::initializer_list<uint64_t> parts) : state_(Mix(parts)) {}

  double Uniform();          // In [0, 1).
  double Normal();           // Mean 0, deviation 1.
  bool Happens(double p);    // True with this probability.
  size_t Below(size_t end);  // 0 to end - 1, evenly.

 private:
  uint64_t Next();
  uint64_t state_;
};

}  // namespace ollama_sim
