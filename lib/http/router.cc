#include "lib/http/router.h"

#include <array>

#include "lib/base/check.h"

namespace http {
namespace {

constexpr std::array kMethods = {Method::kGet, Method::kPost, Method::kPut, Method::kPatch,
                                 Method::kDelete};

std::string_view AllowName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET, HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
  }
  return "";
}

bool IsParam(std::string_view segment) { return segment.starts_with(':'); }

bool Fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsParam(pattern[i]) ? segments[i].empty() : pattern[i] != segments[i]) return false;
  }
  return true;
}

// `a` has a literal segment where `b` has its first parameter that `a` has not.
bool IsMoreLiteral(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (IsParam(a[i]) != IsParam(b[i])) return IsParam(b[i]);
  }
  return false;
}

std::vector<std::string> SplitPattern(std::string_view pattern) {
  CHECK(pattern.starts_with('/'));
  std::vector<std::string> segments;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const auto segment = pattern.substr(0, pattern.find('/'));
    CHECK(segment != ":");
    segments.emplace_back(segment);
    pattern.remove_prefix(segment.size());
  }
  return segments;
}

}  // namespace

void Router::Add(Method method, std::string_view pattern, Handler handler) {
  auto segments = SplitPattern(pattern);
  for (const auto& route : routes_) CHECK(route.method != method || route.segments != segments);
  routes_.push_back({method, std::move(segments), std::move(handler)});
}

void Router::SetFallback(Handler handler) { fallback_ = std::move(handler); }

void Router::AddGuard(Guard guard) { guards_.push_back(std::move(guard)); }

Router::Match Router::Find(Method method, const std::vector<std::string>& segments) const {
  const Route* best = nullptr;
  std::array<bool, kMethods.size()> allowed{};
  bool known = false;
  for (const auto& route : routes_) {
    if (!Fits(route.segments, segments)) continue;
    known = true;
    allowed[static_cast<size_t>(route.method)] = true;
    if (route.method != method) continue;
    if (best == nullptr || IsMoreLiteral(route.segments, best->segments)) best = &route;
  }

  Match match;
  if (best != nullptr) {
    match.handler = &best->handler;
    for (size_t i = 0; i < segments.size(); ++i) {
      if (IsParam(best->segments[i])) {
        match.params.emplace_back(best->segments[i].substr(1), segments[i]);
      }
    }
  } else if (!known && fallback_) {
    if (method == Method::kGet) match.handler = &fallback_;
    allowed[static_cast<size_t>(Method::kGet)] = true;
    known = method == Method::kGet;
  }
  if (!known) return match;
  for (const auto each : kMethods) {
    if (!allowed[static_cast<size_t>(each)]) continue;
    match.allow += AllowName(each);
    match.allow += ", ";
  }
  match.allow += "OPTIONS";
  return match;
}

std::optional<Response> Router::Check(const Request& request) const {
  for (const auto& guard : guards_) {
    if (auto response = guard(request)) return response;
  }
  return std::nullopt;
}

}  // namespace http
