#include "lib/push/target_text.h"

#include <array>
#include <optional>
#include <utility>

#include "lib/base/json.h"
#include "lib/push/base64url.h"

namespace push {
namespace {

constexpr std::array kKinds = {std::pair{TargetKind::kWebPush, "webPush"},
                               std::pair{TargetKind::kNtfy, "ntfy"},
                               std::pair{TargetKind::kWebhook, "webhook"}};

const char* WordOf(TargetKind kind) {
  for (const auto& [one, word] : kKinds) {
    if (one == kind) return word;
  }
  return "";
}

std::optional<TargetKind> KindOf(std::string_view word) {
  for (const auto& [kind, one] : kKinds) {
    if (one == word) return kind;
  }
  return std::nullopt;
}

auto NoTarget(std::string_view what) {
  return base::Fail(base::Errc::kInternal, "a stored notification target has no good " +
                                               std::string(what) +
                                               "; let the browser subscribe "
                                               "again");
}

}  // namespace

std::string TargetText(const Target& target) {
  return base::Dump({{"id", target.id},
                     {"kind", WordOf(target.kind)},
                     {"url", target.url},
                     {"topic", target.topic},
                     {"secret", EncodeBase64Url(target.secret)},
                     {"point", EncodeBase64Url(target.point)}});
}

base::Result<Target> ParseTarget(std::string_view text) {
  const auto document = base::JsonDocument::Parse(text, kTargetTextBytesMax);
  if (!document) return NoTarget("form");
  const base::JsonView json = document->root();
  const auto id = json.String("id"), kind = json.String("kind"), url = json.String("url"),
             topic = json.String("topic"), secret = json.String("secret"),
             point = json.String("point");
  if (!id || !kind || !url || !topic || !secret || !point) return NoTarget("fields");
  const auto known = KindOf(*kind);
  if (!known) return NoTarget("kind");
  auto secret_bytes = DecodeBase64Url(*secret), point_bytes = DecodeBase64Url(*point);
  if (!secret_bytes || !point_bytes) return NoTarget("keys");
  return Target{.id = *id,
                .kind = *known,
                .url = *url,
                .topic = *topic,
                .secret = *std::move(secret_bytes),
                .point = *std::move(point_bytes)};
}

}  // namespace push
