#include "lib/http/assets.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "lib/http/fields.h"

namespace http {
namespace {

constexpr std::string_view kFolder = "/assets/";
constexpr std::string_view kIndex = "index.html";
constexpr size_t kHashLength = 16;

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
constexpr std::string_view kAskEachTime = "no-cache";

constexpr int kPartialContent = 206;
constexpr int kNotModified = 304;
constexpr int kRangeNotSatisfiable = 416;

struct Type {
  std::string_view ending;
  std::string_view content_type;
};

constexpr std::array kTypes = {
    Type{".css", "text/css; charset=utf-8"},
    Type{".html", "text/html; charset=utf-8"},
    Type{".ico", "image/x-icon"},
    Type{".jpg", "image/jpeg"},
    Type{".js", "text/javascript; charset=utf-8"},
    Type{".json", "application/json"},
    Type{".map", "application/json"},
    Type{".md", "text/markdown; charset=utf-8"},
    Type{".mjs", "text/javascript; charset=utf-8"},
    Type{".png", "image/png"},
    Type{".svg", "image/svg+xml"},
    Type{".txt", "text/plain; charset=utf-8"},
    Type{".wasm", "application/wasm"},
    Type{".webmanifest", "application/manifest+json"},
    Type{".webp", "image/webp"},
    Type{".woff2", "font/woff2"},
    Type{".xml", "application/xml"},
};

// "app.js" and its hash -> "app.<hash>.js".
std::string WithHash(std::string_view name, std::string_view hash) {
  const auto slash = name.rfind('/');
  auto dot = name.rfind('.');
  if (dot == name.npos || (slash != name.npos && dot < slash)) dot = name.size();
  return std::string(name.substr(0, dot)) + "." + std::string(hash) + std::string(name.substr(dot));
}

// Thousandths, or nothing for what is no qvalue (RFC 9110 12.4.2).
std::optional<int> ParseQuality(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int quality = (text[0] - '0') * 1000;
  text.remove_prefix(1);
  if (text.empty()) return quality;
  if (text[0] != '.' || text.size() > 4) return std::nullopt;
  for (int digit = 100; const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    quality += (c - '0') * digit;
    digit /= 10;
  }
  return quality <= 1000 ? std::optional(quality) : std::nullopt;
}

// Not named, the plain form is acceptable, but behind every form that is.
constexpr int kPlainUnlessNamed = 1;

// The quality that Accept-Encoding gives to `coding`, in thousandths. An element that cannot be
// read is skipped.
int QualityOf(std::string_view coding, std::string_view accepted) {
  const bool plain = coding.empty();
  std::optional<int> others;
  for (int i = 0; i < kListElementsMax && !accepted.empty(); ++i) {
    const auto element = TakeListElement(accepted);
    const auto semicolon = element.find(';');
    const auto name = TrimBlanks(element.substr(0, semicolon));
    int quality = 1000;
    if (semicolon != element.npos) {
      auto parameter = TrimBlanks(element.substr(semicolon + 1));
      if (!EqualsIgnoringCase(parameter.substr(0, 2), "q=")) continue;
      const auto parsed = ParseQuality(parameter.substr(2));
      if (!parsed) continue;
      quality = *parsed;
    }
    if (EqualsIgnoringCase(name, plain ? "identity" : coding)) return quality;
    if (name == "*") others = quality;
  }
  return others.value_or(plain ? kPlainUnlessNamed : 0);
}

// Weak comparison (RFC 9110 8.8.3.2) with each element of the list.
bool NamesTag(std::string_view list, std::string_view etag) {
  for (int i = 0; i < kListElementsMax && !list.empty(); ++i) {
    auto element = TakeListElement(list);
    if (element == "*") return true;
    if (element.starts_with("W/")) element.remove_prefix(2);
    if (element == etag) return true;
  }
  return false;
}

struct Range {
  size_t first;
  size_t last;  // Inclusive; before `first` when nothing of it is there.
};

std::optional<size_t> ParseNumber(std::string_view digits) {
  size_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// One range of bytes; nothing for several, and for what is none: the whole is sent.
std::optional<Range> ParseRange(std::string_view field, size_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!EqualsIgnoringCase(field.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  const auto spec = TrimBlanks(field.substr(kUnit.size()));
  const auto dash = spec.find('-');
  if (dash == spec.npos) return std::nullopt;
  const auto first = ParseNumber(spec.substr(0, dash));
  const auto last = ParseNumber(spec.substr(dash + 1));
  if (dash == 0) {  // The last bytes.
    if (!last) return std::nullopt;
    if (*last == 0 || size == 0) return Range{.first = 1, .last = 0};
    return Range{.first = size - std::min(*last, size), .last = size - 1};
  }
  const bool open = spec.substr(dash + 1).empty();
  if (!first || (!last && !open) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return Range{.first = 1, .last = 0};
  return Range{.first = *first, .last = open ? size - 1 : std::min(*last, size - 1)};
}

void ApplyRange(const Request& request, std::string_view etag, Response& response) {
  const auto field = request.Header("range");
  if (!field) return;
  // Only the very same bytes may be continued (strong comparison; a date is not looked at).
  const auto condition = request.Header("if-range");
  if (condition && *condition != etag) return;
  const size_t size = response.body->size();
  const auto range = ParseRange(*field, size);
  if (!range) return;
  if (range->last < range->first) {
    response.status = kRangeNotSatisfiable;
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    response.body = nullptr;
    return;
  }
  response.status = kPartialContent;
  response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                     std::to_string(range->last) + "/" +
                                                     std::to_string(size));
  response.body = std::make_shared<const std::string>(
      response.body->substr(range->first, range->last - range->first + 1));
}

}  // namespace

std::string_view ContentTypeOf(std::string_view name) {
  for (const auto& [ending, content_type] : kTypes) {
    if (name.ends_with(ending)) return content_type;
  }
  return "application/octet-stream";
}

Assets::Assets(std::span<const embedded::File> files) {
  for (const auto& file : files) {
    const std::string hash(file.hash);
    const auto form = [&](std::string_view coding, std::string_view bytes) {
      const std::string suffix = coding.empty() ? "" : "-" + std::string(coding);
      const bool exists = coding.empty() || !bytes.empty();
      return Form{.coding = coding,
                  .etag = "\"" + hash + suffix + "\"",
                  .bytes = exists ? std::make_shared<const std::string>(bytes) : nullptr};
    };
    assets_.emplace(file.path, Asset{.hash = hash,
                                     .content_type = ContentTypeOf(file.path),
                                     .forms = {form("br", file.br), form("gzip", file.gzip),
                                               form("", file.content)}});
  }
}

std::string Assets::Url(std::string_view name) const {
  const auto it = assets_.find(name);
  if (it == assets_.end()) return "";
  return std::string(kFolder) + WithHash(name, it->second.hash);
}

std::optional<Assets::Found> Assets::Find(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  const bool in_folder = path.starts_with(kFolder);
  auto name = path.substr(in_folder ? kFolder.size() : 1);
  if (name.empty() && !in_folder) name = kIndex;
  if (const auto it = assets_.find(name); it != assets_.end()) {
    return Found{.asset = &it->second, .for_ever = false};
  }
  if (!in_folder) return std::nullopt;
  const auto slash = name.rfind('/');
  const auto base = slash == name.npos ? 0 : slash + 1;
  // The hash stands before the last ending, or at the end of a name without one.
  for (auto dot = name.find('.', base); dot != name.npos; dot = name.find('.', dot + 1)) {
    const auto hash = name.substr(dot + 1, kHashLength);
    const auto rest = name.substr(std::min(name.size(), dot + 1 + kHashLength));
    if (hash.size() < kHashLength || (!rest.empty() && rest[0] != '.')) continue;
    const auto it = assets_.find(std::string(name.substr(0, dot)) + std::string(rest));
    if (it != assets_.end() && it->second.hash == hash) {
      return Found{.asset = &it->second, .for_ever = true};
    }
  }
  return std::nullopt;
}

const Assets::Form& Assets::Choose(const Asset& asset, const Request& request) {
  const auto accepted = request.Header("accept-encoding");
  const Form* best = &asset.forms.back();
  if (!accepted) return *best;
  int best_quality = 0;
  for (const auto& form : asset.forms) {
    if (form.bytes == nullptr) continue;
    const int quality = QualityOf(form.coding, *accepted);
    if (quality > best_quality) {
      best = &form;
      best_quality = quality;
    }
  }
  return *best;
}

std::optional<Response> Assets::Serve(const Request& request) const {
  const auto found = Find(request.path);
  if (!found) return std::nullopt;
  const Form& form = Choose(*found->asset, request);

  Response response;
  response.headers.emplace_back("ETag", form.etag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("Cache-Control", found->for_ever ? kForEver : kAskEachTime);
  if (const auto tags = request.Header("if-none-match"); tags && NamesTag(*tags, form.etag)) {
    response.status = kNotModified;
    return response;
  }
  response.content_type = found->asset->content_type;
  response.body = form.bytes;
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (!form.coding.empty()) response.headers.emplace_back("Content-Encoding", form.coding);
  ApplyRange(request, form.etag, response);
  return response;
}

}  // namespace http
