#include "tests/ollama_sim/chance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace ollama_sim {
namespace {

constexpr int kDraws = 20'000;

TEST(Chance, TheSamePartsGiveTheSameDraws) {
  Chance a({1, 2, 3});
  Chance b({1, 2, 3});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.Uniform(), b.Uniform());
}

TEST(Chance, TheOrderOfThePartsMatters) {
  EXPECT_NE(Mix({1, 2}), Mix({2, 1}));
  EXPECT_NE(Mix({0}), Mix({0, 0}));
}

TEST(Chance, UniformIsEvenAndNormalIsNormal) {
  Chance chance({7});
  double sum = 0;
  double squares = 0;
  double uniform = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = chance.Normal();
    sum += value;
    squares += value * value;
    const double even = chance.Uniform();
    EXPECT_GE(even, 0);
    EXPECT_LT(even, 1);
    uniform += even;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.03);
  EXPECT_NEAR(squares / kDraws, 1, 0.05);
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.01);
}

TEST(Chance, BelowReachesEveryNumberAndNoOther) {
  Chance chance({9});
  std::set<size_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(chance.Below(5));
  EXPECT_EQ(seen, (std::set<size_t>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace ollama_sim
