#include "lib/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "lib/base/check.h"

namespace base {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Increment(double by) override { counter_.Increment(by); }
  double value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }
  double value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

bool IsSnakeCase(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z' || name.back() == '_') return false;
  return !name.contains("__") && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void CheckNames(std::string_view name, std::string_view help, const Labels& labels) {
  CHECK(IsSnakeCase(name) && name.contains('_'));
  CHECK(!help.empty());
  for (const auto& [label, value] : labels) {
    CHECK(IsSnakeCase(label) && label != "le" && label != "quantile");
    CHECK(!value.empty());
  }
}

}  // namespace

struct Metrics::State {
  using Key = std::pair<std::string, Labels>;
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<Key, PrometheusCounter> counters;
  std::map<Key, PrometheusGauge> gauges;
  std::map<Key, PrometheusHistogram> histograms;
  std::map<std::string, char, std::less<>> kinds;  // Of each name: 'c', 'g' or 'h'.

  // One name is one kind of metric, everywhere.
  void CheckKind(std::string_view name, char kind) {
    CHECK(kinds.try_emplace(std::string(name), kind).first->second == kind);
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(std::string_view name, std::string_view help, const Labels& labels) {
  CheckNames(name, help, labels);
  CHECK(name.ends_with("_total"));
  const std::scoped_lock lock(state_->mutex);
  state_->CheckKind(name, 'c');
  auto& family = prometheus::BuildCounter()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(state_->registry);
  return state_->counters.try_emplace({std::string(name), labels}, family.Add(labels))
      .first->second;
}

Gauge& Metrics::AddGauge(std::string_view name, std::string_view help, const Labels& labels) {
  CheckNames(name, help, labels);
  CHECK(!name.ends_with("_total"));
  const std::scoped_lock lock(state_->mutex);
  state_->CheckKind(name, 'g');
  auto& family = prometheus::BuildGauge()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(state_->registry);
  return state_->gauges.try_emplace({std::string(name), labels}, family.Add(labels)).first->second;
}

Histogram& Metrics::AddHistogram(std::string_view name, std::string_view help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  CheckNames(name, help, labels);
  CHECK(!name.ends_with("_total"));
  CHECK(!bounds.empty() && std::ranges::is_sorted(bounds, std::ranges::less_equal{}));
  const std::scoped_lock lock(state_->mutex);
  state_->CheckKind(name, 'h');
  auto& family = prometheus::BuildHistogram()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(state_->registry);
  return state_->histograms.try_emplace({std::string(name), labels}, family.Add(labels, bounds))
      .first->second;
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  for (auto& family : families) {
    std::ranges::sort(family.metric, std::ranges::less{}, &prometheus::ClientMetric::label);
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace base
