#include "tests/ollama_sim/chance.h"

#include <cmath>
#include <numbers>

namespace ollama_sim {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // Of SplitMix64, as the constants below.

uint64_t Scramble(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t Mix(std::initializer_list<uint64_t> parts) {
  uint64_t state = kGolden;
  for (const uint64_t part : parts) state = Scramble(state + part * kGolden + kGolden);
  return state;
}

uint64_t HashText(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

uint64_t Chance::Next() {
  state_ += kGolden;
  return Scramble(state_);
}

double Chance::Uniform() {
  constexpr int kUnused = 64 - 53;  // A double has 53 bits.
  return static_cast<double>(Next() >> kUnused) * 0x1p-53;
}

double Chance::Normal() {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

bool Chance::Happens(double p) { return Uniform() < p; }

size_t Chance::Below(size_t end) {
  return static_cast<size_t>(Uniform() * static_cast<double>(end));
}

}  // namespace ollama_sim
