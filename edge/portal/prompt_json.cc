#include "edge/portal/prompt_json.h"

#include <algorithm>
#include <string>

#include "lib/prompt/control_wire.h"

namespace portal {
namespace {

using base::OrderedJson;

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return lower;
}

// All words of `search` occur in `text`.
bool HasWords(std::string_view text, std::string_view search) {
  const std::string in = LowerAscii(text);
  const std::string words = LowerAscii(search);
  for (size_t start = 0; start < words.size();) {
    const size_t end = std::min(words.find(' ', start), words.size());
    if (in.find(words.substr(start, end - start)) == std::string::npos) return false;
    start = end + 1;
  }
  return true;
}

// The metrics are JSON that we wrote ourselves; should they not be, they are shown as text.
OrderedJson MetricsJson(const std::string& text) {
  OrderedJson json = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? OrderedJson(text) : json;
}

}  // namespace

OrderedJson TranscriptJson(std::string_view id, const std::vector<prompt::Step>& steps) {
  OrderedJson list = OrderedJson::array();
  for (const prompt::Step& step : steps) {
    list.push_back({{"stage", step.stage},
                    {"seat", step.seat},
                    {"i", step.i},
                    {"model", step.model},
                    {"text", step.text},
                    {"key", step.key},
                    {"metrics", MetricsJson(step.metrics_json)}});
  }
  return {{"id", id}, {"steps", std::move(list)}};
}

OrderedJson ModelsJson(const prompt::CouncilInfo& info) {
  const OrderedJson council = prompt::CouncilJson(info);
  return {{"state", council["state"]},
          {"percent", info.percent},
          {"detail", info.detail},
          {"models", council["seats"]}};
}

std::vector<prompt::Prompt> UnstoredRecent(prompt::Store& store, Recent& recent,
                                           const prompt::PageQuery& query) {
  std::vector<prompt::Prompt> unstored;
  if (!query.cursor.empty()) return unstored;
  if (query.status && *query.status != prompt::Status::kPending) return unstored;
  for (prompt::Prompt& prompt : recent.List()) {
    if (unstored.size() == kUnstoredMax) break;
    if (!query.user.empty() && prompt.user != query.user) continue;
    if (!HasWords(prompt.text, query.search)) continue;
    if (store.Load(prompt.id)) {
      recent.Forget(prompt.id);
    } else {
      unstored.push_back(std::move(prompt));
    }
  }
  return unstored;
}

}  // namespace portal
