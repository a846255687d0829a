#include "lib/base/metrics.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace base {
namespace {

TEST(Metrics, TextIsSortedByNameAndLabels) {
  Metrics metrics;
  metrics.AddGauge("portal_sse_clients", "Open event streams.").Set(3);
  metrics.AddCounter("council_prompts_total", "Prompts by outcome.", {{"outcome", "failed"}})
      .Increment();
  metrics.AddCounter("council_prompts_total", "Prompts by outcome.", {{"outcome", "completed"}})
      .Increment(2);
  metrics.AddHistogram("council_model_duration_seconds", "Time of a model call.", {0.1, 1})
      .Observe(0.5);
  EXPECT_EQ(metrics.Text(),
            "# HELP council_model_duration_seconds Time of a model call.\n"
            "# TYPE council_model_duration_seconds histogram\n"
            "council_model_duration_seconds_count 1\n"
            "council_model_duration_seconds_sum 0.5\n"
            "council_model_duration_seconds_bucket{le=\"0.1\"} 0\n"
            "council_model_duration_seconds_bucket{le=\"1\"} 1\n"
            "council_model_duration_seconds_bucket{le=\"+Inf\"} 1\n"
            "# HELP council_prompts_total Prompts by outcome.\n"
            "# TYPE council_prompts_total counter\n"
            "council_prompts_total{outcome=\"completed\"} 2\n"
            "council_prompts_total{outcome=\"failed\"} 1\n"
            "# HELP portal_sse_clients Open event streams.\n"
            "# TYPE portal_sse_clients gauge\n"
            "portal_sse_clients 3\n");
}

TEST(Metrics, WithoutMetricsTheTextIsEmpty) { EXPECT_EQ(Metrics().Text(), ""); }

TEST(Metrics, TheSameNameAndLabelsAreTheSameObject) {
  Metrics metrics;
  Counter& first = metrics.AddCounter("a_events_total", "Events.", {{"kind", "x"}});
  Counter& other = metrics.AddCounter("a_events_total", "Events.", {{"kind", "y"}});
  Counter& again = metrics.AddCounter("a_events_total", "Events.", {{"kind", "x"}});
  EXPECT_EQ(&first, &again);
  EXPECT_NE(&first, &other);
  first.Increment();
  EXPECT_EQ(again.value(), 1);
  EXPECT_EQ(other.value(), 0);
}

TEST(Metrics, LabelValuesAreEscaped) {
  Metrics metrics;
  metrics.AddGauge("a_state_info", "State.", {{"text", "a\"b\\c\nd"}}).Set(1);
  EXPECT_NE(metrics.Text().find(R"(a_state_info{text="a\"b\\c\nd"} 1)"), std::string::npos);
}

TEST(Metrics, CountsFromManyThreadsAddUp) {
  constexpr int kThreads = 4;
  constexpr int kCounts = 10'000;
  Metrics metrics;
  Counter& counter = metrics.AddCounter("a_events_total", "Events.");
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kCounts; ++i) counter.Increment();
      });
    }
  }
  EXPECT_EQ(counter.value(), kThreads * kCounts);
}

TEST(MetricsDeathTest, BadNamesAreBrokenInvariants) {
  Metrics metrics;
  EXPECT_DEATH(metrics.AddCounter("a_events", "Events."), "_total");
  EXPECT_DEATH(metrics.AddGauge("a_events_total", "Events."), "_total");
  EXPECT_DEATH(metrics.AddGauge("Events_open", "Events."), "IsSnakeCase");
  EXPECT_DEATH(metrics.AddGauge("events", "Events."), "IsSnakeCase");
  EXPECT_DEATH(metrics.AddGauge("a__b", "Events."), "IsSnakeCase");
  EXPECT_DEATH(metrics.AddGauge("a_b_", "Events."), "IsSnakeCase");
  EXPECT_DEATH(metrics.AddGauge("a_b", ""), "help");
  EXPECT_DEATH(metrics.AddGauge("a_b", "B.", {{"le", "1"}}), "le");
  EXPECT_DEATH(metrics.AddGauge("a_b", "B.", {{"x", ""}}), "value");
}

TEST(MetricsDeathTest, OneNameIsOneKind) {
  Metrics metrics;
  metrics.AddGauge("a_size_bytes", "Size.");
  EXPECT_DEATH(metrics.AddHistogram("a_size_bytes", "Size.", {1}), "kind");
}

TEST(MetricsDeathTest, HistogramBoundsRise) {
  Metrics metrics;
  EXPECT_DEATH(metrics.AddHistogram("a_size_bytes", "Size.", {}), "bounds");
  EXPECT_DEATH(metrics.AddHistogram("a_size_bytes", "Size.", {1, 1}), "bounds");
  EXPECT_DEATH(metrics.AddHistogram("a_size_bytes", "Size.", {2, 1}), "bounds");
}

}  // namespace
}  // namespace base
