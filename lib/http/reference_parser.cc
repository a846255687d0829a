#include "lib/http/reference_parser.h"

#include <algorithm>
#include <cstdint>

namespace http::testing {
namespace {

enum class Step { kDone, kMore, kBad };

constexpr std::string_view kTokenChars =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kPlainHost = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLineEnd = "\r\n";

bool IsToken(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kTokenChars) == text.npos;
}

std::string Lower(std::string_view text) {
  std::string lower;
  for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Field {
  std::string name;  // Lower case.
  std::string value;
};

struct Reader {
  std::string_view rest;
  const ReferenceLimits& limits;
  std::string version = {};
  std::vector<Field> fields = {};
  ReferenceRequest request = {};

  std::vector<std::string> All(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& field : fields) {
      if (field.name == name) values.push_back(field.value);
    }
    return values;
  }

  Step RequestLine() {
    while (rest.starts_with(kLineEnd)) rest.remove_prefix(2);
    const auto end = rest.find(kLineEnd);
    auto line = rest.substr(0, end);
    if (end == rest.npos && line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > limits.line) return Step::kBad;
    for (const unsigned char c : line) {
      if (c < 0x20 || c > 0x7e) return Step::kBad;
    }
    if (end == rest.npos) return Step::kMore;
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || std::ranges::count(line, ' ') != 2) return Step::kBad;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    version = line.substr(last + 1);
    if (!IsToken(request.method) || request.target.empty()) return Step::kBad;
    if (std::ranges::find(limits.methods, request.method) == limits.methods.end()) {
      return Step::kBad;
    }
    if (version != "HTTP/1.0" && version != "HTTP/1.1") return Step::kBad;
    rest.remove_prefix(end + 2);
    return Step::kDone;
  }

  // A block of fields up to the empty line.
  Step Block(std::vector<Field>* out, size_t fields_max) {
    const auto end = rest.starts_with(kLineEnd) ? 0 : rest.find("\r\n\r\n");
    if (std::min(end, rest.size()) > limits.header) return Step::kBad;
    if (end == rest.npos) return Step::kMore;
    auto block = rest.substr(0, end == 0 ? 0 : end + 2);
    rest.remove_prefix(block.size() + 2);
    while (!block.empty()) {
      const auto line = block.substr(0, block.find(kLineEnd));
      block.remove_prefix(line.size() + 2);
      const auto colon = line.find(':');
      if (colon == line.npos || !IsToken(line.substr(0, colon))) return Step::kBad;
      const auto value = Trim(line.substr(colon + 1));
      for (const unsigned char c : value) {
        if ((c < 0x20 && c != '\t') || c == 0x7f) return Step::kBad;
      }
      out->push_back({Lower(line.substr(0, colon)), std::string(value)});
      if (out->size() > fields_max) return Step::kBad;
    }
    return Step::kDone;
  }

  Step Chunk(bool* last) {
    const auto end = rest.find(kLineEnd);
    auto line = rest.substr(0, end);
    if (end == rest.npos && line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > limits.chunk_line) return Step::kBad;
    const auto digits = line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF"));
    const auto extension = Trim(line.substr(digits.size()));
    for (const unsigned char c : line) {
      if ((c < 0x20 && c != '\t') || c > 0x7e) return Step::kBad;
    }
    if (digits.size() > 16 || (!extension.empty() && extension.front() != ';')) return Step::kBad;
    if (end == rest.npos) return Step::kMore;
    if (digits.empty() || (extension.empty() && digits.size() != line.size())) return Step::kBad;
    uint64_t size = 0;
    for (const char c : digits) {
      size = size * 16 + static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    if (size > limits.body || request.body.size() + size > limits.body) return Step::kBad;
    rest.remove_prefix(end + 2);
    *last = size == 0;
    if (*last) return Step::kDone;
    const auto tail = rest.substr(std::min<size_t>(size, rest.size())).substr(0, 2);
    if (tail != kLineEnd.substr(0, tail.size())) return Step::kBad;
    if (tail.size() < 2) return Step::kMore;
    request.body += rest.substr(0, size);
    rest.remove_prefix(size + 2);
    return Step::kDone;
  }

  Step Body() {
    const auto lengths = All("content-length");
    const auto codings = All("transfer-encoding");
    if (lengths.size() + codings.size() > 1) return Step::kBad;
    if (All("host").size() > 1 || (version == "HTTP/1.1" && All("host").empty())) return Step::kBad;
    for (const auto& host : All("host")) {
      if (host.empty() || host.find_first_not_of(kPlainHost) != host.npos) request.odd_host = true;
    }
    if (!lengths.empty()) {
      const auto& length = lengths[0];
      if (length.empty() || length.find_first_not_of("0123456789") != length.npos)
        return Step::kBad;
      if (length.size() > 18 || std::stoull(length) > limits.body) return Step::kBad;
      const size_t size = std::stoull(length);
      if (rest.size() < size) return Step::kMore;
      request.body = rest.substr(0, size);
      rest.remove_prefix(size);
    }
    if (codings.empty()) return Step::kDone;
    if (Lower(codings[0]) != "chunked" || version == "HTTP/1.0") return Step::kBad;
    for (bool last = false; !last;) {
      if (const auto step = Chunk(&last); step != Step::kDone) return step;
    }
    std::vector<Field> trailers;
    return Block(&trailers, limits.header);
  }

  void DecideConnection() {
    request.keep_alive = version == "HTTP/1.1";
    bool close = false;
    for (const auto& value : All("connection")) {
      std::string_view list = value;
      while (!list.empty()) {
        const auto option = Lower(Trim(list.substr(0, list.find(','))));
        list.remove_prefix(std::min(list.size(), list.substr(0, list.find(',')).size() + 1));
        if (option == "close") close = true;
        if (option == "keep-alive") request.keep_alive = true;
      }
    }
    if (close) request.keep_alive = false;
  }
};

}  // namespace

ReferenceStream ReadRequests(std::string_view bytes, const ReferenceLimits& limits) {
  ReferenceStream stream;
  while (!bytes.empty()) {
    Reader reader{.rest = bytes, .limits = limits};
    Step step = reader.RequestLine();
    if (step == Step::kDone) step = reader.Block(&reader.fields, limits.fields);
    if (step == Step::kDone) step = reader.Body();
    stream.error = step == Step::kBad;
    stream.odd_host = stream.odd_host || reader.request.odd_host;
    if (step != Step::kDone) return stream;
    reader.DecideConnection();
    stream.requests.push_back(reader.request);
    if (!reader.request.keep_alive) return stream;
    bytes = reader.rest;
  }
  return stream;
}

}  // namespace http::testing
