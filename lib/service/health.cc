#include "lib/service/health.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/json.h"
#include "lib/http/responder.h"
#include "lib/service/version.h"

namespace service {
namespace {

constexpr int kOkStatus = 200;
constexpr int kUnavailableStatus = 503;

http::Response Page(int status, std::string content_type, std::string text) {
  http::Response response;
  response.status = status;
  response.headers = {{"Cache-Control", "no-store"}};
  response.content_type = std::move(content_type);
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

http::Response JsonPage(int status, const base::OrderedJson& json) {
  return Page(status, "application/json", base::Dump(json) + "\n");
}

PartState Worst(const std::vector<Part>& parts) {
  PartState worst = PartState::kOk;
  for (const Part& part : parts) worst = std::max(worst, part.state);
  return worst;
}

}  // namespace

Health::Health(std::string service, const base::Clock& clock, base::Metrics& metrics)
    : name_(std::move(service)), metrics_(metrics), process_metrics_(metrics, clock) {}

void Health::Started(const Condition& service) {
  const std::scoped_lock lock(mutex_);
  service_ = &service;
}

void Health::Stopping() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
}

void Health::Forget() {
  const std::scoped_lock lock(mutex_);
  service_ = nullptr;
}

std::string Health::Stuck() const {
  const std::scoped_lock lock(mutex_);
  return service_ == nullptr ? std::string() : service_->Stuck();
}

http::Response Health::Healthz() const {
  const std::string stuck = Stuck();
  base::OrderedJson json;
  json["status"] = stuck.empty() ? "ok" : "down";
  json["service"] = name_;
  if (!stuck.empty()) json["detail"] = stuck;
  return JsonPage(stuck.empty() ? kOkStatus : kUnavailableStatus, json);
}

http::Response Health::Readyz() const {
  std::vector<Part> parts;
  {
    const std::scoped_lock lock(mutex_);
    if (service_ != nullptr) parts = service_->Parts();
    if (stopping_) {
      parts.push_back({"process", PartState::kDown, "it is stopping; ask again once it is back"});
    } else if (service_ == nullptr) {
      parts.push_back({"process", PartState::kDown, "it is starting; ask again in a second"});
    }
  }
  base::OrderedJson json;
  json["status"] = StateName(Worst(parts));
  json["service"] = name_;
  json["version"] = kVersion;
  json["parts"] = base::OrderedJson::array();
  for (const Part& part : parts) {
    base::OrderedJson row;
    row["name"] = part.name;
    row["state"] = StateName(part.state);
    row["detail"] = part.detail;
    json["parts"].push_back(std::move(row));
  }
  return JsonPage(Worst(parts) == PartState::kDown ? kUnavailableStatus : kOkStatus, json);
}

http::Response Health::Metrics() {
  process_metrics_.Update();
  return Page(kOkStatus, "text/plain; version=0.0.4", metrics_.Text());
}

void Health::AddRoutes(http::Router& router) {
  const auto add = [&router](const char* path, std::function<http::Response()> page) {
    router.Add(http::Method::kGet, path,
               [page = std::move(page)](const http::Request&, http::Responder responder) {
                 responder.Send(page());
               });
  };
  add("/healthz", [this] { return Healthz(); });
  add("/readyz", [this] { return Readyz(); });
  add("/metrics", [this] { return Metrics(); });
}

}  // namespace service
